"""`claudication hooks`: what became of the cards, for whoever tunes them."""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, datetime, timedelta

import click

from service.config import SettingsError, load_settings
from service.errors import Overloaded
from service.store.database import StoreError, open_database
from service.store.hook_records import HookRecords
from service.store.hook_values import Outcomes


@click.group()
def hooks() -> None:
    """The record of CDS Hooks."""


@hooks.command()
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How many days to look back.")
@click.option("--client", default="", help="Only this client, by its id in the clients file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="table: to read here (default); csv: a row for each count; json: what GET /cds-services/claudication/outcomes gives.",
)
def outcomes(days: int, client: str, form: str) -> None:
    """Print how many cards were shown, accepted, overridden and why, ignored, held back and why; for each client and rule.

    Reads the database that CLAUDICATION_DATABASE_URL names.
    """
    since = datetime.now(UTC) - timedelta(days=days)
    try:
        database = open_database(load_settings(os.environ).database_url)
        try:
            found = HookRecords(database).outcomes(client=client, since=since)
        finally:
            database.dispose()
    except (SettingsError, StoreError, Overloaded) as error:
        raise click.ClickException(str(error)) from error
    _print(found, form, since)


def _print(found: Outcomes, form: str, since: datetime) -> None:
    # Nobody who asks for another command waits for these.
    from service.cds_hooks.outcome_report import COLUMNS, outcome_rows, outcomes_as_data
    from service.fhir.json_format import dumps

    if form == "json":
        sys.stdout.buffer.write(dumps(outcomes_as_data(found, since=since), pretty=True))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(outcome_rows(found))
    else:
        _print_table(found)


def _print_table(found: Outcomes) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("client", "rule")
    for name in ("shown", "accepted", "overridden", "ignored"):
        table.add_column(name, justify="right")
    for name in ("override reasons", "held back"):
        table.add_column(name)
    for one in found.rules:
        reasons = "\n".join(f"{count} {code or 'none given'}" for (_, code), count in one.reasons)
        held_back = "\n".join(f"{count} {reason}" for reason, count in one.held_back)
        counts = (one.shown, one.accepted, one.overridden, one.ignored)
        # What clients sent is text, and never markup.
        table.add_row(*(Text(cell) for cell in (one.client, one.rule, *map(str, counts), reasons, held_back)))
    console = Console()
    console.print(table if found.rules else "No card was decided on in these days.")
    for client, items in found.unmatched:
        console.print(Text(f"{client}: feedback that names no card shown to it: {items}"))
