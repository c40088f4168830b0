"""Text as the report can print it. A record may hold any character; the font holds the scripts of Europe, and a PDF that all can read holds no gaps."""

from __future__ import annotations

import re
import unicodedata

UNPRINTABLE = "?"
"""Stands for a character that the font does not have."""
LONGEST_WORD = 28
"""Letters after which a word without a blank may be broken: an address quoted from a record must not run over the edge."""

_BREAK = "\u200b"
_LATIN = "\u0020-\u007e\u00a0-\u00ac\u00ae-\u017e\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9"
_GREEK_AND_CYRILLIC = "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0401-\u044f\u0451-\u045f\u0490\u0491"
_KNOWN = f"{_LATIN}{_GREEK_AND_CYRILLIC}\u2010-\u2012–—―‘’‚“”„†‡•…‰′″‹›⁄⁰⁴-⁹₀-₉€™←↑→↓−√≈≠≤≥"
# Seen by nobody on the page either: a place where a word may be broken or joined, and the mark of a file's bytes.
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_BLANKS = ("Cc", "Zl", "Zp", "Zs")
_UNKNOWN = re.compile(f"[^{_KNOWN}]")
_LONG = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")


def printable(text: str) -> str:
    """The text with blanks for line ends, controls and blanks of every width, and a question mark for what the font lacks."""
    composed = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
    without_controls = "".join(" " if unicodedata.category(one) in _BLANKS and one != "\u00a0" else one for one in composed)
    return _UNKNOWN.sub(UNPRINTABLE, without_controls)


def breakable(text: str) -> str:
    """Printable, and long words with places where a line may end."""
    return _LONG.sub(rf"\1{_BREAK}", printable(text))
