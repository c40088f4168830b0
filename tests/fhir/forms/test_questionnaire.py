from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import service
from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.finding_measures import MEASURES
from service.fhir.forms.questionnaire import CANONICAL, FINDING_SYSTEM, FINDING_VALUE_SYSTEM, questionnaire
from service.fhir.forms.questionnaire_items import ASKED_WHEN_ANY, NO_QUESTION, OPTION_DISPLAYS, question
from tests.judges.panel import Panel


def _questions() -> dict[str, dict[str, Any]]:
    return {item["linkId"]: item for group in questionnaire()["item"] for item in group["item"]}


def _link_ids(items: list[dict[str, Any]]) -> Iterator[str]:
    for item in items:
        yield item["linkId"]
        yield from _link_ids(item.get("item", []))


def test_the_judges_accept_the_questionnaire(panel: Panel) -> None:
    assert panel.complaints(questionnaire()) == []


def test_the_questionnaire_is_the_published_one() -> None:
    form = questionnaire()
    assert (form["url"], form["version"], form["status"], form["subjectType"]) == (
        CANONICAL,
        service.__version__,
        "active",
        ["Patient"],
    )


def test_every_finding_a_person_can_be_asked_for_is_one_question() -> None:
    assert set(_questions()) == set(VOCABULARY) - NO_QUESTION


def test_no_link_id_is_used_twice_and_no_group_is_called_like_a_finding() -> None:
    link_ids = Counter(_link_ids(questionnaire()["item"]))
    assert max(link_ids.values()) == 1
    assert not {group["linkId"] for group in questionnaire()["item"]} & set(VOCABULARY)


@pytest.mark.parametrize("code", sorted(set(VOCABULARY) - NO_QUESTION))
def test_each_question_carries_its_finding_and_takes_the_values_of_its_term(code: str) -> None:
    item, term = _questions()[code], VOCABULARY[code]
    assert item["code"] == [{"system": FINDING_SYSTEM, "code": code}]
    assert item["type"] == {Kind.CHOICES: "choice"}.get(term.kind, str(term.kind))
    assert item.get("repeats", False) is (term.kind is Kind.CHOICES)
    assert "required" not in item
    options = [option["valueCoding"] for option in item.get("answerOption", [])]
    assert tuple(option["code"] for option in options) == term.options
    assert all(
        option["system"] == FINDING_VALUE_SYSTEM and option["display"] == OPTION_DISPLAYS[option["code"]] for option in options
    )


@pytest.mark.parametrize("code", sorted(ASKED_WHEN_ANY))
def test_a_question_depends_only_on_yes_to_another(code: str) -> None:
    item = _questions()[code]
    for condition in item["enableWhen"]:
        assert (condition["operator"], condition["answerBoolean"]) == ("=", True)
        assert VOCABULARY[condition["question"]].kind is Kind.BOOLEAN
        assert condition["question"] in _questions()
        assert condition["question"] != code
    assert ("enableBehavior" in item) is (len(item["enableWhen"]) > 1)


def test_only_the_history_waits_for_other_answers() -> None:
    history, *others = questionnaire()["item"]
    assert not any("enableWhen" in item for group in others for item in group["item"])
    assert "enableWhen" not in next(item for item in history["item"] if item["linkId"] == "sudden-onset-within-14-days")


def test_questions_of_one_leg_name_it() -> None:
    assert "right" in question("foot-wound-right")
    assert "left" in question("foot-wound-left")
    assert "{side}" not in " ".join(question(code) for code in _questions())


def test_units_stand_in_the_text() -> None:
    assert "metres" in question("walking-distance-m")
    assert "weeks" in question("symptom-duration-weeks")
    assert "ml" in question("post-void-residual-ml")


def test_a_number_carries_the_unit_and_the_limits_of_its_finding() -> None:
    for code, item in _questions().items():
        extensions = {one["url"].rpartition("/")[2]: one for one in item.get("extension", [])}
        if code not in MEASURES:
            assert extensions == {}
            continue
        measure, value = MEASURES[code], f"value{item['type'].capitalize()}"
        assert extensions["questionnaire-unit"]["valueCoding"]["code"] == measure.unit
        assert (extensions["minValue"][value], extensions["maxValue"][value]) == (measure.low, measure.high)
