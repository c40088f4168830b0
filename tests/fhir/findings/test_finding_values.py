from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.findings import FindingValue
from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.finding_measures import MEASURES
from service.fhir.findings.finding_values import understand, understand_mapped
from service.fhir.forms.questionnaire import FINDING_VALUE_SYSTEM
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import LOINC, SNOMED

LOCAL = "https://hospital.example/answers"
CODES = DeploymentCodes(answers={(LOCAL, "17"): "former", (LOCAL, "ja"): "yes"})


def _read(code: str, element: dict[str, Any]) -> tuple[FindingValue | None, IssueCode | None]:
    understood = understand(VOCABULARY[code], element, CODES)
    assert bool(understood.detail) is (understood.problem is not None)
    return understood.value, understood.problem


def _coding(system: str, code: str) -> dict[str, Any]:
    return {"valueCoding": {"system": system, "code": code}}


def _quantity(value: float, unit: str = "", comparator: str = "") -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": value}
    if unit:
        quantity |= {"system": "http://unitsofmeasure.org", "code": unit, "unit": unit}
    if comparator:
        quantity["comparator"] = comparator
    return {"valueQuantity": quantity}


def test_every_number_of_the_vocabulary_has_its_limits() -> None:
    assert set(MEASURES) == {term.code for term in VOCABULARY.values() if term.kind in (Kind.DECIMAL, Kind.INTEGER)}


@pytest.mark.parametrize(
    ("code", "element", "value"),
    [
        ("fever", {"valueBoolean": True}, True),
        ("fever", {"valueBoolean": False}, False),
        ("fever", _coding("http://terminology.hl7.org/CodeSystem/v2-0136", "Y"), True),
        ("fever", _coding("http://hl7.org/fhir/v2/0136", "N"), False),
        ("fever", _coding(SNOMED, "373066001"), True),
        ("fever", _coding(SNOMED, "373067005"), False),
        ("fever", _coding(LOINC, "LA33-6"), True),
        ("fever", _coding(LOINC, "LA32-8"), False),
        ("fever", _coding(LOINC, "LA9633-4"), True),
        ("fever", _coding(LOCAL, "ja"), True),
        ("symptom-side", _coding(FINDING_VALUE_SYSTEM, "both"), "both"),
        ("symptom-side", _coding("", "left"), "left"),
        ("symptom-site", _coding(FINDING_VALUE_SYSTEM, "calf"), frozenset({"calf"})),
        ("smoking-status", _coding(LOCAL, "17"), "former"),
        ("smoking-status", _coding(SNOMED, "449868002"), "current"),
        ("smoking-status", _coding(LOINC, "LA18978-9"), "never"),
        ("pulse-femoral-right", _coding(SNOMED, "2667000"), "absent"),
        ("straight-leg-raise-left", {"valueBoolean": True}, "positive"),
        ("leg-sensory-loss-left", {"valueBoolean": False}, "none"),
        ("arterial-doppler-left", {"valueBoolean": False}, "inaudible"),
        ("walking-distance-m", {"valueDecimal": 120.5}, Decimal("120.5")),
        ("walking-distance-m", {"valueInteger": 0}, Decimal(0)),
        ("walking-distance-m", _quantity(0.2, "km"), Decimal("200.0")),
        ("walking-distance-m", _quantity(100, "[ft_i]"), Decimal("30.4800")),
        ("walking-distance-m", _quantity(100, "[yd_i]"), Decimal("91.4400")),
        ("symptom-duration-weeks", _quantity(3, "wk"), Decimal(3)),
        ("symptom-duration-weeks", _quantity(14, "d"), Decimal(2)),
        ("symptom-duration-weeks", _quantity(2, "mo"), Decimal("8.696250")),
        ("symptom-duration-weeks", _quantity(1, "a"), Decimal("52.1785714286")),
        ("post-void-residual-ml", _quantity(200, "mL"), Decimal(200)),
        ("post-void-residual-ml", _quantity(0.3, "L"), Decimal("300.0")),
        ("lowest-leg-power-mrc", {"valueInteger": 5}, Decimal(5)),
        ("egfr-ml-min-1.73m2", _quantity(44, "mL/min/{1.73_m2}"), Decimal(44)),
    ],
)
def test_what_forms_and_records_send_is_understood(code: str, element: dict[str, Any], value: FindingValue) -> None:
    assert _read(code, element) == (value, None)


