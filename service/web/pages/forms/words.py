"""The few words a form has besides those of its Questionnaire, in each language it is shown in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.clinical.measurements import Side
from service.clinical.vocabulary import Section
from service.fhir.forms.form_definition import Form
from service.fhir.forms.questionnaire_plain import ENGLISH, SPANISH


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """`left_open` is the third state beside yes and no, `not_examined` the same where one looks instead of asking. Those with braces are filled in: {given}, {range}, {limit}, {allowed}."""

    yes: str
    no: str
    left_open: str
    not_examined: str
    only_if: str
    or_: str
    and_: str
    is_answered: str
    is_not_answered: str
    between: str
    not_a_number: str
    not_whole: str
    not_within: str
    not_a_date: str
    not_an_option: str
    too_long: str
    given_twice: str
    needed: str
    no_such_field: str
    problem: str
    problems: str


_ENGLISH = FormWords(
    yes="Yes",
    no="No",
    left_open="Not sure",
    not_examined="Not sure",
    only_if="Only if",
    or_="or",
    and_="and",
    is_answered="is answered",
    is_not_answered="is not answered",
    between="{low} to {high} {unit}",
    not_a_number="“{given}” is not a number. Give a number ({range}), or leave it open.",
    not_whole="“{given}” is not a whole number. Give a whole number ({range}), or leave it open.",
    not_within="{given} is not possible here. Give a number ({range}), or leave it open.",
    not_a_date="“{given}” is not a date. Write it as 2026-03-02, or leave it open.",
    not_an_option="“{given}” is not one of the answers. Choose among: {allowed}.",
    too_long="This is over the limit of {limit} characters. Make it shorter.",
    given_twice="This was answered twice. Choose one answer.",
    needed="This has to be answered.",
    no_such_field="There is no question “{given}” in this form. It was left out.",
    problem="1 answer needs another look",
    problems="{count} answers need another look",
)
_SPANISH = FormWords(
    yes="Sí",
    no="No",
    left_open="No lo sé",
    not_examined="No lo sé",
    only_if="Solo si",
    or_="o",
    and_="y",
    is_answered="tiene respuesta",
    is_not_answered="no tiene respuesta",
    between="de {low} a {high} {unit}",
    not_a_number="«{given}» no es un número. Escriba un número ({range}) o deje la pregunta sin contestar.",
    not_whole="«{given}» no es un número entero. Escriba un número entero ({range}) o deje la pregunta sin contestar.",
    not_within="{given} no es posible aquí. Escriba un número ({range}) o deje la pregunta sin contestar.",
    not_a_date="«{given}» no es una fecha. Escríbala así: 2026-03-02, o deje la pregunta sin contestar.",
    not_an_option="«{given}» no es una de las respuestas. Elija una: {allowed}.",
    too_long="La respuesta pasa del límite de {limit} caracteres. Acórtela.",
    given_twice="Esta pregunta tiene dos respuestas. Elija una.",
    needed="Esta pregunta necesita una respuesta.",
    no_such_field="En este formulario no hay una pregunta «{given}». No se tomó en cuenta.",
    problem="Revise 1 respuesta",
    problems="Revise {count} respuestas",
)
WORDS: Mapping[str, FormWords] = {ENGLISH: _ENGLISH, SPANISH: _SPANISH}
CLINICIAN = replace(_ENGLISH, left_open="Not asked", not_examined="Not examined")

EXAMINATION = f"group-{Section.EXAMINATION}"
EXAMINED = frozenset(
    (
        "calf-tenderness",
        "pulsatile-abdominal-mass",
        *(
            f"{stem}-{side}"
            for stem in ("arterial-doppler", "venous-doppler", "leg-sensory-loss", "leg-motor-loss")
            for side in Side
        ),
    )
)
"""Questions that are answered by an examination, although they stand among others."""


def third_states(form: Form, words: FormWords) -> Mapping[str, str]:
    """By linkId, what leaving it open is called."""
    return {
        question.link_id: words.not_examined
        if section.link_id == EXAMINATION or question.link_id in EXAMINED
        else words.left_open
        for section in form.sections
        for question in section.questions
    }
