"""What can be set, all of it in one table: each setting's name, how its text is read and limited, and what it does."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from marshmallow import ValidationError, fields, validate

PREFIX = "CLAUDICATION_"
KEY_BYTES = 32
SECRET = ("database_url", "pseudonym_key", "record_key", "queue_url")
KEEP = ("none", "result", "input-and-result")
GATHERINGS = ("searches", "batch", "everything")
PAPERS = ("a4", "letter")
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


def _are_keys(text: str) -> None:
    try:
        record_keys(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def record_keys(text: str) -> tuple[bytes, ...]:
    """The keys of a `record_key`, in order. Raises ValueError, which never quotes one."""
    keys = []
    for number, part in enumerate(text.split(","), start=1):
        try:
            key = base64.b64decode(part.strip().replace("-", "+").replace("_", "/"), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(
                f"allowed: keys of {KEY_BYTES} bytes in base64 (openssl rand -base64 32), separated by commas; number {number} is none"
            )
        keys.append(key)
    return tuple(keys)


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
        "Where assessments are recorded, without patient data unless keep_patient_data says so: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    ),
    Entry("max_body_bytes", _integer(1024, 256 * 1024 * 1024), "Largest request body in bytes, as sent and as decompressed."),
    Entry("max_depth", _integer(8, 200), "Deepest nesting of a request body."),
    Entry("mapping_file", fields.String(), "Your own codes, sites and questions."),
    Entry(
        "clients_file",
        fields.String(),
        "Who may call the hooks and launch the SMART app: a TOML file with their keys, FHIR servers and dialects.",
    ),
    Entry(
        "operators_file",
        fields.String(),
        "Who may look at the dashboard: a TOML file of names and password hashes, made with `claudication operator NAME`; unset: nobody.",
    ),
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
        "keep_patient_data",
        fields.String(validate=validate.OneOf(KEEP, error=f"allowed: {', '.join(KEEP)}")),
        "What of a patient is kept with the record of an assessment, encrypted: none, the result (for reading it back), or input-and-result (for replay too).",
    ),
    Entry(
        "record_key",
        fields.String(validate=_are_keys),
        "Keys that patient data is encrypted with, 32 bytes each in base64, separated by commas: the first encrypts, all decrypt.",
    ),
    Entry("record_keep_days", _integer(0, 36_500), "Days after which `claudication expire` removes kept patient data; 0: never."),
    Entry(
        "hook_keep_days",
        _integer(0, 36_500),
        "Days after which `claudication expire` removes hook calls with cards and feedback; 0: never. Fewer than a client's suppress_days bring overridden cards back earlier.",
    ),
    Entry("audit_keep_days", _integer(0, 36_500), "Days after which `claudication expire` removes audit rows; 0: never."),
    Entry(
        "queue_url",
        fields.String(
            validate=validate.Regexp(
                r"^(sqlite:///.+|postgresql(\+psycopg)?://.+|rediss?://.+)$",
                error="allowed: sqlite:///path/to/file, postgresql://user:password@host/name or redis://host:6379/0",
            )
        ),
        "Queue that wakes the workers: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME or redis://HOST:PORT/NUMBER; unset: beside the database.",
    ),
    Entry(
        "job_workers",
        _integer(0, 16),
        "Jobs worked on at once inside `claudication serve`; 0 where `claudication worker` does it.",
    ),
    Entry("job_keep_hours", _integer(1, 720), "Hours for which a job's result, and an undelivered callback, are kept."),
    Entry("job_lease_seconds", _integer(2, 600), "Seconds without a sign of life after which another worker takes up a job."),
    Entry("callback_attempts", _integer(1, 50), "Attempts to deliver a callback before it is set aside as undeliverable."),
    Entry(
        "callback_backoff_ms",
        _integer(10, 600_000),
        "Milliseconds before the second attempt; doubled for each further one, up to an hour.",
    ),
    Entry(
        "report_paper",
        fields.String(validate=validate.OneOf(PAPERS, error=f"allowed: {', '.join(PAPERS)}")),
        "Sheet of the report (application/pdf).",
    ),
    Entry(
        "log_level",
        fields.String(validate=validate.OneOf(LOG_LEVELS, error=f"allowed: {', '.join(LOG_LEVELS)}")),
        "How much is logged.",
    ),
)
