"""Who may call: tokens of registered clients, fresh, for this door, signed with their key, once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.client_token import ALGORITHMS, LONGEST_S, SKEW_S, Reason, TokenRefused, verify
from service.cds_hooks.clients import Client
from service.outbound.key_sets import KeysUnavailable, keys_named
from tests.cds_hooks.tokens import (
    AUDIENCE,
    CLIENTS,
    EPIC,
    HANDED_OVER,
    ISSUER,
    JKU,
    NOW,
    PRESENT,
    claims,
    encoded,
    header,
    key,
    key_for,
    key_set,
    public,
    signed,
    with_header,
)


class KeysAt:
    """Key sets that are at their addresses, without a network. `asked` are the addresses that were asked for."""

    def __init__(self, **sets: dict[str, Any]) -> None:
        self.sets = sets
        self.asked: list[str] = []

    def find(self, jku: str, kid: str) -> tuple[dict[str, Any], ...]:
        self.asked.append(jku)
        if jku not in self.sets:
            raise KeysUnavailable("cannot be reached")
        return keys_named(self.sets[jku]["keys"], kid)


class Used:
    """Remembers what was used."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], datetime] = {}

    def __call__(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        if (issuer, jti) in self.seen:
            return False
        self.seen[issuer, jti] = expires_at
        return True


def check(
    token: str | None,
    *,
    clients: tuple[Client, ...] = CLIENTS,
    audience: str = AUDIENCE,
    keys: KeysAt | None = None,
    used: Callable[[str, str, datetime], bool] | None = None,
    scheme: str = "Bearer ",
) -> Client:
    sent = None if token is None else scheme + token
    return verify(sent, clients=clients, audience=audience, key_sets=keys or KeysAt(), first_use=used or Used(), now=NOW)


def refused(token: str | None, **options: Any) -> Reason:
    with pytest.raises(TokenRefused) as no:
        check(token, **options)
    told = str(no.value)
    assert len(token or "") < 20 or str(token)[:20] not in told
    return no.value.reason


@pytest.mark.requirement("176", "199", "205")
@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_client_whose_keys_were_handed_over_is_known_by_its_signature(algorithm: str) -> None:
    assert check(signed(header(algorithm))) is HANDED_OVER


@pytest.mark.requirement("176", "195", "206")
def test_epic_is_known_by_the_keys_at_its_address() -> None:
    """As Epic sends it: RS384, a kid with + / and =, nbf five minutes before iat, exp fifteen after."""
    keys = KeysAt(**{JKU: key_set(public(key("2048")))})
    sent = signed(
        header("RS384", jku=JKU),
        claims(iss=ISSUER, sub=ISSUER, nbf=PRESENT - 300, iat=PRESENT, exp=PRESENT + 900),
    )
    assert check(sent, keys=keys) is EPIC
    assert keys.asked == [JKU]


def test_the_scheme_is_written_as_one_likes() -> None:
    assert check(signed(), scheme="bEaReR ") is HANDED_OVER


@pytest.mark.requirement("201", "203")
@pytest.mark.parametrize(
    "algorithm",
    [
        "none",
        "None",
        "NONE",
        "nOnE",
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        "PS256",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "",
        "es384",
    ],
)
def test_no_signature_a_shared_secret_and_weaker_ones_are_refused(algorithm: str) -> None:
    body = encoded(json.dumps(claims()).encode())
    assert refused(f"{encoded(json.dumps(header(algorithm)).encode())}.{body}.{encoded(b'x')}") == Reason.ALGORITHM


@pytest.mark.requirement("203")
def test_a_public_key_used_as_a_shared_secret_signs_nothing() -> None:
    """The old trick: HS384 with the bytes of the public key, which everybody knows."""
    for algorithm, expected in (("HS384", Reason.ALGORITHM), ("RS384", Reason.SIGNATURE)):
        text = f"{encoded(json.dumps(header(algorithm)).encode())}.{encoded(json.dumps(claims()).encode())}"
        secret = key("2048").as_pem(private=False)
        assert refused(f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha384).digest())}") == expected


def test_an_unsigned_token_has_no_third_part() -> None:
    assert refused(signed().rsplit(".", 1)[0] + ".") == Reason.SHAPE
    assert refused(signed().rsplit(".", 1)[0]) == Reason.SHAPE


def test_a_signature_of_another_key_is_refused() -> None:
    assert refused(signed(by=key("P-384", 1))) == Reason.SIGNATURE
    assert refused(signed(header("RS384"), by=key("2048", 1))) == Reason.SIGNATURE


def test_a_signed_token_cannot_be_changed() -> None:
    head, body, signature = signed().split(".")
    assert refused(".".join([head, encoded(json.dumps(claims(sub="x")).encode()), signature])) == Reason.SIGNATURE
    assert refused(".".join([encoded(json.dumps(header(cty="x")).encode()), body, signature])) == Reason.SIGNATURE


