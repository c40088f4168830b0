"""`claudication replay`: a recorded assessment, or all of them, with today's evidence."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import click

from service import __version__
from service.cli.records import Stored, Unusable, actor, opened
from service.errors import MappingError
from service.evidence.difference import Difference
from service.evidence.loader import load_evidence, read_files
from service.fhir.mapping import DeploymentCodes
from service.fhir.mapping_file import load_mapping_file
from service.replay import NOT_KEPT, Changed, Replay, Replayer
from service.store.audit import Action, AuditEntry

_SHOWN = 6


@click.command()
@click.argument("id", required=False)
@click.option("--all", "everything", is_flag=True, help="All records: the impact of a change of the evidence.")
def replay(id: str | None, everything: bool) -> None:
    """Make the recorded assessment ID again with today's evidence, and show what changed and through which entries.

    ID is that of a record, of a result Bundle or of a resource in it. It needs the input to have been kept.
    Exit status: 0 nothing changed, 1 something did, 2 it could not be made again (with --all: none could, or one whose input was kept could not) or the
    command cannot be run.
    """
    if (id is None) == (not everything):
        raise click.UsageError("give the id of a record, or --all")
    with opened() as stored:
        replayer = _replayer(stored)
        status = _all(stored, replayer) if everything else _one(stored, replayer, str(id))
    sys.exit(status)


def _replayer(stored: Stored) -> Replayer:
    try:
        mapping_file = stored.settings.mapping_file
        codes = load_mapping_file(mapping_file) if mapping_file else DeploymentCodes()
    except MappingError as error:
        raise Unusable(str(error)) from error
    files = read_files()
    return Replayer(files, load_evidence(files), stored.evidence_files, codes)


def _one(stored: Stored, replayer: Replayer, id: str) -> int:
    record = stored.records.record(id)
    if record is None:
        raise click.UsageError(f"there is no record {id!r}; give the id of a record, or of a kept result or a resource in it")
    stored.audit.append(AuditEntry(recorded_at=datetime.now(UTC), actor=actor(), action=Action.REPLAYED, object=record.record_id))
    done = replayer.replay(record)
    click.echo(f"record {record.record_id} of {record.recorded_at:%Y-%m-%d %H:%M} UTC, door {record.door}")
    click.echo(f"then: evidence {record.evidence_version}, service {record.service_version}")
    click.echo(f"now:  evidence {load_evidence().version}, service {__version__}")
    if done.failed:
        click.echo(f"not made again: {done.failed}")
        return 2
    for line in _told(done):
        click.echo(line)
    return 1 if done.by_evidence or done.by_software else 0


def _told(done: Replay) -> Iterator[str]:
    if done.then_unknown:
        yield f"compared with what was recorded only: {done.then_unknown}"
    if not done.by_evidence and not done.by_software:
        yield "nothing changed"
    for changed in done.by_software:
        yield f"{_change(changed)} (through the software: the evidence of then gives it too)"
    for changed in done.by_evidence:
        yield _change(changed)
        yield from (f"    through {_entry(one)}" for one in changed.through)
        if not changed.through and not done.then_unknown:
            yield "    through several entries together: none turns it back alone"


def _all(stored: Stored, replayer: Replayer) -> int:
    # What was asked is of no use afterwards, and all of it at once would fill the memory.
    replays = [
        replace(done, record=replace(done.record, asked=None))
        for done in _progress(map(replayer.replay, stored.records.records()))
    ]
    made = [done for done in replays if not done.failed]
    failed = Counter(done.failed for done in replays if done.failed)
    detail = {"records": len(replays), "replayed": len(made)}
    stored.audit.append(
        AuditEntry(recorded_at=datetime.now(UTC), actor=actor(), action=Action.REPLAYED, object="records", detail=detail)
    )
    click.echo(
        f"{len(replays)} records, {len(made)} made again with evidence {load_evidence().version} and service {__version__}"
    )
    for why, count in failed.most_common():
        click.echo(f"{count} not made again: {why}")
    for title, changes in (
        ("through the evidence", [(done, changed) for done in made for changed in done.by_evidence]),
        ("through the software", [(done, changed) for done in made for changed in done.by_software]),
    ):
        for line in _summary(title, changes):
            click.echo(line)
    changed = sum(1 for done in made if done.by_evidence or done.by_software)
    click.echo(f"{changed} of {len(made)} changed")
    if changed:
        return 1
    # What was never kept is no news; what was kept and cannot be made again is.
    return 2 if set(failed) - {NOT_KEPT} or (failed and not made) else 0


def _summary(title: str, changes: list[tuple[Replay, Changed]]) -> Iterator[str]:
    for aspect in dict.fromkeys(changed.aspect for _, changed in changes):
        of_aspect = [(done, changed) for done, changed in changes if changed.aspect == aspect]
        yield f"{aspect}, {title}: {len(of_aspect)} changed"
        kinds = Counter(_difference(changed) for _, changed in of_aspect)
        yield from (f"    {count} x {kind}" for kind, count in kinds.most_common(_SHOWN))
        entries = Counter(_entry(one) for _, changed in of_aspect for one in changed.through)
        yield from (f"    {count} through {entry}" for entry, count in entries.most_common())
        names = [done.record.record_id for done, _ in of_aspect]
        yield f"    records: {', '.join(names[:_SHOWN])}{f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''}"


def _change(changed: Changed) -> str:
    return f"{changed.aspect}: {_difference(changed)}"


def _difference(changed: Changed) -> str:
    """What came and what went, of a list; else both values."""
    gone = [one for one in changed.before if one not in changed.after]
    come = [one for one in changed.after if one not in changed.before]
    if len(gone) == len(come):
        return f"{', '.join(gone)} -> {', '.join(come)}" if gone else "in another order, or another number of times"
    return ", ".join([*(f"without {one}" for one in gone), *(f"with {one}" for one in come)])


def _entry(difference: Difference) -> str:
    shown = [f"{one.key} {one.before or 'none'} -> {one.after or 'none'}" for one in difference.changes[:_SHOWN]]
    return f"{difference.file}, {difference.entry}: {'; '.join(shown)}"


def _progress(replays: Iterator[Replay]) -> Iterator[Replay]:
    with click.progressbar(replays, label="replaying", file=sys.stderr) as bar:
        yield from bar
