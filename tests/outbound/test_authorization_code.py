"""The authorization code flow as it goes over the wire to an EHR somewhere else: what is asked, with which headers, and what is believed of the answers."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import NoAnswer
from service.outbound.authorization_code import UNSAID_S, Grant, Registered, authorization_url, redeem, refresh
from service.outbound.id_token import UserNotKnown, clinician
from service.outbound.key_sets import KeySets
from service.outbound.signing_keys import load_signing_keys, new_key
from service.outbound.smart_configuration import KEPT_S, SmartConfiguration, SmartConfigurations, discover
from service.outbound.user_tokens import BeingRenewed, HeldTokens, UserTokens, prolonged
from service.outbound.way import Way
from tests.outbound.test_fhir_client import public
from tests.outbound.test_trying_again import NOW, Clock

ISS = "https://ehr.example/fhir"
DISCOVERY = f"{ISS}/.well-known/smart-configuration"
LOGIN = "https://login.ehr.example"
SAID: dict[str, Any] = {
    "issuer": LOGIN,
    "jwks_uri": f"{LOGIN}/jwks",
    "authorization_endpoint": f"{LOGIN}/authorize?tenant=7",
    "token_endpoint": f"{LOGIN}/token",
    "capabilities": ["launch-ehr", "permission-online", 7],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES384"],
}
US = Registered(client_id="us")
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
CURVE = ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def way() -> Way:
    return Way(resolve=public, timing=Clock().timing)


@pytest.fixture
def configuration(wire: responses.RequestsMock, way: Way) -> SmartConfiguration:
    wire.get(DISCOVERY, json=SAID)
    return discover(ISS, way=way, deadline_s=1e6)


def redeemed(configuration: SmartConfiguration, way: Way, us: Registered = US) -> Grant:
    return redeem(
        configuration, us, code="the-code", verifier="v" * 64, redirect_uri="https://us.example/cb", way=way, deadline_s=1e6
    )


def form(call: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(str(call.request.body, "ascii")).items()}


def test_the_ehr_is_asked_how_to_launch_and_answers_for_itself(
    wire: responses.RequestsMock, configuration: SmartConfiguration
) -> None:
    assert configuration.capabilities == {"launch-ehr", "permission-online"}
    assert configuration.algorithms == {"ES384"}
    (asked,) = wire.calls
    assert asked.request.headers["Accept"] == "application/json"
    assert "Authorization" not in asked.request.headers


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"issuer": None}, "issuer"),
        ({"jwks_uri": None}, "jwks_uri"),
        ({"authorization_endpoint": "http://login.ehr.example/authorize"}, "authorization_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"authorization_endpoint": "https://user:password@ehr.example/"}, "authorization_endpoint"),
        ({"token_endpoint": 7}, "token_endpoint"),
    ],
)
def test_an_ehr_that_says_it_wrongly_is_not_used(wire: responses.RequestsMock, way: Way, said: dict[str, Any], why: str) -> None:
    wire.get(DISCOVERY, json={**SAID, **said})
    with pytest.raises(NoAnswer) as refused:
        discover(ISS, way=way, deadline_s=1e6)
    assert why in refused.value.why


def test_an_ehr_is_asked_how_to_launch_once_in_some_minutes(wire: responses.RequestsMock) -> None:
    answer = wire.get(DISCOVERY, json=SAID)
    clock = Clock()
    known = SmartConfigurations(Way(resolve=public, timing=clock.timing))
    for seconds, asked in ((0.0, 1), (KEPT_S - 1, 1), (1.0, 2)):
        clock.seconds += seconds
        assert known.of(ISS, deadline_s=1e6).issuer == LOGIN
        assert answer.call_count == asked


def test_an_ehr_that_fails_is_left_alone_however_many_follow_the_link(wire: responses.RequestsMock) -> None:
    answer = wire.get(DISCOVERY, status=503)
    clock = Clock()
    known = SmartConfigurations(Way(resolve=public, timing=clock.timing))
    for _ in range(10):
        with pytest.raises(NoAnswer):
            known.of(ISS, deadline_s=1e6)
    asked = answer.call_count
    assert asked <= 8, "ten launches, of which the first two found out"
    clock.seconds += 31
    wire.replace("GET", DISCOVERY, json=SAID)
    assert known.of(ISS, deadline_s=1e6).issuer == LOGIN


@pytest.mark.parametrize(
    ("named", "used"),
    [
        (f"{LOGIN}/revoke", f"{LOGIN}/revoke"),
        (None, ""),
        (7, ""),
        ("http://login.ehr.example/revoke", ""),
        ("https://user:password@ehr.example/", ""),
    ],
)
def test_where_tokens_are_given_back_is_known_where_it_can_be_used_and_nothing_rests_on_it(
    wire: responses.RequestsMock, way: Way, named: Any, used: str
) -> None:
    wire.get(DISCOVERY, json={**SAID, "revocation_endpoint": named})
    assert discover(ISS, way=way, deadline_s=1e6).revocation_endpoint == used


def test_an_ehr_that_has_no_such_document_or_another_is_not_used(wire: responses.RequestsMock, way: Way) -> None:
    wire.get(DISCOVERY, status=404)
    with pytest.raises(NoAnswer, match="404"):
        discover(ISS, way=way, deadline_s=1e6)
    wire.replace("GET", DISCOVERY, body=b"[]")
    with pytest.raises(NoAnswer):
        discover(ISS, way=way, deadline_s=1e6)
    # An old one says nothing of PKCE; it is used all the same, and does not look at it.
    wire.replace(
        "GET",
        DISCOVERY,
        json={name: value for name, value in SAID.items() if "_supported" not in name and name != "capabilities"},
    )
    assert discover(ISS, way=way, deadline_s=1e6).capabilities == frozenset()


def test_the_browser_is_sent_with_a_challenge_and_never_with_the_verifier(configuration: SmartConfiguration) -> None:
    url = authorization_url(
        configuration,
        client_id="us",
        redirect_uri="https://us.example/cb",
        scope="launch openid",
        audience=ISS,
        state="the state",
        nonce="n",
        verifier="v" * 64,
        launch="l/1",
    )
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{LOGIN}/authorize?tenant=7&")
    # SHA-256 of the verifier, in base64url.
    assert asked.pop("code_challenge") == ["w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"]
    assert {name: values[0] for name, values in asked.items()} == {
        "tenant": "7",
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": "https://us.example/cb",
        "scope": "launch openid",
        "state": "the state",
        "aud": ISS,
        "nonce": "n",
        "launch": "l/1",
        "code_challenge_method": "S256",
    }
    assert "v" * 64 not in url


def test_a_code_is_redeemed_once_with_its_verifier(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration
) -> None:
    said = {"access_token": "a", "token_type": "bearer", "expires_in": 300, "refresh_token": "r", "id_token": "i", "patient": "p"}
    wire.post(f"{LOGIN}/token", json=said)
    grant = redeemed(configuration, way)
    assert (grant.access_token, grant.refresh_token, grant.id_token, grant.lifetime_s) == ("a", "r", "i", 300.0)
    assert grant.context == {"token_type": "bearer", "expires_in": 300, "patient": "p"}
    assert "'a'" not in repr(grant)
    asked = wire.calls[-1]
    assert asked.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.request.headers["Accept"] == "application/json"
    assert form(asked) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://us.example/cb",
        "code_verifier": "v" * 64,
        "client_id": "us",
    }


@pytest.mark.parametrize("status", [500, 503])
def test_a_code_is_never_sent_twice(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration, status: int
) -> None:
    answer = wire.post(f"{LOGIN}/token", status=status)
    with pytest.raises(NoAnswer):
        redeemed(configuration, way)
    assert answer.call_count == 1


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (400, {"error": "invalid_grant", "error_description": "the-code was used"}, "invalid_grant"),
        (400, {"error": "the-code"}, "status 400"),
        (200, {"access_token": "a"}, "no bearer token"),
        (200, {"access_token": "a\r\nX: y", "token_type": "Bearer"}, "status 200"),
    ],
)
def test_what_is_no_grant_is_told_without_the_code(
    wire: responses.RequestsMock,
    way: Way,
    configuration: SmartConfiguration,
    status: int,
    said: dict[str, Any],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.post(f"{LOGIN}/token", json=said, status=status)
    with pytest.raises(NoAnswer) as refused:
        redeemed(configuration, way)
    assert why in refused.value.why
    assert "the-code" not in refused.value.why + caplog.text


@pytest.mark.parametrize(
    ("said", "used_s"),
    [(86_400, 86_400.0), (10**18, 86_400.0), (1.7e308, 86_400.0), (0, UNSAID_S), (-5, UNSAID_S), ("300", UNSAID_S)],
)
def test_a_token_is_used_no_longer_than_a_day_whatever_the_ehr_says(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration, said: Any, used_s: float
) -> None:
    """A moment beyond the calendar was a fault of ours."""
    wire.post(f"{LOGIN}/token", json={"access_token": "a", "token_type": "Bearer", "expires_in": said})
    assert redeemed(configuration, way).lifetime_s == used_s


def test_a_confidential_client_signs_and_only_as_the_ehr_understands(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration, tmp_path: Path
) -> None:
    wire.post(f"{LOGIN}/token", json={"access_token": "a", "token_type": "Bearer"})
    keys = {}
    for algorithm in ("ES384", "RS384"):
        file = tmp_path / f"{algorithm}.json"
        file.write_text(json.dumps({"keys": [new_key(algorithm, "ours")]}))
        keys[algorithm] = load_signing_keys(file)
    grant = redeemed(configuration, way, Registered(client_id="us", keys=keys["ES384"]))
    assert grant.lifetime_s == UNSAID_S
    sent = form(wire.calls[-1])
    assert "client_id" not in sent
    claims = jwt.decode(sent["client_assertion"], keys["ES384"].key, algorithms=["ES384"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("us", "us", f"{LOGIN}/token")
    asked = len(wire.calls)
    with pytest.raises(NoAnswer, match="RS384"):
        redeemed(configuration, way, Registered(client_id="us", keys=keys["RS384"]))
    assert len(wire.calls) == asked


def test_a_token_endpoint_in_a_closed_network_is_not_asked(wire: responses.RequestsMock) -> None:
    wire.get(DISCOVERY, json=SAID)

    def inside(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        return [(0, 0, 0, "", ("10.0.0.7" if host.startswith("login") else "8.8.8.8", port))]

    way = Way(resolve=inside, timing=Clock().timing)
    found = discover(ISS, way=way, deadline_s=1e6)
    with pytest.raises(AddressRefused):
        redeemed(found, way)


# The id_token.


def signed(
    key: Any = KEY, *, kid: str | None = "k1", algorithm: str = "RS256", header: dict[str, Any] | None = None, **claims: Any
) -> str:
    present = int(NOW.timestamp())
    made = {
        "iss": LOGIN,
        "sub": "1",
        "aud": "us",
        "iat": present,
        "exp": present + 60,
        "nonce": "n",
        "fhirUser": "Practitioner/1",
    }
    made |= claims
    head = {"alg": algorithm} | ({"kid": kid} if kid else {}) | (header or {})
    return str(jwt.encode(head, made, key, algorithms=[algorithm]))


def user(token: str, configuration: SmartConfiguration) -> str:
    sets = KeySets(development=False, resolve=public)
    return clinician(token, configuration, client_id="us", nonce="n", key_sets=sets, now=NOW)


def published(*keys: Any, **more: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) | more for key in keys]}


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(KEY, "RS256", "k1"), (KEY, "RS384", "k1"), (KEY, "RS256", None), (CURVE, "ES256", "k1")]
)
def test_the_user_is_who_the_ehr_signs_for(
    wire: responses.RequestsMock, configuration: SmartConfiguration, key: Any, algorithm: str, kid: str | None
) -> None:
    wire.get(f"{LOGIN}/jwks", json=published(key))
    assert user(signed(key, algorithm=algorithm, kid=kid), configuration) == "Practitioner/1"
    assert wire.calls[-1].request.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("keys", "token"),
    [
        (published(KEY), lambda: signed(kid="another")),
        (published(KEY, CURVE), lambda: signed(kid=None)),
        (published(KEY, use="enc"), signed),
        (published(KEY, alg="RS512"), signed),
        (published(CURVE), signed),
        ({"keys": [{"kty": "RSA", "kid": "k1", "n": "x" * 171, "e": "AQAB"}]}, signed),
        ({"keys": [{"kty": "RSA", "kid": "k1", "n": "x" * 400, "e": "AQAB"}]}, signed),
        (published(KEY), lambda: signed(nbf=int(NOW.timestamp()) + 600)),
        (published(KEY), lambda: signed()[:-4] + "AAAA"),
    ],
)
def test_a_token_by_another_key_is_nobodys(
    wire: responses.RequestsMock, configuration: SmartConfiguration, keys: dict[str, Any], token: Any
) -> None:
    wire.get(f"{LOGIN}/jwks", json=keys)
    with pytest.raises(UserNotKnown, match="none that was made for this launch"):
        user(token(), configuration)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiIxIn0.c2ln",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6N30.eyJzdWIiOiIxIn0.c2ln",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwiY3JpdCI6WyJiNjQiXX0.eyJzdWIiOiIxIn0.c2ln",
        "x" * 20_000,
    ],
    ids=["no token", "no JSON", "none", "HS256", "kid 7", "crit", "long"],
)
def test_a_token_that_is_none_costs_no_question(
    wire: responses.RequestsMock, configuration: SmartConfiguration, token: str
) -> None:
    with pytest.raises(UserNotKnown) as refused:
        user(token, configuration)
    assert token not in refused.value.why
    assert len(wire.calls) == 1


def test_without_the_keys_nobody_is_known(wire: responses.RequestsMock, configuration: SmartConfiguration) -> None:
    wire.get(f"{LOGIN}/jwks", status=500)
    with pytest.raises(UserNotKnown, match="cannot be checked"):
        user(signed(), configuration)


# The tokens of a user.


def held(seconds: float, refresh_token: str = "r1") -> HeldTokens:
    return HeldTokens(access_token="a1", refresh_token=refresh_token, expires_at=NOW + timedelta(seconds=seconds))


def test_a_token_is_renewed_before_it_ends_and_when_it_is_refused(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration
) -> None:
    wire.post(f"{LOGIN}/token", json={"access_token": "a2", "token_type": "Bearer", "expires_in": 300})
    wire.post(f"{LOGIN}/token", json={"access_token": "a3", "token_type": "Bearer", "expires_in": 300, "refresh_token": "r2"})

    def again(before: HeldTokens, deadline_s: float) -> HeldTokens:
        return prolonged(before, refresh(configuration, US, before.refresh_token, way=way, deadline_s=deadline_s), now=NOW)

    tokens = UserTokens(held(11), renewed=again, now=lambda: NOW)
    assert tokens.token(deadline_s=1e6) == "a1"
    tokens = UserTokens(held(10), renewed=again, now=lambda: NOW)
    assert tokens.token(deadline_s=1e6) == "a2"
    assert form(wire.calls[-1]) == {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "us"}
    # Somebody else has renewed it meanwhile.
    assert tokens.renew("a1", deadline_s=1e6) == "a2"
    assert tokens.renew("a2", deadline_s=1e6) == "a3"
    assert (tokens.held.refresh_token, tokens.held.expires_at) == ("r2", NOW + timedelta(seconds=300))
    assert not tokens.over


def test_a_token_that_cannot_be_renewed_is_the_end_and_is_asked_for_once(
    wire: responses.RequestsMock, way: Way, configuration: SmartConfiguration
) -> None:
    answer = wire.post(f"{LOGIN}/token", json={"error": "invalid_grant"}, status=400)

    def again(before: HeldTokens, deadline_s: float) -> HeldTokens:
        return prolonged(before, refresh(configuration, US, before.refresh_token, way=way, deadline_s=deadline_s), now=NOW)

    tokens = UserTokens(held(0), renewed=again, now=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    for _ in range(2):
        with pytest.raises(NoAnswer):
            tokens.token(deadline_s=1e6)
    assert (tokens.over, answer.call_count) == (True, 1)
    without = UserTokens(held(600, refresh_token=""), renewed=again, now=lambda: NOW)
    assert without.token(deadline_s=1e6) == "a1"
    with pytest.raises(NoAnswer, match="session with the EHR is over"):
        without.renew("a1", deadline_s=1e6)


def test_a_token_that_somebody_else_renews_just_now_is_not_the_end() -> None:
    def waited(before: HeldTokens, deadline_s: float) -> HeldTokens:
        raise BeingRenewed("was not asked", late=True)

    tokens = UserTokens(held(0), renewed=waited, now=lambda: NOW)
    with pytest.raises(BeingRenewed):
        tokens.token(deadline_s=1e6)
    assert not tokens.over
