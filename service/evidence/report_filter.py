"""Looking for something in the evidence: the entries that have every word, and a tag."""

from __future__ import annotations

from dataclasses import fields, replace

from service.evidence.citations import Citation
from service.evidence.reading import Tag
from service.evidence.report import Report
from service.evidence.report_rows import Row


def matching(report: Report, *, words: str, tag: Tag | None) -> Report:
    """The entries that have every word somewhere, also in their source, in whatever case; sections and sources without any are left out."""
    wanted = words.casefold().split()
    sections = []
    for section in report.sections:
        rows = tuple(row for row in section.rows if _has(row, report.citations[row.citation], wanted, tag))
        if rows:
            sections.append(replace(section, rows=rows))
    cited = {row.citation for section in sections for row in section.rows}
    return replace(
        report, sections=tuple(sections), citations={key: one for key, one in report.citations.items() if key in cited}
    )


def _has(row: Row, citation: Citation, wanted: list[str], tag: Tag | None) -> bool:
    if tag is not None and row.tag is not tag:
        return False
    said = " ".join((*(str(getattr(row, field.name)) for field in fields(row)), citation.text, citation.found_at)).casefold()
    return all(word in said for word in wanted)
