"""`claudication expire`: remove what is older than the settings keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from service.cli.records import actor, opened


@click.command()
def expire() -> None:
    """Remove kept patient data, hook calls and audit rows that are older than the settings keep. Run it daily.

    CLAUDICATION_RECORD_KEEP_DAYS, CLAUDICATION_HOOK_KEEP_DAYS and CLAUDICATION_AUDIT_KEEP_DAYS; 0 keeps for ever. Records keep their codes and
    digests. The audit says what was removed, and stays checkable.
    """
    now = datetime.now(UTC)

    def before(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    with opened() as stored:
        keep = stored.settings
        removed = stored.audit.expire(
            actor=actor(),
            now=now,
            records_before=before(keep.record_keep_days),
            hooks_before=before(keep.hook_keep_days),
            audit_before=before(keep.audit_keep_days),
        )
    click.echo(
        f"{removed.records} records without patient data from now on, {removed.hook_calls} hook calls and {removed.audit_rows} audit rows removed"
    )
