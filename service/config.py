"""The settings, all of them in one table. They come from the environment and are checked before anything starts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

PREFIX = "CLAUDICATION_"


class SettingsError(Exception):
    """A setting is wrong, or no such setting exists. The message names it, its value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a running service was told. The defaults suit one machine and one try-out."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    database_url: str = "sqlite:///var/claudication.db"
    max_body_bytes: int = 4 * 1024 * 1024
    max_depth: int = 64
    mapping_file: Path | None = None
    clients_file: Path | None = None
    public_url: str = ""
    proxies: int = 0
    private_networks: str = ""
    development: bool = False
    hook_deadline_ms: int = 450
    ehr_base_url: str = ""
    ehr_client_id: str = ""
    ehr_keys_file: Path | None = None
    ehr_scopes: str = "system/*.rs"
    ehr_gathering: str = "searches"
    ehr_deadline_ms: int = 15_000
    pseudonym_key: str = ""
    log_level: str = "info"


SECRET = ("database_url", "pseudonym_key")
GATHERINGS = ("searches", "batch", "everything")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table: the setting's name in Settings, how its text is read and limited, and what it does."""

    name: str
    field: fields.Field[Any]
    help: str

    @property
    def variable(self) -> str:
        """The environment variable, e.g. CLAUDICATION_MAX_DEPTH."""
        return PREFIX + self.name.upper()

    @property
    def default(self) -> str:
        """The default as text, "" for none."""
        value = getattr(_DEFAULTS, self.name)
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _integer(low: int, high: int) -> fields.Integer:
    text = f"a whole number from {low} to {high}"
    return fields.Integer(
        validate=validate.Range(min=low, max=high, error=f"allowed: {text}"), error_messages={"invalid": f"allowed: {text}"}
    )


def _are_networks(text: str) -> None:
    try:
        for network in text.split():
            ip_network(network)
    except ValueError as error:
        raise ValidationError("allowed: networks as 10.20.0.0/16 or fd12:3456::/32, separated by spaces") from error


_DEFAULTS = Settings()

TABLE: tuple[Entry, ...] = (
    Entry(
        "host",
        fields.String(),
        "Address to listen on; 0.0.0.0 for every interface.",
    ),
    Entry("port", _integer(1, 65535), "Port to listen on; a plain PORT is understood too."),
    Entry("workers", _integer(1, 64), "Worker processes; one for each core is a good start."),
    Entry(
        "database_url",
        fields.String(
            validate=validate.Regexp(
                r"^(sqlite:///.+|postgresql\+psycopg://.+)$",
                error="allowed: sqlite:///path/to/file or postgresql+psycopg://user:password@host/name",
            )
        ),
        "Where assessments are recorded, without patient data: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    ),
    Entry("max_body_bytes", _integer(1024, 256 * 1024 * 1024), "Largest request body in bytes, as sent and as decompressed."),
    Entry("max_depth", _integer(8, 200), "Deepest nesting of a request body."),
    Entry("mapping_file", fields.String(), "Your own codes, sites and questions."),
    Entry("clients_file", fields.String(), "Who may call the hooks: a TOML file with their keys, FHIR servers and dialects."),
    Entry(
        "public_url",
        fields.String(
            validate=validate.Regexp(
                r"^https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?$", error="allowed: https://host/prefix, no slash at its end"
            )
        ),
        "How callers address this service, where that differs from the Host header; signed clients name it in their tokens.",
    ),
    Entry("proxies", _integer(0, 8), "Reverse proxies in front whose X-Forwarded headers are believed; 0 for none."),
    Entry(
        "private_networks",
        fields.String(validate=_are_networks),
        "Private networks that FHIR servers and key sets of registered clients may be in, as 10.20.0.0/16, separated by spaces; others are not called.",
    ),
    Entry(
        "development",
        fields.Boolean(error_messages={"invalid": "allowed: true or false"}),
        "For a try-out only: hooks without signed clients, FHIR servers without https and on this machine.",
    ),
    Entry("hook_deadline_ms", _integer(50, 10_000), "Milliseconds after which a hook call is answered with what is there."),
    Entry(
        "ehr_base_url",
        fields.String(
            validate=validate.Regexp(
                r"^https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?$",
                error="allowed: https://host/path of a FHIR server, no slash at its end",
            )
        ),
        "The EHR's FHIR server, which POST /fhir/Patient/{id}/$assess-claudication reads from and writes to; unset: there is none.",
    ),
    Entry(
        "ehr_client_id",
        fields.String(),
        "How the EHR knows this service (SMART Backend Services); unset: its server asks for no token.",
    ),
    Entry(
        "ehr_keys_file",
        fields.String(),
        "Our private keys as a JSON Web Key Set: the first signs, all are published at /.well-known/jwks.json. `claudication ehr-key` makes one.",
    ),
    Entry(
        "ehr_scopes",
        fields.String(),
        "What the token is asked for; writing back needs system/*.c as well, or the types one by one.",
    ),
    Entry(
        "ehr_gathering",
        fields.String(validate=validate.OneOf(GATHERINGS, error=f"allowed: {', '.join(GATHERINGS)}")),
        "How a record is read: precise searches at once, the same in one batch, or all there is with $everything.",
    ),
    Entry(
        "ehr_deadline_ms",
        _integer(500, 300_000),
        "Milliseconds for reading a record and writing back, with everything that is tried again.",
    ),
    Entry(
        "pseudonym_key",
        fields.String(validate=validate.Length(min=32, error="allowed: at least 32 characters")),
        "Secret from which patients' pseudonyms are made, so that an overridden card stays away; unset: one is drawn and kept in the database.",
    ),
    Entry(
        "log_level",
        fields.String(validate=validate.OneOf(LOG_LEVELS, error=f"allowed: {', '.join(LOG_LEVELS)}")),
        "How much is logged.",
    ),
)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings an environment asks for. Raises SettingsError naming every wrong value, and every CLAUDICATION_ name there is not."""
    entries = {entry.variable: entry for entry in TABLE}
    # An empty value is how container files say "not set".
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    if environ.get("PORT"):
        given.setdefault("CLAUDICATION_PORT", environ["PORT"])
    problems = [_unknown(name, list(entries)) for name in sorted(given) if name not in entries]
    known = {entries[name].name: value for name, value in given.items() if name in entries}
    try:
        values = Schema.from_dict({entry.name: entry.field for entry in TABLE})().load(known)
    except ValidationError as error:
        problems.extend(_wrong(entry, known, error) for entry in TABLE if entry.name in error.messages_dict)
    if problems:
        raise SettingsError("\n".join(problems))
    for name in ("mapping_file", "clients_file", "ehr_keys_file"):
        if name in values:
            values[name] = Path(values[name])
    return Settings(**values)


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such setting" + (f"; did you mean {close[0]}?" if close else f". There are: {', '.join(known)}")


def _wrong(entry: Entry, given: Mapping[str, str], error: ValidationError) -> str:
    # A database URL may hold a password, a key is one, and this text may end in a log.
    value = "the value given" if entry.name in SECRET else repr(given[entry.name])
    return f"{entry.variable}: {value} is not allowed; {' '.join(error.messages_dict[entry.name])}"


def settings_help() -> str:
    """The whole table as text: a line a setting with its default and what it does."""
    return "\n".join(f"{entry.variable}={entry.default}\n    {entry.help}" for entry in TABLE)
