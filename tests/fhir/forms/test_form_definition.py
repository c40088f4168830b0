from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.forms.form_definition import read_definition
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.forms.questionnaire_items import ASKED_WHEN_ANY
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from service.fhir.forms.translations import TRANSLATION, in_language
from tests.fhir.synthetic_form import SYSTEM, asked_when
from tests.fhir.synthetic_form import questionnaire as synthetic


def test_groups_and_questions_come_in_their_order_each_with_what_it_takes() -> None:
    form = read_definition(synthetic())
    assert [(one.link_id, one.title, [question.link_id for question in one.questions]) for one in form.sections] == [
        ("", "", ["first"]),
        ("group-one", "One", ["told", "sure", "colour", "colours", "weight"]),
        ("group-two", "Two", ["count", "day", "name", "story"]),
    ]
    assert (form.canonical, form.title, form.description) == ("https://forms.example/Questionnaire/all|7", "Everything", "")
    weight, name = form.questions["weight"], form.questions["name"]
    assert (weight.unit, weight.low, weight.high) == ("kilos", Decimal("1.5"), Decimal(300))
    assert (name.unit, name.low, name.high, name.max_length) == ("", None, None, 12)
    assert (form.questions["sure"].required, form.questions["colours"].repeats) == (True, True)


def test_in_another_language_what_is_translated_is_and_the_rest_keeps_its_words() -> None:
    form = read_definition(synthetic(), "es")
    assert (form.title, form.sections[1].title, form.sections[2].title) == ("Todo", "Uno", "Two")
    assert [option.display for option in form.questions["colour"].options] == ["Rojo", "Blue"]
    # What is sent is the coding of the definition, in its own language.
    assert form.questions["colour"].options[0].coding == {"system": SYSTEM, "code": "red", "display": "Red"}


@pytest.mark.parametrize(
    "beside",
    [
        None,
        "not an object",
        {"extension": [{"url": "https://forms.example/other", "valueString": "x"}]},
        {"extension": [{"url": TRANSLATION, "extension": [{"url": "lang", "valueCode": "fr"}]}]},
        {"extension": [{"url": TRANSLATION, "extension": [{"url": "lang", "valueCode": "es"}]}]},
    ],
)
def test_a_translation_that_is_not_there_leaves_the_text(beside: object) -> None:
    assert in_language({"text": "Sure?", "_text": beside}, "text", "es") == "Sure?"


def test_conditions_are_read_with_their_values() -> None:
    form = read_definition(
        synthetic(
            asked_when(
                "later",
                {"question": "sure", "operator": "=", "answerBoolean": True},
                {"question": "colour", "operator": "!=", "answerCoding": {"code": "red"}},
                {"question": "count", "operator": ">", "answerInteger": 2},
                {"question": "name", "operator": "=", "answerString": "Ann"},
                all_of=True,
            )
        )
    )
    later = form.questions["later"]
    assert [one.answer for one in later.conditions] == [True, "red", Decimal(2), "Ann"]
    assert later.all_of is True


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"linkId": "scan", "type": "attachment"}, "item scan is of type attachment"),
        ({"linkId": "sure-2", "type": "boolean", "item": [{"linkId": "inside", "type": "boolean"}]}, "holds items of its own"),
    ],
)
def test_what_a_form_cannot_show_is_refused_and_not_left_out(item: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_definition(synthetic(item))


def test_our_forms_can_be_shown_whole() -> None:
    form = read_definition(questionnaire())
    assert [one.link_id for one in form.sections] == [item["linkId"] for item in questionnaire()["item"]]
    for code, question in form.questions.items():
        assert [option.code for option in question.options] == list(VOCABULARY[code].options)
        assert [condition.question for condition in question.conditions] == list(ASKED_WHEN_ANY.get(code, ()))
        number = VOCABULARY[code].kind in (Kind.DECIMAL, Kind.INTEGER)
        assert (question.unit != "", question.low is not None, question.high is not None) == (number, number, number)


def test_both_languages_of_the_patients_form_are_complete() -> None:
    english, spanish = read_definition(patient_questionnaire()), read_definition(patient_questionnaire(), "es")
    assert english.title != spanish.title
    for one, other in zip(english.sections, spanish.sections, strict=True):
        assert one.title != other.title
    for code, question in spanish.questions.items():
        asked = english.questions[code]
        assert question.text != asked.text
        assert question.text.count("?") == question.text.count("¿")
        assert [option.display for option in question.options if option.display in {one.display for one in asked.options}] == []
        assert bool(question.unit) is bool(asked.unit)
        assert question.unit != asked.unit or not question.unit
