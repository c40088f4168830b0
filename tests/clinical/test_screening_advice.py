"""People without leg symptoms: a screening ABI is reasonable in those at increased risk; that it is not recommended is said only to who asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.assessment import Assessment, OpenOrder
from service.clinical.measurements import Measurements
from tests.clinical.patients import NO_PRESSURES, assessed, findings, order_codes, study

AN_ABI_IS_ON_ORDER = (OpenOrder(code="resting-abi", source="ServiceRequest/abi"),)
ARTERIES_WELL: dict[str, Any] = {
    "coronary_artery_disease": False,
    "cerebrovascular_disease": False,
    "abdominal_aortic_aneurysm": False,
}
ALL_DENIED: dict[str, Any] = {
    **ARTERIES_WELL, "smoking_status": "never", "diabetes": False, "hypertension": False, "hyperlipidaemia": False,
    "chronic_kidney_disease": False, "family_history_pad": False,
}  # fmt: skip


def without_symptoms(
    told: dict[str, Any], age: int | None, measured: Measurements = NO_PRESSURES, open_orders: tuple[OpenOrder, ...] = ()
) -> Assessment:
    return assessed(findings(leg_pain_on_walking=False, **told), measured, age=age, open_orders=open_orders)


def screening_said(result: Assessment) -> bool:
    return any("screening ABI is reasonable" in sentence for sentence in result.advice)


@pytest.mark.parametrize(
    ("told", "age", "at_risk"),
    [
        ({}, 65, True),
        ({}, 64, False),
        ({"smoking_status": "former"}, 50, True),
        ({"smoking_status": "never"}, 50, False),
        ({"smoking_status": "current"}, 49, False),
        ({"diabetes": True}, 50, True),
        ({"hypertension": True}, 55, True),
        ({"hyperlipidaemia": True}, 55, True),
        ({"chronic_kidney_disease": True}, 55, True),
        ({"family_history_pad": True}, 55, True),
        ({"obesity": True}, 55, False),
        ({"diabetes": True}, 49, False),
        ({"diabetes": True, "hypertension": True}, 49, True),
        ({"coronary_artery_disease": True}, 40, True),
        ({"cerebrovascular_disease": True}, 40, True),
        ({"abdominal_aortic_aneurysm": True}, 40, True),
        ({"hypertension": True}, None, False),
    ],
)
def test_the_groups_of_increased_risk(told: dict[str, Any], age: int | None, at_risk: bool) -> None:
    result = without_symptoms(told, age)
    assert screening_said(result) is at_risk
    assert not result.orders
    assert result.differential is None


def test_screening_is_not_for_those_with_symptoms_signs_a_diagnosis_or_an_index() -> None:
    assert not screening_said(assessed(findings(leg_pain_on_walking=True)))
    assert not screening_said(assessed(findings()))
    signs = without_symptoms({"pulse_dorsalis_pedis_right": "absent"}, 70)
    assert not screening_said(signs)
    assert "resting-abi" in order_codes(signs)
    assert not screening_said(without_symptoms({"known_pad": True}, 70))
    assert not screening_said(without_symptoms({}, 70, study(right=140, left=140)))


def screening_words(result: Assessment) -> list[str]:
    """Which of the three things that can be said of screening are said."""
    phrases = {
        "reasonable": "a screening ABI is reasonable (class 2a",
        "no benefit": "a screening ABI is not recommended (class 3: no benefit",
        "open": "which the record leaves open",
    }
    return [name for name, phrase in phrases.items() if any(phrase in sentence for sentence in result.advice)]


@pytest.mark.parametrize(
    ("told", "age", "said"),
    [
        (ALL_DENIED, 55, "no benefit"),
        ({**ARTERIES_WELL, "diabetes": False}, 40, "no benefit"),
        (
            {**ARTERIES_WELL, "diabetes": True, "smoking_status": "never", "hypertension": False, "hyperlipidaemia": False},
            40,
            "no benefit",
        ),
        (ALL_DENIED, 65, "reasonable"),
        ({**ALL_DENIED, "diabetes": True}, 55, "reasonable"),
        ({**ALL_DENIED, "coronary_artery_disease": True}, 40, "reasonable"),
        (ALL_DENIED, None, "open"),
        ({}, 40, "open"),
        *(({code: value for code, value in ALL_DENIED.items() if code != left_out}, 55, "open") for left_out in ALL_DENIED),
    ],
)
def test_who_asks_for_a_screening_abi_is_answered_and_a_risk_nobody_asked_about_is_not_low(
    told: dict[str, Any], age: int | None, said: str
) -> None:
    assert screening_words(without_symptoms(told, age, open_orders=AN_ABI_IS_ON_ORDER)) == [said]


def test_not_recommended_is_said_only_when_asked_for() -> None:
    assert screening_words(without_symptoms(ALL_DENIED, 55)) == []
    done = (OpenOrder(code="resting-abi", source="DiagnosticReport/abi", done=True),)
    assert screening_words(without_symptoms(ALL_DENIED, 55, open_orders=done)) == []
    another = (OpenOrder(code="hip-xray", source="ServiceRequest/hip"),)
    assert screening_words(without_symptoms(ALL_DENIED, 55, open_orders=another)) == []
    assert (
        screening_words(assessed(findings(leg_pain_on_walking=True, **ALL_DENIED), age=55, open_orders=AN_ABI_IS_ON_ORDER)) == []
    )
