"""The detail of a card: what was found, what it is about, how old the data are, what was not seen, and on whose word it rests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from service.cds_hooks.judgement import Fired
from service.cds_hooks.markdown import DETAIL_LIMIT, cut, escaped, one_line, paragraphs
from service.cds_hooks.prefetch import Fetch, KeyReport, KeyState
from service.cds_hooks.suggestions import Call
from service.cds_hooks.words import order_name
from service.evidence.hook_rules import About
from service.evidence.intended_use import INTENDED_USE
from service.fhir.sentences import certainty

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_PART_LIMIT = 260
_LEAST = 120
_LONGEST_ESCAPE = 8


def detail(fired: Fired, call: Call, keys: Sequence[KeyReport]) -> str:
    """GitHub Flavored Markdown of at most DETAIL_LIMIT characters. What is cut, where it must be, is the finding, never what follows it."""
    rest = paragraphs(
        _named("About", _about(fired, call)),
        _missing(fired, call),
        _named("To consider", ", ".join(_not_offered(fired, call))),
        _named("Data as of", "; ".join(_dated(call, keys))),
        _named("Not seen", "; ".join(_unseen(keys))),
        _named("Source", _source(fired, call)),
        f"*{escaped(INTENDED_USE)}*",
    )
    room = max(DETAIL_LIMIT - len(rest) - 2, _LEAST)
    return paragraphs(_cut_escaped(fired.detail, room), rest)


def _named(name: str, text: str) -> str:
    return f"**{name}:** {_cut_escaped(text, _PART_LIMIT)}" if text else ""


def _cut_escaped(text: str, limit: int) -> str:
    """The text escaped, and so short that no escape is cut in two."""
    kept = one_line(text)
    while len(whole := escaped(kept)) > limit:
        kept = cut(kept, len(kept) - max(1, (len(whole) - limit) // _LONGEST_ESCAPE))
    return whole


def _about(fired: Fired, call: Call) -> str:
    written = call.written.get(fired.about)
    if written is None:
        return ""
    if written.problem:
        return f"the problem being added ({fired.about})"
    return f"the draft order {order_name(written.code)} ({fired.about})"


def _not_offered(fired: Fired, call: Call) -> Iterator[str]:
    """Orders that the card would offer, and for which the client's catalogue has no code: they are named, not offered."""
    if call.client.profile.only_agreed_order_codes:
        for one in fired.suggestions:
            if one.order and not call.client.order_codes.get(one.order):
                yield order_name(one.order)


def _missing(fired: Fired, call: Call) -> str:
    """For a rule about a problem: the data that would help most, as a list."""
    rule = next((one for one in call.evidence.hook_rules if one.id == fired.rule), None)
    if rule is None or rule.about is not About.PROBLEM:
        return ""
    items = [f"{number}. {escaped(cut(datum.text, 120))}" for number, datum in enumerate(call.assessment.next_data, start=1)]
    return "\n".join(items)


def _dated(call: Call, keys: Sequence[KeyReport]) -> Iterator[str]:
    taken = [
        index.ratio.taken_at.date().isoformat()
        for leg in call.assessment.indices.legs
        for index in (leg.abi, leg.tbi)
        if index is not None and index.ratio.taken_at is not None
    ]
    if taken:
        yield f"ankle and toe indices {', '.join(dict.fromkeys(sorted(taken)))}"
    for key in keys:
        if day := _DAY.match(key.newest):
            yield f"{_said(key)} {day[0]}"


def _said(key: KeyReport) -> str:
    """A key for a reader. An index may be computed where none is on record, and both are said of one card."""
    return "indices measured elsewhere" if key.key == "indices" else key.key.replace("-", " ")


def _unseen(keys: Sequence[KeyReport]) -> Iterator[str]:
    missing = [_said(key) for key in keys if not key.available]
    if missing:
        yield f"{', '.join(missing)} (neither sent nor to be had)"
    partial = [
        _said(key)
        for key in keys
        if key.available
        and (key.fetch is Fetch.FETCHED_IN_PART or (key.state is KeyState.PARTIAL and key.fetch is not Fetch.FETCHED))
    ]
    if partial:
        yield f"{', '.join(partial)} only in part"
    if unasked := [_said(key) for key in keys if key.available and key.state is KeyState.NO_DATA]:
        yield f"nothing on record for {', '.join(unasked)}"


def _source(fired: Fired, call: Call) -> str:
    basis = fired.basis
    parts = [basis.guideline]
    if basis.class_of_recommendation:
        parts.append(f"class {basis.class_of_recommendation}")
    if basis.level_of_evidence:
        parts.append(f"level {basis.level_of_evidence}")
    parts.append(certainty(basis))
    parts.append(f"rule {fired.rule}, evidence {call.evidence.version}")
    return "; ".join(part for part in parts if part)
