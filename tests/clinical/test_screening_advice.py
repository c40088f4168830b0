"""People without leg symptoms: a screening ABI is reasonable in those at increased risk, and nothing is said to the others."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.assessment import Assessment
from service.clinical.measurements import Measurements
from tests.clinical.patients import NO_PRESSURES, assessed, findings, order_codes, study


def without_symptoms(told: dict[str, Any], age: int | None, measured: Measurements = NO_PRESSURES) -> Assessment:
    return assessed(findings(leg_pain_on_walking=False, **told), measured, age=age)


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
