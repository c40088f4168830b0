"""Whether a token was signed with one of these keys. Takes long to load; app.warm_up does it before anybody waits."""

from __future__ import annotations

from collections.abc import Sequence

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry, deserialize_compact

from service.fhir.elements import Json

_KEY_TYPES = {"E": "EC", "R": "RSA", "P": "RSA"}
_LEAST_MODULUS = 342
"""Characters of base64url that 2048 bits take."""
_MOST_KEYS_TRIED = 3
_LONGEST_PART = 8192


def is_signed(text: str, algorithm: str, keys: Sequence[Json]) -> bool:
    """Whether this compact JWS has a signature of this algorithm by one of these JSON Web Keys. What the token says of itself is not asked."""
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_signature_length = _LONGEST_PART
    for jwk in [key for key in keys if _is_for(key, algorithm)][:_MOST_KEYS_TRIED]:
        try:
            key = RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)
            deserialize_compact(text, key, registry=registry)
        except (JoseError, ValueError, TypeError, LookupError):
            # Not by this key, or this is no key.
            continue
        return True
    return False


def _is_for(key: Json, algorithm: str) -> bool:
    """Whether a key is of the type and strength, and says nothing against signing with this algorithm."""
    operations = key.get("key_ops")
    return (
        key.get("kty") == _KEY_TYPES[algorithm[0]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key["kty"] != "RSA" or len(str(key.get("n", ""))) >= _LEAST_MODULUS)
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
    )
