from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.clinical.assessment import NotWeighed
from service.clinical.indices import (
    Abi,
    AbiCategory,
    Arms,
    ExerciseResult,
    ExerciseTest,
    FootOxygen,
    Indices,
    Ischaemia,
    Leg,
    NotComputed,
    PadReason,
    PadStatus,
    Ratio,
    Tbi,
)
from service.clinical.measurements import Bound, IndexKind, ReportedIndex, Side, Site
from service.fhir.elements import Json
from service.fhir.observation import observations
from tests.fhir.assessments import (
    ARM,
    FRAME,
    STUDY,
    assessment,
    diseased_right_leg,
    nothing_known,
    ratio,
    reading,
    stiff_left_leg,
    unmeasured,
)


def of_legs(right: Leg, left: Leg | None = None) -> list[Json]:
    return observations(assessment(indices=Indices(right=right, left=left or unmeasured(Side.LEFT))), FRAME)


def named(found: list[Json], start: str) -> Json:
    (one,) = [one for one in found if one["code"]["text"].startswith(start)]
    return one


def abi_of(abi: Abi) -> Json:
    leg = Leg(
        side=Side.RIGHT,
        pad_status=PadStatus.NOT_SHOWN,
        pad_reason=PadReason.ABI_NORMAL,
        abi=abi,
        tbi_missing=NotComputed.NO_TOE_PRESSURE,
    )
    return named(of_legs(leg), "Ankle-brachial index, right")


def components(observation: Json) -> dict[str, Json]:
    return {one["code"]["coding"][0]["code"]: one for one in observation["component"]}


def test_the_abi_carries_both_public_codes_and_its_side_twice() -> None:
    abi = named(of_legs(diseased_right_leg()), "Ankle-brachial index, right")
    assert [(coding["system"], coding["code"]) for coding in abi["code"]["coding"]] == [
        ("http://snomed.info/sct", "446841001"),
        ("http://loinc.org", "77194-9"),
    ]
    assert abi["code"]["text"] == "Ankle-brachial index, right leg"
    assert abi["bodySite"]["coding"][0]["code"] == "6685009"
    left = named(of_legs(diseased_right_leg(), stiff_left_leg()), "Ankle-brachial index, left")
    assert left["bodySite"]["coding"][0]["code"] == "51636004"


def test_the_abi_goes_out_with_two_decimals_its_pressures_and_the_ratio_before_rounding() -> None:
    abi = named(of_legs(diseased_right_leg()), "Ankle-brachial index, right")
    assert abi["valueQuantity"] == {
        "value": Decimal("0.70"),
        "unit": "ratio",
        "system": "http://unitsofmeasure.org",
        "code": "{ratio}",
    }
    assert str(abi["valueQuantity"]["value"]) == "0.70"
    parts = components(abi)
    assert parts["unrounded-ratio"]["valueQuantity"]["value"] == Decimal("0.700000")
    assert parts["ankle-systolic-pressure"]["valueQuantity"]["value"] == 91
    assert parts["arm-systolic-pressure"]["valueQuantity"]["code"] == "mm[Hg]"
    assert parts["lower-ankle-abi"]["valueQuantity"]["value"] == Decimal("0.58")
    assert abi["derivedFrom"] == [
        {"reference": "Observation/rest-dorsalis-pedis-right"},
        {"reference": "Observation/rest-brachial-right"},
    ]
    assert abi["effectiveDateTime"] == "2026-03-01T10:00:00+00:00"
    assert abi["device"] == FRAME.device
    assert len(abi["note"]) == 2


@pytest.mark.parametrize(
    ("category", "code"),
    [
        (AbiCategory.ABNORMAL, "L"),
        (AbiCategory.BORDERLINE, "E"),
        (AbiCategory.NORMAL, "N"),
        (AbiCategory.NONCOMPRESSIBLE, "H"),
    ],
)
def test_every_band_has_our_code_and_one_that_everybody_knows(category: AbiCategory, code: str) -> None:
    observation = abi_of(Abi(ratio=ratio(reading(Site.ANKLE, Side.RIGHT, "130"), "1.00", "1"), category=category))
    assert [coding["code"] for coding in observation["interpretation"][0]["coding"]] == [category, code]
    assert "note" not in observation


