"""What the commands on the record share: the settings, the database, and who is asking."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import click

from service.config import Settings, SettingsError, load_settings
from service.store.audit_log import AuditLog
from service.store.database import StoreError, open_database
from service.store.evidence_versions import recall_evidence
from service.store.keeping import keeping_of
from service.store.pseudonyms import pseudonym_key
from service.store.record_reader import RecordReader
from service.store.resealing import resealed


class Unusable(click.ClickException):
    """The command cannot be run. Another status than 1, by which the commands on the record say what they have found."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The record of a deployment, without the service."""

    settings: Settings
    audit: AuditLog
    records: RecordReader
    evidence_files: Callable[[str], dict[str, bytes] | None]
    reseal: Callable[[], Mapping[str, int]]


@contextmanager
def opened() -> Iterator[Stored]:
    """The record as the environment's settings have it. What goes wrong with it ends the command with a sentence."""
    try:
        settings = load_settings(os.environ)
        engine = open_database(settings.database_url)
        try:
            keeping = keeping_of(settings, pseudonym_key(engine, settings.pseudonym_key))
            yield Stored(
                settings=settings,
                audit=AuditLog(engine),
                records=RecordReader(engine, keeping),
                evidence_files=partial(recall_evidence, engine),
                reseal=partial(resealed, engine, keeping),
            )
        finally:
            engine.dispose()
    except (SettingsError, StoreError) as error:
        raise Unusable(str(error)) from error


def actor() -> str:
    """Who calls a command, as the audit names them: the user of this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        # In a container a user may have a number and no name.
        return "cli"