def test_the_algorithm_and_the_key_must_be_of_one_kind() -> None:
    only_rsa = (replace(HANDED_OVER, jwks=key_set(public(key("2048")))),)
    assert refused(signed(header("ES384")), clients=only_rsa) == Reason.SIGNATURE
    only_p521 = (replace(HANDED_OVER, jwks=key_set(public(key("P-521")))),)
    assert refused(signed(header("ES384")), clients=only_p521) == Reason.SIGNATURE


@pytest.mark.parametrize(
    "spoilt",
    [
        {"use": "enc"},
        {"alg": "ES512"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"x": "!"},
        {"x": None},
        {"crv": "P-0"},
        {"y": "AAAA"},
    ],
    ids=str,
)
def test_a_key_that_is_not_for_this_is_not_used(spoilt: dict[str, Any]) -> None:
    jwk = {name: value for name, value in (public(key("P-384")) | spoilt).items() if value is not None}
    assert refused(signed(), clients=(replace(HANDED_OVER, jwks=key_set(jwk)),)) == Reason.SIGNATURE


def test_a_key_that_says_what_it_is_for_is_used() -> None:
    jwk = public(key("P-384"), alg="ES384", key_ops=["verify"])
    assert check(signed(), clients=(replace(HANDED_OVER, jwks=key_set(jwk)),)).id == "handed-over"


def test_of_several_keys_of_one_name_the_right_one_is_found() -> None:
    jwks = key_set(public(key("P-384", 1)), public(key("P-384")))
    assert check(signed(), clients=(replace(HANDED_OVER, jwks=jwks),)).id == "handed-over"


def test_a_short_rsa_key_is_not_used() -> None:
    short = json.loads(json.dumps(public(key("2048"))))
    short["n"] = short["n"][:171]
    assert refused(signed(header("RS384")), clients=(replace(HANDED_OVER, jwks=key_set(short)),)) == Reason.SIGNATURE


@pytest.mark.requirement("195")
@pytest.mark.parametrize(
    "jku",
    [
        "https://evil.example/keys.json",
        JKU + "/",
        JKU + "?x",
        "http://ehr.example/keys.json",
        "",
        7,
        [JKU],
        "http://169.254.169.254/",
    ],
)
def test_keys_are_fetched_from_registered_addresses_only(jku: Any) -> None:
    keys = KeysAt()
    unsigned = (
        f"{encoded(json.dumps(header(jku=jku)).encode())}.{encoded(json.dumps(claims(iss=ISSUER)).encode())}.{encoded(b'x')}"
    )
    assert refused(unsigned, keys=keys) == Reason.KEY_SET
    assert keys.asked == []


@pytest.mark.requirement("195")
def test_nothing_is_fetched_for_an_issuer_nobody_knows() -> None:
    keys = KeysAt(**{JKU: key_set()})
    for issuer in ("https://evil.example", ISSUER + "/", ISSUER.upper()):
        assert refused(signed(header(jku=JKU), claims(iss=issuer)), keys=keys) == Reason.ISSUER
    assert keys.asked == []


def test_nothing_is_fetched_for_a_token_that_is_refused_anyway() -> None:
    keys = KeysAt(**{JKU: key_set()})
    for changed in ({"aud": "https://elsewhere.example"}, {"exp": PRESENT - 3600, "iat": PRESENT - 3900}, {"jti": ""}):
        refused(signed(header(jku=JKU), claims(iss=ISSUER, **changed)), keys=keys)
    assert keys.asked == []


def test_keys_that_were_handed_over_count_whatever_address_the_token_names() -> None:
    keys = KeysAt()
    assert check(signed(header(jku="https://evil.example/keys.json")), keys=keys) is HANDED_OVER
    assert keys.asked == []


def test_a_client_of_an_address_must_name_it() -> None:
    assert refused(signed(payload=claims(iss=ISSUER))) == Reason.NO_KEYS


def test_keys_that_cannot_be_had_let_nobody_in() -> None:
    assert refused(signed(header(jku=JKU), claims(iss=ISSUER))) == Reason.KEYS_UNAVAILABLE


