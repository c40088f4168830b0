"""GuidanceResponse: whether the assessment could be completed, and what would help most next."""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.assessment import Assessment, Effort, NextDatum, NotWeighed
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.knowledge.operation_definition import OPERATION_URL
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import Concept

AGE = "age"

# Where an answer would be found: a question in the form, a sign or a test in an Observation.
_PLACES: Mapping[Effort, tuple[str, str]] = {
    Effort.QUESTION: ("QuestionnaireResponse", "item.linkId"),
    Effort.EXAMINATION: ("Observation", "code"),
    Effort.TEST: ("Observation", "code"),
}
_CODINGS: Mapping[str, Json] = {
    **{code: Fixed(Concept(code, name, "").coding("finding")) for code, name in FINDING_NAMES.items()},
    **{code: Fixed(order.concept.coding("order")) for code, order in ORDERS.items()},
}


def guidance_response(assessment: Assessment, frame: Frame, *, outcome: Json | None) -> Json:
    """The response; `data-required` when leg symptoms, or all that could tell their causes apart, are not known. `outcome`: Reference to the OperationOutcome, where one is sent."""
    resource: Json = {
        "resourceType": "GuidanceResponse",
        "id": frame.id_of("guidance-response"),
        "moduleUri": OPERATION_URL,
        "status": guidance_status(assessment),
        "subject": frame.subject,
        "occurrenceDateTime": frame.as_of,
        "performer": frame.device,
    }
    if outcome is not None:
        resource["evaluationMessage"] = [outcome]
    if assessment.next_data:
        resource["note"] = [{"text": f"{place}. {datum.text}"} for place, datum in enumerate(assessment.next_data, start=1)]
        resource["dataRequirement"] = [_requirement(datum) for datum in assessment.next_data]
    return resource


def guidance_status(assessment: Assessment) -> str:
    """The status of its GuidanceResponse."""
    waiting = assessment.not_weighed in (NotWeighed.SYMPTOMS_NOT_KNOWN, NotWeighed.NOTHING_TO_WEIGH)
    return "data-required" if waiting else "success"


def _requirement(datum: NextDatum) -> Json:
    if datum.code == AGE:
        return {"type": "Patient", "mustSupport": ["birthDate"]}
    resource_type, path = _PLACES[datum.effort]
    return {"type": resource_type, "codeFilter": [{"path": path, "code": [_CODINGS[datum.code]]}]}
