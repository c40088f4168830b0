"""What a dashboard counts, as values: how many cards came to what, how long calls took, what was met. No patient, and no call by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Became(StrEnum):
    """What a card that was shown came to."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"
    IGNORED = "ignored"  # nothing was heard of it for as long as was waited
    WAITING = "waiting"  # nothing was heard of it yet
    UNTOLD = "untold"  # it went out without an id, as to clients of CDS Hooks 1.0, so that nothing can be heard of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked at: whole weeks, the first and the last by their Monday; "" is every client, hook or rule.

    `silent_since`: what was shown before it and is unanswered was ignored.
    """

    first_week: date
    last_week: date
    silent_since: datetime
    client: str = ""
    hook: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCount:
    """So many cards alike. `week` is its Monday; the reason is that of an override."""

    week: date
    service: str
    client: str
    hook: str
    rule: str
    became: Became
    reason_system: str
    reason_code: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBackCount:
    """So many cards of a rule that were not shown, and why."""

    rule: str
    reason: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """So many calls of a week that took as many whole milliseconds (None: not recorded) and had this HTTP status."""

    week: date
    spent_ms: int | None
    status: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetCount:
    """In how many calls a data issue or a red flag was met."""

    kind: str
    code: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Everything at one moment. What is asked of a rule leaves calls, and what they met, as they are: a call is about every rule."""

    cards: tuple[CardCount, ...]
    held_back: tuple[HeldBackCount, ...]
    calls: tuple[CallCount, ...]
    met: tuple[MetCount, ...]
    unmatched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """One card that was shown. Of its time the day and no more: with the hour somebody could look up whose it was."""

    day: date
    service: str
    hook: str
    client: str
    rule: str
    indicator: str
    became: Became
    reason_system: str
    reason_code: str
    spent_ms: int | None
