"""A recorded assessment made again with today's evidence: what changed, and through which entries of the evidence.

An entry is named as a cause when the outcome changes once that entry alone is turned back to what it was. Nothing is guessed from what looks alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from service.clinical.assessment import Assessment, Setting
from service.errors import ClaudicationError
from service.evidence.difference import Difference, differences, turned_back
from service.evidence.loader import FILES, Evidence, documents_of, evidence_of
from service.fhir import sentences
from service.fhir.mapping import DeploymentCodes
from service.pipeline import assess_bundle
from service.store.record_values import KeptRecord

LEADING, ORDERS, RED_FLAGS, ARTERIES, PROBABILITIES = (
    "leading explanation",
    "orders",
    "red flags",
    "artery disease",
    "probabilities",
)

NOT_KEPT = "its input was not kept (CLAUDICATION_KEEP_PATIENT_DATA=input-and-result keeps it from then on)"
UNREADABLE = "its input cannot be read: none of the keys in CLAUDICATION_RECORD_KEY is that of it, or it was changed"

Outcome = Mapping[str, tuple[str, ...]]
"""By aspect: what an assessment came to, as codes, in the order of the answer."""
AssessAgain = Callable[[KeptRecord, Evidence], Assessment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One aspect that is not what it was. `through` are entries that turn it back when they alone are turned back."""

    aspect: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    through: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of one record. `by_software` is what changed although the evidence was still what it was then.

    `failed` says why it could not be made again, "" when it was; `then_unknown` why the evidence of then could not be used, "" when it was.
    """

    record: KeptRecord
    by_evidence: tuple[Changed, ...] = ()
    by_software: tuple[Changed, ...] = ()
    failed: str = ""
    then_unknown: str = ""


class Replayer:
    """Replays records against one evidence of today. Evidence of then, and with one entry turned back, is built once a version."""

    def __init__(
        self,
        today: Mapping[str, bytes],
        evidence: Evidence,
        recall: Callable[[str], Mapping[str, bytes] | None],
        codes: DeploymentCodes,
    ) -> None:
        self._today = documents_of(today)
        self._evidence = evidence
        self._recall = recall
        self._codes = codes
        self._then = cache(self._evidence_then)
        self._turned_back = cache(self._evidence_turned_back)

    def replay(self, record: KeptRecord) -> Replay:
        """Make one record again."""
        if record.asked is None:
            return Replay(record=record, failed=UNREADABLE if record.unreadable else NOT_KEPT)
        try:
            now = self._outcome(record, self._evidence)
            then, why = self._then(record.evidence_version)
            if then is None:
                # What was recorded is all there is to compare with, and who changed it cannot be told.
                return Replay(record=record, by_evidence=tuple(_compared(recorded(record), now)), then_unknown=why)
            before = self._outcome(record, then)
        except ClaudicationError as error:
            return Replay(record=record, failed=f"it cannot be assessed any more: {error}")
        except Exception as error:
            # One record that today's code stumbles over must not keep the impact on all others from being known. Its text may quote the input.
            return Replay(record=record, failed=f"a fault in this service kept it from being assessed ({type(error).__name__})")
        by_evidence = tuple(self._explained(record, changed, now) for changed in _compared(before, now))
        return Replay(record=record, by_evidence=by_evidence, by_software=tuple(_compared(recorded(record), before)))

    def _explained(self, record: KeptRecord, changed: Changed, now: Outcome) -> Changed:
        through = tuple(
            difference
            for difference, evidence in self._turned_back(record.evidence_version)
            if self._outcome(record, evidence)[changed.aspect] != now[changed.aspect]
        )
        return Changed(aspect=changed.aspect, before=changed.before, after=changed.after, through=through)

    def _outcome(self, record: KeptRecord, evidence: Evidence) -> Outcome:
        asked: Any = record.asked
        answer = assess_bundle(
            asked["bundle"],
            evidence,
            as_of=record.as_of,
            setting=Setting(record.setting),
            strict=asked["strict"],
            codes=self._codes,
            at_once=False,
        )
        return outcome(answer.assessment)

    def _evidence_then(self, version: str) -> tuple[Evidence | None, str]:
        if version == self._evidence.version:
            return self._evidence, ""
        files = self._recall(version)
        if files is None:
            return None, f"the evidence {version} was never kept here"
        missing = set(FILES) - set(files)
        if missing:
            return None, f"the evidence {version} has no {', '.join(sorted(missing))}, which today's reasoning needs"
        try:
            return evidence_of(documents_of(files), version=version), ""
        except ClaudicationError as error:
            return None, f"the evidence {version} cannot be read by this version of the service: {error}"

    def _evidence_turned_back(self, version: str) -> tuple[tuple[Difference, Evidence], ...]:
        found = []
        files = self._recall(version)
        then = documents_of(files) if files is not None and version != self._evidence.version else self._today
        for difference in differences(then, self._today):
            try:
                evidence = evidence_of(turned_back(then, self._today, difference), version=self._evidence.version)
            except ClaudicationError:
                continue  # It means something only together with another one that changed.
            found.append((difference, evidence))
        return tuple(found)


def outcome(assessment: Assessment) -> Outcome:
    """What an assessment came to."""
    weighed = assessment.differential
    causes = (weighed.vascular, weighed.neurogenic) if weighed else ()
    return {
        LEADING: (weighed.explanations[0].diagnosis.value,) if weighed else (),
        ORDERS: tuple(order.code for order in assessment.orders),
        RED_FLAGS: tuple(flag.code for flag in assessment.red_flags),
        ARTERIES: tuple(f"{leg.side}: {leg.pad_status}" for leg in (assessment.indices.right, assessment.indices.left)),
        PROBABILITIES: tuple(f"{cause.name} {sentences.interval(sentences.percents(cause.posttest))}" for cause in causes),
    }


def recorded(record: KeptRecord) -> Outcome:
    """The same from what was recorded, which has no probabilities."""
    return {
        LEADING: (record.leading_diagnosis,) if record.leading_diagnosis else (),
        ORDERS: record.orders,
        RED_FLAGS: record.red_flags,
        ARTERIES: (f"right: {record.pad_right}", f"left: {record.pad_left}"),
    }


def _compared(before: Outcome, after: Outcome) -> list[Changed]:
    return [
        Changed(aspect=aspect, before=values, after=after[aspect]) for aspect, values in before.items() if values != after[aspect]
    ]
