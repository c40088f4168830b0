"""HL7's own schema of R4, made a little stricter, compiled into one check for each type of resource that is read (docs/adr/0005-structural-check.md)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import jsonschema_rs

from service.fhir.elements import Json

CHECKED_TYPES = frozenset(
    (
        "AllergyIntolerance",
        "BodyStructure",
        "Condition",
        "Device",
        "DeviceUseStatement",
        "DiagnosticReport",
        "Encounter",
        "FamilyMemberHistory",
        "ImagingStudy",
        "Observation",
        "Patient",
        "Procedure",
        "Questionnaire",
        "QuestionnaireResponse",
        "ServiceRequest",
    )
)
_SCHEMA_FILE = "r4_schema.json"
_NOT_PLAIN = frozenset(("modifierExtension", "implicitRules", "contained"))


def compile_checks() -> None:
    """Compile the checks of every type now. Otherwise the first resource of each type waits for it, some 20 milliseconds."""
    for resource_type in CHECKED_TYPES:
        plain_validator(resource_type)
        validator(resource_type)


@cache
def _definitions() -> Json:
    return dict(json.loads(files("service.fhir").joinpath(_SCHEMA_FILE).read_text(encoding="utf-8"))["definitions"])


@cache
def _plain_definitions() -> Json:
    """The schema without the elements that ask for a second look. It allows no element that it does not name."""
    return {
        name: {**one, "properties": {key: value for key, value in one.get("properties", {}).items() if key not in _NOT_PLAIN}}
        for name, one in _definitions().items()
    }


@cache
def validator(resource_type: str) -> jsonschema_rs.Draft7Validator:
    """The check of one of CHECKED_TYPES, compiled once."""
    return _compiled(resource_type, _definitions())


@cache
def plain_validator(resource_type: str) -> jsonschema_rs.Draft7Validator:
    """The same for what needs no second look: nothing in it that may change its meaning, nothing contained."""
    return _compiled(resource_type, _plain_definitions())


def _compiled(resource_type: str, definitions: Json) -> jsonschema_rs.Draft7Validator:
    # The finite automaton, not the backtracking engine: hostile text costs no more than any other.
    return jsonschema_rs.Draft7Validator(
        {"$ref": f"#/definitions/{resource_type}", "definitions": definitions}, pattern_options=jsonschema_rs.RegexOptions()
    )
