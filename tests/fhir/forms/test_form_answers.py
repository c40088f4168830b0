from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.fhir.forms.form_answers import Answers, is_asked, questionnaire_response
from service.fhir.forms.form_definition import Form, read_definition
from service.fhir.forms.questionnaire import questionnaire
from tests.fhir.synthetic_form import asked_when, coding
from tests.fhir.synthetic_form import questionnaire as synthetic

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
YES, NO = {"valueBoolean": True}, {"valueBoolean": False}
OURS = read_definition(questionnaire())


def answers(**given: Any) -> Answers:
    return {name.replace("_", "-"): (value,) if isinstance(value, dict) else value for name, value in given.items()}


def with_condition(*conditions: dict[str, Any], all_of: bool = False) -> Form:
    return read_definition(synthetic(asked_when("later", *conditions, all_of=all_of)))


@pytest.mark.parametrize(
    ("condition", "given", "asked"),
    [
        ({"operator": "=", "answerBoolean": True, "question": "sure"}, {"sure": YES}, True),
        ({"operator": "=", "answerBoolean": True, "question": "sure"}, {"sure": NO}, False),
        ({"operator": "=", "answerBoolean": True, "question": "sure"}, {}, False),
        (
            {"operator": "=", "answerCoding": {"code": "red"}, "question": "colour"},
            {"colour": {"valueCoding": coding("red")}},
            True,
        ),
        (
            {"operator": "!=", "answerCoding": {"code": "red"}, "question": "colour"},
            {"colour": {"valueCoding": coding("blue")}},
            True,
        ),
        ({"operator": "!=", "answerCoding": {"code": "red"}, "question": "colour"}, {}, False),
        ({"operator": "exists", "answerBoolean": True, "question": "count"}, {"count": {"valueInteger": 0}}, True),
        ({"operator": "exists", "answerBoolean": False, "question": "count"}, {}, True),
        ({"operator": ">", "answerInteger": 2, "question": "count"}, {"count": {"valueInteger": 3}}, True),
        ({"operator": ">=", "answerInteger": 2, "question": "count"}, {"count": {"valueInteger": 2}}, True),
        ({"operator": "<", "answerDecimal": 2.5, "question": "weight"}, {"weight": {"valueDecimal": 2.5}}, False),
        ({"operator": "<=", "answerDecimal": 2.5, "question": "weight"}, {"weight": {"valueDecimal": 2.5}}, True),
        # An order that a text cannot have.
        ({"operator": ">", "answerInteger": 2, "question": "name"}, {"name": {"valueString": "3"}}, False),
        ({"operator": ">", "answerString": "a", "question": "count"}, {"count": {"valueInteger": 3}}, False),
    ],
)
def test_when_a_question_is_asked(condition: dict[str, Any], given: dict[str, Any], asked: bool) -> None:
    form = with_condition(condition)
    assert is_asked(form.questions["later"], form, answers(**given)) is asked


@pytest.mark.parametrize(("all_of", "given", "asked"), [(False, {"sure": YES}, True), (True, {"sure": YES}, False)])
def test_any_or_all_of_the_conditions(all_of: bool, given: dict[str, Any], asked: bool) -> None:
    yes = {"operator": "=", "answerBoolean": True}
    form = with_condition(yes | {"question": "sure"}, yes | {"question": "first"}, all_of=all_of)
    assert is_asked(form.questions["later"], form, answers(**given)) is asked


def test_an_answer_to_a_question_that_is_not_asked_leads_nowhere() -> None:
    given = answers(relieved_by_standing_still=YES, leg_pain_on_walking=NO)
    assert not is_asked(OURS.questions["relief-within-10-minutes"], OURS, given)
    assert is_asked(OURS.questions["relief-within-10-minutes"], OURS, given | answers(leg_pain_on_walking=YES))


def test_the_response_holds_what_was_answered_and_nothing_else() -> None:
    form = read_definition(synthetic(), "es")
    given = answers(
        first=NO, count={"valueInteger": 3}, colours=({"valueCoding": coding("red")}, {"valueCoding": coding("blue")})
    )
    response = questionnaire_response(form, given, authored=AT, id="r1")
    assert {name: response[name] for name in ("id", "status", "questionnaire", "language", "authored")} == {
        "id": "r1",
        "status": "completed",
        "questionnaire": "https://forms.example/Questionnaire/all|7",
        "language": "es",
        "authored": "2026-03-02T09:30:00+00:00",
    }
    assert response["item"] == [
        {"linkId": "first", "text": "Outside of any group", "answer": [NO]},
        {
            "linkId": "group-one",
            "text": "Uno",
            "item": [
                {"linkId": "colours", "text": "Which ones?", "answer": list(given["colours"])},
                {
                    "linkId": "group-two",
                    "text": "Two",
                    "item": [{"linkId": "count", "text": "How many?", "answer": [{"valueInteger": 3}]}],
                },
            ],
        },
    ]
