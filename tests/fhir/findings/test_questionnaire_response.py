from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.findings.questionnaire_response import read_questionnaire_response
from service.fhir.forms.questionnaire import CANONICAL, FINDING_SYSTEM, FINDING_VALUE_SYSTEM
from service.fhir.mapping import DeploymentCodes, MappedFinding
from tests.fhir.entries import context_of, entry_of, issue_codes, values

FOREIGN = "https://hospital.example/Questionnaire/legs"
LOCAL = "https://hospital.example/questions"
YES = {"valueBoolean": True}
NO = {"valueBoolean": False}


def _response(
    *items: dict[str, Any], questionnaire: str | None = CANONICAL, status: str = "completed", **rest: Any
) -> dict[str, Any]:
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": status,
        "authored": "2026-10-30T09:00:00Z",
        "item": list(items),
        **rest,
    }
    return response if questionnaire is None else {**response, "questionnaire": questionnaire}


def _item(link_id: str, *answers: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"linkId": link_id, "answer": list(answers), **rest}


def _option(code: str) -> dict[str, Any]:
    return {"valueCoding": {"system": FINDING_VALUE_SYSTEM, "code": code}}


def test_another_resource_is_not_for_this_reader() -> None:
    assert read_questionnaire_response(entry_of({"resourceType": "Patient"}), context_of()) is None


@pytest.mark.parametrize("canonical", [CANONICAL, f"{CANONICAL}|0.0.9"])
def test_a_claudicant_fills_in_our_form(canonical: str) -> None:
    read = read_questionnaire_response(
        entry_of(
            _response(
                {
                    "linkId": "group-history",
                    "item": [
                        _item("leg-pain-on-walking", YES),
                        _item("symptom-site", _option("calf"), _option("thigh")),
                        _item("walking-distance-m", {"valueDecimal": 150}),
                        _item("relieved-by-standing-still", {**YES, "item": [_item("relief-within-10-minutes", YES)]}),
                        _item("relieved-by-sitting"),
                        {"linkId": "back-pain"},
                        _item("rest-pain-foot", {"extension": [{"url": "https://hospital.example/declined"}]}),
                    ],
                },
                questionnaire=canonical,
            )
        ),
        context_of(),
    )
    assert read is not None
    assert values(read) == {
        "leg-pain-on-walking": True,
        "symptom-site": frozenset({"calf", "thigh"}),
        "walking-distance-m": Decimal(150),
        "relieved-by-standing-still": True,
        "relief-within-10-minutes": True,
    }
    assert read.issues == ()
    assert {finding.recorded_at for finding in read.findings} == {datetime(2026, 10, 30, 9, tzinfo=UTC)}
    assert {finding.source for finding in read.findings} == {"QuestionnaireResponse/1"}


def test_a_form_without_a_date_is_read_undated() -> None:
    response = _response(_item("fever", NO))
    del response["authored"]
    read = read_questionnaire_response(entry_of(response), context_of())
    assert read is not None
    assert [finding.recorded_at for finding in read.findings] == [None]


@pytest.mark.parametrize("status", ["entered-in-error", "stopped", "unheard-of"])
def test_a_form_taken_back_is_not_used(status: str) -> None:
    read = read_questionnaire_response(entry_of(_response(_item("fever", YES), status=status)), context_of())
    assert (values(read), issue_codes(read)) == ({}, ["status-excluded"])


def test_a_form_in_progress_is_used_as_a_part() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("fever", YES), status="in-progress")), context_of())
    assert read is not None
    assert (values(read), issue_codes(read), read.issues[0].used) == ({"fever": True}, ["assumed"], True)


def test_an_amended_form_is_used() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("fever", YES), status="amended")), context_of())
    assert (values(read), issue_codes(read)) == ({"fever": True}, [])


def test_a_question_that_is_not_ours_is_reported_once_with_its_place() -> None:
    read = read_questionnaire_response(
        entry_of(_response({"linkId": "g", "item": [_item("mood", YES), _item("sleep")]})), context_of()
    )
    assert read is not None
    assert [(str(issue.code), issue.expression, issue.source) for issue in read.issues] == [
        ("question-not-understood", "Bundle.entry[0].resource.item[0].item[0]", "QuestionnaireResponse/1")
    ]


def _foreign(**question: Any) -> dict[str, Any]:
    return {
        FOREIGN: {
            "resourceType": "Questionnaire",
            "url": FOREIGN,
            "item": [{"linkId": "g", "item": [{"linkId": "q1", **question}]}],
        }
    }


