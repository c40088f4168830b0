"""Lint: every deviation with its number, its place and its remedy; and a guess whom a body looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.clients import Dialect
from service.cds_hooks.discovery import discovery
from service.cds_hooks.lint import lint, lint_bytes
from service.cds_hooks.lint_report import DEVIATION_LIMIT, LintReport, Severity, report_as_data, value_at
from service.errors import BadRequest
from service.fhir.exchange.record_queries import record_queries
from service.fhir.mapping import DeploymentCodes
from tests.cds_hooks.calls import INSTANCE, PATIENT_ID, SERVER, full_prefetch, outcome, searchset
from tests.claudicant import claudicant

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
QUERIES = record_queries(DeploymentCodes())
Json = dict[str, Any]


def request(**changed: Any) -> Json:
    body = {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "fhirServer": SERVER,
        "context": {"userId": "Practitioner/invented-doctor", "patientId": PATIENT_ID},
        "prefetch": full_prefetch(),
    }
    return {name: value for name, value in (body | changed).items() if value is not ...}


def linted(body: Any) -> LintReport:
    return lint(body, QUERIES, now=NOW)


def said(report: LintReport) -> dict[str, tuple[str, str]]:
    """Expression -> (severity, requirement)."""
    return {one.expression: (one.severity.value, one.requirement) for one in report.deviations}


def test_a_good_request_deviates_in_nothing() -> None:
    report = linted(request())
    assert (report.kind, report.deviations) == ("request", ())
    assert report.guess.dialect is Dialect.GENERIC


@pytest.mark.requirement("3")
def test_a_bad_request_is_told_all_at_once() -> None:
    report = linted(
        request(
            hookInstance="not-a-uuid",
            fhirServer=...,
            fhirAuthorization={
                "access_token": "secret-token",
                "token_type": "Bearer",
                "expires_in": "300",
                "scope": "x",
                "subject": "s",
            },
            context={"patientId": PATIENT_ID, "encounterId": ""},
            extension={"plain": 1},
        )
    )
    found = said(report)
    assert found["hookInstance"] == ("warning", "")
    assert found["fhirServer"] == ("error", "60")
    assert found["fhirAuthorization.expires_in"] == ("error", "60")
    assert found["context.userId"][0] == "error"
    assert found["extension"] == ("information", "215")
    assert ("information", "3") in found.values()
    assert all(one.says and one.specification for one in report.deviations)
    assert "secret-token" not in json.dumps(report_as_data(report))


@pytest.mark.requirement("214")
def test_an_extension_is_an_object_and_null_is_no_value() -> None:
    found = said(linted(request(extension=[])))
    assert found["extension"][1] in ("214", "3")
    assert said(linted(request(extension=None)))["extension"] == ("information", "3")


@pytest.mark.requirement("2", "168")
def test_a_server_without_tls_is_named() -> None:
    assert said(linted(request(fhirServer="http://ehr.example/fhir")))["fhirServer"] == ("warning", "168")


@pytest.mark.requirement("52")
@pytest.mark.requirement("54")
def test_every_state_of_a_prefetch_key_is_told_apart() -> None:
    prefetch = full_prefetch()
    del prefetch["pressures"], prefetch["devices"]
    prefetch |= {
        "conditions": outcome("error", "forbidden"),
        "indices": {"resourceType": "Patient", "id": PATIENT_ID},
        "findings": {**searchset(), "link": [{"relation": "next", "url": f"{SERVER}?page=2"}]},
        "own-key": None,
    }
    found = said(linted(request(prefetch=prefetch)))
    assert found["prefetch.pressures"] == ("warning", "54")
    assert found["prefetch.devices"] == ("information", "54")
    assert found["prefetch.conditions"] == ("warning", "52")
    assert found["prefetch.indices"] == ("warning", "36")
    assert found["prefetch.findings"] == ("information", "28")
    assert found["prefetch.own-key"] == ("information", "36")


def test_a_request_without_prefetch_is_told_what_is_fetched() -> None:
    token = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
    report = linted(request(prefetch=..., fhirAuthorization=token))
    assert {one.severity for one in report.deviations} == {Severity.INFORMATION}
    assert said(report)["fhirAuthorization.patient"][0] == "information"
    assert "fetched from fhirServer" in " ".join(one.says for one in report.deviations)


def test_data_about_somebody_else_is_an_error() -> None:
    prefetch = full_prefetch()
    prefetch["patient"]["id"] = "other"
    [found] = [one for one in linted(request(prefetch=prefetch)).deviations if one.severity is Severity.ERROR]
    assert found.expression == "prefetch.patient.id"
    assert found.value == '"other"'


def test_resources_that_are_no_r4_are_named_with_their_place() -> None:
    prefetch = full_prefetch()
    prefetch["patient"]["birthDate"] = "1955-13-01"
    [found] = linted(request(prefetch=prefetch)).deviations
    assert found.expression == "prefetch.patient.birthDate"
    assert found.specification == "https://hl7.org/fhir/R4/patient.html"


def test_feedback_is_checked_by_its_readers_own_rules() -> None:
    body = {
        "feedback": [
            {
                "card": "123456",
                "outcome": "overridden",
                "outcomeTimestamp": "2026-03-02T09:00:00Z",
                "overrideReasons": {"reason": {"code": "contraindicated"}},
            },
            {"card": INSTANCE, "outcome": "clicked", "outcomeTimestamp": "yesterday"},
        ],
        "extension": {"plain": True},
    }
    report = linted(body)
    found = said(report)
    assert report.kind == "feedback"
    assert report.guess.dialect is Dialect.EPIC
    assert found["feedback[0].card"] == ("warning", "148")
    assert found["feedback[0].overrideReasons.reason.system"] == ("warning", "217")
    assert found["feedback[1].outcome"] == ("error", "148")
    assert found["feedback[1].outcomeTimestamp"] == ("error", "148")
    assert {one.value for one in report.deviations} >= {'"123456"', '"clicked"', '"yesterday"'}


def test_our_own_discovery_document_deviates_in_nothing() -> None:
    report = linted(discovery(QUERIES))
    assert (report.kind, report.deviations) == ("discovery", ())


@pytest.mark.parametrize(
    ("service", "expression", "number"),
    [
        ({"hook": ""}, "services[0].hook", "7"),
        ({"title": None}, "services[0].title", "8"),
        ({"description": 5}, "services[0].description", "9"),
        ({"id": "a/b"}, "services[0].id", "10"),
        ({"prefetch": {}}, "services[0].prefetch", "11"),
        ({"usageRequirements": []}, "services[0].usageRequirements", "12"),
        ({"prefetch": {"p": None}}, "services[0].prefetch.p", "36"),
        ({"prefetch": {"p": "Patient/{{context.patientId"}}, "services[0].prefetch.p", "55"),
        ({"prefetch": {"p": "Patient/{{patient.id}}"}}, "services[0].prefetch.p", "56"),
        ({"prefetch": {"p": "Patient/{{context.draftOrders.entry}}"}}, "services[0].prefetch.p", "57"),
        ({"prefetch": {"p": "Patient/{{patientId}}"}}, "services[0].prefetch.p", "59"),
        ({"prefetch": {"p": "Condition?code:below=1"}}, "services[0].prefetch.p", "58"),
    ],
)
def test_each_deviation_of_a_discovery_document_has_its_number(service: Json, expression: str, number: str) -> None:
    whole = {"hook": "patient-view", "title": "t", "description": "d", "id": "i", **service}
    assert (expression, number) in {(one.expression, one.requirement) for one in linted({"services": [whole]}).deviations}


@pytest.mark.parametrize("services", [None, {}, ["x"]])
def test_services_are_a_list_of_objects(services: Any) -> None:
    [found] = linted({"services": services}).deviations
    assert (found.severity, found.requirement) == (Severity.ERROR, "6")


def test_a_bundle_is_told_what_would_be_refused_and_what_set_aside() -> None:
    bundle = claudicant()
    assert linted(bundle).kind == "bundle"
    bundle["entry"].append(
        {"fullUrl": "https://ehr.example/fhir/Patient/other", "resource": {"resourceType": "Patient", "id": "other"}}
    )
    assert Severity.ERROR in {one.severity for one in linted(bundle).deviations}
    odd = claudicant()
    odd["entry"] += [{"response": {"status": "200"}}, {"resource": {"resourceType": "Observation", "id": "o", "status": 5}}, 7]
    del odd["type"]
    severities = {one.severity for one in linted(odd).deviations}
    assert severities == {Severity.WARNING, Severity.INFORMATION}


def test_one_resource_is_held_against_r4() -> None:
    report = linted({"resourceType": "Patient", "id": "p", "birthDate": 5})
    assert (report.kind, report.deviations[0].expression) == ("resource", "Patient.birthDate")
    assert linted({"resourceType": "Appointment"}).deviations == ()


@pytest.mark.parametrize("body", [None, 5, "text", [], [{}], {}, {"cards": []}])
def test_what_is_none_of_these_is_said_to_be_none(body: Any) -> None:
    report = linted(body)
    assert (report.kind, [one.severity for one in report.deviations]) == ("unknown", [Severity.ERROR])


EPIC = {
    "extension": {"com.epic.cdshooks.request.bpa-trigger-action": "23"},
    "fhirServer": "https://hospital.example/interconnect/api/FHIR/R4",
    "fhirAuthorization": {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "everything", "subject": "s"},
    "prefetch": {"-user": None, "conditions": searchset()},
}


@pytest.mark.parametrize(
    ("changed", "dialect"),
    [
        (EPIC, Dialect.EPIC),
        ({"fhirServer": "https://fhir-ehr.cerner.com/r4/tenant"}, Dialect.ORACLE),
        ({"fhirServer": "https://api.platform.athenahealth.com/fhir/r4"}, Dialect.ATHENA),
        ({"fhirServer": "https://launch.smarthealthit.org/v/r4/fhir"}, Dialect.SANDBOX),
        ({"fhirServer": "http://[broken"}, Dialect.GENERIC),
        ({"fhirServer": 5}, Dialect.GENERIC),
        ({"fhirServer": "https://launch.smarthealthit.org/fhir", "extension": {"com.cerner.x": 1}}, Dialect.GENERIC),
    ],
)
def test_the_dialect_is_guessed_by_what_only_that_client_sends(changed: Json, dialect: Dialect) -> None:
    guess = linted(request(**changed)).guess
    assert guess.dialect is dialect
    assert bool(guess.reasons) is (dialect is not Dialect.GENERIC)


def test_resources_that_only_one_vendor_sends_are_signs() -> None:
    nothing = outcome("warning", "processing", details={"coding": [{"code": "4101"}]})
    drafts = {
        "resourceType": "Bundle",
        "entry": [{"resource": {"resourceType": "MedicationRequest", "id": "m", "category": {}}}, {"resource": None}],
    }
    context = {"userId": "Practitioner/d", "patientId": PATIENT_ID, "draftOrders": drafts}
    guess = linted(request(hook="order-sign", context=context, prefetch={"conditions": searchset({"id": "o"} | nothing)})).guess
    assert guess.dialect is Dialect.EPIC
    assert len(guess.reasons) == 2


def bytes_linted(body: bytes, limit_depth: int = 64) -> LintReport:
    return lint_bytes(body, QUERIES, now=NOW, limit_depth=limit_depth)


@pytest.mark.requirement("1")
@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"a": NaN}', b"\xff\xfe{}", b'{"a": Infinity}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        bytes_linted(body)


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b"[" * 70 + b"]" * 70, b"[" * 100_000 + b"]" * 100_000, b'{"a": 1e999}'])
def test_json_that_the_doors_refuse_is_reported(body: bytes) -> None:
    report = bytes_linted(body)
    assert (report.kind, report.deviations[0].requirement) == ("unreadable", "1")


def test_a_report_has_an_end() -> None:
    body = {"feedback": [{} for _ in range(150)]}
    told = report_as_data(linted(body))
    assert len(told["deviations"]) == DEVIATION_LIMIT
    assert told["counts"]["error"] == 300
    assert told["counts"]["warning"] == 150


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a[1].b", '"x"'),
        ("a[9]", ""),
        ("a.b", ""),
        ("", ""),
        ("a", ""),
        ("n", ""),
        ("l", "[]"),
        ("fhirAuthorization.access_token", ""),
    ],
)
def test_the_value_at_a_path(expression: str, value: str) -> None:
    body = {"a": [0, {"b": "x"}], "n": None, "l": [], "fhirAuthorization": {"access_token": "t"}}
    assert value_at(body, expression) == value


NAMES = st.sampled_from(
    [
        "hook",
        "hookInstance",
        "context",
        "prefetch",
        "fhirServer",
        "fhirAuthorization",
        "extension",
        "feedback",
        "services",
        "resourceType",
        "entry",
        "resource",
        "card",
        "outcome",
        "acceptedSuggestions",
        "overrideReason",
        "overrideReasons",
        "reason",
        "userComment",
        "outcomeTimestamp",
        "id",
        "patientId",
        "userId",
        "selections",
        "draftOrders",
        "patient",
        "pressures",
        "conditions",
        "issue",
        "link",
        "total",
        "type",
        "url",
        "relation",
        "expires_in",
        "scope",
        "access_token",
        "code",
        "system",
        "identifier",
        "subject",
        "status",
    ]
)
VALUES = st.sampled_from(
    [
        "patient-view",
        "order-sign",
        "Bundle",
        "Patient",
        "Observation",
        "OperationOutcome",
        "accepted",
        "overridden",
        "next",
        "searchset",
        INSTANCE,
        "",
    ]
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)


@given(ANYTHING)
def test_no_json_makes_lint_fail(body: Any) -> None:
    report = linted(body)
    assert json.loads(json.dumps(report_as_data(report)))["kind"] == report.kind


@given(
    st.dictionaries(NAMES, ANYTHING, max_size=4), st.dictionaries(st.sampled_from([q.key for q in QUERIES]), ANYTHING, max_size=3)
)
def test_no_request_makes_lint_fail(changed: Json, prefetch: Json) -> None:
    assert linted(request(**{"prefetch": prefetch} | changed)).deviations is not None
