"""Indices computed elsewhere, in every shape records send them, and what is said of those that cannot be used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Bound, IndexKind, Phase, ReportedIndex, Side, Site
from service.fhir.limbs.limb_measurements import read_limb_measurements
from service.fhir.limbs.reported_indices import read_reported_index
from service.fhir.mapping import DeploymentCodes, MappedIndex
from service.fhir.reading import Read
from service.fhir.terminology.code import Code
from tests.fhir.entries import context_of, entry_of, issue_codes
from tests.fhir.limb_observations import (
    GREAT_TOE,
    LEFT,
    LEFT_ANKLE,
    RIGHT,
    RIGHT_ANKLE,
    component,
    concept,
    local,
    loinc_code,
    mmhg,
    observation,
    ratio,
    site,
)

ABI, ABPI = loinc_code("77194-9"), site("446841001")
TBI_LEFT, TBI_RIGHT = loinc_code("77617-9"), loinc_code("77618-7")
POST_EXERCISE = Code("https://claudication-cds.example/fhir/CodeSystem/index", "post-exercise-abi", "")


def lithuanian(code: str) -> dict[str, Any]:
    return concept(Code("https://tx.hl7.lt/fhir/CodeSystem/abi-component", code, ""))


CODES = DeploymentCodes(
    indices={
        local("TBPI-L")[:2]: MappedIndex(kind=IndexKind.TBI, side=Side.LEFT),
        local("ABI-POST")[:2]: MappedIndex(kind=IndexKind.ABI, phase=Phase.POST_EXERCISE),
    }
)


def read(resource: dict[str, Any]) -> Read | None:
    return read_reported_index(entry_of(resource), context_of(CODES))


def reported(resource: dict[str, Any]) -> tuple[ReportedIndex, ...]:
    found = read(resource)
    assert found is not None
    return found.reported


def brief(resource: dict[str, Any]) -> list[tuple[IndexKind, Side, str, Site | None]]:
    return [(index.kind, index.side, str(index.value), index.artery) for index in reported(resource)]


def abi(**elements: Any) -> dict[str, Any]:
    return observation(concept(ABI), **({"bodySite": concept(RIGHT_ANKLE)} | elements))


A, T, R, L, PT = IndexKind.ABI, IndexKind.TBI, Side.RIGHT, Side.LEFT, Site.POSTERIOR_TIBIAL


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(abi(**ratio(Decimal("0.62"))), [(A, R, "0.62", None)], id="LOINC with a lateralised site"),
        pytest.param(
            observation(
                concept(ABPI),
                component=[component(lithuanian("right-abi"), **ratio(0.9)), component(lithuanian("left-abi"), **ratio(0.7))],
            ),
            [(A, R, "0.9", None), (A, L, "0.7", None)],
            id="the Lithuanian profile",
        ),
        pytest.param(
            observation(
                concept(ABI),
                component=[component(concept("side"), valueCodeableConcept=concept(LEFT))],
                valueQuantity={"value": 0.8},
            ),
            [(A, L, "0.8", None)],
            id="side as a component beside the number, no unit",
        ),
        pytest.param(
            observation(concept(ABI), valueCodeableConcept=concept(RIGHT), component=[component(concept(ABI), **ratio(0.8))]),
            [(A, R, "0.8", None)],
            id="side as the value, number as a component",
        ),
        pytest.param(abi(bodySite=concept(site("344001"), LEFT), **ratio(1)), [(A, L, "1", None)], id="site and laterality"),
        pytest.param(
            abi(bodySite=concept(site("792816004")), **ratio(1)), [(A, R, "1", Site.DORSALIS_PEDIS)], id="artery as the site"
        ),
        pytest.param(observation(concept(loinc_code("8579-5")), **ratio(0.7)), [(A, L, "0.7", PT)], id="posterior tibial left"),
        pytest.param(observation(concept(loinc_code("8580-3")), **ratio(0.7)), [(A, R, "0.7", PT)], id="posterior tibial right"),
        pytest.param(
            observation(concept(loinc_code("8581-1")), bodySite=concept(LEFT_ANKLE), **ratio(0.7)),
            [(A, L, "0.7", PT)],
            id="posterior tibial",
        ),
        pytest.param(observation(concept(TBI_LEFT), **ratio(0.5)), [(T, L, "0.5", None)], id="toe left"),
        pytest.param(
            observation(concept(TBI_RIGHT), bodySite=concept(GREAT_TOE), **ratio(0.5)), [(T, R, "0.5", None)], id="toe right"
        ),
        pytest.param(observation(concept(local("TBPI-L")), **ratio(0.5)), [(T, L, "0.5", None)], id="local code by mapping"),
        pytest.param(
            observation(concept(local("7"), "ABPI right"), valueQuantity={"value": 0.95, "unit": "ratio"}),
            [(A, R, "0.95", None)],
            id="label",
        ),
        pytest.param(observation(concept("LEXLABPI"), valueQuantity={"value": 0.95}), [(A, L, "0.95", None)], id="column name"),
        pytest.param(
            observation(concept("TBPI left"), valueString="0.51"), [(T, L, "0.51", None)], id="label and number as text"
        ),
        pytest.param(
            observation(
                concept(ABI),
                component=[component(concept("Right leg"), **ratio(0.9)), component(concept("Left leg"), valueString="0.8")],
            ),
            [(A, R, "0.9", None), (A, L, "0.8", None)],
            id="components named by side alone",
        ),
        pytest.param(
            observation(
                concept("vascular study"),
                component=[component(concept("ABI left"), **ratio(0.9)), component(concept("TBI"), **mmhg(60))],
            ),
            [(A, L, "0.9", None)],
            id="labelled components of another study",
        ),
        pytest.param(abi(valueQuantity={"value": 95, "unit": "%"}), [(A, R, "0.95", None)], id="percent"),
        pytest.param(
            observation(concept(site("401221002")), bodySite=concept(LEFT_ANKLE), **ratio(0.9)),
            [(A, L, "0.9", None)],
            id="procedure code",
        ),
    ],
)
def test_shapes(resource: dict[str, Any], expected: list[tuple[IndexKind, Side, str, Site | None]]) -> None:
    assert brief(resource) == expected


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition"},
        observation(concept(loinc_code("29463-7")), valueQuantity={"value": 80, "unit": "kg"}),
        observation(concept("History of TBI"), valueBoolean=True),
        observation(concept("TBI severity"), valueString="mild"),
        observation(concept("ABI pressures"), **mmhg(120)),
        observation(concept(ABI), component=[component(concept("right ankle"), **mmhg(120))]),
        observation(concept(loinc_code("44975-1")), **ratio(0.4)),
        observation(concept(loinc_code("44974-4")), valueString="2+"),
        observation(concept("TBI"), hasMember=[{"reference": "Observation/2"}]),
    ],
)
def test_what_is_no_index_is_left_to_others(resource: dict[str, Any]) -> None:
    assert read(resource) is None


def test_a_group_of_members_has_nothing_of_its_own() -> None:
    assert read(observation(concept(ABI), hasMember=[{"reference": "Observation/2"}])) == Read()


@pytest.mark.parametrize(
    ("elements", "value", "bound"),
    [
        (ratio(1.4, ">"), "1.4", Bound.ABOVE),
        (ratio(0.3, "<"), "0.3", Bound.BELOW),
        ({"valueString": ">1.4"}, "1.4", Bound.ABOVE),
        ({"valueString": "Noncompressible (greater than 1.3)"}, "1.3", Bound.ABOVE),
        ({"valueString": "noncompressible"}, "None", Bound.ABOVE),
        ({"valueString": "noncompressible, not occluded at 250"}, "None", Bound.ABOVE),
        (ratio(1.12) | {"interpretation": [concept("Noncompressible")]}, "1.12", Bound.ABOVE),
        (ratio(0) | {"note": [{"text": "no signal"}]}, "0", Bound.EXACT),
        (ratio(0), "0", Bound.EXACT),
    ],
)
def test_bounds_and_words_for_a_number(elements: dict[str, Any], value: str, bound: Bound) -> None:
    (index,) = reported(abi(**elements))
    assert (str(index.value), index.bound) == (value, bound)


def test_everything_around_the_number_is_kept() -> None:
    (index,) = reported(abi(encounter={"reference": "Encounter/7"}, effectiveDateTime="2026-10-30", **ratio(0.9)))
    assert (index.encounter, index.day_only, index.source, index.phase) == ("Encounter/7", True, "Observation/1", Phase.REST)


@pytest.mark.parametrize(
    "code",
    [concept(POST_EXERCISE), concept(local("ABI-POST")), concept(ABI, site("255214003")), concept(ABI, "ABI post exercise")],
)
def test_after_exercise(code: dict[str, Any]) -> None:
    assert reported(observation(code, bodySite=concept(RIGHT_ANKLE), **ratio(0.6)))[0].phase is Phase.POST_EXERCISE


@pytest.mark.parametrize(
    ("resource", "code", "told"),
    [
        (abi(status="cancelled", **ratio(0.9)), IssueCode.STATUS_EXCLUDED, "withdrawn"),
        (observation(concept(ABI), **ratio(0.9)), IssueCode.SIDE_MISSING, "names no side"),
        (observation(concept(TBI_LEFT), bodySite=concept(RIGHT), **ratio(0.9)), IssueCode.SITE_NOT_UNDERSTOOD, "different sides"),
        (abi(bodySite=concept(RIGHT_ANKLE, LEFT_ANKLE), **ratio(0.9)), IssueCode.SITE_NOT_UNDERSTOOD, "both right and left"),
        (abi(bodySite=concept(GREAT_TOE, RIGHT), **ratio(0.9)), IssueCode.SITE_NOT_UNDERSTOOD, "send a toe index as TBI"),
        (abi(bodySite=concept(site("11207009")), **ratio(0.9)), IssueCode.SITE_NOT_UNDERSTOOD, "thigh"),
        (abi(method=concept("PPG"), **ratio(0.9)), IssueCode.PPG_INDEX_REJECTED, "Doppler"),
        (
            abi(extension=[{"url": "x", "valueCodeableConcept": concept(site("309604004"))}], **ratio(0.9)),
            IssueCode.NOT_RELEVANT,
            "during exercise",
        ),
        (abi(**mmhg(120)), IssueCode.UNIT_NOT_UNDERSTOOD, "mm[Hg]"),
        (abi(valueQuantity={"value": 0.95, "unit": "%"}), IssueCode.UNIT_NOT_UNDERSTOOD, "size of a ratio"),
        (abi(**ratio(8.5)), IssueCode.VALUE_IMPLAUSIBLE, "cardio-ankle"),
        (abi(**ratio(95)), IssueCode.VALUE_IMPLAUSIBLE, "percent"),
        (abi(**ratio(-1)), IssueCode.SENTINEL_VALUE, "-1"),
        (abi(**ratio(999)), IssueCode.SENTINEL_VALUE, "999"),
        (abi(**ratio(-0.5, "<")), IssueCode.SENTINEL_VALUE, "not obtained"),
        (abi(valueRatio={}), IssueCode.VALUE_MISSING, "valueRatio"),
        (abi(), IssueCode.VALUE_MISSING, "neither a value"),
        (observation(concept(loinc_code("8577-9")), **ratio(1)), IssueCode.CODE_NOT_UNDERSTOOD, "one arm to the other"),
        (observation(concept(loinc_code("8578-7"), "ABI"), **ratio(1)), IssueCode.CODE_NOT_UNDERSTOOD, "penile"),
        (observation(concept(loinc_code("77195-6")), **ratio(8)), IssueCode.CODE_NOT_UNDERSTOOD, "stiffness"),
        (observation(concept(loinc_code("77196-4")), **ratio(8)), IssueCode.CODE_NOT_UNDERSTOOD, "pulse wave"),
        (observation(concept(loinc_code("44974-4"), "ABI right"), **ratio(0.9)), IssueCode.CODE_NOT_UNDERSTOOD, "palpated"),
        (observation(concept(loinc_code("44975-1"), "Left ABI"), **ratio(0.9)), IssueCode.CODE_NOT_UNDERSTOOD, "Q-T"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_reason(resource: dict[str, Any], code: IssueCode, told: str) -> None:
    found = read(resource)
    assert found is not None
    assert found.reported == ()
    (issue,) = found.issues
    assert (issue.code, issue.used, issue.source) == (code, False, "Observation/1")
    assert told in issue.detail


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        (abi(**ratio(0)), [IssueCode.ASSUMED]),
        (observation(concept(local("7"), "ABPI right"), **ratio(0.9)), [IssueCode.ASSUMED, IssueCode.ASSUMED]),
        (abi(note=[{"text": "post exercise"}], **ratio(0.9)), [IssueCode.ASSUMED]),
        (abi(status="preliminary", **ratio(0.9)), [IssueCode.STATUS_EXCLUDED]),
    ],
)
def test_what_is_used_with_a_remark(resource: dict[str, Any], codes: list[IssueCode]) -> None:
    found = read(resource)
    assert found is not None
    assert len(found.reported) == 1
    assert issue_codes(found) == codes
    assert all(issue.used for issue in found.issues)


def test_a_device_panel_is_read_for_its_index_and_told_of_the_rest() -> None:
    resource = observation(
        concept(loinc_code("77197-2")),
        component=[
            component(concept(ABI, "ABI right"), **ratio(0.9)),
            component(concept(loinc_code("77195-6"), "CAVI right"), **ratio(8.1)),
            component(concept(loinc_code("8577-9"), "ABI arms"), **ratio(1)),
        ],
    )
    assert brief(resource) == [(A, R, "0.9", None)]
    assert issue_codes(read(resource)) == [IssueCode.CODE_NOT_UNDERSTOOD, IssueCode.CODE_NOT_UNDERSTOOD, IssueCode.ASSUMED]


def test_a_right_code_beside_a_wrong_one_is_believed() -> None:
    assert brief(observation(concept(loinc_code("44974-4"), ABPI), bodySite=concept(RIGHT_ANKLE), **ratio(0.9))) == [
        (A, R, "0.9", None)
    ]


def test_an_index_sent_with_its_pressures_gives_both_and_each_remark_once() -> None:
    resource = abi(status="preliminary", component=[component(concept(loinc_code("8551-4")), **mmhg(88))], **ratio(0.62))
    found = read_limb_measurements(entry_of(resource), context_of(CODES))
    assert found is not None
    assert (len(found.pressures), len(found.reported)) == (1, 1)
    assert issue_codes(found) == [IssueCode.STATUS_EXCLUDED]


def test_one_without_the_other_and_neither() -> None:
    only_index = read_limb_measurements(entry_of(abi(**ratio(0.62))), context_of(CODES))
    assert only_index is not None
    assert len(only_index.reported) == 1
    assert read_limb_measurements(entry_of(observation(concept("weight"))), context_of(CODES)) is None


ODD: list[Any] = [None, 1, "x", True, [], {}, [1], [{}], {"coding": 1}, {"coding": [1]}, {"coding": [{"code": 1}]}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "code", [concept(loinc_code("8551-4")), concept(ABI), concept("left ankle")], ids=["artery", "index", "text"]
)
def test_elements_of_any_shape_are_read_without_a_fall(code: dict[str, Any], odd: Any) -> None:
    plain = observation(code, **mmhg(90))
    elements = [
        "bodySite",
        "extension",
        "component",
        "method",
        "note",
        "interpretation",
        "dataAbsentReason",
        "hasMember",
        "encounter",
        "code",
    ]
    elements += ["status", "effectiveDateTime", "valueQuantity", "valueString", "valueInteger", "valueCodeableConcept"]
    shapes = [plain | {element: odd} for element in elements]
    shapes += [plain | {"component": [component(code, **{element: odd})]} for element in elements]
    shapes += [
        plain | {"valueQuantity": {"value": 90, "unit": "mmHg", key: odd}}
        for key in ("value", "unit", "code", "system", "comparator")
    ]
    shapes += [plain | {"extension": [{"url": odd, "valueReference": odd, "valueCodeableConcept": odd}]}]
    for shape in shapes:
        read_limb_measurements(entry_of(shape), context_of(CODES))
