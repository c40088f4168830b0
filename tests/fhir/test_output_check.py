from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal

import pytest

from service.errors import OutputError
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.output_check import checked, violations
from tests.fhir.assessments import answer, resources

Harm = Callable[[Json], None]


def first(bundle: Json, resource_type: str) -> Json:
    return resources(bundle, resource_type)[0]


def differential(bundle: Json) -> Json:
    return resources(bundle, "RiskAssessment")[1]


def harm(resource_type: str, **changes: object) -> Harm:
    def done(bundle: Json) -> None:
        first(bundle, resource_type).update(changes)

    return done


def without(resource_type: str, name: str) -> Harm:
    def done(bundle: Json) -> None:
        del first(bundle, resource_type)[name]

    return done


def predicted(**changes: object) -> Harm:
    def done(bundle: Json) -> None:
        differential(bundle)["prediction"][0].update(changes)

    return done


def two_of_probability(bundle: Json) -> None:
    end = {"value": Decimal(1), "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    differential(bundle)["prediction"][0]["probabilityRange"] = {"low": end, "high": end}


def range_without_unit(bundle: Json) -> None:
    one = differential(bundle)["prediction"][0]
    del one["probabilityDecimal"]
    one["probabilityRange"] = {"low": {"value": 1}, "high": {"value": 2, "system": "http://unitsofmeasure.org", "code": "1"}}


def range_upside_down(bundle: Json) -> None:
    of = differential(bundle)["prediction"][0]["extension"][0]["valueRange"]
    of["low"], of["high"] = of["high"], of["low"]


def no_likelihood(bundle: Json) -> None:
    del differential(bundle)["prediction"][0]["qualitativeRisk"]


def detail_without_code(bundle: Json) -> None:
    request = first(bundle, "ServiceRequest")
    del request["code"]
    request["orderDetail"] = [{"text": "with waveforms"}]


def foreign_code_first(bundle: Json) -> None:
    first(bundle, "ServiceRequest")["code"]["coding"].reverse()
    first(bundle, "ServiceRequest")["code"]["coding"].insert(0, {"system": "http://loinc.org", "code": "39421-3"})


def no_value_and_no_reason(bundle: Json) -> None:
    del first(bundle, "Observation")["valueQuantity"]


def component_of_the_same_code(bundle: Json) -> None:
    abi = first(bundle, "Observation")
    abi["component"][0]["code"] = abi["code"]


def component_without_value(bundle: Json) -> None:
    del first(bundle, "Observation")["component"][0]["valueQuantity"]


def blood_pressure_code(bundle: Json) -> None:
    first(bundle, "Observation")["component"][1]["code"]["coding"] = [{"system": "http://loinc.org", "code": "8480-6"}]


def unit_of_our_own(bundle: Json) -> None:
    first(bundle, "Observation")["valueQuantity"]["code"] = "ratio"


def code_of_nobody(bundle: Json) -> None:
    first(bundle, "ServiceRequest")["code"]["coding"][0]["code"] = "whole-body-scan"


def same_url_twice(bundle: Json) -> None:
    bundle["entry"].append(copy.deepcopy(bundle["entry"][0]))


def url_of_another(bundle: Json) -> None:
    bundle["entry"][-2]["fullUrl"] = "urn:uuid:someone-else"


def stray_request(bundle: Json) -> None:
    bundle["entry"][0]["request"] = {"method": "POST", "url": "RiskAssessment"}


def another_kind(bundle: Json) -> None:
    bundle["entry"][-1]["resource"]["resourceType"] = "Basic"


def odd_issue(bundle: Json) -> None:
    first(bundle, "OperationOutcome")["issue"][0]["severity"] = "grave"


def odd_entity(bundle: Json) -> None:
    first(bundle, "Provenance")["entity"][0]["role"] = "origin"


def odd_device_name(bundle: Json) -> None:
    first(bundle, "Device")["deviceName"][0]["type"] = "nickname"


def bad_id(bundle: Json) -> None:
    entry = bundle["entry"][-1]
    entry["resource"]["id"] = "a" * 65
    entry["fullUrl"] = f"urn:uuid:{'a' * 65}"
    first(bundle, "GuidanceResponse")["evaluationMessage"] = [{"reference": entry["fullUrl"]}]


HARMS: dict[str, tuple[Harm, str]] = {
    "no status": (without("RiskAssessment", "status"), "status is missing"),
    "a final order": (harm("ServiceRequest", intent="order"), "intent is 'order'"),
    "an active order": (harm("ServiceRequest", status="active"), "status is 'active'"),
    "no subject": (without("Observation", "subject"), "subject is missing"),
    "no target": (without("Provenance", "target"), "target is missing"),
    "no module": (without("GuidanceResponse", "moduleUri"), "moduleUri is missing"),
    "over a hundred percent": (predicted(probabilityDecimal=Decimal("100.1")), "ras-2"),
    "under nothing": (predicted(probabilityDecimal=Decimal("-0.1")), "ras-2"),
    "number and range": (two_of_probability, "two of probability[x]"),
    "a range without unit": (range_without_unit, "ras-1"),
    "a range upside down": (range_upside_down, "the low end"),
    "no likelihood": (no_likelihood, "no qualitativeRisk"),
    "details of nothing": (detail_without_code, "prr-1"),
    "somebody else's code first": (foreign_code_first, "the first code is not one of our order codes"),
    "value and reason": (harm("Observation", dataAbsentReason={"text": "none"}), "obs-6"),
    "neither value nor reason": (no_value_and_no_reason, "neither a value nor a reason"),
    "component repeats the code": (component_of_the_same_code, "obs-7"),
    "component without value": (component_without_value, "a value or a reason for its absence"),
    "blood pressure": (blood_pressure_code, "blood pressure profile"),
    "unit": (unit_of_our_own, "none of our UCUM units"),
    "code": (code_of_nobody, "whole-body-scan is no code of"),
    "same url": (same_url_twice, "two entries with one fullUrl"),
    "another url": (url_of_another, "the fullUrl is not the id's"),
    "dangling": (harm("RiskAssessment", performer={"reference": "urn:uuid:nobody"}), "urn:uuid:nobody leads nowhere"),
    "request in a collection": (stray_request, "a request belongs to"),
    "another kind": (another_kind, "not a resource of an answer"),
    "severity": (odd_issue, "issue[0].severity is 'grave'"),
    "role": (odd_entity, "entity[0].role is 'origin'"),
    "name type": (odd_device_name, "deviceName[0].type is 'nickname'"),
    "id": (bad_id, "the id is not"),
    "empty reference": (harm("RiskAssessment", performer={"reference": ""}), "reference is empty"),
    "empty beside a reference": (harm("RiskAssessment", performer={"reference": "Device/1", "display": ""}), "display is empty"),
    "empty in a coding": (
        harm("RiskAssessment", code={"coding": [{"system": "urn:x", "code": "", "display": "X"}]}),
        "code is empty",
    ),
    "empty text": (harm("RiskAssessment", method={"text": ""}), "text is empty"),
    "empty object": (harm("RiskAssessment", method={}), "method is empty"),
    "empty list": (harm("RiskAssessment", note=[]), "note is empty"),
    "null": (harm("RiskAssessment", mitigation=None), "mitigation is empty"),
}


def test_what_is_right_passes_as_it_is() -> None:
    for output in Output:
        bundle = answer(output=output)
        assert violations(bundle) == ()
        assert checked(bundle) is bundle


@pytest.mark.parametrize("case", HARMS)
def test_what_is_wrong_is_seen_and_named(case: str) -> None:
    done, told = HARMS[case]
    bundle = copy.deepcopy(answer())
    done(bundle)
    found = violations(bundle)
    assert any(told in one for one in found), found
    with pytest.raises(OutputError) as error:
        checked(bundle)
    assert [problem.diagnostics for problem in error.value.problems] == list(found)


def test_an_outcome_is_not_sent_to_be_stored() -> None:
    bundle = answer()
    bundle["type"] = "transaction"
    for entry in bundle["entry"]:
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    assert [one for one in violations(bundle) if "no server stores it" in one]


def test_a_part_that_all_answers_share_is_seen_until_nothing_is_wrong_with_it() -> None:
    broken = Fixed({"text": "", "coding": [Fixed({"system": "http://unitsofmeasure.org", "code": "stones"})]})
    for _ in range(2):
        bundle = copy.deepcopy(answer())
        differential(bundle)["method"] = broken
        assert [one.partition(": ")[2] for one in violations(bundle)] == ["text is empty", "stones is none of our UCUM units"]
    assert not broken.sound
    whole = Fixed({"text": "as shared"})
    differential(bundle)["method"] = whole
    assert violations(bundle) == ()
    assert whole.sound


def test_a_copy_of_a_shared_part_may_be_changed_and_is_looked_at_again() -> None:
    shared = Fixed({"coding": [{"system": "urn:x", "code": "y"}]})
    shared.sound = True
    copied = copy.deepcopy(shared)
    copied["coding"][0]["code"] = ""
    assert shared["coding"][0]["code"] == "y"
    bundle = copy.deepcopy(answer())
    differential(bundle)["method"] = copied
    assert [one for one in violations(bundle) if "code is empty" in one]
