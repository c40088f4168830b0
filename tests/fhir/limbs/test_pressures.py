"""Limb pressures in every shape records send them, and what is said of those that cannot be used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Bound, Phase, Pressure, Side, Site
from service.fhir.limbs.pressures import read_pressures
from service.fhir.mapping import DeploymentCodes, MappedSite
from service.fhir.reading import Read
from tests.fhir.entries import context_of, entry_of, issue_codes
from tests.fhir.limb_observations import (
    DIASTOLIC,
    GREAT_TOE,
    LEFT_ANKLE,
    PANEL,
    RIGHT,
    RIGHT_ANKLE,
    RIGHT_ARM,
    SYSTOLIC,
    component,
    concept,
    local,
    loinc_code,
    mmhg,
    observation,
    site,
)

CODES = DeploymentCodes(
    pressures={
        local("R-PT-SYS")[:2]: MappedSite(site=Site.POSTERIOR_TIBIAL, side=Side.RIGHT),
        local("L-ANKLE-POST")[:2]: MappedSite(site=Site.ANKLE, side=Side.LEFT, phase=Phase.POST_EXERCISE),
    }
)
DORSALIS_PEDIS_RIGHT = loinc_code("8551-4")
BRACHIAL_LEFT = loinc_code("8546-4")
SITTING = site("33586001")


def read(resource: dict[str, Any]) -> Read | None:
    return read_pressures(entry_of(resource), context_of(CODES))


def pressures(resource: dict[str, Any]) -> tuple[Pressure, ...]:
    found = read(resource)
    assert found is not None
    return found.pressures


def brief(resource: dict[str, Any]) -> list[tuple[Site, Side, Decimal | None]]:
    return [(pressure.site, pressure.side, pressure.mmhg) for pressure in pressures(resource)]


def ankle(**elements: Any) -> dict[str, Any]:
    return observation(concept(SYSTOLIC), **({"bodySite": concept(RIGHT_ANKLE)} | elements))


def arm(**elements: Any) -> dict[str, Any]:
    return observation(concept(SYSTOLIC), **({"bodySite": concept(RIGHT_ARM)} | elements))


def toe(**elements: Any) -> dict[str, Any]:
    return observation(concept(SYSTOLIC), **({"bodySite": concept(GREAT_TOE, RIGHT)} | elements))


def noted(text: str) -> list[dict[str, str]]:
    return [{"text": text}]


def absent(code: str, text: str = "") -> dict[str, Any]:
    reason = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": code}]} if code else {}
    return {"dataAbsentReason": reason | ({"text": text} if text else {})}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            observation(
                concept(PANEL),
                bodySite=concept(RIGHT_ARM),
                component=[component(concept(SYSTOLIC), **mmhg(140)), component(concept(DIASTOLIC), **mmhg(80))],
            ),
            [(Site.BRACHIAL, Side.RIGHT, Decimal(140))],
            id="panel, site at the root, diastolic passed over",
        ),
        pytest.param(
            observation(
                concept(PANEL),
                bodySite=concept(LEFT_ANKLE),
                component=[component(concept(SYSTOLIC), **mmhg(98)), component(concept(DIASTOLIC), **absent("not-performed"))],
            ),
            [(Site.ANKLE, Side.LEFT, Decimal(98))],
            id="panel at the ankle without a diastolic",
        ),
        pytest.param(
            observation(
                concept(loinc_code("96607-7")),
                bodySite=concept(RIGHT_ARM),
                component=[component(concept(loinc_code("96608-5")), **mmhg(131))],
            ),
            [(Site.BRACHIAL, Side.RIGHT, Decimal(131))],
            id="average panel",
        ),
        pytest.param(
            observation(concept(SYSTOLIC), bodySite=concept(site("214912001")), **mmhg(104)),
            [(Site.POSTERIOR_TIBIAL, Side.LEFT, Decimal(104))],
            id="one Observation a site",
        ),
        pytest.param(
            observation(concept(DORSALIS_PEDIS_RIGHT), **mmhg(90)),
            [(Site.DORSALIS_PEDIS, Side.RIGHT, Decimal(90))],
            id="artery in the code",
        ),
        pytest.param(
            observation(
                concept("segmental pressures"),
                component=[
                    component(concept(DORSALIS_PEDIS_RIGHT), **mmhg(88)),
                    component(concept(local("R-PT-SYS")), **mmhg(92)),
                    component(concept(LEFT_ANKLE), **mmhg(110)),
                    component(concept("left arm"), **mmhg(130)),
                    component(concept("left arm mean"), **mmhg(95)),
                    component(concept("right ankle"), valueString="warm"),
                    component(concept(LEFT_ANKLE), valueQuantity={"value": 24, "unit": "cm"}),
                ],
            ),
            [
                (Site.DORSALIS_PEDIS, Side.RIGHT, Decimal(88)),
                (Site.POSTERIOR_TIBIAL, Side.RIGHT, Decimal(92)),
                (Site.ANKLE, Side.LEFT, Decimal(110)),
                (Site.BRACHIAL, Side.LEFT, Decimal(130)),
            ],
            id="segmental study, each component with its own site",
        ),
        pytest.param(
            observation(concept(local("R-PT-SYS")), **mmhg(92)),
            [(Site.POSTERIOR_TIBIAL, Side.RIGHT, Decimal(92))],
            id="local code by mapping",
        ),
        pytest.param(
            observation(concept("Right posterior tibial systolic pressure"), **mmhg(92)),
            [(Site.POSTERIOR_TIBIAL, Side.RIGHT, Decimal(92))],
            id="text alone",
        ),
        pytest.param(toe(**mmhg(22)), [(Site.TOE, Side.RIGHT, Decimal(22))], id="toe"),
        pytest.param(
            observation(concept(BRACHIAL_LEFT), component=[component(concept(SYSTOLIC), **mmhg(120))]),
            [(Site.BRACHIAL, Side.LEFT, Decimal(120))],
            id="artery code with its number in a component",
        ),
        pytest.param(
            observation(concept(PANEL), bodySite=concept(RIGHT_ARM), valueString="142/88"),
            [(Site.BRACHIAL, Side.RIGHT, Decimal(142))],
            id="both numbers in one string",
        ),
    ],
)
def test_shapes(resource: dict[str, Any], expected: list[tuple[Site, Side, Decimal]]) -> None:
    assert brief(resource) == expected


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition"},
        observation(concept(loinc_code("29463-7")), valueQuantity={"value": 80, "unit": "kg"}),
        observation(concept("pulmonary artery pressure"), **mmhg(30)),
        observation(concept("right arm diastolic"), **mmhg(80)),
        observation(concept("ABI right"), valueQuantity={"value": 0.9}),
        observation(concept("group"), hasMember=[{"reference": "Observation/2"}]),
    ],
)
def test_what_is_no_limb_pressure_is_left_to_others(resource: dict[str, Any]) -> None:
    assert read(resource) is None


def test_a_panel_of_members_has_nothing_of_its_own() -> None:
    assert read(observation(concept(PANEL), hasMember=[{"reference": "Observation/2"}])) == Read()


def test_an_empty_panel_says_what_is_missing() -> None:
    assert issue_codes(read(observation(concept(PANEL)))) == [IssueCode.VALUE_MISSING]


def test_a_withdrawn_panel_without_values_is_told_once() -> None:
    assert issue_codes(read(observation(concept(PANEL), status="cancelled"))) == [IssueCode.STATUS_EXCLUDED]


def test_everything_around_the_number_is_kept() -> None:
    resource = ankle(encounter={"reference": "Encounter/7"}, effectiveDateTime="2026-10-30", **mmhg(Decimal("98.5")))
    (pressure,) = pressures(resource)
    assert pressure.mmhg == Decimal("98.5")
    assert pressure.encounter == "Encounter/7"
    assert pressure.day_only
    assert pressure.source == "Observation/1"
    assert pressure.phase is Phase.REST
    assert read(resource) == Read(pressures=(pressure,))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"value": 16, "unit": "kPa", "code": "kPa", "system": "http://unitsofmeasure.org"}, Decimal("120.00992")),
        ({"value": 120, "unit": "mm Hg"}, Decimal(120)),
        ({"value": 120, "unit": "torr"}, Decimal(120)),
        ({"value": 120}, Decimal(120)),
    ],
)
def test_units(value: dict[str, Any], expected: Decimal) -> None:
    assert pressures(arm(valueQuantity=value))[0].mmhg == expected


@pytest.mark.parametrize("value", [4, 16, 40, 301])
def test_without_a_unit_only_what_must_be_mmhg_is_taken(value: int) -> None:
    assert issue_codes(read(ankle(valueQuantity={"value": value}))) == [IssueCode.UNIT_NOT_UNDERSTOOD]
    assert issue_codes(read(ankle(valueQuantity={"value": 41}))) == [IssueCode.ASSUMED]


@pytest.mark.parametrize(
    ("elements", "mmhg_read", "bound"),
    [
        (mmhg(250, ">"), 250, Bound.ABOVE),
        (mmhg(255, ">="), 255, Bound.ABOVE),
        (mmhg(40, "<"), 40, Bound.BELOW),
        (mmhg(40, "<="), 40, Bound.BELOW),
        (mmhg(300) | {"interpretation": [concept(loinc_code(">"))]}, 300, Bound.ABOVE),
        (mmhg(30) | {"interpretation": [concept(loinc_code("<"))]}, 30, Bound.BELOW),
        (mmhg(250) | {"note": noted("vessel noncompressible")}, 250, Bound.ABOVE),
        (mmhg(250) | {"interpretation": [concept("Non-compressible")]}, 250, Bound.ABOVE),
        ({"valueString": ">250"}, 250, Bound.ABOVE),
        ({"valueString": "unable to compress"}, None, Bound.ABOVE),
        ({"valueString": "not occluded at 250"}, 250, Bound.ABOVE),
        ({"valueString": "calcified, >254 "}, 254, Bound.ABOVE),
        ({"valueCodeableConcept": concept("Noncompressible")}, None, Bound.ABOVE),
        ({"note": noted("unable to compress")}, None, Bound.ABOVE),
        ({"interpretation": [concept(loinc_code(">"))]}, None, Bound.ABOVE),
        (absent("positive-infinity"), None, Bound.ABOVE),
        (absent("not-a-number"), None, Bound.ABOVE),
        (absent("error", "noncompressible"), None, Bound.ABOVE),
        ({"valueString": "142"}, 142, Bound.EXACT),
        ({"valueString": "142 mmHg"}, 142, Bound.EXACT),
        ({"valueInteger": 142}, 142, Bound.EXACT),
        ({"valueString": "no signal"}, 0, Bound.EXACT),
        ({"valueString": "inaudible"}, 0, Bound.EXACT),
        (absent("error", "absent signal"), 0, Bound.EXACT),
        (mmhg(0) | {"note": noted("no Doppler signal")}, 0, Bound.EXACT),
        (mmhg(0), 0, Bound.EXACT),
        ({"valueQuantity": {"value": 0}}, 0, Bound.EXACT),
    ],
)
def test_bounds_and_words_for_a_number_at_the_ankle(elements: dict[str, Any], mmhg_read: int | None, bound: Bound) -> None:
    (pressure,) = pressures(ankle(**elements))
    assert pressure.mmhg == (None if mmhg_read is None else Decimal(mmhg_read))
    assert pressure.bound is bound


@pytest.mark.parametrize(
    ("elements", "codes"),
    [
        (mmhg(120), []),
        (mmhg(250, ">"), []),
        (mmhg(0) | {"note": noted("no Doppler signal")}, []),
        (mmhg(0), [IssueCode.ASSUMED]),
        ({"valueString": "142 mmHg"}, [IssueCode.ASSUMED]),
        ({"valueString": "142"}, [IssueCode.ASSUMED, IssueCode.ASSUMED]),
        ({"valueString": "no signal"}, [IssueCode.ASSUMED]),
        (mmhg(250) | {"note": noted("vessel noncompressible")}, [IssueCode.ASSUMED]),
    ],
)
def test_a_reading_with_a_doubt_says_so_and_is_used(elements: dict[str, Any], codes: list[IssueCode]) -> None:
    found = read(ankle(**elements))
    assert found is not None
    assert len(found.pressures) == 1
    assert issue_codes(found) == codes
    assert all(issue.used for issue in found.issues)


@pytest.mark.parametrize(
    ("resource", "code", "told"),
    [
        (ankle(status="entered-in-error", **mmhg(90)), IssueCode.STATUS_EXCLUDED, "withdrawn"),
        (ankle(status="registered", **mmhg(90)), IssueCode.STATUS_EXCLUDED, "not known to be a result"),
        (ankle(status=None, **mmhg(90)), IssueCode.STATUS_EXCLUDED, "absent"),
        (ankle(effectiveDateTime="2026-11-02T08:00:00Z", **mmhg(90)), IssueCode.VALUE_IMPLAUSIBLE, "after asOf 2026-11-01"),
        (ankle(effectiveDateTime="2026-11-02", **mmhg(90)), IssueCode.VALUE_IMPLAUSIBLE, "dated 2026-11-02"),
        (observation(concept(SYSTOLIC), **mmhg(140)), IssueCode.SIDE_MISSING, "right upper arm"),
        (
            observation(concept(PANEL), component=[component(concept(SYSTOLIC), **mmhg(140))]),
            IssueCode.SIDE_MISSING,
            "neither arm nor leg",
        ),
        (observation(concept(loinc_code("8508-4")), **mmhg(140)), IssueCode.SIDE_MISSING, "brachial names no side"),
        (ankle(bodySite=concept(RIGHT), **mmhg(90)), IssueCode.SITE_NOT_UNDERSTOOD, "'right' without a site"),
        (ankle(bodySite=concept(site("61685007")), **mmhg(90)), IssueCode.SITE_NOT_UNDERSTOOD, "'lower limb'"),
        (ankle(bodySite=concept(RIGHT_ANKLE, LEFT_ANKLE), **mmhg(90)), IssueCode.SITE_NOT_UNDERSTOOD, "contradicts itself"),
        (ankle(bodySite=concept(site("8821006")), **mmhg(90)), IssueCode.SITE_NOT_UNDERSTOOD, "peroneal artery"),
        (observation(concept(loinc_code("8553-0")), **mmhg(150)), IssueCode.SITE_NOT_UNDERSTOOD, "femoral artery"),
        (
            observation(concept(loinc_code("8554-8")), bodySite=concept(RIGHT_ANKLE), **mmhg(150)),
            IssueCode.SITE_NOT_UNDERSTOOD,
            "femoral",
        ),
        (ankle(**mmhg(-1)), IssueCode.SENTINEL_VALUE, "comparator '>'"),
        (ankle(**mmhg(255)), IssueCode.SENTINEL_VALUE, "255"),
        (toe(**mmhg(300)), IssueCode.SENTINEL_VALUE, "300"),
        (ankle(**mmhg(999)), IssueCode.SENTINEL_VALUE, "999"),
        (ankle(**mmhg(-5)), IssueCode.VALUE_IMPLAUSIBLE, "0 to 350"),
        (ankle(**mmhg(351)), IssueCode.VALUE_IMPLAUSIBLE, "0 to 350"),
        (toe(**mmhg(301)), IssueCode.VALUE_IMPLAUSIBLE, "0 to 300"),
        (arm(**mmhg(49)), IssueCode.VALUE_IMPLAUSIBLE, "50 to 300"),
        (arm(**mmhg(0)), IssueCode.VALUE_IMPLAUSIBLE, "50 to 300"),
        (arm(**mmhg(16)), IssueCode.VALUE_IMPLAUSIBLE, "looks like kPa"),
        (arm(**mmhg(200, ">")), IssueCode.VALUE_IMPLAUSIBLE, "cannot serve as the arm"),
        (arm(valueString="no signal"), IssueCode.VALUE_IMPLAUSIBLE, "cannot serve as the arm"),
        (ankle(valueQuantity={"value": 90, "unit": "cmH2O"}), IssueCode.UNIT_NOT_UNDERSTOOD, "cmH2O"),
        (ankle(valueQuantity={"value": 90, "unit": "mmHg", "code": "kPa"}), IssueCode.UNIT_NOT_UNDERSTOOD, "disagree"),
        (ankle(**mmhg("ninety")), IssueCode.VALUE_IMPLAUSIBLE, "ninety"),
        (ankle(**mmhg(90, "ad")), IssueCode.VALUE_IMPLAUSIBLE, "'ad'"),
        (ankle(valueString="see report"), IssueCode.VALUE_MISSING, "'see report'"),
        (ankle(valueInteger="x"), IssueCode.VALUE_MISSING, "'x'"),
        (ankle(valueInteger=True), IssueCode.VALUE_MISSING, "valueInteger"),
        (ankle(valueRange={"low": {"value": 80}}), IssueCode.VALUE_MISSING, "valueRange"),
        (ankle(valueRatio={}), IssueCode.VALUE_MISSING, "valueRatio"),
        (ankle(**absent("not-performed")), IssueCode.VALUE_MISSING, "not-performed"),
        (ankle(**absent("", "patient declined")), IssueCode.VALUE_MISSING, "patient declined"),
        (ankle(**absent("not-applicable")), IssueCode.VALUE_MISSING, "amputated"),
        (ankle(), IssueCode.VALUE_MISSING, "neither a value nor a dataAbsentReason"),
        (ankle(method=concept("PPG"), **mmhg(90)), IssueCode.PPG_INDEX_REJECTED, "photoplethysmography"),
        (
            ankle(
                method=concept(site("309604004")), extension=[{"valueCodeableConcept": concept(site("309604004"))}], **mmhg(90)
            ),
            IssueCode.NOT_RELEVANT,
            "during exercise",
        ),
        (ankle(note=noted("resting and post-exercise"), **mmhg(90)), IssueCode.NOT_RELEVANT, "more than one state"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_reason(resource: dict[str, Any], code: IssueCode, told: str) -> None:
    found = read(resource)
    assert found is not None
    assert found.pressures == ()
    (issue,) = found.issues
    assert (issue.code, issue.used, issue.source) == (code, False, "Observation/1")
    assert told in issue.detail
    assert issue.expression.startswith("Bundle.entry[0].resource")


def test_a_toe_pressure_by_photoplethysmography_is_as_it_should_be() -> None:
    assert read(toe(method=concept("photoplethysmography"), **mmhg(60))) == Read(pressures=pressures(toe(**mmhg(60))))


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (ankle(status="preliminary", **mmhg(90)), IssueCode.STATUS_EXCLUDED),
        (ankle(effectiveDateTime=None, **mmhg(90)), IssueCode.ASSUMED),
        (
            ankle(
                extension=[
                    {
                        "url": "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition",
                        "valueCodeableConcept": concept(SITTING),
                    }
                ],
                **mmhg(90),
            ),
            IssueCode.POSITION_NOT_SUPINE,
        ),
        (
            ankle(component=[component(concept(loinc_code("8361-8")), valueCodeableConcept=concept(SITTING))], **mmhg(90)),
            IssueCode.POSITION_NOT_SUPINE,
        ),
        (
            ankle(component=[component(concept("Body position"), valueString="standing")], **mmhg(90)),
            IssueCode.POSITION_NOT_SUPINE,
        ),
        (ankle(note=noted("patient seated"), **mmhg(90)), IssueCode.POSITION_NOT_SUPINE),
    ],
)
def test_what_is_used_with_a_remark(resource: dict[str, Any], code: IssueCode) -> None:
    found = read(resource)
    assert found is not None
    assert len(found.pressures) == 1
    assert [(issue.code, issue.used) for issue in found.issues] == [(code, True)]


@pytest.mark.parametrize(
    "position",
    [
        {
            "extension": [{"url": "x/bodyPosition", "valueCodeableConcept": concept(site("40199007"))}],
            "note": noted("seated before"),
        },
        {"component": [component(concept("position"), valueString="lying")], "note": noted("seated before")},
        {"extension": [{"url": "x/bodyPosition"}]},
        {},
    ],
)
def test_lying_or_not_said_is_no_remark(position: dict[str, Any]) -> None:
    found = read(ankle(**position, **mmhg(90)))
    assert found is not None
    assert found.issues == ()


def test_a_bare_date_may_have_begun_elsewhere_on_earth() -> None:
    (pressure,) = pressures(ankle(effectiveDateTime="2026-11-01", **mmhg(90)))
    assert pressure.day_only


@pytest.mark.parametrize(
    ("elements", "phase", "minutes"),
    [
        (
            {"extension": [{"url": "x/ExerciseAssociationExt", "valueCodeableConcept": concept(site("255214003"))}]},
            Phase.POST_EXERCISE,
            None,
        ),
        ({"extension": [{"url": "x", "valueCodeableConcept": concept(site("128978002"))}]}, Phase.POST_EXERCISE, None),
        (
            {
                "extension": [{"url": "x", "valueCodeableConcept": concept(site("263678003"))}],
                "note": noted("post exercise study to follow"),
            },
            Phase.REST,
            None,
        ),
        (
            {"extension": [{"url": "x", "valueCodeableConcept": concept(site("128977007"), "Post-exercise state")}]},
            Phase.REST,
            None,
        ),
        (
            {
                "component": [component(concept("state"), valueCodeableConcept=concept(site("255214003")))],
                "note": noted("1 min post-exercise"),
            },
            Phase.POST_EXERCISE,
            1,
        ),
        ({"method": concept(site("255214003"))}, Phase.POST_EXERCISE, None),
        ({"code": concept(SYSTOLIC, site("255214003"))}, Phase.POST_EXERCISE, None),
        ({"code": concept(SYSTOLIC, "Systolic post exercise")}, Phase.POST_EXERCISE, None),
        (
            {
                "note": noted("after treadmill"),
                "component": [component(concept("time after exercise"), valueQuantity={"value": 1, "code": "min"})],
            },
            Phase.POST_EXERCISE,
            1,
        ),
        (
            {
                "note": noted("after treadmill"),
                "component": [component(concept("speed"), valueQuantity={"value": 3.2, "unit": "km/h"}), component(concept("x"))],
            },
            Phase.POST_EXERCISE,
            None,
        ),
        ({"note": noted("pre-exercise")}, Phase.REST, None),
        ({}, Phase.REST, None),
    ],
)
def test_rest_and_after_exercise(elements: dict[str, Any], phase: Phase, minutes: int | None) -> None:
    (pressure,) = pressures(ankle(**(mmhg(90) | elements)))
    assert pressure.phase is phase
    assert pressure.minutes_after_exercise == (None if minutes is None else Decimal(minutes))


def test_a_mapped_code_may_say_after_exercise_for_one_component() -> None:
    resource = observation(
        concept("exercise test"),
        component=[component(concept(local("R-PT-SYS")), **mmhg(92)), component(concept(local("L-ANKLE-POST")), **mmhg(60))],
    )
    assert [pressure.phase for pressure in pressures(resource)] == [Phase.REST, Phase.POST_EXERCISE]


def test_a_text_read_for_the_state_of_exercise_is_remarked() -> None:
    assert issue_codes(read(ankle(note=noted("post exercise"), **mmhg(90)))) == [IssueCode.ASSUMED]


def test_what_the_panel_says_of_its_one_pressure_holds_for_it() -> None:
    resource = observation(
        concept(PANEL), bodySite=concept(RIGHT_ANKLE), component=[component(concept(SYSTOLIC))], **absent("positive-infinity")
    )
    assert pressures(resource)[0].bound is Bound.ABOVE


def test_a_note_on_several_pressures_says_nothing_of_each() -> None:
    resource = observation(
        concept("study"),
        note=noted("noncompressible"),
        component=[component(concept(DORSALIS_PEDIS_RIGHT), **mmhg(120)), component(concept(BRACHIAL_LEFT), **mmhg(130))],
    )
    assert [pressure.bound for pressure in pressures(resource)] == [Bound.EXACT, Bound.EXACT]


def test_each_component_is_told_of_by_its_own_path() -> None:
    resource = observation(
        concept("study"),
        component=[component(concept(DORSALIS_PEDIS_RIGHT), **mmhg(120)), component(concept(BRACHIAL_LEFT), **mmhg(20))],
    )
    found = read(resource)
    assert found is not None
    assert len(found.pressures) == 1
    assert found.issues[0].expression == "Bundle.entry[0].resource.component[1].valueQuantity"


def test_a_pressure_known_by_text_alone_says_so() -> None:
    assert issue_codes(read(observation(concept("x"), bodySite=concept(RIGHT_ANKLE, "ankle"), **mmhg(90)))) == [IssueCode.ASSUMED]
