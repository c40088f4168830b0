"""Invented patients for the tests of the reasoning: a few words in, an Assessment out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from service.clinical.assess import assess
from service.clinical.assessment import Assessment, OpenOrder, Setting, Sex
from service.clinical.findings import Finding, Findings, resolve
from service.clinical.measurements import Bound, Measurements, Phase, Pressure, Side, Site
from service.clinical.vocabulary import VOCABULARY, Kind
from service.evidence.loader import Evidence, load_evidence

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STUDY = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@cache
def evidence() -> Evidence:
    return load_evidence()


def findings(**values: Any) -> Findings:
    """Findings by code with underscores: `leg_pain_on_walking=True`, `symptom_site={"calf"}`, `lowest_leg_power_mrc=4`."""
    found = []
    for name, value in values.items():
        code = name.replace("_", "-").replace("egfr", "egfr-ml-min-1.73m2")
        kind = VOCABULARY[code].kind
        if kind is Kind.CHOICES:
            value = frozenset(value)
        elif kind in (Kind.DECIMAL, Kind.INTEGER):
            value = Decimal(value)
        found.append(Finding(code=code, value=value, source=f"QuestionnaireResponse/{code}", recorded_at=STUDY))
    return resolve(found)[0]


def pressure(
    site: Site, side: Side, mmhg: int | str | None, *, phase: Phase = Phase.REST, bound: Bound = Bound.EXACT
) -> Pressure:
    return Pressure(
        site=site,
        side=side,
        mmhg=None if mmhg is None else Decimal(mmhg),
        bound=bound,
        phase=phase,
        source=f"Observation/{phase}-{site}-{side}",
        taken_at=STUDY,
    )


def study(
    *,
    arms: tuple[int | None, int | None] = (130, 128),
    right: int | None = None,
    left: int | None = None,
    toe_right: int | None = None,
    toe_left: int | None = None,
    post_right: int | None = None,
    post_left: int | None = None,
    post_arms: int | None = None,
    stiff_right: bool = False,
    stiff_left: bool = False,
) -> Measurements:
    """Pressures of one visit in mmHg: arms (right, left), the higher ankle artery of each leg, toes, and after exercise."""
    wanted = [
        (Site.BRACHIAL, Side.RIGHT, arms[0], Phase.REST),
        (Site.BRACHIAL, Side.LEFT, arms[1], Phase.REST),
        (Site.DORSALIS_PEDIS, Side.RIGHT, right, Phase.REST),
        (Site.DORSALIS_PEDIS, Side.LEFT, left, Phase.REST),
        (Site.TOE, Side.RIGHT, toe_right, Phase.REST),
        (Site.TOE, Side.LEFT, toe_left, Phase.REST),
        (Site.DORSALIS_PEDIS, Side.RIGHT, post_right, Phase.POST_EXERCISE),
        (Site.DORSALIS_PEDIS, Side.LEFT, post_left, Phase.POST_EXERCISE),
        (Site.BRACHIAL, Side.RIGHT, post_arms, Phase.POST_EXERCISE),
    ]
    pressures = [pressure(site, side, mmhg, phase=phase) for site, side, mmhg, phase in wanted if mmhg is not None]
    for side, stiff in ((Side.RIGHT, stiff_right), (Side.LEFT, stiff_left)):
        if stiff:
            pressures.append(pressure(Site.POSTERIOR_TIBIAL, side, 250, bound=Bound.ABOVE))
    return Measurements(pressures=tuple(pressures))


NO_PRESSURES = Measurements()


def assessed(
    found: Findings,
    measured: Measurements = NO_PRESSURES,
    *,
    age: int | None = 68,
    sex: Sex | None = Sex.MALE,
    setting: Setting = Setting.PRIMARY_CARE,
    open_orders: tuple[OpenOrder, ...] = (),
) -> Assessment:
    return assess(measured, found, evidence(), age_years=age, sex=sex, setting=setting, as_of=NOW, open_orders=open_orders)


CLAUDICANT: dict[str, Any] = {
    "leg_pain_on_walking": True,
    "symptom_side": "right",
    "symptom_site": {"calf"},
    "begins_standing_or_sitting": False,
    "provoked_uphill_or_hurrying": True,
    "provoked_ordinary_pace_level": True,
    "relieved_by_standing_still": True,
    "relief_within_10_minutes": True,
    "relieved_by_sitting": False,
    "provoked_by_standing_alone": False,
}

STENOTIC: dict[str, Any] = {
    "leg_pain_on_walking": True,
    "symptom_side": "both",
    "symptom_site": {"buttock", "thigh"},
    "relieved_by_standing_still": False,
    "relieved_by_sitting": True,
    "no_pain_when_seated": True,
    "relieved_by_bending_forward": True,
    "relieved_by_leaning_on_cart": True,
    "provoked_by_standing_alone": True,
    "worse_standing_up": True,
}

NORMAL_FOOT_PULSES: dict[str, Any] = {
    f"pulse_{artery}_{side}": "present" for artery in ("dorsalis_pedis", "posterior_tibial") for side in ("right", "left")
}


def order_codes(assessment: Assessment) -> set[str]:
    return {order.code for order in assessment.orders}


def withheld_codes(assessment: Assessment) -> set[str]:
    return {order.code for order in assessment.withheld}


def flag_codes(assessment: Assessment) -> set[str]:
    return {flag.code for flag in assessment.red_flags}


def leading(assessment: Assessment) -> str | None:
    return assessment.differential.explanations[0].diagnosis.value if assessment.differential else None
