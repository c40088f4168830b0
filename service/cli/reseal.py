"""`claudication reseal`: encrypt what is kept with the newest key, so that older ones can go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import click

from service.cli.records import actor, opened
from service.store.audit import Action, AuditEntry
from service.store.resealing import LeftBehind


@click.command()
def reseal() -> None:
    """Encrypt kept patient data with the first key of CLAUDICATION_RECORD_KEY. Afterwards the other keys open nothing any more and can be dropped.

    What none of the keys opens stays as it is and is named, with status 2; all else is encrypted anew.
    """
    with opened() as stored:
        try:
            counts = stored.reseal()
        except LeftBehind as error:
            stored.audit.append(_entry(error.changed))
            raise
        stored.audit.append(_entry(counts))
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"{said} encrypted anew with the first key")


def _entry(counts: Mapping[str, int]) -> AuditEntry:
    return AuditEntry(recorded_at=datetime.now(UTC), actor=actor(), action=Action.RESEALED, object="records", detail=dict(counts))
