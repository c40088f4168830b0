"""The OperationDefinition is valid R4 and says what `read_request` reads."""

from __future__ import annotations

from service.fhir.exchange.instance_operation import INSTANCE_OPTIONS
from service.fhir.knowledge.operation_definition import operation_definition
from service.fhir.operation import OPTIONS
from tests.judges.panel import Panel


def test_the_judges_accept_it(panel: Panel) -> None:
    assert panel.complaints(operation_definition()) == []


def test_it_has_the_parameters_that_are_read() -> None:
    definition = operation_definition()
    ins = {parameter["name"]: parameter["type"] for parameter in definition["parameter"] if parameter["use"] == "in"}
    options = {
        "setting": "code",
        "asOf": "dateTime",
        "output": "code",
        "explain": "boolean",
        "report": "boolean",
        "writeback": "boolean",
    }
    assert ins == {"bundle": "Bundle", **options}
    assert set(ins) == {"bundle", *OPTIONS, *INSTANCE_OPTIONS}


def test_it_is_offered_at_the_system_and_at_a_patient() -> None:
    definition = operation_definition()
    assert (definition["system"], definition["type"], definition["instance"]) == (True, False, True)
    assert definition["resource"] == ["Patient"]
    assert definition["code"] == "assess-claudication"