def test_a_lower_limit_keeps_its_comparator_and_is_off_the_scale() -> None:
    observation = named(of_legs(unmeasured(Side.RIGHT), stiff_left_leg()), "Ankle-brachial index, left")
    assert observation["valueQuantity"]["comparator"] == ">"
    assert [coding["code"] for coding in observation["interpretation"][0]["coding"]] == ["noncompressible", ">"]
    assert components(observation)["ankle-systolic-pressure"]["valueQuantity"]["comparator"] == ">"


def test_an_upper_limit_keeps_its_comparator() -> None:
    low = reading(Site.ANKLE, Side.RIGHT, "40", bound=Bound.BELOW)
    assert abi_of(Abi(ratio=ratio(low, "0.31", "0.3077"), category=AbiCategory.ABNORMAL))["valueQuantity"]["comparator"] == "<"


def test_an_artery_that_does_not_compress_and_has_no_number_is_a_finding_without_a_value() -> None:
    stiff = reading(Site.ANKLE, Side.RIGHT, None, bound=Bound.ABOVE)
    lower = reading(Site.DORSALIS_PEDIS, Side.RIGHT, "120")
    abi = Abi(
        ratio=ratio(stiff, None, None, arm=None),
        category=AbiCategory.NONCOMPRESSIBLE,
        lower=ratio(lower, None, None, arm=None),
    )
    observation = abi_of(abi)
    assert "valueQuantity" not in observation
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "positive-infinity"
    assert [coding["code"] for coding in observation["interpretation"][0]["coding"]] == ["noncompressible", ">"]
    parts = components(observation)
    assert set(parts) == {"ankle-systolic-pressure", "lower-ankle-abi"}
    assert parts["ankle-systolic-pressure"]["dataAbsentReason"]["coding"][0]["code"] == "positive-infinity"
    assert parts["lower-ankle-abi"]["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_a_reported_index_says_so_and_a_date_stays_a_date() -> None:
    reported = ReportedIndex(
        kind=IndexKind.ABI,
        side=Side.RIGHT,
        value=Decimal("0.85"),
        source="Observation/lab",
        taken_at=datetime(2026, 2, 1, tzinfo=UTC),
        day_only=True,
    )
    taken = Ratio(
        value=Decimal("0.85"),
        raw=None,
        bound=Bound.EXACT,
        sources=("Observation/lab",),
        taken_at=reported.taken_at,
        reported=reported,
    )
    observation = abi_of(Abi(ratio=taken, category=AbiCategory.ABNORMAL))
    assert observation["effectiveDateTime"] == "2026-02-01"
    assert observation["method"]["text"].startswith("As reported")
    assert "component" not in observation


def test_a_measurement_of_unknown_time_claims_none() -> None:
    timeless = replace(ratio(reading(Site.ANKLE, Side.RIGHT, "130"), "1.00", "1"), taken_at=None)
    assert "effectiveDateTime" not in abi_of(Abi(ratio=timeless, category=AbiCategory.NORMAL))


@pytest.mark.parametrize(
    ("reason", "code", "text"),
    [
        (NotComputed.NO_ANKLE_PRESSURE, "unknown", "No ankle pressure"),
        (NotComputed.NO_ARM_PRESSURE, "unknown", "No arm pressure to divide by"),
        (NotComputed.ONLY_BOUND_KNOWN, "unknown", "Only a limit of the pressure is known, and it does not tell the class"),
        (NotComputed.LEG_AMPUTATED, "not-applicable", "The leg is amputated"),
    ],
)
def test_what_cannot_be_computed_says_why(reason: NotComputed, code: str, text: str) -> None:
    observation = named(of_legs(unmeasured(Side.RIGHT, reason)), "Ankle-brachial index, right")
    assert observation["dataAbsentReason"]["coding"][0]["code"] == code
    assert observation["dataAbsentReason"]["text"] == text
    assert not any(name.startswith("value") for name in observation)
    assert "derivedFrom" not in observation


@pytest.mark.parametrize(("side", "code"), [(Side.RIGHT, "77618-7"), (Side.LEFT, "77617-9")])
@pytest.mark.parametrize(("abnormal", "interpretation"), [(True, "L"), (False, "N")])
def test_the_tbi_has_a_code_for_each_side(side: Side, code: str, abnormal: bool, interpretation: str) -> None:
    tbi = Tbi(ratio=ratio(reading(Site.TOE, side, "85.3"), "0.66", "0.65615"), abnormal=abnormal, single_arm=True)
    leg = replace(unmeasured(side), tbi=tbi, tbi_missing=None)
    pair = (leg, None) if side is Side.RIGHT else (unmeasured(Side.RIGHT), leg)
    observation = named(of_legs(*pair), "Toe-brachial index")
    assert [coding["code"] for coding in observation["code"]["coding"]] == [code]
    assert observation["interpretation"][0]["coding"][0]["code"] == interpretation
    assert observation["bodySite"] == {
        "coding": [{"system": "http://snomed.info/sct", "code": "29707007", "display": "Toe structure (body structure)"}],
        "text": f"{side} toe",
    }
    assert components(observation)["toe-systolic-pressure"]["valueQuantity"]["value"] == Decimal("85.3")
    assert len(observation["note"]) == 1


def test_a_reported_tbi_is_not_claimed_to_be_computed() -> None:
    reported = ReportedIndex(kind=IndexKind.TBI, side=Side.RIGHT, value=Decimal("0.5"), source="Observation/lab", taken_at=STUDY)
    taken = Ratio(
        value=Decimal("0.50"),
        raw=Decimal("0.5"),
        bound=Bound.EXACT,
        sources=("Observation/lab",),
        taken_at=STUDY,
        reported=reported,
    )
    leg = replace(unmeasured(Side.RIGHT), tbi=Tbi(ratio=taken, abnormal=True), tbi_missing=None)
    assert named(of_legs(leg), "Toe-brachial index")["method"]["text"].startswith("As reported")


def test_a_toe_that_was_measured_in_vain_is_told_and_one_that_was_not_measured_is_not() -> None:
    toe = reading(Site.TOE, Side.RIGHT, "60")
    found = of_legs(unmeasured(Side.RIGHT, toe=toe, tbi_missing=NotComputed.NO_ARM_PRESSURE))
    absent = named(found, "Toe-brachial index")
    assert absent["dataAbsentReason"]["text"] == "No arm pressure to divide by"
    assert absent["bodySite"]["text"] == "right toe"


def test_the_exercise_test_has_its_falls_as_components() -> None:
    observation = named(of_legs(diseased_right_leg()), "Ankle-brachial index after exercise")
    assert observation["code"]["coding"][0]["code"] == "post-exercise-abi"
    assert observation["interpretation"] == [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                    "code": "POS",
                    "display": "Positive",
                }
            ],
            "text": "Exercise test positive by both criteria",
        }
    ]
    parts = components(observation)
    assert parts["abi-fall-percent"]["valueQuantity"]["value"] == Decimal("57.1")
    assert parts["ankle-fall-mmhg"]["valueQuantity"]["value"] == 46
    assert observation["derivedFrom"] == [
        {"reference": "Observation/rest-dorsalis-pedis-right"},
        {"reference": "Observation/post-exercise-dorsalis-pedis-right"},
    ]


