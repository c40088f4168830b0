"""A question to one server that does not get as far as the server."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from service.outbound import in_time as threads
from service.outbound.answer import NoAnswer
from service.outbound.way import Way
from tests.outbound.test_trying_again import Clock


def nowhere(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
    raise socket.gaierror("no such name")


def asked(way: Way, clock: Clock) -> str:
    with pytest.raises(NoAnswer) as told:
        way.call(
            "https://ehr.example/fhir/metadata",
            allowed=("https://ehr.example/fhir",),
            breaker=clock.breaker(),
            deadline_s=clock.seconds + 5,
            headers={},
        )
    return told.value.why


def test_a_name_that_is_not_found_is_said_to_be_none() -> None:
    clock = Clock()
    assert asked(Way(resolve=nowhere, timing=clock.timing), clock) == "has a name that was not found"


def test_with_too_many_waiting_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(threads, "_SLOTS", threading.BoundedSemaphore(1))
    with threads._SLOTS:
        assert (
            asked(Way(resolve=nowhere, timing=clock.timing), clock) == "was not asked: too many earlier calls are still waiting"
        )
