"""The CapabilityStatement is valid R4 and names exactly what is offered."""

from __future__ import annotations

from pathlib import Path

import yaml

from service import __version__
from service.fhir.capability_statement import capability_statement
from service.fhir.knowledge.operation_definition import operation_definition
from service.fhir.knowledge.plan_operation_definition import apply_definition
from tests.judges.panel import Panel

OPENAPI = Path(__file__).parents[2] / "openapi.yaml"


def test_the_judges_accept_it(panel: Panel) -> None:
    assert panel.complaints(capability_statement()) == []


def test_every_resource_it_names_has_a_path_and_the_other_way_round() -> None:
    paths = yaml.safe_load(OPENAPI.read_text())["paths"]
    read = {path.split("/")[2] for path in paths if path.startswith("/fhir/") and "get" in paths[path]} - {"metadata", "jobs"}
    [rest] = capability_statement()["rest"]
    assert {resource["type"] for resource in rest["resource"] if "interaction" in resource} == read
    of_types = {
        (resource["type"], operation["name"]) for resource in rest["resource"] for operation in resource.get("operation", ())
    }
    assert {f"/fhir/${operation['name']}" for operation in rest["operation"]} == {
        path for path in paths if path.startswith("/fhir/$")
    }
    assert of_types == {
        (path.split("/")[2], path.rpartition("$")[2]) for path in paths if "$" in path and not path.startswith("/fhir/$")
    }


def test_every_definition_it_points_at_is_published_here_or_by_hl7() -> None:
    [rest] = capability_statement()["rest"]
    named = {one["definition"] for resource in rest["resource"] for one in resource.get("operation", ())}
    assert named == {
        operation_definition()["url"],
        apply_definition()["url"],
        "http://hl7.org/fhir/OperationDefinition/PlanDefinition-data-requirements",
        "http://hl7.org/fhir/OperationDefinition/Library-data-requirements",
        "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status",
        "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-events",
    }


def test_it_points_at_the_operation_definition_and_says_the_version() -> None:
    statement = capability_statement()
    assert statement["rest"][0]["operation"][0]["definition"] == operation_definition()["url"]
    assert statement["software"]["version"] == __version__
    assert statement["fhirVersion"] == "4.0.1"