@pytest.mark.parametrize(
    ("result", "codes"),
    [(ExerciseResult.DISCORDANT, ["E"]), (ExerciseResult.NEGATIVE, ["NEG"]), (ExerciseResult.NOT_COMPUTABLE, [])],
)
def test_an_exercise_test_without_an_index_says_so(result: ExerciseResult, codes: list[str]) -> None:
    leg = unmeasured(Side.RIGHT, exercise=ExerciseTest(result=result, sources=("Observation/post",)))
    observation = named(of_legs(leg), "Ankle-brachial index after exercise")
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert [coding["code"] for coding in observation["interpretation"][0].get("coding", [])] == codes
    assert "component" not in observation
    assert "effectiveDateTime" not in observation


@pytest.mark.parametrize(
    ("decided_by", "told"), [("toe-pressure", "toe pressure"), ("ankle-pressure", "ankle pressure"), ("abi", "ABI")]
)
def test_the_ischaemia_grade_says_what_decided_it(decided_by: str, told: str) -> None:
    leg = replace(diseased_right_leg(), ischaemia=Ischaemia(grade=2, decided_by=decided_by))
    observation = named(of_legs(leg), "WIfI")
    assert observation["valueInteger"] == 2
    assert observation["method"] == {"text": f"Decided by the {told}"}
    assert set(components(observation)) == {"ankle-systolic-pressure", "toe-systolic-pressure"}
    assert observation["effectiveDateTime"] == "2026-03-01T10:00:00+00:00"


