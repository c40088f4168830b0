"""What clients say became of a card: read strictly, and leniently where known clients depart from the standard. The text of a comment is dropped here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from service.cds_hooks.departures import Departure, Grace, departure, remarks_or_refusal
from service.errors import BadRequest, Problem
from service.fhir.elements import Json, dicts
from service.fhir.json_format import shortened
from service.store.hook_values import ACCEPTED, OVERRIDDEN, FeedbackRecord

EPIC = "com.epic.cdshooks.feedback.overrideReason"
NOT_KEPT = "not-kept"
"""Stands for a reason code that is no code: what is not short and plain may be about a patient."""
CLOCK_SKEW = timedelta(minutes=5)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KEPT_ID = re.compile(r"[\x21-\x7e]{1,128}")
_KEPT_SYSTEM = re.compile(r"[\x21-\x7e]{1,256}")
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_OUTCOMES = (ACCEPTED, OVERRIDDEN)
_ITEM_LIMIT = 1_000
_SUGGESTION_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRead:
    """`remarks`: what a strict reader would have refused, as sentences without patient data."""

    items: tuple[FeedbackRecord, ...]
    remarks: tuple[str, ...]


def read_feedback(body: Any, *, client: str, lenient: bool, now: datetime) -> FeedbackRead:
    """One parsed body of the feedback door. Members that are not known are let pass, on every level.

    Raises BadRequest with everything that is wrong, all at once; with `lenient`, what harms nobody is a remark.
    """
    remarks = remarks_or_refusal(feedback_departures(body, now=now), lenient=lenient)
    return FeedbackRead(
        items=tuple(_item(item, client=client, now=now) for item in dicts(body["feedback"])),
        remarks=remarks,
    )


def feedback_departures(body: Any, *, now: datetime) -> tuple[Departure, ...]:
    """Everything in which a body departs from the standard, tolerated or not. Raises BadRequest for what is no object."""
    if not isinstance(body, dict):
        said = 'The body is no JSON object; feedback is { } with one member, "feedback", a list.'
        raise BadRequest(Problem(issue_type="structure", diagnostics=said))
    return tuple(_of_body(body, now))


def _of_body(body: Json, now: datetime) -> Iterator[Departure]:
    items = body.get("feedback")
    if items is None:
        yield departure("required", "feedback", "feedback is missing; send a list with one object for each card.")
    elif not isinstance(items, list):
        yield departure("structure", "feedback", "feedback is not a list; send a list with one object for each card.")
    elif not items:
        yield departure(
            "structure", "feedback", "feedback is an empty list; send it when there is something to tell.", Grace.LENIENT
        )
    elif len(items) > _ITEM_LIMIT:
        said = f"feedback holds {len(items)} items, the limit is {_ITEM_LIMIT}; send the rest in further calls."
        yield departure("too-long", "feedback", said)
    else:
        for position, item in enumerate(items):
            path = f"feedback[{position}]"
            if isinstance(item, dict):
                yield from _of_item(item, path, now)
            else:
                yield departure("structure", path, f"{path} is no object; send card, outcome and outcomeTimestamp in {{ }}.")


def _of_item(item: Json, path: str, now: datetime) -> Iterator[Departure]:
    yield from _of_card(item.get("card"), f"{path}.card")
    outcome = item.get("outcome")
    if outcome not in _OUTCOMES:
        told = "is missing" if outcome is None else f"is {shortened(str(outcome))!r}"
        said = f"{path}.outcome {told} (cds-fb-1); send accepted or overridden."
        yield departure("required" if outcome is None else "code-invalid", f"{path}.outcome", said)
    yield from _of_suggestions(item, f"{path}.acceptedSuggestions")
    yield from _of_reason(item, path)
    yield from _of_timestamp(item.get("outcomeTimestamp"), f"{path}.outcomeTimestamp", now)


def _of_card(card: Any, path: str) -> Iterator[Departure]:
    if card is None or card == "":
        yield departure("required", path, f"{path} is missing; send the uuid of the card.")
    elif not isinstance(card, str):
        yield departure("structure", path, f"{path} is not text; send the uuid of the card.")
    elif not _KEPT_ID.fullmatch(card):
        yield departure(
            "value", path, f"{path} is over 128 characters or holds blanks; send the uuid of the card as it was given."
        )
    elif not _UUID.fullmatch(card):
        yield departure(
            "value", path, f"{path} is no UUID, so it names no card of this service; send the uuid of the card.", Grace.LENIENT
        )


def _of_suggestions(item: Json, path: str) -> Iterator[Departure]:
    suggestions, outcome = item.get("acceptedSuggestions"), item.get("outcome")
    if suggestions is not None and not isinstance(suggestions, list):
        yield departure("structure", path, f"{path} is not a list; send a list of objects, each with the id of a suggestion.")
        return
    if not suggestions:
        if outcome == ACCEPTED:
            said = f"{path} is missing or empty, and the outcome is accepted (cds-fb-2); send the uuid of each suggestion that was accepted as its id."
            yield departure("invariant", path, said, Grace.LENIENT)
        elif suggestions is not None:
            yield departure("structure", path, f"{path} is empty; leave it out.", Grace.EVERYBODY)
        return
    if outcome == OVERRIDDEN:
        yield departure("business-rule", path, f"{path} stands beside the outcome overridden, and was not used.", Grace.EVERYBODY)
    for position, one in enumerate(suggestions):
        place = f"{path}[{position}]"
        named = one.get("id") if isinstance(one, dict) else None
        if not isinstance(named, str) or not named:
            yield departure("required", f"{place}.id", f"{place}.id is missing or not text; send the uuid of the suggestion.")
        elif not _UUID.fullmatch(named):
            yield departure("value", f"{place}.id", f"{place}.id is no UUID; send the uuid of the suggestion.", Grace.LENIENT)


def _of_reason(item: Json, path: str) -> Iterator[Departure]:
    if item.get("overrideReasons") is not None:
        said = f"{path}.overrideReasons is not a member of the standard, overrideReason is; it was read as that."
        yield departure("structure", f"{path}.overrideReasons", said, Grace.LENIENT)
    name, reason = _stated_reason(item)
    path = f"{path}.{name}"
    if reason is None:
        return
    if not isinstance(reason, dict):
        yield departure("structure", path, f"{path} is no object; send reason or userComment in {{ }}.")
        return
    if item.get("outcome") == ACCEPTED:
        yield departure("business-rule", path, f"{path} stands beside the outcome accepted, and was not used.", Grace.EVERYBODY)
    comment, coding = reason.get("userComment"), reason.get("reason")
    if comment is None and coding is None:
        said = f"{path} has neither reason nor userComment (cds-fb-3); send one of them, or leave it out."
        yield departure("invariant", path, said, Grace.LENIENT)
    if comment is not None and not isinstance(comment, str):
        yield departure("structure", f"{path}.userComment", f"{path}.userComment is not text; send text or leave it out.")
    if coding is not None and not isinstance(coding, dict):
        yield departure(
            "structure", f"{path}.reason", f"{path}.reason is no object; send a Coding with system, code and display."
        )
    elif coding is not None:
        for member in ("system", "code"):
            value = coding.get(member)
            if not isinstance(value, str) or not value.strip():
                place = f"{path}.reason.{member}"
                yield departure(
                    "required", place, f"{place} is missing or not text; send the Coding as the card offered it.", Grace.LENIENT
                )


def _stated_reason(item: Json) -> tuple[str, Any]:
    """The member that holds the reason, and what it holds; of a list in the plural one the first."""
    if item.get("overrideReason") is not None:
        return "overrideReason", item["overrideReason"]
    plural = item.get("overrideReasons")
    return "overrideReasons", next(iter(plural), None) if isinstance(plural, list) else plural


def _of_timestamp(text: Any, path: str, now: datetime) -> Iterator[Departure]:
    example = "such as 2026-03-02T09:30:00Z"
    if text is None:
        said = f"{path} is missing, and the time of arrival was taken; send when the user acted, in UTC, {example}."
        yield departure("required", path, said, Grace.LENIENT)
        return
    moment = _moment(text)
    if moment is None:
        yield departure("value", path, f"{path} is no date and time of RFC 3339; send when the user acted, in UTC, {example}.")
        return
    if moment.utcoffset():
        yield departure("value", path, f"{path} is not in UTC; send it with Z, {example}.", Grace.LENIENT)
    if moment > now + CLOCK_SKEW:
        said = f"{path} is in the future, so the time of arrival counts; set the clock of the client."
        yield departure("business-rule", path, said, Grace.EVERYBODY)


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        # The first and the last day of the calendar may have no UTC.
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _item(item: Json, *, client: str, now: datetime) -> FeedbackRecord:
    overridden = item["outcome"] == OVERRIDDEN
    reason = (_stated_reason(item)[1] or {}) if overridden else {}
    system, code = _kept_reason(reason)
    card = item["card"]
    named = [one["id"] for one in dicts(item.get("acceptedSuggestions"))] if not overridden else []
    stated = _moment(item.get("outcomeTimestamp"))
    return FeedbackRecord(
        client=client,
        card_uuid=card.lower() if _UUID.fullmatch(card) else card,
        outcome=item["outcome"],
        outcome_at=(stated or now).astimezone(UTC),
        received_at=now,
        reason_system=system,
        reason_code=code,
        commented=bool(reason.get("userComment")),
        accepted=tuple(one.lower() for one in named if _UUID.fullmatch(one))[:_SUGGESTION_LIMIT],
    )


def _kept_reason(reason: Json) -> tuple[str, str]:
    """(system, code) of a reason. Its display is left out: a client may have written anything into it."""
    coding = reason.get("reason") or {}
    extension = reason.get("extension")
    if not coding and isinstance(extension, dict):
        category = extension.get(f"{EPIC}.reasonCategory")
        coding = {"system": f"{EPIC}.reasonCategory", "code": str(category)} if category is not None else {}
    code, system = coding.get("code"), coding.get("system")
    if code is None:
        return "", ""
    if not isinstance(code, str) or not _KEPT_ID.fullmatch(code):
        return "", NOT_KEPT
    return (system if isinstance(system, str) and _KEPT_SYSTEM.fullmatch(system) else ""), code
