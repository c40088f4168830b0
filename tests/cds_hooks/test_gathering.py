"""From request to Bundle: only what is missing is fetched, nothing of another patient passes, and 412 only where data can be had neither way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.gathering import gather
from service.cds_hooks.prefetch import Fetch, Gathered, KeyReport, KeyState
from service.cds_hooks.request import read_request
from service.errors import PreconditionFailed, Problem, Unprocessable
from service.fhir.bundle import open_bundle
from service.fhir.exchange.record_queries import RECORD_QUERIES
from tests.cds_hooks.calls import (
    PATIENT_ID,
    SERVER,
    TOKEN,
    Json,
    authorization,
    call,
    condition,
    full_prefetch,
    outcome,
    patient,
    put,
    searchset,
    without,
)
from tests.properties import examples

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLIENT = Client(id="hospital", profile=PROFILES[Dialect.GENERIC], fhir_servers=(SERVER,))
DEADLINE = 1000.0
SEARCHES = {query.key: query.search(PATIENT_ID) for query in RECORD_QUERIES}


@dataclass(frozen=True)
class Answered:
    outcome: str = "fetched"
    resources: tuple[Json, ...] = ()
    why: str = ""


@dataclass
class FhirServer:
    """A client's FHIR server that has what the test says, and remembers what it was asked."""

    has: Mapping[str, Answered] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    already: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __call__(
        self,
        searches: Mapping[str, str],
        *,
        base_url: str,
        token: str,
        allowed: Sequence[str],
        deadline_s: float,
        already: Mapping[str, tuple[int, int]],
    ) -> Mapping[str, Answered]:
        self.asked.append(
            {
                "searches": dict(searches),
                "base_url": base_url,
                "token": token,
                "allowed": tuple(allowed),
                "deadline_s": deadline_s,
            }
        )
        self.already = already
        return {key: self.has.get(key, Answered()) for key in searches}


def gathered(body: Json, server: FhirServer | None = None, *, later_s: int = 0) -> Gathered:
    request = read_request(body, CLIENT.profile, now=NOW)
    return gather(request, CLIENT, queries=RECORD_QUERIES, read=server, now=NOW + timedelta(seconds=later_s), deadline_s=DEADLINE)


def with_token(body: Json) -> Json:
    return body | {"fhirServer": SERVER, "fhirAuthorization": authorization()}


def report(of: Gathered, key: str) -> KeyReport:
    return next(one for one in of.keys if one.key == key)


def resources(of: Gathered) -> list[str]:
    return [f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in of.bundle["entry"]]


def lacking(body: Json, server: FhirServer | None = None, *, later_s: int = 0) -> dict[str, Problem]:
    with pytest.raises(PreconditionFailed) as caught:
        gathered(body, server, later_s=later_s)
    return {problem.expression: problem for problem in caught.value.problems}


@pytest.mark.requirement("28")
def test_a_full_prefetch_needs_no_server() -> None:
    server = FhirServer()
    result = gathered(with_token(call()), server)
    assert server.asked == []
    assert {one.key: one.state for one in result.keys if one.resources} == dict.fromkeys(
        ["patient", "pressures", "questionnaires", "conditions"], KeyState.GIVEN
    )
    assert {one.fetch for one in result.keys} == {Fetch.NOT_NEEDED}
    assert all(one.available for one in result.keys)
    assert resources(result)[:2] == [f"Patient/{PATIENT_ID}", "Observation/right-arm"]
    assert len(result.bundle["entry"]) == 1 + 6 + 1 + 1
    assert report(result, "pressures").newest == "2026-03-02T08:00:00Z"
    assert report(result, "conditions").newest == "2024-05-06"


