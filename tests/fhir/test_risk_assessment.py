from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from service.clinical.assessment import AlternativeMatch, Basis, Diagnosis, PatternMatch
from service.evidence.intended_use import INTENDED_USE
from service.fhir.elements import Json
from service.fhir.knowledge.extension_definitions import PROBABILITY_RANGE_URL
from service.fhir.risk_assessment import differential_resource, red_flags_resource
from tests.fhir.assessments import DIFFERENTIAL, EVIDENCE, FRAME, NEUROGENIC, assessment


def differential() -> Json:
    return differential_resource(assessment(), FRAME, notes=())


def prediction(diagnosis: Diagnosis) -> Json:
    return next(one for one in differential()["prediction"] if one["outcome"]["coding"][0]["code"] == diagnosis)


def test_the_four_explanations_keep_their_order_with_percentages_and_words() -> None:
    told = [
        (one["outcome"]["coding"][0]["code"], one["probabilityDecimal"], one["qualitativeRisk"]["coding"][0]["code"])
        for one in differential()["prediction"]
    ]
    assert told == [
        ("vascular-claudication", Decimal("64.9"), "high"),
        ("other-cause", Decimal("25.1"), "moderate"),
        ("mixed-claudication", Decimal("7.2"), "low"),
        ("neurogenic-claudication", Decimal("2.8"), "negligible"),
    ]


def test_the_range_goes_out_beside_the_number() -> None:
    (extension,) = prediction(Diagnosis.VASCULAR)["extension"]
    assert extension["url"] == PROBABILITY_RANGE_URL
    assert extension["valueRange"]["low"] == {
        "value": Decimal("28.7"),
        "unit": "%",
        "system": "http://unitsofmeasure.org",
        "code": "%",
    }
    assert extension["valueRange"]["high"]["value"] == Decimal("87.0")


def test_a_standard_code_stands_beside_ours_where_it_means_the_same_and_nowhere_else() -> None:
    codes = {one: [coding["code"] for coding in prediction(one)["outcome"]["coding"]] for one in Diagnosis}
    assert codes == {
        Diagnosis.VASCULAR: ["vascular-claudication", "840580004", "I73.9"],
        Diagnosis.NEUROGENIC: ["neurogenic-claudication", "303081002", "M48.062"],
        Diagnosis.MIXED: ["mixed-claudication"],
        Diagnosis.OTHER: ["other-cause"],
    }


def test_the_rationale_tells_inputs_doubt_limits_and_sources() -> None:
    assert prediction(Diagnosis.VASCULAR)["rationale"] == (
        "Vascular claudication 64.9 % (28.7 to 87.0 %, uncalibrated). "
        "Vascular cause 72.1 % (41.0 to 88.8 %, uncalibrated); before the findings 25.0 % in primary care; risk factors: smoking: current; "
        "for it: pain in the calf (LR 3.3), ABI 0.90 or lower in a leg that hurts (LR 3.3, to be confirmed against the primary source); "
        "against it: relief by sitting only (LR 3.3). "
        "History and examination count no further than the limit set for them. "
        "Peripheral artery disease is confirmed where it hurts, so this cause is never rated below moderate. "
        "Neurogenic cause 10.0 % (2.0 to 30.0 %, uncalibrated). "
        "Sources: Study of 2013. doi:10.1000/study | Guideline of 2024. doi:10.1000/guideline"
    )


def test_an_explanation_of_the_other_cause_tells_that_cause_in_full() -> None:
    said = prediction(Diagnosis.NEUROGENIC)["rationale"]
    assert "Neurogenic cause 10.0 % (2.0 to 30.0 %, uncalibrated); before the findings 30.0 % in primary care." in said
    assert "Vascular cause 72.1 % (41.0 to 88.8 %, uncalibrated)." in said
    assert said.endswith("Sources: none but the pre-test estimate of this project.")


def test_both_causes_are_told_in_full_where_both_decide() -> None:
    for one in (Diagnosis.MIXED, Diagnosis.OTHER):
        said = prediction(one)["rationale"]
        assert "pain in the calf" in said
        assert "Neurogenic cause 10.0 % (2.0 to 30.0 %, uncalibrated); before the findings 30.0 %" in said


