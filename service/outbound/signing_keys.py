"""Our own keys: private ones to sign with, their public halves for everybody. The file is a JSON Web Key Set; its first key signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from service.errors import Problem, RegistrationError

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

Json = dict[str, Any]

# Those that SMART Backend Services demands of every server, each for one kind of key.
ALGORITHMS = {"RSA": "RS384", "P-384": "ES384"}
_LEAST_RSA_BITS = 2048
_REMEDY = "Make it with `claudication ehr-key`."


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """What a file of keys holds. Neither printed nor compared: the first key is a secret."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey = field(repr=False, compare=False)
    published: Json = field(repr=False, compare=False)
    """The JSON Web Key Set for others: the public half of every key, the next one's and the last one's too."""


def load_signing_keys(file: Path) -> SigningKeys:
    """The keys in a file. Raises RegistrationError, which names what is wrong and shows nothing of the keys."""
    # Loaded here: it loads cryptography, which a service without keys does not need.
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    try:
        document = orjson.loads(file.read_bytes())
    except OSError as error:
        raise _wrong(file, f"it cannot be read ({error.strerror})") from None
    except orjson.JSONDecodeError:
        raise _wrong(file, "it is not JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise _wrong(file, "it has no list of keys")
    keys: list[RSAKey | ECKey] = []
    for number, entry in enumerate(entries):
        kind = entry.get("kty") if isinstance(entry, dict) else None
        if kind not in ("RSA", "EC"):
            raise _wrong(file, f"keys[{number}] is neither an RSA nor an EC key")
        try:
            key = RSAKey.import_key(entry) if kind == "RSA" else ECKey.import_key(entry)
        except (JoseError, ValueError, KeyError, TypeError):
            raise _wrong(file, f"keys[{number}] is not a whole key") from None
        if not key.is_private:
            raise _wrong(file, f"keys[{number}] has no private half")
        if not isinstance(entry.get("kid"), str) or not entry["kid"]:
            raise _wrong(file, f"keys[{number}] has no kid, by which servers find it")
        _algorithm(file, number, key)
        keys.append(key)
    kids = [str(key.kid) for key in keys]
    if len(set(kids)) < len(kids):
        raise _wrong(file, "two keys have one kid")
    return SigningKeys(
        kid=kids[0],
        algorithm=_algorithm(file, 0, keys[0]),
        key=keys[0],
        published={"keys": [_public(key, _algorithm(file, number, key)) for number, key in enumerate(keys)]},
    )


def new_key(algorithm: str, kid: str) -> Json:
    """A new private key for RS384 or ES384, as a JSON Web Key."""
    from joserfc.jwk import ECKey, RSAKey

    parameters: Any = {"kid": kid, "use": "sig", "alg": algorithm}
    if algorithm == ALGORITHMS["RSA"]:
        return dict(RSAKey.generate_key(3072, parameters).as_dict(private=True))
    return dict(ECKey.generate_key("P-384", parameters).as_dict(private=True))


def _algorithm(file: Path, number: int, key: RSAKey | ECKey) -> str:
    if key.key_type == "RSA":
        if key.private_key is not None and key.private_key.key_size < _LEAST_RSA_BITS:
            raise _wrong(file, f"keys[{number}] is an RSA key of fewer than {_LEAST_RSA_BITS} bits")
        return ALGORITHMS["RSA"]
    found = ALGORITHMS.get(str(key.as_dict(private=False).get("crv")))
    if found is None:
        raise _wrong(file, f"keys[{number}] is an EC key of another curve than P-384")
    return found


def _public(key: RSAKey | ECKey, algorithm: str) -> Json:
    return {**key.as_dict(private=False), "use": "sig", "alg": algorithm, "key_ops": ["verify"]}


def _wrong(file: Path, why: str) -> RegistrationError:
    said = f"{file}: {why}. It holds a JSON Web Key Set with private keys for RS384 or ES384, the one that signs first. {_REMEDY}"
    return RegistrationError(Problem(issue_type="value", diagnostics=said))
