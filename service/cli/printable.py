"""Text for a terminal: what a record says must not steer the screen it is read on."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text with every control and formatting character, escape sequences among them, shown as a question mark."""
    return "".join("?" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character for character in text)
