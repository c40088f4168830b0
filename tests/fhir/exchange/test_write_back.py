"""What of an answer goes out to which server, on which condition; and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import BadGateway
from service.fhir.answer import Output
from service.fhir.exchange.gathered import gathered_bundle, only_about
from service.fhir.exchange.write_back import (
    Told,
    batch_of,
    fulfils,
    next_round,
    with_told,
    without_refused,
    without_stored,
    write_plan,
)
from service.fhir.own_identity import ANSWER_SYSTEM, identified, is_ours, tagged
from service.pipeline import assess_bundle
from tests.claudicant import claudicant
from tests.fhir.knowledge.test_care_plan import NOW, evidence

KINDS = ("RiskAssessment", "ServiceRequest", "Observation", "GuidanceResponse", "Provenance", "Device")


def transaction() -> dict[str, Any]:
    return assess_bundle(claudicant(), evidence(), as_of=NOW, output=Output.TRANSACTION).bundle


def statement(*kinds: str, search: tuple[str, ...] = ("identifier", "_tag"), system: tuple[str, ...] = ()) -> dict[str, Any]:
    resources = [
        {"type": kind, "interaction": [{"code": "create"}], "searchParam": [{"name": name} for name in search]} for kind in kinds
    ]
    return {
        "resourceType": "CapabilityStatement",
        "rest": [{"resource": resources, "interaction": [{"code": code} for code in system]}],
    }


def conditions(entries: tuple[dict[str, Any], ...]) -> dict[str, str]:
    return {entry["resource"]["resourceType"]: entry["request"]["ifNoneExist"].partition("=")[0] for entry in entries}


def test_each_resource_goes_out_without_its_id_on_the_condition_that_it_is_not_there() -> None:
    for said in (None, statement(*KINDS), {"resourceType": "CapabilityStatement"}):
        plan = write_plan(transaction(), said)
        assert conditions(plan.entries) == dict.fromkeys(KINDS, "identifier") | {"Provenance": "_tag"}
        assert all("id" not in entry["resource"] for entry in plan.entries)
        assert (plan.told, plan.atomic) == ((), True)
        assert plan.places == tuple(f"Bundle.entry[{number}]" for number in range(len(plan.entries)))


def test_conditions_are_the_same_for_the_same_record_and_differ_within_it() -> None:
    once, again = write_plan(transaction(), None), write_plan(transaction(), None)
    wanted = [entry["request"]["ifNoneExist"] for entry in once.entries]
    assert wanted == [entry["request"]["ifNoneExist"] for entry in again.entries]
    assert len(set(wanted)) == len(wanted)


def test_a_server_that_searches_tags_and_no_identifiers_is_given_tags() -> None:
    plan = write_plan(transaction(), statement(*KINDS, search=("_tag",)))
    assert set(conditions(plan.entries).values()) == {"_tag"}
    assert all(is_ours(entry["resource"]) for entry in plan.entries)


def test_what_a_server_could_not_tell_from_a_second_one_stays_here_and_what_refers_to_it_says_so() -> None:
    plan = write_plan(transaction(), statement(*KINDS, search=("identifier",)))
    assert set(conditions(plan.entries)) == set(KINDS) - {"Provenance"}
    [told] = plan.told
    assert told.diagnostics.startswith("Provenance was not written: the server offers no search")


def test_types_that_are_not_listed_are_tried_by_tag_or_left_out() -> None:
    said = statement(*(kind for kind in KINDS if kind != "Device"))
    assert conditions(write_plan(transaction(), said).entries)["Device"] == "_tag"
    plan = write_plan(transaction(), said, unlisted=False)
    assert "Device" not in conditions(plan.entries)
    assert [told.issue_type for told in plan.told] == ["not-supported"]
    [risk] = [entry["resource"] for entry in plan.entries if entry["resource"]["resourceType"] == "RiskAssessment"]
    assert risk["performer"] == {"type": "Device", "identifier": transaction()["entry"][-1]["resource"]["identifier"][0]}


def test_a_type_that_is_only_read_is_not_one_that_is_listed() -> None:
    said = statement(*KINDS)
    said["rest"][0]["resource"].append({"type": "Device", "interaction": [{"code": "read"}]})
    said["rest"][0]["resource"] = [
        one for one in said["rest"][0]["resource"] if one != statement("Device")["rest"][0]["resource"][0]
    ]
    assert conditions(write_plan(transaction(), said).entries)["Device"] == "_tag"


def test_only_a_server_that_takes_batches_alone_is_sent_batches() -> None:
    for system, atomic in (((), True), (("batch", "transaction"), True), (("transaction",), True), (("batch",), False)):
        assert write_plan(transaction(), statement(*KINDS, system=system)).atomic is atomic
    assert batch_of([], atomic=False)["type"] == "batch"


def test_round_by_round_nothing_refers_to_what_is_not_stored_yet() -> None:
    plan = write_plan(transaction(), None)
    left = dict(enumerate(plan.entries))
    known: dict[str, str] = {}
    rounds = []
    while ready := next_round(left, known):
        rounds.append({entry["resource"]["resourceType"] for entry in ready.values()})
        for number, entry in ready.items():
            assert "urn:uuid:" not in str(entry["resource"])
            known[entry["fullUrl"]] = f"{entry['resource']['resourceType']}/{number}"
            del left[number]
    assert left == {}
    assert rounds[0] == {"Device"}
    assert rounds[-1] == {"Provenance"}


def test_what_refers_to_a_refused_one_names_it_by_its_identifier() -> None:
    plan = write_plan(transaction(), None)
    left = dict(enumerate(plan.entries))
    device = len(plan.entries) - 1
    refused = left.pop(device)
    rest = without_refused(left, [refused])
    assert refused["fullUrl"] not in str(rest)
    without_any = without_refused(
        {0: {"fullUrl": "urn:uuid:1", "resource": {"about": {"reference": "urn:uuid:2"}}}},
        [{"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Provenance"}}],
    )
    assert without_any[0]["resource"] == {"about": {"type": "Provenance", "display": "not stored"}}


def test_what_is_there_more_than_once_does_not_go_out_and_is_referred_to_where_it_is() -> None:
    plan = write_plan(transaction(), None)
    device = plan.entries[-1]
    left = without_stored(plan, {device["fullUrl"]: "Device/7"})
    assert [entry["fullUrl"] for entry in left.entries] == [entry["fullUrl"] for entry in plan.entries[:-1]]
    assert left.places == plan.places[:-1]
    assert device["fullUrl"] not in str(left.entries)
    assert "Device/7" in str(left.entries)
    [told] = left.told
    assert (told.severity, told.expression) == ("information", plan.places[-1])
    assert "Device was there already, more than once, as Device/7 for one" in told.diagnostics
    assert without_stored(plan, {}) == plan


def test_a_condition_is_fulfilled_by_our_mark_alone() -> None:
    for entry in (
        *write_plan(transaction(), None).entries,
        *write_plan(transaction(), statement(*KINDS, search=("_tag",))).entries,
    ):
        condition = entry["request"]["ifNoneExist"]
        assert fulfils(entry["resource"], condition)
        assert not fulfils(entry["resource"], f"{condition}0")
        assert not fulfils({"resourceType": entry["resource"]["resourceType"], "meta": "odd"}, condition)


def test_what_is_told_stands_before_what_is_said_of_the_input() -> None:
    collection = assess_bundle(claudicant(), evidence(), as_of=NOW).bundle
    told = with_told(collection, [Told(severity="error", issue_type="value", diagnostics="no", expression="Bundle.entry[0]")])
    first, *rest = told["entry"][-1]["resource"]["issue"]
    assert first == {"severity": "error", "code": "value", "diagnostics": "no", "expression": ["Bundle.entry[0]"]}
    assert rest == collection["entry"][-1]["resource"]["issue"]
    assert told["entry"][:-1] == collection["entry"][:-1]


def test_ours_is_known_by_identifier_or_tag_and_nothing_else_is() -> None:
    resource = {"resourceType": "Observation", "id": "x"}
    assert is_ours(identified(resource))
    assert is_ours(tagged(resource))
    assert identified({"resourceType": "Provenance", "id": "x"}) == {"resourceType": "Provenance", "id": "x"}
    for other in (
        resource,
        resource | {"identifier": [{"system": "urn:x", "value": "x"}]},
        resource | {"meta": {}},
        resource | {"meta": 1},
    ):
        assert not is_ours(other)


def about(patient: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o1", "subject": {"reference": patient}, **more}


def test_what_is_gathered_stands_once_and_is_nothing_of_ours() -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    ours = tagged({"resourceType": "Observation", "id": "x", "subject": {"reference": "Patient/p1"}})
    other = about("Patient/p1", status="final")
    bundle = gathered_bundle("p1", [patient, about("Patient/p1"), about("Patient/p1"), other, ours])
    assert [entry["resource"] for entry in bundle["entry"]] == [patient, about("Patient/p1"), other]
    assert bundle["type"] == "collection"


@pytest.mark.parametrize(
    "stranger", [{"resourceType": "Patient", "id": "p2"}, about("Patient/p2"), about("https://x.example/Patient/p2")]
)
def test_one_resource_of_somebody_else_and_nothing_is_assessed(stranger: dict[str, Any]) -> None:
    with pytest.raises(BadGateway) as told:
        gathered_bundle("p1", [stranger])
    assert "p2" not in str(told.value)
    assert only_about("p1", [stranger, about("Patient/p1"), {"resourceType": "Device"}]) == [about("Patient/p1")]


def test_what_we_wrote_is_no_evidence_through_any_door() -> None:
    record = claudicant()
    sent = transaction()
    record["entry"] += [
        {"resource": entry["resource"] | {"id": f"kept-{number}"}}
        for number, entry in enumerate(sent["entry"])
        if entry["resource"]["resourceType"] == "Observation"
    ]
    before, after = (assess_bundle(one, evidence(), as_of=NOW) for one in (claudicant(), record))
    assert after.assessment.indices == before.assessment.indices
    assert after.assessment.differential == before.assessment.differential
    said = [issue.detail for issue in after.assessment.issues if "written by this service" in issue.detail]
    assert len(said) == len(record["entry"]) - len(claudicant()["entry"])


def outcome(*issues: Any) -> dict[str, Any]:
    return {"resource": {"resourceType": "OperationOutcome", "issue": list(issues)}}


def test_who_says_that_something_is_lacking_is_heard_and_other_outcomes_are_no_part_of_the_record() -> None:
    record = claudicant()
    record["entry"] += [
        outcome({"severity": "warning", "code": "incomplete", "diagnostics": "operations: not read."}, {"code": "incomplete"}),
        outcome({"severity": "information", "code": "informational"}),
    ]
    issues = assess_bundle(record, evidence(), as_of=NOW).assessment.issues
    said = [issue.detail for issue in issues if issue.code == "record-incomplete"]
    assert said == [
        "The record is not complete: operations: not read. What is not there was not taken for a no.",
        "The record is not complete: the sender does not say what is lacking. What is not there was not taken for a no.",
    ]
    assert any("OperationOutcome, which this assessment does not use" in issue.detail for issue in issues)
    assert ANSWER_SYSTEM.startswith("https://claudication-cds.example/fhir/NamingSystem/")


@pytest.mark.parametrize("odd", [[], {}, None, 1])
def test_a_statement_with_odd_things_in_it_is_taken_for_what_can_be_read_of_it(odd: Any) -> None:
    said = statement(*KINDS)
    rest = said["rest"][0]
    for owner in (rest, *rest["resource"]):
        owner["interaction"] = [*owner.get("interaction", []), {"code": odd}]
        owner["searchParam"] = [*owner.get("searchParam", []), {"name": odd}]
    assert write_plan(transaction(), said) == write_plan(transaction(), statement(*KINDS))
