"""Text of cards: plain and cut for a summary, escaped for GitHub Flavored Markdown in a detail. No HTML, and no link that we did not make."""

from __future__ import annotations

import re

SUMMARY_LIMIT = 139
"""CDS Hooks says fewer than 140 characters."""
DETAIL_LIMIT = 1200

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MARKS = re.compile(r"([\\`*_{}\[\]|~#])")
_ELLIPSIS = "…"


def one_line(text: str) -> str:
    """The text without line breaks and control characters."""
    return _BLANKS.sub(" ", text).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there are any, with an ellipsis for what is left out."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    word = kept.rfind(" ") if text[limit - 1] != " " else 0
    # A cut that would lose more than half is made inside the word.
    return kept[: word if word > limit // 2 else None].rstrip(" ,;:(") + _ELLIPSIS


def plain(text: str, limit: int = SUMMARY_LIMIT) -> str:
    """For what is shown as it is (summary, label): one line, no angle brackets, cut."""
    return cut(one_line(text).replace("<", "‹").replace(">", "›"), limit)


def escaped(text: str) -> str:
    """For a detail: what would begin markup, HTML or a link of itself is shown as it is written."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKS.sub(r"\\\1", text)
    return text.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def paragraphs(*parts: str) -> str:
    """Parts as paragraphs, the empty ones left out."""
    return "\n\n".join(part for part in parts if part)
