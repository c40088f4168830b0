"""The judges are judged first: what is right draws no complaint, what is wrong draws one from at least one of the three."""

from __future__ import annotations

import copy
import json
from typing import Any

import carebundle
import pytest

from tests.judges.panel import Panel

Resource = dict[str, Any]

PATIENT = {"reference": "Patient/p1"}

RISK_ASSESSMENT: Resource = {
    "resourceType": "RiskAssessment",
    "id": "r1",
    "status": "final",
    "code": {"coding": [{"system": "https://claudication-cds.example/fhir/CodeSystem/assessment-kind", "code": "red-flags"}]},
    "subject": PATIENT,
    "occurrenceDateTime": "2026-03-02T09:30:00+01:00",
    "basis": [{"reference": "Observation/o1"}],
    "prediction": [
        {
            "outcome": {"text": "Peripheral artery disease as the cause"},
            "probabilityDecimal": 81.5,
            "qualitativeRisk": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/risk-probability", "code": "high"}],
            },
            "rationale": "An index of 0.62 on the right.",
        },
        {
            "outcome": {"text": "Lumbar spinal stenosis as the cause"},
            "probabilityRange": {
                "low": {"value": 5, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
                "high": {"value": 12, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
            },
        },
    ],
}

SERVICE_REQUEST: Resource = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "status": "draft",
    "intent": "proposal",
    "priority": "routine",
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "363679005"}]}],
    "code": {"coding": [{"system": "https://claudication-cds.example/fhir/CodeSystem/order", "code": "exercise-abi"}]},
    "subject": PATIENT,
    "authoredOn": "2026-03-02T09:30:00+01:00",
    "supportingInfo": [{"reference": "RiskAssessment/r1"}],
    "note": [{"text": "Rule 3."}],
}

OBSERVATION: Resource = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "77194-9"}], "text": "Ankle-brachial index, right"},
    "subject": PATIENT,
    "effectiveDateTime": "2026-03-02T09:30:00+01:00",
    "valueQuantity": {"value": 0.62, "unit": "{ratio}", "system": "http://unitsofmeasure.org", "code": "{ratio}"},
    "derivedFrom": [{"reference": "Observation/o2"}],
}

GUIDANCE_RESPONSE: Resource = {
    "resourceType": "GuidanceResponse",
    "id": "g1",
    "moduleUri": "https://claudication-cds.example/fhir/PlanDefinition/claudication",
    "status": "data-required",
    "subject": PATIENT,
    "dataRequirement": [{"type": "Observation"}],
}

PROVENANCE: Resource = {
    "resourceType": "Provenance",
    "id": "v1",
    "target": [{"reference": "RiskAssessment/r1"}],
    "recorded": "2026-03-02T09:30:00+01:00",
    "agent": [{"who": {"reference": "Device/d1"}}],
    "entity": [{"role": "source", "what": {"reference": "Observation/o2"}}],
}

QUESTIONNAIRE: Resource = {
    "resourceType": "Questionnaire",
    "id": "q1",
    "url": "https://claudication-cds.example/fhir/Questionnaire/q1",
    "status": "active",
    "item": [
        {"linkId": "leg-pain-on-walking", "text": "Do your legs hurt when you walk?", "type": "boolean"},
        {
            "linkId": "symptom-side",
            "text": "Which leg?",
            "type": "choice",
            "enableWhen": [{"question": "leg-pain-on-walking", "operator": "=", "answerBoolean": True}],
            "answerOption": [{"valueCoding": {"code": "right"}}, {"valueCoding": {"code": "left"}}],
        },
    ],
}

OPERATION_OUTCOME: Resource = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "value", "diagnostics": "Not used.", "expression": ["Bundle.entry[0]"]}],
}

COLLECTION: Resource = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": "urn:uuid:2b7d9a3e-8a57-5a0f-9c39-c9f2d1ec9d3f", "resource": RISK_ASSESSMENT},
        {"fullUrl": "urn:uuid:0f4a6f1c-61b5-5f53-a1a2-2f5fd3a0c8e4", "resource": SERVICE_REQUEST},
        {"fullUrl": "urn:uuid:6f6c2f55-3e0b-5a3f-8f2a-b1b0f0b0a6d2", "resource": OPERATION_OUTCOME},
    ],
}

TRANSACTION: Resource = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": "urn:uuid:2b7d9a3e-8a57-5a0f-9c39-c9f2d1ec9d3f",
            "resource": RISK_ASSESSMENT,
            "request": {"method": "PUT", "url": "RiskAssessment/r1"},
        },
    ],
}

