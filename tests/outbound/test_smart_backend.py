"""Access tokens by SMART Backend Services: what the assertion says, when a token is asked for, and what is never told."""

from __future__ import annotations

import json
import logging
import stat
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from click.testing import CliRunner
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, RSAKey

from service.cli import main
from service.errors import RegistrationError
from service.outbound.signing_keys import load_signing_keys, new_key
from service.outbound.smart_backend import BackendTokens, NoToken
from service.outbound.token_endpoint import ASSERTION_TYPE
from service.outbound.way import Way
from tests.outbound.test_fhir_client import public
from tests.outbound.test_trying_again import NOW, Clock

BASE = "https://ehr.example/fhir"
DISCOVERY = f"{BASE}/.well-known/smart-configuration"
ENDPOINT = "https://login.ehr.example/token"
PRESENT = int(NOW.timestamp())


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    return {algorithm: new_key(algorithm, f"our-{algorithm}") for algorithm in ("RS384", "ES384")}


@pytest.fixture
def file(tmp_path: Path, made: dict[str, dict[str, Any]]) -> Callable[..., Path]:
    """A function that writes a file of keys: `file("RS384", "ES384")`, or any document."""

    def write(*algorithms: str, document: Any = None) -> Path:
        path = tmp_path / "keys.json"
        path.write_text(json.dumps(document if document is not None else {"keys": [made[one] for one in algorithms]}))
        return path

    return write


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tokens(clock: Clock, file: Path) -> BackendTokens:
    way = Way(resolve=public, timing=clock.timing)
    return BackendTokens(BASE + "/", client_id="us", keys=load_signing_keys(file), scopes="system/*.rs", way=way)


def discovered(wire: responses.RequestsMock, **more: Any) -> None:
    wire.get(DISCOVERY, json={"token_endpoint": ENDPOINT, **more})


def grants(wire: responses.RequestsMock, token: str, **more: Any) -> responses.BaseResponse:
    return wire.post(ENDPOINT, json={"access_token": token, "token_type": "bearer", "expires_in": 300, **more})


