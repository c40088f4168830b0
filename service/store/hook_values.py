"""What is remembered of hook calls, as values: what goes into the tables, and what comes back. No patient but a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACCEPTED, OVERRIDDEN = "accepted", "overridden"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What one prefetch key came to. `why` is a sentence without patient data."""

    key: str
    mandatory: bool
    state: str
    fetch: str
    resources: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """What one rule came to: fired, not-met, not-known or not-judged, and the facts it lacked."""

    rule: str
    outcome: str
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """A rule that fired. `key` is the same for the same rule about the same order of the same hookInstance; `reason` says why it was held back."""

    key: str
    uuid: str
    rule: str
    about: str
    indicator: str
    red_flag: bool
    shown: bool
    reason: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One hook call. `patient` is a pseudonym; `steps` are milliseconds by the name of the step, in order.

    `data_issues` and `red_flags` are counted by week, client and hook, and do not come back: they are not written to the call.
    """

    client: str
    service: str
    hook: str
    hook_instance: str
    request_digest: str
    received_at: datetime
    patient: str
    shadow: bool = False
    status: int = 200
    assessment_digest: str = ""
    service_version: str
    evidence_version: str
    keys: tuple[KeyRecord, ...] = ()
    rules: tuple[RuleRecord, ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)
    cards: tuple[CardRecord, ...] = ()
    data_issues: frozenset[str] = frozenset()
    red_flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRecord:
    """What somebody did with a card. `outcome_at` as the client stated it; the text of a comment is not part of it."""

    client: str
    card_uuid: str
    outcome: str
    outcome_at: datetime
    received_at: datetime
    reason_system: str = ""
    reason_code: str = ""
    commented: bool = False
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCall:
    """The same request, answered before: when, and the keys of the cards it was shown."""

    received_at: datetime
    shown: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a hook call must know of earlier ones. Nothing is known where the database could not be read: `error` is then the kind of error."""

    earlier: EarlierCall | None = None
    suppressed: frozenset[str] = frozenset()
    shown_today: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFeedback:
    """Feedback as it stands in the record."""

    card_uuid: str
    outcome: str
    outcome_at: datetime
    reason_system: str
    reason_code: str
    commented: bool
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """A call as it stands in the record; `evaluation` counts the different bodies sent under one hookInstance, from 1."""

    call: CallRecord
    evaluation: int
    feedback: tuple[RecordedFeedback, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcomes:
    """What became of the cards of one rule at one client. `reasons` counts overrides by (system, code), ("", "") for none given."""

    client: str
    rule: str
    shown: int
    accepted: int
    overridden: int
    reasons: tuple[tuple[tuple[str, str], int], ...]
    held_back: tuple[tuple[str, int], ...]

    @property
    def ignored(self) -> int:
        """Shown, and nothing was heard of it since."""
        return self.shown - self.accepted - self.overridden


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """`unmatched` counts feedback by client that names no card shown to that client."""

    rules: tuple[RuleOutcomes, ...]
    unmatched: tuple[tuple[str, int], ...]
