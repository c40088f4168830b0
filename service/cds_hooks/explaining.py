"""Why a hook call was answered as it was: data for whoever integrates a client, and one sentence. No names, no patient data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.cds_hooks.choosing import Reason
from service.fhir.elements import Json
from service.store.hook_values import CardRecord, KeyRecord, RecordedCall, RecordedFeedback, RuleRecord

_OK = 200
_MISSING_DATA = 412
_WHY_HELD_BACK = {
    Reason.SHADOW: "this client is in shadow mode, where nothing is shown",
    Reason.SUPPRESSED: "somebody overrode it for this patient not long ago",
    Reason.BUDGET: "as many cards as this client agreed to had been shown for this patient in the last 24 hours",
    Reason.MAX_CARDS: "more urgent cards had taken the places",
    Reason.NOT_SHOWN_BEFORE: "the request was a repetition, and the first answer did not hold it",
}


def explanation(evaluations: Sequence[RecordedCall]) -> Json:
    """The newest evaluation of a hookInstance in full; `evaluations` is how many different bodies came under it."""
    newest = evaluations[0]
    call = newest.call
    return {
        "service": call.service,
        "hook": call.hook,
        "hookInstance": call.hook_instance,
        "client": call.client,
        "receivedAt": call.received_at.isoformat(),
        "evaluation": newest.evaluation,
        "evaluations": len(evaluations),
        "status": call.status,
        "shadow": call.shadow,
        "serviceVersion": call.service_version,
        "evidenceVersion": call.evidence_version,
        **({"assessment": call.assessment_digest} if call.assessment_digest else {}),
        "why": why(newest),
        "prefetch": [_key(key) for key in call.keys],
        "rules": [_rule(rule) for rule in call.rules],
        "cards": [_card(card, newest.feedback) for card in call.cards],
        "steps": [{"step": step, "milliseconds": ms} for step, ms in call.steps.items()],
    }


def why(recorded: RecordedCall) -> str:
    """What came of a call and, where there was no card, why not: a few sentences."""
    call = recorded.call
    again = (
        f" The hookInstance had come before with another body; this is evaluation {recorded.evaluation}."
        if recorded.evaluation > 1
        else ""
    )
    if call.status == _MISSING_DATA:
        lacking = ", ".join(key.key for key in call.keys if key.mandatory and _lacking(key))
        return f"No card: data that is needed was not sent and could not be fetched{f' ({lacking})' if lacking else ''}.{again}"
    if call.status != _OK:
        return f"No card: the call was answered with status {call.status}.{again}"
    shown = [card for card in call.cards if card.shown]
    said = [f"{_count(len(shown), 'card')} shown: {_listed(card.rule for card in shown)}."] if shown else []
    held_back = [card for card in call.cards if not card.shown]
    said += [f"{card.rule} was held back: {_WHY_HELD_BACK.get(Reason(card.reason), card.reason)}." for card in held_back]
    if not call.cards:
        said.append(f"No card: none of the {_count(len(call.rules), 'rule')} of {call.hook} applied.")
    elif not shown:
        said.insert(0, f"No card: {_count(len(held_back), 'rule')} fired, and nothing was shown.")
    said += _not_judged(call.rules)
    return " ".join(said) + again


def _not_judged(rules: Sequence[RuleRecord]) -> list[str]:
    unknown = [rule for rule in rules if rule.outcome == "not-known"]
    if not unknown:
        return []
    lacking = sorted({fact for rule in unknown for fact in rule.lacking})
    facts = f": {_listed(lacking)} not known" if lacking else ""
    return [f"{_count(len(unknown), 'rule')} could not be decided{facts}."]


def _lacking(key: KeyRecord) -> bool:
    return key.state not in ("given", "partial", "no-data") and not key.fetch.startswith("fetched")


def _key(key: KeyRecord) -> Json:
    told: Json = {"key": key.key, "mandatory": key.mandatory, "state": key.state, "fetch": key.fetch, "resources": key.resources}
    return told | ({"why": key.why} if key.why else {})


def _rule(rule: RuleRecord) -> Json:
    return {"rule": rule.rule, "outcome": rule.outcome, **({"lacking": list(rule.lacking)} if rule.lacking else {})}


def _card(card: CardRecord, feedback: Sequence[RecordedFeedback]) -> Json:
    told: Json = {"rule": card.rule, "indicator": card.indicator, "redFlag": card.red_flag, "shown": card.shown}
    if card.uuid:
        told["uuid"] = card.uuid
    if card.about:
        told["about"] = card.about
    if card.reason:
        told["reason"] = card.reason
    said = [_feedback(item) for item in feedback if item.card_uuid == card.uuid and card.uuid]
    return told | ({"feedback": said} if said else {})


def _feedback(item: RecordedFeedback) -> Json:
    told: Json = {"outcome": item.outcome, "outcomeTimestamp": item.outcome_at.isoformat(), "commented": item.commented}
    if item.reason_code:
        told["reason"] = {"code": item.reason_code, **({"system": item.reason_system} if item.reason_system else {})}
    return told | ({"acceptedSuggestions": list(item.accepted)} if item.accepted else {})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
