from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from service.clinical.assessment import Diagnosis, Likelihood, NotWeighed, Setting
from service.clinical.indices import ExerciseResult, NotComputed, PadReason, PadStatus
from service.clinical.measurements import Bound, Side, Site
from service.fhir import sentences
from tests.fhir.assessments import NEUROGENIC, VASCULAR, basis, contribution, diseased_right_leg, ratio, reading, unmeasured


@pytest.mark.parametrize("reason", list(PadReason))
@pytest.mark.parametrize("status", [status for status in PadStatus if status is not PadStatus.NOT_MEASURED])
def test_every_status_and_reason_makes_a_sentence(status: PadStatus, reason: PadReason) -> None:
    said = sentences.pad_status(replace(diseased_right_leg(), pad_status=status, pad_reason=reason))
    assert said.startswith("Right leg: ")
    assert said.endswith("(ABI 0.70, TBI 0.17).")


@pytest.mark.parametrize("reason", list(NotComputed))
def test_a_leg_not_measured_says_what_is_missing(reason: NotComputed) -> None:
    assert sentences.pad_status(unmeasured(Side.LEFT, reason)) == f"Left leg: not measured; {sentences.not_computed(reason)}."


def test_a_status_without_any_index_names_no_value() -> None:
    leg = unmeasured(Side.LEFT, pad_status=PadStatus.INDETERMINATE, pad_reason=PadReason.STIFF_WITHOUT_TOE)
    assert sentences.pad_status(leg).endswith("there is no toe pressure.")


@pytest.mark.parametrize("reason", list(NotWeighed))
def test_why_nothing_was_weighed_is_a_sentence(reason: NotWeighed) -> None:
    assert sentences.not_weighed(reason).endswith("no probability is given.")


def test_every_code_a_reader_meets_has_words() -> None:
    assert [sentences.likelihood(one) for one in Likelihood] == ["negligible", "low", "moderate", "high"]
    assert all(sentences.diagnosis(one) for one in Diagnosis)
    assert all(sentences.exercise(one) for one in ExerciseResult)
    assert all(" in " in sentences.weighing(NEUROGENIC, setting) for setting in Setting)


@pytest.mark.parametrize(
    ("bound", "value", "said"),
    [
        (Bound.EXACT, "0.70", "0.70"),
        (Bound.ABOVE, "1.92", "above 1.92"),
        (Bound.BELOW, "0.31", "below 0.31"),
        (Bound.ABOVE, None, "does not compress"),
        (Bound.EXACT, None, "not known"),
    ],
)
def test_a_ratio_is_told_with_what_is_known_of_it(bound: Bound, value: str | None, said: str) -> None:
    assert sentences.ratio(ratio(reading(Site.ANKLE, Side.LEFT, "91", bound=bound), value, value)) == said


@pytest.mark.parametrize(
    ("probability", "told"), [(0.0, "0.0"), (1.0, "100.0"), (0.0005, "0.1"), (0.6234, "62.3"), (0.07213, "7.2")]
)
def test_percentages_have_one_decimal(probability: float, told: str) -> None:
    assert sentences.percent(probability) == Decimal(told)
    assert str(sentences.percent(probability)) == told


@pytest.mark.parametrize(("given", "told"), [(0.29, "0.29"), (3.3, "3.3"), (13.0, "13"), (120.0, "120")])
def test_likelihood_ratios_are_told_as_published(given: float, told: str) -> None:
    assert sentences.contribution(contribution("a sign", 1.0, likelihood_ratio=given)) == f"a sign (LR {told})"


def test_what_was_not_counted_is_not_told() -> None:
    assert "cool skin" not in sentences.weighing(VASCULAR, Setting.SPINE_CLINIC)


def test_a_cause_without_findings_tells_its_start_only() -> None:
    assert sentences.weighing(NEUROGENIC, Setting.VASCULAR_CLINIC) == (
        "Neurogenic cause 10.0 % (2.0 to 30.0 %, uncalibrated); before the findings 30.0 % in a vascular clinic."
    )


def test_doubt_is_said_only_where_there_is_some() -> None:
    assert sentences.certainty(basis(tag="F")) == ""
    assert sentences.certainty(basis(tag="K-L")) == "to be confirmed against the primary source"


def test_a_code_without_a_name_is_told_as_it_is() -> None:
    assert sentences.warning_signs_not_asked(["fever", "something-new"]).endswith("Fever; something-new.")


def test_nothing_to_say_is_nothing() -> None:
    assert sentences.issues(()) == []