@pytest.mark.requirement("34")
@pytest.mark.requirement("60")
@pytest.mark.requirement("61")
def test_without_a_prefetch_everything_is_fetched_together_with_the_token_within_the_deadline() -> None:
    server = FhirServer({"patient": Answered(resources=(patient(),)), "conditions": Answered(resources=(condition(),))})
    result = gathered(with_token(call(prefetch=None)), server)
    assert server.asked == [
        {"searches": SEARCHES, "base_url": SERVER, "token": TOKEN, "allowed": (SERVER,), "deadline_s": DEADLINE}
    ]
    assert {(one.state, one.fetch) for one in result.keys} == {(KeyState.MISSING, Fetch.FETCHED)}
    assert resources(result) == [f"Patient/{PATIENT_ID}", "Condition/condition-44054006"]
    assert TOKEN not in repr(result)


def test_only_what_is_missing_is_fetched() -> None:
    server = FhirServer()
    body = without(without(with_token(call()), "prefetch.indices"), "prefetch.allergies")
    result = gathered(body, server)
    assert server.asked[0]["searches"] == {key: SEARCHES[key] for key in ("indices", "allergies")}
    assert report(result, "indices").fetch is Fetch.FETCHED
    assert report(result, "conditions").fetch is Fetch.NOT_NEEDED


def test_what_the_client_says_there_is_none_of_is_not_asked_for_again() -> None:
    server = FhirServer()
    result = gathered(with_token(call(prefetch=dict.fromkeys(SEARCHES))), server)
    assert server.asked == []
    assert resources(result) == [f"Patient/{PATIENT_ID}"]


def test_a_patient_of_whom_nothing_is_on_record_is_still_a_patient() -> None:
    result = gathered(call(prefetch=dict.fromkeys(SEARCHES)))
    assert result.bundle["entry"] == [{"resource": {"resourceType": "Patient", "id": PATIENT_ID}}]


def test_a_failure_of_the_client_is_tried_again_once_and_only_where_it_matters() -> None:
    server = FhirServer({"conditions": Answered(resources=(condition(),))})
    body = put(
        put(with_token(call()), "prefetch.conditions", outcome("error", "timeout")),
        "prefetch.reports",
        outcome("error", "timeout"),
    )
    result = gathered(body, server)
    assert list(server.asked[0]["searches"]) == ["conditions"]
    assert (report(result, "conditions").state, report(result, "conditions").fetch) == (KeyState.FAILED, Fetch.FETCHED)
    assert report(result, "conditions").available
    assert (report(result, "reports").fetch, report(result, "reports").available) == (Fetch.NOT_NEEDED, False)
    assert report(result, "reports").why == "the client tried and could not (timeout)"


@pytest.mark.requirement("54")
def test_what_can_be_had_neither_way_is_asked_for_by_name() -> None:
    problems = lacking(call(prefetch={"patient": patient(), "conditions": None}))
    assert set(problems) == {"prefetch.pressures", "prefetch.indices"}
    assert problems["prefetch.indices"].issue_type == "not-found"
    assert "the key was not sent; the request names no fhirServer" in problems["prefetch.indices"].diagnostics


@pytest.mark.requirement("54")
@pytest.mark.parametrize(
    ("changed", "later_s", "why"),
    [
        ({}, 0, "the request names no fhirServer"),
        ({"fhirServer": SERVER}, 0, "the request has no fhirAuthorization"),
        ({"fhirServer": SERVER, "fhirAuthorization": authorization(expires_in=0)}, 0, "the token of the request has expired"),
        ({"fhirServer": SERVER, "fhirAuthorization": authorization()}, 300, "the token of the request has expired"),
    ],
)
def test_without_a_server_or_a_token_that_is_good_nothing_is_fetched(changed: Json, later_s: int, why: str) -> None:
    server = FhirServer()
    assert why in lacking(call(prefetch=None) | changed, server, later_s=later_s)["prefetch.patient"].diagnostics
    assert server.asked == []


def test_a_service_without_a_way_out_says_so() -> None:
    assert "this service does not fetch" in lacking(with_token(call(prefetch={})))["prefetch.patient"].diagnostics


