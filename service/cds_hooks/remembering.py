"""What a hook call leaves in the record, and what it takes from it: codes, counts and pseudonyms. Nothing that says anything about a patient."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from service import __version__
from service.cds_hooks.cards import INDICATORS
from service.cds_hooks.choosing import Chosen, HeldBack, choose, choose_again
from service.cds_hooks.clients import Client
from service.cds_hooks.hooks import SERVICE_ID
from service.cds_hooks.judgement import Fired, Judgement
from service.cds_hooks.prefetch import KeyReport
from service.cds_hooks.request import HookRequest
from service.clinical.assessment import Assessment
from service.fhir.elements import Json, dicts
from service.fhir.json_format import canonical_json
from service.store.hook_values import CallRecord, CardRecord, KeyRecord, Recalled, RuleRecord


def request_digest(request: HookRequest) -> str:
    """SHA-256 of what is asked, in hex: the same for the same hook, context, data and server. The token has no part in it."""
    asked = [request.hook, request.hook_instance, request.context, request.prefetch, request.fhir_server]
    return hashlib.sha256(canonical_json(asked)).hexdigest()


def chosen_cards(judgement: Judgement, client: Client, recalled: Recalled, hook_instance: str) -> Chosen:
    """What to show: the same cards as before to a repetition, else what overrides and the noise budget leave."""
    earlier = recalled.earlier
    if earlier is not None:
        return choose_again(judgement, client, lambda fired: card_key(hook_instance, fired) in earlier.shown)
    return choose(judgement, client, suppressed=recalled.suppressed, shown_today=recalled.shown_today)


def card_key(hook_instance: str, fired: Fired) -> str:
    """The same for the same rule about the same order of the same call. Says nothing of the order to who does not know the call."""
    return hashlib.sha256(canonical_json([hook_instance, fired.rule, fired.about])).hexdigest()


def call_record(
    request: HookRequest,
    client: Client,
    *,
    digest: str,
    patient: str,
    received_at: datetime,
    keys: Sequence[KeyReport],
    judgement: Judgement | None,
    chosen: Chosen,
    cards: Sequence[Json],
    assessment_digest: str,
    evidence_version: str,
    steps: Mapping[str, float],
    status: int = 200,
    assessment: Assessment | None = None,
) -> CallRecord:
    """The record of one answered call. `cards` are those of the answer, one for each of `chosen.shown` and in its order; `patient` is a pseudonym.

    A call that ended before there was a judgement has none, no cards, and its `status`.
    """
    return CallRecord(
        client=client.id,
        service=SERVICE_ID,
        hook=request.hook,
        hook_instance=request.hook_instance,
        request_digest=digest,
        received_at=received_at,
        patient=patient,
        shadow=client.shadow,
        status=status,
        assessment_digest=assessment_digest,
        service_version=__version__,
        evidence_version=evidence_version,
        keys=tuple(_key(key) for key in keys),
        rules=tuple(
            RuleRecord(rule=trace.rule, outcome=trace.outcome, lacking=trace.lacking)
            for trace in (judgement.trace if judgement else ())
        ),
        steps={step: round(ms, 1) for step, ms in steps.items()},
        cards=(
            *(_shown(request, fired, card) for fired, card in zip(chosen.shown, cards, strict=True)),
            *(_held_back(request, held) for held in chosen.held_back),
        ),
        data_issues=frozenset(issue.code.value for issue in assessment.issues) if assessment else frozenset(),
        red_flags=frozenset(flag.code for flag in assessment.red_flags) if assessment else frozenset(),
    )


def _key(report: KeyReport) -> KeyRecord:
    # `newest` stays out: when somebody was last measured is about the patient.
    return KeyRecord(
        key=report.key,
        mandatory=report.mandatory,
        state=report.state,
        fetch=report.fetch,
        resources=report.resources,
        why=report.why,
    )


def _shown(request: HookRequest, fired: Fired, card: Json) -> CardRecord:
    return CardRecord(
        key=card_key(request.hook_instance, fired),
        uuid=card.get("uuid", ""),
        rule=fired.rule,
        about=_kind(fired.about),
        indicator=card["indicator"],
        red_flag=fired.red_flag,
        shown=True,
        suggestions=tuple(one["uuid"] for one in dicts(card.get("suggestions")) if "uuid" in one),
    )


def _held_back(request: HookRequest, held: HeldBack) -> CardRecord:
    fired = held.fired
    return CardRecord(
        key=card_key(request.hook_instance, fired),
        uuid="",
        rule=fired.rule,
        about=_kind(fired.about),
        indicator=INDICATORS[fired.priority],
        red_flag=fired.red_flag,
        shown=False,
        reason=held.reason,
    )


def _kind(about: str) -> str:
    """The type of the draft a card is about; its id says which order of which patient."""
    return about.partition("/")[0] if "/" in about else ""
