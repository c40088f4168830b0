"""The secrets that callbacks are signed with. They stand outside the clients file and the database, and are read when one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class NoSecret(Exception):
    """There is none where the clients file says. The message names the place, never what is there."""


def callback_secrets(place: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets at `env:NAME` or `file:/path`: one, or two while one replaces the other. Raises NoSecret."""
    kind, _, name = place.partition(":")
    if kind == "env":
        text = environ.get(name, "")
    elif kind == "file":
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NoSecret(f"the secret in {name} cannot be read ({type(error).__name__})") from None
    else:
        raise NoSecret("callback_secret is neither env:NAME nor file:/path")
    found = tuple(text.split())
    if not found or "whsec_" in found:
        # Signed with nothing, anybody could sign the same.
        raise NoSecret(f"there is no secret in {name}")
    return found
