"""What was read from a record, as the one Bundle to assess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.errors import BadGateway, Problem
from service.fhir.elements import Json, reference
from service.fhir.own_identity import is_ours
from service.fhir.record_completeness import incomplete_outcome
from service.fhir.references import type_and_id

_SUBJECTS = ("subject", "patient")


def gathered_bundle(patient_id: str, resources: Iterable[Json], *, lacking: Sequence[str] = ()) -> Json:
    """A collection: each resource once, none that this service wrote, and an OperationOutcome when something is `lacking`.

    What we wrote earlier is left out before anything else is done, so that writing an answer into a record does not change the next one. Raises
    BadGateway where a resource is about another patient: the server did not answer what it was asked, and nothing of it can be trusted.
    """
    entries: list[Json] = []
    seen: dict[tuple[str, str], list[Json]] = {}
    for resource in resources:
        _refuse_other_patient(patient_id, resource)
        if is_ours(resource):
            continue
        same = seen.setdefault((str(resource.get("resourceType")), str(resource.get("id"))), [])
        if resource not in same:
            same.append(resource)
            entries.append({"resource": resource})
    if lacking:
        entries.append({"resource": incomplete_outcome(list(lacking))})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def only_about(patient_id: str, resources: Iterable[Json]) -> list[Json]:
    """Those that name this patient: of a search whose server says itself that it did not do all it was asked to, the patient may be what it left out."""
    return [one for one in resources if f"Patient/{patient_id}" in _named(one)]


def _named(resource: Json) -> list[str]:
    if resource.get("resourceType") == "Patient":
        return [f"Patient/{resource.get('id')}"]
    return [type_and_id(reference(resource.get(element)) or "") for element in _SUBJECTS]


def _refuse_other_patient(patient_id: str, resource: Json) -> None:
    if any(one.startswith("Patient/") and one != f"Patient/{patient_id}" for one in _named(resource)):
        said = (
            f"the EHR's FHIR server was asked for Patient/{patient_id} and answered with a {resource.get('resourceType')} of another patient. "
            "Nothing was assessed. Its search by patient has to be corrected there."
        )
        raise BadGateway(Problem(issue_type="business-rule", diagnostics=said))
