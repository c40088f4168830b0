"""`claudication evidence`: every number and rule the reasoning rests on, with its source."""

from __future__ import annotations

import sys

import click

from service.evidence.loader import load_evidence
from service.evidence.report import report
from service.evidence.report_formats import as_data, as_markdown, as_text
from service.fhir.json_format import dumps


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json", "text"]),
    default="text",
    help="text: to read here (default); markdown: what docs/evidence.md holds; json: what GET /evidence gives.",
)
def evidence(form: str) -> None:
    """Print the evidence: value, interval, population, source, how sure the project is of it, and who depends on it."""
    found = report(load_evidence())
    if form == "json":
        written = dumps(as_data(found)).rstrip(b"\n") + b"\n"
    else:
        written = (as_markdown(found) if form == "markdown" else as_text(found)).encode()
    sys.stdout.buffer.write(written)