def test_a_grade_by_the_oxygen_of_the_skin_shows_it_and_its_time() -> None:
    oxygen = FootOxygen(mmhg=Decimal("27.04"), sources=("Observation/oxygen",), taken_at=STUDY)
    grade = Ischaemia(grade=3, decided_by="transcutaneous-oxygen")
    observation = named(of_legs(unmeasured(Side.RIGHT, oxygen=oxygen, ischaemia=grade)), "WIfI")
    assert observation["method"] == {"text": "Decided by the transcutaneous oxygen pressure"}
    assert components(observation)["transcutaneous-oxygen-pressure"]["valueQuantity"]["value"] == 27
    assert observation["effectiveDateTime"] == "2026-03-01T10:00:00+00:00"
    assert observation["derivedFrom"] == [{"reference": "Observation/oxygen"}]


def test_a_grade_from_the_toe_alone_rests_on_the_toe_alone() -> None:
    toe = reading(Site.TOE, Side.RIGHT, "25")
    observation = named(of_legs(unmeasured(Side.RIGHT, toe=toe, ischaemia=Ischaemia(grade=3, decided_by="toe-pressure"))), "WIfI")
    assert observation["derivedFrom"] == [{"reference": "Observation/rest-toe-right"}]


def test_the_pad_status_of_both_legs_is_told_with_its_reason() -> None:
    found = of_legs(diseased_right_leg())
    right = named(found, "Peripheral artery disease status, right")
    left = named(found, "Peripheral artery disease status, left")
    assert right["valueCodeableConcept"]["coding"][0]["code"] == "confirmed"
    assert right["note"][0]["text"].startswith("Right leg: peripheral artery disease is confirmed")
    assert {"reference": "Observation/post-exercise-dorsalis-pedis-right"} in right["derivedFrom"]
    assert left["valueCodeableConcept"]["coding"][0]["code"] == "not-measured"
    assert left["note"][0]["text"] == "Left leg: not measured; no ankle pressure."


def test_without_symptoms_and_pressures_nothing_is_claimed_about_the_legs() -> None:
    assert observations(nothing_known(), FRAME) == []


@pytest.mark.parametrize(
    "indices",
    [
        Indices(right=unmeasured(Side.RIGHT), left=unmeasured(Side.LEFT), arms=Arms(higher=ARM)),
        Indices(right=unmeasured(Side.RIGHT, NotComputed.NO_ARM_PRESSURE, ankle=ARM), left=unmeasured(Side.LEFT)),
        Indices(right=unmeasured(Side.RIGHT), left=unmeasured(Side.LEFT, NotComputed.LEG_AMPUTATED)),
    ],
)
def test_one_pressure_is_enough_to_tell_what_is_missing_of_both_legs(indices: Indices) -> None:
    found = observations(assessment(indices=indices, differential=None, not_weighed=NotWeighed.SYMPTOMS_NOT_KNOWN), FRAME)
    assert [one["code"]["text"] for one in found] == [
        "Ankle-brachial index, right leg",
        "Peripheral artery disease status, right leg",
        "Ankle-brachial index, left leg",
        "Peripheral artery disease status, left leg",
    ]


def test_a_leg_about_which_nothing_was_asked_gets_its_status_only() -> None:
    leg = Leg(side=Side.RIGHT, pad_status=PadStatus.NOT_MEASURED, pad_reason=PadReason.NO_PRESSURE)
    found = [one for one in of_legs(leg) if one["code"]["text"].endswith("right leg")]
    assert [one["code"]["coding"][0]["code"] for one in found] == ["pad-status"]
    assert found[0]["note"][0]["text"] == "Right leg: not measured; there is no usable pressure."
