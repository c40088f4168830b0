"""`claudication serve`: the HTTP service on granian, one process a worker."""

from __future__ import annotations

import contextlib
import os
import socket

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from service.app import deploy, open_doors
from service.config import Settings, SettingsError, load_settings, settings_help
from service.errors import ClaudicationError
from service.store.database import StoreError
from service.worker.keeper import kept_worker

# One thread a worker where the work is computing: threads would only make it take turns. Reading an EHR is waiting, and the EHR's token server may
# come for our public keys while we wait for its token; three records of fourteen searches are as many as `in_time` lets be asked at once.
_WAITING_THREADS = 3
_BACKLOG = 1024


@click.command(epilog=f"\b\nSettings, from the environment (name=default):\n{settings_help()}")
@click.option("--host", help="Address to listen on; overrides CLAUDICATION_HOST.")
@click.option("--port", type=int, help="Port to listen on; overrides CLAUDICATION_PORT and PORT.")
@click.option("--workers", type=int, help="Worker processes; overrides CLAUDICATION_WORKERS.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve HTTP until told to stop."""
    for name, value in (("HOST", host), ("PORT", port), ("WORKERS", workers)):
        if value is not None:
            # Workers read the environment themselves.
            os.environ[f"CLAUDICATION_{name}"] = str(value)
    try:
        settings = load_settings(os.environ)
        # Loaded once here so that what is wrong is said once, and the database is migrated before the workers start.
        deploy(settings).assessments.close()
    except (SettingsError, StoreError, ClaudicationError) as error:
        raise click.ClickException(str(error)) from error
    for warning in open_doors(settings):
        click.secho(f"WARNING: {warning}", fg="red", bold=True, err=True)
    _check_free(settings)
    server = wsgi_server(settings)
    server.on_startup(lambda: click.echo(f"Claudication CDS listens on http://{settings.host}:{settings.port}", err=True))
    with kept_worker(settings.job_workers) if settings.job_workers else contextlib.nullcontext():
        server.serve()


def _check_free(settings: Settings) -> None:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. Choose another with --port, PORT or CLAUDICATION_PORT"
        ) from error


def wsgi_server(settings: Settings, target: str = "service.app:from_environment") -> MPServer:
    """The server with the flags it is served with, for an application factory given as "module:function"."""
    return MPServer(
        target,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=_WAITING_THREADS if settings.ehr_base_url else 1,
        backlog=_BACKLOG,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        websockets=False,
    )
