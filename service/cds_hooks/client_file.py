"""The clients file, TOML, read once at start-up: who may call the hooks. What it may hold is told in docs/hooks.md."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate

from service.cds_hooks.client_fields import StrictSchema, address, addresses, not_empty
from service.cds_hooks.clients import DEVELOPMENT, PROFILES, Client, Dialect, Profile
from service.cds_hooks.smart_app import SmartAppSchema, smart_app_of
from service.clinical.assessment import Setting
from service.errors import Problem, RegistrationError
from service.fhir.elements import Json
from service.fhir.terminology.orders import ORDERS

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FLAGS = (
    "lenient",
    "one_action_per_suggestion",
    "at_most_one",
    "app_context",
    "cards_of_1_0",
    "cards_of_3_0",
    "autolaunch",
    "feedback",
    "shared_id",
)
"""What may be said of one client otherwise than its profile says it."""


class _CodingSchema(StrictSchema):
    system = fields.String(required=True, validate=not_empty())
    code = fields.String(required=True, validate=not_empty())
    display = fields.String(load_default="")


def _origin(text: str) -> None:
    address(text)
    if urlsplit(text).path or text != text.lower():
        raise ValidationError(
            "must be scheme, host and port in lower case, as a browser sends it: nothing behind the host, no slash"
        )


def _launch_address(text: str) -> None:
    if text:
        address(text)


def _number(low: int, high: int) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(min=low, max=high, error=f"must be a whole number from {low} to {high}")
    )


class _ClientSchema(StrictSchema):
    id = fields.String(
        required=True,
        validate=validate.Regexp(_ID.pattern + r"\Z", error="must be lower-case letters, digits and hyphens, at most 64"),
    )
    profile = fields.Enum(Dialect, by_value=True, load_default=Dialect.GENERIC)
    issuer = fields.String(load_default="")
    jku = addresses()
    jwks = fields.Dict(keys=fields.String(), load_default=None)
    jwks_file = fields.String(load_default=None)
    tenants = fields.List(fields.String(validate=validate.Length(min=1)), load_default=list)
    fhir_servers = addresses()
    origins = fields.List(fields.String(validate=_origin), load_default=list)
    system_actions = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    shadow = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    max_cards = _number(1, 10)
    cards_per_patient_and_day = _number(0, 100)
    suppress_days = _number(0, 365)
    setting = fields.Enum(Setting, by_value=True, load_default=Setting.PRIMARY_CARE)
    smart_launch_url = fields.String(load_default="", validate=_launch_address)
    smart_app = fields.Nested(SmartAppSchema, load_default=None)
    callback_url = fields.String(validate=address, load_default="")
    callback_secret = fields.String(
        validate=validate.Regexp(
            r"(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)\Z",
            error="must be env:NAME or file:/path; the secret itself does not stand here",
        ),
        load_default="",
    )
    orders = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(_CodingSchema)), load_default=dict)
    can = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_FLAGS, error=f"must be one of {', '.join(_FLAGS)}")),
        values=fields.Boolean(truthy={True}, falsy={False}),
        load_default=dict,
    )


class _FileSchema(StrictSchema):
    clients = fields.List(fields.Nested(_ClientSchema), required=True)


def load_client_file(path: Path) -> dict[str, Client]:
    """The clients by their id, in the order of the file. Raises RegistrationError with every problem: file, key, and what is allowed, never a key's value."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegistrationError(
            _problem(path, f"cannot be read ({error.strerror}); check the path and its permissions")
        ) from error
    except ValueError as error:
        raise RegistrationError(_problem(path, f"is not valid TOML: {error}; correct it")) from error
    try:
        rows = _FileSchema().load(content)["clients"]
    except ValidationError as error:
        raise RegistrationError([_problem(path, said) for said in _sentences(error.messages, content)]) from error
    problems = [*_contradictions(rows)]
    key_sets: list[Json | None] = []
    for row in rows:
        keys, why = _key_set(row, path.parent)
        key_sets.append(keys)
        problems += [f"client '{row['id']}': {why}"] if why else []
    if problems:
        raise RegistrationError([_problem(path, said) for said in problems])
    return {row["id"]: _client(row, keys) for row, keys in zip(rows, key_sets, strict=True)}


def _client(row: Mapping[str, Any], keys: Json | None) -> Client:
    numbers = {name: row[name] for name in ("max_cards", "cards_per_patient_and_day", "suppress_days") if name in row}
    return Client(
        id=row["id"],
        profile=_profile(row),
        issuer=row["issuer"],
        jku=tuple(row["jku"]),
        jwks=keys,
        tenants=frozenset(row["tenants"]),
        fhir_servers=tuple(server.rstrip("/") for server in row["fhir_servers"]),
        origins=tuple(row["origins"]),
        system_actions=row["system_actions"],
        shadow=row["shadow"],
        order_codes={order: tuple(_coding(one) for one in codings) for order, codings in row["orders"].items()},
        setting=row["setting"],
        smart_launch_url=row["smart_launch_url"],
        smart_app=smart_app_of(row["smart_app"], row["id"]),
        callback_url=row["callback_url"],
        callback_secret=row["callback_secret"],
        **numbers,
    )


