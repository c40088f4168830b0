"""Draft orders and new problems as EHRs write them into the context of a hook."""

from __future__ import annotations

from typing import Any

import pytest

from service.cds_hooks.drafts import CLAUDICATION, LUMBAR_STENOSIS, Written, read_written
from service.cds_hooks.hooks import Hook
from service.clinical.measurements import Side
from service.fhir.mapping import DeploymentCodes
from service.fhir.terminology.recognised_orders import RECOGNISED
from tests.cds_hooks.hook_stories import CATALOGUE_SYSTEM, call, catalogue

LOINC, SNOMED, CPT = "http://loinc.org", "http://snomed.info/sct", "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
LUMBAR_MRI = (LOINC, "30679-5")


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def order(
    id: str, pair: tuple[str, str] = LUMBAR_MRI, *, kind: str = "ServiceRequest", element: str = "code", **more: Any
) -> dict[str, Any]:
    return {"resourceType": kind, "id": id, "status": "draft", element: concept(*pair), **more}


def bundle(*resources: dict[str, Any], **urls: str) -> dict[str, Any]:
    entries = [{"resource": one, **({"fullUrl": urls[one["id"]]} if one.get("id") in urls else {})} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def signed(*resources: dict[str, Any], codes: DeploymentCodes | None = None, **more: Any) -> tuple[Written, ...]:
    return read_written(call(Hook.ORDER_SIGN, draftOrders=bundle(*resources)), codes or DeploymentCodes(), **more)


def codes_of(written: tuple[Written, ...]) -> list[str]:
    return [one.code for one in written]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (order("a"), "mri-lumbar-without-contrast"),
        (order("a", (CPT, "72148")), "mri-lumbar-without-contrast"),
        (order("a", (CPT, "75635"), kind="ProcedureRequest", intent="order"), "cta-runoff"),
        (order("a", (SNOMED, "348681001"), kind="DeviceRequest", element="codeCodeableConcept"), "leg-compression"),
        (order("a", (HCPCS, "A6531"), kind="SupplyRequest", element="itemCodeableConcept"), "leg-compression"),
        (order("a", (CPT, "63047")), "spine-surgery"),
        (order("a", (CPT, "62323")), "spine-injection"),
        (order("a", ("https://claudication-cds.example/fhir/CodeSystem/order", "resting-abi")), "resting-abi"),
        (order("a", ("https://claudication-cds.example/fhir/CodeSystem/order", "spine-surgery")), "spine-surgery"),
    ],
)
def test_an_order_is_known_by_its_code_whatever_resource_it_is(resource: dict[str, Any], expected: str) -> None:
    (written,) = signed(resource)
    assert (written.code, written.judged, written.problem) == (expected, True, False)
    assert written.about == written.reference == f"{resource['resourceType']}/a"


def test_what_is_no_order_of_ours_or_asks_that_it_not_be_done_is_left_out() -> None:
    assert (
        signed(
            order("no", doNotPerform=True),
            order("other", (LOINC, "2345-7")),
            order("unknown", ("https://claudication-cds.example/fhir/CodeSystem/order", "no-such-order")),
            # As Epic sends them: a category that is an object, and the Medication beside its request.
            {
                "resourceType": "MedicationRequest",
                "id": "m",
                "status": "draft",
                "category": {"text": "x"},
                "extension": {"com.epic": 1},
            },
            {"resourceType": "Medication", "id": "n", "code": concept(*LUMBAR_MRI)},
            {"resourceType": "ServiceRequest", "id": "words", "status": "draft", "code": {"text": "MRI lumbar spine"}},
        )
        == ()
    )


@pytest.mark.parametrize("status", ["active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"])
def test_an_order_that_is_no_draft_any_more_counts_as_ordered_and_is_not_judged(status: str) -> None:
    (written,) = signed({**order("a"), "status": status})
    assert written.judged is False


def test_a_draft_without_a_status_is_a_draft() -> None:
    resource = order("a")
    del resource["status"]
    assert signed(resource)[0].judged is True


