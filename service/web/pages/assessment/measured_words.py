"""Readings and indices in the few words a page has room for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from service.clinical.indices import Leg, NotComputed, PadStatus, Reading
from service.clinical.measurements import Bound, Site
from service.fhir import sentences

SITES: Mapping[Site, str] = {
    Site.BRACHIAL: "Arm",
    Site.DORSALIS_PEDIS: "DP",
    Site.POSTERIOR_TIBIAL: "PT",
    Site.ANKLE: "Ankle",
    Site.TOE: "Toe",
}
SITE_NAMES: Mapping[Site, str] = {
    Site.BRACHIAL: "arm (brachial)",
    Site.DORSALIS_PEDIS: "dorsalis pedis",
    Site.POSTERIOR_TIBIAL: "posterior tibial",
    Site.ANKLE: "ankle, artery not recorded",
    Site.TOE: "toe",
}
PAD_STATUS: Mapping[PadStatus, str] = {
    PadStatus.CONFIRMED: "PAD confirmed",
    PadStatus.POSSIBLE: "PAD possible",
    PadStatus.NOT_SHOWN: "PAD not shown",
    PadStatus.INDETERMINATE: "PAD cannot be told",
    PadStatus.NOT_MEASURED: "not measured",
}
MISSING: Mapping[NotComputed, str] = {
    NotComputed.NO_ANKLE_PRESSURE: "no ankle pressure",
    NotComputed.NO_TOE_PRESSURE: "no toe pressure",
    NotComputed.NO_ARM_PRESSURE: "no arm pressure",
    NotComputed.ONLY_BOUND_KNOWN: "only a limit known",
    NotComputed.LEG_AMPUTATED: "amputated",
}
"""Why there is no index, short enough for the drawing."""
NOT_COMPRESSIBLE = "does not compress"
_SIGNS = {Bound.EXACT: "", Bound.ABOVE: "> ", Bound.BELOW: "< "}
_TENTH = Decimal("0.1")


def mmhg(reading: Reading) -> str:
    """E.g. "93 mmHg", "> 250 mmHg", "90.1 mmHg" for what was 12.01 kPa."""
    if reading.mmhg is None:
        return NOT_COMPRESSIBLE
    tenths = reading.mmhg.quantize(_TENTH, ROUND_HALF_UP).normalize()
    return f"{_SIGNS[reading.bound]}{tenths:f} mmHg"


def abi_words(leg: Leg) -> str:
    """E.g. "ABI 0.62 abnormal", "ABI: no ankle pressure"."""
    if leg.abi is not None:
        return f"ABI {sentences.ratio(leg.abi.ratio)} {leg.abi.category}"
    return f"ABI: {sentences.not_computed(leg.abi_missing)}" if leg.abi_missing else ""


def tbi_words(leg: Leg) -> str:
    """E.g. "TBI 0.15 abnormal"; "" without one."""
    if leg.tbi is None:
        return ""
    return f"TBI {sentences.ratio(leg.tbi.ratio)} {'abnormal' if leg.tbi.abnormal else 'normal'}"


def at(moment: datetime | None) -> str:
    """E.g. "2026-03-02 09:00 UTC"."""
    return "time not recorded" if moment is None else f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".rstrip()
