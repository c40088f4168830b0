"""What the commands on the record share: the settings, the database, and who is asking."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from service.app import Stored, open_store
from service.config import SettingsError, load_settings
from service.store.database import StoreError


@contextmanager
def opened() -> Iterator[Stored]:
    """The database of the environment's settings. What goes wrong with it ends the command with a sentence."""
    try:
        stored = open_store(load_settings(os.environ))
    except (SettingsError, StoreError) as error:
        raise click.ClickException(str(error)) from error
    try:
        yield stored
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    finally:
        stored.engine.dispose()


def actor() -> str:
    """Who calls a command, as the audit names them: the user of this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        # In a container a user may have a number and no name.
        return "cli"
