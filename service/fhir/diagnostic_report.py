"""DiagnosticReport: the whole answer as one document to look at, for a record that shows documents. Only where it is asked for."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha1

from service.clinical.assessment import Assessment
from service.evidence.intended_use import INTENDED_USE
from service.fhir import sentences
from service.fhir.answer_frame import Frame, answer_reference
from service.fhir.elements import Json
from service.fhir.terminology import loinc
from service.fhir.terminology.own import DIAGNOSES, REPORT_KINDS

PDF = "application/pdf"
_KIND = REPORT_KINDS["claudication-assessment"]


def diagnostic_report(assessment: Assessment, frame: Frame, *, presented: bytes, results: Sequence[Json]) -> Json:
    """The report with `presented`, a PDF, as what is shown; `results` are the Observations of the same answer.

    Nobody has signed it, so it is preliminary, and it has no performer: a program cannot be one in R4, the Provenance names it. It has no conclusionCode
    either: a code without its probability would be read as a diagnosis.
    """
    resource: Json = {
        "resourceType": "DiagnosticReport",
        "id": frame.id_of("diagnostic-report"),
        "status": "preliminary",
        "category": [{"coding": [loinc.CARDIOLOGY.coding()]}],
        "code": {"coding": [_KIND.coding("report-kind")], "text": _KIND.display},
        "subject": frame.subject,
        "effectiveDateTime": frame.as_of,
        "issued": frame.as_of,
        "conclusion": " ".join(_conclusion(assessment)),
        "presentedForm": [_attachment(presented, frame)],
    }
    if results:
        resource["result"] = [answer_reference(one) for one in results]
    return resource


def report_rules(resource: Json, found: list[str]) -> None:
    """Add to `found` what a report of ours claims that it is not: looked at by somebody, or whole where it is broken."""
    for name in ("performer", "resultsInterpreter", "conclusionCode"):
        if name in resource:
            found.append(f"{name}: nobody has looked at it yet")
    for number, attachment in enumerate(resource.get("presentedForm", ())):
        if attachment["contentType"] != PDF or not _is_whole(attachment):
            found.append(f"presentedForm[{number}] is not a whole {PDF}")


def _attachment(presented: bytes, frame: Frame) -> Json:
    return {
        "contentType": PDF,
        "language": "en",
        "data": b64encode(presented).decode(),
        "size": len(presented),
        "hash": _hashed(presented),
        "title": _KIND.display,
        "creation": frame.as_of,
    }


def _is_whole(attachment: Json) -> bool:
    data = b64decode(attachment["data"])
    return bool(attachment["size"] == len(data) and attachment["hash"] == _hashed(data))


def _hashed(data: bytes) -> str:
    # The hash that R4 prescribes for this element; it tells a broken copy from a whole one, and protects from nobody.
    return b64encode(sha1(data, usedforsecurity=False).digest()).decode()


def _conclusion(assessment: Assessment) -> Iterator[str]:
    """What must not wait first, then each leg, then what explains it, with how sure that is."""
    yield from (flag.text for flag in assessment.red_flags)
    yield from (sentences.pad_status(leg) for leg in assessment.indices.legs)
    if assessment.not_weighed is not None:
        yield sentences.not_weighed(assessment.not_weighed)
    if assessment.differential is not None:
        first = assessment.differential.explanations[0]
        range_ = sentences.interval(sentences.percents(first.probability))
        yield f"{DIAGNOSES[first.diagnosis].display}: {sentences.likelihood(first.likelihood)}, {range_}."
    yield INTENDED_USE
