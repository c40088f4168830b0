"""Where a statement of medicine comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Where a statement of medicine comes from: rule or entry id, citation key, tag of certainty, and guideline class where there is one."""

    rule: str
    citation: str
    tag: str
    guideline: str = ""
    class_of_recommendation: str = ""
    level_of_evidence: str = ""
