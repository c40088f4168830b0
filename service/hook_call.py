"""What happens to one hook call: its data gathered, assessed as through every door, judged, chosen from, said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.cds_hooks.card_check import checked
from service.cds_hooks.cards import cards_of
from service.cds_hooks.clients import Client
from service.cds_hooks.drafts import read_written
from service.cds_hooks.gathering import ReadTogether, gather
from service.cds_hooks.judgement import Fired, Judgement
from service.cds_hooks.prefetch import Gathered
from service.cds_hooks.request import HookRequest
from service.cds_hooks.rules import judge
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RecordQuery
from service.fhir.mapping import DeploymentCodes
from service.pipeline import Answer, assess_bundle

FETCH_SHARE = 0.8
"""The part of the deadline within which data is fetched; the rest is for the reasoning and the way back."""


Choose = Callable[[Judgement, Client], Sequence[Fired]]
"""What of a judgement is shown to this client now."""


def all_fired(judgement: Judgement, _client: Client) -> Sequence[Fired]:
    """The choice that holds nothing back."""
    return judgement.fired


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
    choose: Choose = all_fired,
    as_of: datetime | None = None,
    public_url: str = "",
) -> HookAnswer:
    """Answer one call within `deadline_ms` of now; `timer` gives seconds of the monotonic clock, as `read` counts them.

    `as_of` is the moment to assess for where that is not now: a repeated request gets the answer it got the first time. `public_url` is where this
    service is reached from outside, for the links of a card.

    Raises PreconditionFailed and Unprocessable as `gather` says, what `assess_bundle` raises, and OutputError for cards that break a rule.
    """
    began = timer()
    as_of = as_of or now
    gathered = gather(request, client, queries=queries, read=read, now=now, deadline_s=began + FETCH_SHARE * deadline_ms / 1000)
    have_data = timer()
    # The cards are made from the assessment; the result Bundle only where it is kept or somebody subscribes to it.
    answer = assess_bundle(gathered.bundle, evidence, as_of=as_of, setting=client.setting, codes=codes, at_once=False)
    assessed = timer()
    available = frozenset(key.key for key in gathered.keys if key.available)
    written = read_written(request, codes, catalogue=client.order_codes)
    judgement = judge(request.hook, answer.assessment, written, available, evidence, as_of=as_of)
    shown = tuple(choose(judgement, client))
    judged = timer()
    body = cards_of(
        shown, request, client, answer.assessment, gathered.keys, evidence, written=written, as_of=as_of, public_url=public_url
    )
    checked(body, client)
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
