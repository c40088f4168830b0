"""The literature every number points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from service.evidence.reading import StrictSchema, load, refuse, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source. At least one of `doi`, `pmid`, `locator` is given; `locator` says which page or table was seen."""

    key: str
    text: str
    doi: str = ""
    pmid: str = ""
    locator: str = ""
    checked: str = ""

    @property
    def printed(self) -> str:
        where = f"doi:{self.doi}" if self.doi else f"PMID {self.pmid}" if self.pmid else self.locator
        return f"{self.text} {where}".strip()


class _CitationSchema(StrictSchema):
    text = words()
    doi = fields.String(load_default="")
    pmid = fields.String(load_default="")
    locator = fields.String(load_default="")
    checked = fields.Date(required=True)


def parse_citations(document: Mapping[str, Any]) -> Mapping[str, Citation]:
    """citations.toml: one table a citation, its key the table's name."""
    citations = {}
    for key, raw in document.items():
        where = f"citations.toml, {key}"
        entry = load(_CitationSchema(), raw, where=where)
        if not (entry["doi"] or entry["pmid"] or entry["locator"]):
            raise refuse(where, "a citation needs a doi, a pmid or a locator")
        citations[key] = Citation(key=key, **{**entry, "checked": entry["checked"].isoformat()})
    return citations
