"""What a hook call takes from the record before it is answered, and leaves there afterwards. Neither can fail the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import g

from service.cds_hooks.choosing import Chosen
from service.cds_hooks.clients import Client
from service.cds_hooks.judgement import Fired, Judgement
from service.cds_hooks.prefetch import Fetch, KeyReport, KeyState
from service.cds_hooks.remembering import call_record, chosen_cards, request_digest
from service.cds_hooks.request import HookRequest
from service.errors import ClaudicationError
from service.hook_call import HookAnswer
from service.store.announcements import Announcement
from service.store.hook_values import CallRecord, Recalled
from service.store.pseudonyms import pseudonym
from service.web.deployment import Deployment
from service.worker.hook_events import to_tell

_NOTHING_CHOSEN = Chosen(shown=(), held_back=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMemory:
    """One call and what is remembered of earlier ones. `as_of`: the moment to assess for, which a repetition has from the first time."""

    asked: HookRequest
    client: Client
    received_at: datetime
    digest: str
    patient: str
    recalled: Recalled

    @property
    def is_first(self) -> bool:
        """Whether this request has not been answered before, as far as is known."""
        return self.recalled.earlier is None

    @property
    def as_of(self) -> datetime:
        return self.recalled.earlier.received_at if self.recalled.earlier else self.received_at

    def chosen(self, judgement: Judgement) -> Chosen:
        """What to show of a judgement, and what not."""
        return chosen_cards(judgement, self.client, self.recalled, self.asked.hook_instance)

    def choose(self, judgement: Judgement, _client: Client) -> Sequence[Fired]:
        """The same as answer_call takes it."""
        return self.chosen(judgement).shown


def recall_call(deployment: Deployment, asked: HookRequest, client: Client, *, now: datetime) -> CallMemory:
    """What is known of earlier calls; nothing, and a line in the log, where the database cannot be read."""
    digest = request_digest(asked)
    patient = pseudonym(deployment.pseudonym_key, client=client.id, patient_id=asked.patient_id)
    recalled = deployment.hook_records.recall(
        client=client.id,
        hook=asked.hook,
        instance=asked.hook_instance,
        digest=digest,
        patient=patient,
        now=now,
        suppress_days=client.suppress_days,
    )
    if recalled.error:
        deployment.logger.error("earlier calls not known", request_id=g.request_id, error=recalled.error)
    return CallMemory(asked=asked, client=client, received_at=now, digest=digest, patient=patient, recalled=recalled)


def remember_answer(
    deployment: Deployment, memory: CallMemory, answered: HookAnswer, steps: Mapping[str, float]
) -> Announcement | None:
    """Record an answered call, and what subscribers are to be told of it once the cards have left. A repetition is on record already, and told of."""
    told = None
    if memory.is_first:
        if not memory.client.shadow:
            told = to_tell(deployment.place, memory.client.id, answered.answer, now=memory.received_at)
        record = call_record(
            memory.asked,
            memory.client,
            digest=memory.digest,
            patient=memory.patient,
            received_at=memory.received_at,
            keys=answered.gathered.keys,
            judgement=answered.judgement,
            chosen=memory.chosen(answered.judgement),
            cards=answered.body["cards"],
            assessment_digest=answered.answer.digest,
            evidence_version=deployment.evidence.version,
            steps=steps,
            assessment=answered.answer.assessment,
        )
        _save(deployment, record, told)
    return told


def remember_refusal(deployment: Deployment, memory: CallMemory, error: ClaudicationError, steps: Mapping[str, float]) -> None:
    """Record a call that could not be answered, with the keys its error names."""
    if memory.is_first:
        record = call_record(
            memory.asked,
            memory.client,
            digest=memory.digest,
            patient=memory.patient,
            received_at=memory.received_at,
            keys=_named_keys(error),
            judgement=None,
            chosen=_NOTHING_CHOSEN,
            cards=(),
            assessment_digest="",
            evidence_version=deployment.evidence.version,
            steps=steps,
            status=error.status,
        )
        _save(deployment, record)


def _named_keys(error: ClaudicationError) -> tuple[KeyReport, ...]:
    """The keys a 412 is about. Why each could not be had stands in the answer; of what the client's server said nothing is kept."""
    keys = [
        problem.expression.removeprefix("prefetch.") for problem in error.problems if problem.expression.startswith("prefetch.")
    ]
    return tuple(
        KeyReport(key=key, mandatory=True, state=KeyState.MISSING, fetch=Fetch.NOT_POSSIBLE) for key in keys if "." not in key
    )


def _save(deployment: Deployment, record: CallRecord, told: Announcement | None = None) -> None:
    beside = partial(deployment.place.announcements.add, told) if told else None
    saved = deployment.hook_records.save(record, beside)
    if saved.error:
        deployment.logger.error("hook call not recorded yet", request_id=g.request_id, error=saved.error, given_up=saved.lost)
