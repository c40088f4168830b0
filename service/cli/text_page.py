"""The assessment as a page a clinician can read in seconds: what must not wait first, then the legs, the weighing, the orders."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.leg_table import leg_table
from service.cli.printable import printable
from service.cli.trace_table import trace_tables
from service.clinical.assessment import Assessment, Basis, Cause, Contribution, Explanation, PatternMatch, Priority
from service.clinical.measurements import Side
from service.evidence.citations import Citation
from service.evidence.intended_use import INTENDED_USE
from service.fhir import instrument_sentences, sentences
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import DIAGNOSES

NARROWEST, WIDEST = 80, 110
REASONS = 3
"""How many findings for and against a cause are shown: those that weigh most."""

_STYLES = {
    Priority.STAT: "bold white on red",
    Priority.ASAP: "bold red",
    Priority.URGENT: "bold yellow",
    Priority.ROUTINE: "bold",
}


def text_page(assessment: Assessment, citations: Mapping[str, Citation], *, as_of: datetime, explain: bool = False) -> str:
    """The page as text, 80 to 110 columns wide; coloured only on a terminal. `explain` adds every step of the weighing."""
    written = io.StringIO()
    page = _console(written)
    sources = Sources(citations)
    page.print(_heading(assessment, as_of))
    _red_flags(page, assessment)
    _section(page, "Legs")
    page.print(Padding(leg_table(assessment.indices), (0, 0, 0, 2)))
    for leg in assessment.indices.legs:
        _item(page, sentences.pad_status(leg))
    _differential(page, assessment, sources)
    _list(
        page,
        "Other explanations, by pattern only",
        (
            f"{DIAGNOSES[one.code].display}. {sentences.pattern(one)} {sources.number(one.basis)}"
            for one in assessment.alternatives
            if one.match is not PatternMatch.NOT_MATCHED
        ),
    )
    told = instrument_sentences.lines(assessment.instruments)
    _list(page, "Instruments", (f"{line} {sources.number(result.basis)}" for result, line in told))
    if explain:
        _section(page, "The weighing, step by step")
        for table in trace_tables(assessment):
            page.print(Padding(table, (0, 0, 0, 2)))
    _orders(page, assessment, sources)
    _list(page, "Ask or measure next", (f"{datum.text} ({datum.effort})" for datum in assessment.next_data))
    _list(
        page,
        "Considered and not proposed",
        (f"{ORDERS[order.code].concept.display}: {order.reason}" for order in assessment.withheld),
    )
    _list(page, "Keep in mind", assessment.advice)
    _list(page, "What was used with a remark, or not used, and why", sentences.issues(assessment.issues))
    _list(page, "Sources", sources.listed(), dash=False)
    page.print(Text(f"\n{INTENDED_USE}\nEvidence {assessment.evidence_version}.", style="dim"))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


class Sources:
    """The sources of one page, numbered in the order they are first named."""

    def __init__(self, citations: Mapping[str, Citation]) -> None:
        self._citations = citations
        self._keys: dict[str, int] = {}

    def number(self, basis: Basis) -> str:
        """E.g. "[2]"."""
        return f"[{self._keys.setdefault(basis.citation, len(self._keys) + 1)}]"

    def listed(self) -> list[str]:
        """The literature behind the numbers."""
        return [f"[{number}] {self._citations[key].printed}" for key, number in self._keys.items()]


def _console(written: io.StringIO) -> Console:
    columns = shutil.get_terminal_size((NARROWEST, 24)).columns
    on_terminal = sys.stdout.isatty()
    width = min(max(columns, NARROWEST), WIDEST) if on_terminal else NARROWEST
    return Console(file=written, width=width, force_terminal=on_terminal, highlight=False, markup=False, emoji=False)


def _heading(assessment: Assessment, as_of: datetime) -> Text:
    age = f"{assessment.age_years} years" if assessment.age_years is not None else "age not known"
    sex = assessment.sex.value if assessment.sex else "sex not known"
    return Text.assemble(
        ("Claudication assessment", "bold"), f"   {age}, {sex}\nas of {as_of:%Y-%m-%d %H:%M %Z}, {assessment.setting}"
    )


def _red_flags(page: Console, assessment: Assessment) -> None:
    _section(page, "Red flags")
    if not assessment.red_flags:
        _item(page, "None raised by what is known.")
    for flag in assessment.red_flags:
        _item(page, f"{flag.priority.upper()}  {flag.text}", style=_STYLES[flag.priority])
    if assessment.red_flags_not_asked:
        # Both sides are asked together, so a finding is named once.
        names = (FINDING_NAMES[code] for code in assessment.red_flags_not_asked)
        asked = dict.fromkeys(name.removesuffix(", right").removesuffix(", left") for name in names)
        _item(
            page,
            f"Not asked, or answered in two ways, so not cleared: {'; '.join(asked)}.",
            style="dim" if assessment.red_flags else "",
        )


def _differential(page: Console, assessment: Assessment, sources: Sources) -> None:
    _section(page, "What explains it")
    differential = assessment.differential
    if differential is None:
        if assessment.not_weighed is not None:
            _item(page, sentences.not_weighed(assessment.not_weighed))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Explanation", "Likelihood"):
        table.add_column(column)
    for column in ("Probability", "Range"):
        table.add_column(column, justify="right")
    for explanation in differential.explanations:
        table.add_row(*_explanation(explanation))
    page.print(Padding(table, (0, 0, 0, 2)))
    _item(page, "Uncalibrated: worked out from published likelihood ratios, not fitted to patients like yours.", style="dim")
    for note in differential.notes:
        _item(page, note)
    for cause in (differential.vascular, differential.neurogenic):
        _reasons(page, cause, sources)


def _explanation(explanation: Explanation) -> tuple[str, str, str, str]:
    share = explanation.probability
    return (
        DIAGNOSES[explanation.diagnosis].display,
        sentences.likelihood(explanation.likelihood),
        f"{sentences.percent(share.value)} %",
        f"{sentences.percent(share.low)} to {sentences.percent(share.high)} %",
    )


def _reasons(page: Console, cause: Cause, sources: Sources) -> None:
    counted = sorted((entry for entry in cause.contributions if entry.counted), key=lambda entry: -abs(entry.log_odds))
    page.print(
        Text(
            f"  {cause.name.capitalize()} cause: {sentences.percent(cause.pretest.value)} % before the findings, {sentences.percent(cause.posttest.value)} % after",
            style="bold",
        )
    )
    for entry in counted[:REASONS]:
        _item(page, f"{_direction(entry)} {sentences.contribution(entry)} {sources.number(entry.basis)}", indent=4)
    if cause.capped:
        _item(page, "History and examination together were held at the cap: they often repeat each other.", indent=4)
    if cause.floored:
        _item(page, "Never below moderate: artery disease is confirmed in a leg that hurts.", indent=4)


def _orders(page: Console, assessment: Assessment, sources: Sources) -> None:
    _section(page, "Proposed orders")
    if not assessment.orders:
        _item(page, "None.")
    for number, order in enumerate(assessment.orders, start=1):
        heading = f"{number}. {order.priority.upper()}  {ORDERS[order.code].concept.display}{_of_side(order.side)}"
        page.print(Padding(Text(heading, style=_STYLES[order.priority]), (0, 0, 0, 2)))
        _item(page, order.reason, indent=5, dash=False)
        _item(page, sentences.authority(order.basis, sources.number(order.basis)), indent=5, dash=False, style="dim")


def _direction(entry: Contribution) -> str:
    return "for:    " if entry.log_odds > 0 else "against:"


def _of_side(side: Side | None) -> str:
    return f", {side.value}" if side else ""


def _section(page: Console, title: str) -> None:
    page.print(Text(f"\n{title.upper()}", style="bold"))


def _list(page: Console, title: str, items: Iterable[str], *, dash: bool = True) -> None:
    told = list(items)
    if told:
        _section(page, title)
        for item in told:
            _item(page, item, dash=dash)


def _item(page: Console, text: str, *, indent: int = 2, dash: bool = True, style: str = "") -> None:
    lead = "- " if dash else ""
    grid = Table.grid(padding=0)
    grid.add_column(width=len(lead))
    grid.add_column(overflow="fold")
    grid.add_row(lead, Text(printable(text), style=style))
    page.print(Padding(grid, (0, 0, 0, indent)))
