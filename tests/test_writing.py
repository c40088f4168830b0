"""Writing into servers that take a transaction, only batches, or not all of it: what is sent, and what is told of each resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from service.fhir.exchange.write_back import Told
from service.outbound.fhir_client import FhirClient
from service.outbound.smart_backend import NoToken
from service.outbound.way import Way
from service.writing import write_back
from tests.fhir.exchange.test_write_back import KINDS, statement, transaction
from tests.outbound.test_fhir_client import BASE, FHIR, public
from tests.outbound.test_trying_again import Clock

Reply = Callable[[dict[str, Any]], tuple[int, Any]]


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        yield mocked


def written(wire: responses.RequestsMock, said: dict[str, Any], *replies: Reply) -> tuple[tuple[Told, ...], list[dict[str, Any]]]:
    """What is told after the server answered in these ways, the last one for all that comes after; and what it was sent."""
    sent: list[dict[str, Any]] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        bundle = json.loads(request.body)
        sent.append(bundle)
        status, document = replies[min(len(sent), len(replies)) - 1](bundle)
        return status, {}, json.dumps(document)

    wire.get(f"{BASE}/metadata", body=json.dumps(said), content_type=FHIR)
    wire.add_callback(responses.POST, BASE, callback=answer, content_type=FHIR)
    clock = Clock()
    ehr = FhirClient(BASE, way=Way(resolve=public, timing=clock.timing))
    return write_back(transaction(), ehr, deadline_s=clock.seconds + 60), sent


def created(entry: dict[str, Any], number: int) -> dict[str, Any]:
    kind = entry["resource"]["resourceType"]
    return {"response": {"status": "201 Created", "location": f"{BASE}/{kind}/{kind[0]}{number}/_history/1"}}


def takes_all(bundle: dict[str, Any]) -> tuple[int, Any]:
    entries = [created(entry, number) for number, entry in enumerate(bundle["entry"])]
    return 200, {"resourceType": "Bundle", "type": f"{bundle['type']}-response", "entry": entries}


def refuses(kind: str) -> Reply:
    def reply(bundle: dict[str, Any]) -> tuple[int, Any]:
        status, document = takes_all(bundle)
        issue = {"severity": "error", "code": "not-known-here", "diagnostics": f"no {kind} today"}
        said = {"status": "422", "outcome": {"resourceType": "OperationOutcome", "issue": [issue]}}
        for entry, answered in zip(bundle["entry"], document["entry"], strict=True):
            if entry["resource"]["resourceType"] == kind:
                answered["response"] = said
        return status, document

    return reply


def refuses_all(bundle: dict[str, Any]) -> tuple[int, Any]:
    issue = {"severity": "error", "code": "invariant", "diagnostics": "not like this"}
    return 422, {"resourceType": "OperationOutcome", "issue": [issue, issue | {"diagnostics": ""}]}


def forgets_one(bundle: dict[str, Any]) -> tuple[int, Any]:
    status, document = takes_all(bundle)
    document["entry"].pop()
    return status, document


def says_nothing(bundle: dict[str, Any]) -> tuple[int, Any]:
    return 200, {}


BATCHES = statement(*KINDS, system=("batch",))


def test_a_transaction_that_is_taken_is_told_entry_by_entry(wire: responses.RequestsMock) -> None:
    told, [sent] = written(wire, statement(*KINDS), takes_all)
    assert sent["type"] == "transaction"
    assert len(told) == len(sent["entry"]) == len(transaction()["entry"])
    assert {one.severity for one in told} == {"information"}
    assert told[0].diagnostics == "RiskAssessment was written as RiskAssessment/R0."


def test_a_transaction_that_is_refused_is_told_with_the_reasons(wire: responses.RequestsMock) -> None:
    told, sent = written(wire, statement(*KINDS), refuses_all)
    assert len(sent) == 1
    assert [(one.severity, one.issue_type, one.diagnostics) for one in told] == [
        ("error", "invariant", "The transaction was not written: the FHIR server refused all of it with status 422."),
        ("error", "invariant", "The EHR says: not like this"),
        ("error", "invariant", "The EHR says: invariant"),
    ]


def test_a_type_that_the_server_never_said_it_takes_is_given_up_for_the_rest(wire: responses.RequestsMock) -> None:
    told, sent = written(wire, statement(*(kind for kind in KINDS if kind != "GuidanceResponse")), refuses_all, takes_all)
    kinds = [{entry["resource"]["resourceType"] for entry in one["entry"]} for one in sent]
    assert kinds == [set(KINDS), set(KINDS) - {"GuidanceResponse"}]
    assert [one.diagnostics for one in told if one.severity != "information"] == [
        "GuidanceResponse was not written: the server does not say that it creates this type, and refused it."
    ]


@pytest.mark.parametrize("reply", [forgets_one, says_nothing])
@pytest.mark.parametrize("said", [statement(*KINDS), BATCHES], ids=["transaction", "batch"])
def test_an_answer_that_does_not_say_what_became_of_each_is_told_as_unknown(
    reply: Reply, said: dict[str, Any], wire: responses.RequestsMock
) -> None:
    told, sent = written(wire, said, reply)
    assert len(sent) == 1
    assert {one.severity for one in told} == {"error"}
    assert "not known wh" in told[0].diagnostics.lower()


def in_trouble(status: int) -> Reply:
    issue = {"severity": "error", "code": "exception", "diagnostics": "out of breath"}
    return lambda _bundle: (status, {"resourceType": "OperationOutcome", "issue": [issue]})


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_of_a_server_in_trouble_it_is_not_known_whether_it_wrote(status: int, wire: responses.RequestsMock) -> None:
    told, sent = written(wire, statement(*(kind for kind in KINDS if kind != "GuidanceResponse")), in_trouble(status))
    assert {len(one["entry"]) for one in sent} == {len(transaction()["entry"])}, "no type is given up for it"
    assert [(one.severity, one.issue_type, one.diagnostics) for one in told] == [
        (
            "error",
            "transient",
            f"It is not known whether the transaction was written: the FHIR server answered with status {status}. "
            "Nothing is written twice: send the same again.",
        ),
        ("error", "exception", "The EHR says: out of breath"),
    ]


def test_of_a_batch_in_trouble_what_was_sent_is_not_known_and_what_comes_after_it_not_written(
    wire: responses.RequestsMock,
) -> None:
    told, sent = written(wire, BATCHES, takes_all, in_trouble(503))
    known = len(sent[0]["entry"])
    assert [one.severity for one in told[:known]] == ["information"] * known
    unknown, said, behind = told[known:]
    assert unknown.diagnostics.startswith("Not known whether written (Bundle.entry[")
    assert said.diagnostics == "The EHR says: out of breath"
    assert behind.diagnostics.startswith("Not written (Bundle.entry[")
    assert unknown.diagnostics.count("entry[") == len(sent[1]["entry"])
    assert sum(one.diagnostics.count("entry[") for one in (unknown, behind)) + known == len(transaction()["entry"])


class NoTokens:
    def token(self, *, deadline_s: float) -> str:
        raise NoToken("cannot be asked: there is no access token")

    def renew(self, refused: str, *, deadline_s: float) -> str:
        raise NotImplementedError


def test_what_never_left_is_told_as_not_sent_and_can_be_sent_later() -> None:
    clock = Clock()
    ehr = FhirClient(BASE, way=Way(resolve=public, timing=clock.timing), tokens=NoTokens())
    [told] = write_back(transaction(), ehr, deadline_s=clock.seconds + 60)
    assert (told.severity, told.issue_type) == ("error", "transient")
    assert told.diagnostics.endswith("so nothing was sent. Nothing is written twice: send the same again.")


def test_in_batches_what_is_referred_to_goes_first_and_is_referred_to_by_its_place(wire: responses.RequestsMock) -> None:
    told, sent = written(wire, BATCHES, takes_all)
    assert {one["type"] for one in sent} == {"batch"}
    assert len(sent) > 2
    assert all("urn:uuid:" not in json.dumps(entry["resource"]) for one in sent for entry in one["entry"])
    assert len(told) == sum(len(one["entry"]) for one in sent) == len(transaction()["entry"])
    assert [one.expression for one in told] == [f"Bundle.entry[{number}]" for number in range(len(told))]
    [risk] = [
        entry["resource"] for one in sent for entry in one["entry"] if entry["resource"]["resourceType"] == "RiskAssessment"
    ]
    assert risk["performer"] == {"reference": "Device/D0"}


def test_in_batches_one_refusal_does_not_stop_the_others(wire: responses.RequestsMock) -> None:
    told, sent = written(wire, BATCHES, refuses("RiskAssessment"))
    [refused] = [one for one in told if one.severity == "error"]
    assert refused.diagnostics == "RiskAssessment was refused by the EHR with status 422: no RiskAssessment today"
    assert (refused.issue_type, refused.expression) == ("processing", "Bundle.entry[0]")
    assert len(told) == len(transaction()["entry"])
    [order] = [
        entry["resource"] for one in sent for entry in one["entry"] if entry["resource"]["resourceType"] == "ServiceRequest"
    ]
    assert order["supportingInfo"][0]["type"] == "RiskAssessment"
    assert "reference" not in order["supportingInfo"][0]


def test_a_batch_that_fails_on_the_way_says_what_is_written_and_what_not(wire: responses.RequestsMock) -> None:
    told, sent = written(wire, BATCHES, takes_all, refuses_all)
    assert len(sent) == 2
    assert told[0].diagnostics == "Device was written as Device/D0."
    assert told[1].diagnostics.startswith("Not written (Bundle.entry[0], ")


def several(*kinds: str) -> Reply:
    """A server that holds two of each of these, and refuses a transaction with a condition that both fulfil."""

    def reply(bundle: dict[str, Any]) -> tuple[int, Any]:
        if {entry["resource"]["resourceType"] for entry in bundle["entry"]} & set(kinds):
            issue = {"severity": "error", "code": "multiple-matches", "diagnostics": "2 found"}
            return 412, {"resourceType": "OperationOutcome", "issue": [issue]}
        return takes_all(bundle)

    return reply


def holds(wire: responses.RequestsMock, *kinds: str, others: bool = False) -> None:
    """The server has two of each of these; `others`: it takes no notice of what is searched for, and gives those of somebody else."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        url = urlsplit(request.url)
        [(name, searched)] = parse_qsl(url.query)
        system, _, value = searched.partition("|")
        marks = {"identifier": [{"system": system, "value": "of another" if others else value}]}
        if name == "_tag":
            marks = {"meta": {"tag": [{"system": system, "code": "of another" if others else value}]}}
        kind = url.path.rpartition("/")[2]
        entries = [{"resource": {"resourceType": kind, "id": f"d{number}", **marks}} for number in (2, 1) if kind in kinds]
        return 200, {}, json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})

    for kind in KINDS:
        wire.add_callback(responses.GET, f"{BASE}/{kind}", callback=answer, content_type=FHIR)


