"""JSON in and out. In: refused with the position, the reason and the remedy. Out: decimals keep their zeros."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from service.errors import BadRequest, Problem
from service.fhir.elements import Json

DEPTH_LIMIT = 64
"""R4 resources nest: a Questionnaire of ten levels of groups is some thirty deep."""

_BRACKETS = bytes.maketrans(b"[]", b"{}")
_ALL_BUT_STRUCTURE = bytes(sorted(set(range(256)) - set(b"{}[]:")))
_ESCAPED_COLON = re.compile(rb"\\u003[aA]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"\x00")
_NOT_JSON_NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"-NaN", b"inf", b"nan")


def parse(body: bytes, *, limit_depth: int = DEPTH_LIMIT) -> Any:
    """The value of a JSON body in UTF-8 (a byte order mark is tolerated).

    Raises BadRequest for anything that is not JSON, a name given twice in one object, deeper nesting than `limit_depth`, and numbers
    beyond what a double holds.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _refuse(body, error, limit_depth)
    structure = body.translate(_BRACKETS, _ALL_BUT_STRUCTURE)
    if not _is_shallow(structure, limit_depth) and _depth(value) > limit_depth:
        raise BadRequest(_too_deep(limit_depth))
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:
        # Brackets inside strings hid depth from the count above, and it is more than orjson writes.
        raise BadRequest(_too_deep(limit_depth)) from None
    if written != body and not _same_names(body, structure, written):
        repeated = _repeated_name(body)
        if repeated is not None:
            raise BadRequest(repeated)
    return value


def dumps(value: Any, *, pretty: bool = False) -> bytes:
    """UTF-8 JSON, names in the order given. Decimal("0.70") leaves as 0.70; a Decimal that is no number raises TypeError."""
    return orjson.dumps(value, default=_plain_decimal, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE if pretty else None)


def canonical_digest(bundle: Json) -> str:
    """SHA-256 of what a Bundle holds, in hex: the same for any order of its entries and of names, and whatever envelope a server put around it."""
    entries = bundle.get("entry")
    parts = entries if isinstance(entries, list) else [entries]
    hashed = sorted([hashlib.sha256(canonical_json(part)).digest() for part in parts])
    return hashlib.sha256(canonical_json(bundle.get("type")) + b"".join(hashed)).hexdigest()


def canonical_json(value: Any) -> bytes:
    """JSON without blanks, every object's names sorted: the same bytes for the same value."""
    return orjson.dumps(value, default=_plain_decimal, option=orjson.OPT_SORT_KEYS)


def _plain_decimal(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no place in FHIR JSON")


def _is_shallow(structure: bytes, limit_depth: int) -> bool:
    """True when peeling the innermost brackets `limit_depth` times leaves none.

    Brackets inside strings may make it False without cause, and on purpose True; then orjson's own limit of 254 levels holds.
    """
    brackets = structure.translate(None, b":")
    for _ in range(limit_depth):
        brackets = brackets.replace(b"{}", b"")
        if not brackets:
            return True
    return False


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [child for child in level if isinstance(child, (dict, list))]:
        depth += 1
        level = [child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent)]
    return depth


def _same_names(body: bytes, structure: bytes, written: bytes) -> bool:
    """True when no name can have been lost: one given twice loses its colon in parsing, and what is written again has fewer."""
    same_structure = written.translate(_BRACKETS, _ALL_BUT_STRUCTURE) == structure
    # A colon sent as an escape appears only in what is written again and would make up for a lost one.
    return same_structure and (b"\\" not in body or _ESCAPED_COLON.search(body) is None)


def _repeated_name(body: bytes) -> Problem | None:
    found: list[tuple[str, Any]] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs) and not found:
            found.append((Counter(name for name, _ in pairs).most_common(1)[0][0], result))
        return result

    root = json.loads(body, object_pairs_hook=keep)
    if not found:
        return None
    name, owner = found[0]
    path = _path_to(root, owner)
    return Problem(
        issue_type="structure",
        expression=path,
        diagnostics=f"The name {json.dumps(shortened(name))} stands twice in one object{f' ({path})' if path else ''}; give every name once.",
    )


def _path_to(root: Any, wanted: Any) -> str:
    """Where in the parsed body an object is, as FHIRPath; "" when it was itself lost to a repeated name."""
    waiting: list[tuple[str, Any]] = [(root.get("resourceType") or "$this" if isinstance(root, dict) else "$this", root)]
    while waiting:
        path, value = waiting.pop()
        if value is wanted:
            return path
        if isinstance(value, dict):
            waiting.extend((f"{path}.{name}", child) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{path}[{index}]", child) for index, child in enumerate(value))
    return ""


def shortened(text: str) -> str:
    """At most 80 characters, for telling a value back to who sent it."""
    return text if len(text) <= 80 else text[:77] + "..."


def _too_deep(limit_depth: int) -> Problem:
    return Problem(
        issue_type="too-costly",
        diagnostics=f"The JSON nests deeper than {limit_depth} levels, which is the limit here; no R4 resource needs that much. Send a flatter body.",
    )


def _refuse(body: bytes, error: orjson.JSONDecodeError, limit_depth: int) -> NoReturn:
    if "depth limit" in error.msg:
        raise BadRequest(_too_deep(limit_depth)) from None
    raise BadRequest(Problem(issue_type="structure", diagnostics=_why_unreadable(body, error))) from None


def _why_unreadable(body: bytes, error: orjson.JSONDecodeError) -> str:
    if not body.strip():
        return "The body is empty; send a FHIR R4 Bundle, or Parameters that hold one, as JSON."
    if any(mark in body[:4] for mark in _OTHER_UNICODE):
        return "The body is not UTF-8 (it looks like UTF-16 or UTF-32); FHIR JSON is UTF-8: encode it so."
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return f"The body is not UTF-8: byte {body[wrong.start]:#04x} at offset {wrong.start} begins no character. Encode it as UTF-8."
    if body.lstrip()[:1] == b"<":
        return "The body is XML or HTML; this service reads FHIR as JSON (application/fhir+json)."
    place = f"line {error.lineno}, column {error.colno}"
    rest = error.doc[error.pos :].encode("utf-8", "replace")
    if "infinity" in error.msg:
        return f"The number at {place} is too big: beyond what a decimal can hold (1.8e308). Correct the value or leave it out."
    if rest.startswith(_NOT_JSON_NUMBERS):
        return f"NaN or Infinity at {place}: JSON has no such number. Leave the value out and give a dataAbsentReason."
    if not rest.strip() or "end of data" in error.msg:
        return f"The JSON ends too early, at {place}: was the body cut off? Send all of it."
    return f"The body is not JSON: {error.msg.split(': line', maxsplit=1)[0]}, at {place}. Correct the syntax there."
