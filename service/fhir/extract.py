"""From the resources of one Bundle to measurements and findings; what was not used is said, once each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from service.clinical.assessment import OpenOrder, Sex
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, Findings, resolve
from service.clinical.measurements import Measurements, Pressure, ReportedIndex
from service.evidence.reading_limits import ReadingLimits
from service.fhir.bundle import OpenedBundle
from service.fhir.elements import Json, codings, reference, texts
from service.fhir.findings.conditions import read_condition
from service.fhir.findings.devices import taken_out
from service.fhir.findings.finding_observations import read_finding_observation
from service.fhir.findings.questionnaire_response import read_questionnaire_response
from service.fhir.findings.record_findings import READERS as RECORD_READERS
from service.fhir.forms.own_forms import taken_back
from service.fhir.json_format import shortened
from service.fhir.limbs.circumstances import FARTHEST_TIME_ZONE
from service.fhir.limbs.limb_measurements import read_limb_measurements
from service.fhir.limbs.observation_groups import hand_down
from service.fhir.mapping import DeploymentCodes
from service.fhir.own_identity import is_ours
from service.fhir.patient import read_patient
from service.fhir.reading import Context, Entry, Read, Reader
from service.fhir.record_completeness import read_completeness
from service.fhir.remarks import remark
from service.fhir.screening import screen
from service.fhir.terminology.code import ICD10CM, LOINC, SNOMED

# Of one type the first that knows the resource reads it.
READERS: Mapping[str, tuple[Reader, ...]] = {
    "Observation": (read_limb_measurements, read_finding_observation),
    "QuestionnaireResponse": (read_questionnaire_response,),
    "Condition": (read_condition,),
    **{resource_type: (reader,) for resource_type, reader in RECORD_READERS.items()},
}
# Not read by themselves, but looked up by what refers to them.
LOOKED_UP = frozenset(("BodyStructure", "Encounter", "Questionnaire"))

_PUBLIC = frozenset((LOINC, SNOMED, ICD10CM))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What one Bundle says, in the units and words of the reasoning."""

    patient_reference: str
    age_years: int | None
    sex: Sex | None
    measurements: Measurements
    findings: Findings
    open_orders: tuple[OpenOrder, ...]
    issues: tuple[DataIssue, ...]


def extract(
    opened: OpenedBundle,
    *,
    as_of: datetime,
    codes: DeploymentCodes,
    limits: ReadingLimits,
    readers: Mapping[str, tuple[Reader, ...]] = READERS,
) -> Extract:
    """Read every entry once. Never raises on what a resource holds: what cannot be read becomes a DataIssue."""
    patient = read_patient(opened, as_of=as_of)
    screened = {
        entry.path: remarks
        for entry in opened.entries
        if (entry.resource_type in readers or entry.resource_type in LOOKED_UP) and (remarks := screen(entry))
    }
    set_aside = {path for path, remarks in screened.items() if any(not one.used for one in remarks)}

    looked_up: set[str] = set()

    def find(origin: Entry, reference: str) -> Entry | None:
        found = opened.find(origin, reference)
        if found is None or found.path in set_aside:
            return None
        looked_up.add(found.path)
        return found

    usable = [entry for entry in opened.entries if entry.path not in set_aside]
    context = Context(as_of=as_of, codes=codes, limits=limits, find=find, questionnaires=_questionnaires(usable))
    back = taken_back(usable, as_of=as_of, tolerance=FARTHEST_TIME_ZONE)
    context = replace(context, taken_out=taken_out(usable, context), taken_back=back)
    pressures: list[Pressure] = []
    reported: list[ReportedIndex] = []
    told: list[Finding] = []
    orders: list[OpenOrder] = []
    issues = [*opened.issues, *_about_patient(opened), *patient.issues]
    completed = {entry.path: entry for entry in hand_down(tuple(usable), context)}
    for entry in opened.entries:
        issues.extend(screened.get(entry.path, ()))
        if entry.path not in set_aside:
            read = _read(completed[entry.path], context, readers)
            if read is not None:
                pressures += read.pressures
                reported += read.reported
                told += read.findings
                orders += read.open_orders
                issues += read.issues
            elif entry.resource_type not in LOOKED_UP:
                issues.append(_unclaimed(entry, known_type=entry.resource_type in readers))
    issues.extend(_never_looked_up(usable, looked_up))
    # Findings of one form share one date. By a difference: a sum could lie beyond the last moment that can be written.
    ahead = {at for at in {finding.recorded_at for finding in told} if at is not None and at - as_of > FARTHEST_TIME_ZONE}
    issues.extend(_dated_ahead(finding, as_of) for finding in told if finding.recorded_at in ahead)
    findings, conflicts = resolve(finding for finding in told if finding.recorded_at not in ahead)
    return Extract(
        patient_reference=opened.patient_reference,
        age_years=patient.age_years,
        sex=patient.sex,
        measurements=Measurements(pressures=tuple(pressures), reported=tuple(reported)),
        findings=findings,
        open_orders=tuple(orders),
        issues=(*issues, *conflicts),
    )


