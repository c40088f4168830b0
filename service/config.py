"""The settings. They come from the environment and are checked against their table (service/settings_table.py) before anything starts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from marshmallow import Schema, ValidationError

from service.settings_table import KEEP, PREFIX, SECRET, TABLE, Entry, record_keys

__all__ = ["TABLE", "Settings", "SettingsError", "default_of", "load_settings", "record_keys", "settings_help"]


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
    operators_file: Path | None = None
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
    keep_patient_data: str = "none"
    record_key: str = ""
    record_keep_days: int = 0
    hook_keep_days: int = 0
    audit_keep_days: int = 0
    queue_url: str = ""
    job_workers: int = 1
    job_keep_hours: int = 24
    job_lease_seconds: int = 30
    callback_attempts: int = 12
    callback_backoff_ms: int = 5_000
    report_paper: str = "a4"
    log_level: str = "info"


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
    for name in ("mapping_file", "clients_file", "operators_file", "ehr_keys_file"):
        if name in values:
            values[name] = Path(values[name])
    settings = Settings(**values)
    if settings.keep_patient_data != KEEP[0] and not settings.record_key:
        raise SettingsError(
            f"CLAUDICATION_KEEP_PATIENT_DATA: {settings.keep_patient_data!r} needs a key to encrypt with; set CLAUDICATION_RECORD_KEY "
            "to the output of `openssl rand -base64 32` and keep it outside the database, or keep no patient data"
        )
    return settings


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such setting" + (f"; did you mean {close[0]}?" if close else f". There are: {', '.join(known)}")


def _wrong(entry: Entry, given: Mapping[str, str], error: ValidationError) -> str:
    # A database URL may hold a password, a key is one, and this text may end in a log.
    value = "the value given" if entry.name in SECRET else repr(given[entry.name])
    return f"{entry.variable}: {value} is not allowed; {' '.join(error.messages_dict[entry.name])}"


def settings_help() -> str:
    """The whole table as text: a line a setting with its default and what it does."""
    return "\n".join(f"{entry.variable}={default_of(entry)}\n    {entry.help}" for entry in TABLE)


def default_of(entry: Entry) -> str:
    """A setting's default as text, "" for none."""
    value = getattr(Settings(), entry.name)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
