"""Settings are checked before anything starts, and what is wrong is named."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from service.config import TABLE, Settings, SettingsError, default_of, load_settings, record_keys, settings_help

KEY = base64.b64encode(b"k" * 32).decode()


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load_settings({"PATH": "/bin"}) == Settings()


def test_every_setting_can_be_given() -> None:
    given = {
        "CLAUDICATION_HOST": "0.0.0.0",
        "CLAUDICATION_PORT": "9000",
        "CLAUDICATION_WORKERS": "4",
        "CLAUDICATION_DATABASE_URL": "postgresql+psycopg://u:p@db/claudication",
        "CLAUDICATION_MAX_BODY_BYTES": "1048576",
        "CLAUDICATION_MAX_DEPTH": "32",
        "CLAUDICATION_MAPPING_FILE": "local.toml",
        "CLAUDICATION_CLIENTS_FILE": "clients.toml",
        "CLAUDICATION_OPERATORS_FILE": "operators.toml",
        "CLAUDICATION_PUBLIC_URL": "https://cds.example/claudication",
        "CLAUDICATION_PROXIES": "1",
        "CLAUDICATION_PRIVATE_NETWORKS": "10.20.0.0/16 fd12:3456::/32",
        "CLAUDICATION_DEVELOPMENT": "true",
        "CLAUDICATION_HOOK_DEADLINE_MS": "400",
        "CLAUDICATION_PSEUDONYM_KEY": "k" * 32,
        "CLAUDICATION_KEEP_PATIENT_DATA": "input-and-result",
        "CLAUDICATION_RECORD_KEY": KEY,
        "CLAUDICATION_RECORD_KEEP_DAYS": "3650",
        "CLAUDICATION_HOOK_KEEP_DAYS": "1000",
        "CLAUDICATION_AUDIT_KEEP_DAYS": "7300",
        "CLAUDICATION_QUEUE_URL": "redis://queue:6379/0",
        "CLAUDICATION_JOB_WORKERS": "0",
        "CLAUDICATION_JOB_KEEP_HOURS": "48",
        "CLAUDICATION_JOB_LEASE_SECONDS": "60",
        "CLAUDICATION_CALLBACK_ATTEMPTS": "5",
        "CLAUDICATION_CALLBACK_BACKOFF_MS": "1000",
        "CLAUDICATION_EHR_BASE_URL": "https://ehr.example/fhir",
        "CLAUDICATION_EHR_CLIENT_ID": "claudication-cds",
        "CLAUDICATION_EHR_KEYS_FILE": "ehr-keys.json",
        "CLAUDICATION_EHR_SCOPES": "system/*.rs system/*.c",
        "CLAUDICATION_EHR_GATHERING": "batch",
        "CLAUDICATION_EHR_DEADLINE_MS": "30000",
        "CLAUDICATION_REPORT_PAPER": "letter",
        "CLAUDICATION_LOG_LEVEL": "warning",
    }
    assert set(given) == {entry.variable for entry in TABLE}
    assert load_settings(given) == Settings(
        host="0.0.0.0",
        port=9000,
        workers=4,
        database_url="postgresql+psycopg://u:p@db/claudication",
        max_body_bytes=1048576,
        max_depth=32,
        mapping_file=Path("local.toml"),
        clients_file=Path("clients.toml"),
        operators_file=Path("operators.toml"),
        public_url="https://cds.example/claudication",
        proxies=1,
        private_networks="10.20.0.0/16 fd12:3456::/32",
        development=True,
        hook_deadline_ms=400,
        pseudonym_key="k" * 32,
        keep_patient_data="input-and-result",
        record_key=KEY,
        record_keep_days=3650,
        hook_keep_days=1000,
        audit_keep_days=7300,
        queue_url="redis://queue:6379/0",
        job_workers=0,
        job_keep_hours=48,
        job_lease_seconds=60,
        callback_attempts=5,
        callback_backoff_ms=1000,
        ehr_base_url="https://ehr.example/fhir",
        ehr_client_id="claudication-cds",
        ehr_keys_file=Path("ehr-keys.json"),
        ehr_scopes="system/*.rs system/*.c",
        ehr_gathering="batch",
        ehr_deadline_ms=30_000,
        report_paper="letter",
        log_level="warning",
    )


def test_a_plain_port_is_understood_and_our_own_name_wins() -> None:
    assert load_settings({"PORT": "9000"}).port == 9000
    assert load_settings({"PORT": "9000", "CLAUDICATION_PORT": "9001"}).port == 9001


def test_an_empty_value_is_not_set() -> None:
    assert load_settings({"CLAUDICATION_PORT": "", "PORT": "", "CLAUDICATION_MAPPING_FILE": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CLAUDICATION_PORT", "eighty", "'eighty' is not allowed; allowed: a whole number from 1 to 65535"),
        ("CLAUDICATION_PORT", "65536", "a whole number from 1 to 65535"),
        ("CLAUDICATION_PORT", "0", "a whole number from 1 to 65535"),
        ("CLAUDICATION_WORKERS", "-1", "a whole number from 1 to 64"),
        ("CLAUDICATION_MAX_DEPTH", "2", "a whole number from 8"),
        ("CLAUDICATION_REPORT_PAPER", "legal", "allowed: a4, letter"),
        ("CLAUDICATION_LOG_LEVEL", "loud", "allowed: debug, info, warning, error"),
        ("CLAUDICATION_DATABASE_URL", "mysql://x", "allowed: sqlite:///"),
        ("CLAUDICATION_PUBLIC_URL", "https://cds.example/", "no slash at its end"),
        ("CLAUDICATION_DEVELOPMENT", "perhaps", "allowed: true or false"),
        ("CLAUDICATION_PSEUDONYM_KEY", "short", "the value given is not allowed; allowed: at least 32 characters"),
        ("CLAUDICATION_QUEUE_URL", "amqp://u:p@host", "the value given is not allowed; allowed: sqlite:///"),
        ("CLAUDICATION_JOB_LEASE_SECONDS", "1", "a whole number from 2 to 600"),
        ("CLAUDICATION_RECORD_KEY", "short", "the value given is not allowed; allowed: keys of 32 bytes in base64"),
        ("CLAUDICATION_PROT", "1", "there is no such setting; did you mean CLAUDICATION_PORT?"),
        ("CLAUDICATION_", "1", "there is no such setting"),
    ],
)
def test_a_wrong_value_or_name_is_refused_by_name(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})
    assert name in str(refused.value)
    assert told in str(refused.value)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"CLAUDICATION_PORT": "x", "CLAUDICATION_WORKERS": "y", "CLAUDICATION_SPEED": "fast"})
    assert len(str(refused.value).splitlines()) == 3


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"CLAUDICATION_DATABASE_URL": "oracle://scott:tiger@db"})
    assert "tiger" not in str(refused.value)


def test_the_help_names_every_setting_with_its_default() -> None:
    told = settings_help()
    for entry in TABLE:
        assert f"{entry.variable}={default_of(entry)}" in told
    assert "CLAUDICATION_PORT=8000" in told


def test_the_table_has_every_setting_and_no_other() -> None:
    assert {entry.name for entry in TABLE} == set(Settings.__dataclass_fields__)
    assert os.linesep not in "".join(entry.help for entry in TABLE)


def test_patient_data_is_not_kept_without_a_key() -> None:
    with pytest.raises(SettingsError, match="needs a key to encrypt with; set CLAUDICATION_RECORD_KEY"):
        load_settings({"CLAUDICATION_KEEP_PATIENT_DATA": "result"})


@pytest.mark.parametrize("keys", ["c2hvcnQ=", f"{KEY},", "not base64 at all", f"{KEY},c2hvcnQ="])
def test_a_key_that_is_none_is_refused_and_never_quoted(keys: str) -> None:
    with pytest.raises(SettingsError, match="openssl rand -base64 32") as refused:
        load_settings({"CLAUDICATION_RECORD_KEY": keys})
    assert KEY not in str(refused.value)
    assert "c2hvcnQ" not in str(refused.value)


def test_keys_may_be_written_in_either_alphabet_of_base64() -> None:
    key = bytes([251, 255, *range(30)])
    written = f"{base64.urlsafe_b64encode(key).decode()}, {base64.b64encode(key).decode()}"
    assert record_keys(written) == (key, key)