def test_what_two_wrote_at_the_same_moment_does_not_keep_later_answers_out(wire: responses.RequestsMock) -> None:
    holds(wire, "Device")
    told, sent = written(wire, statement(*KINDS), several("Device"))
    assert len(sent) == 2
    assert {one["resource"]["resourceType"] for one in sent[1]["entry"]} == set(KINDS) - {"Device"}
    [risk] = [one["resource"] for one in sent[1]["entry"] if one["resource"]["resourceType"] == "RiskAssessment"]
    assert risk["performer"] == {"reference": "Device/d1"}
    assert {one.severity for one in told} == {"information"}
    assert [one.diagnostics for one in told if "more than once" in one.diagnostics] == [
        "Device was there already, more than once, as Device/d1 for one; nothing was changed."
    ]
    assert len(told) == len(transaction()["entry"])


def test_where_all_of_it_is_there_more_than_once_nothing_is_sent(wire: responses.RequestsMock) -> None:
    holds(wire, *KINDS)
    told, sent = written(wire, statement(*KINDS), several(*KINDS))
    assert len(sent) == 1
    assert {one.severity for one in told} == {"information"}
    assert len(told) == len(transaction()["entry"])


@pytest.mark.parametrize("others", [(), KINDS], ids=["none", "of others"])
def test_a_condition_that_fails_for_another_reason_is_told_as_it_came(
    others: tuple[str, ...], wire: responses.RequestsMock
) -> None:
    holds(wire, *others, others=True)
    told, sent = written(wire, statement(*KINDS), several("Device"))
    assert len(sent) == 1
    assert told[0].diagnostics == "The transaction was not written: the FHIR server refused all of it with status 412."


def test_that_something_is_there_twice_says_nothing_about_the_types_that_were_sent(wire: responses.RequestsMock) -> None:
    holds(wire, "Device")
    told, sent = written(wire, statement(*(kind for kind in KINDS if kind != "RiskAssessment")), several("Device"))
    assert len(sent) == 2
    assert "RiskAssessment" in {one["resource"]["resourceType"] for one in sent[1]["entry"]}
    assert {one.severity for one in told} == {"information"}


@pytest.mark.parametrize("status", [401, 409])
def test_who_is_not_let_in_or_came_second_keeps_all_types(status: int, wire: responses.RequestsMock) -> None:
    told, sent = written(wire, statement(*(kind for kind in KINDS if kind != "RiskAssessment")), in_trouble(status))
    assert len(sent) == 1
    assert "was refused" not in str(told)
