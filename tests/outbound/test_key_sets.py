"""Keys of clients: fetched from where they are registered, kept for a while, asked for again when one is not known, and not too often."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.outbound import key_sets
from service.outbound.key_sets import (
    AGAIN_S,
    KEPT_S,
    LEAST_KEPT_S,
    MOST_BYTES,
    MOST_KEPT_S,
    MOST_KEYS,
    STALE_S,
    KeySets,
    KeysUnavailable,
    keys_named,
)
from tests.outbound.authority import Authority
from tests.outbound.fault_server import Fault, FaultServer

EPIC_KID = "4Xa/7+bQ=="


class Clock:
    """A monotonic clock that goes on when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sets(clock: Clock) -> KeySets:
    return KeySets(development=True, monotonic=clock)


def publish(server: FaultServer, *kids: str, **headers: str) -> str:
    """Put a key set at its address, and say which."""
    document = {"keys": [{"kid": kid, "kty": "EC"} for kid in kids]}
    server.documents["/keys"] = (200, {"Content-Type": "application/json"} | headers, json.dumps(document).encode())
    return f"http://127.0.0.1:{server.port}/keys"


def kids(found: tuple[dict[str, Any], ...]) -> list[str]:
    return [key["kid"] for key in found]


def test_a_set_is_fetched_once_and_kept(server: FaultServer, sets: KeySets, clock: Clock) -> None:
    jku = publish(server, "a", EPIC_KID)
    assert kids(sets.find(jku, EPIC_KID)) == [EPIC_KID]
    clock.now += KEPT_S - 1
    assert kids(sets.find(jku, "a")) == ["a"]
    [seen] = server.seen
    assert (seen.path, seen.headers["accept"]) == ("/keys", "application/json")
    assert "authorization" not in seen.headers
    clock.now += 1
    sets.find(jku, "a")
    assert len(server.seen) == 2


def test_an_unknown_key_is_asked_for_once_and_then_not_for_a_while(server: FaultServer, sets: KeySets, clock: Clock) -> None:
    jku = publish(server, "old")
    sets.find(jku, "old")
    publish(server, "old", "rotated")
    assert sets.find(jku, "rotated") == ()
    assert len(server.seen) == 1, "it was asked a moment ago"
    clock.now += AGAIN_S
    assert kids(sets.find(jku, "rotated")) == ["rotated"]
    for made_up in range(50):
        assert sets.find(jku, f"made up {made_up}") == ()
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("said", "kept_s"),
    [
        ("max-age=600", 600),
        ("public, Max-Age = 600", 600),
        ('max-age="600"', 600),
        ("max-age=0", LEAST_KEPT_S),
        ("max-age=99999999", MOST_KEPT_S),
        ("max-age=99999999999999999999", MOST_KEPT_S),
        ("max-age=-1", KEPT_S),
        ("s-max-age=5", KEPT_S),
        ("no-store", LEAST_KEPT_S),
        ("max-age=600, no-cache", LEAST_KEPT_S),
        ("private", KEPT_S),
    ],
)
def test_the_server_says_for_how_long_within_limits(
    server: FaultServer, sets: KeySets, clock: Clock, said: str, kept_s: float
) -> None:
    jku = publish(server, "a", **{"Cache-Control": said})
    sets.find(jku, "a")
    clock.now += kept_s - 1
    sets.find(jku, "a")
    assert len(server.seen) == 1
    clock.now += 1
    sets.find(jku, "a")
    assert len(server.seen) == 2


def test_when_the_server_has_gone_the_last_keys_count_for_an_hour(server: FaultServer, sets: KeySets, clock: Clock) -> None:
    jku = publish(server, "a")
    sets.find(jku, "a")
    server.documents["/keys"] = (500, {}, b"")
    clock.now += KEPT_S + STALE_S - 1
    assert kids(sets.find(jku, "a")) == ["a"]
    clock.now += AGAIN_S
    with pytest.raises(KeysUnavailable):
        sets.find(jku, "a")
    publish(server, "a")
    clock.now += AGAIN_S
    assert kids(sets.find(jku, "a")) == ["a"]


def test_a_key_that_was_withdrawn_is_gone_with_the_next_fetch(server: FaultServer, sets: KeySets, clock: Clock) -> None:
    jku = publish(server, "a", "b")
    sets.find(jku, "a")
    publish(server, "b")
    clock.now += KEPT_S
    assert sets.find(jku, "a") == ()


