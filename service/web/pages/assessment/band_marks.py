"""One shape for each band of an index, so that nothing hangs on colour alone: they are told apart in grey, too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from service.clinical.indices import Abi, AbiCategory, PadStatus, Tbi
from service.web.pages.svg import Node, Number, node


class Band(StrEnum):
    """The bands of both indices, and none."""

    ABNORMAL = "abnormal"
    BORDERLINE = "borderline"
    NORMAL = "normal"
    NONCOMPRESSIBLE = "noncompressible"
    NONE = "none"


STATUS_SHAPES: Mapping[PadStatus, Band] = {
    PadStatus.CONFIRMED: Band.ABNORMAL,
    PadStatus.POSSIBLE: Band.BORDERLINE,
    PadStatus.NOT_SHOWN: Band.NORMAL,
    PadStatus.INDETERMINATE: Band.NONCOMPRESSIBLE,
    PadStatus.NOT_MEASURED: Band.NONE,
}
"""A leg is drawn by what is known of it, which may be worse than its index at rest."""

_BANDS: Mapping[AbiCategory, Band] = {category: Band(category.value) for category in AbiCategory}


def band_of_abi(abi: Abi | None) -> Band:
    return Band.NONE if abi is None else _BANDS[abi.category]


def band_of_tbi(tbi: Tbi) -> Band:
    return Band.ABNORMAL if tbi.abnormal else Band.NORMAL


def mark(band: Band, x: Number, y: Number, size: Number, *, kind: str = "mark") -> Node:
    """The shape of a band, `size` wide, its middle at x, y. `kind` is the class that the style sheet knows."""
    half = size / 2
    class_ = f"{kind} {kind}-{band}"
    corners = {
        Band.ABNORMAL: ((-half, -half * 0.9), (half, -half * 0.9), (0, half)),
        Band.BORDERLINE: ((0, -half), (half, 0), (0, half), (-half, 0)),
        Band.NONCOMPRESSIBLE: (
            (-half * 0.85, -half * 0.85),
            (half * 0.85, -half * 0.85),
            (half * 0.85, half * 0.85),
            (-half * 0.85, half * 0.85),
        ),
    }.get(band)
    if corners is None:
        return node("circle", cx=x, cy=y, r=half * 0.92, class_=class_)
    return node("polygon", points=" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners), class_=class_)