def test_what_is_optional_may_be_missing() -> None:
    result = gathered(call(prefetch={key: full_prefetch()[key] for key in ("patient", "pressures", "indices", "conditions")}))
    assert {one.key for one in result.keys if not one.available} == set(SEARCHES) - {
        "patient",
        "pressures",
        "indices",
        "conditions",
    }
    assert report(result, "reports").fetch is Fetch.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("read", "issue_type"),
    [
        (Answered("refused", why="the FHIR server was not asked: the server is not one that this client may name"), "forbidden"),
        (Answered("unreachable", why="the FHIR server answered with status 500"), "transient"),
        (Answered("too-late", why="the FHIR server did not answer in time"), "timeout"),
    ],
)
def test_a_server_that_does_not_give_it_is_named_as_the_cause(read: Answered, issue_type: str) -> None:
    server = FhirServer({"indices": read})
    problems = lacking(without(with_token(call()), "prefetch.indices"), server)
    assert {expression: one.issue_type for expression, one in problems.items()} == {"prefetch.indices": issue_type}
    assert read.why in problems["prefetch.indices"].diagnostics


def test_an_optional_key_that_its_server_does_not_give_costs_nothing_but_itself() -> None:
    server = FhirServer({"device-use": Answered("refused", why="the FHIR server does not have this")})
    result = gathered(without(with_token(call()), "prefetch.device-use"), server)
    assert report(result, "device-use").why == "the key was not sent; the FHIR server does not have this"
    assert not report(result, "device-use").available


@pytest.mark.parametrize(
    ("value", "issue_type"), [(outcome("error", "forbidden"), "incomplete"), (patient(), "structure"), ("text", "structure")]
)
def test_what_failed_or_is_of_the_wrong_type_is_asked_for_at_its_place(value: Any, issue_type: str) -> None:
    assert lacking(put(call(), "prefetch.conditions", value))["prefetch.conditions"].issue_type == issue_type


def test_a_wrong_type_is_fetched_instead() -> None:
    server = FhirServer({"conditions": Answered(resources=(condition(),))})
    result = gathered(put(with_token(call()), "prefetch.conditions", "text"), server)
    assert report(result, "conditions").state is KeyState.WRONG_TYPE
    assert "Condition/condition-44054006" in resources(result)


def paged(url: str, **counted: Any) -> Json:
    return searchset(condition(), link=[{"relation": "next", "url": url}]) | counted


@pytest.mark.parametrize(("counted", "already"), [({"total": 3}, (1, 3)), ({"total": None}, (1, 0))])
def test_the_pages_behind_the_one_that_was_sent_are_counted_with_it(counted: dict[str, Any], already: tuple[int, int]) -> None:
    server = FhirServer()
    body = put(with_token(call()), "prefetch.conditions", paged(f"{SERVER}?_getpages=1", **counted))
    gathered(put(body, "prefetch.reports", "text"), server)
    assert list(server.asked[0]["searches"]) == ["conditions", "reports"]
    assert server.already == {"conditions": already}


@pytest.mark.parametrize(
    ("url", "search"),
    [
        (f"{SERVER}/Condition?patient=invented-1&page=2", "Condition?patient=invented-1&page=2"),
        (f"{SERVER}?_getpages=a1b2&_getpagesoffset=50", "?_getpages=a1b2&_getpagesoffset=50"),
    ],
)
def test_further_pages_are_read_from_the_clients_own_server(url: str, search: str) -> None:
    server = FhirServer({"conditions": Answered(resources=(condition("73211009"),))})
    result = gathered(put(with_token(call()), "prefetch.conditions", paged(url)), server)
    assert server.asked[0]["searches"] == {"conditions": search}
    assert (report(result, "conditions").state, report(result, "conditions").fetch) == (KeyState.PARTIAL, Fetch.FETCHED)
    assert report(result, "conditions").resources == 2
    assert {"Condition/condition-44054006", "Condition/condition-73211009"} <= set(resources(result))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/fhir/Condition?page=2",
        f"{SERVER}.evil.example/Condition?page=2",
        f"{SERVER}-other/Condition?page=2",
        SERVER,
        "Condition?page=2",
        "",
    ],
)
def test_pages_of_another_server_never_see_the_token(url: str) -> None:
    server = FhirServer()
    result = gathered(put(with_token(call()), "prefetch.conditions", paged(url)), server)
    assert server.asked == []
    assert report(result, "conditions").available


