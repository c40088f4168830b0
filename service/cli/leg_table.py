"""Both legs side by side: pressures, indices, and what they say about the arteries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rich import box
from rich.table import Table

from service.clinical.indices import Indices, Leg, Reading
from service.clinical.measurements import Bound
from service.fhir import sentences

_SIGNS = {Bound.EXACT: "", Bound.ABOVE: "> ", Bound.BELOW: "< "}


def leg_table(indices: Indices) -> Table:
    """A column a leg; a row is left out when it says nothing of either."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("Right", ratio=1)
    table.add_column("Left", ratio=1)
    rows: tuple[tuple[str, Callable[[Leg], str]], ...] = (
        ("PAD status", _pad_status),
        ("Ankle", lambda leg: _reading(leg.ankle)),
        ("ABI", _abi),
        ("Toe", lambda leg: _reading(leg.toe)),
        ("TBI", _tbi),
        ("Skin oxygen", lambda leg: f"{leg.oxygen.mmhg.normalize():f} mmHg" if leg.oxygen else ""),
        ("After exercise", _exercise),
        (
            "WIfI ischaemia",
            lambda leg: f"grade {leg.ischaemia.grade}, by {leg.ischaemia.decided_by.replace('-', ' ')}" if leg.ischaemia else "",
        ),
    )
    for name, told in rows:
        right, left = told(indices.right), told(indices.left)
        if right or left:
            table.add_row(name, right or "-", left or "-")
    arm = _reading(indices.arms.higher)
    if arm:
        side = indices.arms.higher.side.value if indices.arms.higher else ""
        table.add_row("Higher arm", f"{arm} ({side})", "")
    return table


def _pad_status(leg: Leg) -> str:
    return leg.pad_status.replace("-", " ").upper()


def _reading(reading: Reading | None) -> str:
    if reading is None:
        return ""
    if reading.mmhg is None:
        return "does not compress"
    return f"{_SIGNS[reading.bound]}{reading.mmhg.normalize():f} mmHg"


def _abi(leg: Leg) -> str:
    if leg.abi is None:
        return f"- ({sentences.not_computed(leg.abi_missing)})" if leg.abi_missing else ""
    notes = [leg.abi.category.value]
    if leg.abi.near_threshold:
        notes.append("near a threshold")
    if leg.abi.single_arm:
        notes.append("one arm only")
    if leg.abi.ratio.reported:
        notes.append("as reported")
    return f"{sentences.ratio(leg.abi.ratio)} {', '.join(notes)}"


def _tbi(leg: Leg) -> str:
    if leg.tbi is None:
        return f"- ({sentences.not_computed(leg.tbi_missing)})" if leg.tbi_missing else ""
    return f"{sentences.ratio(leg.tbi.ratio)} {'abnormal' if leg.tbi.abnormal else 'normal'}"


def _exercise(leg: Leg) -> str:
    if leg.exercise is None:
        return ""
    told = [sentences.exercise(leg.exercise.result)]
    if leg.exercise.post_abi is not None:
        told.append(f"ABI {sentences.ratio(leg.exercise.post_abi)}")
    if leg.exercise.ankle_fall_mmhg is not None:
        told.append(f"ankle {_fall(leg.exercise.ankle_fall_mmhg)} mmHg")
    return ", ".join(told)


def _fall(mmhg: Decimal) -> str:
    return f"{-mmhg:+f}"
