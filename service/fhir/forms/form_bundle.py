"""What was filled in as one Bundle: the patient, the answers and the pressures, ready for $assess-claudication through any door."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.fhir.elements import Json
from service.fhir.forms.form_answers import Answers, questionnaire_response
from service.fhir.forms.form_definition import Form
from service.fhir.forms.pressure_observation import TakenPressure, pressure_observation
from service.fhir.identity import full_url, resource_id
from service.fhir.json_format import canonical_json


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """`birth_date` as FHIR has dates (a year may be all), `sex` an administrative gender, each "" where not known.

    `taken_on`: the day the pressures were taken, "" for `at`, when the form was filled in.
    """

    answers: Answers
    pressures: Sequence[TakenPressure] = ()
    birth_date: str = ""
    sex: str = ""
    taken_on: str = ""
    at: datetime


def form_bundle(form: Form, filled: FilledForm) -> Json:
    """A collection. The same form filled in alike at the same moment gives the same Bundle, ids and all."""
    digest = hashlib.sha256(canonical_json([form.canonical, *_content(filled)])).hexdigest()
    patient = resource_id(digest, "form-patient")
    subject = {"reference": full_url(patient)}
    known = {"gender": filled.sex, "birthDate": filled.birth_date}
    resources: list[Json] = [{"resourceType": "Patient", "id": patient} | {name: value for name, value in known.items() if value}]
    if filled.answers:
        id = resource_id(digest, "form-answers")
        resources.append(questionnaire_response(form, filled.answers, authored=filled.at, id=id, subject=subject))
    for taken in filled.pressures:
        id = resource_id(digest, f"form-pressure-{taken.phase}-{taken.site}-{taken.side}")
        effective = filled.taken_on or filled.at.isoformat()
        resources.append(pressure_observation(taken, id=id, subject=subject, effective=effective))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": filled.at.isoformat(),
        "entry": [{"fullUrl": full_url(one["id"]), "resource": one} for one in resources],
    }


def _content(filled: FilledForm) -> list[object]:
    pressures = [
        [one.phase, one.site, one.side, one.value, one.unit, one.compressible, one.minutes_after_exercise]
        for one in filled.pressures
    ]
    return [dict(filled.answers), pressures, filled.birth_date, filled.sex, filled.taken_on, filled.at.isoformat()]