def _read(entry: Entry, context: Context, readers: Mapping[str, tuple[Reader, ...]]) -> Read | None:
    """What the first reader that knows the resource makes of it; None when none does."""
    if is_ours(entry.resource):
        said = f"{entry.reference} was written by this service. What it said before is not evidence for what it says now, so it was not used."
        return Read(issues=(remark(entry, IssueCode.NOT_RELEVANT, said),))
    if entry.resource_type == "OperationOutcome":
        return read_completeness(entry)
    for reader in readers.get(entry.resource_type, ()):
        try:
            read = reader(entry, context)
        except Exception as error:
            # A reader that raises is our mistake, but no reason to withhold what the rest of the Bundle says.
            said = f"{entry.reference} could not be read ({type(error).__name__}), so it was not used. Please report it with the resource."
            return Read(issues=(remark(entry, IssueCode.STRUCTURE_INVALID, said),))
        if read is not None:
            return read
    return None


def _never_looked_up(entries: list[Entry], looked_up: set[str]) -> Iterator[DataIssue]:
    """A resource that only serves others, and that no used one points at, was not used: an Encounter is named, a Questionnaire is named by its URL."""
    waiting = [entry for entry in entries if entry.resource_type in LOOKED_UP and entry.path not in looked_up]
    named = _names(entries) if waiting else set()
    for entry in waiting:
        if named.isdisjoint((entry.reference, entry.resource.get("url"))):
            said = f"{entry.reference} is of type {entry.resource_type}, and nothing that was used refers to it."
            yield remark(entry, IssueCode.NOT_RELEVANT, said)


def _names(entries: list[Entry]) -> set[str]:
    """The Encounters that resources belong to, and the Questionnaires they answer."""
    named: set[str] = set()
    for entry in entries:
        if visit := reference(entry.resource.get("encounter")):
            named.add(visit)
        if isinstance(form := entry.resource.get("questionnaire"), str):
            named.add(form.partition("|")[0])
    return named


def _dated_ahead(finding: Finding, as_of: datetime) -> DataIssue:
    said = f"{finding.code} is dated after the moment of the assessment ({as_of.isoformat()}), so it was not used. Correct the date, or give a later asOf."
    return DataIssue(code=IssueCode.VALUE_IMPLAUSIBLE, source=finding.source, detail=said)


def _unclaimed(entry: Entry, *, known_type: bool) -> DataIssue:
    if not known_type:
        said = f"{entry.reference} is of type {shortened(entry.resource_type)}, which this assessment does not use."
        return remark(entry, IssueCode.NOT_RELEVANT, said)
    concept = entry.resource.get("code")
    coded = codings(concept)
    named = ", ".join([f"{system}|{code}" if system else code for system, code in coded]) or next(iter(texts(concept)), "no code")
    if not _PUBLIC.isdisjoint([system for system, _ in coded]):
        said = f"{entry.reference} has the code {shortened(named)}, which this assessment does not use."
        return remark(entry, IssueCode.NOT_RELEVANT, said, element="code")
    said = f"{entry.reference} has the code {shortened(named)}, which is not known here, so it was not used. Add a LOINC or SNOMED CT code, or the local code to the deployment's mapping file."
    return remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, said, element="code")


def _questionnaires(entries: list[Entry]) -> dict[str, Json]:
    """Questionnaires of the Bundle by canonical URL, with and without their version."""
    found: dict[str, Json] = {}
    for entry in entries:
        if entry.resource_type == "Questionnaire" and isinstance(url := entry.resource.get("url"), str):
            found[url] = entry.resource
            found[f"{url}|{entry.resource.get('version')}"] = entry.resource
    return found


def _about_patient(opened: OpenedBundle) -> tuple[DataIssue, ...]:
    """A broken Patient is used for what can be read of it: without it the rest of the Bundle would be nobody's."""
    if opened.patient is None:
        return ()
    patient = Entry(opened.patient_reference, opened.patient_path, "Patient", opened.patient)
    return tuple(
        DataIssue(code=one.code, source=one.source, expression=one.expression, detail=one.detail, used=True)
        for one in screen(patient, whole=False)
    )
