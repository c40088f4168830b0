"""Text as the report can print it. A record may hold any character; the font holds the scripts of Europe, and a PDF that all can read holds no gaps."""

from __future__ import annotations

import re
import unicodedata

UNPRINTABLE = "?"
"""Stands for a character that the font does not have."""
LONGEST_WORD = 28
"""Letters after which a word without a blank may be broken: an address quoted from a record must not run over the edge."""

_BREAK = "\u200b"
_KNOWN = "\u0020-\u007e\u00a0-\u00ac\u00ae-\u017e\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0401-\u044f\u0451-\u045f–—‘’‚“”„†‡•…‰‹›€™−≈≠≤≥"
_UNKNOWN = re.compile(f"[^{_KNOWN}]")
_LONG = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")


def printable(text: str) -> str:
    """The text with blanks for line ends and controls, and a question mark for what the font lacks."""
    composed = unicodedata.normalize("NFC", text)
    without_controls = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in composed)
    return _UNKNOWN.sub(UNPRINTABLE, without_controls)


def breakable(text: str) -> str:
    """Printable, and long words with places where a line may end."""
    return _LONG.sub(rf"\1{_BREAK}", printable(text))
