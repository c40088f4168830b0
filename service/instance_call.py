"""What happens to one record in the EHR: read, assessed as through every door, and written back where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.errors import BadGateway, GatewayTimeout, NotFound, Problem
from service.evidence.loader import Evidence
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.exchange.gathered import gathered_bundle, only_about
from service.fhir.exchange.instance_operation import InstanceRequest
from service.fhir.exchange.record_queries import RecordQuery
from service.fhir.exchange.write_back import Told, with_told
from service.fhir.extract import LOOKED_UP
from service.fhir.mapping import DeploymentCodes
from service.outbound.fhir_client import FhirClient
from service.outbound.fhir_reader import Read, ReadOutcome
from service.pipeline import Answer, ReportWriter, assess_bundle
from service.writing import write_back

DOOR = "patient-operation"
"""How an assessment that came this way is recorded."""
READ_SHARE = 0.6
"""The part of the time that reading may take where something is to be written; and never is a record half written for want of time to read it."""

_ISSUE_TYPES: Mapping[ReadOutcome, str] = {
    ReadOutcome.REFUSED: "forbidden",
    ReadOutcome.UNREACHABLE: "transient",
    ReadOutcome.TOO_LATE: "timeout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceAnswer:
    """`bundle` as it is answered; `answer` and `gathered`, the record it was made from, as they are recorded; `told`, what became of each thing that
    was written, None where nothing was to be.
    """

    bundle: Json
    answer: Answer
    gathered: Json
    told: tuple[Told, ...] | None = None


def not_here(_answer: Answer, _gathered: Json) -> None:
    """Recorded by who calls: a job is, with its result, and is done again where it died."""


def answer_instance(
    patient_id: str,
    asked: InstanceRequest,
    ehr: FhirClient,
    *,
    evidence: Evidence,
    codes: DeploymentCodes,
    queries: Sequence[RecordQuery],
    gathering: str,
    as_of: datetime,
    strict: bool,
    report: ReportWriter,
    timer: Callable[[], float],
    deadline_s: float,
    record: Callable[[Answer, Json], None] = not_here,
) -> InstanceAnswer:
    """Assess one patient of the EHR by `deadline_s` of `timer`, the clock that `ehr` goes by. `record` is called before anything is written to it, with
    the answer and what it was made from: what stands in a chart must stand in the record, whatever dies meanwhile.

    Raises NotFound (no such patient), BadGateway and GatewayTimeout (what every assessment needs could not be read), and what `assess_bundle` raises. A
    writing that fails raises nothing: the assessment, which may hold a red flag, goes out and says so.
    """
    share = READ_SHARE if asked.writeback else 1.0
    now = timer()
    bundle = gather(patient_id, ehr, queries=queries, gathering=gathering, deadline_s=now + share * (deadline_s - now))

    def assessed(output: Output) -> Answer:
        return assess_bundle(
            bundle,
            evidence,
            as_of=as_of,
            setting=asked.setting,
            output=output,
            strict=strict,
            explain=asked.explain,
            codes=codes,
            report=report if asked.report else None,
        )

    answer = assessed(asked.output)
    record(answer, bundle)
    if not asked.writeback:
        return InstanceAnswer(bundle=answer.bundle, answer=answer, gathered=bundle)
    told = write_back(assessed(Output.TRANSACTION).bundle, ehr, deadline_s=deadline_s)
    return InstanceAnswer(bundle=with_told(answer.bundle, told), answer=answer, gathered=bundle, told=told)


def connected(ehr: FhirClient | None) -> FhirClient:
    """The EHR of this deployment. Raises NotFound where there is none."""
    if ehr is None:
        said = "this deployment reads no EHR; set CLAUDICATION_EHR_BASE_URL, or POST the record to /fhir/$assess-claudication"
        raise NotFound(Problem(issue_type="not-supported", diagnostics=said))
    return ehr


def gather(patient_id: str, ehr: FhirClient, *, queries: Sequence[RecordQuery], gathering: str, deadline_s: float) -> Json:
    """The record as one Bundle, which itself says what could not be read: with another gap it is another input, and gets another answer."""
    if gathering == "everything":
        everything = ehr.everything(patient_id, deadline_s=deadline_s)
        # Where it is not offered, or not to us, the searches may be.
        if everything.outcome is not ReadOutcome.REFUSED:
            _refuse_missing(patient_id, {"the record": everything}, {"the record": "everything of the patient"})
            return gathered_bundle(
                patient_id, _of_types(everything.resources, queries), lacking=_said({"the record": everything})
            )
    searches = {query.key: query.search(patient_id) for query in queries}
    reads = (ehr.batch if gathering == "batch" else ehr.read_together)(searches, deadline_s=deadline_s)
    _refuse_missing(patient_id, reads, {query.key: query.about for query in queries if query.mandatory})
    resources = [resource for query in queries for resource in _trusted(patient_id, reads[query.key])]
    return gathered_bundle(patient_id, resources, lacking=_said({query.about: reads[query.key] for query in queries}))


def _trusted(patient_id: str, read: Read) -> Sequence[Json]:
    return only_about(patient_id, read.resources) if read.outcome is ReadOutcome.FETCHED_IN_PART else read.resources


def _of_types(resources: Iterable[Json], queries: Sequence[RecordQuery]) -> list[Json]:
    wanted = {query.resource_type for query in queries} | LOOKED_UP
    return [resource for resource in resources if resource.get("resourceType") in wanted]


def _said(reads: Mapping[str, Read]) -> list[str]:
    return [f"{about}: {read.why}." for about, read in reads.items() if read.outcome is not ReadOutcome.FETCHED]


def _refuse_missing(patient_id: str, reads: Mapping[str, Read], mandatory: Mapping[str, str]) -> None:
    """Raise where a mandatory read brought nothing. A part is something: it is used, and said to be a part."""
    if any(reads[key].missing for key in ("patient", "the record") if key in reads):
        said = f"the EHR's FHIR server has no Patient/{patient_id}; give the id that it has there, or POST the record to /fhir/$assess-claudication"
        raise NotFound(Problem(issue_type="not-found", diagnostics=said, expression="Patient.id"))
    failed = {key: reads[key] for key in mandatory if reads[key].outcome in _ISSUE_TYPES}
    if not failed:
        return
    problems = [
        Problem(
            issue_type=_ISSUE_TYPES[read.outcome],
            diagnostics=f"{key} ({mandatory[key]}) could not be read, and without it nothing is assessed: {read.why}. Try again later, or look at the EHR's access.",
        )
        for key, read in failed.items()
    ]
    late = any(read.outcome is ReadOutcome.TOO_LATE for read in failed.values())
    raise GatewayTimeout(problems) if late else BadGateway(problems)
