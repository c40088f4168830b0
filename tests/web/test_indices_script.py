"""The script that shows indices while pressures are typed, against the arithmetic of the service, over thousands of pairs."""

from __future__ import annotations

import itertools
import json
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from service.clinical.abi import abi_category, abi_ratio
from service.clinical.indices import Abi, Ratio
from service.clinical.limb_indices import compute_indices
from service.clinical.measurements import Bound, Measurements, Phase, Pressure, Side, Site
from service.evidence.loader import Evidence
from service.fhir.units import MMHG_PER_KPA
from tests.judges.node import node

SCRIPT = Path(__file__).parents[2] / "service" / "web" / "pages" / "assets" / "indices.js"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUN = """
const [source, asked] = JSON.parse(require("fs").readFileSync(0, "utf8"));
import("data:text/javascript," + encodeURIComponent(source)).then((script) => {
  const big = (key, value) => (typeof value === "bigint" ? script.written(value) : value);
  const reading = ([text, state, kpa]) => ({ value: text === "" ? null : script.decimal(text) * (kpa ? BigInt(asked.perKpa) : 100000n), state });
  const readings = (given) => Object.fromEntries(Object.entries(given).map(([name, one]) => [name, reading(one)]));
  const edges = { ...asked.edges, toeAboveAnkle: script.decimal(asked.edges.toeAboveAnkle) * 100000n };
  const pairs = asked.pairs.map(([ankle, arm]) => {
    const value = script.hundredths(script.decimal(ankle), script.decimal(arm));
    return [script.written(value), script.band(value, edges)];
  });
  const legs = asked.legs.map(([rest, after]) => script.leg(readings(rest), readings(after), edges));
  console.log(JSON.stringify({ pairs, legs, refused: asked.refused.map((text) => script.decimal(text)) }, big));
});
"""


@pytest.fixture(scope="module")
def edges(evidence: Evidence) -> dict[str, str]:
    """As the page carries them."""
    abi, tbi = evidence.abi_categories.abi, evidence.abi_categories.tbi
    return {
        "abnormalAtMost": str(abi.abnormal_at_most.value),
        "borderlineAtMost": str(abi.borderline_at_most.value),
        "normalAtMost": str(abi.normal_at_most.value),
        "toeAbnormalAtMost": str(tbi.abnormal_at_most.value),
        "toeAboveAnkle": str(tbi.toe_above_ankle_by_more_than.value),
    }


