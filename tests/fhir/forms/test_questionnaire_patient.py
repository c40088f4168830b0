"""The form for patients is the one for clinicians in other words: fewer questions, the same linkIds, and answers that are read alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

import service
from service.clinical.vocabulary import VOCABULARY, Section
from service.fhir.findings.questionnaire_response import read_questionnaire_response
from service.fhir.forms.form_answers import questionnaire_response
from service.fhir.forms.form_definition import read_definition
from service.fhir.forms.questionnaire import CANONICAL, PATIENT_CANONICAL, questionnaire
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from tests.fhir.entries import context_of, entry_of
from tests.judges.panel import Panel

PLAIN = patient_questionnaire()


def questions(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["linkId"]: item for group in form["item"] for item in group["item"]}


def test_the_judges_accept_it(panel: Panel) -> None:
    assert panel.complaints(PLAIN) == []


def test_it_is_derived_from_the_form_for_clinicians() -> None:
    assert (PLAIN["url"], PLAIN["derivedFrom"]) == (PATIENT_CANONICAL, [f"{CANONICAL}|{service.__version__}"])
    assert {VOCABULARY[code].section for code in questions(PLAIN)} == {Section.HISTORY, Section.RED_FLAG}


def test_all_of_the_history_is_asked() -> None:
    assert {code for code in questions(PLAIN) if VOCABULARY[code].section is Section.HISTORY} == {
        code for code, term in VOCABULARY.items() if term.section is Section.HISTORY
    }


@pytest.mark.parametrize("code", questions(PLAIN))
def test_a_question_differs_from_the_clinicians_in_its_words_only(code: str) -> None:
    plain, other = questions(PLAIN)[code], questions(questionnaire())[code]
    for same in ("linkId", "code", "type", "repeats", "enableWhen", "enableBehavior"):
        assert plain.get(same) == other.get(same), same
    assert [option["valueCoding"]["code"] for option in plain.get("answerOption", [])] == [
        option["valueCoding"]["code"] for option in other.get("answerOption", [])
    ]
    limits = [{**one, "valueCoding": None} for one in plain.get("extension", [])]
    assert limits == [{**one, "valueCoding": None} for one in other.get("extension", [])]


@pytest.mark.parametrize("code", questions(PLAIN))
def test_a_patient_is_spoken_to_and_not_about(code: str) -> None:
    assert re.search(r"\bthe person\b|\bclaudication\b|\bDoppler\b", questions(PLAIN)[code]["text"]) is None


def test_what_needs_an_examiner_or_privacy_is_not_asked_on_paper() -> None:
    assert not {"iv-drug-use", "pulsatile-abdominal-mass", "arterial-doppler-right", "pain-out-of-proportion"} & set(
        questions(PLAIN)
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_loss_is_not_taken_for_total_loss(language: str) -> None:
    form = read_definition(PLAIN, language)
    for code in ("leg-sensory-loss-left", "leg-motor-loss-left"):
        none, *others = [option.display for option in form.questions[code].options]
        assert not [other for other in others if other.startswith(none) or none in ("None", "Nada")]


@pytest.mark.parametrize("language", ["en", "es"])
def test_its_answers_are_read_as_those_of_the_clinicians_form(language: str) -> None:
    form = read_definition(PLAIN, language)
    site = next(option.coding for option in form.questions["symptom-site"].options if option.code == "calf")
    response = questionnaire_response(
        form,
        {"leg-pain-on-walking": ({"valueBoolean": True},), "symptom-site": ({"valueCoding": site},)},
        authored=datetime(2026, 3, 2, 9, tzinfo=UTC),
        subject={"reference": "Patient/p1"},
    )
    assert response["language"] == language
    read = read_questionnaire_response(entry_of(response), context_of())
    assert read is not None
    assert {one.code: one.value for one in read.findings} == {"leg-pain-on-walking": True, "symptom-site": frozenset({"calf"})}
    assert read.issues == ()
