"""What happens to one hook call: its data gathered, assessed as through every door, judged, chosen from, said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.cds_hooks.clients import Client
from service.cds_hooks.gathering import ReadTogether, gather
from service.cds_hooks.judgement import Fired, Judgement
from service.cds_hooks.prefetch import Gathered, KeyReport
from service.cds_hooks.request import HookRequest
from service.clinical.assessment import Assessment
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.mapping import DeploymentCodes
from service.fhir.record_queries import RecordQuery
from service.pipeline import Answer, assess_bundle

FETCH_SHARE = 0.8
"""The part of the deadline within which data is fetched; the rest is for the reasoning and the way back."""


Judge = Callable[[HookRequest, Client, Assessment, frozenset[str]], Judgement]
"""Which rules of the hook have something to say; the last argument are the keys of which it is known what the record holds."""
Choose = Callable[[Judgement, Client], Sequence[Fired]]
"""What of it is shown to this client now."""
Say = Callable[[Sequence[Fired], HookRequest, Client, Answer, Sequence[KeyReport]], Json]
"""The cards, and the system actions where there are any."""


def no_rules(*_: Any) -> Judgement:
    """The judgement of a deployment without rules: silence."""
    return Judgement(fired=(), trace=())


def all_fired(judgement: Judgement, _client: Client) -> Sequence[Fired]:
    """The choice that holds nothing back."""
    return judgement.fired


def no_cards(*_: Any) -> Json:
    """An answer that was thought through and has nothing to say."""
    return {"cards": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAnswer:
    """The body to send, and what it came from. `spent_ms`: the milliseconds of each step, in order."""

    body: Json
    gathered: Gathered
    answer: Answer
    judgement: Judgement
    shown: tuple[Fired, ...]
    spent_ms: Mapping[str, float]


def answer_call(
    request: HookRequest,
    client: Client,
    *,
    evidence: Evidence,
    codes: DeploymentCodes,
    queries: Sequence[RecordQuery],
    read: ReadTogether | None,
    now: datetime,
    deadline_ms: int,
    timer: Callable[[], float],
    judge: Judge = no_rules,
    choose: Choose = all_fired,
    say: Say = no_cards,
) -> HookAnswer:
    """Answer one call within `deadline_ms` of now; `timer` gives seconds of the monotonic clock, as `read` counts them.

    Raises PreconditionFailed and Unprocessable as `gather` says, and what `assess_bundle` raises.
    """
    began = timer()
    gathered = gather(request, client, queries=queries, read=read, now=now, deadline_s=began + FETCH_SHARE * deadline_ms / 1000)
    have_data = timer()
    answer = assess_bundle(gathered.bundle, evidence, as_of=now, setting=client.setting, codes=codes)
    assessed = timer()
    available = frozenset(key.key for key in gathered.keys if key.available)
    judgement = judge(request, client, answer.assessment, available)
    shown = tuple(choose(judgement, client))
    judged = timer()
    body = say(shown, request, client, answer, gathered.keys)
    said = timer()
    moments = {"gather": have_data - began, "assess": assessed - have_data, "judge": judged - assessed, "say": said - judged}
    return HookAnswer(
        body=body,
        gathered=gathered,
        answer=answer,
        judgement=judgement,
        shown=shown,
        spent_ms={step: seconds * 1000 for step, seconds in moments.items()},
    )