RIGHT = [
    RISK_ASSESSMENT,
    SERVICE_REQUEST,
    OBSERVATION,
    GUIDANCE_RESPONSE,
    PROVENANCE,
    QUESTIONNAIRE,
    OPERATION_OUTCOME,
    COLLECTION,
    TRANSACTION,
]

REMOVED = object()


def changed(resource: Resource, path: str, value: object) -> Resource:
    """A copy with one element set or, with REMOVED, taken away; the path is written with dots: prediction.0.when."""
    copied = copy.deepcopy(resource)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = copied
    for step in way:
        place = place[step]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return copied


def kilograms(value: float) -> Resource:
    return {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}


DEFECTS: list[tuple[str, Resource, str, object]] = [
    ("a probability over 100 (ras-2)", RISK_ASSESSMENT, "prediction.0.probabilityDecimal", 120),
    ("a probability as text", RISK_ASSESSMENT, "prediction.0.probabilityDecimal", "81.5"),
    ("two probabilities in one prediction", RISK_ASSESSMENT, "prediction.0.probabilityRange", {"low": {"value": 1}}),
    ("a probability range that is not in per cent (ras-1)", RISK_ASSESSMENT, "prediction.1.probabilityRange.low", kilograms(5)),
    ("an invented status", RISK_ASSESSMENT, "status", "done"),
    ("no status", RISK_ASSESSMENT, "status", REMOVED),
    ("no subject", RISK_ASSESSMENT, "subject", REMOVED),
    ("a subject that is no patient", RISK_ASSESSMENT, "subject", {"reference": "Medication/m1"}),
    ("a date with a month that is not", RISK_ASSESSMENT, "occurrenceDateTime", "2026-13-02"),
    ("a time without its zone", RISK_ASSESSMENT, "occurrenceDateTime", "2026-03-02T09:30:00"),
    ("an element of another version of FHIR", RISK_ASSESSMENT, "reason", [{"reference": {"reference": "Condition/c1"}}]),
    ("an empty array", RISK_ASSESSMENT, "basis", []),
    ("a null", RISK_ASSESSMENT, "method", None),
    ("one where many are meant", RISK_ASSESSMENT, "basis", {"reference": "Observation/o1"}),
    ("no intent", SERVICE_REQUEST, "intent", REMOVED),
    ("an invented intent", SERVICE_REQUEST, "intent", "suggestion"),
    ("an invented priority", SERVICE_REQUEST, "priority", "soon"),
    ("a reason that is a RiskAssessment", SERVICE_REQUEST, "reasonReference", [{"reference": "RiskAssessment/r1"}]),
    (
        "details of an order without its code (prr-1)",
        changed(SERVICE_REQUEST, "orderDetail", [{"text": "treadmill"}]),
        "code",
        REMOVED,
    ),
    ("many body sites written as one", SERVICE_REQUEST, "bodySite", {"text": "right leg"}),
    ("a value beside the reason it is absent (obs-6)", OBSERVATION, "dataAbsentReason", {"text": "not done"}),
    ("two values", OBSERVATION, "valueString", "0.62"),
    ("no code", OBSERVATION, "code", REMOVED),
    ("a value as text", OBSERVATION, "valueQuantity.value", "0.62"),
    ("an invented comparator", OBSERVATION, "valueQuantity.comparator", "=>"),
    ("derived from a patient", OBSERVATION, "derivedFrom.0.reference", "Patient/p1"),
    ("an invented status of an answer", GUIDANCE_RESPONSE, "status", "finished"),
    ("no module", GUIDANCE_RESPONSE, "moduleUri", REMOVED),
    ("a requirement without a type", GUIDANCE_RESPONSE, "dataRequirement.0", {"mustSupport": ["code"]}),
    ("a provenance of nothing", PROVENANCE, "target", REMOVED),
    ("a provenance by nobody", PROVENANCE, "agent", REMOVED),
    ("an agent without a who", PROVENANCE, "agent.0", {"type": {"text": "assembler"}}),
    ("an invented role", PROVENANCE, "entity.0.role", "input"),
    ("a recorded day without its time", PROVENANCE, "recorded", "2026-03-02"),
    ("an invented type of question", QUESTIONNAIRE, "item.0.type", "yes-no"),
    ("a question without a linkId", QUESTIONNAIRE, "item.0.linkId", REMOVED),
    ("a group of no questions, with options (que-1)", QUESTIONNAIRE, "item.1.type", "display"),
    ("an invented severity", OPERATION_OUTCOME, "issue.0.severity", "note"),
    ("no issue", OPERATION_OUTCOME, "issue", []),
    ("no type of Bundle", COLLECTION, "type", REMOVED),
    ("an invented type of Bundle", COLLECTION, "type", "set"),
    ("a request in a collection (bdl-3)", COLLECTION, "entry.0.request", {"method": "PUT", "url": "RiskAssessment/r1"}),
    ("a transaction entry without its request (bdl-3)", TRANSACTION, "entry.0.request", REMOVED),
    ("an invented method", TRANSACTION, "entry.0.request.method", "UPSERT"),
    ("a total in a collection (bdl-1)", COLLECTION, "total", 3),
    ("one fullUrl twice (bdl-7)", COLLECTION, "entry.1.fullUrl", "urn:uuid:2b7d9a3e-8a57-5a0f-9c39-c9f2d1ec9d3f"),
    ("a wrong resource deep in a Bundle", COLLECTION, "entry.0.resource.prediction.0.probabilityDecimal", 120),
    ("a resource of no type", COLLECTION, "entry.0.resource.resourceType", "RiskEvaluation"),
]


