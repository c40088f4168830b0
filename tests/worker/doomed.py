"""The service's processes, each of which may be told to kill itself, as `kill -9` would, at one step of its work.

Nothing of the service knows of this: its functions are wrapped here, in a process forked for it. A process dies at the first time it comes to its
step; `DOOMS` names the steps.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

import service.app
import service.instance_call
import service.web.cds_hooks
import service.worker.deliveries
from service.app import create_app, deploy, present
from service.cli.serve import wsgi_server
from service.config import load_settings
from service.evidence.loader import load_evidence
from service.pipeline import assess_bundle
from service.store.deliveries import Deliveries
from service.store.jobs import Jobs
from service.web.deployment import Deployment
from service.worker.consumer import work
from service.worker.queue import LazyAlarm
from tests.claudicant import claudicant
from tests.worker.receiver import SECRET

LEASE = timedelta(seconds=1)
SERVER_DOOMS = ("before accepting", "after accepting", "before ringing", "after ringing")
WORKER_DOOMS = (
    "before claiming",
    "after claiming",
    "before finishing",
    "inside finishing",
    "after finishing",
    "before ringing",
    "before taking a delivery",
    "after taking a delivery",
    "before posting",
    "after posting",
    "after settling",
)

WRITING_DOOMS = ("before writing", "after writing", "inside finishing")
"""Of a job that reads and writes the record in an EHR."""

TELLING_DOOMS = ("before telling", "inside finishing", "after telling")
"""Of a web process that has answered a call of the hooks."""

_EVIDENCE = load_evidence()
assess_bundle(claudicant(), _EVIDENCE, as_of=present())


def deployment(environ: Mapping[str, str]) -> Deployment:
    """A deployment with leases short enough for a test."""
    os.environ["TEST_CALLBACK_SECRET"] = SECRET
    service.app.load_evidence = lambda: _EVIDENCE
    made = deploy(load_settings(environ), log_to=io.BytesIO())
    made.place.jobs._lease = LEASE
    made.place.deliveries._lease = LEASE
    made.place.announcements._grace = LEASE
    return made


def serve(environ: Mapping[str, str], port: int, doom: str) -> None:
    """A web process on a port, until it is killed."""
    _doom(doom)
    made = deployment(environ)
    make_server("127.0.0.1", port, create_app(made), request_handler=Silent).serve_forever()


def application() -> Flask:
    """For granian: the application as the environment has it."""
    return create_app(deployment(os.environ))


def serve_for_real(environ: Mapping[str, str]) -> None:
    """The server that `claudication serve` runs, without its worker, until it is ended."""
    os.environ.update(environ)
    wsgi_server(load_settings(environ), target="tests.worker.doomed:application").serve()


class Silent(WSGIRequestHandler):
    def log_request(self, *arguments: Any) -> None:
        pass


def labour(environ: Mapping[str, str], doom: str) -> None:
    """A worker process, until it is killed."""
    _doom(doom)
    work(deployment(environ).place, threads=1)


def _doom(step: str) -> None:
    def here(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, name: str, what: str) -> None:
        untouched: Callable[..., Any] = getattr(owner, name)

        def doomed(*arguments: Any, **named: Any) -> Any:
            here(f"before {what}")
            done = untouched(*arguments, **named)
            here(f"after {what}")
            return done

        setattr(owner, name, doomed)

    around(Jobs, "accept", "accepting")
    around(Jobs, "claim", "claiming")
    around(Jobs, "finish", "finishing")
    around(LazyAlarm, "__call__", "ringing")
    around(Deliveries, "claim", "taking a delivery")
    around(Deliveries, "settle", "settling")
    around(service.worker.deliveries, "post", "posting")
    around(service.instance_call, "write_back", "writing")
    around(service.web.cds_hooks, "tell", "telling")
    adding = Deliveries.add

    def add(*arguments: Any, **named: Any) -> str:
        id = adding(*arguments, **named)
        here("inside finishing")
        return id

    Deliveries.add = add
