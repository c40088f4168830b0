"""The Questionnaire `claudication-history-patient`: the history in plain words, English with Spanish beside it, by the same linkIds as the form for clinicians."""

from __future__ import annotations

from collections.abc import Mapping

from service import __version__
from service.clinical.vocabulary import VOCABULARY, Section, Term
from service.fhir.elements import Json
from service.fhir.forms.form_definition import UNIT
from service.fhir.forms.questionnaire import CANONICAL, FINDING_VALUE_SYSTEM, PATIENT_CANONICAL, question_item
from service.fhir.forms.questionnaire_items import OPTION_DISPLAYS
from service.fhir.forms.questionnaire_plain import (
    DESCRIPTION,
    GROUPS,
    SPANISH,
    TITLE,
    UNITS,
    Words,
    plain_questions,
)
from service.fhir.forms.translations import translated
from service.fhir.terminology.code import UCUM, own_system

# "None" beside "no feeling at all" is too easily taken for it, and in Spanish all the more.
_NONE_LOST: Mapping[str, Words] = {
    "leg-sensory-loss": Words("I feel everything as usual", "Siento todo como siempre"),
    "leg-motor-loss": Words("As strong as usual", "Tengo la fuerza de siempre"),
}
_NONE = "none"
_SPANISH_OPTIONS: Mapping[str, str] = {
    "right": "La derecha",
    "left": "La izquierda",
    "both": "Las dos",
    "buttock": "Nalga",
    "hip": "Cadera",
    "groin": "Ingle",
    "thigh": "Muslo",
    "hamstring": "Parte de atrás del muslo",
    "calf": "Pantorrilla",
    "shin": "Espinilla",
    "knee": "Rodilla",
    "ankle": "Tobillo",
    "foot": "Pie",
    "low-back": "Parte baja de la espalda",
    "joints": "Articulaciones",
    "cramping": "Calambre",
    "aching": "Dolor sordo",
    "fatigue": "Cansancio",
    "heaviness": "Pesadez",
    "burning": "Ardor",
    "tingling": "Hormigueo",
    "numbness": "Adormecimiento",
    "weakness": "Debilidad",
    "bursting": "Tirantez, como si fuera a reventar",
    "sharp-radiating": "Punzada que baja por la pierna",
    _NONE: "Nada",
    "mild": "Un poco",
    "lifestyle-limiting": "Tanto que limita mi vida diaria o mi trabajo",
    "toes": "Solo la de los dedos del pie",
    "more-than-toes": "Más que la de los dedos del pie",
    "profound": "Toda: no siento la pierna",
    "mild-moderate": "Está más débil, pero la puedo mover",
    "paralysis": "No la puedo mover",
}


def patient_questionnaire() -> Json:
    """The FHIR R4 resource. It asks less than the form it is derived from; what both ask they ask by the same linkId, with the same answers and conditions."""
    return {
        "resourceType": "Questionnaire",
        "id": "claudication-history-patient",
        "language": "en",
        "url": PATIENT_CANONICAL,
        "version": __version__,
        "name": "ClaudicationHistoryPatient",
        **_both("title", TITLE),
        "derivedFrom": [f"{CANONICAL}|{__version__}"],
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "publisher": "Claudication CDS",
        **_both("description", DESCRIPTION),
        "purpose": "For patients to answer before a visit; their clinician reads the answers beside the record.",
        "copyright": "Wording by the Claudication CDS project; it reproduces no published questionnaire. Free to use and to translate.",
        "code": [{"system": own_system("assessment-kind"), "code": "claudication-differential"}],
        "item": [_group(section) for section in GROUPS],
    }


def _group(section: Section) -> Json:
    return {
        "linkId": f"group-{section}",
        **_both("text", GROUPS[section]),
        "type": "group",
        "item": [_item(VOCABULARY[code], words) for code, words in plain_questions(section).items()],
    }


def _item(term: Term, words: Words) -> Json:
    item = {**question_item(term), **_both("text", words)}
    if "answerOption" in item:
        item["answerOption"] = [{"valueCoding": _option(term.code, option)} for option in term.options]
    if "extension" in item:
        item["extension"] = [{**one, **_unit(one)} for one in item["extension"]]
    return item


def _option(code: str, option: str) -> Json:
    stem = code.removesuffix("-right").removesuffix("-left")
    words = Words(OPTION_DISPLAYS[option], _SPANISH_OPTIONS[option])
    if option == _NONE:
        words = _NONE_LOST.get(stem, words)
    return {"system": FINDING_VALUE_SYSTEM, "code": option, **_both("display", words)}


def _unit(extension: Json) -> Json:
    if extension["url"] != UNIT:
        return {}
    code = extension["valueCoding"]["code"]
    return {"valueCoding": {"system": UCUM, "code": code, **_both("display", UNITS[code])}}


def _both(name: str, words: Words) -> Json:
    return translated(name, words.english, {SPANISH: words.spanish})
