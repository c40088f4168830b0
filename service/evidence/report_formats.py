"""The evidence report as Markdown (docs/evidence.md), as plain data (JSON) and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from service.evidence.citations import Citation
from service.evidence.intended_use import INTENDED_USE
from service.evidence.report import Report
from service.evidence.report_rows import TAG_MEANINGS, Row

_WIDTH = 110

_HEADINGS = {
    "id": "Entry",
    "says": "What it says",
    "value": "Value",
    "ci95": "95 % CI",
    "population": "Population",
    "group": "Group",
    "citation": "Source",
    "tag": "Tag",
    "used_by": "Used by",
    "note": "Note",
}


def as_data(report: Report) -> dict[str, Any]:
    """The report as JSON can hold it. Every row carries its citation in full."""
    return {
        "version": report.version,
        "intendedUse": INTENDED_USE,
        "tags": {tag.value: meaning for tag, meaning in TAG_MEANINGS.items()},
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "about": section.about,
                "entries": [_row_data(row, report) for row in section.rows],
            }
            for section in report.sections
        ],
        "citations": [_citation_data(citation) for _, citation in sorted(report.citations.items())],
    }


def as_markdown(report: Report) -> str:
    """What docs/evidence.md holds, to the byte."""
    lines = [
        "# Evidence",
        "",
        "Written by `claudication evidence --format markdown > docs/evidence.md` from `service/evidence/*.toml`; do not edit it by hand.",
        f"Version of the evidence: `{report.version}`. {INTENDED_USE} See [intended-use.md](intended-use.md).",
        "",
        "Tags say how sure the project is of a number:",
        "",
        *(f"- **{tag.value}**: {meaning}" for tag, meaning in TAG_MEANINGS.items()),
    ]
    for section in report.sections:
        shown = [name for name in _HEADINGS if any(getattr(row, name) for row in section.rows)]
        lines += ["", f"## {section.title}", "", section.about, ""]
        lines += [_table_line(_HEADINGS[name] for name in shown), _table_line("---" for _ in shown)]
        lines += [_table_line(_cell(row, name) for name in shown) for row in section.rows]
    lines += ["", "## Sources", ""]
    lines += [
        f'- <a id="{key}"></a>**{key}**: {_escaped(citation.text)} {_escaped(citation.found_at)}. Checked {citation.checked}.'
        for key, citation in sorted(report.citations.items())
    ]
    return "\n".join(lines) + "\n"


def as_text(report: Report) -> str:
    """The report for a terminal or a pager."""
    lines = [f"EVIDENCE {report.version}", INTENDED_USE, ""]
    lines += [f"{tag.value:>4}  {meaning}" for tag, meaning in TAG_MEANINGS.items()]
    for section in report.sections:
        lines += ["", section.title.upper(), section.about]
        for row in section.rows:
            lines += ["", f"{row.id} [{row.tag}]"]
            told = {_HEADINGS[name]: getattr(row, name) for name in _HEADINGS if name not in ("id", "tag")}
            for heading, value in told.items():
                if value:
                    lines += textwrap.wrap(f"{heading}: {value}", _WIDTH, initial_indent="    ", subsequent_indent="      ")
    lines += ["", "SOURCES"]
    for key, citation in sorted(report.citations.items()):
        told_source = f"{key}: {citation.text} {citation.found_at}. Checked {citation.checked}."
        lines += textwrap.wrap(told_source, _WIDTH, subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _row_data(row: Row, report: Report) -> dict[str, Any]:
    data: dict[str, Any] = {field.name: getattr(row, field.name) for field in fields(row)}
    return {
        **{{"used_by": "usedBy"}.get(name, name): str(value) for name, value in data.items()},
        "tagMeaning": TAG_MEANINGS[row.tag],
        "citation": _citation_data(report.citations[row.citation]),
    }


def _citation_data(citation: Citation) -> dict[str, Any]:
    names = {"identifier_seen": "identifierSeen", "no_identifier": "noIdentifier"}
    return {names.get(field.name, field.name): getattr(citation, field.name) for field in fields(citation)} | {
        "foundAt": citation.found_at
    }


def _table_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: Row, name: str) -> str:
    text = str(getattr(row, name))
    return f"[{text}](#{text})" if name == "citation" else _escaped(text)


def _escaped(text: str) -> str:
    """What would end a cell, open a tag or begin emphasis in Markdown is shown as it is."""
    for mark in "\\|<>*_`[]":
        text = text.replace(mark, f"\\{mark}")
    return text