@pytest.mark.parametrize("kid", ["other", "4Xa/7 bQ==", "4Xa/7+bQ", "4Xa_7-bQ=="])
def test_a_kid_is_compared_as_it_is(kid: str) -> None:
    assert refused(signed(header(kid=kid))) == Reason.KEY_UNKNOWN


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"typ": None}, Reason.TYPE),
        ({"typ": "at+jwt"}, Reason.TYPE),
        ({"typ": 7}, Reason.TYPE),
        ({"kid": None}, Reason.KEY_ID),
        ({"kid": ""}, Reason.KEY_ID),
        ({"kid": "k" * 513}, Reason.KEY_ID),
        ({"crit": ["exp"]}, Reason.CRITICAL),
        ({"crit": []}, Reason.CRITICAL),
        ({"b64": False, "crit": ["b64"]}, Reason.CRITICAL),
    ],
)
def test_a_header_that_is_not_as_agreed_is_refused(changed: dict[str, Any], reason: Reason) -> None:
    raw = json.dumps(header(**changed)).encode()
    assert refused(with_header(raw)) == reason


def test_a_lower_case_type_is_a_type() -> None:
    assert check(signed(header(typ="jwt"))) is HANDED_OVER


def test_a_key_that_the_token_brings_along_is_not_looked_at() -> None:
    thief = key("P-384", 7)
    for brought in ({"jwk": public(thief)}, {"x5u": "https://evil.example"}, {"x5c": ["MIIB"]}):
        assert refused(signed(header(**brought), by=thief)) == Reason.SIGNATURE
        assert check(signed(header(**brought))) is HANDED_OVER


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "ey ey.ey.ey",
        "é.é.é",
        " " + "a.b.c",
        with_header(b'{"alg":"ES384","alg":"none","typ":"JWT","kid":"k"}'),
        with_header(b'{"alg":"none","typ":"JWT","kid":"k","alg":"ES384"}'),
        with_header(b"[]"),
        with_header(b"null"),
        with_header(b"{"),
        with_header(b"\xff"),
        with_header(b'{"alg":"ES384","deep":' + b"[" * 60 + b"]" * 60 + b"}"),
        with_header(b'{"alg":"ES384","deep":' + b"[" * 3000 + b"]" * 3000 + b"}"),
        with_header(b'{"alg":"ES384","long":"' + b"x" * 9000 + b'"}'),
    ],
    ids=lambda token: token[:20],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token) == Reason.SHAPE


def test_claims_that_can_be_read_in_two_ways_are_refused() -> None:
    twice = json.dumps(claims())[:-1] + ', "iss": "https://ehr.example/fhir"}'
    assert refused(signed(payload=twice.encode())) == Reason.SHAPE
    assert refused(signed(payload=b'["iss"]')) == Reason.SHAPE


def test_no_header_and_another_scheme_are_refused() -> None:
    assert refused(None) == Reason.MISSING
    for scheme in ("Basic ", "", "Bearer:", "Bearer"):
        assert refused(signed(), scheme=scheme) == Reason.SCHEME
    assert refused(signed(), scheme="Bearer  ") == Reason.SHAPE


AUDIENCES = [
    (AUDIENCE, AUDIENCE),
    (AUDIENCE, AUDIENCE + "/"),
    (AUDIENCE, "HTTP://LocalHost:80/cds-services/claudication"),
    ("https://cds.example/prefix/cds-services", "https://cds.example:443/prefix/cds-services/"),
    (AUDIENCE, ["https://elsewhere.example", AUDIENCE]),
]


@pytest.mark.parametrize(("called", "named"), AUDIENCES)
def test_the_door_that_was_called_is_named(called: str, named: Any) -> None:
    assert check(signed(payload=claims(aud=named)), audience=called) is HANDED_OVER


@pytest.mark.parametrize(
    "named",
    [
        None,
        "",
        "http://localhost",
        "http://localhost/cds-services",
        AUDIENCE + "/feedback",
        AUDIENCE.upper(),
        AUDIENCE.replace("http", "https"),
        AUDIENCE.replace("localhost", "localhost:8000"),
        AUDIENCE.replace("localhost", "evil.example"),
        AUDIENCE + "?x=1",
        AUDIENCE + "#x",
        AUDIENCE.replace("http://", "http://user@"),
        AUDIENCE.replace("cds-services", "x/../cds-services"),
        [],
        [7, None, ["nested"]],
        {"url": AUDIENCE},
        7,
    ],
    ids=str,
)
def test_any_other_audience_is_refused(named: Any) -> None:
    assert refused(signed(payload=claims(aud=named))) == Reason.AUDIENCE


