"""Where on the page of the evidence an entry or a rule stands, for links to it."""

from __future__ import annotations

from service.evidence.loader import Evidence
from service.evidence.report import report


def evidence_anchors(evidence: Evidence) -> dict[str, str]:
    """The place for each entry and rule; where two sections have the same name, the first. Takes long: to be asked once."""
    places: dict[str, str] = {}
    for section in report(evidence).sections:
        for row in section.rows:
            name = row.id.partition(",")[0]
            places.setdefault(name, f"{section.id}-{name}")
    return places
