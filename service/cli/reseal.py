"""`claudication reseal`: encrypt what is kept with the newest key, so that older ones can go."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from service.cli.records import actor, opened
from service.store.audit import Action, AuditEntry


@click.command()
def reseal() -> None:
    """Encrypt kept patient data with the first key of CLAUDICATION_RECORD_KEY. Afterwards the other keys open nothing any more and can be dropped."""
    with opened() as stored:
        counts = stored.reseal()
        entry = AuditEntry(
            recorded_at=datetime.now(UTC), actor=actor(), action=Action.RESEALED, object="records", detail=dict(counts)
        )
        stored.audit.append(entry)
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"{said} encrypted anew with the first key")
