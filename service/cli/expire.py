"""`claudication expire`: remove what is older than the settings keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from service.cli.records import actor, opened


@click.command()
def expire() -> None:
    """Remove kept patient data and audit rows older than CLAUDICATION_RECORD_KEEP_DAYS and CLAUDICATION_AUDIT_KEEP_DAYS. Run it daily.

    Records keep their codes and digests. The audit says what was removed, and stays checkable.
    """
    now = datetime.now(UTC)
    with opened() as stored:
        days = stored.settings
        removed = stored.audit.expire(
            actor=actor(),
            now=now,
            records_before=now - timedelta(days=days.record_keep_days) if days.record_keep_days else None,
            audit_before=now - timedelta(days=days.audit_keep_days) if days.audit_keep_days else None,
        )
    click.echo(f"{removed.records} records without patient data from now on, {removed.audit_rows} audit rows removed")
