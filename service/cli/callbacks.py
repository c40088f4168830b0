"""`claudication callbacks`: what was delivered, what was not and why, and sending again what was given up."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from service.app import present
from service.cli.printable import printable
from service.config import SettingsError, load_settings
from service.store.at_rest import at_rest
from service.store.database import StoreError, open_database
from service.store.deliveries import Deliveries, Delivery, DeliveryState, deliveries_of
from service.worker.queue import DELIVERY, LazyAlarm


@contextmanager
def _open() -> Iterator[tuple[Deliveries, LazyAlarm]]:
    try:
        settings = load_settings(os.environ)
        engine = open_database(settings.database_url)
    except (SettingsError, StoreError) as error:
        raise click.ClickException(str(error)) from error
    alarm = LazyAlarm(
        settings, lambda error: click.echo(f"no worker could be woken ({error}); the next sweep finds it", err=True)
    )
    try:
        yield deliveries_of(settings, engine, at_rest(settings)), alarm
    finally:
        alarm.close()
        engine.dispose()


@click.group()
def callbacks() -> None:
    """Deliveries to clients: list them, look at one, send one again."""


@callbacks.command("list")
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in DeliveryState]),
    multiple=True,
    help="Only these; dead by default: what was given up.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_them(states: tuple[str, ...], limit: int) -> None:
    """One line a delivery, the newest first: id, state, attempts, when, client, what, and what happened last."""
    wanted = [DeliveryState(state) for state in states] or [DeliveryState.DEAD]
    with _open() as (deliveries, _):
        for one in deliveries.listed(wanted, limit=limit):
            click.echo(printable(_line(one)))


@callbacks.command()
@click.argument("delivery_id")
@click.option("--body", is_flag=True, help="Write the body too, which may hold patient data.")
def show(delivery_id: str, body: bool) -> None:
    """One delivery and its attempts, as JSON."""
    with _open() as (deliveries, _):
        try:
            one = deliveries.find(delivery_id)
        except StoreError as error:
            raise click.ClickException(str(error)) from error
        if one is None:
            raise click.ClickException(
                f"there is no delivery {delivery_id[:64]!r}; `claudication callbacks list` tells which there are"
            )
        told = {
            "id": one.id,
            "client": one.client,
            "address": one.address,
            "what": one.what,
            "job": one.job,
            "subscription": one.subscription,
            "state": one.state.value,
            "why": one.why,
            "created": one.created_at.isoformat(),
            "due": one.due_at.isoformat() if one.state is DeliveryState.PENDING else None,
            "body_sha256": one.body_digest,
            "attempts": [
                {"attempt": tried.attempt, "at": tried.at.isoformat(), "status": tried.status, "why": tried.why}
                for tried in deliveries.attempts_of(one.id)
            ],
        }
        if body:
            told["body"] = json.loads(one.body) if one.body else None
        json.dump(told, sys.stdout, indent=2)
        sys.stdout.write("\n")


@callbacks.command()
@click.argument("delivery_ids", nargs=-1, required=True)
def resend(delivery_ids: tuple[str, ...]) -> None:
    """Try deliveries again that were given up, under the ids they had."""
    refused = []
    with _open() as (deliveries, alarm):
        for id in delivery_ids:
            if deliveries.resend(id, now=present()):
                alarm(DELIVERY, id)
                click.echo(f"{id} is due again")
            else:
                refused.append(id[:64])
    if refused:
        raise click.ClickException(f"not sent again: {', '.join(refused)}; only what is dead and still kept can be")


def _line(one: Delivery) -> str:
    return f"{one.id}  {one.state.value:<9}  {one.attempts:>2}  {one.created_at:%Y-%m-%d %H:%M:%S}  {one.client}  {one.what}  {one.why}"
