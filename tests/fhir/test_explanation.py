"""The trace of one assessment: every step is in it, it is right R4, and it adds up to the answer beside it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import Assessment
from service.evidence.loader import load_evidence
from service.fhir.answer import Output, build_answer
from service.fhir.explanation import explanation
from service.fhir.json_format import dumps
from service.fhir.output_check import violations
from service.pipeline import Answer, assess_bundle
from tests.claudicant import claudicant
from tests.fhir.assessments import AS_OF, CITATIONS, EVIDENCE, FRAME, assessment, nothing_known, resources
from tests.judges.panel import Panel


def answer(of: Assessment, *, output: Output = Output.COLLECTION, explain: bool = True) -> Any:
    return build_answer(
        of,
        patient_reference="Patient/otto",
        evidence_version=EVIDENCE,
        citations=CITATIONS,
        as_of=AS_OF,
        digest="0f" * 32,
        output=output,
        explain=explain,
    )


def named(holder: Any, name: str) -> list[Any]:
    return [part for part in holder.get("parameter", holder.get("part")) if part["name"] == name]


def value(holder: Any, name: str) -> Any:
    (one,) = named(holder, name)
    return next(given for key, given in one.items() if key.startswith("value"))


def claudicant_answer() -> Answer:
    return assess_bundle(claudicant(), load_evidence(), as_of=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), explain=True)


@pytest.mark.parametrize("of", [assessment(), nothing_known()], ids=["everything", "nothing known"])
def test_the_judges_accept_it_and_so_do_our_own_rules(of: Assessment, panel: Panel) -> None:
    bundle = answer(of)
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []


def test_it_stands_last_in_a_collection_under_its_own_id() -> None:
    entry = answer(assessment())["entry"][-1]
    assert entry["resource"]["resourceType"] == "Parameters"
    assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"


def test_asking_for_it_changes_nothing_else() -> None:
    plain, explained = answer(assessment(), explain=False), answer(assessment())
    assert explained["entry"][:-1] == plain["entry"]
    assert explained["id"] != plain["id"]


def test_a_transaction_never_holds_it() -> None:
    sent = answer(assessment(), output=Output.TRANSACTION)
    assert sent == answer(assessment(), output=Output.TRANSACTION, explain=False)
    assert resources(sent, "Parameters") == []


def test_parameters_in_a_transaction_would_not_leave() -> None:
    kept = answer(assessment())
    kept["type"] = "transaction"
    assert any("(Parameters): no server stores it" in said for said in violations(kept))


def test_every_step_of_the_assessment_is_in_it() -> None:
    of = assessment()
    trace = explanation(of, FRAME)
    assert of.differential is not None
    for cause, told in zip((of.differential.vascular, of.differential.neurogenic), named(trace, "cause"), strict=True):
        assert value(told, "name") == cause.name
        findings = named(told, "finding")
        assert [value(one, "entry") for one in findings] == [one.entry for one in cause.contributions]
        assert [value(one, "counted") for one in findings] == [one.counted for one in cause.contributions]
        assert [value(one, "why") for one in findings] == [one.why for one in cause.contributions]
    assert len(named(trace, "state")) == 4
    assert [value(one, "code") for one in named(trace, "redFlag")] == [flag.code for flag in of.red_flags]
    assert [one["valueCode"] for one in named(trace, "redFlagNotAsked")] == list(of.red_flags_not_asked)
    assert [value(one, "rule") for one in named(trace, "order")] == [order.basis.rule for order in of.orders]
    assert [value(one, "reason") for one in named(trace, "withheld")] == [order.reason for order in of.withheld]
    assert [value(one, "code") for one in named(trace, "nextDatum")] == [datum.code for datum in of.next_data]
    assert [one["valueString"] for one in named(trace, "advice")] == list(of.advice)
    assert named(trace, "notWeighed") == []


def test_where_nothing_was_weighed_it_says_why() -> None:
    trace = explanation(nothing_known(), FRAME)
    assert value(trace, "notWeighed") == "symptoms-not-known"
    assert named(trace, "cause") == named(trace, "citation") == []


def test_the_steps_add_up_to_the_result() -> None:
    bundle = claudicant_answer().bundle
    (trace,) = resources(bundle, "Parameters")
    for cause in named(trace, "cause"):
        pretest, posttest = (float(value(named(cause, name)[0], "value")) / 100 for name in ("pretest", "posttest"))
        moved = sum(
            float(value(one, "logOdds"))
            for one in named(cause, "finding")
            if value(one, "counted") and value(one, "part") != "risk-factor"
        )
        if value(cause, "capped") or value(cause, "floored"):
            continue
        expected = 1 / (1 + math.exp(-(math.log(pretest / (1 - pretest)) + moved)))
        assert posttest == pytest.approx(expected, abs=0.002)


def test_every_finding_names_a_source_of_the_literature_that_is_listed() -> None:
    (trace,) = resources(claudicant_answer().bundle, "Parameters")
    listed = {value(one, "key") for one in named(trace, "citation")}
    cited = {value(one, "citation") for cause in named(trace, "cause") for one in named(cause, "finding")}
    cited |= {value(one, "citation") for name in ("order", "withheld", "redFlag") for one in named(trace, name)}
    assert cited == listed


def test_a_number_without_weight_has_no_sign() -> None:
    assert b"-0.0000" not in dumps(explanation(assessment(), FRAME))
