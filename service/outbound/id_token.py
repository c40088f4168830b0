"""Who is signed in at the EHR, by the id_token that came with the access token: signed by the EHR, for us, for this very launch."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from service.outbound.key_sets import KeySets, KeysUnavailable
from service.outbound.smart_configuration import SmartConfiguration

ALGORITHMS = frozenset(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"))
"""What may sign: no shared secret, and not nothing. RS256 is what SMART asks every server for."""
SKEW_S = 60
MOST_CHARACTERS = 16_384
_LEAST_MODULUS = 342
"""Characters of base64url that 2048 bits take."""
_KEY_TYPES = {"E": "EC", "R": "RSA", "P": "RSA"}
_CLINICIAN = re.compile(r"(?:\S*/)?((?:Practitioner|PractitionerRole)/[A-Za-z0-9.-]{1,64})")


class UserNotKnown(Exception):
    """Nobody is let in. `why` is a sentence that holds nothing of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def clinician(
    token: str, configuration: SmartConfiguration, *, client_id: str, nonce: str, key_sets: KeySets, now: datetime
) -> str:
    """The user, as "Practitioner/1". Raises UserNotKnown for a token that is not good, and for one of somebody else than a clinician."""
    claims = _verified(token, configuration, client_id=client_id, nonce=nonce, key_sets=key_sets, now=now)
    # SMART 1.0 called it profile.
    named = claims.get("fhirUser") or claims.get("profile")
    found = _CLINICIAN.fullmatch(named) if isinstance(named, str) else None
    if found is None:
        raise UserNotKnown(
            "the EHR does not say which Practitioner is signed in (scopes openid and fhirUser); this app is for clinicians"
        )
    return found[1]


def _verified(
    token: str, configuration: SmartConfiguration, *, client_id: str, nonce: str, key_sets: KeySets, now: datetime
) -> dict[str, Any]:
    # Loaded here: it loads cryptography.
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jws import JWSRegistry, extract_compact
    from joserfc.jwt import JWTClaimsRegistry

    refused = UserNotKnown("the EHR's id_token is none that was made for this launch; launch the app again from the EHR")
    if not token:
        raise UserNotKnown("the EHR sent no id_token; its registration of this app has to grant openid and fhirUser")
    if len(token) > MOST_CHARACTERS:
        raise refused
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise refused from None
    algorithm, kid = header.get("alg"), header.get("kid")
    # Without a key id it is signed by the only key of the EHR, or by nobody.
    if algorithm not in ALGORITHMS or not isinstance(kid, str | None) or "crit" in header:
        raise refused
    try:
        keys = key_sets.find(configuration.jwks_uri, kid)
    except KeysUnavailable as error:
        raise UserNotKnown(
            f"who is signed in cannot be checked: the EHR's key server {error.why}; launch the app again later"
        ) from None
    expected = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=SKEW_S,
        iss={"essential": True, "value": configuration.issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = registry.max_signature_length = MOST_CHARACTERS
    for key in keys:
        try:
            claims = jwt.decode(token, _key(key, algorithm), algorithms=[algorithm], registry=registry).claims
            expected.validate(claims)
        except (JoseError, ValueError, TypeError, LookupError):
            # Not by this key, not for us, or no key at all.
            continue
        if not isinstance(claims.get("aud"), list) or claims.get("azp", client_id) == client_id:
            return dict(claims)
    raise refused


def _key(jwk: dict[str, Any], algorithm: str) -> Any:
    """Raises ValueError for a key of another kind, strength or use."""
    from joserfc.jwk import ECKey, RSAKey

    kind = _KEY_TYPES[algorithm[0]]
    weak = kind == "RSA" and len(str(jwk.get("n", ""))) < _LEAST_MODULUS
    if jwk.get("kty") != kind or weak or jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        raise ValueError("not a key for this algorithm")
    return RSAKey.import_key(jwk) if kind == "RSA" else ECKey.import_key(jwk)
