from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from service.clinical.assessment import NotWeighed
from service.clinical.indices import Indices, NotComputed
from service.clinical.measurements import Side
from service.fhir.answer import Output, build_answer
from service.fhir.json_format import dumps
from service.fhir.output_check import violations
from tests.clinical import patients
from tests.fhir.assessments import (
    AS_OF,
    CITATIONS,
    EVIDENCE,
    answer,
    assessment,
    nothing_known,
    resources,
    stiff_left_leg,
    unmeasured,
)
from tests.judges.panel import Panel

STORIES = {
    "everything": assessment(),
    "nothing known": nothing_known(),
    "no leg symptoms": assessment(differential=None, not_weighed=NotWeighed.NO_LEG_SYMPTOMS, next_data=()),
    "one leg amputated": assessment(
        indices=Indices(right=unmeasured(Side.RIGHT, NotComputed.LEG_AMPUTATED), left=stiff_left_leg())
    ),
    "a claudicant": patients.assessed(patients.findings(**patients.CLAUDICANT), patients.study(right=80, left=130, toe_right=40)),
    "a stenotic patient": patients.assessed(patients.findings(**patients.STENOTIC)),
    "cauda equina": patients.assessed(patients.findings(saddle_anaesthesia=True, back_pain=True)),
    "pressures only": patients.assessed(
        patients.findings(), patients.study(right=128, left=130, post_right=80, post_left=128, post_arms=150)
    ),
}


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("story", STORIES)
def test_every_answer_is_r4_for_us_and_for_others(story: str, output: Output, panel: Panel) -> None:
    bundle = answer(STORIES[story], output=output)
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []


def test_a_patient_named_by_urn_is_pointed_at_by_identifier_because_no_server_could_resolve_it(panel: Panel) -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    bundle = answer(replace(assessment(), sources=(urn,)), patient=urn, output=Output.TRANSACTION)
    risk = resources(bundle, "RiskAssessment")[1]
    assert risk["subject"] == {"type": "Patient", "identifier": {"system": "urn:ietf:rfc:3986", "value": urn}}
    assert risk["basis"] == [{"identifier": {"system": "urn:ietf:rfc:3986", "value": urn}}]
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []


@pytest.mark.parametrize("id", ["e_1", "x" * 80])
def test_a_patient_with_an_id_as_servers_really_give_them_is_pointed_at_by_it_and_the_judges_accept_it(
    id: str, panel: Panel
) -> None:
    bundle = answer(replace(assessment(), sources=(f"Observation/{id}",)), patient=f"Patient/{id}", output=Output.TRANSACTION)
    risk = resources(bundle, "RiskAssessment")[1]
    assert risk["subject"] == {"reference": f"Patient/{id}"}
    assert risk["basis"] == [{"reference": f"Observation/{id}"}]
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []


@pytest.mark.parametrize(
    "source",
    [
        "Observation/a-1.b",
        "Observation/1/_history/2",
        "http://ehr.example/fhir/Observation/1",
        "https://ehr.example/fhir/Observation/1",
    ],
)
def test_a_reference_that_a_server_can_follow_stays_as_it_came(source: str) -> None:
    bundle = answer(assessment(sources=(source,)))
    assert resources(bundle, "Provenance")[0]["entity"] == [{"role": "source", "what": {"reference": source}}]


def test_the_red_flags_lead_and_their_orders_come_first() -> None:
    kinds = [entry["resource"]["resourceType"] for entry in answer()["entry"]]
    assert kinds[:2] == ["RiskAssessment", "RiskAssessment"]
    assert kinds[2:7] == ["ServiceRequest"] * 5
    assert kinds[-4:] == ["GuidanceResponse", "Provenance", "Device", "OperationOutcome"]
    assert [risk["code"]["coding"][0]["code"] for risk in resources(answer(), "RiskAssessment")] == [
        "red-flags",
        "claudication-differential",
    ]
    assert [request["code"]["coding"][0]["code"] for request in resources(answer(), "ServiceRequest")] == [
        "arterial-duplex",
        "emergency-department",
        "smoking-cessation",
        "exercise-abi",
        "cta-runoff",
    ]


def test_the_same_input_gives_the_same_bytes_and_another_input_other_ids() -> None:
    assert dumps(answer()) == dumps(answer())
    one, other = (
        {entry["fullUrl"] for entry in answer(digest=digest)["entry"] if entry["resource"]["resourceType"] != "Device"}
        for digest in ("a", "b")
    )
    assert one.isdisjoint(other)