@pytest.mark.parametrize(
    ("code", "element", "value"),
    [
        ("fever", {"valueString": " YES "}, True),
        ("fever", {"valueString": "no"}, False),
        ("fever", {"valueCodeableConcept": {"text": "No"}}, False),
        ("fever", {"valueCoding": {"display": "Yes"}}, True),
        ("fever", _coding(LOCAL, "N"), False),
        ("walking-limitation", {"valueString": "A little"}, "mild"),
        ("symptom-site", {"valueString": "back of the thigh"}, frozenset({"hamstring"})),
        ("pulse-dorsalis-pedis-left", {"valueString": "1+"}, "diminished"),
        ("pulse-dorsalis-pedis-left", {"valueInteger": 0}, "absent"),
        ("pulse-dorsalis-pedis-left", {"valueString": "Palpable"}, "present"),
        ("walking-distance-m", {"valueString": "about"}, None),
        ("walking-distance-m", {"valueString": "200"}, Decimal(200)),
        ("walking-distance-m", {"valueString": "0,5 km"}, Decimal("500.0")),
        ("walking-distance-m", {"valueString": ">300 m"}, Decimal(300)),
        ("egfr-ml-min-1.73m2", _quantity(60, "mL/min/{1.73_m2}", ">"), Decimal(60)),
        ("egfr-ml-min-1.73m2", _quantity(30, "mL/min/{1.73_m2}", "<"), Decimal(29)),
        ("egfr-ml-min-1.73m2", _quantity(30, "mL/min/{1.73_m2}", "<="), Decimal(30)),
        ("egfr-ml-min-1.73m2", _quantity(75, "mL/min"), Decimal(75)),
        ("walking-distance-m", _quantity(0, "m", "<"), Decimal(0)),
    ],
)
def test_words_and_bounds_are_used_with_a_remark(code: str, element: dict[str, Any], value: FindingValue | None) -> None:
    assert _read(code, element) == (value, IssueCode.ASSUMED if value is not None else IssueCode.VALUE_IMPLAUSIBLE)


@pytest.mark.parametrize(
    "element",
    [
        {},
        {"valueString": "  "},
        {"valueString": "not asked"},
        {"valueCoding": {}},
        _coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "asked-declined"),
        _coding("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "ASKU"),
        _coding(SNOMED, "261665006"),
        _coding(LOINC, "LA4489-6"),
    ],
)
@pytest.mark.parametrize("code", ["fever", "symptom-side", "walking-distance-m"])
def test_not_known_is_no_value_and_no_problem(code: str, element: dict[str, Any]) -> None:
    assert _read(code, element) == (None, None)


@pytest.mark.parametrize("code", ["LA18979-7", "LA18980-5"])
def test_a_smoker_of_unknown_present_is_neither_current_nor_former(code: str) -> None:
    assert _read("smoking-status", _coding(LOINC, code)) == (None, None)


@pytest.mark.parametrize(
    ("code", "element", "problem"),
    [
        ("fever", {"valueInteger": 1}, IssueCode.VALUE_IMPLAUSIBLE),
        ("fever", {"valueDate": "2026-01-01"}, IssueCode.VALUE_IMPLAUSIBLE),
        ("fever", {"valueBoolean": "true"}, IssueCode.VALUE_IMPLAUSIBLE),
        ("fever", _coding(LOCAL, "maybe"), IssueCode.VALUE_IMPLAUSIBLE),
        ("symptom-side", _coding(FINDING_VALUE_SYSTEM, "upper"), IssueCode.VALUE_IMPLAUSIBLE),
        ("smoking-status", {"valueBoolean": True}, IssueCode.VALUE_IMPLAUSIBLE),
        ("symptom-side", {"valueBoolean": True}, IssueCode.VALUE_IMPLAUSIBLE),
        ("walking-distance-m", _coding(SNOMED, "373066001"), IssueCode.VALUE_IMPLAUSIBLE),
        ("walking-distance-m", {"valueDecimal": -1}, IssueCode.VALUE_IMPLAUSIBLE),
        ("walking-distance-m", {"valueString": "-5 m"}, IssueCode.VALUE_IMPLAUSIBLE),
        ("walking-distance-m", {"valueQuantity": {"unit": "m"}}, IssueCode.VALUE_IMPLAUSIBLE),
        ("walking-distance-m", _quantity(5, "min"), IssueCode.UNIT_NOT_UNDERSTOOD),
        ("walking-distance-m", _quantity(5, "d"), IssueCode.UNIT_NOT_UNDERSTOOD),
        ("post-void-residual-ml", _quantity(5001, "mL"), IssueCode.VALUE_IMPLAUSIBLE),
        ("lowest-leg-power-mrc", {"valueInteger": 6}, IssueCode.VALUE_IMPLAUSIBLE),
        ("lowest-leg-power-mrc", {"valueDecimal": 3.5}, IssueCode.VALUE_IMPLAUSIBLE),
    ],
)
def test_what_cannot_be_a_value_is_said(code: str, element: dict[str, Any], problem: IssueCode) -> None:
    assert _read(code, element) == (None, problem)


def test_the_options_are_named_when_the_answer_is_none_of_them() -> None:
    assert "right, left, both" in understand(VOCABULARY["symptom-side"], _coding("", "upper"), CODES).detail


@pytest.mark.parametrize(
    ("mapped", "element", "value"),
    [
        (MappedFinding(code="diabetes"), {"valueBoolean": True}, True),
        (MappedFinding(code="can-walk-on-treadmill", value=False), {"valueBoolean": True}, False),
        (MappedFinding(code="can-walk-on-treadmill", value=False), {"valueBoolean": False}, True),
        (MappedFinding(code="smoking-status", value="current"), {"valueBoolean": True}, "current"),
        (MappedFinding(code="smoking-status", value="current"), {"valueBoolean": False}, None),
        (MappedFinding(code="smoking-status", value="current"), {}, None),
    ],
)
def test_a_mapped_value_holds_when_the_answer_is_yes(
    mapped: MappedFinding, element: dict[str, Any], value: FindingValue | None
) -> None:
    assert understand_mapped(mapped, element, CODES).value == value