# None of the three sees these: our own checks of what goes out have to. A judge that has learnt to see one moves it up.
BLIND_SPOTS: list[tuple[str, Resource, str, object]] = [
    ("an empty object", RISK_ASSESSMENT, "method", {}),
    ("an id with a space", RISK_ASSESSMENT, "id", "r 1"),
    ("an id of 65 characters", RISK_ASSESSMENT, "id", "r" * 65),
    ("one linkId twice (que-2)", QUESTIONNAIRE, "item.1.linkId", "leg-pain-on-walking"),
]


@pytest.mark.parametrize("resource", RIGHT, ids=lambda resource: f"{resource['resourceType']} {resource.get('type', '')}".strip())
def test_a_right_resource_draws_no_complaint(panel: Panel, resource: Resource) -> None:
    assert panel.complaints(resource) == []


@pytest.mark.parametrize(("resource", "path", "value"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS])
def test_a_wrong_resource_draws_a_complaint(panel: Panel, resource: Resource, path: str, value: object) -> None:
    assert panel.complaints(changed(resource, path, value))


@pytest.mark.parametrize(("resource", "path", "value"), [row[1:] for row in BLIND_SPOTS], ids=[row[0] for row in BLIND_SPOTS])
def test_what_no_judge_sees_is_known(panel: Panel, resource: Resource, path: str, value: object) -> None:
    assert panel.complaints(changed(resource, path, value)) == []


@pytest.mark.parametrize(
    ("judge", "defect"),
    [
        ("fhirkit", changed(RISK_ASSESSMENT, "occurrenceDateTime", "2026-13-02")),
        ("medplum", changed(RISK_ASSESSMENT, "prediction.0.probabilityDecimal", 120)),
        ("npm-fhir", changed(RISK_ASSESSMENT, "status", "done")),
    ],
    ids=["fhirkit", "medplum", "npm-fhir"],
)
def test_each_judge_is_awake(panel: Panel, judge: str, defect: Resource) -> None:
    assert any(complaint.startswith(judge) for complaint in panel.complaints(defect))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"resourceType": "Patient", "id": "1", "id": "2"}', id="a key twice"),
        pytest.param(b'{"resourceType": "Patient", "id": "1"', id="cut off"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b'{"id": "1"}', id="no resourceType"),
    ],
)
def test_raw_bytes_are_judged_as_they_are(panel: Panel, raw: bytes) -> None:
    assert panel.complaints(raw)


def test_a_complaint_in_a_bundle_says_which_entry(panel: Panel) -> None:
    wrong = changed(COLLECTION, "entry.1.resource.intent", "suggestion")
    assert any("entry[1]" in complaint for complaint in panel.complaints(wrong))


def test_the_false_alarm_on_urn_uuid_references_hides_nothing_else(panel: Panel) -> None:
    by_urn = changed(OBSERVATION, "subject.reference", "urn:uuid:2b7d9a3e-8a57-5a0f-9c39-c9f2d1ec9d3f")
    assert panel.complaints(by_urn) == []
    assert panel.complaints(changed(by_urn, "status", "done"))


@pytest.mark.parametrize("profile", ["type2_diabetes", "hypertension"])
def test_bundles_of_another_project_draw_no_complaint(panel: Panel, profile: str) -> None:
    bundle = json.loads(carebundle.to_json(carebundle.generate_bundle(profile=profile, seed=7)))
    assert panel.complaints(bundle) == []


def test_the_table_of_defects_changes_something_each() -> None:
    unchanged = [name for name, resource, path, value in DEFECTS + BLIND_SPOTS if changed(resource, path, value) == resource]
    assert unchanged == []