def form(call: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(str(call.request.body, "ascii")).items()}


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_the_assertion_is_what_the_standard_asks_for_and_its_key_is_published(
    algorithm: str, clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    discovered(wire, token_endpoint_auth_signing_alg_values_supported=["RS384", "ES384"])
    grants(wire, "t1")
    path = file(algorithm, *({"RS384", "ES384"} - {algorithm}))
    assert tokens(clock, path).token(deadline_s=clock.seconds + 10) == "t1"
    sent = form(wire.calls[1])
    assert {name: sent[name] for name in ("grant_type", "scope", "client_assertion_type")} == {
        "grant_type": "client_credentials",
        "scope": "system/*.rs",
        "client_assertion_type": ASSERTION_TYPE,
    }
    assert wire.calls[1].request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert wire.calls[0].request.headers["Accept"] == "application/json"
    published = KeySet.import_key_set(load_signing_keys(path).published)  # type: ignore[arg-type]  # a key set as JSON
    checked = jwt.decode(sent["client_assertion"], published, algorithms=[algorithm])
    assert checked.header == {"alg": algorithm, "typ": "JWT", "kid": f"our-{algorithm}"}
    assert checked.claims | {"jti": ""} == {
        "iss": "us",
        "sub": "us",
        "aud": ENDPOINT,
        "iat": PRESENT,
        "exp": PRESENT + 240,
        "jti": "",
    }
    for secret in ("t1", sent["client_assertion"], json.loads(path.read_text())["keys"][0]["d"]):
        assert secret not in caplog.text


def test_a_token_is_kept_until_shortly_before_it_expires_and_no_assertion_is_used_twice(
    clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    ours = tokens(clock, file("ES384"))
    discovered(wire)
    grants(wire, "t1")
    grants(wire, "t2")
    assert [ours.token(deadline_s=clock.seconds + 10) for _ in range(3)] == ["t1"] * 3
    clock.seconds += 269
    assert ours.token(deadline_s=clock.seconds + 10) == "t1"
    clock.seconds += 2
    assert ours.token(deadline_s=clock.seconds + 10) == "t2"
    used = {jwt_id(call) for call in wire.calls if call.request.url == ENDPOINT}
    assert len(used) == 2


def jwt_id(call: Any) -> str:
    claims = form(call)["client_assertion"].split(".")[1]
    return str(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"])


def test_a_refused_token_is_replaced_once_whoever_asks(
    clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    ours = tokens(clock, file("ES384"))
    discovered(wire)
    grants(wire, "t1")
    grants(wire, "t2")
    first = ours.token(deadline_s=clock.seconds + 10)
    # Two searches were refused with the same one; the second finds what the first has fetched.
    assert ours.renew(first, deadline_s=clock.seconds + 10) == "t2"
    assert ours.renew(first, deadline_s=clock.seconds + 10) == "t2"


def test_where_the_server_does_not_say_how_long_a_token_is_used_for_a_minute(
    clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    ours = tokens(clock, file("ES384"))
    discovered(wire)
    grants(wire, "t1", expires_in=None)
    grants(wire, "t2")
    assert ours.token(deadline_s=clock.seconds + 10) == "t1"
    clock.seconds += 53
    assert ours.token(deadline_s=clock.seconds + 10) == "t1"
    clock.seconds += 2
    assert ours.token(deadline_s=clock.seconds + 10) == "t2"


@pytest.mark.parametrize(
    ("status", "document", "why"),
    [
        (400, {"error": "invalid_client", "error_description": "assertion eyJ... of us"}, "status 400 (invalid_client)"),
        (401, {"error": "anything eyJ"}, "status 401"),
        (200, {"token_type": "bearer"}, "status 200"),
        (200, {"access_token": "two words"}, "status 200"),
        (200, {"access_token": "zwölf"}, "status 200"),
        (200, [], "status 200"),
    ],
)
def test_a_refusal_of_the_token_server_is_told_by_its_code_only(
    status: int, document: Any, why: str, clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    discovered(wire)
    wire.post(ENDPOINT, json=document, status=status)
    with pytest.raises(NoToken) as told:
        tokens(clock, file("ES384")).token(deadline_s=clock.seconds + 10)
    expected = f"cannot be asked: there is no access token, because its token server gave none, and answered with {why}"
    assert (told.value.why, told.value.late) == (expected, False)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({}, "has no token_endpoint"),
        ({"token_endpoint": "http://login.ehr.example/token"}, "not https"),
        ({"token_endpoint": "https://127.0.0.1/token"}, "not open to this service"),
        (
            {"token_endpoint": ENDPOINT, "token_endpoint_auth_signing_alg_values_supported": ["RS384"]},
            "does not accept ES384",
        ),
    ],
)
def test_a_discovery_that_leads_nowhere_good_is_not_followed(
    document: dict[str, Any], why: str, clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    wire.get(DISCOVERY, json=document)
    with pytest.raises(NoToken, match=why):
        tokens(clock, file("ES384")).token(deadline_s=clock.seconds + 10)


def test_a_token_server_in_trouble_is_asked_again_and_its_address_looked_up_anew_afterwards(
    clock: Clock, file: Callable[..., Path], wire: responses.RequestsMock
) -> None:
    ours = tokens(clock, file("ES384"))
    discovered(wire)
    for _ in range(4):
        wire.post(ENDPOINT, status=503)
    with pytest.raises(NoToken, match="status 503"):
        ours.token(deadline_s=clock.seconds + 10)
    assert len(clock.slept) == 3
    used = [jwt_id(call) for call in wire.calls if call.request.url == ENDPOINT]
    assert len(set(used)) == 4, "one that a server has read before it broke off is used up"
    discovered(wire)
    grants(wire, "t1")
    clock.seconds += 30
    assert ours.token(deadline_s=clock.seconds + 10) == "t1"


def test_who_has_no_time_to_wait_for_a_token_is_told(clock: Clock, file: Callable[..., Path]) -> None:
    ours = tokens(clock, file("ES384"))
    ours._lock.acquire()  # another thread is fetching
    with pytest.raises(NoToken) as told:
        ours.token(deadline_s=clock.seconds)
    assert told.value.late


def ec(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (new_key("ES384", "k") | changed).items() if value is not None}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "no list of keys"),
        ({"keys": []}, "no list of keys"),
        ({"keys": ["x"]}, "neither an RSA nor an EC key"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "neither an RSA nor an EC key"),
        ({"keys": [{"kty": "EC", "crv": "P-384"}]}, "not a whole key"),
        ({"keys": [ec(d=None)]}, "no private half"),
        ({"keys": [ec(kid=None)]}, "no kid"),
        ({"keys": [dict(ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=True))]}, "another curve"),
        ({"keys": [ec(), ec()]}, "one kid"),
    ],
)
def test_a_file_of_keys_that_cannot_be_used_is_named_and_shows_nothing_of_them(
    document: Any, why: str, file: Callable[..., Path]
) -> None:
    path = file(document=document)
    with pytest.raises(RegistrationError, match=why) as told:
        load_signing_keys(path)
    for key in document["keys"] if isinstance(document, dict) else []:
        assert not isinstance(key, dict) or str(key.get("d", "none")) not in str(told.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistrationError, match="cannot be read"):
        load_signing_keys(tmp_path / "none.json")
    (tmp_path / "text").write_text("-----BEGIN")
    with pytest.raises(RegistrationError, match="not JSON"):
        load_signing_keys(tmp_path / "text")


def test_a_short_rsa_key_is_refused(file: Callable[..., Path]) -> None:
    with pytest.warns(SecurityWarning):
        short = dict(RSAKey.generate_key(1024, {"kid": "k"}).as_dict(private=True))
    with pytest.warns(SecurityWarning), pytest.raises(RegistrationError, match="fewer than 2048 bits"):
        load_signing_keys(file(document={"keys": [short]}))


def test_only_public_halves_are_published_and_shown(file: Callable[..., Path]) -> None:
    keys = load_signing_keys(file("RS384", "ES384"))
    assert [(key["kid"], key["alg"], key["use"]) for key in keys.published["keys"]] == [
        ("our-RS384", "RS384", "sig"),
        ("our-ES384", "ES384", "sig"),
    ]
    private = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    assert all(private.isdisjoint(key) for key in keys.published["keys"])
    assert repr(keys) == "SigningKeys(kid='our-RS384', algorithm='RS384')"


def test_keys_are_made_and_changed_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    run = CliRunner().invoke
    first = run(main, ["ehr-key", str(path)])
    assert (first.exit_code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    [one] = load_signing_keys(path).published["keys"]
    assert one["alg"] == "ES384"
    assert run(main, ["ehr-key", str(path), "--algorithm", "RS384"]).exit_code == 0
    keys = load_signing_keys(path)
    assert (keys.kid, len(keys.published["keys"])) == (one["kid"], 2)
    other = keys.published["keys"][1]["kid"]
    shown = run(main, ["ehr-key", str(path), "--sign-with", other])
    assert load_signing_keys(path).kid == other
    assert json.loads(path.read_text())["keys"][0]["d"] not in shown.output
    missing = run(main, ["ehr-key", str(path), "--sign-with", "none"])
    assert (missing.exit_code, "has no key 'none'" in missing.output) == (1, True)
    path.write_text("{}")
    assert run(main, ["ehr-key", str(path)]).exit_code == 1
