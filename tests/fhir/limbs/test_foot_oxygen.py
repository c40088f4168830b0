"""The oxygen pressure of a foot out of an Observation: which foot, in which unit, and what is not a foot's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.clinical.measurements import Side, Site
from service.fhir.exchange.record_queries import record_queries
from service.fhir.findings.finding_observations import read_finding_observation
from service.fhir.findings.questionnaire_response import read_questionnaire_response
from service.fhir.findings.record_findings import READERS
from service.fhir.forms.questionnaire import FINDING_SYSTEM
from service.fhir.limbs.limb_measurements import read_limb_measurements
from service.fhir.mapping import DeploymentCodes, MappedFinding, MappedSite
from service.fhir.terminology.code import SNOMED, UCUM
from tests.fhir.entries import context_of, entry_of, issue_codes, values

LOCAL = "https://hospital.example/codes"
R, L = "tcpo2-mmhg-right", "tcpo2-mmhg-left"
CODES = DeploymentCodes(
    findings={(LOCAL, "TCPO2"): MappedFinding(code="tcpo2-mmhg"), (LOCAL, "TCPO2-R"): MappedFinding(code=R)},
    sites={(LOCAL, "at9"): MappedSite(site=Site.ANKLE, side=Side.LEFT)},
)


def _coded(system: str, *codes: str, **words: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes], **words}


def _oxygen(code: dict[str, Any], site: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "effectiveDateTime": "2026-10-01",
        "valueQuantity": {"value": 28, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
        **({"bodySite": site} if site else {}),
        **more,
    }


def _read(observation: dict[str, Any]) -> tuple[dict[str, FindingValue], list[str]]:
    assert read_limb_measurements(entry_of(observation), context_of(CODES)) is None
    read = read_finding_observation(entry_of(observation), context_of(CODES))
    return values(read), issue_codes(read)


OWN_RIGHT, LOCAL_RIGHT, LOCAL_ANY = _coded(FINDING_SYSTEM, R), _coded(LOCAL, "TCPO2-R"), _coded(LOCAL, "TCPO2")


@pytest.mark.parametrize(
    ("code", "site", "found", "issues"),
    [
        (OWN_RIGHT, None, R, []),
        (OWN_RIGHT, {"text": "somewhere"}, R, []),
        (OWN_RIGHT, _coded(SNOMED, "7769000"), R, []),
        (OWN_RIGHT, _coded(SNOMED, "56459004"), R, []),
        (OWN_RIGHT, _coded(SNOMED, "78883009", text="Great toe"), R, []),
        (OWN_RIGHT, _coded(SNOMED, "22335008"), None, ["conflicting-answers"]),
        (OWN_RIGHT, {"text": "left foot"}, None, ["conflicting-answers"]),
        (OWN_RIGHT, {"text": "Right chest, reference"}, None, ["site-not-understood"]),
        (OWN_RIGHT, _coded(SNOMED, "11207009"), None, ["site-not-understood"]),
        (OWN_RIGHT, _coded(SNOMED, "368209003"), None, ["site-not-understood"]),
        (LOCAL_RIGHT, None, R, []),
        (LOCAL_ANY, _coded(SNOMED, "22335008"), L, []),
        (LOCAL_ANY, _coded(SNOMED, "56459004", "7771000"), L, []),
        (LOCAL_ANY, _coded(SNOMED, "56459004:272741003=24028007"), R, []),
        (LOCAL_ANY, _coded(SNOMED, "6685009"), R, []),
        (LOCAL_ANY, _coded(LOCAL, "at9"), L, []),
        (LOCAL_ANY, {"text": "Dorsum of left foot"}, L, ["assumed"]),
        (LOCAL_ANY, _coded(SNOMED, "7769000", "22335008"), None, ["conflicting-answers"]),
        (LOCAL_ANY, _coded(SNOMED, "7771000", "24028007"), None, ["conflicting-answers"]),
        (LOCAL_ANY, _coded(SNOMED, "56459004"), None, ["side-missing"]),
        (LOCAL_ANY, None, None, ["side-missing"]),
        (LOCAL_ANY, _coded(SNOMED, "51185008", "24028007"), None, ["site-not-understood"]),
    ],
)
def test_which_foot(code: dict[str, Any], site: dict[str, Any] | None, found: str | None, issues: list[str]) -> None:
    assert _read(_oxygen(code, site)) == ({found: Decimal(28)} if found else {}, issues)


@pytest.mark.parametrize(
    ("value", "expected", "issues"),
    [
        ({"valueQuantity": {"value": 3.99, "unit": "kPa"}}, Decimal("3.99") * Decimal("7.50062"), []),
        (
            {"valueQuantity": {"value": 28, "unit": "mmHg", "system": "urn:iso:std:iso:11073:10101", "code": "266016"}},
            Decimal(28),
            [],
        ),
        ({"valueQuantity": {"value": 28}}, Decimal(28), ["assumed"]),
        ({"valueString": "28 mm Hg"}, Decimal(28), ["assumed"]),
        ({"valueString": "4 kPa"}, Decimal(4) * Decimal("7.50062"), ["assumed"]),
        ({"valueQuantity": {"value": 30, "comparator": "<", "unit": "mmHg"}}, Decimal(29), ["assumed"]),
        ({"valueQuantity": {"value": 28, "unit": "%"}}, None, ["unit-not-understood"]),
        ({"valueQuantity": {"value": 28, "unit": "kPa", "code": "mm[Hg]", "system": UCUM}}, None, ["unit-not-understood"]),
        ({"valueQuantity": {"value": 150, "unit": "mmHg"}}, Decimal(150), []),
        ({"valueQuantity": {"value": 151, "unit": "mmHg"}}, None, ["value-implausible"]),
        ({"valueQuantity": {"value": 0, "unit": "mmHg"}}, Decimal(0), []),
        ({"valueQuantity": {"value": -1, "unit": "mmHg"}}, None, ["value-implausible"]),
        ({"valueString": "good"}, None, ["value-implausible"]),
        ({"dataAbsentReason": _coded(LOCAL, "x")}, None, ["value-missing"]),
    ],
)
def test_which_unit_and_which_limits(value: dict[str, Any], expected: Decimal | None, issues: list[str]) -> None:
    observation = _oxygen(OWN_RIGHT)
    del observation["valueQuantity"]
    assert _read({**observation, **value}) == ({} if expected is None else {R: expected}, issues)


def test_components_are_read_each_for_its_foot_and_none_as_a_toe_pressure() -> None:
    quantity = {"value": 41, "unit": "mmHg"}
    observation = _oxygen(
        _coded(LOCAL, "study", text="Oxygen of both great toes"),
        component=[
            {"code": OWN_RIGHT, "valueQuantity": quantity},
            {"code": _coded(FINDING_SYSTEM, L, text="left great toe"), "valueQuantity": quantity},
        ],
    )
    del observation["valueQuantity"]
    assert _read(observation) == ({R: Decimal(41), L: Decimal(41)}, [])


@pytest.mark.parametrize(
    "words", ["TcPO2 right toe", "tcpO₂ right great toe", "Transcutaneous O2, right hallux", "Oxygen pressure right toe"]
)
def test_an_unmapped_oxygen_pressure_of_a_toe_is_no_toe_pressure(words: str) -> None:
    assert read_limb_measurements(entry_of(_oxygen({"text": words})), context_of()) is None


def test_a_local_code_without_its_side_is_asked_for_and_counts_nowhere_else() -> None:
    (query,) = (query for query in record_queries(CODES) if query.key == "findings")
    assert f"{LOCAL}|TCPO2" in query.search("1").replace("%7C", "|")
    procedure = {"resourceType": "Procedure", "status": "completed", "code": LOCAL_ANY, "performedDateTime": "2026-10-01"}
    assert values(READERS["Procedure"](entry_of(procedure), context_of(CODES))) == {}
    form = {
        "resourceType": "Questionnaire",
        "url": "https://hospital.example/form",
        "item": [{"linkId": "1", "code": [{"system": LOCAL, "code": "TCPO2"}]}],
    }
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "https://hospital.example/form",
        "item": [{"linkId": "1", "answer": [{"valueDecimal": 20}]}],
    }
    read = read_questionnaire_response(entry_of(response), context_of(CODES, {"https://hospital.example/form": form}))
    assert (values(read), issue_codes(read)) == ({}, ["question-not-understood"])