def _profile(row: Mapping[str, Any]) -> Profile:
    return replace(PROFILES[row["profile"]], **row["can"])


def _coding(given: Mapping[str, str]) -> Json:
    return {name: value for name, value in given.items() if value}


def _contradictions(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What is well formed, row by row, and still cannot be meant."""
    for name, count in Counter(row["id"] for row in rows).items():
        if count > 1:
            yield f"client '{name}' stands there {count} times; give each its own id"
    for row in rows:
        named = f"client '{row['id']}'"
        sources = [key for key in ("jwks", "jwks_file") if row[key] is not None]
        # Who only launches the app calls no door, and needs no keys for it.
        calls = not row["smart_app"] or row["issuer"] or row["jku"] or sources
        if row["id"] == DEVELOPMENT:
            if row["issuer"] or row["jku"] or sources:
                yield f"{named} is who calls without a token, in development only; leave out issuer, jku, jwks and jwks_file"
        elif calls and not row["issuer"]:
            yield f"{named} has no issuer; give the `iss` that its tokens have"
        elif calls and not row["jku"] and not sources:
            yield f"{named} has no keys; give jku, the addresses its key set may be fetched from, or jwks or jwks_file"
        if len(sources) > 1:
            yield f"{named} has both jwks and jwks_file; keep one"
        if bool(row["callback_url"]) != bool(row["callback_secret"]):
            yield f"{named} has only one of callback_url and callback_secret; give both: nothing is sent unsigned"
        for order in row["orders"]:
            if order not in ORDERS:
                yield f"{named}: orders.{order} is not an order code of the service{_meant(order, ORDERS)}"
        if row["system_actions"] and not PROFILES[row["profile"]].system_actions:
            yield f"{named}: a client of profile {row['profile']} takes no system actions; leave out system_actions"
    launching: dict[str, list[str]] = {}
    for row in rows:
        if row["smart_app"]:
            launching.setdefault(row["smart_app"]["iss"].rstrip("/"), []).append(f"'{row['id']}'")
    for iss, names in launching.items():
        if len(names) > 1:
            yield (
                f"clients {' and '.join(names)} have one smart_app.iss, {iss}; a launch says nothing but the iss, whatever client_id is registered there, "
                "so they cannot be told apart. Keep smart_app at one of them"
            )
    for first, second in ((one, other) for at, one in enumerate(rows) for other in rows[:at] if one["issuer"]):
        shared = not first["tenants"] or not second["tenants"] or set(first["tenants"]) & set(second["tenants"])
        if first["issuer"] == second["issuer"] and shared:
            yield f"clients '{second['id']}' and '{first['id']}' have one issuer and cannot be told apart; give each its own tenants"


def _key_set(row: Mapping[str, Any], folder: Path) -> tuple[Json | None, str]:
    """The key set given out of band, and what is wrong with it."""
    keys = row["jwks"]
    if row["jwks_file"] is not None:
        try:
            keys = json.loads((folder / row["jwks_file"]).read_text(encoding="utf-8"))
        except OSError as error:
            return (
                None,
                f"jwks_file '{row['jwks_file']}' cannot be read ({error.strerror}); it is looked for beside the clients file",
            )
        except ValueError:
            return None, f"jwks_file '{row['jwks_file']}' is not JSON; give a JWK Set"
    if keys is None:
        return None, ""
    held = keys.get("keys") if isinstance(keys, dict) else None
    if not isinstance(held, list) or not held or not all(isinstance(key, dict) for key in held):
        return None, "the key set has no keys; give a JWK Set, an object with a list `keys`"
    if any(set(key) & {"d", "k", "p", "q"} for key in held):
        return None, "the key set holds a private or a shared key; give the public keys only, and change that key"
    return keys, ""


def _sentences(messages: Any, content: Any, where: str = "") -> Iterator[str]:
    """Each message of marshmallow with the key it is about; a name that is not known with the one that may have been meant."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _sentences(
                below, content, where if key in ("_schema", "key", "value") else f"{where}.{key}" if where else str(key)
            )
        return
    for message in messages:
        last = where.rsplit(".", 1)[-1]
        known = [name for schema in (_ClientSchema, _CodingSchema, SmartAppSchema, _FileSchema) for name in schema().fields]
        hint = _meant(last, known) if message == StrictSchema.error_messages["unknown"] else ""
        yield f"{where or 'the file'}: {message}{hint}"


def _meant(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else "; correct or remove it"


def _problem(path: Path, said: str) -> Problem:
    return Problem(issue_type="invalid", diagnostics=f"clients file {path}: {said}; see docs/hooks.md")