@pytest.mark.parametrize(
    ("item", "codes", "forms"),
    [
        (_item("q1", YES), {}, _foreign(code=[{"system": LOCAL, "code": "x"}, {"system": FINDING_SYSTEM, "code": "diabetes"}])),
        (
            _item("q1", YES),
            {"findings": {(LOCAL, "dm"): MappedFinding(code="diabetes")}},
            _foreign(code=[{"system": LOCAL, "code": "dm"}]),
        ),
        (_item("q1", YES), {}, _foreign(definition="https://hospital.example/StructureDefinition/history#diabetes")),
        (_item("q1", YES, definition=f"{FINDING_SYSTEM}|diabetes"), {}, {}),
        (_item("q1", YES, definition=f"{FINDING_SYSTEM}/diabetes"), {}, {}),
        (_item("q1", YES), {"link_ids": {(FOREIGN, "q1"): "diabetes"}}, {}),
        (_item("q1", YES), {"link_ids": {("", "q1"): "diabetes"}}, {}),
    ],
    ids=[
        "item code",
        "mapped item code",
        "definition",
        "definition in the response",
        "definition with a slash",
        "link of the form",
        "link of any form",
    ],
)
@pytest.mark.parametrize("canonical", [FOREIGN, f"{FOREIGN}|2"])
def test_another_form_is_read_by_code_definition_or_mapping(
    item: dict[str, Any], codes: dict[str, Any], forms: dict[str, Any], canonical: str
) -> None:
    read = read_questionnaire_response(
        entry_of(_response(item, questionnaire=canonical)), context_of(DeploymentCodes(**codes), forms)
    )
    assert (values(read), issue_codes(read)) == ({"diabetes": True}, [])


@pytest.mark.parametrize(
    ("item", "forms"),
    [
        (_item("q1", YES), {}),
        (_item("diabetes", YES), {}),
        (_item("q1", YES), _foreign(code=[{"system": FINDING_SYSTEM, "code": "no-such-finding"}])),
        (_item("q1", YES, definition="https://hospital.example/history#mood"), {}),
        (_item("q1", YES, definition="https://hospital.example/history"), {}),
    ],
)
def test_another_form_is_not_guessed_at(item: dict[str, Any], forms: dict[str, Any]) -> None:
    read = read_questionnaire_response(entry_of(_response(item, questionnaire=FOREIGN)), context_of(questionnaires=forms))
    assert (values(read), issue_codes(read)) == ({}, ["question-not-understood"])


def test_a_contained_form_is_found() -> None:
    form = {**_foreign(code=[{"system": FINDING_SYSTEM, "code": "diabetes"}])[FOREIGN], "id": "form"}
    read = read_questionnaire_response(
        entry_of(_response(_item("q1", YES), questionnaire="#form", contained=[form])), context_of()
    )
    assert values(read) == {"diabetes": True}


def test_a_contained_form_that_is_not_there_helps_nobody() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("q1", YES), questionnaire="#form")), context_of())
    assert issue_codes(read) == ["question-not-understood"]


def test_a_form_of_no_name_with_our_links_is_believed_with_a_remark() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("fever", YES), questionnaire=None)), context_of())
    assert (values(read), issue_codes(read)) == ({"fever": True}, ["assumed"])


@pytest.mark.parametrize(
    ("answers", "expected", "issues"),
    [
        ((YES, YES), {"fever": True}, []),
        ((YES, NO), {}, ["conflicting-answers"]),
        ((YES, NO, YES), {}, ["conflicting-answers"]),
    ],
)
def test_two_answers_to_one_question(
    answers: tuple[dict[str, Any], ...], expected: dict[str, FindingValue], issues: list[str]
) -> None:
    once = read_questionnaire_response(entry_of(_response(_item("fever", *answers))), context_of())
    twice = read_questionnaire_response(entry_of(_response(*(_item("fever", answer) for answer in answers))), context_of())
    assert (values(once), issue_codes(once)) == (values(twice), issue_codes(twice)) == (expected, issues)


def test_an_answer_that_cannot_be_is_said_at_its_place() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("walking-distance-m", {"valueDecimal": -3}))), context_of())
    assert read is not None
    assert [(str(i.code), i.expression, i.used) for i in read.issues] == [
        ("value-implausible", "Bundle.entry[0].resource.item[0].answer[0]", False)
    ]


def test_words_for_an_answer_are_used_with_a_remark() -> None:
    read = read_questionnaire_response(entry_of(_response(_item("fever", {"valueString": "no"}))), context_of())
    assert read is not None
    assert (values(read), [(str(i.code), i.used) for i in read.issues]) == ({"fever": False}, [("assumed", True)])
