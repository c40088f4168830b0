"""What a patient is told besides the questions, in English and Spanish: how to use the page, and what to do now by how urgent a red flag is.

A decision of this project (tag E): the evidence says how urgent each red flag is, and these sentences say what that means for a person at home. They name
no illness and no probability, and err on the side of being seen. Neither language has been reviewed by a clinician yet: docs/hazards.md has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.clinical.assessment import Priority, RedFlag
from service.errors import BadRequest, ClaudicationError, Forbidden, PayloadTooLarge
from service.fhir.forms.questionnaire_plain import ENGLISH, SPANISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do now."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientWords:
    name_of_language: str
    to_content: str
    before_all: str
    how: str
    send: str
    thanks: str
    give: str
    not_sent: str
    save: str
    change: str
    print: str
    answers: str
    left_open: str
    set_aside: str
    name: str
    birth_date: str
    not_answered: str
    use: str
    refused: str
    too_large: str
    other_site: str
    no_such_language: str
    cannot_be_used: str
    back: str
    advice: Mapping[Priority, Advice]


_ENGLISH = PatientWords(
    name_of_language="English",
    to_content="To the questions",
    before_all="If a leg has suddenly become cold, pale, numb or weak, or you are newly numb between the legs or cannot pass or hold urine: "
    "do not fill in this page. Call your local emergency number now (911 in the United States).",
    how="It takes about ten minutes. At the end you get a page to give to your clinician.",
    send="I am done",
    thanks="Thank you",
    give="Give this page to your clinician: print it, or show it on your phone.",
    not_sent="This page does not send them your answers.",
    save="Save my answers as a file",
    change="Change my answers",
    print="To print, use the menu of your browser.",
    answers="Your answers",
    left_open="Questions left open: {count}. They count as not known, never as no.",
    set_aside="Not counted, because your other answers do not lead to these questions:",
    name="Name",
    birth_date="Date of birth",
    not_answered="Nothing is answered yet.",
    use="For your clinician to read. It is not a diagnosis, and it does not replace being seen.",
    refused="This could not be taken",
    too_large="What was sent is too large for this form. Open the form again, and answer it there.",
    other_site="This was sent from a page of another website, so it was not read. Open the form here, and answer it here.",
    no_such_language="This form is not available in that language. Choose English or Spanish.",
    cannot_be_used="This form cannot be used this way. Open it again; if that does not help, tell the office that sent you here.",
    back="Open the form",
    advice={
        Priority.STAT: Advice(
            title="Get help now",
            text="Some of your answers can be signs of an emergency. Call your local emergency number now (911 in the United States), or have "
            "somebody take you to the nearest emergency department. Do not drive yourself, and do not wait for your appointment. Show this page there.",
        ),
        Priority.ASAP: Advice(
            title="Call your clinician now, to be seen today",
            text="Some of your answers need to be looked at today. Call your clinician's office now and tell them what you answered. If you reach "
            "nobody today, go to an urgent care clinic or an emergency department.",
        ),
        Priority.URGENT: Advice(
            title="Call your clinician today",
            text="Some of your answers should not wait for your next appointment. Call your clinician's office today. If it gets worse (new "
            "weakness or numbness, a cold or pale leg, fever, trouble passing or holding urine), call your local emergency number.",
        ),
    },
)
_SPANISH = PatientWords(
    name_of_language="Español",
    to_content="Ir a las preguntas",
    before_all="Si de repente una pierna se le puso fría, pálida, adormecida o débil, o si hace poco perdió la sensibilidad entre las piernas o no puede "
    "orinar o aguantar la orina: no llene esta página. Llame ahora al número de emergencias de su localidad (911 en Estados Unidos).",
    how="Toma unos diez minutos. Al final recibirá una página para entregar a su médico.",
    send="Terminé",
    thanks="Gracias",
    give="Entregue esta página a su médico: imprímala o muéstrela en su teléfono.",
    not_sent="Esta página no le envía sus respuestas.",
    save="Guardar mis respuestas en un archivo",
    change="Cambiar mis respuestas",
    print="Para imprimir, use el menú de su navegador.",
    answers="Sus respuestas",
    left_open="Preguntas sin contestar: {count}. Se consideran sin respuesta, nunca como un «no».",
    set_aside="No se tomaron en cuenta, porque sus otras respuestas no llevan a estas preguntas:",
    name="Nombre",
    birth_date="Fecha de nacimiento",
    not_answered="Todavía no ha contestado ninguna pregunta.",
    use="Para que lo lea su médico. No es un diagnóstico y no reemplaza una consulta.",
    refused="No se pudo recibir",
    too_large="Lo que se envió es demasiado grande para este formulario. Abra el formulario otra vez y contéstelo allí.",
    other_site="Esto se envió desde una página de otro sitio web, por eso no se leyó. Abra aquí el formulario y contéstelo aquí.",
    no_such_language="Este formulario no está disponible en ese idioma. Elija español o inglés.",
    cannot_be_used="Este formulario no se puede usar de esta manera. Ábralo otra vez; si eso no ayuda, avise al consultorio que le envió aquí.",
    back="Abrir el formulario",
    advice={
        Priority.STAT: Advice(
            title="Busque ayuda ahora",
            text="Algunas de sus respuestas pueden ser señales de una emergencia. Llame ahora al número de emergencias de su localidad (911 en Estados "
            "Unidos), o pida que alguien le lleve a la sala de emergencias más cercana. No conduzca usted y no espere a su cita. Muestre allí esta página.",
        ),
        Priority.ASAP: Advice(
            title="Llame ahora a su médico para que le atiendan hoy",
            text="Algunas de sus respuestas tienen que revisarse hoy. Llame ahora al consultorio de su médico y diga lo que contestó. Si hoy no logra "
            "hablar con nadie, vaya a un centro de atención urgente o a una sala de emergencias.",
        ),
        Priority.URGENT: Advice(
            title="Llame hoy a su médico",
            text="Algunas de sus respuestas no deben esperar hasta su próxima cita. Llame hoy al consultorio de su médico. Si empeora (debilidad o "
            "adormecimiento nuevos, una pierna fría o pálida, fiebre, problemas para orinar o para aguantar la orina), llame al número de emergencias.",
        ),
    },
)
PATIENT_WORDS: Mapping[str, PatientWords] = {ENGLISH: _ENGLISH, SPANISH: _SPANISH}


def refusal_in_words(error: ClaudicationError, words: PatientWords) -> str:
    """Why nothing was taken, and what helps, for who reads no English and no status codes."""
    match error:
        case PayloadTooLarge():
            return words.too_large
        case Forbidden():
            return words.other_site
        case BadRequest():
            return words.no_such_language
    return words.cannot_be_used


def advice_for(flags: Iterable[RedFlag], words: PatientWords) -> Advice | None:
    """What to do by the most urgent flag; None where no flag is raised that a patient could do anything about today."""
    raised = {flag.priority for flag in flags}
    return next((advice for priority, advice in words.advice.items() if priority in raised), None)
