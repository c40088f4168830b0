"""What became of the cards, as data and as rows: shown, accepted, overridden and why, ignored, held back and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from service.fhir.elements import Json
from service.store.hook_values import Outcomes, RuleOutcomes

COLUMNS = ("client", "rule", "counted", "system", "code", "cards")


def outcomes_as_data(outcomes: Outcomes, *, since: datetime) -> Json:
    """Each client and rule with its counts. A card counts once, with what was last said of it; `ignored` is shown and nothing heard since."""
    return {
        "since": since.isoformat(),
        "rules": [_rule_as_data(one) for one in outcomes.rules],
        "unmatchedFeedback": [{"client": client, "items": items} for client, items in outcomes.unmatched],
    }


def outcome_rows(outcomes: Outcomes) -> Iterator[tuple[str, ...]]:
    """One row a count, in the order of COLUMNS: what a spreadsheet pivots. `code` is an override reason or a reason for holding back."""
    for one in outcomes.rules:
        for counted, cards in (("shown", one.shown), ("accepted", one.accepted), ("ignored", one.ignored)):
            yield one.client, one.rule, counted, "", "", str(cards)
        for (system, code), cards in one.reasons:
            yield one.client, one.rule, "overridden", system, code, str(cards)
        for reason, cards in one.held_back:
            yield one.client, one.rule, "held-back", "", reason, str(cards)
    for client, items in outcomes.unmatched:
        yield client, "", "unmatched-feedback", "", "", str(items)


def _rule_as_data(one: RuleOutcomes) -> Json:
    return {
        "client": one.client,
        "rule": one.rule,
        "shown": one.shown,
        "accepted": one.accepted,
        "overridden": one.overridden,
        "ignored": one.ignored,
        "overrideReasons": [
            {**({"system": system} if system else {}), **({"code": code} if code else {}), "cards": cards}
            for (system, code), cards in one.reasons
        ],
        "heldBack": [{"reason": reason, "cards": cards} for reason, cards in one.held_back],
    }
