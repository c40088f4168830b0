"""openapi.yaml is true: every status it documents for a path is seen here, in the documented shape, and no other is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from service.app import create_app
from service.outbound.fhir_client import FhirClient
from service.outbound.trying_again import Timing
from service.outbound.way import Way
from service.web.deployment import Deployment
from tests.cds_hooks.calls import call, condition, put, searchset
from tests.cds_hooks.tokens import CLIENTS, bearer
from tests.claudicant import claudicant, claudicant_json
from tests.outbound.fault_server import Fault, FaultServer
from tests.web.conftest import Deploy

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
CODE_SYSTEM = "/fhir/CodeSystem/{id}"
VALUE_SET = "/fhir/ValueSet/{id}"
STRUCTURE_DEFINITION = "/fhir/StructureDefinition/{id}"
SERVICE = "/cds-services/{id}"
FHIR = {"Content-Type": "application/fhir+json"}
JSON = {"Content-Type": "application/json"}
XML = {"Accept": "application/fhir+xml"}
CURRENT = {"If-None-Match": "*"}
PAGE = {"Accept": "text/html,application/json;q=0.9"}


@cache
def spec() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "openapi.yaml").read_text())


def two_patients() -> bytes:
    bundle = claudicant()
    bundle["entry"].append(
        {"fullUrl": "https://ehr.example/fhir/Patient/other", "resource": {"resourceType": "Patient", "id": "other"}}
    )
    return json.dumps(bundle).encode()


def with_evidence_missing(deployment: Deployment) -> Deployment:
    return replace(deployment, evidence=replace(deployment.evidence, model=None))


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
    url: str = ""
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


def apply_cases(path: str, url: str) -> tuple[Case, ...]:
    return (
        Case("post", path, 200, url=url, headers=FHIR, body=claudicant_json),
        Case("post", path, 400, url=url, headers=FHIR, body=lambda: b"{"),
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


CASES = (
    Case("post", ASSESS, 200, headers=FHIR, body=claudicant_json),
    Case("post", ASSESS, 400, headers=FHIR, body=lambda: b"{"),
    Case("post", ASSESS, 406, headers=FHIR | XML, body=claudicant_json),
    Case("post", ASSESS, 413, headers=FHIR, body=claudicant_json, settings={"max_body_bytes": "1024"}),
    Case("post", ASSESS, 415, headers={"Content-Type": "text/plain"}, body=claudicant_json),
    Case("post", ASSESS, 422, headers=FHIR, body=two_patients),
    Case("post", ASSESS, 500, headers=FHIR, body=claudicant_json, spoilt=with_evidence_missing),
    patient_case(200),
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
    Case("get", "/evidence", 200),
    Case("get", "/evidence", 200, headers=PAGE),
    Case("get", "/evidence", 304, headers=CURRENT),
    Case("get", "/evidence", 304, headers=CURRENT | PAGE),
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


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_answers_with_its_status_in_the_documented_shape(case: Case, deployed: Deploy) -> None:
    client = create_app(case.spoilt(deployed(**case.settings))).test_client()
    answer = client.open(
        case.url or case.path, method=case.method.upper(), headers=case.headers, data=case.body() if case.body else None
    )
    assert answer.status_code == case.status, answer.get_data(as_text=True)
    documented = resolved(spec()["paths"][case.path][case.method]["responses"][str(case.status)])
    if "content" not in documented:
        assert answer.data == b""
        return
    assert answer.mimetype in documented["content"]
    value = {"application/yaml": yaml.safe_load, "text/html": str}.get(answer.mimetype, json.loads)(answer.get_data(as_text=True))
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
    assert routes == {(method, path) for path, operations in spec()["paths"].items() for method in operations}


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
