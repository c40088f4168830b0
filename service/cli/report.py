"""`claudication report`: the assessment as one sheet of paper, without a server and without a database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from service.cli.assess import run_of, say_problems
from service.clinical.assessment import Setting
from service.errors import ClaudicationError
from service.web.pages.report.pdf import FILE_NAME
from service.web.pages.report.words import Paper


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=FILE_NAME,
    show_default=True,
    help="Where the PDF goes; - for standard output.",
)
@click.option(
    "--setting",
    type=click.Choice([setting.value for setting in Setting]),
    help="Where the patient is seen. Default: primary-care.",
)
@click.option("--as-of", metavar="MOMENT", help="Date, or date and time with zone, that ages are counted from. Default: now.")
@click.option("--paper", type=click.Choice([paper.value for paper in Paper]), default=Paper.A4.value, show_default=True)
@click.option("--strict", is_flag=True, help="Refuse structurally broken resources instead of setting them aside.")
@click.option(
    "--mapping-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own codes, sites and questions."
)
def report(
    file: BinaryIO,
    output: Path,
    setting: str | None,
    as_of: str | None,
    paper: str,
    strict: bool,
    mapping_file: Path | None,
) -> None:
    """Write the assessment of FILE (- for standard input), a FHIR R4 Bundle or Parameters, as a PDF of one sheet.

    It needs the extra `report`: pip install 'claudication-cds[report]'.
    Exit status: 0 written, 1 it could not be assessed or written, 2 the command was called wrongly.
    """
    run = run_of(setting=setting, as_of=as_of, strict=strict, mapping_file=mapping_file, paper=Paper(paper))
    try:
        answer, asked = run.answer(file.read())
        sheet = run.report(answer.assessment, as_of=asked.as_of or run.now, patient_reference=answer.patient_reference)
    except ClaudicationError as error:
        say_problems(error)
        sys.exit(1)
    if str(output) == "-":
        sys.stdout.buffer.write(sheet)
        return
    try:
        output.write_bytes(sheet)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
