"""Which of the fired rules are shown as cards, and why the others are not. A red flag is always shown and counts for nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from service.cds_hooks.clients import Client
from service.cds_hooks.judgement import Fired, Judgement


class Reason(StrEnum):
    """Why a card is held back."""

    SHADOW = "shadow"
    """It would have been shown, but this client is in shadow mode: evaluate, record, show nothing."""
    SUPPRESSED = "suppressed-after-override"
    BUDGET = "noise-budget-spent"
    MAX_CARDS = "more-than-max-cards"
    NOT_SHOWN_BEFORE = "not-shown-before"
    """The request is a repetition, and the first answer to it did not hold this card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    fired: Fired
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Both in the order in which the rules fired, the most urgent first; together they are all that fired."""

    shown: tuple[Fired, ...]
    held_back: tuple[HeldBack, ...]


def choose(judgement: Judgement, client: Client, *, suppressed: Collection[str] = (), shown_today: int = 0) -> Chosen:
    """What to show of a judgement.

    `suppressed` are rules that somebody overrode for this patient not long ago; `shown_today` how many cards this patient's record was shown in
    the last 24 hours, which is what the noise budget is spent on. In shadow mode nothing is shown, a red flag neither: nobody there expects a card.
    """
    budget = client.cards_per_patient_and_day - shown_today
    places = min(client.max_cards, budget)
    reasons: list[tuple[Fired, Reason | None]] = []
    for fired in judgement.fired:
        reason = None
        if not fired.red_flag:
            if fired.rule in suppressed:
                reason = Reason.SUPPRESSED
            elif places <= 0:
                reason = Reason.BUDGET if budget < client.max_cards else Reason.MAX_CARDS
            else:
                places -= 1
        reasons.append((fired, reason))
    return _chosen(reasons, client)


def choose_again(judgement: Judgement, client: Client, was_shown: Callable[[Fired], bool]) -> Chosen:
    """What to show when the same request comes again: the same cards, and a red flag whatever the first answer was."""
    return _chosen(
        [(fired, None if fired.red_flag or was_shown(fired) else Reason.NOT_SHOWN_BEFORE) for fired in judgement.fired], client
    )


def _chosen(reasons: list[tuple[Fired, Reason | None]], client: Client) -> Chosen:
    if client.shadow:
        reasons = [(fired, reason or Reason.SHADOW) for fired, reason in reasons]
    return Chosen(
        shown=tuple(fired for fired, reason in reasons if reason is None),
        held_back=tuple(HeldBack(fired=fired, reason=reason) for fired, reason in reasons if reason is not None),
    )
