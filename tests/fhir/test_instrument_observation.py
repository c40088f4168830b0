"""Instruments in the answer: a value where it is decided, the range where it is not, and what it is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.clinical.assessment import Assessment
from service.clinical.measurements import Side
from service.evidence.loader import load_evidence
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.instrument_observation import instrument_observations
from service.fhir.instrument_sentences import lines
from service.fhir.json_format import dumps
from service.fhir.output_check import violations
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS
from service.fhir.terminology.orders import ORDERS
from tests.clinical.patients import CLAUDICANT, STENOTIC, assessed, findings, study
from tests.fhir.assessments import FRAME, answer, resources
from tests.judges.panel import Panel

MIXED = assessed(findings(**CLAUDICANT | {"symptom_side": "both"}), study(right=80, left=100))
STENOSIS = assessed(findings(**STENOTIC, diabetes=False))
ACUTE = assessed(findings(sudden_onset_within_14_days=True, cold_leg_left=True, leg_sensory_loss_left="toes"))
PARTS = {"lowest-score", "highest-score", "possible-result"}


def told(of: Assessment) -> dict[str, Json]:
    """By code and side, as "fontaine right"."""
    found = {}
    for resource in instrument_observations(of.instruments, FRAME):
        side = next((side for side in Side if f"{side} leg" in resource["code"]["text"]), "")
        found[f"{resource['code']['coding'][0]['code']} {side}".strip()] = resource
    return found


def notes(resource: Json) -> str:
    return "\n".join(note["text"] for note in resource["note"])


def codes(concept: Any) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("story", [MIXED, STENOSIS, ACUTE], ids=["mixed", "stenosis", "acute"])
def test_answers_with_instruments_are_r4_for_us_and_for_others(story: Assessment, output: Output, panel: Panel) -> None:
    bundle = answer(story, output=output)
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []
    said = [one for one in resources(bundle, "Observation") if one["code"]["coding"][0]["system"].endswith("/instrument")]
    assert len(said) == len(story.instruments) > 0
    (provenance,) = resources(bundle, "Provenance")
    targets = {target["reference"] for target in provenance["target"]}
    assert {f"urn:uuid:{one['id']}" for one in said} <= targets


def test_a_class_that_is_decided_is_a_value() -> None:
    edinburgh = told(MIXED)["edinburgh"]
    assert codes(edinburgh["valueCodeableConcept"]) == ["definite-grade-2"]
    assert codes(edinburgh["interpretation"][0]) == ["POS"]
    assert codes(edinburgh["category"][0]) == ["survey"]
    assert "component" not in edinburgh
    assert "dataAbsentReason" not in edinburgh
    assert edinburgh["bodySite"]["text"] == "legs"
    assert {"reference": "QuestionnaireResponse/symptom-site"} in edinburgh["derivedFrom"]
    assert "As published: sensitivity 91.3 % at definite or atypical; specificity 99.3 %" in notes(edinburgh)
    assert "Not known" not in notes(edinburgh)


def test_a_score_that_is_decided_is_a_number() -> None:
    assert told(STENOSIS)["nadeau-neurogenic"]["valueInteger"] == 4
    assert told(STENOSIS)["nadeau-vascular"]["valueInteger"] == 0
    assert codes(told(STENOSIS)["nadeau-vascular"]["interpretation"][0]) == ["NEG"]


def test_when_it_was_scored_is_told() -> None:
    assert {resource["issued"] for resource in told(STENOSIS).values()} == {FRAME.as_of}


def test_a_score_that_is_open_gives_its_range_and_names_what_is_missing() -> None:
    dst = told(STENOSIS)["lss-dst"]
    assert codes(dst["dataAbsentReason"]) == ["unknown"]
    assert "valueInteger" not in dst
    low, high = dst["component"]
    assert (codes(low["code"]), low["valueInteger"]) == (["lowest-score"], 7)
    assert (codes(high["code"]), high["valueInteger"]) == (["highest-score"], 15)
    assert codes(dst["interpretation"][0]) == ["POS"], "seven is reached whatever the rest"
    assert codes(dst["category"][0]) == ["exam"]
    said = notes(dst)
    assert ORDERS["resting-abi"].concept.display in said
    assert said.count("Achilles") == 1, "both sides are named once"
    assert "likelihood ratio 3.3 (2.7 to 4) at 7 or more" in said
    assert "to be confirmed against the primary source" in said


def test_a_class_that_is_open_gives_each_class_still_possible() -> None:
    fontaine = told(MIXED)["fontaine right"]
    assert [codes(part["valueCodeableConcept"]) for part in fontaine["component"]] == [
        ["fontaine-4"], ["fontaine-3"], ["fontaine-2b"], ["fontaine-2a"],
    ]  # fmt: skip
    assert {code for part in fontaine["component"] for code in codes(part["code"])} == {"possible-result"}
    assert "interpretation" not in fontaine
    assert "one of: Fontaine stage IV; " in fontaine["dataAbsentReason"]["text"]
    assert fontaine["bodySite"]["text"] == "right ankle"


def test_what_r4_does_not_let_an_observation_derive_from_is_left_out() -> None:
    (dst,) = [one for one in STENOSIS.instruments if one.code == "lss-dst"]
    sources = ("Condition/diabetes", "http://ehr.example/fhir/Observation/1", "urn:uuid:0", "QuestionnaireResponse/form")
    changed = replace(dst, sources=sources)
    (resource,) = instrument_observations([changed], FRAME)
    assert [one.get("reference") or one["identifier"]["value"] for one in resource["derivedFrom"]] == list(sources[1:])
    plain = replace(dst.instrument, remark="")
    nothing = replace(dst, sources=sources[:1], instrument=plain, missing=())
    (resource,) = instrument_observations([nothing], FRAME)
    assert "derivedFrom" not in resource
    assert len(resource["note"]) == 2


def test_one_line_each_and_both_legs_in_one_where_they_agree() -> None:
    said = [line for _, line in lines(MIXED.instruments)]
    assert "Edinburgh Claudication Questionnaire: Definite claudication, grade 2" in said
    assert any(line.startswith("Fontaine stage, both legs: one of: ") for line in said)
    (cook,) = [line for line in said if line.startswith("Cook cluster")]
    assert (
        cook
        == "Cook cluster for lumbar spinal stenosis: 3 to 4, not decided. Not known: Leg pain worse than back pain; Back pain."
    )
    (acute,) = [line for _, line in lines(ACUTE.instruments)]
    assert acute.startswith("Rutherford class of acute limb ischaemia, left leg: one of: ")


def test_every_instrument_class_and_missing_datum_of_the_evidence_has_a_name() -> None:
    shipped = load_evidence().instruments
    assert {instrument.id for instrument in shipped} | PARTS == set(INSTRUMENTS)
    assert {one.code for instrument in shipped for one in instrument.classes} == set(INSTRUMENT_RESULTS)
    missing = {code for story in (MIXED, STENOSIS, ACUTE) for one in story.instruments for code in one.missing}
    assert missing <= set(FINDING_NAMES) | set(ORDERS) | {"age"}
