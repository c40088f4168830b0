"""What the SMART app asks an EHR for on behalf of its user: the types that an assessment reads, and to create what the user chooses to write."""

from __future__ import annotations

from collections.abc import Iterable

from service.fhir.exchange.record_queries import RecordQuery

WRITTEN = frozenset(("QuestionnaireResponse", "ServiceRequest"))


def record_scopes(queries: Iterable[RecordQuery]) -> str:
    """Scopes of SMART 2, one for each type: read, search where it is searched, and create. A conditional create needs the search too."""
    return " ".join(dict.fromkeys(f"patient/{query.resource_type}.{_may(query.resource_type)}" for query in queries))


def _may(resource_type: str) -> str:
    if resource_type == "Patient":
        return "r"
    return "crs" if resource_type in WRITTEN else "rs"
