"""Every type of question: shown, filled in, sent, read, and shown again as it was; and every way an answer can be wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from service.fhir.forms.form_answers import is_asked, questionnaire_response
from service.fhir.forms.form_definition import Form, read_definition
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from service.web.pages.forms.conditions import condition_words, conditions_css
from service.web.pages.forms.fields import Fields, ReadAnswers, read_answers
from service.web.pages.forms.form import clinician_form, form_values
from service.web.pages.forms.words import CLINICIAN, EXAMINED, WORDS
from tests.fhir.synthetic_form import asked_when, coding
from tests.fhir.synthetic_form import questionnaire as synthetic
from tests.web.reading_pages import Part, read_page

ANY = read_definition(synthetic())
FILLED = [
    ("first", "false"),
    ("sure", "true"),
    ("colour", "blue"),
    ("colours", "red"),
    ("colours", "blue"),
    ("weight", "71,5"),
    ("count", "3"),
    ("day", "2026-02-28"),
    ("name", "Ann"),
    ("story", "Fell <b>down</b> & got up"),
]


def shown(client: FlaskClient, form: Form, fields: Fields, read: ReadAnswers | None = None) -> Part:
    """The questions as the page shows them."""
    problems = read.problems if read else ()
    with client.application.test_request_context():
        environment = client.application.jinja_env
        values = form_values(form, CLINICIAN, fields, problems)
        page = environment.from_string(
            '{% import "form_parts.html" as parts %}{{ parts.summary(errors, words, {}) }}{{ parts.sections(form, fields, errors, words, when, third_states) }}'
        ).render(**values)
    return read_page(page)


def successful(page: Part) -> list[tuple[str, str]]:
    """What a browser would send of the page."""
    found = []
    for part in page.all():
        kind, name = part.attributes.get("type"), part.attributes.get("name", "")
        if part.tag == "textarea":
            found.append((name, "".join(str(child) for child in part.children)))
        elif part.tag == "input" and (kind == "text" or "checked" in part.attributes):
            found.append((name, part.attributes["value"]))
    return found


def read(fields: list[tuple[str, str]], form: Form = ANY) -> ReadAnswers:
    return read_answers(form, Fields(fields), CLINICIAN)


def test_a_form_nobody_touched_answers_nothing(standing_client: FlaskClient) -> None:
    sent = successful(shown(standing_client, ANY, Fields()))
    assert {name for name, _ in sent} == set(ANY.questions) - {"told", "colours"}
    assert [value for _, value in sent if value] == []
    assert read(sent).answers == {}


def test_every_type_of_question_goes_there_and_back(standing_client: FlaskClient) -> None:
    once = read(FILLED)
    assert once.problems == ()
    assert once.answers == {
        "first": ({"valueBoolean": False},),
        "sure": ({"valueBoolean": True},),
        "colour": ({"valueCoding": coding("blue")},),
        "colours": ({"valueCoding": coding("red")}, {"valueCoding": coding("blue")}),
        "weight": ({"valueDecimal": Decimal("71.5")},),
        "count": ({"valueInteger": 3},),
        "day": ({"valueDate": "2026-02-28"},),
        "name": ({"valueString": "Ann"},),
        "story": ({"valueString": "Fell <b>down</b> & got up"},),
    }
    sent = [one for one in successful(shown(standing_client, ANY, Fields(FILLED))) if one[1]]
    assert sorted(sent) == sorted(FILLED)
    assert read(sent).answers == once.answers
    response = questionnaire_response(ANY, once.answers, authored=datetime(2026, 3, 2, tzinfo=UTC))
    assert len(response["item"][1]["item"]) == 5


def test_not_asked_is_a_third_state_and_the_first_one(standing_client: FlaskClient) -> None:
    page = shown(standing_client, ANY, Fields())
    for name in ("sure", "colour"):
        radios = page.having("name", name)
        assert [radio.attributes["value"] for radio in radios if "checked" in radio.attributes] == [""]
        assert len(radios) == 3
    assert page.text.count("Not asked") == 3


def test_what_is_examined_and_not_asked_is_left_open_in_those_words(standing_client: FlaskClient) -> None:
    form = clinician_form()
    page = shown(standing_client, form, Fields())
    states = {
        part.attributes["data-item"]: part.text.rpartition("Not ")[2]
        for part in page.having("data-item")
        if form.questions[part.attributes["data-item"]].type in ("boolean", "choice")
        and not form.questions[part.attributes["data-item"]].repeats
    }
    assert set(states.values()) == {"asked", "examined"}
    assert {name: states[name] for name in ("pulse-femoral-left", "bruit-limb-right", "romberg-abnormal", "calf-tenderness")} == {
        "pulse-femoral-left": "examined",
        "bruit-limb-right": "examined",
        "romberg-abnormal": "examined",
        "calf-tenderness": "examined",
    }
    assert {states[name] for name in ("leg-pain-on-walking", "fever", "smoking-status", "pregnant")} == {"asked"}
    # Nothing is in the list that no form asks.
    assert form.questions.keys() >= EXAMINED
    assert (
        read_answers(form, Fields({"romberg-abnormal": "maybe"}), CLINICIAN)
        .problems[0]
        .diagnostics.endswith("Choose among: Yes, No, Not examined.")
    )


@pytest.mark.parametrize(
    ("name", "given", "issue", "said"),
    [
        ("weight", "heavy", "value", "“heavy” is not a number. Give a number (1.5 to 300 kilos), or leave it open."),
        ("weight", "1e3", "value", "“1e3” is not a number"),
        ("weight", "-2", "value", "-2 is not possible here. Give a number (1.5 to 300 kilos)"),
        ("weight", "301", "value", "301 is not possible here"),
        ("count", "2.5", "value", "“2.5” is not a whole number. Give a whole number"),
        ("count", "٣", "value", "is not a number"),
        ("day", "2026-02-30", "value", "“2026-02-30” is not a date. Write it as 2026-03-02"),
        ("day", "28.2.2026", "value", "is not a date"),
        ("sure", "maybe", "code-invalid", "“maybe” is not one of the answers. Choose among: Yes, No, Not asked."),
        ("colour", "green", "code-invalid", "Choose among: Red, Blue."),
        ("colours", "green", "code-invalid", "Choose among: Red, Blue."),
        ("name", "Annabella the Second", "too-long", "over the limit of 12 characters"),
        ("count", "1" * 201, "too-long", "over the limit of 200 characters"),
    ],
)
def test_a_wrong_answer_is_said_beside_its_question_and_kept(
    standing_client: FlaskClient, name: str, given: str, issue: str, said: str
) -> None:
    fields = [one for one in FILLED if one[0] != name] + [(name, given)]
    wrong = read(fields)
    ((problem),) = wrong.problems
    assert (problem.expression, problem.issue_type) == (name, issue)
    assert said in problem.diagnostics
    page = shown(standing_client, ANY, Fields(fields), wrong)
    (error,) = page.having("id", f"{name}-error")
    assert said in error.text
    (described,) = page.having("aria-describedby", f"{name}-error")
    # A group of boxes has no state of its own.
    assert described.attributes.get("aria-invalid") == (None if ANY.questions[name].repeats else "true")
    if ANY.questions[name].type not in ("boolean", "choice"):
        assert page.having("id", name)[0].attributes["value"] == given
    assert [one for one in fields if one[0] != name] == [one for one in successful(page) if one[1] and one[0] != name]


def test_two_answers_where_one_is_taken_are_not_chosen_between() -> None:
    assert [one.diagnostics for one in read([*FILLED, ("sure", "false")]).problems] == [
        "This was answered twice. Choose one answer."
    ]


def test_a_question_that_has_to_be_answered_says_so() -> None:
    assert [(one.expression, one.diagnostics) for one in read([("first", "true")]).problems] == [
        ("sure", "This has to be answered.")
    ]


def later(*conditions: dict[str, Any], all_of: bool = False, required: bool = False) -> Form:
    return read_definition(synthetic({**asked_when("later", *conditions, all_of=all_of), "required": required}))


YES = {"question": "sure", "operator": "=", "answerBoolean": True}
RED = {"question": "colour", "operator": "=", "answerCoding": {"code": "red"}}


def test_an_answer_to_a_question_that_is_not_asked_is_set_aside_even_if_it_is_wrong() -> None:
    form = later(YES, required=True)
    for given in ("true", "maybe"):
        found = read([("sure", "false"), ("later", given)], form)
        assert (found.problems, [one.link_id for one in found.set_aside], set(found.answers)) == ((), ["later"], {"sure"})
    assert read([("sure", "false")], form).set_aside == ()
    assert [one.expression for one in read([("sure", "true")], form).problems] == ["later"]


@pytest.mark.parametrize(
    ("form", "hidden", "words"),
    [
        (later(YES), '.form:not(:has([name="sure"][value="true"]:checked))', "Only if: “Sure?”: Yes"),
        (
            later(YES, RED),
            '.form:not(:has([name="colour"][value="red"]:checked)):not(:has([name="sure"][value="true"]:checked))',
            "Only if: “Sure?”: Yes or “Which?”: Red",
        ),
        (
            later(YES, RED, all_of=True),
            '.form:not(:has([name="colour"][value="red"]:checked)) [data-item="later"], .form:not(:has([name="sure"][value="true"]:checked))',
            "Only if: “Sure?”: Yes and “Which?”: Red",
        ),
    ],
)
def test_the_style_sheet_and_the_words_say_when_a_question_is_asked(form: Form, hidden: str, words: str) -> None:
    assert f'{hidden} [data-item="later"] {{ display: none; }}' in conditions_css(form)
    assert condition_words(form.questions["later"], form, CLINICIAN) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"question": "count", "operator": ">", "answerInteger": 2}, "Only if: “How many?” > 2"),
        ({"question": "count", "operator": "exists", "answerBoolean": True}, "Only if: “How many?” is answered"),
        ({"question": "count", "operator": "exists", "answerBoolean": False}, "Only if: “How many?” is not answered"),
        ({"question": "sure", "operator": "!=", "answerBoolean": True}, "Only if: “Sure?” != Yes"),
    ],
)
def test_what_a_style_sheet_cannot_tell_is_shown_with_its_condition(condition: dict[str, Any], words: str) -> None:
    form = later(condition)
    css = conditions_css(form)
    assert '[data-item="later"] { display: none; }' not in css
    assert '[data-item="later"] .when { display: block; }' in css
    assert condition_words(form.questions["later"], form, CLINICIAN) == words


def test_a_name_that_could_break_out_of_the_style_sheet_has_no_rule() -> None:
    form = read_definition(synthetic(asked_when('x"] { } body { display: none } [a="', YES)))
    assert "body" not in conditions_css(form)
    hostile = {**asked_when("later", {"question": 'a"b', "operator": "=", "answerBoolean": True})}
    form = read_definition(synthetic({"linkId": 'a"b', "text": "?", "type": "boolean"}, hostile))
    assert 'a"b' not in conditions_css(form)


def test_a_question_behind_two_others_waits_for_both() -> None:
    css = conditions_css(read_definition(questionnaire()))
    (rule,) = [line for line in css.splitlines() if '[data-item="relief-within-10-minutes"]' in line]
    for name in ("relieved-by-standing-still", "leg-pain-on-walking"):
        assert f'.form:not(:has([name="{name}"][value="true"]:checked)) [data-item="relief-within-10-minutes"]' in rule


def test_right_and_left_stand_side_by_side_whatever_came_before(standing_client: FlaskClient) -> None:
    page = shown(standing_client, read_definition(questionnaire()), MultiDict())
    for part in page.having("data-item"):
        assert ("right-side" in part.attributes["class"]) is part.attributes["data-item"].endswith("-right")


@pytest.mark.parametrize("language", WORDS)
def test_the_words_of_every_language_take_the_same_insertions(language: str) -> None:
    for name in CLINICIAN.__slots__:
        english, other = getattr(WORDS["en"], name), getattr(WORDS[language], name)
        assert sorted(
            part
            for part in ("{given}", "{range}", "{limit}", "{allowed}", "{low}", "{high}", "{unit}", "{count}")
            if part in english
        ) == sorted(
            part
            for part in ("{given}", "{range}", "{limit}", "{allowed}", "{low}", "{high}", "{unit}", "{count}")
            if part in other
        )


@pytest.mark.parametrize(
    "form", [read_definition(questionnaire()), read_definition(patient_questionnaire(), "es")], ids=["clinician", "patient"]
)
def test_the_style_sheet_hides_what_the_server_does_not_ask(form: Form) -> None:
    """A thousand ways to answer the questions that lead to others: both sides agree on each of the questions that wait for them."""
    rules = re.findall(r"^(.*) \{ display: none; \}$", conditions_css(read_definition(questionnaire())), re.MULTILINE)
    ways: dict[str, list[set[tuple[str, str]]]] = {}
    for selector in ", ".join(rule for rule in rules if rule != ".when").split(", "):
        item = re.findall(r'\[data-item="([^"]+)"\]', selector)[0]
        ways.setdefault(item, []).append(set(re.findall(r'\[name="([^"]+)"\]\[value="([^"]+)"\]:checked', selector)))
    waiting = [one for one in form.questions.values() if one.conditions]
    assert {one.link_id for one in waiting} == set(ways)
    leading = sorted({condition.question for one in waiting for condition in one.conditions})
    random = Random(66)
    for _ in range(1000):
        chosen = {(name, random.choice(["true", "false", ""])) for name in leading}
        given = read([one for one in chosen if one[1]], form).answers
        # Answers that are not asked for are set aside, but still chosen in the browser: that is what the rules have to see through.
        for question in waiting:
            hidden = any(not (way & chosen) for way in ways[question.link_id])
            assert hidden is not is_asked(question, form, given), (question.link_id, chosen)
