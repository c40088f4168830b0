"""Requests, read: everything wrong told at once with its place, known departures of known clients forgiven, everything unknown let pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.clients import PROFILES, Dialect
from service.cds_hooks.hooks import HOOKS, Hook
from service.cds_hooks.request import HookRequest, read_request
from service.errors import BadRequest, Problem
from tests.cds_hooks.calls import INSTANCE, PATIENT_ID, SERVER, TOKEN, authorization, call, draft, put, without

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STRICT, LENIENT = PROFILES[Dialect.GENERIC], PROFILES[Dialect.EPIC]


def read(body: Any, dialect: Dialect = Dialect.GENERIC) -> HookRequest:
    return read_request(body, PROFILES[dialect], now=NOW)


def refused(body: Any, dialect: Dialect = Dialect.GENERIC) -> dict[str, Problem]:
    with pytest.raises(BadRequest) as caught:
        read(body, dialect)
    return {problem.expression: problem for problem in caught.value.problems}


@pytest.mark.parametrize("hook", Hook)
def test_a_whole_request_of_every_hook_is_read_without_a_remark(hook: Hook) -> None:
    request = read(call(hook, fhirServer=f"{SERVER}/", fhirAuthorization=authorization(patient=PATIENT_ID)))
    assert (request.hook, request.hook_instance, request.patient_id) == (hook, INSTANCE, PATIENT_ID)
    assert (request.user_id, request.fhir_server, request.remarks) == ("Practitioner/invented-2", SERVER, ())
    assert request.encounter_id == ("visit-1" if hook is Hook.ENCOUNTER_START else "")
    assert request.authorization is not None
    assert request.authorization.expires_at == NOW + timedelta(seconds=300)
    assert request.authorization.patient_id == PATIENT_ID


def test_the_token_is_not_in_what_the_request_prints() -> None:
    request = read(call(fhirServer=SERVER, fhirAuthorization=authorization()))
    assert request.authorization is not None
    assert request.authorization.access_token == TOKEN
    assert TOKEN not in repr(request)


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
def test_a_member_that_every_call_needs_is_missed_by_name(member: str) -> None:
    assert refused(without(call(), member))[member].issue_type == "required"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("hook", 1),
        ("hook", ""),
        ("hook", None),
        ("hookInstance", 7),
        ("context", []),
        ("context", None),
        ("prefetch", []),
        ("prefetch", "all"),
        ("fhirServer", 8),
        ("fhirServer", "ehr.example/fhir"),
        ("fhirServer", "ftp://ehr.example/fhir"),
        ("fhirServer", "https://"),
        ("fhirServer", "https://[::1/fhir"),
        ("fhirServer", "https://ehr.example:0/fhir"),
        ("fhirServer", "https://user@ehr.example/fhir"),
        ("fhirServer", "https://ehr.example/fhir?tenant=1"),
        ("fhirServer", "https://ehr.example/fhir#1"),
        ("context.userId", 5),
        ("context.patientId", 5),
        ("context.patientId", ""),
        ("context.patientId", ".."),
        ("context.patientId", "one/two"),
        ("context.encounterId", ["visit-1"]),
    ],
)
@pytest.mark.parametrize("dialect", [Dialect.GENERIC, Dialect.EPIC])
def test_a_wrong_type_or_value_is_refused_from_everybody_at_its_place(path: str, value: Any, dialect: Dialect) -> None:
    problem = refused(put(call(), path, value), dialect)[path]
    assert problem.diagnostics.startswith(path)
    assert "send" in problem.diagnostics


def test_everything_wrong_is_told_at_once() -> None:
    body = {
        "hook": "order-select",
        "hookInstance": "first call",
        "context": {"patientId": "..", "userId": "nobody", "selections": ["a", 1], "draftOrders": []},
        "prefetch": [],
        "fhirAuthorization": authorization(expires_in="soon"),
    }
    assert set(refused(body)) == {
        "prefetch",
        "fhirAuthorization.expires_in",
        "hookInstance",
        "fhirServer",
        "context.userId",
        "context.patientId",
        "context.selections[1]",
        "context.draftOrders",
    }


@pytest.mark.parametrize("body", [[], "call", 1, None, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert refused(body)[""].issue_type == "structure"


@pytest.mark.parametrize("hook", ["order-dispatch", "medication-prescribe", "Patient-View"])
def test_a_hook_that_the_service_is_not_registered_for_is_refused(hook: str) -> None:
    problem = refused(put(call(), "hook", hook), Dialect.EPIC)["hook"]
    assert problem.issue_type == "invariant"
    assert hook in problem.diagnostics
    assert "patient-view" in problem.diagnostics


@pytest.mark.parametrize("instance", ["1", "epic-instance", INSTANCE.replace("-", ""), f"{{{INSTANCE}}}"])
def test_an_instance_that_is_no_uuid_is_refused_or_remarked_on(instance: str) -> None:
    body = put(call(), "hookInstance", instance)
    assert refused(body)["hookInstance"].issue_type == "value"
    assert instance in read(body, Dialect.EPIC).remarks[0]


@pytest.mark.parametrize("instance", ["", "two words", "x" * 129, "späte"])
def test_an_instance_that_cannot_be_kept_is_refused_from_everybody(instance: str) -> None:
    assert refused(put(call(), "hookInstance", instance), Dialect.EPIC)["hookInstance"].issue_type == "value"


def test_an_instance_in_capitals_is_a_uuid() -> None:
    assert read(put(call(), "hookInstance", INSTANCE.upper())).remarks == ()


def test_a_token_without_its_server_is_refused() -> None:
    problem = refused(call(fhirAuthorization=authorization()))["fhirServer"]
    assert problem.issue_type == "invariant"
    assert "cds-r-1" in problem.diagnostics


@pytest.mark.parametrize("member", ["access_token", "token_type", "expires_in", "scope", "subject"])
def test_the_token_has_five_members(member: str) -> None:
    body = without(call(fhirServer=SERVER, fhirAuthorization=authorization()), f"fhirAuthorization.{member}")
    assert refused(body)[f"fhirAuthorization.{member}"].issue_type == "required"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("access_token", "two words"),
        ("access_token", ""),
        ("access_token", f"{TOKEN}\r\nHost: evil.example"),
        ("access_token", None),
        ("token_type", "MAC"),
        ("expires_in", "300"),
        ("expires_in", True),
        ("expires_in", 1.5),
        ("scope", 1),
        ("patient", 1),
    ],
)
def test_a_token_that_cannot_be_used_is_refused_and_never_repeated(member: str, value: Any) -> None:
    body = call(fhirServer=SERVER, fhirAuthorization=authorization(**{member: value}))
    problem = refused(body, Dialect.EPIC)[f"fhirAuthorization.{member}"]
    assert TOKEN not in problem.diagnostics
    assert not isinstance(value, str) or not value or value not in problem.diagnostics


def test_an_authorization_that_is_no_object_is_refused() -> None:
    assert refused(call(fhirServer=SERVER, fhirAuthorization="token"))["fhirAuthorization"].issue_type == "structure"


@pytest.mark.parametrize("scope", ["patient/*.read", "patient/Observation.rs?category=laboratory", "EPIC FREE TEXT; not a scope"])
def test_any_text_is_a_scope(scope: str) -> None:
    request = read(call(fhirServer=SERVER, fhirAuthorization=authorization(scope=scope)))
    assert request.authorization is not None
    assert request.authorization.scope == scope


@pytest.mark.parametrize(("expires_in", "seconds"), [(-5, 0), (0, 0), (10**18, 86_400)])
def test_a_lifetime_is_held_within_a_day(expires_in: int, seconds: int) -> None:
    request = read(call(fhirServer=SERVER, fhirAuthorization=authorization(expires_in=expires_in)))
    assert request.authorization is not None
    assert request.authorization.expires_at == NOW + timedelta(seconds=seconds)


def test_a_bearer_in_small_letters_is_a_bearer() -> None:
    assert read(call(fhirServer=SERVER, fhirAuthorization=authorization(token_type="bearer"))).remarks == ()


@pytest.mark.parametrize("subject", [5, None])
def test_a_subject_that_is_no_text_is_forgiven_where_clients_are(subject: Any) -> None:
    body = call(fhirServer=SERVER, fhirAuthorization=authorization(subject=subject))
    assert "fhirAuthorization.subject" in refused(body)
    request = read(body, Dialect.EPIC)
    assert request.authorization is not None
    assert request.authorization.subject == ""


@pytest.mark.requirement("214")
@pytest.mark.parametrize("where", ["", "context.", "prefetch.", "fhirAuthorization."])
def test_members_that_nobody_knows_are_let_pass_on_every_level(where: str) -> None:
    body = call(fhirServer=SERVER, fhirAuthorization=authorization(), extension={"com.example.timestamp": "2026-03-02"})
    for value in ({"any": ["thing"]}, None, "text"):
        assert read(put(body, f"{where}extra", value)).remarks == ()


def test_an_extension_that_is_no_object_is_refused_or_remarked_on() -> None:
    body = call(extension=[{"url": "com.example"}])
    assert refused(body)["extension"].issue_type == "structure"
    assert "extension" in read(body, Dialect.EPIC).remarks[0]


@pytest.mark.parametrize("member", ["prefetch", "fhirServer", "fhirAuthorization", "extension"])
def test_an_optional_member_that_is_null_was_left_out(member: str) -> None:
    request = read(put(call(), member, None))
    assert request.remarks == (f"{member} is null, which was read as left out; leave it out.",)


def test_no_prefetch_and_an_empty_prefetch_are_two_things() -> None:
    assert read(call(prefetch=None)).prefetch is None
    assert read(call(prefetch={})).prefetch == {}


REQUIRED = [(hook, field) for hook in Hook for field in HOOKS[hook].fields if field.required]


@pytest.mark.parametrize(("hook", "field"), REQUIRED, ids=lambda part: getattr(part, "name", str(part)))
@pytest.mark.parametrize("how", ["left out", "null"])
def test_a_field_that_the_hook_requires_is_missed_by_name(hook: Hook, field: Any, how: str) -> None:
    path = f"context.{field.name}"
    body = without(call(hook), path) if how == "left out" else put(call(hook), path, None)
    problem = refused(body)[path]
    assert problem.issue_type == "required"
    assert hook in problem.diagnostics


@pytest.mark.parametrize("member", ["selections", "draftOrders"])
def test_orders_that_a_client_was_given_no_scope_for_are_forgiven_where_clients_are(member: str) -> None:
    request = read(without(call("order-select"), f"context.{member}"), Dialect.EPIC)
    assert any(remark.startswith(f"context.{member} is missing") for remark in request.remarks)


def test_an_encounter_that_is_null_was_left_out() -> None:
    request = read(put(call(), "context.encounterId", None))
    assert (request.encounter_id, request.remarks) == (
        "",
        ("context.encounterId is null, which was read as left out; leave it out.",),
    )


@pytest.mark.parametrize("value", [{}, [], "Bundle", {"resourceType": "ServiceRequest"}, {"resourceType": "Bundle", "entry": {}}])
def test_draft_orders_are_a_bundle(value: Any) -> None:
    (expression,) = refused(put(call("order-sign"), "context.draftOrders", value), Dialect.EPIC)
    assert expression.startswith("context.draftOrders")


def test_a_bundle_without_entries_is_one() -> None:
    assert read(put(call("order-sign"), "context.draftOrders", {"resourceType": "Bundle", "type": "collection"})).remarks == ()


@pytest.mark.parametrize("selections", [{}, "ServiceRequest/draft-1", [None], [""]])
def test_selections_are_a_list_of_ids(selections: Any) -> None:
    (expression,) = refused(put(call("order-select"), "context.selections", selections), Dialect.EPIC)
    assert expression.startswith("context.selections")


@pytest.mark.parametrize("selection", ["draft-1", "ServiceRequest/draft-1", "urn:uuid:3a4b3b1e-9f0a-4b5f-8a43-1b2c3d4e5f60"])
def test_a_selection_names_a_draft_with_or_without_its_type_or_by_its_address(selection: str) -> None:
    entry = {"fullUrl": "urn:uuid:3a4b3b1e-9f0a-4b5f-8a43-1b2c3d4e5f60", "resource": draft()}
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [entry, {"resource": "nothing"}, {}]}
    body = put(put(call("order-select"), "context.draftOrders", drafts), "context.selections", [selection])
    assert read(body).remarks == ()


def test_a_selection_of_no_draft_is_remarked_on() -> None:
    body = put(call("order-select"), "context.selections", ["ServiceRequest/other"])
    assert read(body).remarks == ("context.selections[0] names no entry of context.draftOrders.",)


def test_selections_without_drafts_name_nothing() -> None:
    request = read(without(call("order-select"), "context.draftOrders"), Dialect.EPIC)
    assert "context.selections[0] names no entry of context.draftOrders." in request.remarks


@pytest.mark.parametrize(
    "user", ["invented-2", "https://ehr.example/fhir/Practitioner/invented-2", "practitioner/1", "Practitioner/"]
)
def test_a_user_that_is_not_type_and_id_is_refused_or_remarked_on(user: str) -> None:
    body = put(call(), "context.userId", user)
    assert refused(body)["context.userId"].issue_type == "value"
    assert read(body, Dialect.EPIC).user_id == user


@pytest.mark.parametrize(
    ("hook", "user", "expected"),
    [
        ("patient-view", "Patient/invented-1", True),
        ("patient-view", "RelatedPerson/1", True),
        ("patient-view", "Device/1", False),
        ("order-sign", "PractitionerRole/1", True),
        ("order-sign", "Patient/invented-1", False),
        ("encounter-start", "RelatedPerson/1", False),
        ("problem-list-item-create", "Patient/invented-1", False),
    ],
)
def test_a_user_of_a_type_that_the_hook_does_not_expect_is_remarked_on(hook: str, user: str, expected: bool) -> None:
    request = read(put(call(hook), "context.userId", user))
    assert bool(request.remarks) is not expected


def test_a_patient_with_the_type_before_the_id_is_refused_or_understood() -> None:
    body = put(call(), "context.patientId", f"Patient/{PATIENT_ID}")
    assert refused(body)["context.patientId"].issue_type == "value"
    assert read(body, Dialect.EPIC).patient_id == PATIENT_ID


@pytest.mark.parametrize("patient_id", ["e" * 65, "with_underscore"])
def test_an_id_that_only_known_servers_give_is_refused_or_remarked_on(patient_id: str) -> None:
    body = put(call(), "context.patientId", patient_id)
    assert refused(body)["context.patientId"].issue_type == "value"
    request = read(body, Dialect.EPIC)
    assert request.patient_id == patient_id
    assert not any(patient_id in remark for remark in request.remarks)


def test_a_hook_that_this_kind_of_client_is_not_known_to_call_is_answered_and_remarked_on() -> None:
    assert "the profile in the clients file may be wrong" in read(call("order-sign"), Dialect.ORACLE).remarks[0]
    assert read(call("patient-view"), Dialect.ORACLE).remarks == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["resourceType", "entry", "id", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "hook": st.sampled_from([hook.value for hook in Hook]) | ANYTHING,
            "hookInstance": st.just(INSTANCE) | ANYTHING,
            "context": st.dictionaries(
                st.sampled_from(["userId", "patientId", "encounterId", "selections", "draftOrders", "conditions"]),
                ANYTHING,
                max_size=6,
            )
            | ANYTHING,
            "prefetch": ANYTHING,
            "fhirServer": st.just(SERVER) | ANYTHING,
            "fhirAuthorization": st.dictionaries(st.sampled_from(list(authorization())), ANYTHING, max_size=5) | ANYTHING,
            "extension": ANYTHING,
        },
    ),
    st.sampled_from(list(Dialect)),
)
def test_whatever_is_sent_is_read_or_refused(body: Any, dialect: Dialect) -> None:
    try:
        request = read(body, dialect)
    except BadRequest:
        return
    assert request.patient_id
