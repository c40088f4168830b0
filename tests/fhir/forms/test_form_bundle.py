"""What a form makes is read back as it was meant, without a remark, and the judges of R4 have nothing against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.measurements import Bound, Phase, Side, Site
from service.fhir.forms.form_bundle import FilledForm, form_bundle
from service.fhir.forms.form_definition import read_definition
from service.fhir.forms.pressure_observation import SITES, UNITS, TakenPressure, pressure_observation
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.json_format import dumps, parse
from service.fhir.limbs.pressures import read_pressures
from tests.fhir.entries import context_of, entry_of
from tests.judges.panel import Panel

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FORM = read_definition(questionnaire())
TAKEN = TakenPressure(site=Site.DORSALIS_PEDIS, side=Side.RIGHT, phase=Phase.REST, value=Decimal(93), unit="mmHg")
FILLED = FilledForm(
    answers={"leg-pain-on-walking": ({"valueBoolean": True},)}, pressures=(TAKEN,), birth_date="1962-07-19", sex="male", at=AT
)


def observation(taken: TakenPressure) -> dict[str, Any]:
    made = pressure_observation(taken, id="o1", subject={"reference": "Patient/p1"}, effective=AT.isoformat())
    read: dict[str, Any] = parse(dumps(made))
    return read


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("site", SITES)
def test_a_pressure_is_read_back_from_where_it_was_taken(site: Site, side: Side, phase: Phase) -> None:
    taken = replace(TAKEN, site=site, side=side, phase=phase, minutes_after_exercise=Decimal(1))
    read = read_pressures(entry_of(observation(taken)), context_of())
    assert read is not None
    assert read.issues == ()
    (pressure,) = read.pressures
    assert (pressure.site, pressure.side, pressure.phase, pressure.mmhg, pressure.bound) == (site, side, phase, 93, Bound.EXACT)
    assert pressure.taken_at == AT
    assert pressure.minutes_after_exercise == (1 if phase is Phase.POST_EXERCISE else None)


@pytest.mark.parametrize(
    ("taken", "mmhg", "bound"),
    [
        (replace(TAKEN, value=Decimal(250), compressible=False), 250, Bound.ABOVE),
        (replace(TAKEN, value=None, compressible=False), None, Bound.ABOVE),
        (replace(TAKEN, value=Decimal(0)), 0, Bound.EXACT),
        (replace(TAKEN, value=Decimal(16), unit="kPa"), Decimal("120.00992"), Bound.EXACT),
        (replace(TAKEN, phase=Phase.POST_EXERCISE), 93, Bound.EXACT),
    ],
)
def test_what_is_no_plain_number_of_mmhg_is_read_back_as_it_was_meant(
    taken: TakenPressure, mmhg: Decimal | None, bound: Bound
) -> None:
    read = read_pressures(entry_of(observation(taken)), context_of())
    assert read is not None
    assert read.issues == ()
    assert [(one.mmhg, one.bound) for one in read.pressures] == [(mmhg, bound)]


def test_the_judges_accept_every_kind_of_pressure(panel: Panel) -> None:
    kinds = (
        *(replace(TAKEN, site=site, unit=unit) for site in SITES for unit in UNITS),
        replace(TAKEN, value=None, compressible=False),
        replace(TAKEN, value=Decimal(0), phase=Phase.POST_EXERCISE, minutes_after_exercise=Decimal("1.5")),
    )
    bundle = form_bundle(FORM, replace(FILLED, pressures=[replace(one, side=Side.LEFT) for one in kinds[:1]]))
    assert panel.complaints(dumps(bundle)) == []
    for one in kinds:
        assert panel.complaints(dumps(observation(one))) == []


def test_the_same_form_is_the_same_bundle_and_another_another() -> None:
    assert dumps(form_bundle(FORM, FILLED)) == dumps(form_bundle(FORM, replace(FILLED)))
    others = (
        replace(FILLED, answers={}),
        replace(FILLED, pressures=()),
        replace(FILLED, birth_date="1962"),
        replace(FILLED, sex=""),
        replace(FILLED, taken_on="2026-03-01"),
        replace(FILLED, at=AT.replace(minute=31)),
    )
    ids = [form_bundle(FORM, one)["entry"][0]["resource"]["id"] for one in (FILLED, *others)]
    assert len(set(ids)) == len(ids)


def test_what_is_not_known_is_left_out() -> None:
    (patient,) = [entry["resource"] for entry in form_bundle(FORM, FilledForm(answers={}, at=AT))["entry"]]
    assert set(patient) == {"resourceType", "id"}


def test_the_day_of_the_measurement_goes_before_the_moment_of_the_form() -> None:
    bundle = form_bundle(FORM, replace(FILLED, taken_on="2026-02-27"))
    assert [entry["resource"].get("effectiveDateTime") for entry in bundle["entry"]] == [None, None, "2026-02-27"]