def test_one_answer_leaves_no_trace_in_the_next() -> None:
    before = {story: dumps(answer(of)) for story, of in STORIES.items()}
    for of in STORIES.values():
        answer(of, output=Output.TRANSACTION, patient="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", digest="another")
    assert {story: dumps(answer(of)) for story, of in reversed(STORIES.items())} == before


def test_a_transaction_can_be_posted_as_it_is() -> None:
    bundle = answer(output=Output.TRANSACTION)
    assert bundle["type"] == "transaction"
    assert resources(bundle, "OperationOutcome") == []
    assert "evaluationMessage" not in resources(bundle, "GuidanceResponse")[0]
    for entry in bundle["entry"]:
        assert entry["request"]["method"] == "POST"
        assert entry["request"]["url"] == entry["resource"]["resourceType"]
    device = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Device")
    assert device["request"]["ifNoneExist"] == (
        "identifier=https://claudication-cds.example/fhir/NamingSystem/software-version|"
        f"{device['resource']['identifier'][0]['value']}"
    )


def test_a_collection_has_no_requests_and_tells_the_issues_in_an_outcome() -> None:
    bundle = answer()
    assert all("request" not in entry for entry in bundle["entry"])
    outcome = resources(bundle, "OperationOutcome")[0]
    assert len(outcome["issue"]) == 4
    assert resources(bundle, "GuidanceResponse")[0]["evaluationMessage"] == [{"reference": f"urn:uuid:{outcome['id']}"}]


def test_in_a_transaction_the_issues_stand_in_the_notes_of_the_differential() -> None:
    sent, kept = (
        [note["text"] for note in resources(answer(output=output), "RiskAssessment")[1]["note"]]
        for output in (Output.TRANSACTION, Output.COLLECTION)
    )
    assert sent[: len(kept)] == kept
    assert sent[len(kept) :] == [
        "Not used (Observation/odd): The unit 'cmH2O' of the pressure is not known; send mm[Hg].",
        "Used: Only the right arm was measured.",
        "Not used, because this assessment does not need them: Claim/1, Bundle.entry[5].resource.",
    ]


def test_the_notes_tell_what_a_reader_must_know_besides_the_numbers() -> None:
    notes = [note["text"] for note in resources(answer(), "RiskAssessment")[1]["note"]]
    assert notes == [
        "Right leg: peripheral artery disease is confirmed; the ankle-brachial index is abnormal (ABI 0.70, TBI 0.17).",
        "Left leg: whether there is peripheral artery disease cannot be told; "
        "the ankle arteries do not compress and there is no toe pressure (ABI above 1.92).",
        "Age not known: weighed as 50 and over.",
        "Medical therapy as the guideline has it.",
        "Considered and not proposed: MR angiography of aorta and leg arteries. Already ordered.",
        "Warning signs nobody has recorded, or that one form answers in two ways, which are therefore not cleared: Fever; Foot wound, right.",
    ]


def test_nothing_usable_is_an_answer_that_asks_and_gives_no_number() -> None:
    bundle = answer(nothing_known())
    (risk,) = resources(bundle, "RiskAssessment")
    assert "prediction" not in risk
    assert "basis" not in risk
    assert risk["note"][0]["text"].startswith("Whether there are leg symptoms on walking is not known")
    assert resources(bundle, "Observation") == []
    assert resources(bundle, "GuidanceResponse")[0]["status"] == "data-required"
    assert "entity" not in resources(bundle, "Provenance")[0]


def test_times_come_from_the_caller_with_their_zone() -> None:
    as_of = datetime(2026, 3, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    bundle = build_answer(
        assessment(),
        patient_reference="Patient/1",
        evidence_version=EVIDENCE,
        citations=CITATIONS,
        as_of=as_of,
        digest="d",
        output=Output.COLLECTION,
    )
    written = "2026-03-02T11:30:00+02:00"
    assert bundle["timestamp"] == written
    assert resources(bundle, "RiskAssessment")[0]["occurrenceDateTime"] == written
    assert resources(bundle, "ServiceRequest")[0]["authoredOn"] == written
    assert resources(bundle, "GuidanceResponse")[0]["occurrenceDateTime"] == written
    assert resources(bundle, "Provenance")[0]["recorded"] == written
    assert as_of == AS_OF


def test_decimals_leave_with_their_zeros() -> None:
    written = dumps(answer())
    assert b'"value":0.70,' in written
    assert b'"value":0.700000,' in written
    assert b'"value":0.30,' in written
    assert b'"probabilityDecimal":64.9' in written
