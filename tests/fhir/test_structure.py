"""What R4 does not allow is found with its place, and what R4 allows is let through."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir.structure import PROBLEM_LIMIT, faults, is_valid, model_problems, problems
from service.fhir.structure_schema import CHECKED_TYPES, compile_checks

OBSERVATION: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "Ankle pressure"}}
PATIENT: dict[str, Any] = {"resourceType": "Patient"}
RESPONSE: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "status": "completed"}
FORM: dict[str, Any] = {"resourceType": "Questionnaire", "status": "active"}

ABOUT = {"reference": "Patient/p1"}
LEAST: dict[str, dict[str, Any]] = {
    "AllergyIntolerance": {"patient": ABOUT},
    "BodyStructure": {"patient": ABOUT},
    "Condition": {"subject": ABOUT},
    "Device": {},
    "DeviceUseStatement": {"status": "active", "subject": ABOUT, "device": {"reference": "Device/d"}},
    "DiagnosticReport": {"status": "final", "code": {"text": "Duplex"}},
    "Encounter": {"status": "finished", "class": {"code": "AMB"}},
    "FamilyMemberHistory": {"status": "completed", "patient": ABOUT, "relationship": {"text": "father"}},
    "ImagingStudy": {"status": "available", "subject": ABOUT},
    "Observation": {"status": "final", "code": {"text": "Pressure"}},
    "Patient": {},
    "Procedure": {"status": "completed", "subject": ABOUT},
    "Questionnaire": {"status": "active"},
    "QuestionnaireResponse": {"status": "completed"},
    "ServiceRequest": {"status": "active", "intent": "order", "subject": ABOUT},
}


def told(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.expression.removeprefix("R."), problem.issue_type) for problem in problems(resource, "R")]


def test_every_checked_type_has_its_least_resource_here() -> None:
    assert set(LEAST) == CHECKED_TYPES


@pytest.mark.parametrize("resource_type", sorted(LEAST))
def test_the_least_r4_asks_for_is_enough(resource_type: str) -> None:
    resource = {"resourceType": resource_type, **LEAST[resource_type]}

    assert is_valid(resource)
    assert problems(resource, "R") == ()
    assert model_problems(resource, "R") == ()


@pytest.mark.parametrize(
    ("resource_type", "element"), [(name, element) for name, least in sorted(LEAST.items()) for element in least]
)
def test_what_r4_requires_is_missed(resource_type: str, element: str) -> None:
    resource = {"resourceType": resource_type, **LEAST[resource_type]}
    del resource[element]

    assert not is_valid(resource)
    assert told(resource) == [(element, "required")]


@pytest.mark.parametrize(
    "more",
    [
        {"effectiveDateTime": "2024-02-29"},
        {"effectiveDateTime": "2000-02-29"},
        {"effectiveDateTime": "2026"},
        {"effectiveDateTime": "2026-03-01T23:59:60+14:00"},
        {"valueString": "does not\u00a0compress"},
        {"valueQuantity": {"value": 0}},
        {"_status": {"extension": [{"url": "http://example.org/x", "valueCode": "y"}]}},
        {"contained": [{"resourceType": "Practitioner", "anything": 1}], "performer": [{"reference": "#p"}]},
        {"modifierExtension": [{"url": "http://example.org/x", "valueBoolean": True}]},
    ],
)
def test_odd_but_right_is_right(more: dict[str, Any]) -> None:
    assert told(OBSERVATION | more) == []
    assert is_valid(OBSERVATION | more)


@pytest.mark.parametrize(
    ("more", "where", "issue_type"),
    [
        ({"status": "done"}, "status", "code-invalid"),
        ({"status": None}, "status", "code-invalid"),
        ({"code": {}}, "code", "structure"),
        ({"code": "8480-6"}, "code", "value"),
        ({"category": []}, "category", "structure"),
        ({"category": {"text": "x"}}, "category", "structure"),
        ({"category": "x"}, "category", "structure"),
        ({"valueQuantity": {"value": "90"}}, "valueQuantity.value", "value"),
        ({"valueQuantity": {"value": True}}, "valueQuantity.value", "value"),
        ({"valueQuantity": {"comparator": "~"}}, "valueQuantity.comparator", "code-invalid"),
        ({"valueString": ""}, "valueString", "value"),
        ({"valueInteger": 2**31}, "valueInteger", "value"),
        ({"valueInteger": 1.5}, "valueInteger", "value"),
        ({"effectiveDateTime": "2024-02-30"}, "effectiveDateTime", "value"),
        ({"effectiveDateTime": "2023-02-29"}, "effectiveDateTime", "value"),
        ({"effectiveDateTime": "1900-02-29"}, "effectiveDateTime", "value"),
        ({"effectiveDateTime": "2024-04-31T10:00:00Z"}, "effectiveDateTime", "value"),
        ({"effectiveDateTime": "3 March"}, "effectiveDateTime", "value"),
        ({"id": "x" * 65}, "id", "value"),
        ({"id": "under_score"}, "id", "value"),
        ({"colour": "blue"}, "colour", "structure"),
        ({"component": [{"valueString": "x"}]}, "component[0].code", "required"),
        ({"contained": [7]}, "contained[0]", "value"),
        ({"contained": [{"id": "x"}]}, "contained[0].resourceType", "required"),
        ({"contained": [{"resourceType": "BodyStructure"}]}, "contained[0].patient", "required"),
        ({"extension": [{"valueCode": "y"}]}, "extension[0].url", "required"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(more: dict[str, Any], where: str, issue_type: str) -> None:
    assert told(OBSERVATION | more) == [(where, issue_type)]
    assert not is_valid(OBSERVATION | more)


def test_two_types_of_one_value_are_told_at_both() -> None:
    assert told(OBSERVATION | {"valueString": "90", "valueInteger": 90}) == [
        ("valueInteger", "structure"),
        ("valueString", "structure"),
    ]


def test_a_choice_that_must_be_made_is_told_by_the_name_r4_has_for_it() -> None:
    item = {"linkId": "a", "type": "choice", "answerOption": [{"initialSelected": True}]}

    assert told(FORM | {"item": [item]}) == [("item[0].answerOption[0].value[x]", "required")]


def test_an_answer_has_one_value() -> None:
    answer = {"valueBoolean": True, "valueInteger": 1}

    assert len(told(RESPONSE | {"item": [{"linkId": "a", "answer": [answer]}]})) == 2


def test_null_stands_in_a_list_only_where_its_twin_says_why() -> None:
    why = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}

    assert told(PATIENT | {"name": [{"given": [None, "Ada"], "_given": [why, None]}]}) == []
    assert told(PATIENT | {"name": [{"given": [None, "Ada"]}]}) == [("name[0].given", "structure")]
    assert told(PATIENT | {"name": [{"given": [3]}]}) == [("name[0].given[0]", "value")]


def test_a_problem_names_the_value_shortened_and_the_remedy() -> None:
    problem = problems(OBSERVATION | {"valueQuantity": {"value": "9" * 200}}, "Bundle.entry[3].resource")[0]

    assert problem.expression == "Bundle.entry[3].resource.valueQuantity.value"
    assert '"9999' in problem.diagnostics
    assert "give a number, without quotes" in problem.diagnostics
    assert len(problem.diagnostics) < 250


@pytest.mark.parametrize(
    "more",
    [
        {"colour": "blue"},
        {"category": {"text": "vital signs"}},
        {"effectiveDateTime": "2026-03-01T10:00:00"},
        {"issued": "2026-03-01T10:00"},
        {"text": {"status": "generated"}},
        {"meta": {"versionId": 3}},
    ],
)
def test_what_no_reader_minds_is_harmless(more: dict[str, Any]) -> None:
    assert [fault.harmless for fault in faults(OBSERVATION | more, "R")] == [True]


@pytest.mark.parametrize(
    "more", [{"status": "done"}, {"effectiveDateTime": 2026}, {"effectiveDateTime": "2026-13-01T10:00"}, {"code": [{}]}]
)
def test_what_a_reader_would_trip_over_is_not_harmless(more: dict[str, Any]) -> None:
    assert not any(fault.harmless for fault in faults(OBSERVATION | more, "R"))


def test_of_very_many_problems_fifty_are_told() -> None:
    assert len(problems(OBSERVATION | {"component": [{}] * 400}, "R")) == PROBLEM_LIMIT


def test_a_type_the_service_does_not_read_is_not_checked() -> None:
    assert is_valid({"resourceType": "Account", "status": 7})
    assert problems({"resourceType": "Account", "status": 7}, "R") == ()


def test_contained_that_is_no_list_is_told_once() -> None:
    assert told(OBSERVATION | {"contained": 3}) == [("contained", "structure")]


def test_the_model_library_tells_what_it_finds_with_the_same_paths() -> None:
    found = model_problems(OBSERVATION | {"component": [{"valueString": "x"}]}, "R")

    assert [problem.expression for problem in found] == ["R.component[0].code"]


def test_checking_changes_nothing_in_the_resource() -> None:
    resource = OBSERVATION | {"contained": [{"resourceType": "Patient", "id": "x"}]}
    before = repr(resource)
    faults(resource, "R")
    model_problems(resource, "R")

    assert repr(resource) == before


def test_the_model_library_names_a_contained_resource_of_no_known_type() -> None:
    sent = {"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patiente", "id": "c"}]}

    (problem,) = model_problems(sent, "Bundle.entry[0].resource")

    assert problem.expression == "Bundle.entry[0].resource.contained"
    assert "Patiente" in problem.diagnostics


def test_every_type_can_be_checked_and_is_before_the_first_request() -> None:
    compile_checks()
    assert not is_valid({"resourceType": "Observation"})
