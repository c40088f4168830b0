"""An answer that was taken back: by its author, later, in our app. Every other answer stands."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.findings import Finding, Findings
from service.fhir.bundle import open_bundle
from service.fhir.extract import Extract, extract
from service.fhir.forms.answered_form import AnsweredForm, asked_of, in_words, known_answers
from service.fhir.forms.own_forms import answers_by, is_own_form
from service.fhir.mapping import DeploymentCodes
from tests.fhir.entries import LIMITS
from tests.web.conftest import NOW

ADA = "Practitioner/ada"
YES = {"bruit-femoral-left": "true"}


def form(minutes: int, answers: dict[str, str], *taken_back: str, author: str = ADA, **more: Any) -> dict[str, Any]:
    """A form as the app writes it, so many minutes after the first; `more` stands in it instead."""
    told = AnsweredForm(
        identity=f"launch-{minutes}",
        patient_id="invented-1",
        author=author,
        authored=NOW + timedelta(minutes=minutes),
        answers=answers,
        taken_back=frozenset(taken_back),
    )
    return {name: value for name, value in (told.resource | more).items() if value is not None}


def read(*forms: dict[str, Any], hours: int = 1) -> Extract:
    patient = {"resourceType": "Patient", "id": "invented-1"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (patient, *forms)]}
    as_of = NOW + timedelta(hours=hours)
    return extract(open_bundle(bundle), as_of=as_of, codes=DeploymentCodes(), limits=LIMITS)


def test_what_its_author_took_back_is_not_known_and_is_told() -> None:
    said = read(form(0, YES), form(5, {"fever": "false"}, "bruit-femoral-left"))
    assert {finding.code: finding.value for finding in said.findings} == {"fever": False}
    (issue,) = [one for one in said.issues if "bruit" in one.detail]
    assert (issue.code, issue.used) == ("stale", False)
    assert "counts as not asked" in issue.detail


@pytest.mark.parametrize("author", [ADA, f"https://ehr.example/fhir/{ADA}"])
def test_a_server_may_write_the_author_in_full(author: str) -> None:
    back = form(5, {}, "bruit-femoral-left")
    assert not read(form(0, YES, author=author), back).findings.known("bruit-femoral-left")
    assert not read(form(0, YES), back | {"author": {"reference": author}}).findings.known("bruit-femoral-left")


_BACK = form(5, {}, "bruit-femoral-left")
_GROUP = _BACK["item"][0]


@pytest.mark.parametrize(
    "other",
    [
        form(5, {}, "bruit-femoral-left", author="Practitioner/bob"),
        form(5, {}, "bruit-femoral-left", author="Practitioner/not-ada"),
        form(0, {}, "bruit-femoral-left"),
        form(-5, {}, "bruit-femoral-left"),
        form(5, {}, "bruit-femoral-right"),
        form(5, {"fever": "false"}),
        form(5, {}, "bruit-femoral-left", status="entered-in-error"),
        form(5, {}, "bruit-femoral-left", identifier=None),
        form(5, {}, "bruit-femoral-left", author=ADA, authored=None),
        _BACK | {"author": {"display": "Ada"}},
        _BACK | {"item": [{**_GROUP, "item": []}]},
        form(60 * 24, {}, "bruit-femoral-left"),
    ],
    ids=[
        *("somebody else", "a longer name", "at once", "before", "the other leg", "not named", "in error", "no form of ours"),
        *("undated", "by nobody", "an empty group", "after the moment of the assessment"),
    ],
)
def test_every_other_form_leaves_the_answer_alone(other: dict[str, Any]) -> None:
    assert read(form(0, YES), other).findings.value("bruit-femoral-left") is True


@pytest.mark.parametrize(
    "more",
    [{"identifier": None}, {"author": None}, {"authored": None}, {"identifier": {"system": "https://ehr.example", "value": "1"}}],
    ids=["no identifier", "no author", "no date", "the EHR's own form"],
)
def test_an_answer_that_did_not_come_from_the_app_is_not_taken_back_by_it(more: dict[str, Any]) -> None:
    first = {name: value for name, value in (form(0, YES) | more).items() if value is not None}
    assert read(first, _BACK).findings.value("bruit-femoral-left") is True


def test_what_was_taken_back_can_be_said_again() -> None:
    assert read(form(0, YES), _BACK, form(9, YES)).findings.value("bruit-femoral-left") is True
    assert answers_by([form(9, YES), _BACK, form(0, YES)], ADA) == {"bruit-femoral-left": {"valueBoolean": True}}


def test_the_answers_of_an_author_are_the_newest_that_stand() -> None:
    others = [form(9, {"fever": "true"}, author="Practitioner/bob"), {"resourceType": "Patient"}, form(9, YES, identifier=None)]
    kept = [form(0, YES | {"fever": "true", "symptom-side": "left"}), form(2, {"fever": "false"}), _BACK]
    excluded = [form(7, {"fever": "true"}, status="entered-in-error"), form(8, {"fever": "true"}, authored=None)]
    found = answers_by([*others, *kept, *excluded, form(8, {}) | {"author": None}], ADA)
    assert in_words(found) == {"fever": "false", "symptom-side": "left"}
    assert in_words({"symptom-site": {"valueCoding": {"code": "calf"}}, "fever": {"valueString": "yes"}}) == {}
    assert not is_own_form({"resourceType": "QuestionnaireResponse"})


KNOWN = known_answers(
    Findings(
        {
            code: Finding(code=code, value=value, source="x")
            for code, value in {
                "leg-pain-on-walking": True,
                "walking-distance-m": Decimal(200),
                "symptom-side": "left",
                "symptom-site": frozenset(("thigh", "calf")),
            }.items()
        }
    )
)


def test_what_is_known_is_as_good_a_reason_to_ask_as_what_is_answered() -> None:
    assert KNOWN["symptom-site"] == ({"valueCoding": {"code": "calf"}}, {"valueCoding": {"code": "thigh"}})
    assert KNOWN["walking-distance-m"] == ({"valueDecimal": 200},)
    given = {"relieved-by-standing-still": "true", "relief-within-10-minutes": "true", "fever": "false"}
    assert asked_of(given, KNOWN) == given
    assert asked_of(given, {}) == {"fever": "false"}
    # What is answered here goes before what is known.
    assert asked_of(given | {"leg-pain-on-walking": "false"}, KNOWN) == {"fever": "false", "leg-pain-on-walking": "false"}