def test_further_pages_without_a_token_leave_it_partial() -> None:
    result = gathered(put(call(fhirServer=SERVER), "prefetch.conditions", paged(f"{SERVER}/Condition?page=2")))
    told = report(result, "conditions")
    assert (told.state, told.fetch, told.available) == (KeyState.PARTIAL, Fetch.NOT_POSSIBLE, True)
    assert told.why == "the search has more pages; the request has no fhirAuthorization"


def test_a_page_without_a_server_to_ask_is_not_followed() -> None:
    assert (
        report(gathered(put(call(), "prefetch.conditions", paged("/Condition?page=2"))), "conditions").fetch is Fetch.NOT_NEEDED
    )


def test_each_resource_is_there_once_and_two_versions_are_left_to_the_assessment() -> None:
    versioned = condition() | {"meta": {"versionId": "2"}}
    included = {
        **searchset(condition(), versioned),
        "entry": [{"resource": one, "search": {"mode": "match"}} for one in (condition(), condition(), versioned)],
    }
    body = put(put(call(), "prefetch.conditions", included), "prefetch.problems", searchset(condition(), patient()))
    assert resources(gathered(body)).count("Condition/condition-44054006") == 2
    assert resources(gathered(body)).count(f"Patient/{PATIENT_ID}") == 1


def test_the_bundle_opens_as_one_patients() -> None:
    opened = open_bundle(gathered(call()).bundle)
    assert opened.patient_reference == f"Patient/{PATIENT_ID}"
    assert opened.issues == ()


def test_what_an_assessment_does_not_read_stays_out_of_it() -> None:
    body = put(call(), "prefetch.-user", {"resourceType": "Practitioner", "id": "invented-2", "name": [{"family": "Invented"}]})
    assert "Practitioner/invented-2" not in resources(gathered(body))


def test_a_remark_of_the_server_fetched_is_no_resource() -> None:
    server = FhirServer({"indices": Answered(resources=(outcome("warning", "processing"), {"no": "type"}))})
    result = gathered(without(with_token(call()), "prefetch.indices"), server)
    assert report(result, "indices").resources == 0


def mismatch(body: Json, server: FhirServer | None = None) -> list[Problem]:
    with pytest.raises(Unprocessable) as caught:
        gathered(body, server)
    return list(caught.value.problems)


OTHERS: tuple[tuple[str, str, Json], ...] = (
    ("the Patient", "prefetch.patient.id", put(call(), "prefetch.patient", patient("other"))),
    ("a Patient without an id", "prefetch.patient.id", put(call(), "prefetch.patient", {"resourceType": "Patient"})),
    (
        "a subject",
        "prefetch.conditions.entry[1].resource.subject",
        put(call(), "prefetch.conditions", searchset(condition(), condition("1", "Patient/other"))),
    ),
    (
        "an absolute reference",
        "prefetch.conditions.entry[0].resource.subject",
        put(call(), "prefetch.conditions", searchset(condition(about=f"{SERVER}/Patient/other"))),
    ),
    (
        "a reference with a version",
        "prefetch.conditions.entry[0].resource.subject",
        put(call(), "prefetch.conditions", searchset(condition(about="Patient/other/_history/3"))),
    ),
    (
        "an allergy",
        "prefetch.allergies.entry[0].resource.patient",
        put(
            call(),
            "prefetch.allergies",
            searchset({"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/other"}}),
        ),
    ),
    (
        "a key of the client's own",
        "prefetch.problems.entry[0].resource.subject",
        put(call(), "prefetch.problems", searchset(condition(about="Patient/other"))),
    ),
    (
        "a draft order",
        "context.draftOrders.entry[0].resource.subject",
        put(
            call("order-sign"),
            "context.draftOrders",
            searchset({"resourceType": "ServiceRequest", "id": "d", "subject": {"reference": "Patient/other"}}),
        ),
    ),
    (
        "a new problem",
        "context.conditions.entry[0].resource.subject",
        put(call("problem-list-item-create"), "context.conditions", searchset(condition(about="Patient/other"))),
    ),
    ("the token", "fhirAuthorization.patient", call(fhirServer=SERVER, fhirAuthorization=authorization(patient="other"))),
)