def run(edges: dict[str, str], **asked: Any) -> dict[str, Any]:
    runner = node()
    if runner is None:
        pytest.skip("Node is not here: the script's arithmetic is not compared")
    per_kpa = str(MMHG_PER_KPA).replace(".", "")
    sent = json.dumps([SCRIPT.read_text(), {"pairs": [], "legs": [], "refused": [], "edges": edges, "perKpa": per_kpa, **asked}])
    done = subprocess.run([runner, "-e", RUN], input=sent, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_ratio_and_band_is_that_of_the_service(edges: dict[str, str], evidence: Evidence) -> None:
    whole = itertools.product(range(0, 351, 1), (50, 77, 99, 100, 119, 120, 137, 150, 181, 200, 300))
    tenths = itertools.product(("12.4", "0.5", "33.333", "19,7"), ("16", "19.7", "20,05", "7.001"))
    pairs = [(str(ankle), str(arm)) for ankle, arm in [*whole, *tenths]]
    found = run(edges, pairs=pairs)["pairs"]
    for (ankle, arm), (value, band) in zip(pairs, found, strict=True):
        _, expected = abi_ratio(ankle_mmhg=Decimal(ankle.replace(",", ".")), arm_mmhg=Decimal(arm.replace(",", ".")))
        assert Decimal(value) == expected, (ankle, arm)
        assert band == abi_category(expected, evidence.abi_categories.abi), (ankle, arm)


def test_half_is_rounded_up_and_both_sides_of_every_edge_are_told_apart(edges: dict[str, str]) -> None:
    found = run(edges, pairs=[("181", "200"), ("180", "200"), ("198", "200"), ("199", "200"), ("280", "200"), ("281", "200")])[
        "pairs"
    ]
    assert found == [
        ["0.91", "borderline"],
        ["0.90", "abnormal"],
        ["0.99", "borderline"],
        ["1.00", "normal"],
        ["1.40", "normal"],
        ["1.41", "noncompressible"],
    ]


def test_what_is_no_number_is_none(edges: dict[str, str]) -> None:
    refused = ["", " ", "-1", "1e2", "12.", ".5", "12.3456", "12345", "0x10", "٣", "9 3", "NaN"]
    assert run(edges, refused=refused)["refused"] == [None] * len(refused)


_Given = dict[str, tuple[str, str, bool]]
LEG_SITES = (Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL)


def test_a_leg_comes_to_what_the_service_makes_of_it(edges: dict[str, str], evidence: Evidence) -> None:
    """Two thousand legs: arms missing, arteries that do not compress, no signal, kPa, toes above their ankle, before and after exercise."""
    random = Random(20260302)
    legs = [_a_leg(random) for _ in range(2000)]
    found = run(edges, legs=legs)["legs"]
    kinds: set[str] = set()
    for (rest, after), told in zip(legs, found, strict=True):
        pressures = (*_pressures(rest, Phase.REST), *_pressures(after, Phase.POST_EXERCISE))
        right = compute_indices(Measurements(pressures=pressures), evidence.abi_categories, as_of=AT).right
        assert _of_abi(told["abi"]) == _abi(right.abi), (rest, after)
        expected_tbi = right.tbi and (_two(right.tbi.ratio), "abnormal" if right.tbi.abnormal else "normal")
        assert (("value" in told["tbi"] or None) and (told["tbi"]["value"], told["tbi"]["band"])) == expected_tbi, (rest, after)
        post = right.exercise and right.exercise.post_abi
        assert told["exercise"].get("value") == (_two(post) if post else None), (rest, after)
        kinds |= {
            told["abi"].get("band", told["abi"].get("missing")),
            told["tbi"].get("missing", "toe"),
            told["exercise"].get("missing", "after"),
        }
    assert kinds >= {"abnormal", "borderline", "normal", "noncompressible", "ankle", "arm", "swapped", "pair", "after"}


def _two(ratio: Ratio) -> str:
    return f"{ratio.value:.2f}"


def _abi(abi: Abi | None) -> tuple[str | None, str] | None:
    return None if abi is None else (None if abi.ratio.value is None else _two(abi.ratio), abi.category.value)


def _of_abi(told: dict[str, Any]) -> tuple[str | None, str] | None:
    return None if "missing" in told else (told["value"], told["band"])


def _a_leg(random: Random) -> tuple[_Given, _Given]:
    kpa = random.random() < 0.3

    def number(low: int, high: int) -> str:
        if kpa:
            return f"{Decimal(random.randint(low, high)) / MMHG_PER_KPA:.1f}"
        return str(random.randint(low, high))

    def ankle() -> tuple[str, str, bool]:
        kind = random.random()
        if kind < 0.2:
            return "", "", kpa
        if kind < 0.3:
            return "", "no-signal", kpa
        if kind < 0.4:
            return (number(200, 254) if kind < 0.35 else ""), "not-compressible", kpa
        return number(40, 240), "", kpa

    def arm() -> tuple[str, str, bool]:
        return ("" if random.random() < 0.25 else number(90, 180)), "", kpa

    toe = ("", "", kpa) if random.random() < 0.3 else (number(15, 200), "", kpa)

    def arms() -> _Given:
        return {"brachial-right": arm(), "brachial-left": arm()}

    arteries = {site.value: ankle() for site in LEG_SITES}
    rest = {**arms(), **arteries, "toe": toe}
    return rest, ({**arms(), **{site.value: ankle() for site in LEG_SITES}} if random.random() < 0.6 else {})


def _pressures(given: _Given, phase: Phase) -> list[Pressure]:
    found = []
    for name, (text, state, kpa) in given.items():
        if not text and not state:
            continue
        site, _, side = name.partition("-") if name.startswith("brachial") else (name, "", "right")
        value = Decimal(text) * (MMHG_PER_KPA if kpa else 1) if text else None
        found.append(
            Pressure(
                site=Site(site),
                side=Side(side),
                mmhg=Decimal(0) if state == "no-signal" else value,
                bound=Bound.ABOVE if state == "not-compressible" else Bound.EXACT,
                phase=phase,
                source=f"Observation/{phase}-{name}",
                taken_at=AT,
            )
        )
    return found
