"""What happens to one Bundle: opened, read, assessed, answered. Every door calls `assess_bundle` and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Protocol

from service.clinical.assess import assess
from service.clinical.assessment import Assessment, Setting
from service.evidence.loader import Evidence
from service.fhir.answer import Output, build_answer
from service.fhir.bundle import open_bundle
from service.fhir.elements import Json
from service.fhir.extract import extract
from service.fhir.json_format import canonical_digest
from service.fhir.mapping import DeploymentCodes
from service.fhir.output_check import checked

NO_LOCAL_CODES = DeploymentCodes()


class ReportWriter(Protocol):
    """Makes the report of an assessment, a PDF. How it looks is decided above; here it is only carried into the answer."""

    def __call__(self, assessment: Assessment, *, as_of: datetime, patient_reference: str) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The result Bundle, the assessment it is made from, and the digest of the input, which is the same through every door."""

    assessment: Assessment
    digest: str
    patient_reference: str
    """The patient as the Bundle names him."""
    make: Callable[[], Json] = field(repr=False, compare=False)
    """Makes the result Bundle."""

    @cached_property
    def bundle(self) -> Json:
        """The result Bundle, made and checked once, when it is first asked for. Raises OutputError if it breaks one of our rules."""
        return checked(self.make())


def assess_bundle(
    bundle: Json,
    evidence: Evidence,
    *,
    as_of: datetime,
    setting: Setting = Setting.PRIMARY_CARE,
    output: Output = Output.COLLECTION,
    strict: bool = False,
    explain: bool = False,
    codes: DeploymentCodes = NO_LOCAL_CODES,
    report: ReportWriter | None = None,
    at_once: bool = True,
) -> Answer:
    """Assess the one patient of a Bundle at `as_of` (timezone-aware). `explain` adds the whole trace to a collection, `report` what it writes.
    With `at_once` False the result Bundle is made when it is asked for: who answers in another form may never need it.

    Raises BadRequest and Unprocessable as `open_bundle` says, OutputError if our own answer broke one of our rules, and what `report` raises.
    """
    opened = open_bundle(bundle, strict=strict)
    said = extract(opened, as_of=as_of, codes=codes, limits=evidence.reading_limits)
    assessment = assess(
        said.measurements,
        said.findings,
        evidence,
        age_years=said.age_years,
        sex=said.sex,
        setting=setting,
        as_of=as_of,
        open_orders=said.open_orders,
    )
    assessment = replace(assessment, issues=said.issues + assessment.issues)
    digest = hashlib.sha256(f"{canonical_digest(bundle)}|{setting}|{evidence.version}".encode()).hexdigest()
    make = partial(
        build_answer,
        assessment,
        patient_reference=said.patient_reference,
        evidence_version=evidence.version,
        citations=evidence.printed,
        as_of=as_of,
        digest=digest,
        output=output,
        explain=explain,
        presented=report(assessment, as_of=as_of, patient_reference=said.patient_reference) if report is not None else None,
    )
    answer = Answer(assessment=assessment, digest=digest, patient_reference=said.patient_reference, make=make)
    if at_once:
        answer.bundle  # noqa: B018 - what it raises belongs to the assessment, not to who looks at it later
    return answer
