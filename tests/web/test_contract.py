"""openapi.yaml is true: every status it documents for a path is seen here, in the documented shape, and no other is."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from service.app import create_app, deploy
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.config import load_settings
from service.evidence.loader import Evidence, load_evidence
from service.fhir.exchange.record_search import READ_BACK
from service.outbound.fhir_client import FhirClient
from service.outbound.trying_again import Timing
from service.outbound.way import Way
from service.pipeline import assess_bundle
from service.web.deployment import Deployment
from tests.cds_hooks.calls import INSTANCE, call, condition, put, searchset
from tests.cds_hooks.tokens import CLIENTS, bearer
from tests.claudicant import claudicant, claudicant_json
from tests.outbound.fault_server import Fault, FaultServer
from tests.store.hook_calls import call as hook_call
from tests.store.hook_calls import card as hook_card
from tests.test_config import KEY
from tests.web import app_states
from tests.web.conftest import NOW, Deploy
from tests.web.job_states import (
    ENDPOINT,
    JOB,
    SUBSCRIPTION,
    message_json,
    subscription_json,
    with_job,
    with_job_waiting,
    with_message_begun,
    with_subscription,
)
from tests.web.signing_in import (
    NAME,
    OPERATORS,
    PAGE_COOKIE,
    PASSWORD,
    SESSION_COOKIE,
    page_token,
    session_token,
    with_session,
)

ROOT = Path(__file__).parents[2]
ASSESS = "/fhir/$assess-claudication"
METADATA = "/fhir/metadata"
OPERATION = "/fhir/OperationDefinition/assess-claudication"
PATIENT = "/fhir/Patient/{id}/$assess-claudication"
PATIENT_URL = "/fhir/Patient/p1/$assess-claudication"
APPLY_OPERATION = "/fhir/OperationDefinition/apply-claudication-plan"
APPLY = "/fhir/PlanDefinition/$apply"
APPLY_BY_ID = "/fhir/PlanDefinition/{id}/$apply"
PLAN_REQUIREMENTS = "/fhir/PlanDefinition/{id}/$data-requirements"
LIBRARY_REQUIREMENTS = "/fhir/Library/{id}/$data-requirements"
QUESTIONNAIRE = "/fhir/Questionnaire/claudication-history"
PATIENT_QUESTIONNAIRE = f"{QUESTIONNAIRE}-patient"
CODE_SYSTEM = "/fhir/CodeSystem/{id}"
VALUE_SET = "/fhir/ValueSet/{id}"
STRUCTURE_DEFINITION = "/fhir/StructureDefinition/{id}"
ASSESSMENT = "/assessment"
FILL_IN, PATIENT_FORM, TAKEN = "/form", "/form/patient", "/form/answers"
FILE = {"Content-Type": "multipart/form-data; boundary=edge"}
SERVICE = "/cds-services/{id}"
FHIR = {"Content-Type": "application/fhir+json"}
JSON = {"Content-Type": "application/json"}
LATER = FHIR | {"Prefer": "respond-async"}
MESSAGE = "/fhir/$process-message"
JOB_PATH, JOB_URL = "/fhir/jobs/{id}", f"/fhir/jobs/{JOB}"
SUBSCRIBE, ONE_SUBSCRIPTION = "/fhir/Subscription", "/fhir/Subscription/{id}"
CALLED_BACK = {"development": "true", "clients_file": str(Path(__file__).parent / "callback_clients.toml")}
XML = {"Accept": "application/fhir+xml"}
PDF = {"Accept": "application/pdf"}
CURRENT = {"If-None-Match": "*"}
PAGE = {"Accept": "text/html,application/json;q=0.9"}


@cache
def spec() -> dict[str, Any]:
    # The loader written in C: the other one takes a second for this document.
    return yaml.load((ROOT / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader)


def two_patients() -> bytes:
    bundle = claudicant()
    bundle["entry"].append(
        {"fullUrl": "https://ehr.example/fhir/Patient/other", "resource": {"resourceType": "Patient", "id": "other"}}
    )
    return json.dumps(bundle).encode()


def with_evidence_missing(deployment: Deployment) -> Deployment:
    evidence = replace(deployment.evidence, model=None)
    return replace(deployment, evidence=evidence, place=replace(deployment.place, evidence=evidence))


def with_table_gone(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE assessments")
    return deployment


def with_used_tokens_unknown(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE token_ids")
    return replace(deployment, clients={client.id: client for client in CLIENTS})


@cache
def ehr_server(fault: Fault) -> FaultServer:
    """One for each kind of trouble, for as long as the tests run."""
    server = FaultServer(faults={"Patient": fault})
    return server.__enter__()


def with_ehr(fault: Fault = Fault.NONE) -> Callable[[Deployment], Deployment]:
    """A deployment connected to an EHR that gives its patient this way."""

    def connected(deployment: Deployment) -> Deployment:
        way = Way(development=True, timing=Timing(sleep=lambda seconds: None))
        return replace(deployment, ehr=FhirClient(ehr_server(fault).base_url, way=way))

    return connected


def with_ehr_and_evidence_missing(deployment: Deployment) -> Deployment:
    return with_evidence_missing(with_ehr()(deployment))


def patient_case(status: int, spoilt: Callable[[Deployment], Deployment] | None = None, **given: Any) -> Case:
    settings = {"development": "true"} | given.pop("settings", {})
    return Case(
        "post", PATIENT, status, url=given.pop("url", PATIENT_URL), spoilt=spoilt or with_ehr(), settings=settings, **given
    )


def as_it_is(deployment: Deployment) -> Deployment:
    return deployment


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    status: int
    url: str | Callable[[], str] = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Callable[[], bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    spoilt: Callable[[Deployment], Deployment] = as_it_is

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


def hook_json() -> bytes:
    return json.dumps(call()).encode()


def hook_json_of_another() -> bytes:
    return json.dumps(put(call(), "prefetch.conditions", searchset(condition(about="Patient/other")))).encode()


def hook_case(status: int, body: Callable[[], bytes] = hook_json, **given: Any) -> Case:
    """A call of the service in development, where no signed client is asked for."""
    settings = {"development": "true"} | given.pop("settings", {})
    return Case(
        "post", SERVICE, status, body=body, settings=settings, **({"url": "/cds-services/claudication", "headers": JSON} | given)
    )


def hooks_gone(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE hook_cards")
    return deployment


def with_a_call(deployment: Deployment) -> Deployment:
    deployment.hook_records.save(hook_call(hook_card("a", uuid=INSTANCE), client="development", hook_instance=INSTANCE))
    return deployment


def feedback_json() -> bytes:
    item = {"card": INSTANCE, "outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:00:00Z"}
    return json.dumps({"feedback": [item]}).encode()


def record_case(method: str, path: str, status: int, **given: Any) -> Case:
    """A door to the record of hooks, in development."""
    settings = {"development": "true"} | given.pop("settings", {})
    url = given.pop("url", path.replace("{id}", "claudication").replace("{hook_instance}", INSTANCE))
    return Case(method, path, status, **({"settings": settings, "url": url} | given))


FEEDBACK = f"{SERVICE}/feedback"
EXPLAIN = f"{SERVICE}/explain/{{hook_instance}}"
OUTCOMES = f"{SERVICE}/outcomes"
SENT = {"headers": JSON, "body": feedback_json}
RECORD_CASES = (
    record_case("post", FEEDBACK, 200, **SENT),
    record_case("post", FEEDBACK, 400, **SENT | {"body": lambda: b"{}"}),
    record_case("post", FEEDBACK, 401, **SENT, settings={"development": "false"}),
    record_case("post", FEEDBACK, 404, **SENT, url="/cds-services/leg-pain/feedback"),
    record_case(
        "post", FEEDBACK, 413, **SENT | {"body": lambda: feedback_json() + b" " * 1024}, settings={"max_body_bytes": "1024"}
    ),
    record_case("post", FEEDBACK, 415, **SENT | {"headers": {"Content-Type": "text/plain"}}),
    record_case("get", EXPLAIN, 200, spoilt=with_a_call),
    record_case("get", EXPLAIN, 401, settings={"development": "false"}),
    record_case("get", EXPLAIN, 404),
    record_case("get", EXPLAIN, 503, spoilt=hooks_gone),
    record_case("get", OUTCOMES, 200, spoilt=with_a_call),
    record_case("get", OUTCOMES, 400, url="/cds-services/claudication/outcomes?days=0"),
    record_case("get", OUTCOMES, 401, settings={"development": "false"}),
    record_case("get", OUTCOMES, 404, url="/cds-services/leg-pain/outcomes"),
    record_case("get", OUTCOMES, 503, spoilt=hooks_gone),
    Case("post", "/lint", 200, headers=FHIR, body=claudicant_json),
    Case("post", "/lint", 400, headers=FHIR, body=lambda: b"{"),
    Case("post", "/lint", 413, headers=FHIR, body=claudicant_json, settings={"max_body_bytes": "1024"}),
    Case("post", "/lint", 415, headers={"Content-Type": "text/plain"}, body=claudicant_json),
)


def apply_cases(path: str, url: str) -> tuple[Case, ...]:
    return (
        Case("post", path, 200, url=url, headers=FHIR, body=claudicant_json),
        Case("post", path, 202, url=url, headers=LATER, body=claudicant_json),
        *token_cases("post", path, url=url, body=claudicant_json),
        Case("post", path, 400, url=url, headers=FHIR, body=lambda: b"{"),
        Case("post", path, 401, url=url, headers=FHIR | TOKEN, body=claudicant_json, spoilt=with_a_client),
        Case("post", path, 406, url=url, headers=FHIR | XML, body=claudicant_json),
        Case("post", path, 413, url=url, headers=FHIR, body=claudicant_json, settings={"max_body_bytes": "1024"}),
        Case("post", path, 415, url=url, headers={"Content-Type": "text/plain"}, body=claudicant_json),
        Case("post", path, 422, url=url, headers=FHIR, body=two_patients),
        Case("post", path, 500, url=url, headers=FHIR, body=claudicant_json, spoilt=with_evidence_missing),
    )


def definition_cases(path: str, there: str, missing: str) -> tuple[Case, ...]:
    url = path.replace("{id}", there)
    return (
        Case("get", path, 200, url=url),
        Case("get", path, 304, url=url, headers=CURRENT),
        Case("get", path, 404, url=path.replace("{id}", missing)),
        Case("get", path, 406, url=url, headers=XML),
    )


def without_audit(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE audit")
    return deployment


def with_something_kept(deployment: Deployment) -> Deployment:
    answer = create_app(deployment).test_client().post(ASSESS, headers=FHIR, data=claudicant_json())
    assert answer.status_code == 200
    return deployment


def with_a_client(deployment: Deployment) -> Deployment:
    return replace(deployment, clients={"ehr": Client(id="ehr", profile=PROFILES[Dialect.GENERIC])})


READS = {"development": "true", "keep_patient_data": "result", "record_key": KEY}
TOKEN = {"Authorization": "Bearer none"}


def recorded_cases(resource_type: str) -> tuple[Case, ...]:
    search, read, missing = f"/fhir/{resource_type}", f"/fhir/{resource_type}/{{id}}", f"/fhir/{resource_type}/missing"
    return (
        Case("get", search, 200, settings=READS, spoilt=with_something_kept),
        Case("get", search, 400, url=f"{search}?_sort=date", settings=READS),
        Case("get", search, 401, headers=TOKEN),
        Case("get", search, 406, headers=XML, settings=READS),
        Case("get", search, 503, settings=READS, spoilt=without_audit),
        Case(
            "get", read, 200, url=f"/fhir/{resource_type}/{kept_ids()[resource_type]}", settings=READS, spoilt=with_something_kept
        ),
        Case("get", read, 400, url=f"{missing}?_elements=id", settings=READS),
        Case("get", read, 401, url=missing, headers=TOKEN),
        Case("get", read, 404, url=missing, settings=READS),
        Case("get", read, 406, url=missing, headers=XML, settings=READS),
        Case("get", read, 503, url=f"/fhir/{resource_type}/{kept_ids()[resource_type]}", settings=READS, spoilt=unreachable),
    )


@cache
def kept_ids() -> dict[str, str]:
    """An id of each type in the answer about the claudicant: it is the same each time."""
    answer = assess_bundle(claudicant(), load_evidence(), as_of=NOW)
    return {one["resource"]["resourceType"]: one["resource"]["id"] for one in answer.bundle["entry"]} | {"AuditEvent": "1"}


def unreachable(deployment: Deployment) -> Deployment:
    with_something_kept(deployment)
    return without_audit(deployment)


def with_clients(deployment: Deployment) -> Deployment:
    return replace(deployment, clients={client.id: client for client in CLIENTS})


def token_cases(
    method: str, path: str, *, url: str = "", refused: bool = True, unknown: bool = True, **asked: Any
) -> tuple[Case, ...]:
    """A token that is none, and a good one when it cannot be known whether it was used before."""
    there = url or path
    known = bearer(aud=f"http://localhost{there.partition('?')[0]}")
    bad = Case(method, path, 401, url=there, headers=FHIR | {"Authorization": "Bearer none"}, spoilt=with_clients, **asked)
    lost = Case(method, path, 503, url=there, headers=FHIR | known, spoilt=with_used_tokens_unknown, **asked)
    return (*([bad] if refused else []), *([lost] if unknown else []))


def subscription_cases(path: str) -> tuple[Case, ...]:
    url = path.replace("{id}", SUBSCRIPTION)
    return (
        Case("get", path, 200, url=url, settings=CALLED_BACK, spoilt=with_subscription),
        Case("get", path, 401, url=url),
        Case("get", path, 404, url=url, settings=CALLED_BACK),
        Case("get", path, 406, url=url, headers=XML, settings=CALLED_BACK),
        *token_cases("get", path, url=url, refused=False),
    )


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def example_form(**fields: str) -> bytes:
    return urlencode({"example": "01-claudicant-abi-0.62"} | fields).encode()


DASHBOARD, EXPORT = "/dashboard", "/dashboard/export.csv"
OPEN = {"development": "true"}
STAFFED = {"operators_file": OPERATORS}


def sign_in_form(**fields: str) -> bytes:
    return urlencode({"name": NAME, "password": PASSWORD, "form_token": page_token()} | fields).encode()


def with_dashboard_gone(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        for table in ("hook_cards", "sign_in_attempts", "browser_sessions"):
            connection.execute(f"DROP TABLE {table}")
    return deployment


def with_failures(deployment: Deployment) -> Deployment:
    for _ in range(5):
        deployment.sign_in_attempts.begin(NAME, "127.0.0.1", now=deployment.clock())
    return deployment


def with_a_turn_taken(deployment: Deployment) -> Deployment:
    deployment.password_turns.acquire()
    return deployment


def operator_case(method: str, path: str, status: int, **given: Any) -> Case:
    headers = (PAGE_COOKIE if path == "/sign-in" else SESSION_COOKIE) | FORM | given.pop("headers", {})
    body = None if method == "get" else given.pop("body", sign_in_form)
    return Case(method, path, status, headers=headers, body=body, settings=given.pop("settings", STAFFED), **given)


DASHBOARD_CASES = (
    *(
        case
        for path in (DASHBOARD, EXPORT)
        for case in (
            Case("get", path, 200, settings=OPEN, spoilt=with_a_call),
            Case("get", path, 303, settings=STAFFED, headers=PAGE),
            Case("get", path, 400, settings=OPEN, url=f"{path}?from=yesterday"),
            Case("get", path, 400, settings=OPEN, url=f"{path}?from=yesterday", headers=PAGE),
            Case("get", path, 401, settings=STAFFED),
            Case("get", path, 403),
            Case("get", path, 403, headers=PAGE),
            Case("get", path, 503, settings=OPEN, spoilt=with_dashboard_gone),
        )
    ),
    Case("get", EXPORT, 401, headers=TOKEN | PAGE, spoilt=with_a_client),
    operator_case("get", "/sign-in", 200),
    operator_case("get", "/sign-in", 403, settings={}),
    operator_case("post", "/sign-in", 303),
    operator_case("post", "/sign-in", 400, body=lambda: sign_in_form(remember="yes")),
    operator_case("post", "/sign-in", 401, body=lambda: sign_in_form(password="wrong")),
    operator_case("post", "/sign-in", 403, headers={"Cookie": ""}),
    operator_case("post", "/sign-in", 413, body=lambda: sign_in_form(password="x" * 20_000)),
    operator_case("post", "/sign-in", 429, spoilt=with_failures),
    operator_case("post", "/sign-in", 429, spoilt=with_a_turn_taken),
    operator_case("post", "/sign-in", 503, spoilt=with_dashboard_gone),
    operator_case(
        "post", "/sign-out", 303, spoilt=with_session, body=lambda: urlencode({"form_token": session_token()}).encode()
    ),
    operator_case("post", "/sign-out", 401),
    operator_case("post", "/sign-out", 403, spoilt=with_session, headers=PAGE),
    operator_case("post", "/sign-out", 413, spoilt=with_session, body=lambda: b"x=" + b"x" * 20_000),
    operator_case("post", "/sign-out", 503, spoilt=with_dashboard_gone),
)


def filled_in(**fields: str) -> bytes:
    return urlencode({"leg-pain-on-walking": "true"} | fields).encode()


def a_file(content: bytes) -> bytes:
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="answers.json"\r\n\r\n'
    return head + content + b"\r\n--edge--\r\n"


def answers_file(answer: Any = True) -> bytes:
    value = "valueBoolean" if isinstance(answer, bool) else "valueString"
    item = {"linkId": "fever", "answer": [{value: answer}]}
    form = "https://claudication-cds.example/fhir/Questionnaire/claudication-history-patient"
    return a_file(json.dumps({"resourceType": "QuestionnaireResponse", "questionnaire": form, "item": [item]}).encode())


def form_cases(path: str) -> tuple[Case, ...]:
    return (
        Case("post", path, 200, headers=FORM, body=filled_in),
        Case("post", path, 400, headers=FORM, body=lambda: filled_in(back="true")),
        Case("post", path, 400, headers=FORM | PAGE, body=lambda: filled_in(back="true")),
        Case("post", path, 401, headers=FORM | TOKEN, body=filled_in, spoilt=with_a_client),
        Case("post", path, 403, headers=FORM | {"Sec-Fetch-Site": "cross-site"}, body=filled_in),
        Case("post", path, 413, headers=FORM, body=lambda: filled_in(fever="x" * 70_000)),
        Case("post", path, 415, headers=FHIR, body=claudicant_json),
        Case("post", path, 500, headers=FORM, body=filled_in, spoilt=with_evidence_missing),
    )


PAGE_CASES = (
    *DASHBOARD_CASES,
    Case("get", "/", 200),
    Case("post", ASSESSMENT, 200, headers=FORM, body=example_form),
    Case("post", ASSESSMENT, 200, headers=FORM, body=lambda: example_form(show="answer")),
    Case("post", ASSESSMENT, 200, headers=FORM, body=lambda: example_form(show="card")),
    Case("post", ASSESSMENT, 200, headers=FORM, body=lambda: example_form(show="pdf")),
    Case("post", ASSESSMENT, 400, headers=FORM, body=lambda: b"bundle={"),
    Case("post", ASSESSMENT, 400, headers=FORM | PAGE, body=lambda: b"bundle={"),
    Case("post", ASSESSMENT, 401, headers=FORM | TOKEN, body=example_form, spoilt=with_a_client),
    Case("post", ASSESSMENT, 403, headers=FORM | {"Sec-Fetch-Site": "cross-site"}, body=example_form),
    Case("post", ASSESSMENT, 406, headers=FORM, body=lambda: example_form(show="pdf"), spoilt=app_states.without_the_extra),
    Case("post", ASSESSMENT, 413, headers=FORM, body=example_form, settings={"max_body_bytes": "1024"}),
    Case("post", ASSESSMENT, 415, headers=FHIR, body=claudicant_json),
    Case("post", ASSESSMENT, 422, headers=FORM, body=lambda: urlencode({"bundle": two_patients()}).encode()),
    Case("post", ASSESSMENT, 500, headers=FORM, body=example_form, spoilt=with_evidence_missing),
    Case("get", FILL_IN, 200),
    *form_cases(FILL_IN),
    Case("post", FILL_IN, 200, headers=FORM, body=lambda: filled_in(show="answer")),
    Case("post", FILL_IN, 200, headers=FORM, body=lambda: filled_in(show="card")),
    Case("post", TAKEN, 200, headers=FILE, body=answers_file),
    Case("post", TAKEN, 400, headers=FILE, body=lambda: a_file(b"{")),
    Case("post", TAKEN, 400, headers=FILE | PAGE, body=lambda: answers_file(answer="maybe")),
    Case("post", TAKEN, 403, headers=FILE | {"Sec-Fetch-Site": "cross-site"}, body=answers_file),
    Case("post", TAKEN, 413, headers=FILE, body=lambda: a_file(b" " * 70_000)),
    Case("post", TAKEN, 415, headers=FORM, body=filled_in),
    Case("post", TAKEN, 422, headers=FILE, body=lambda: a_file(claudicant_json())),
    Case("get", PATIENT_FORM, 200),
    Case("get", PATIENT_FORM, 400, url=f"{PATIENT_FORM}?lang=fr"),
    Case("get", PATIENT_FORM, 400, url=f"{PATIENT_FORM}?lang=fr", headers=PAGE),
    *form_cases(PATIENT_FORM),
    Case("post", PATIENT_FORM, 200, headers=FORM, body=lambda: filled_in(show="response")),
    Case("get", "/examples/{id}", 200, url="/examples/01-claudicant-abi-0.62"),
    Case("get", "/examples/{id}", 304, url="/examples/01-claudicant-abi-0.62", headers=CURRENT),
    Case("get", "/examples/{id}", 404, url="/examples/17"),
    Case("get", "/assets/{name}", 200, url="/assets/page.css"),
    Case("get", "/assets/{name}", 304, url="/assets/page.css", headers=CURRENT),
    Case("get", "/assets/{name}", 404, url="/assets/page.py"),
)


def app_page(path: str) -> Callable[..., Case]:
    """A case of a page of the SMART app, in development, where an EHR may be on this machine."""

    def case(status: int, spoilt: Callable[[Deployment], Deployment] = app_states.launchable, **given: Any) -> Case:
        settings = {"development": "true"} | given.pop("settings", {})
        return Case(given.pop("method", "get"), path, status, spoilt=spoilt, settings=settings, **given)

    return case


def app_forms(path: str, *fields: tuple[str, str]) -> tuple[Case, ...]:
    """What every form of the open app is asked."""
    case = app_page(path)
    sent = {"method": "post", "headers": app_states.FORM | app_states.OPEN, "body": lambda: app_states.form(*fields)}
    return (
        case(401, **sent | {"headers": app_states.FORM}),
        case(403, app_states.opened(), **sent | {"body": lambda: app_states.form(*fields, token="none")}),
        case(403, app_states.opened(), **sent | {"body": lambda: app_states.form(("patient", "other"), *fields)}),
        case(413, app_states.opened(), **sent | {"body": lambda: app_states.form(("order", "x" * 70_000))}),
        case(415, app_states.opened(), **sent | {"headers": FHIR | app_states.OPEN}),
        case(503, app_states.sessions_gone, **sent),
    )


LAUNCH, BACK, APP = app_page("/launch"), app_page("/launch/callback"), app_page("/app")
ANSWERS, ORDERS, END = app_page("/app/answers"), app_page("/app/orders"), app_page("/app/end")
SHEET = app_page("/app/report")
AT_EHR = {"url": lambda: f"/launch?{urlencode({'iss': app_states.ehr().iss})}"}
AT_ANOTHER = {"url": lambda: f"/launch?{urlencode({'iss': app_states.ehr().origin + '/elsewhere'})}"}
WAY_BACK = {"url": f"/launch/callback?{urlencode({'state': app_states.STATE, 'code': app_states.CODE})}"}
ANSWERED = {
    "method": "post",
    "headers": app_states.FORM | app_states.OPEN,
    "body": lambda: app_states.form(("answer-fever", "true")),
}
TAKEN = {"method": "post", "headers": app_states.FORM | app_states.OPEN, "body": app_states.sheet}
WRITTEN_DOWN = {"method": "post", "headers": app_states.FORM | app_states.OPEN, "body": app_states.form}
APP_CASES = (
    LAUNCH(200),
    LAUNCH(302, **AT_EHR),
    LAUNCH(200, **AT_EHR, headers={"Sec-Fetch-Dest": "iframe"}),
    LAUNCH(400, url="/launch?iss=a&iss=b"),
    LAUNCH(403, url="/launch?iss=https://ehr.example/fhir"),
    LAUNCH(403, url="/launch?iss=https://ehr.example/fhir", headers=PAGE),
    LAUNCH(404, as_it_is),
    LAUNCH(502, app_states.broken, **AT_ANOTHER),
    LAUNCH(503, app_states.sessions_gone, **AT_EHR),
    BACK(200, app_states.on_the_way, headers=app_states.ON_THE_WAY, **WAY_BACK),
    BACK(403, **WAY_BACK),
    BACK(502, app_states.on_the_way, headers=app_states.ON_THE_WAY, url=f"{WAY_BACK['url']}-of-another"),
    BACK(503, app_states.sessions_gone, headers=app_states.ON_THE_WAY, **WAY_BACK),
    APP(200, app_states.opened(), headers=app_states.OPEN),
    APP(401),
    APP(401, headers=PAGE),
    APP(403, app_states.opened(), headers=app_states.OPEN | PAGE, url="/app?launch=0123456789abcdef"),
    APP(404, app_states.opened("nobody"), headers=app_states.OPEN),
    APP(500, app_states.opened_without_evidence, headers=app_states.OPEN),
    APP(502, app_states.opened_at(Fault.ERROR), headers=app_states.OPEN),
    APP(503, app_states.sessions_gone, headers=app_states.OPEN),
    APP(504, app_states.opened_at(Fault.SLOW), headers=app_states.OPEN, settings={"ehr_deadline_ms": "500"}),
    ANSWERS(303, app_states.opened(), **ANSWERED),
    ANSWERS(400, app_states.opened(), **ANSWERED | {"body": lambda: app_states.form(("answer-fever", "perhaps"))}),
    *app_forms("/app/answers", ("answer-fever", "true")),
    ORDERS(200, app_states.opened(), **WRITTEN_DOWN),
    ORDERS(400, app_states.opened(), **WRITTEN_DOWN | {"body": lambda: app_states.form(("order", "none"))}),
    ORDERS(404, app_states.opened("nobody"), **WRITTEN_DOWN),
    ORDERS(500, app_states.opened_without_evidence, **WRITTEN_DOWN),
    ORDERS(502, app_states.opened_at(Fault.ERROR), **WRITTEN_DOWN),
    ORDERS(504, app_states.opened_at(Fault.SLOW), **WRITTEN_DOWN, settings={"ehr_deadline_ms": "500"}),
    *app_forms("/app/orders"),
    SHEET(200, app_states.looked_at, **TAKEN),
    SHEET(400, app_states.looked_at, **TAKEN | {"body": lambda: app_states.sheet(assessment="another")}),
    SHEET(404, app_states.opened("nobody"), **TAKEN),
    SHEET(406, app_states.looked_at_without_the_extra, **TAKEN),
    SHEET(500, app_states.opened_without_evidence, **TAKEN),
    SHEET(502, app_states.opened_at(Fault.ERROR), **TAKEN),
    SHEET(504, app_states.opened_at(Fault.SLOW), **TAKEN, settings={"ehr_deadline_ms": "500"}),
    *app_forms("/app/report"),
    END(200, app_states.opened(), **WRITTEN_DOWN),
    *app_forms("/app/end"),
)
CASES = (
    *PAGE_CASES,
    *APP_CASES,
    Case("post", ASSESS, 200, headers=FHIR, body=claudicant_json),
    Case("post", ASSESS, 202, headers=LATER, body=claudicant_json),
    *token_cases("post", ASSESS, body=claudicant_json),
    *token_cases("post", MESSAGE, unknown=False, body=message_json),
    *token_cases("get", JOB_PATH, url=JOB_URL),
    *token_cases("delete", JOB_PATH, url=JOB_URL),
    *token_cases("post", SUBSCRIBE, refused=False, body=subscription_json),
    *token_cases("get", SUBSCRIBE, refused=False),
    *token_cases("delete", ONE_SUBSCRIPTION, url=f"/fhir/Subscription/{SUBSCRIPTION}", refused=False),
    Case("post", MESSAGE, 200, headers=FHIR, body=message_json),
    Case(
        "post",
        MESSAGE,
        202,
        url=f"{MESSAGE}?async=true&response-url={ENDPOINT}",
        headers=FHIR,
        body=message_json,
        settings=CALLED_BACK,
    ),
    Case("post", MESSAGE, 400, headers=FHIR, body=lambda: b"{"),
    Case("post", MESSAGE, 406, headers=FHIR | XML, body=message_json),
    Case("post", MESSAGE, 413, headers=FHIR, body=message_json, settings={"max_body_bytes": "1024"}),
    Case("post", MESSAGE, 415, headers={"Content-Type": "text/plain"}, body=message_json),
    Case("post", MESSAGE, 422, url=f"{MESSAGE}?async=true", headers=FHIR, body=message_json),
    Case("post", MESSAGE, 500, headers=FHIR, body=message_json, spoilt=with_evidence_missing),
    Case("post", MESSAGE, 503, headers=FHIR, body=message_json, spoilt=with_message_begun),
    *(Case("get", JOB_PATH, status, url=JOB_URL, spoilt=with_job(status)) for status in (200, 400, 422, 500, 502, 504)),
    Case("get", JOB_PATH, 202, url=JOB_URL, spoilt=with_job_waiting),
    Case("get", JOB_PATH, 404, url=JOB_URL),
    Case("get", JOB_PATH, 406, url=JOB_URL, headers=XML),
    Case("delete", JOB_PATH, 202, url=JOB_URL, spoilt=with_job_waiting),
    Case("delete", JOB_PATH, 404, url=JOB_URL),
    Case("post", SUBSCRIBE, 201, headers=FHIR, body=subscription_json, settings=CALLED_BACK),
    Case("post", SUBSCRIBE, 400, headers=FHIR, body=lambda: b"{", settings=CALLED_BACK),
    Case("post", SUBSCRIBE, 401, headers=FHIR, body=subscription_json),
    Case("post", SUBSCRIBE, 406, headers=FHIR | XML, body=subscription_json, settings=CALLED_BACK),
    Case(
        "post",
        SUBSCRIBE,
        413,
        headers=FHIR,
        body=lambda: subscription_json(reason="x" * 2000),
        settings=CALLED_BACK | {"max_body_bytes": "1024"},
    ),
    Case("post", SUBSCRIBE, 415, headers={"Content-Type": "text/plain"}, body=subscription_json, settings=CALLED_BACK),
    Case(
        "post",
        SUBSCRIBE,
        422,
        headers=FHIR,
        body=lambda: subscription_json(endpoint="https://elsewhere.example/"),
        settings=CALLED_BACK,
    ),
    Case("get", SUBSCRIBE, 200, settings=CALLED_BACK, spoilt=with_subscription),
    Case("get", SUBSCRIBE, 401),
    Case("get", SUBSCRIBE, 406, headers=XML, settings=CALLED_BACK),
    *subscription_cases(ONE_SUBSCRIPTION),
    Case(
        "delete", ONE_SUBSCRIPTION, 204, url=f"/fhir/Subscription/{SUBSCRIPTION}", settings=CALLED_BACK, spoilt=with_subscription
    ),
    Case("delete", ONE_SUBSCRIPTION, 401, url=f"/fhir/Subscription/{SUBSCRIPTION}"),
    Case("delete", ONE_SUBSCRIPTION, 404, url=f"/fhir/Subscription/{SUBSCRIPTION}", settings=CALLED_BACK),
    *subscription_cases(f"{ONE_SUBSCRIPTION}/$status"),
    *subscription_cases(f"{ONE_SUBSCRIPTION}/$events"),
    Case(
        "get",
        f"{ONE_SUBSCRIPTION}/$events",
        400,
        url=f"/fhir/Subscription/{SUBSCRIPTION}/$events?eventsSinceNumber=first",
        settings=CALLED_BACK,
        spoilt=with_subscription,
    ),
    Case("post", ASSESS, 400, headers=FHIR, body=lambda: b"{"),
    Case("post", ASSESS, 401, headers=FHIR | TOKEN, body=claudicant_json, spoilt=with_a_client),
    Case("post", ASSESS, 200, headers=FHIR | PDF, body=claudicant_json),
    Case("post", ASSESS, 200, url=f"{ASSESS}?report=true", headers=FHIR, body=claudicant_json),
    Case("post", ASSESS, 406, headers=FHIR | XML, body=claudicant_json),
    Case("post", ASSESS, 406, headers=FHIR | PDF, body=claudicant_json, spoilt=app_states.without_the_extra),
    Case("post", ASSESS, 413, headers=FHIR, body=claudicant_json, settings={"max_body_bytes": "1024"}),
    Case("post", ASSESS, 415, headers={"Content-Type": "text/plain"}, body=claudicant_json),
    Case("post", ASSESS, 422, headers=FHIR, body=two_patients),
    Case("post", ASSESS, 500, headers=FHIR, body=claudicant_json, spoilt=with_evidence_missing),
    patient_case(200),
    patient_case(202, headers={"Prefer": "respond-async"}),
    patient_case(400, url=f"{PATIENT_URL}?write=true"),
    patient_case(401, settings={"development": "false"}),
    patient_case(404, with_ehr(Fault.NOT_FOUND)),
    patient_case(404, as_it_is),
    patient_case(406, headers=XML),
    patient_case(413, headers=FHIR, body=claudicant_json, settings={"max_body_bytes": "1024"}),
    patient_case(415, headers={"Content-Type": "text/plain"}, body=claudicant_json),
    patient_case(422, headers=FHIR, body=lambda: b'{"resourceType": "Patient"}'),
    patient_case(500, with_ehr_and_evidence_missing),
    patient_case(502, with_ehr(Fault.ERROR)),
    patient_case(
        503, with_used_tokens_unknown, headers=bearer(aud=f"http://localhost{PATIENT_URL}"), settings={"development": "false"}
    ),
    patient_case(504, with_ehr(Fault.SLOW), settings={"ehr_deadline_ms": "500"}),
    Case("get", "/.well-known/jwks.json", 200),
    Case("get", "/.well-known/jwks.json", 304, headers=CURRENT),
    Case("get", "/cds-services", 200),
    Case("get", "/cds-services", 304, headers=CURRENT),
    Case("get", "/cds-services", 401, headers={"Authorization": "Bearer none"}),
    Case("get", "/cds-services", 503, headers=bearer(aud="http://localhost/cds-services"), spoilt=with_used_tokens_unknown),
    hook_case(503, headers=JSON | bearer(), settings={}, spoilt=with_used_tokens_unknown),
    Case("options", "/cds-services", 204),
    Case("options", SERVICE, 204, url="/cds-services/claudication"),
    Case("options", SERVICE + "/feedback", 204, url="/cds-services/claudication/feedback"),
    hook_case(200),
    hook_case(400, lambda: b"{"),
    hook_case(401, settings={"development": "false"}),
    hook_case(404, url="/cds-services/leg-pain"),
    hook_case(412, lambda: json.dumps(call(prefetch={})).encode()),
    hook_case(413, settings={"max_body_bytes": "1024"}),
    hook_case(415, headers={"Content-Type": "text/plain"}),
    hook_case(422, hook_json_of_another),
    hook_case(500, spoilt=with_evidence_missing),
    *RECORD_CASES,
    *apply_cases(APPLY, f"{APPLY}?url=https://claudication-cds.example/fhir/PlanDefinition/claudication"),
    *apply_cases(APPLY_BY_ID, "/fhir/PlanDefinition/claudication/$apply"),
    Case("post", APPLY_BY_ID, 404, url="/fhir/PlanDefinition/leg-pain/$apply", headers=FHIR, body=claudicant_json),
    *definition_cases(PLAN_REQUIREMENTS, "claudication", "leg-pain"),
    *definition_cases(LIBRARY_REQUIREMENTS, "claudication-logic", "claudication"),
    *definition_cases("/fhir/PlanDefinition/{id}", "claudication", "leg-pain"),
    *definition_cases("/fhir/ActivityDefinition/{id}", "resting-abi", "angioplasty"),
    *definition_cases("/fhir/Library/{id}", "claudication-logic", "claudication"),
    *definition_cases("/fhir/Evidence/{id}", "v-calf", "v-foot"),
    *definition_cases("/fhir/EvidenceVariable/{id}", "vascular", "venous"),
    Case("get", APPLY_OPERATION, 200),
    Case("get", APPLY_OPERATION, 304, headers=CURRENT),
    Case("get", APPLY_OPERATION, 406, headers=XML),
    Case("get", METADATA, 200),
    Case("get", METADATA, 304, headers=CURRENT),
    Case("get", METADATA, 404, url=f"{METADATA}?mode=terminology"),
    Case("get", METADATA, 406, headers=XML),
    Case("get", OPERATION, 200),
    Case("get", OPERATION, 304, headers=CURRENT),
    Case("get", OPERATION, 406, headers=XML),
    Case("get", QUESTIONNAIRE, 200),
    Case("get", QUESTIONNAIRE, 304, headers=CURRENT),
    Case("get", QUESTIONNAIRE, 406, headers=XML),
    Case("get", PATIENT_QUESTIONNAIRE, 200),
    Case("get", PATIENT_QUESTIONNAIRE, 304, headers=CURRENT),
    Case("get", PATIENT_QUESTIONNAIRE, 406, headers=XML),
    Case("get", CODE_SYSTEM, 200, url="/fhir/CodeSystem/diagnosis"),
    Case("get", CODE_SYSTEM, 304, url="/fhir/CodeSystem/diagnosis", headers=CURRENT),
    Case("get", CODE_SYSTEM, 404, url="/fhir/CodeSystem/diagnoses"),
    Case("get", CODE_SYSTEM, 406, url="/fhir/CodeSystem/diagnosis", headers=XML),
    Case("get", VALUE_SET, 200, url="/fhir/ValueSet/order"),
    Case("get", VALUE_SET, 304, url="/fhir/ValueSet/order", headers=CURRENT),
    Case("get", VALUE_SET, 404, url="/fhir/ValueSet/orders"),
    Case("get", VALUE_SET, 406, url="/fhir/ValueSet/order", headers=XML),
    Case("get", STRUCTURE_DEFINITION, 200, url="/fhir/StructureDefinition/probability-range"),
    Case("get", STRUCTURE_DEFINITION, 304, url="/fhir/StructureDefinition/probability-range", headers=CURRENT),
    Case("get", STRUCTURE_DEFINITION, 404, url="/fhir/StructureDefinition/probability"),
    Case("get", STRUCTURE_DEFINITION, 406, url="/fhir/StructureDefinition/probability-range", headers=XML),
    *(case for resource_type in READ_BACK for case in recorded_cases(resource_type)),
    Case("get", "/evidence", 200),
    Case("get", "/evidence", 200, headers=PAGE),
    Case("get", "/evidence", 304, headers=CURRENT),
    Case("get", "/evidence", 304, headers=CURRENT | PAGE),
    Case("get", "/evidence", 400, url="/evidence?tag=certain"),
    Case("get", "/evidence", 406, headers=XML),
    Case("get", "/source-attributes", 200),
    Case("get", "/source-attributes", 200, headers=PAGE),
    Case("get", "/source-attributes", 304, headers=CURRENT),
    Case("get", "/source-attributes", 406, headers=XML),
    Case("get", "/health/live", 200),
    Case("get", "/health/ready", 200),
    Case("get", "/health/ready", 503, spoilt=with_table_gone),
    Case("get", "/openapi.yaml", 200),
    Case("get", "/openapi.yaml", 304, headers=CURRENT),
)


@pytest.fixture(scope="module")
def read_only(
    evidence: Evidence, started_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Flask]]:
    """A function that gives the application with these settings, made once: for cases that only read, of which no other notices anything."""
    made: list[Deployment] = []

    @cache
    def with_settings(**given: str) -> Flask:
        file = shutil.copy(started_database, tmp_path_factory.mktemp("read-only") / "audit.db")
        environ = {f"CLAUDICATION_{name.upper()}": value for name, value in given.items()}
        settings = load_settings(environ | {"CLAUDICATION_DATABASE_URL": f"sqlite:///{file}"})
        made.append(deploy(settings, clock=lambda: NOW, log_to=io.BytesIO(), evidence=evidence))
        return create_app(made[-1])

    yield with_settings
    for deployment in made:
        deployment.assessments.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_answers_with_its_status_in_the_documented_shape(
    case: Case, deployed: Deploy, read_only: Callable[..., Flask]
) -> None:
    reads = case.method == "get" and case.spoilt is as_it_is
    app = read_only(**case.settings) if reads else create_app(case.spoilt(deployed(**case.settings)))
    # A client that keeps cookies sends no other.
    client = app.test_client(use_cookies=False)
    url = case.url() if callable(case.url) else case.url
    answer = client.open(
        url or case.path, method=case.method.upper(), headers=case.headers, data=case.body() if case.body else None
    )
    assert answer.status_code == case.status, answer.get_data(as_text=True)
    documented = resolved(spec()["paths"][case.path][case.method]["responses"][str(case.status)])
    if "content" not in documented:
        assert answer.data == b""
        return
    assert answer.mimetype in documented["content"]
    if answer.mimetype == "application/pdf":
        assert answer.data.startswith(b"%PDF-")
        return
    value = {
        "application/yaml": partial(yaml.load, Loader=yaml.CSafeLoader),
        "text/html": str,
        "text/css": str,
        "text/csv": str,
    }.get(answer.mimetype, json.loads)(answer.get_data(as_text=True))
    schema = {**documented["content"][answer.mimetype]["schema"], "components": spec()["components"]}
    Draft202012Validator(schema).validate(value)


def test_the_cases_are_all_the_document_documents_and_no_other() -> None:
    documented = {
        (method, path, int(status))
        for path, operations in spec()["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
    }
    assert {(case.method, case.path, case.status) for case in CASES} == documented


def test_the_document_is_openapi_and_documents_every_route(client: FlaskClient) -> None:
    validate(spec())
    routes = {
        (method.lower(), rule.rule.replace("<", "{").replace(">", "}"))
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert routes == {
        (method, path) for path, operations in spec()["paths"].items() for method in operations if method != "parameters"
    }


def test_the_document_served_is_the_one_in_the_repository(client: FlaskClient) -> None:
    assert client.get("/openapi.yaml").data == (ROOT / "openapi.yaml").read_bytes()


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    if reference is None:
        return node
    found: Any = spec()
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found
