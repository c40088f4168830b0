"""`claudication clients`: under which registration a client acted, now and years ago."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from service.cli.printable import printable
from service.config import SettingsError, load_settings
from service.store.client_registrations import Registration, registrations
from service.store.database import StoreError, open_database

_SHORT = 12


@click.command()
@click.argument("client", default="")
@click.option(
    "--at",
    type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")),
    help="Those in force at this moment, UTC: that of an assessment, for example.",
)
def clients(client: str, at: datetime | None) -> None:
    """How clients were registered, and from when to when, as the services on this database found it in their clients file.

    A line for each registration: client, from, until (now: in force), digest. With CLIENT: what its registrations said, as JSON, a line each.
    """
    found = _registrations(client, at)
    for one in found:
        click.echo(_document(one) if client else printable(_line(one)))
    if client and not found:
        raise click.ClickException(
            f"no client {client!r} was registered{' then' if at else ''}; `claudication clients` lists all"
        )


def _registrations(client: str, at: datetime | None) -> Sequence[Registration]:
    try:
        engine = open_database(load_settings(os.environ).database_url)
        try:
            return registrations(engine, client=client, at=at.replace(tzinfo=UTC) if at else None)
        finally:
            engine.dispose()
    except (SettingsError, StoreError) as error:
        raise click.ClickException(str(error)) from error


def _line(one: Registration) -> str:
    until = _moment(one.ended_at) if one.ended_at else f"{'now':19}"
    return f"{one.client:24}  {_moment(one.first_seen_at)}  {until}  {one.digest[:_SHORT]}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _document(one: Registration) -> str:
    return json.dumps(
        {
            "client": one.client,
            "from": one.first_seen_at.isoformat(),
            "lastSeen": one.last_seen_at.isoformat(),
            "until": one.ended_at.isoformat() if one.ended_at else None,
            "digest": one.digest,
            "registration": one.public,
        }
    )
