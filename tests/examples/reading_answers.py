"""Reads a result Bundle as a caller would: by the published codes, never by our own objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

BASE = "https://claudication-cds.example/fhir/CodeSystem"
SIDE_OF_ANKLE = {"6685009": "right", "51636004": "left"}
TBI_NUMBERS = {"77618-7": "right", "77617-9": "left"}
STATES_OF = {
    "vascular": ("vascular-claudication", "mixed-claudication"),
    "neurogenic": ("neurogenic-claudication", "mixed-claudication"),
}


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def code_of(concept: dict[str, Any], system: str) -> str | None:
    """The code of one of our own code systems in a CodeableConcept."""
    return next((coding["code"] for coding in concept.get("coding", []) if coding.get("system") == f"{BASE}/{system}"), None)


def legs(bundle: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    """For each side: `abi` and `tbi` as printed, `category` and `padStatus`; None where there is none."""
    found: dict[str, dict[str, str | None]] = {
        side: {"abi": None, "category": None, "tbi": None, "padStatus": None} for side in ("right", "left")
    }
    for observation in resources(bundle, "Observation"):
        if code_of(observation["code"], "instrument"):
            continue
        numbers = {coding["code"] for coding in observation["code"].get("coding", [])}
        side = _side(observation, numbers)
        if "446841001" in numbers:
            assert found[side]["abi"] is None, "two ABIs for one leg"
            found[side]["abi"] = _printed(observation)
            found[side]["category"] = next(
                (code for concept in observation.get("interpretation", []) if (code := code_of(concept, "abi-category"))), None
            )
        elif numbers & TBI_NUMBERS.keys():
            assert found[side]["tbi"] is None, "two TBIs for one leg"
            found[side]["tbi"] = _printed(observation)
        elif code_of(observation["code"], "index") == "pad-status":
            found[side]["padStatus"] = code_of(observation["valueCodeableConcept"], "pad-status")
    return found


def _side(observation: dict[str, Any], numbers: set[str]) -> str:
    by_number = [TBI_NUMBERS[number] for number in sorted(numbers & TBI_NUMBERS.keys())]
    by_site = [
        SIDE_OF_ANKLE[code["code"]] for code in observation.get("bodySite", {}).get("coding", []) if code["code"] in SIDE_OF_ANKLE
    ]
    text = observation["code"]["text"].lower()
    by_text = [side for side in ("right", "left") if side in text]
    sides = {*by_number, *by_site, *by_text}
    assert len(sides) == 1, f"the side of {observation['code']} is told as {sorted(sides)}"
    return sides.pop()


def _printed(observation: dict[str, Any]) -> str | None:
    quantity = observation.get("valueQuantity")
    if quantity is None:
        assert observation.get("dataAbsentReason"), "an index has neither a value nor the reason why not"
        return None
    assert quantity["code"] == "{ratio}"
    return f"{quantity.get('comparator', '')}{quantity['value']}"


def predictions(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        prediction
        for assessment in resources(bundle, "RiskAssessment")
        if code_of(assessment["code"], "assessment-kind") == kind
        for prediction in assessment.get("prediction", [])
    ]


def leading(bundle: dict[str, Any]) -> str | None:
    found = predictions(bundle, "claudication-differential")
    return code_of(found[0]["outcome"], "diagnosis") if found else None


def band(bundle: dict[str, Any], cause: str) -> str:
    """The R4 risk-probability code of a cause: its share of all states that hold it."""
    percent = sum(
        (
            Decimal(str(prediction["probabilityDecimal"]))
            for prediction in predictions(bundle, "claudication-differential")
            if code_of(prediction["outcome"], "diagnosis") in STATES_OF[cause]
        ),
        Decimal(0),
    )
    return "negligible" if percent < 5 else "low" if percent < 20 else "moderate" if percent <= 60 else "high"


def red_flags(bundle: dict[str, Any]) -> list[str | None]:
    return [code_of(prediction["outcome"], "red-flag") for prediction in predictions(bundle, "red-flags")]


def orders(bundle: dict[str, Any]) -> dict[str | None, str]:
    """Each proposed order with its priority."""
    requests = resources(bundle, "ServiceRequest")
    assert all((request["status"], request["intent"]) == ("draft", "proposal") for request in requests)
    return {code_of(request["code"], "order"): request["priority"] for request in requests}


def issues(bundle: dict[str, Any]) -> list[str | None]:
    return [
        code_of(issue.get("details", {}), "data-issue")
        for outcome in resources(bundle, "OperationOutcome")
        for issue in outcome["issue"]
    ]


def guidance(bundle: dict[str, Any]) -> dict[str, Any]:
    (response,) = resources(bundle, "GuidanceResponse")
    return response


def spoken_of(bundle: dict[str, Any]) -> tuple[set[str], str]:
    """(what the answer refers to as subject, basis, source of a number or support, the words and expressions of its OperationOutcome)."""
    said = [
        f"{issue.get('diagnostics', '')} {issue.get('details', {}).get('text', '')} {' '.join(issue.get('expression', []))} "
        for outcome in resources(bundle, "OperationOutcome")
        for issue in outcome["issue"]
    ]
    return set(_referred(bundle)), "\n".join(said)


def _referred(bundle: dict[str, Any]) -> Iterator[str]:
    for resource in (entry["resource"] for entry in bundle["entry"]):
        for element in ("subject", "basis", "derivedFrom", "supportingInfo", "encounter", "reasonReference"):
            value = resource.get(element, [])
            for reference in value if isinstance(value, list) else [value]:
                yield reference.get("reference") or reference["identifier"]["value"]


REACHED_BY_REFERENCE = {"Encounter", "BodyStructure", "Questionnaire"}
"""Read as a part of the resource that points at them: the visit of a pressure, its site, the form of its answers."""


def silently_dropped(sent: dict[str, Any], bundle: dict[str, Any]) -> list[str]:
    """Entries of the input that the answer neither refers to nor tells about in its OperationOutcome, by itself or through the entry that uses them."""
    referred, said = spoken_of(bundle)
    pointed_at = set(_references([entry["resource"] for entry in sent["entry"]]))
    silent = []
    for number, entry in enumerate(sent["entry"]):
        resource = entry["resource"]
        names = {entry.get("fullUrl", ""), f"{resource['resourceType']}/{resource.get('id')}", resource.get("url", "")} - {""}
        told = re.search(rf"Bundle\.entry\[{number}\]", said) or any(name in said for name in names)
        through = resource["resourceType"] in REACHED_BY_REFERENCE and names & pointed_at
        if not told and not through and not names & referred:
            silent.append(f"entry[{number}] {resource['resourceType']}")
    return silent


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        if isinstance(value.get("questionnaire"), str):
            yield value["questionnaire"].partition("|")[0]
        for item in value.values():
            yield from _references(item)
