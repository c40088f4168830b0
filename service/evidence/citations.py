"""The literature every number points at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from service.evidence.reading import StrictSchema, load, refuse, words

_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source. It has a DOI, a PMID, or `no_identifier`, which says why it has neither; `locator` says which page or table was seen.

    `identifier_seen`: the identifier was read beside the title; else it is known and was not looked up again, and readers are told so.
    """

    key: str
    text: str
    doi: str = ""
    pmid: str = ""
    identifier_seen: bool = False
    no_identifier: str = ""
    locator: str = ""
    checked: str = ""

    @property
    def printed(self) -> str:
        return f"{self.text} {f'doi:{self.doi}' if self.doi else f'PMID {self.pmid}' if self.pmid else self.locator}".strip()

    @property
    def found_at(self) -> str:
        """Everything that helps to find it, with what is not certain of it."""
        found = [f"doi:{self.doi}"] if self.doi else []
        found += [f"PMID {self.pmid}"] if self.pmid else []
        if found and not self.identifier_seen:
            found.append("identifier known, not looked up again")
        found += [f"No DOI or PMID: {self.no_identifier}"] if self.no_identifier else []
        found += [self.locator] if self.locator else []
        return "; ".join(found)


class _CitationSchema(StrictSchema):
    text = words()
    doi = fields.String(load_default="")
    pmid = fields.String(load_default="")
    identifier_seen = fields.Boolean(load_default=False)
    no_identifier = fields.String(load_default="")
    locator = fields.String(load_default="")
    checked = fields.Date(required=True)


def parse_citations(document: Mapping[str, Any]) -> Mapping[str, Citation]:
    """citations.toml: one table a citation, its key the table's name."""
    citations = {}
    for key, raw in document.items():
        where = f"citations.toml, {key}"
        entry = load(_CitationSchema(), raw, where=where)
        if bool(entry["doi"] or entry["pmid"]) == bool(entry["no_identifier"]):
            raise refuse(where, "a citation needs a doi or a pmid, or else no_identifier saying why it has neither")
        if entry["doi"] and not _DOI.fullmatch(entry["doi"]):
            raise refuse(where, f"{entry['doi']!r} is not a DOI: 10., a registrant, a slash and a name")
        if entry["pmid"] and not entry["pmid"].isdecimal():
            raise refuse(where, f"{entry['pmid']!r} is not a PMID: digits only")
        if entry["no_identifier"] and not entry["locator"]:
            raise refuse(where, "a citation without a doi or a pmid needs a locator")
        citations[key] = Citation(key=key, **{**entry, "checked": entry["checked"].isoformat()})
    return citations