def test_a_server_that_fails_is_not_asked_again_at_once(server: FaultServer, sets: KeySets, clock: Clock) -> None:
    jku = f"http://127.0.0.1:{server.port}/fhir/keys"
    server.fault = Fault.ERROR
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            sets.find(jku, "a")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"keys": {}}',
        b'{"keys": null}',
        b'{"jwks": []}',
        json.dumps({"keys": [{}] * (MOST_KEYS + 1)}).encode(),
    ],
    ids=lambda document: str(document[:20]),
)
def test_what_is_no_key_set_is_none(server: FaultServer, sets: KeySets, document: bytes) -> None:
    server.documents["/keys"] = (200, {}, document)
    with pytest.raises(KeysUnavailable, match="no key set"):
        sets.find(f"http://127.0.0.1:{server.port}/keys", "a")


def test_a_set_of_any_media_type_is_read_and_what_is_no_key_left_out(server: FaultServer, sets: KeySets) -> None:
    server.documents["/keys"] = (200, {"Content-Type": "text/plain"}, b'{"keys": [7, null, {"kid": "a"}, {"kid": ["a"]}, {}]}')
    assert sets.find(f"http://127.0.0.1:{server.port}/keys", "a") == ({"kid": "a"},)


@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.RESET, Fault.REDIRECT, Fault.HTML, Fault.GZIP])
def test_a_faulty_server_has_no_keys(server: FaultServer, sets: KeySets, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(KeysUnavailable) as told:
        sets.find(f"http://127.0.0.1:{server.port}/fhir/keys", "a")
    assert "127.0.0.1" not in told.value.why
    assert len(server.seen) == 1


def test_a_server_that_drips_is_left_in_time(server: FaultServer, sets: KeySets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "FETCH_S", 0.2)
    server.fault = Fault.DRIP
    before = time.monotonic()
    with pytest.raises(KeysUnavailable, match="in time"):
        sets.find(f"http://127.0.0.1:{server.port}/fhir/keys", "a")
    assert time.monotonic() - before < 15


def test_the_limit_of_bytes_is_far_above_any_key_set() -> None:
    assert MOST_KEYS * 2000 < MOST_BYTES


def test_the_guard_is_asked_for_every_fetch(server: FaultServer, authority: Authority) -> None:
    def inside(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        return [(2, 1, 6, "", ("10.0.0.7", port))]

    def unknown(*_: object, **__: object) -> list[tuple[Any, ...]]:
        raise OSError("unknown")

    for jku, resolve, why in (
        (publish(server, "a"), unknown, "not https"),
        ("https://ehr.example/keys", inside, "not open to this service"),
        ("https://ehr.example/keys", unknown, "not found"),
        ("https://169.254.169.254/latest", unknown, "not open to this service"),
    ):
        with pytest.raises(KeysUnavailable, match=why):
            KeySets(development=False, resolve=resolve).find(jku, "a")
    assert server.seen == []


def test_a_set_is_fetched_over_tls_with_the_name_checked(authority: Authority) -> None:
    def here(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    with FaultServer(tls=authority.server("ehr.example")) as server:
        publish(server, "a")
        found = KeySets(development=True, trust=authority.trust, resolve=here)
        assert kids(found.find(f"https://ehr.example:{server.port}/keys", "a")) == ["a"]
        with pytest.raises(KeysUnavailable, match="certificate"):
            found.find(f"https://other.example:{server.port}/keys", "a")


def test_a_fault_of_ours_is_not_taken_for_one_of_the_server() -> None:
    def broken(*_: object, **__: object) -> list[tuple[Any, ...]]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        KeySets(development=False, resolve=broken).find("https://ehr.example/keys", "a")


def test_with_all_threads_waiting_elsewhere_it_says_so(
    server: FaultServer, sets: KeySets, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from service.outbound import in_time

    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(in_time, "_SLOTS", full)
    with pytest.raises(KeysUnavailable, match="too many earlier reads"):
        sets.find(publish(server, "a"), "a")


def test_a_kid_is_compared_character_by_character() -> None:
    keys = [{"kid": EPIC_KID}, {"kid": "a"}, {}, None, {"kid": None}]
    assert keys_named(keys, EPIC_KID) == ({"kid": EPIC_KID},)
    assert keys_named(keys, "A") == ()
