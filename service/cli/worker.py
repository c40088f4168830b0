"""`claudication worker`: a process that does jobs and delivers callbacks. `claudication serve` starts one of its own unless told not to."""

from __future__ import annotations

import os

import click

from service.app import deploy, warm_up
from service.config import SettingsError, load_settings
from service.errors import ClaudicationError
from service.store.database import StoreError
from service.worker.consumer import work
from service.worker.queue import QueueError


@click.command()
@click.option("--threads", type=click.IntRange(1, 16), default=1, show_default=True, help="Jobs worked on at once.")
@click.option("--parent", type=int, default=0, hidden=True)
def worker(threads: int, parent: int) -> None:
    """Work on jobs and callbacks until told to stop."""
    try:
        deployment = deploy(load_settings(os.environ))
        warm_up(deployment)
        click.echo("Claudication CDS works on jobs", err=True)
        work(deployment.place, threads=threads, parent=parent)
        deployment.assessments.close()
    except (SettingsError, StoreError, QueueError, ClaudicationError) as error:
        raise click.ClickException(str(error)) from error
