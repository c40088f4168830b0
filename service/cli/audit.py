"""`claudication audit`: check the chain, export it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import click
import orjson

from service.cli.records import actor, opened
from service.fhir.json_format import dumps
from service.store.audit import Action, AuditEntry, Head
from service.store.audit_check import ChainReport
from service.web.read_back import as_event

_HASH_DIGITS = frozenset("0123456789abcdef")


@click.group()
def audit() -> None:
    """Who did what with which record, when: check it, export it."""


@audit.command()
@click.option(
    "--anchor", "anchors", multiple=True, metavar="SEQUENCE:HASH", help="A head printed or logged earlier; may be repeated."
)
@click.option("--log", "log", type=click.File("rb"), help="A log of the service: every head in it is an anchor.")
def verify(anchors: tuple[str, ...], log: BinaryIO | None) -> None:
    """Check the chain: every row unchanged, in its place, none missing.

    Whoever can write to the database can also cut the end off the chain, or make all of it anew. Only an anchor kept elsewhere shows that: keep the head
    that this command prints, or the service's log.
    Exit status: 0 whole, 1 not whole, 2 the record cannot be read.
    """
    wanted = [_anchor(text) for text in anchors] + (_anchors_of(log) if log else [])
    with opened() as stored:
        report = stored.audit.check(wanted)
        stored.audit.append(_entry(Action.VERIFIED, {"rows": report.rows, "faults": len(report.faults)}))
    for fault in report.faults:
        click.echo(fault)
    click.echo(_summary(report, len(wanted)))
    sys.exit(1 if report.faults else 0)


@audit.command()
@click.option("--output", type=click.File("wb"), default="-", help="File to write; default: standard output.")
def export(output: BinaryIO) -> None:
    """Write the whole chain as NDJSON of FHIR AuditEvents, a row a line. The export itself is the next row."""
    with opened() as stored:
        count = 0
        for row in stored.audit.rows():
            output.write(dumps(as_event(row)) + b"\n")
            count += 1
        stored.audit.append(_entry(Action.EXPORTED, {"rows": count}))


def _entry(action: Action, detail: dict[str, str | int]) -> AuditEntry:
    return AuditEntry(recorded_at=datetime.now(UTC), actor=actor(), action=action, object="audit", detail=detail)


def _anchor(text: str) -> Head:
    sequence, _, begun = text.partition(":")
    if not sequence.isdecimal() or not begun or not _HASH_DIGITS.issuperset(begun):
        raise click.BadParameter(
            "give SEQUENCE:HASH, as `claudication audit verify` prints it and the log has it", param_hint="--anchor"
        )
    return Head(int(sequence), begun)


def _anchors_of(log: BinaryIO) -> list[Head]:
    found = []
    for line in log:
        try:
            told = orjson.loads(line)
        except ValueError:
            continue  # Other programs write to a log too.
        if isinstance(told, dict) and isinstance(told.get("audit"), str):
            found.append(_anchor(told["audit"]))
    return found


def _summary(report: ChainReport, anchors: int) -> str:
    state = f"{len(report.faults)} faults" if report.faults else "whole"
    removed = f"; rows before {report.begins_at} were removed by retention" if report.begins_at > 1 and not report.faults else ""
    return f"{report.rows} rows, {state}{removed}; {anchors} anchors looked at; head {report.head}"
