"""Tokens that are given back, as it goes over the wire: each once, the one with which others could be had first, and whatever comes of it is the same to us."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from joserfc import jwt

from service.outbound.authorization_code import Registered
from service.outbound.revocation import WITHIN_S, revoke
from service.outbound.signing_keys import load_signing_keys, new_key
from service.outbound.smart_configuration import SmartConfiguration
from service.outbound.token_endpoint import ASSERTION_TYPE
from service.outbound.user_tokens import HeldTokens
from service.outbound.way import Way
from tests.outbound.test_authorization_code import LOGIN, US, form
from tests.outbound.test_fhir_client import public
from tests.outbound.test_trying_again import NOW, Clock

REVOKE = f"{LOGIN}/revoke"
HELD = HeldTokens(access_token="the-access", refresh_token="the-refresh", expires_at=NOW)


@pytest.fixture
def way() -> Way:
    return Way(resolve=public, timing=Clock().timing)


def configuration(**changed: Any) -> SmartConfiguration:
    endpoints = {"authorization_endpoint": f"{LOGIN}/authorize", "token_endpoint": f"{LOGIN}/token"}
    return SmartConfiguration(
        **endpoints | {"jwks_uri": f"{LOGIN}/jwks", "issuer": LOGIN, "revocation_endpoint": REVOKE} | changed
    )


def test_both_tokens_are_given_back_the_refresh_token_first(wire: responses.RequestsMock, way: Way) -> None:
    wire.post(REVOKE, status=200)
    revoke(configuration(), US, HELD, way=way)
    assert [form(call) for call in wire.calls] == [
        {"token": "the-refresh", "token_type_hint": "refresh_token", "client_id": "us"},
        {"token": "the-access", "token_type_hint": "access_token", "client_id": "us"},
    ]
    for call in wire.calls:
        assert call.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert call.request.headers["Accept"] == "application/json"
        # The token is what is given back, not what is asked with.
        assert "Authorization" not in call.request.headers
        assert "the-" not in str(call.request.url)


def test_a_confidential_client_signs_each_request(wire: responses.RequestsMock, way: Way, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [new_key("ES384", "ours")]}))
    keys = load_signing_keys(file)
    wire.post(REVOKE, status=200)
    revoke(configuration(), Registered(client_id="us", keys=keys), HELD, way=way)
    told = [form(call) for call in wire.calls]
    assert {one["client_assertion_type"] for one in told} == {ASSERTION_TYPE}
    claims = [jwt.decode(one["client_assertion"], keys.key, algorithms=["ES384"]).claims for one in told]
    assert {one["aud"] for one in claims} == {f"{LOGIN}/token"}
    assert len({one["jti"] for one in claims}) == len(told) == 2
    # Where it does not know our signature nothing is sent.
    wire.reset()
    revoke(configuration(algorithms=frozenset(["RS384"])), Registered(client_id="us", keys=keys), HELD, way=way)
    assert len(wire.calls) == 0


def test_a_token_that_there_is_not_is_not_given_back(wire: responses.RequestsMock, way: Way) -> None:
    wire.post(REVOKE, status=200)
    revoke(configuration(), US, HeldTokens(access_token="the-access", refresh_token="", expires_at=NOW), way=way)
    (asked,) = wire.calls
    assert form(asked)["token_type_hint"] == "access_token"


def test_who_names_no_address_for_it_is_not_asked(wire: responses.RequestsMock, way: Way) -> None:
    revoke(configuration(revocation_endpoint=""), US, HELD, way=way)
    assert len(wire.calls) == 0


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 503},
        {"status": 401, "json": {"error": "invalid_client", "error_description": "the-refresh"}},
        {"body": requests.ConnectionError("the-refresh")},
        {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
    ],
    ids=["overloaded", "refused", "gone", "elsewhere"],
)
def test_what_comes_of_it_is_told_nowhere_and_nothing_is_sent_twice(
    wire: responses.RequestsMock, way: Way, trouble: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = wire.post(REVOKE, **trouble)
    revoke(configuration(), US, HELD, way=way)
    assert answer.call_count == 2
    assert "the-" not in caplog.text


def test_an_ehr_that_takes_its_time_is_not_waited_for(wire: responses.RequestsMock) -> None:
    clock = Clock()

    def slow(request: Any) -> tuple[int, dict[str, str], str]:
        clock.seconds += WITHIN_S
        return 200, {}, ""

    asked: Callable[[Any], Any] = slow
    wire.add_callback(responses.POST, REVOKE, callback=asked)
    revoke(configuration(), US, HELD, way=Way(resolve=public, timing=clock.timing))
    assert len(wire.calls) == 1
