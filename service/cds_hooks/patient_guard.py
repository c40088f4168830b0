"""Whether the data is about the patient of the context. One resource of somebody else, and nothing is said about anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.cds_hooks.key_states import Held, held_in
from service.cds_hooks.request import HookRequest
from service.errors import Problem, Unprocessable
from service.fhir.elements import reference
from service.fhir.json_format import shortened
from service.fhir.references import type_and_id

_SHOWN = 5
_REMEDY = "No advice is given, since it might reach the wrong record. Send one patient's data, or correct context.patientId."


def refuse_other_patients(request: HookRequest, held: Iterable[Held]) -> None:
    """Raise Unprocessable where a Patient, a subject, the orders of the context or the token name another patient than the context does.

    References are compared by type and id, absolute ones too: one record has several addresses in front of it. What names its patient by an
    identifier, or not at all, is for the assessment to judge. Of the other patient nothing but the id is told.
    """
    problems = [problem for one in (*held, *_of_the_context(request)) for problem in _others(request.patient_id, one)]
    if request.authorization is not None and request.authorization.patient_id not in ("", request.patient_id):
        problems.append(_problem("fhirAuthorization.patient", request.authorization.patient_id, request.patient_id))
    if problems:
        raise Unprocessable(problems[:_SHOWN])


def _of_the_context(request: HookRequest) -> Iterator[Held]:
    for name in ("draftOrders", "conditions"):
        yield from held_in(request.context.get(name), f"context.{name}")


def _others(patient_id: str, held: Held) -> Iterator[Problem]:
    if held.resource["resourceType"] == "Patient":
        named = held.resource.get("id")
        if named != patient_id:
            yield _problem(f"{held.path}.id", named if isinstance(named, str) else "", patient_id)
        return
    for element in ("subject", "patient"):
        named = type_and_id(reference(held.resource.get(element)) or "")
        if named.startswith("Patient/") and named != f"Patient/{patient_id}":
            yield _problem(f"{held.path}.{element}", named.removeprefix("Patient/"), patient_id)


def _problem(expression: str, named: str, patient_id: str) -> Problem:
    who = f"about Patient/{shortened(named)}" if named else "about a patient without an id"
    said = f"Patient mismatch: {expression} is {who}, and the context is about Patient/{patient_id}. {_REMEDY}"
    return Problem(issue_type="business-rule", expression=expression, diagnostics=said)