@pytest.mark.parametrize(("expression", "body"), [one[1:] for one in OTHERS], ids=[one[0] for one in OTHERS])
def test_nothing_is_said_where_anything_is_about_another_patient(expression: str, body: Json) -> None:
    (problem,) = mismatch(body)
    assert (problem.issue_type, problem.expression) == ("business-rule", expression)
    assert expression in problem.diagnostics
    assert PATIENT_ID not in problem.diagnostics


def test_of_either_patient_nothing_is_told() -> None:
    other = patient("somebody-else") | {"name": [{"family": "Secret"}], "birthDate": "1931-01-07"}
    (problem,) = mismatch(put(call(), "prefetch.patient", other))
    assert "somebody-else" not in problem.diagnostics
    assert "Secret" not in problem.diagnostics
    assert "1931" not in problem.diagnostics


def test_of_many_mismatches_a_few_are_told() -> None:
    several = searchset(*(condition(str(number), "Patient/other") for number in range(40)))
    assert len(mismatch(put(call(), "prefetch.conditions", several))) == 5


def test_a_server_that_gives_another_patient_is_not_believed() -> None:
    server = FhirServer({"conditions": Answered(resources=(condition(about="Patient/other"),))})
    (problem,) = mismatch(without(with_token(call()), "prefetch.conditions"), server)
    assert problem.expression == "prefetch.conditions.subject"


def test_a_mismatch_is_seen_before_anything_is_fetched() -> None:
    server = FhirServer()
    mismatch(put(with_token(call(prefetch={})), "prefetch.patient", patient("other")), server)
    assert server.asked == []


@pytest.mark.parametrize(
    "about",
    [
        f"Patient/{PATIENT_ID}",
        f"{SERVER}/Patient/{PATIENT_ID}",
        f"https://alias.example/r4/Patient/{PATIENT_ID}",
        "#contained",
        "Group/1",
        "urn:uuid:1",
        "",
    ],
)
def test_references_to_the_patient_or_to_nobody_by_id_are_let_pass(about: str) -> None:
    assert gathered(put(call(), "prefetch.conditions", searchset(condition(about=about))))


VALUES = st.sampled_from(
    [
        None,
        patient(),
        patient("other"),
        searchset(),
        searchset(condition()),
        searchset(condition(about="Patient/other")),
        searchset(condition(), link=[{"relation": "next", "url": f"{SERVER}/Condition?page=2"}]),
        searchset(patient(), condition()) | {"total": 9},
        outcome("error", "forbidden"),
        {"resourceType": "Bundle", "entry": [None, {}, {"resource": 4}, {"resource": outcome("warning", "processing")}]},
        {"resourceType": "Observation", "id": "o"},
        {"resourceType": "Observation", "subject": "x", "code": [], "effectiveDateTime": {}},
        {},
        [],
        "text",
        7,
    ]
)


@examples(80)
@given(
    prefetch=st.none() | st.dictionaries(st.sampled_from([*SEARCHES, "other"]), VALUES),
    outcomes=st.dictionaries(st.sampled_from(list(SEARCHES)), st.sampled_from([fetch.value for fetch in Fetch][2:])),
    token=st.booleans(),
)
def test_every_combination_of_states_gives_a_bundle_a_412_or_a_422(
    prefetch: Json | None, outcomes: dict[str, str], token: bool
) -> None:
    server = FhirServer({key: Answered(value, why="why") for key, value in outcomes.items()})
    body = call(prefetch=prefetch)
    try:
        result = gathered(with_token(body) if token else body, server)
    except (PreconditionFailed, Unprocessable):
        return
    assert all(one.available for one in result.keys if one.mandatory)
    assert open_bundle(result.bundle).patient_reference.endswith(f"Patient/{PATIENT_ID}")