def test_every_resource_used_is_a_basis_once_and_the_evidence_version_is_the_method() -> None:
    resource = differential_resource(assessment(sources=("Observation/1", "Observation/2", "Observation/1")), FRAME, notes=())
    assert resource["basis"] == [{"reference": "Observation/1"}, {"reference": "Observation/2"}]
    assert EVIDENCE in resource["method"]["text"]
    assert resource["performer"] == FRAME.device


def test_what_it_is_for_stands_in_every_assessment() -> None:
    for resource in (differential(), red_flags_resource(assessment().red_flags, FRAME)):
        assert resource["method"]["text"].endswith(INTENDED_USE)


def test_without_notes_there_is_no_note() -> None:
    assert "note" not in differential()


def test_a_raised_flag_has_a_side_an_urgency_and_no_number() -> None:
    resource = red_flags_resource(assessment().red_flags, FRAME)
    limb, cauda = resource["prediction"]
    assert limb["outcome"]["text"] == "Chronic limb-threatening ischaemia, right leg"
    assert [coding["code"] for coding in limb["outcome"]["coding"]] == ["chronic-limb-threatening-ischaemia"]
    assert limb["rationale"] == (
        "Toe pressure under 30 mmHg. Urgency: urgent, right leg. Rule clti; Guideline of 2024, 3.1 (6); class of recommendation 1; "
        "level of evidence B-NR; to be confirmed against the primary source. Source: Guideline of 2024. doi:10.1000/guideline"
    )
    assert [coding["code"] for coding in cauda["outcome"]["coding"]] == ["cauda-equina-syndrome", "192970008", "G83.4"]
    assert cauda["outcome"]["text"] == "Cauda equina syndrome"
    for one in (limb, cauda):
        assert one["qualitativeRisk"]["coding"][0]["code"] == "high"
        # A number would be invented; that there is none is said, for servers that read its absence as over 100 %.
        assert "probabilityDecimal" not in one
        assert [said["valueCode"] for said in one["probabilityRange"]["extension"]] == ["not-applicable"]
        assert set(one["probabilityRange"]) == {"extension"}
    assert resource["basis"] == [{"reference": "Observation/rest-toe-right"}]


def test_half_a_tenth_of_a_percent_is_rounded_up() -> None:
    one = replace(DIFFERENTIAL.explanations[0], probability=replace(NEUROGENIC.posttest, value=0.12345, low=0.0, high=1.0))
    weighed = replace(DIFFERENTIAL, explanations=(one,))
    (told,) = differential_resource(assessment(differential=weighed), FRAME, notes=())["prediction"]
    assert told["probabilityDecimal"] == Decimal("12.3")
    assert told["extension"][0]["valueRange"]["low"]["value"] == Decimal("0.0")
    assert told["extension"][0]["valueRange"]["high"]["value"] == Decimal("100.0")


def alternative(code: str, match: PatternMatch, **more: tuple[str, ...]) -> AlternativeMatch:
    given: dict[str, tuple[str, ...]] = {"matched": ("settles slowly",), "against": (), "not_known": (), **more}
    return AlternativeMatch(
        code=code, match=match, basis=Basis(rule=f"alternative-{code}", citation="guideline", tag="F"), **given
    )


def test_other_explanations_follow_the_four_by_a_word_and_without_a_number() -> None:
    patterns = (
        alternative("venous-claudication", PatternMatch.MATCHED, against=("no swelling",), not_known=("an earlier clot",)),
        alternative("popliteal-cyst", PatternMatch.PARTLY),
        alternative("hip-osteoarthritis", PatternMatch.NOT_MATCHED),
    )
    predictions = differential_resource(replace(assessment(), alternatives=patterns), FRAME, notes=())["prediction"]
    assert [one["outcome"]["coding"][0]["code"] for one in predictions[4:]] == ["venous-claudication", "popliteal-cyst"]
    assert [one["qualitativeRisk"]["coding"][0]["code"] for one in predictions[4:]] == ["moderate", "low"]
    for one in predictions[4:]:
        assert "probabilityDecimal" not in one
        assert [said["valueCode"] for said in one["probabilityRange"]["extension"]] == ["not-applicable"]
    assert predictions[4]["rationale"] == (
        "Pattern matched: settles slowly; against it: no swelling; not recorded: an earlier clot. "
        "By pattern only; it takes no probability from the causes that are weighed. "
        "Rule alternative-venous-claudication. Source: Guideline of 2024. doi:10.1000/guideline"
    )
