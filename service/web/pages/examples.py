"""The invented patients that the workbench offers, each a Bundle in the package. `examples/` of the checkout tells their stories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from service.clinical.assessment import Setting

AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""The moment all of them are assessed for: without it their pressures would grow old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`id` names its folder in `examples/` as well."""

    id: str
    name: str
    story: str
    setting: Setting = Setting.PRIMARY_CARE


_ALL = (
    Example(
        id="01-claudicant-abi-0.62",
        name="Classic claudication",
        story="A man of 63, daily smoker. A cramp in the right calf after 250 m uphill, gone within minutes of standing still.",
    ),
    Example(
        id="10-rest-pain-toe-22",
        name="Rest pain, toe 22 mmHg",
        story="A man of 71: the right forefoot burns at night, better with the leg hanging down. Limb threat.",
        setting=Setting.VASCULAR_CLINIC,
    ),
    Example(
        id="03-neurogenic-normal-abi",
        name="Narrow spinal canal",
        story="A woman of 74: both buttocks and thighs ache on standing and walking; sitting and the shopping trolley help.",
        setting=Setting.SPINE_CLINIC,
    ),
    Example(
        id="04-mixed-arteries-and-spine",
        name="Both causes at once",
        story="A man of 78 with coronary disease and known stenosis: both legs hurt on walking and on standing alone.",
    ),
    Example(
        id="09-post-exercise-drop",
        name="Normal at rest, falls on exercise",
        story="A man of 58: buttock and calf pain, normal indices at rest, a treadmill test that tells.",
        setting=Setting.VASCULAR_CLINIC,
    ),
    Example(
        id="16-cold-leg-no-doppler-signal",
        name="Cold leg, no signal",
        story="A man of 79 with atrial fibrillation: the left leg cold and pale, no Doppler signal, onset not recorded.",
    ),
    Example(
        id="11-cauda-equina",
        name="Cauda equina",
        story="A woman of 52: since yesterday numb around the seat, no feeling when passing urine, both legs weak.",
    ),
    Example(
        id="02-diabetic-stiff-arteries",
        name="Stiff arteries",
        story="A woman of 72, diabetic for 25 years: the ankles do not compress, the toes decide.",
    ),
    Example(
        id="05-one-arm-only",
        name="One arm only",
        story="A woman of 69 after mastectomy: the left arm is not used, and the index may be overstated.",
    ),
    Example(
        id="06-pressures-in-kpa",
        name="Pressures in kPa",
        story="A woman of 61: the surgery records kPa, and one reading entered in error.",
    ),
    Example(
        id="07-below-knee-amputation-left",
        name="Below-knee amputation",
        story="A man of 70 with a prosthesis on the left: one leg to measure.",
    ),
    Example(
        id="08-unable-to-compress",
        name="Unable to compress",
        story="A woman of 77 on haemodialysis: words and a limit where numbers should be.",
    ),
    Example(
        id="13-laboratory-abi-lithuanian-profile",
        name="Index of a laboratory",
        story="A woman of 66: no pressures, only an index that a laboratory computed.",
    ),
    Example(
        id="14-runner-discordant-exercise-test",
        name="Runner of 24",
        story="A bursting calf and shin; after exercise the index falls and the ankle pressure does not.",
        setting=Setting.VASCULAR_CLINIC,
    ),
    Example(
        id="15-borderline-abi",
        name="Borderline index",
        story="A woman of 68, ex-smoker: classic claudication and an index of 0.95.",
    ),
    Example(
        id="12-nothing-usable",
        name="Nothing usable",
        story="A woman of 44 at an annual review: nothing of it is about legs.",
    ),
)
EXAMPLES: Mapping[str, Example] = {example.id: example for example in _ALL}
"""By id, those that show most first."""


@cache
def example_body(id: str) -> bytes:
    """The Bundle as JSON. Raises KeyError for an id that is not in EXAMPLES: it is a file name only once it is known."""
    return (resources.files("service.web.pages") / "examples" / f"{EXAMPLES[id].id}.json").read_bytes()
