"""One finding from many kinds of resource: the newest wins whatever it is, and what it overruled is said."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.bundle import open_bundle
from service.fhir.extract import Extract, extract
from service.fhir.mapping import DeploymentCodes
from service.fhir.terminology.code import ICD10CM, LOINC, SNOMED, own_system
from tests.fhir.entries import AS_OF, LIMITS

Json = dict[str, Any]
OLDER, NEWER = "2026-01-10", "2026-06-10"


def _code(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


ABOUT = {"subject": {"reference": "Patient/p1"}}


def _form(finding: str, value: bool, day: str) -> Json:
    item = {"linkId": finding, "answer": [{"valueBoolean": value}]}
    questionnaire = "https://claudication-cds.example/fhir/Questionnaire/claudication-history"
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "form",
        "status": "completed",
        "questionnaire": questionnaire,
        "authored": f"{day}T10:00:00Z",
        "item": [item],
        **ABOUT,
    }


def _condition(code: tuple[str, str], day: str, **rest: Any) -> Json:
    return {"resourceType": "Condition", "id": "condition", "code": _code(*code), "recordedDate": day, **ABOUT, **rest}


def _observation(code: tuple[str, str], day: str, **rest: Any) -> Json:
    status = {"resourceType": "Observation", "id": "observation", "status": "final"}
    return {**status, "code": _code(*code), "effectiveDateTime": day, **ABOUT, **rest}


def _procedure(code: tuple[str, str], day: str) -> Json:
    done = {"resourceType": "Procedure", "id": "procedure", "status": "completed"}
    return {**done, "code": _code(*code), "performedDateTime": day, **ABOUT}


def _allergy(day: str) -> Json:
    substance = _code(SNOMED, "395751002")
    patient = {"reference": "Patient/p1"}
    return {"resourceType": "AllergyIntolerance", "id": "allergy", "code": substance, "recordedDate": day, "patient": patient}


def _device(day: str) -> Json:
    device = {
        "resourceType": "Device",
        "id": "d1",
        "type": _code(SNOMED, "706004007"),
        "safety": [_code("urn:oid:2.16.840.1.113883.3.26.1.1", "C106047")],
    }
    use = {"resourceType": "DeviceUseStatement", "id": "use", "status": "active", "device": {"reference": "#d1"}}
    return {**use, "contained": [device], "recordedOn": day, **ABOUT}


def _report(code: tuple[str, str], day: str) -> Json:
    report = {"resourceType": "DiagnosticReport", "id": "report", "status": "final", "code": {"text": "Study"}}
    return {**report, "conclusionCode": [_code(*code)], "effectiveDateTime": day, **ABOUT}


def _extracted(*resources: Json) -> Extract:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-01-01"}
    entries = [{"resource": one} for one in (patient, *resources)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return extract(open_bundle(bundle), as_of=AS_OF, codes=DeploymentCodes(), limits=LIMITS)


PAIRS = [
    ("diabetes", _form, ("diabetes", False), _condition, ((SNOMED, "44054006"),)),
    ("contrast-allergy", _form, ("contrast-allergy", False), _allergy, ()),
    ("mri-contraindicated", _form, ("mri-contraindicated", False), _device, ()),
    ("dialysis", _form, ("dialysis", False), _procedure, ((SNOMED, "302497006"),)),
    (
        "prior-revascularisation-right",
        _form,
        ("prior-revascularisation-right", False),
        _procedure,
        (("http://www.cms.gov/Medicare/Coding/ICD10", "041K09L"),),
    ),
    ("known-lumbar-stenosis", _form, ("known-lumbar-stenosis", False), _report, ((SNOMED, "18347007"),)),
    ("atrial-fibrillation", _form, ("atrial-fibrillation", False), _condition, ((ICD10CM, "I48.91"),)),
]


@pytest.mark.parametrize(("finding", "denies", "denial", "states", "statement"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_the_newer_of_two_sources_wins_and_the_older_is_told(
    finding: str, denies: Any, denial: tuple[Any, ...], states: Any, statement: tuple[Any, ...]
) -> None:
    for denied_on, stated_on, winner in ((OLDER, NEWER, True), (NEWER, OLDER, False)):
        read = _extracted(denies(*denial, denied_on), states(*statement, stated_on))
        assert read.findings.value(finding) is winner
        (conflict,) = [issue for issue in read.issues if issue.code == "conflicting-answers"]
        assert conflict.detail.startswith(f"{finding}: {'no' if winner else 'yes'} here")
        loser = denies(*denial, OLDER) if winner else states(*statement, OLDER)
        assert conflict.source == f"{loser['resourceType']}/{loser['id']}"


def test_a_condition_and_an_observation_contradict_each_other_too() -> None:
    measured = _observation((LOINC, "39156-5"), NEWER, valueQuantity={"value": 24, "unit": "kg/m2", "code": "kg/m2"})
    read = _extracted(_condition((ICD10CM, "E66.9"), NEWER), measured)
    assert [issue.code for issue in read.issues] == ["conflicting-answers"]
    # Weight changes: on another day it is superseded, and no contradiction.
    assert [issue.code for issue in _extracted(_condition((ICD10CM, "E66.9"), OLDER), measured).issues] == ["stale"]


SMOKING: list[tuple[tuple[str, str], FindingValue | None]] = [
    ((SNOMED, "449868002"), "current"),
    ((SNOMED, "428041000124106"), "current"),
    ((SNOMED, "77176002"), "current"),
    ((SNOMED, "428071000124103"), "current"),
    ((SNOMED, "428061000124105"), "current"),
    ((SNOMED, "8517006"), "former"),
    ((SNOMED, "266919005"), "never"),
    ((SNOMED, "266927001"), None),
    ((LOINC, "LA18976-3"), "current"),
    ((LOINC, "LA18977-1"), "current"),
    ((LOINC, "LA18981-3"), "current"),
    ((LOINC, "LA18982-1"), "current"),
    ((LOINC, "LA15920-4"), "former"),
    ((LOINC, "LA18978-9"), "never"),
    ((LOINC, "LA18979-7"), None),
    ((LOINC, "LA18980-5"), None),
]


@pytest.mark.parametrize(("answer", "expected"), SMOKING)
def test_every_answer_to_smoking_status(answer: tuple[str, str], expected: FindingValue | None) -> None:
    read = _extracted(_observation((LOINC, "72166-2"), NEWER, valueCodeableConcept=_code(*answer)))
    assert read.findings.value("smoking-status") == expected


@pytest.mark.parametrize("code", ["98979-8", "62238-1", "33914-3"])
@pytest.mark.parametrize("unit", ["mL/min/{1.73_m2}", "mL/min", "mL/min/1.73m2"])
def test_the_newest_usable_filtration_rate_counts(code: str, unit: str) -> None:
    older = _observation((LOINC, code), OLDER, valueQuantity={"value": 28, "unit": unit, "code": unit})
    failed = _observation((LOINC, code), NEWER, dataAbsentReason=_code("", "error")) | {"id": "failed"}
    wrong = _observation((LOINC, code), NEWER, valueQuantity={"value": 61}, status="entered-in-error") | {"id": "wrong"}
    read = _extracted(older, failed, wrong)
    assert read.findings.value("egfr-ml-min-1.73m2") == 28
    newer = _observation((LOINC, code), NEWER, valueQuantity={"value": 44, "unit": unit, "code": unit}) | {"id": "newer"}
    assert _extracted(older, newer).findings.value("egfr-ml-min-1.73m2") == 44


def test_a_study_done_is_the_same_from_report_images_and_procedure() -> None:
    scan, day = (LOINC, "30679-5"), NEWER
    images = {
        "resourceType": "ImagingStudy",
        "id": "i",
        "status": "available",
        "procedureCode": [_code(*scan)],
        "started": day,
        **ABOUT,
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": _code(*scan),
        "effectiveDateTime": day,
        **ABOUT,
    }
    orders = _extracted(images, report, _procedure((own_system("order"), "mri-lumbar-without-contrast"), day)).open_orders
    assert {(one.code, one.done) for one in orders} == {("mri-lumbar-without-contrast", True)}
    assert len(orders) == 3