@pytest.mark.parametrize(
    "selection", ["ServiceRequest/b", "b", " b ", "https://ehr.example/fhir/ServiceRequest/b", "urn:uuid:77"]
)
def test_the_selected_order_is_judged_however_it_is_named(selection: str) -> None:
    context = {"draftOrders": bundle(order("a"), order("b"), b="urn:uuid:77"), "selections": [selection]}
    written = read_written(call(Hook.ORDER_SELECT, **context), DeploymentCodes())
    assert [(one.about, one.judged) for one in written] == [("ServiceRequest/a", False), ("ServiceRequest/b", True)]


@pytest.mark.parametrize("selections", [None, [], "ServiceRequest/a", [7], ["ServiceRequest/elsewhere"]])
def test_nothing_selected_is_nothing_judged(selections: Any) -> None:
    context = {"draftOrders": bundle(order("a")), "selections": selections}
    assert [one.judged for one in read_written(call(Hook.ORDER_SELECT, **context), DeploymentCodes())] == [False]


def test_a_clinics_own_codes_are_read_from_its_mapping_and_from_its_catalogue() -> None:
    local = ("https://hospital.example/orders", "STOCKING-L")
    codes = DeploymentCodes(orders={local: "leg-compression"})
    assert codes_of(signed(order("a", local), codes=codes)) == ["leg-compression"]
    listed = (CATALOGUE_SYSTEM, "PL-cta-runoff")
    assert codes_of(signed(order("a", listed), catalogue=catalogue())) == ["cta-runoff"]
    assert signed(order("a", listed)) == ()


def test_the_leg_is_that_of_the_body_site() -> None:
    (written,) = signed(order("a", (SNOMED, "348681001"), bodySite=[{"text": "Left lower leg"}]))
    assert written.legs == {Side.LEFT}


def test_an_order_without_a_usable_id_is_named_by_its_place_and_cannot_be_deleted() -> None:
    resource = order("a b")
    (written,) = signed(resource)
    assert (written.about, written.reference) == ("draftOrders.entry[0]", "")


@pytest.mark.parametrize(
    "drafts",
    [
        None,
        [],
        "x",
        {"entry": None},
        {"entry": "x"},
        {"entry": [None, 7, {}, {"resource": None}, {"resource": []}, {"resource": {}}]},
    ],
)
@pytest.mark.parametrize("hook", list(Hook))
def test_a_context_of_any_shape_is_read_without_an_error(drafts: Any, hook: Hook) -> None:
    assert read_written(call(hook, draftOrders=drafts, conditions=drafts), DeploymentCodes()) == ()


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("http://hl7.org/fhir/sid/icd-10-cm", "I70.211"), CLAUDICATION),
        (("http://hl7.org/fhir/sid/icd-10-cm", "I73.9"), CLAUDICATION),
        ((SNOMED, "63491006"), CLAUDICATION),
        ((SNOMED, "18347007"), LUMBAR_STENOSIS),
        (("http://hl7.org/fhir/sid/icd-10-cm", "M48.062"), LUMBAR_STENOSIS),
    ],
)
def test_a_problem_is_known_by_its_code(pair: tuple[str, str], expected: str) -> None:
    condition = {"resourceType": "Condition", "id": "c", "code": concept(*pair)}
    refuted = {
        **condition,
        "id": "r",
        "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted"),
    }
    other = {"resourceType": "Condition", "id": "o", "code": concept("http://hl7.org/fhir/sid/icd-10-cm", "I10")}
    request = call(Hook.PROBLEM_LIST_ITEM_CREATE, conditions=bundle(condition, refuted, other, order("x")))
    (written,) = read_written(request, DeploymentCodes())
    assert (written.code, written.problem, written.about) == (expected, True, "Condition/c")


def test_hooks_without_anything_written_have_nothing_to_read() -> None:
    assert read_written(call(Hook.PATIENT_VIEW, draftOrders=bundle(order("a"))), DeploymentCodes()) == ()


def test_a_recognised_order_has_a_name_in_words() -> None:
    assert all(one.display and one.code == code for code, one in RECOGNISED.items())
