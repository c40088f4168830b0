"""The weighing step by step: one table a cause, from the pre-test probability to the post-test one."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from service.cli.printable import printable
from service.clinical.assessment import Assessment, Cause, Contribution
from service.fhir import sentences


def trace_tables(assessment: Assessment) -> Iterator[Table]:
    """A table for each cause; none where nothing was weighed."""
    weighed = assessment.differential
    if weighed is not None:
        yield from (_table(cause) for cause in (weighed.vascular, weighed.neurogenic))


def _table(cause: Cause) -> Table:
    table = Table(
        title=f"{cause.name.capitalize()} cause",
        title_justify="left",
        caption=f"Post-test {sentences.interval(sentences.percents(cause.posttest))}{_held(cause)}",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Finding", overflow="fold")
    table.add_column("Ratio", justify="right")
    table.add_column("Group", overflow="fold")
    table.add_column("Counted", overflow="fold")
    table.add_column("Log odds", justify="right")
    table.add_row(Text(f"Pre-test {sentences.interval(sentences.percents(cause.pretest))}"), "", "", "", "")
    for one in cause.contributions:
        table.add_row(*_row(one))
    return table


def _row(one: Contribution) -> tuple[Text, ...]:
    return (
        Text(printable(one.text)),
        Text(f"{one.likelihood_ratio:g}"),
        Text(f"{one.part}: {one.group}"),
        Text(f"{'yes' if one.counted else 'no'}: {one.why}"),
        Text(f"{one.log_odds:+.2f}" if one.counted else ""),
    )


def _held(cause: Cause) -> str:
    held = "; history and examination held at the cap" if cause.capped else ""
    return f"{held}; raised to moderate, artery disease confirmed" if cause.floored else held
