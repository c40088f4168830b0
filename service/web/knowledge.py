"""The evidence as FHIR definitions: each written once, when first asked for, and revalidated by ETag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from flask import Blueprint, Response, request

from service.evidence.loader import Evidence, read_files
from service.fhir.elements import Json
from service.fhir.knowledge.activity_definition import ACTIVITY_IDS, activity_definition
from service.fhir.knowledge.evidence_definition import evidence_ids, evidence_resource, evidence_variable, variable_ids
from service.fhir.knowledge.library import LIBRARY_IDS, data_requirements, library
from service.fhir.knowledge.plan_definition import PLAN_IDS, plan_definition
from service.web.answers import document
from service.web.definitions import no_such_definition, revalidated, tagged
from service.web.negotiation import wanted_style

_REQUIREMENTS = "data-requirements"


def knowledge(evidence: Evidence) -> Blueprint:
    """The doors to what the reasoning rests on, as FHIR resources."""
    door = Blueprint("knowledge", __name__)
    published: Mapping[str, tuple[Callable[[str], Json | None], Sequence[str]]] = {
        "PlanDefinition": (lambda id: plan_definition(id, evidence), PLAN_IDS),
        "ActivityDefinition": (activity_definition, ACTIVITY_IDS),
        "Library": (lambda id: library(id, evidence, read_files()), LIBRARY_IDS),
        "Evidence": (lambda id: evidence_resource(id, evidence), evidence_ids(evidence)),
        "EvidenceVariable": (lambda id: evidence_variable(id, evidence), variable_ids(evidence)),
        _REQUIREMENTS: (lambda _: data_requirements(evidence), ()),
    }

    @cache
    def written(kind: str, id: str, pretty: bool) -> tuple[bytes, str]:
        find, ids = published[kind]
        found = find(id)
        if found is None:
            raise no_such_definition(kind, id, ids)
        return tagged(document(found, pretty=pretty))

    def resource(kind: str, id: str = "") -> Response:
        style = wanted_style(request)
        return revalidated(*written(kind, id, style.pretty), style.media_type)

    @door.get("/fhir/PlanDefinition/<id>")
    def read_plan_definition(id: str) -> Response:
        return resource("PlanDefinition", id)

    @door.get("/fhir/PlanDefinition/<id>/$data-requirements")
    def plan_requirements(id: str) -> Response:
        if id not in PLAN_IDS:
            raise no_such_definition("PlanDefinition", id, PLAN_IDS)
        return resource(_REQUIREMENTS)

    @door.get("/fhir/ActivityDefinition/<id>")
    def read_activity_definition(id: str) -> Response:
        return resource("ActivityDefinition", id)

    @door.get("/fhir/Library/<id>")
    def read_library(id: str) -> Response:
        return resource("Library", id)

    @door.get("/fhir/Library/<id>/$data-requirements")
    def library_requirements(id: str) -> Response:
        if id not in LIBRARY_IDS:
            raise no_such_definition("Library", id, LIBRARY_IDS)
        return resource(_REQUIREMENTS)

    @door.get("/fhir/Evidence/<id>")
    def read_evidence_resource(id: str) -> Response:
        return resource("Evidence", id)

    @door.get("/fhir/EvidenceVariable/<id>")
    def read_evidence_variable(id: str) -> Response:
        return resource("EvidenceVariable", id)

    return door
