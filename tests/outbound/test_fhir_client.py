"""The client of the EHR's FHIR server against answers of every kind: what is sent, what is tried again, what is said to be a part."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.fhir_client import FhirClient
from service.outbound.fhir_reader import ReadOutcome
from service.outbound.smart_backend import NoToken
from service.outbound.trying_again import try_again
from service.outbound.way import Way
from tests.outbound.fault_server import Fault, FaultServer, outcome, resource, searchset
from tests.outbound.test_trying_again import Clock

BASE = "https://ehr.example/fhir"
TOKEN = "tok-8d1f-SECRET"
FHIR = "application/fhir+json"
TRANSACTION = {"resourceType": "Bundle", "type": "transaction", "entry": []}


class Granting:
    """Hands out tokens, another one whenever one was refused."""

    def __init__(self, *values: str) -> None:
        self.left = list(values)

    def token(self, *, deadline_s: float) -> str:
        if not self.left:
            raise NoToken("cannot be asked: there is no access token")
        return self.left[0]

    def renew(self, refused: str, *, deadline_s: float) -> str:
        if self.left and self.left[0] == refused:
            self.left.pop(0)
        return self.token(deadline_s=deadline_s)


def public(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ehr(clock: Clock) -> FhirClient:
    return client(clock)


def client(clock: Clock, *tokens: str, **options: Any) -> FhirClient:
    way = Way(resolve=public, timing=clock.timing)
    return FhirClient(BASE, way=way, tokens=Granting(*(tokens or (TOKEN,))), **options)


def gives(wire: responses.RequestsMock, path: str, document: Any = None, status: int = 200, **options: Any) -> None:
    wire.get(f"{BASE}/{path}", body=json.dumps(document or {}), status=status, content_type=FHIR, **options)


def until(clock: Clock, seconds: float = 60) -> float:
    return clock.seconds + seconds


def test_every_search_is_sent_with_what_it_needs_and_the_token_is_in_no_log(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = matchers.header_matcher({"Accept": FHIR, "Authorization": f"Bearer {TOKEN}"})
    gives(wire, "Patient/p1", resource("Patient", "p1"), match=[headers])
    gives(wire, "Observation?patient=p1", searchset([resource("Observation")]), match=[headers])
    found = ehr.read_together({"patient": "Patient/p1", "pressures": "Observation?patient=p1"}, deadline_s=until(clock))
    assert {key: read.outcome for key, read in found.items()} == {"patient": "fetched", "pressures": "fetched"}
    assert found["patient"].resources == (resource("Patient", "p1"),)
    assert TOKEN not in caplog.text


def test_a_server_in_trouble_is_asked_again_and_the_answer_is_whole(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    gives(wire, "Patient/p1", status=503, headers={"Retry-After": "3"})
    gives(wire, "Patient/p1", status=429)
    gives(wire, "Patient/p1", resource("Patient", "p1"))
    assert ehr.read("Patient/p1", deadline_s=until(clock)).outcome is ReadOutcome.FETCHED
    assert clock.slept == [3.0, 0.4]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_refusal_is_not_asked_again(status: int, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock) -> None:
    gives(wire, "Patient/p1", status=status)
    read = ehr.read("Patient/p1", deadline_s=until(clock))
    assert (read.outcome, read.missing) == (ReadOutcome.REFUSED, status in (404, 410))
    assert clock.slept == []


def test_a_token_that_is_refused_is_renewed_once(clock: Clock, wire: responses.RequestsMock) -> None:
    ehr = client(clock, "old", "new")
    gives(wire, "Patient/p1", status=401, match=[matchers.header_matcher({"Authorization": "Bearer old"})])
    gives(wire, "Patient/p1", resource("Patient", "p1"), match=[matchers.header_matcher({"Authorization": "Bearer new"})])
    assert ehr.read("Patient/p1", deadline_s=until(clock)).outcome is ReadOutcome.FETCHED


def test_a_second_refusal_stands(clock: Clock, wire: responses.RequestsMock) -> None:
    ehr = client(clock, "old", "new", "newer")
    gives(wire, "Patient/p1", status=401)
    gives(wire, "Patient/p1", status=401)
    read = ehr.read("Patient/p1", deadline_s=until(clock))
    assert (read.outcome, read.why) == (
        ReadOutcome.REFUSED,
        "the FHIR server does not accept the access token, or no longer",
    )


def test_without_a_token_nothing_is_sent(clock: Clock, wire: responses.RequestsMock) -> None:
    ehr = FhirClient(BASE, way=Way(resolve=public, timing=clock.timing), tokens=Granting())
    read = ehr.read("Patient/p1", deadline_s=until(clock))
    assert (read.outcome, read.why) == (
        ReadOutcome.UNREACHABLE,
        "the FHIR server cannot be asked: there is no access token",
    )
    sent = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert (sent.accepted, sent.unknown, sent.unsent, sent.refused) == (False, False, True, False)
    assert sent.why == "the FHIR server cannot be asked: there is no access token, so nothing was sent"


def test_what_was_left_alone_was_sent_nothing_and_what_broke_off_may_have_it(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    wire.post(BASE, body=requests.ConnectionError("broke off"))
    broken = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert (broken.unknown, broken.unsent) == (True, False)
    assert broken.why == "the FHIR server cannot be reached, or broke off its answer"
    ehr.send(TRANSACTION, deadline_s=until(clock))
    resting = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert (resting.unknown, resting.unsent) == (False, True)
    assert resting.why.endswith("so nothing was sent")


def test_what_broke_off_before_the_last_try_may_have_arrived(clock: Clock) -> None:
    came: list[NoAnswer] = [NoAnswer("broke off", passing=True), NoAnswer("was not asked", unsent=True)]

    def one() -> Answer:
        raise came.pop(0)

    with pytest.raises(NoAnswer) as raised:
        try_again(one, breaker=CircuitBreaker(), timing=clock.timing, deadline_s=until(clock))
    assert (raised.value.why, raised.value.unsent) == ("was not asked", False)


def test_a_server_that_keeps_failing_is_left_alone_for_a_while(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    for _ in range(5):
        gives(wire, "Patient/p1", status=500)
    ehr.read("Patient/p1", deadline_s=until(clock))
    ehr.read("Patient/p1", deadline_s=until(clock))
    read = ehr.read("Patient/p1", deadline_s=until(clock))
    assert (read.outcome, "left alone" in read.why) == (ReadOutcome.UNREACHABLE, True)
    assert "left alone" in ehr.send(TRANSACTION, deadline_s=until(clock)).why
    clock.seconds += 30
    gives(wire, "Patient/p1", resource("Patient", "p1"))
    assert ehr.read("Patient/p1", deadline_s=until(clock)).outcome is ReadOutcome.FETCHED


def test_what_a_server_counts_and_does_not_give_is_said_to_be_lacking(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    gives(wire, "Condition?patient=p1&_count=200", searchset([resource("Condition")]) | {"total": 7})
    read = ehr.read("Condition?patient=p1&_count=200", deadline_s=until(clock))
    assert (read.outcome, read.why) == (ReadOutcome.FETCHED_IN_PART, "the FHIR server counts 7 and gave 1")


def test_a_page_that_fails_is_asked_again_and_then_said_to_be_missing(clock: Clock) -> None:
    with FaultServer(fault=Fault.SECOND_PAGE_FAILS) as server:
        ehr = FhirClient(server.base_url, way=Way(development=True, timing=clock.timing))
        read = ehr.read("Observation?patient=p1", deadline_s=until(clock, 10))
        assert (read.outcome, read.resources) == (ReadOutcome.FETCHED_IN_PART, (resource("Observation"),))
        assert read.why == "not all pages were read: the FHIR server answered with status 500"
        assert len([seen for seen in server.seen if "page=2" in seen.path]) == 4


@pytest.mark.parametrize(
    ("fault", "outcome", "asked"),
    [
        (Fault.RESET, ReadOutcome.UNREACHABLE, 4),
        (Fault.HALF_A_PAGE, ReadOutcome.UNREACHABLE, 4),
        (Fault.TOO_MANY_REQUESTS, ReadOutcome.UNREACHABLE, 4),
        (Fault.HTML, ReadOutcome.UNREACHABLE, 1),
        (Fault.HALF_JSON, ReadOutcome.UNREACHABLE, 1),
        (Fault.EXPIRED_TOKEN, ReadOutcome.REFUSED, 1),
        (Fault.REDIRECT, ReadOutcome.REFUSED, 1),
        (Fault.SECOND_PAGE_ELSEWHERE, ReadOutcome.FETCHED_IN_PART, 1),
    ],
)
def test_real_faults_are_named_and_asked_again_only_where_that_helps(
    fault: Fault, outcome: ReadOutcome, asked: int, clock: Clock
) -> None:
    with FaultServer(fault=fault) as server:
        ehr = FhirClient(server.base_url, way=Way(development=True, timing=clock.timing))
        assert ehr.read("Observation?patient=p1", deadline_s=until(clock, 10)).outcome is outcome
        assert len(server.seen) == asked


def test_a_slow_server_is_cut_at_the_deadline(clock: Clock) -> None:
    with FaultServer(fault=Fault.SLOW) as server:
        ehr = FhirClient(server.base_url, way=Way(development=True, timing=clock.timing))
        assert ehr.read("Observation?patient=p1", deadline_s=until(clock, 0.05)).outcome is ReadOutcome.TOO_LATE
        assert ehr.statement(deadline_s=until(clock, 0.05)) is None
        assert ehr.send(TRANSACTION, deadline_s=until(clock, 0)).late


def test_a_server_elsewhere_is_not_called(clock: Clock) -> None:
    ehr = FhirClient("https://10.0.0.1/fhir", way=Way(timing=clock.timing))
    assert ehr.read("Patient/p1", deadline_s=until(clock)).outcome is ReadOutcome.REFUSED
    assert not ehr.send(TRANSACTION, deadline_s=until(clock)).accepted


def batch_response(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "batch-response", "entry": list(entries)}


def given(document: dict[str, Any], status: str = "200 OK") -> dict[str, Any]:
    return {"response": {"status": status}, "resource": document}


def answers_batch(wire: responses.RequestsMock, document: Any, status: int = 200, **options: Any) -> None:
    wire.post(BASE, body=json.dumps(document), status=status, content_type=FHIR, **options)


def test_a_batch_is_one_request_and_each_of_its_entries_is_judged(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    asked = matchers.json_params_matcher(
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [
                {"request": {"method": "GET", "url": url}}
                for url in (
                    "Patient/p1",
                    "Observation?patient=p1",
                    "Device?patient=p1",
                    "Condition?patient=p1",
                    "Procedure?patient=p1",
                )
            ],
        }
    )
    sent = matchers.header_matcher({"Accept": FHIR, "Content-Type": FHIR, "Authorization": f"Bearer {TOKEN}"})
    entries = (
        given(resource("Patient", "p1")),
        given(searchset([resource("Observation", "1")], f"{BASE}/Observation?patient=p1&page=2") | {"total": 2}),
        given({}, "403 Forbidden"),
        given(searchset([resource("Condition"), outcome("warning")])),
        given(searchset([resource("Procedure")]) | {"total": 3}),
    )
    answers_batch(wire, batch_response(*entries), match=[asked, sent])
    gives(wire, "Observation?patient=p1&page=2", searchset([resource("Observation", "2")]))
    keys = {"Patient": "Patient/p1"} | {
        kind: f"{kind}?patient=p1" for kind in ("Observation", "Device", "Condition", "Procedure")
    }
    found = ehr.batch(keys, deadline_s=until(clock))
    assert {key: read.outcome.value for key, read in found.items()} == {
        "Patient": "fetched",
        "Observation": "fetched",
        "Device": "refused",
        "Condition": "fetched-in-part",
        "Procedure": "fetched-in-part",
    }
    assert [one["id"] for one in found["Observation"].resources] == ["1", "2"]


@pytest.mark.parametrize(
    ("following", "asked"),
    [
        (f"{BASE}?_getpages=1", "?_getpages=1"),
        (f"{BASE}/pages/1", "pages/1"),
        ("?page=2", "Observation?page=2"),
    ],
)
def test_pages_behind_the_first_of_a_batch_are_counted_with_it(
    following: str, asked: str, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    first = searchset([resource("Observation", "1"), resource("Observation", "2")], following) | {"total": 3}
    answers_batch(wire, batch_response(given(first)))
    gives(wire, asked, searchset([resource("Observation", "3")]) | {"total": 3})
    read = ehr.batch({"pressures": "Observation?patient=p1"}, deadline_s=until(clock))["pressures"]
    assert (read.outcome, read.why, len(read.resources)) == (ReadOutcome.FETCHED, "", 3)


def test_a_page_that_is_missing_behind_the_first_of_a_batch_is_missed(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    answers_batch(wire, batch_response(given(searchset([resource("Observation", "1")], f"{BASE}?_getpages=1") | {"total": 3})))
    gives(wire, "?_getpages=1", searchset([resource("Observation", "2")]))
    read = ehr.batch({"pressures": "Observation?patient=p1"}, deadline_s=until(clock))["pressures"]
    assert (read.outcome, read.why) == (ReadOutcome.FETCHED_IN_PART, "the FHIR server counts 3 and gave 2")


@pytest.mark.parametrize("following", ["https://[::1/fhir?page=2", "//[x]y/", "https://ehr.example:99999999/fhir?page=2"])
def test_a_next_link_that_is_no_address_leads_nowhere(
    following: str, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    first = searchset([resource("Observation")], following)
    gives(wire, "Observation?patient=p1", first)
    answers_batch(wire, batch_response(given(first)))
    for read in (
        ehr.read("Observation?patient=p1", deadline_s=until(clock)),
        ehr.batch({"": "Observation?patient=p1"}, deadline_s=until(clock))[""],
    ):
        assert (read.outcome, len(read.resources)) == (ReadOutcome.FETCHED_IN_PART, 1)
        assert read.why == "not all pages were read: the next one lies on another server"


@pytest.mark.parametrize("odd", [[], {}, None, 1])
def test_a_remark_with_odd_things_in_it_is_no_fault_of_ours(
    odd: Any, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    remark = outcome("warning")
    remark["issue"] = [{"severity": odd}, odd]
    gives(wire, "Observation?patient=p1", searchset([resource("Observation"), remark]))
    assert ehr.read("Observation?patient=p1", deadline_s=until(clock)).outcome is ReadOutcome.FETCHED


def test_what_comes_along_with_others_is_not_counted_for_them(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    along = {"resource": resource("Practitioner"), "search": {"mode": "include"}}
    page = searchset([resource("Observation")]) | {"total": 2}
    gives(wire, "Observation?patient=p1", page | {"entry": [*page["entry"], along]})
    read = ehr.read("Observation?patient=p1", deadline_s=until(clock))
    assert (read.outcome, read.why) == (ReadOutcome.FETCHED_IN_PART, "the FHIR server counts 2 and gave 1")


@pytest.mark.parametrize(
    "following", ["https://elsewhere.example/fhir/Observation?page=2", f"{BASE}/Observation?patient=p1&page=2"]
)
def test_of_a_batch_too_pages_that_cannot_be_read_are_missed(
    following: str, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    answers_batch(wire, batch_response(given(searchset([resource("Observation")], following))))
    if following.startswith(BASE):
        gives(wire, "Observation?patient=p1&page=2", status=404)
    read = ehr.batch({"pressures": "Observation?patient=p1"}, deadline_s=until(clock))["pressures"]
    assert (read.outcome, len(read.resources)) == (ReadOutcome.FETCHED_IN_PART, 1)
    assert read.why.startswith(("not all pages were read: ", "the next one lies on another server"[:3]))


@pytest.mark.parametrize("document", [batch_response(), {"resourceType": "Bundle", "type": "searchset"}, batch_response("?")])  # type: ignore[arg-type]  # what a server sends
def test_a_batch_that_is_not_answered_entry_by_entry_has_no_answer(
    document: Any, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    answers_batch(wire, document)
    read = ehr.batch({"patient": "Patient/p1"}, deadline_s=until(clock))["patient"]
    assert read.outcome is ReadOutcome.UNREACHABLE


def test_a_batch_that_is_refused_is_refused_for_all(ehr: FhirClient, clock: Clock, wire: responses.RequestsMock) -> None:
    answers_batch(wire, {}, status=403)
    assert ehr.batch({"patient": "Patient/p1"}, deadline_s=until(clock))["patient"].outcome is ReadOutcome.REFUSED


def statement(*operations: str) -> dict[str, Any]:
    patient = {"type": "Patient", "operation": [{"name": name} for name in operations]}
    return {"resourceType": "CapabilityStatement", "rest": [{"resource": [patient]}]}


def test_everything_is_asked_for_where_it_is_offered_and_the_statement_is_read_once(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    gives(wire, "metadata", statement("everything"))
    gives(wire, "Patient/p1/$everything?_count=200", searchset([resource("Patient", "p1"), resource("Observation")]))
    gives(wire, "Patient/p2/$everything?_count=200", searchset([]))
    assert len(ehr.everything("p1", deadline_s=until(clock)).resources) == 2
    assert ehr.everything("p2", deadline_s=until(clock)).resources == ()


def test_everything_is_not_asked_for_where_it_is_not_offered(ehr: FhirClient, clock: Clock, wire: responses.RequestsMock) -> None:
    gives(wire, "metadata", statement("validate"))
    assert ehr.everything("p1", deadline_s=until(clock)).outcome is ReadOutcome.REFUSED


@pytest.mark.parametrize(("document", "status"), [({"resourceType": "Patient"}, 200), ({}, 403)])
def test_a_server_that_does_not_say_what_it_can_do_is_asked_all_the_same(
    document: dict[str, Any], status: int, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    gives(wire, "metadata", document, status=status)
    gives(wire, "Patient/p1/$everything?_count=200", searchset([resource("Patient", "p1")]))
    assert ehr.everything("p1", deadline_s=until(clock)).outcome is ReadOutcome.FETCHED


def test_a_transaction_is_posted_and_answered_entry_by_entry(ehr: FhirClient, clock: Clock, wire: responses.RequestsMock) -> None:
    taken = {"response": {"status": "201 Created", "location": "RiskAssessment/1/_history/1"}}
    refused = {
        "response": {
            "status": "422",
            "outcome": {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "error", "code": "value", "details": {"text": f"no, Bearer {TOKEN}"}}],
            },
        }
    }
    answers_batch(
        wire,
        {"resourceType": "Bundle", "type": "batch-response", "entry": [taken, refused, {}, 1]},
        match=[matchers.header_matcher({"Prefer": "return=minimal", "Content-Type": FHIR, "Authorization": f"Bearer {TOKEN}"})],
    )
    sent = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert sent.accepted
    assert [(one.status, one.taken) for one in sent.entries] == [(201, True), (422, False), (0, False), (0, False)]
    assert sent.entries[1].issues[0].said == "no, [token]"


def test_a_transaction_that_is_refused_comes_with_the_servers_reasons(
    ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    said = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invariant", "diagnostics": "x" * 900}]}
    answers_batch(wire, said, status=422)
    sent = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert (sent.accepted, sent.unknown, sent.why) == (False, False, "the FHIR server refused all of it with status 422")
    assert [(one.code, len(one.said)) for one in sent.issues] == [("invariant", 500)]


@pytest.mark.parametrize("body", ["", "<html>", '{"resourceType": "OperationOutcome"}'])
def test_an_acceptance_that_says_nothing_is_not_known_to_be_one(
    body: str, ehr: FhirClient, clock: Clock, wire: responses.RequestsMock
) -> None:
    wire.post(BASE, body=body, status=200, content_type=FHIR)
    sent = ehr.send(TRANSACTION, deadline_s=until(clock))
    assert (sent.accepted, sent.unknown) == (False, True)
