"""What stands on the page of the evidence: its entries with what each reads and gives, and from facts and sources back to the entries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.evidence.citations import Citation
from service.evidence.dependence import Dependence, Fact, Place
from service.evidence.report import Report
from service.evidence.report_rows import Row

_DOI, _PMID = "https://doi.org/", "https://pubmed.ncbi.nlm.nih.gov/"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryShown:
    """`anchor` is "" but for the first row of an entry, so that each stands once on the page."""

    row: Row
    anchor: str
    reads: tuple[Fact, ...]
    gives: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionShown:
    id: str
    title: str
    about: str
    entries: tuple[EntryShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShown:
    """`link`: where it is to be found, "" where it has no identifier."""

    citation: Citation
    link: str
    cited_by: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceValues:
    """`total`: entries of the whole evidence; `facts` those that the entries shown read or give."""

    sections: tuple[SectionShown, ...]
    facts: tuple[Fact, ...]
    sources: tuple[SourceShown, ...]
    shown: int
    total: int


def evidence_values(found: Report, whole: Report, dependence: Dependence) -> EvidenceValues:
    """The page of what was found in the whole."""
    sections = tuple(
        SectionShown(
            id=section.id, title=section.title, about=section.about, entries=_entries(section.id, section.rows, dependence)
        )
        for section in found.sections
    )
    shown = {fact.name for section in sections for one in section.entries for fact in (*one.reads, *one.gives)}
    cited = _cited_by(whole)
    return EvidenceValues(
        sections=sections,
        facts=tuple(fact for name, fact in dependence.facts.items() if name in shown),
        sources=tuple(
            SourceShown(citation=one, link=link(one), cited_by=cited.get(key, ())) for key, one in sorted(found.citations.items())
        ),
        shown=sum(len(section.rows) for section in found.sections),
        total=sum(len(section.rows) for section in whole.sections),
    )


def place_of(section: str, row: Row) -> Place:
    """Where a row stands: rows that tell the two answers, the sides or the ages of one entry stand together."""
    return Place(section, row.id.partition(",")[0])


def link(citation: Citation) -> str:
    """The address of a source by its DOI, or else its PMID."""
    return f"{_DOI}{citation.doi}" if citation.doi else f"{_PMID}{citation.pmid}/" if citation.pmid else ""


def _entries(section: str, rows: tuple[Row, ...], dependence: Dependence) -> tuple[EntryShown, ...]:
    shown: list[EntryShown] = []
    seen: set[Place] = set()
    for row in rows:
        place = place_of(section, row)
        first = place not in seen
        shown.append(
            EntryShown(
                row=row,
                anchor=place.anchor if first else "",
                reads=_facts(dependence.reads, place, dependence) if first else (),
                gives=_facts(dependence.gives, place, dependence) if first else (),
            )
        )
        seen.add(place)
    return tuple(shown)


def _facts(of: Mapping[Place, tuple[str, ...]], place: Place, dependence: Dependence) -> tuple[Fact, ...]:
    return tuple(dependence.facts[name] for name in of.get(place, ()))


def _cited_by(whole: Report) -> Mapping[str, tuple[Place, ...]]:
    cited: dict[str, dict[Place, None]] = {}
    for section in whole.sections:
        for row in section.rows:
            cited.setdefault(row.citation, {})[place_of(section.id, row)] = None
    return {key: tuple(places) for key, places in cited.items()}
