"""One resource as a reader sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.clinical.findings import FindingValue
from service.evidence.loader import load_evidence
from service.fhir.mapping import DeploymentCodes
from service.fhir.reading import Context, Entry, Read

LIMITS = load_evidence().reading_limits
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)


def entry_of(resource: dict[str, Any]) -> Entry:
    resource_type = resource["resourceType"]
    return Entry(f"{resource_type}/1", "Bundle.entry[0].resource", resource_type, resource)


def context_of(codes: DeploymentCodes | None = None, questionnaires: dict[str, Any] | None = None) -> Context:
    def find(origin: Entry, reference: str) -> Entry | None:
        contained = origin.resource.get("contained", [])
        return next((entry_of(resource) for resource in contained if reference == f"#{resource['id']}"), None)

    return Context(as_of=AS_OF, codes=codes or DeploymentCodes(), limits=LIMITS, find=find, questionnaires=questionnaires or {})


def values(read: Read | None) -> dict[str, FindingValue]:
    assert read is not None
    return {finding.code: finding.value for finding in read.findings}


def issue_codes(read: Read | None) -> list[str]:
    assert read is not None
    return [str(issue.code) for issue in read.issues]
