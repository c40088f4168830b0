"""Our published definitions: written once, when first asked for, and revalidated by ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources

from flask import Blueprint, Response, request

from service.errors import NotFound, Problem
from service.fhir.capability_statement import capability_statement
from service.fhir.elements import Json
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from service.fhir.knowledge.code_systems import CODE_SYSTEM_IDS, code_system, value_set
from service.fhir.knowledge.extension_definitions import STRUCTURE_DEFINITION_IDS, structure_definition
from service.fhir.knowledge.operation_definition import operation_definition
from service.fhir.knowledge.plan_operation_definition import apply_definition
from service.web.answers import document, fhir_answer
from service.web.negotiation import wanted_style

_OPENAPI_TYPE = "application/yaml"
_SINGLE: Mapping[str, Callable[[], Json]] = {
    "CapabilityStatement": capability_statement,
    "OperationDefinition": operation_definition,
    "$apply": apply_definition,
    "Questionnaire": questionnaire,
    "patient": patient_questionnaire,
}
_NAMED: Mapping[str, tuple[Callable[[str], Json | None], Sequence[str]]] = {
    "CodeSystem": (code_system, CODE_SYSTEM_IDS),
    "ValueSet": (value_set, CODE_SYSTEM_IDS),
    "StructureDefinition": (structure_definition, STRUCTURE_DEFINITION_IDS),
}


def definitions() -> Blueprint:
    """The doors to what this service publishes about itself."""
    door = Blueprint("definitions", __name__)

    @door.get("/fhir/metadata")
    def metadata() -> Response:
        if request.args.get("mode") == "terminology":
            raise NotFound(
                Problem(
                    issue_type="not-found",
                    diagnostics="there is no TerminologyCapabilities here; leave out mode=terminology",
                    expression="mode",
                )
            )
        return _resource("CapabilityStatement")

    @door.get("/fhir/OperationDefinition/assess-claudication")
    def read_operation_definition() -> Response:
        return _resource("OperationDefinition")

    @door.get("/fhir/OperationDefinition/apply-claudication-plan")
    def read_apply_definition() -> Response:
        return _resource("$apply")

    @door.get("/fhir/Questionnaire/claudication-history")
    def read_questionnaire() -> Response:
        return _resource("Questionnaire")

    @door.get("/fhir/Questionnaire/claudication-history-patient")
    def read_patient_questionnaire() -> Response:
        return _resource("patient")

    @door.get("/fhir/CodeSystem/<id>")
    def read_code_system(id: str) -> Response:
        return _resource("CodeSystem", id)

    @door.get("/fhir/ValueSet/<id>")
    def read_value_set(id: str) -> Response:
        return _resource("ValueSet", id)

    @door.get("/fhir/StructureDefinition/<id>")
    def read_structure_definition(id: str) -> Response:
        return _resource("StructureDefinition", id)

    @door.get("/openapi.yaml")
    def openapi() -> Response:
        return revalidated(*_openapi(), _OPENAPI_TYPE)

    return door


def _resource(kind: str, id: str = "") -> Response:
    style = wanted_style(request)
    return revalidated(*_written(kind, id, style.pretty), style.media_type)


@cache
def _written(kind: str, id: str, pretty: bool) -> tuple[bytes, str]:
    """A definition as bytes, with its ETag. Raises NotFound, which is not kept."""
    return tagged(document(_built(kind, id), pretty=pretty))


def _built(kind: str, id: str) -> Json:
    if kind in _SINGLE:
        return _SINGLE[kind]()
    find, ids = _NAMED[kind]
    found = find(id)
    if found is None:
        raise no_such_definition(kind, id, ids)
    return found


def no_such_definition(kind: str, id: str, ids: Sequence[str]) -> NotFound:
    """The error for an id that none of our definitions of a type has."""
    return NotFound(
        Problem(
            issue_type="not-found",
            diagnostics=f"there is no {kind} {id[:64]!r} here; there are: {', '.join(ids)}",
            expression=kind,
        )
    )


@cache
def _openapi() -> tuple[bytes, str]:
    return tagged((resources.files("service.web") / "openapi.yaml").read_bytes())


def tagged(body: bytes) -> tuple[bytes, str]:
    """A body with its ETag."""
    return body, hashlib.sha256(body).hexdigest()[:32]


def revalidated(body: bytes, tag: str, media_type: str) -> Response:
    """The body, or 304 without one when the caller has it already."""
    answer = fhir_answer(body, media_type=media_type)
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(tag)
    if request.if_none_match.contains_weak(tag):
        answer.status_code = 304
        answer.set_data(b"")
        del answer.headers["Content-Type"]
    return answer