TIMES: list[tuple[dict[str, Any], Reason | None]] = [
    ({}, None),
    ({"exp": PRESENT - SKEW_S + 1, "iat": PRESENT - 300}, None),
    ({"exp": PRESENT - SKEW_S, "iat": PRESENT - 300}, Reason.EXPIRED),
    ({"iat": PRESENT + SKEW_S}, None),
    ({"iat": PRESENT + SKEW_S + 1}, Reason.NOT_YET),
    ({"nbf": PRESENT + SKEW_S}, None),
    ({"nbf": PRESENT + SKEW_S + 1}, Reason.NOT_YET),
    ({"exp": PRESENT + LONGEST_S}, None),
    ({"exp": PRESENT + LONGEST_S + 1}, Reason.TOO_LONG),
    ({"exp": PRESENT + 900, "nbf": PRESENT - 300}, None),
    ({"exp": PRESENT + 900, "nbf": PRESENT - 301}, Reason.TOO_LONG),
    ({"exp": PRESENT, "iat": PRESENT}, Reason.TOO_LONG),
    ({"exp": PRESENT + 0.5, "iat": PRESENT - 0.5}, None),
    ({"exp": None}, Reason.TIME),
    ({"iat": None}, Reason.TIME),
    ({"exp": "2030"}, Reason.TIME),
    ({"exp": True}, Reason.TIME),
    ({"iat": True}, Reason.TIME),
    ({"nbf": "now"}, Reason.TIME),
    ({"nbf": [PRESENT]}, Reason.TIME),
    ({"exp": -1}, Reason.TIME),
    ({"exp": 10**15}, Reason.TIME),
]


@pytest.mark.parametrize(("changed", "reason"), TIMES, ids=str)
def test_a_token_is_fresh_within_a_minute_of_our_clock(changed: dict[str, Any], reason: Reason | None) -> None:
    token = signed(payload=claims(**changed))
    if reason is None:
        assert check(token) is HANDED_OVER
    else:
        assert refused(token) == reason


def test_a_token_is_good_once() -> None:
    used, token = Used(), signed()
    assert check(token, used=used) is HANDED_OVER
    assert refused(token, used=used) == Reason.REPLAYED
    [expires_at] = used.seen.values()
    assert expires_at == NOW.astimezone(UTC) + timedelta(seconds=300 + SKEW_S)


def test_the_same_id_of_another_issuer_is_another_token() -> None:
    used, other = Used(), replace(HANDED_OVER, id="other", issuer="https://third.example")
    for issuer in (HANDED_OVER.issuer, other.issuer):
        check(signed(payload=claims(iss=issuer, jti="1")), used=used, clients=(HANDED_OVER, other))
    assert len(used.seen) == 2


def test_a_token_that_is_refused_uses_up_nothing() -> None:
    used = Used()
    refused(signed(by=key("P-384", 1)), used=used)
    assert used.seen == {}


@pytest.mark.parametrize("jti", [None, "", 7, "x" * 513])
def test_a_token_without_an_id_is_refused(jti: Any) -> None:
    assert refused(signed(payload=claims(jti=jti))) == Reason.JTI


class TestTenants:
    ONE = replace(HANDED_OVER, id="one", tenants=frozenset({"ward-1", "ward-2"}))
    TWO = replace(HANDED_OVER, id="two", tenants=frozenset({"ward-3"}))

    @pytest.mark.parametrize(("tenant", "client"), [("ward-1", "one"), ("ward-2", "one"), ("ward-3", "two")])
    def test_each_tenant_is_its_client(self, tenant: str, client: str) -> None:
        assert check(signed(payload=claims(tenant=tenant)), clients=(self.ONE, self.TWO)).id == client

    @pytest.mark.parametrize("tenant", ["ward-4", None, "", ["ward-1"], 1])
    def test_others_and_none_are_refused(self, tenant: Any) -> None:
        assert refused(signed(payload=claims(tenant=tenant)), clients=(self.ONE, self.TWO)) == Reason.TENANT

    def test_a_client_of_no_tenants_takes_what_is_left(self) -> None:
        clients = (HANDED_OVER, self.TWO)
        assert check(signed(payload=claims(tenant="ward-3")), clients=clients).id == "two"
        assert check(signed(payload=claims(tenant="ward-4")), clients=clients).id == "handed-over"
        assert check(signed(), clients=clients).id == "handed-over"


def test_a_client_without_an_issuer_is_nobody() -> None:
    assert refused(signed(payload=claims(iss="")), clients=(replace(HANDED_OVER, issuer=""),)) == Reason.ISSUER


@given(st.text(max_size=200))
def test_whatever_is_sent_it_is_refused_and_nothing_breaks(text: str) -> None:
    refused(text)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "jku", "crit"]), st.none() | st.text() | st.integers() | st.lists(st.text())
    )
)
def test_whatever_the_header_says_nothing_breaks(changed: dict[str, Any]) -> None:
    raw = json.dumps(header() | changed).encode()
    refused(with_header(raw))


def test_the_reason_is_not_in_what_is_told() -> None:
    told = set()
    for token in (None, "x", signed(by=key_for("ES512"), head=header("ES512", kid="no")), signed(payload=claims(aud="x"))):
        with pytest.raises(TokenRefused) as no:
            check(token)
        told.add(str(no.value))
    assert len(told) == 1
