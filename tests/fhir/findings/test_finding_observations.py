from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.findings.finding_observations import read_finding_observation
from service.fhir.forms.questionnaire import FINDING_SYSTEM, FINDING_VALUE_SYSTEM
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import LOINC, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

LOCAL = "https://hospital.example/codes"


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _observation(system: str, code: str, status: str = "final", **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": status,
        "code": _code(system, code),
        "effectiveDateTime": "2026-10-01",
        **rest,
    }


def _read(observation: dict[str, Any], codes: DeploymentCodes | None = None) -> tuple[dict[str, FindingValue], list[str]]:
    read = read_finding_observation(entry_of(observation), context_of(codes))
    return values(read), issue_codes(read)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition"},
        _observation(LOINC, "8480-6"),
        _observation(LOINC, "67432-5", valueBoolean=True),
        _observation(FINDING_SYSTEM, "no-such-finding"),
    ],
)
def test_what_states_no_finding_is_for_another_reader(resource: dict[str, Any]) -> None:
    assert read_finding_observation(entry_of(resource), context_of()) is None


@pytest.mark.parametrize(
    ("observation", "findings"),
    [
        (_observation(LOINC, "72166-2", valueCodeableConcept=_code(SNOMED, "8517006")), {"smoking-status": "former"}),
        (_observation(LOINC, "72166-2", valueCodeableConcept=_code(LOINC, "LA18976-3")), {"smoking-status": "current"}),
        (
            _observation(LOINC, "98979-8", valueQuantity={"value": 52, "unit": "mL/min/1.73 m2"}),
            {"egfr-ml-min-1.73m2": Decimal(52)},
        ),
        (
            _observation(LOINC, "62238-1", valueQuantity={"value": 29.5, "code": "mL/min/{1.73_m2}"}),
            {"egfr-ml-min-1.73m2": Decimal("29.5")},
        ),
        (
            _observation(LOINC, "74782-4", valueCodeableConcept=_code(FINDING_VALUE_SYSTEM, "absent")),
            {"pulse-dorsalis-pedis-right": "absent"},
        ),
        (_observation(LOINC, "8902-9", valueCodeableConcept=_code(SNOMED, "52101004")), {"pulse-dorsalis-pedis-left": "present"}),
        (_observation(FINDING_SYSTEM, "skin-cool-left", valueBoolean=True), {"skin-cool-left": True}),
        (_observation(LOINC, "39156-5", valueQuantity={"value": 30, "code": "kg/m2"}), {"obesity": True}),
        (_observation(LOINC, "39156-5", valueQuantity={"value": 29.99, "unit": "kg/m2"}), {"obesity": False}),
        (
            _observation(
                LOCAL,
                "vascular-examination",
                component=[
                    {
                        "code": _code(FINDING_SYSTEM, "pulse-femoral-right"),
                        "valueCodeableConcept": _code(FINDING_VALUE_SYSTEM, "present"),
                    },
                    {"code": _code(LOCAL, "mood"), "valueString": "fine"},
                    {"code": _code(FINDING_SYSTEM, "bruit-limb-right"), "valueBoolean": False},
                ],
            ),
            {"pulse-femoral-right": "present", "bruit-limb-right": False},
        ),
    ],
)
def test_a_final_observation_states_its_finding(observation: dict[str, Any], findings: dict[str, FindingValue]) -> None:
    assert _read(observation) == (findings, [])


@pytest.mark.parametrize(
    ("observation", "findings", "issues"),
    [
        (_observation(LOINC, "74782-4", valueString="1+"), {"pulse-dorsalis-pedis-right": "diminished"}, ["assumed"]),
        (
            _observation(LOINC, "33914-3", valueQuantity={"value": 70, "unit": "mL/min"}),
            {"egfr-ml-min-1.73m2": Decimal(70)},
            ["assumed"],
        ),
        (_observation(LOINC, "33914-3", valueQuantity={"value": -1, "unit": "mL/min"}), {}, ["value-implausible"]),
        (_observation(LOINC, "72166-2", valueCodeableConcept=_code(SNOMED, "266927001")), {}, ["value-missing"]),
        (_observation(LOINC, "72166-2", dataAbsentReason=_code(LOCAL, "x")), {}, ["value-missing"]),
        (_observation(LOINC, "39156-5"), {}, ["value-missing"]),
        (_observation(LOINC, "39156-5", valueQuantity={"value": 66, "unit": "lb/ft2"}), {}, ["unit-not-understood"]),
        (_observation(LOINC, "39156-5", valueQuantity={"value": 2}), {}, ["value-implausible"]),
        (_observation(LOINC, "39156-5", valueQuantity={"value": 151}), {}, ["value-implausible"]),
        (_observation(FINDING_SYSTEM, "fever", "preliminary", valueBoolean=True), {"fever": True}, ["status-excluded"]),
        (_observation(FINDING_SYSTEM, "fever", "entered-in-error", valueBoolean=True), {}, ["status-excluded"]),
        (_observation(FINDING_SYSTEM, "fever", "registered"), {}, ["status-excluded"]),
    ],
)
def test_what_is_doubtful_or_not_used_is_said(
    observation: dict[str, Any], findings: dict[str, FindingValue], issues: list[str]
) -> None:
    assert _read(observation) == (findings, issues)


@pytest.mark.parametrize(
    ("mapped", "rest", "expected"),
    [
        (MappedFinding(code="diabetes"), {"valueBoolean": True}, ({"diabetes": True}, [])),
        (MappedFinding(code="fever", value=True), {}, ({"fever": True}, [])),
        (MappedFinding(code="fever", value=True), {"valueBoolean": False}, ({"fever": False}, [])),
        (MappedFinding(code="fever", value=True), {"dataAbsentReason": {"text": "refused"}}, ({}, ["value-missing"])),
    ],
)
def test_a_code_of_the_deployment(
    mapped: MappedFinding, rest: dict[str, Any], expected: tuple[dict[str, FindingValue], list[str]]
) -> None:
    assert _read(_observation(LOCAL, "7", **rest), DeploymentCodes(findings={(LOCAL, "7"): mapped})) == expected


def test_the_finding_holds_when_the_observation_does() -> None:
    observation = _observation(FINDING_SYSTEM, "fever", valueBoolean=True)
    read = read_finding_observation(entry_of(observation), context_of())
    assert read is not None
    assert [finding.recorded_at for finding in read.findings] == [datetime(2026, 10, 1, tzinfo=UTC)]
    del observation["effectiveDateTime"]
    read = read_finding_observation(entry_of(observation), context_of())
    assert read is not None
    assert [finding.recorded_at for finding in read.findings] == [None]


def test_a_laboratory_speaks_for_its_day_and_a_history_for_longer() -> None:
    rate = _observation(LOINC, "98979-8", valueQuantity={"value": Decimal(88), "code": "mL/min/{1.73_m2}"})
    smoking = _observation(LOINC, "72166-2", valueCodeableConcept=_code(SNOMED, "8517006"))
    lapsing = []
    for observation in (rate, smoking):
        read = read_finding_observation(entry_of(observation), context_of())
        assert read is not None
        lapsing += [finding.lapses for finding in read.findings]
    assert lapsing == [True, False]
