"""`claudication assess`: the operation without a server and without a database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import click

from service.cli.printable import printable
from service.cli.text_page import text_page
from service.clinical.assessment import Setting
from service.errors import ClaudicationError, MappingError, Problem
from service.evidence.loader import Evidence, load_evidence
from service.fhir.answer import Output
from service.fhir.json_format import dumps, parse
from service.fhir.mapping import DeploymentCodes
from service.fhir.mapping_file import load_mapping_file
from service.fhir.operation import OPTIONS, AssessmentRequest, parse_as_of, read_request
from service.fhir.operation_outcome import error_outcome
from service.pipeline import Answer, ReportWriter, assess_bundle
from service.web.pages.report.pdf import report_pdf
from service.web.pages.report.words import Paper

_NEWLINE = b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One call of the command: everything that does not change from Bundle to Bundle."""

    evidence: Evidence
    codes: DeploymentCodes
    options: dict[str, list[str]]
    now: datetime
    strict: bool
    report: ReportWriter

    def answer(self, body: bytes) -> tuple[Answer, AssessmentRequest]:
        """Read, ask, assess. Raises ClaudicationError."""
        document = parse(body)
        # As over HTTP, options beside Parameters are refused; an option not given on the command line is not an option given.
        asked = read_request(document, self.options)
        answer = assess_bundle(
            asked.bundle,
            self.evidence,
            as_of=asked.as_of or self.now,
            setting=asked.setting,
            output=asked.output,
            strict=self.strict,
            explain=asked.explain,
            codes=self.codes,
            report=self.report if asked.report else None,
        )
        return answer, asked


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format", "form", type=click.Choice(["json", "text"]), default="json", help="json: the result Bundle; text: a page to read."
)
@click.option(
    "--setting",
    type=click.Choice([setting.value for setting in Setting]),
    help="Where the patient is seen. Default: primary-care.",
)
@click.option("--as-of", metavar="MOMENT", help="Date, or date and time with zone, that ages are counted from. Default: now.")
@click.option(
    "--output", type=click.Choice([output.value for output in Output]), help="Type of the result Bundle. Default: collection."
)
@click.option("--explain", is_flag=True, help="Add the whole trace: a Parameters resource in JSON, a table per cause in text.")
@click.option("--report", is_flag=True, help="Add a DiagnosticReport that holds the assessment as one sheet, a PDF.")
@click.option("--strict", is_flag=True, help="Refuse structurally broken resources instead of setting them aside.")
@click.option(
    "--mapping-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own codes, sites and questions."
)
@click.option("--pretty", is_flag=True, help="Indent the JSON of a single result.")
def assess(
    file: BinaryIO,
    form: str,
    setting: str | None,
    as_of: str | None,
    output: str | None,
    explain: bool,
    report: bool,
    strict: bool,
    mapping_file: Path | None,
    pretty: bool,
) -> None:
    """Assess FILE (- for standard input): a FHIR R4 Bundle, Parameters, or NDJSON with one of these a line.

    NDJSON gives NDJSON, in the same order; a line that cannot be assessed gives an OperationOutcome, and the rest goes on.
    Exit status: 0 all assessed, 1 an input could not be assessed, 2 the command was called wrongly.
    """
    run = run_of(
        setting=setting, as_of=as_of, output=output, explain=explain, report=report, strict=strict, mapping_file=mapping_file
    )
    write = _page if form == "text" else _json
    lines = iter(line for line in file if line.strip())
    first_two = list(islice(lines, 2))
    if _is_ndjson(getattr(file, "name", ""), first_two):
        ok = _assess_lines(run, chain(first_two, lines), write, text=form == "text")
    else:
        ok = _assess_one(run, b"".join(chain(first_two, lines)), write, pretty=pretty)
    sys.exit(0 if ok else 1)


def run_of(
    *,
    setting: str | None,
    as_of: str | None,
    output: str | None = None,
    explain: bool = False,
    report: bool = False,
    strict: bool = False,
    mapping_file: Path | None = None,
    paper: Paper = Paper.A4,
) -> Run:
    """The run that these options ask for. Raises BadParameter for a moment that is none, and for a mapping file that cannot be used."""
    if as_of is not None and parse_as_of(as_of) is None:
        raise click.BadParameter(
            "give a date (2026-03-02) or a date and time with time zone (2026-03-02T09:30:00Z)", param_hint="--as-of"
        )
    given = dict(zip(OPTIONS, (setting, as_of, output, "true" if explain else None, "true" if report else None), strict=True))
    evidence = load_evidence()
    return Run(
        evidence=evidence,
        codes=_codes(mapping_file),
        options={name: [value] for name, value in given.items() if value is not None},
        now=datetime.now(UTC),
        strict=strict,
        report=partial(report_pdf, evidence=evidence, paper=paper),
    )


def _is_ndjson(name: str, first_two: list[bytes]) -> bool:
    """Two lines that both open an object are two documents: within one, a brace cannot follow a brace."""
    return name.endswith(".ndjson") or (len(first_two) == 2 and all(line.lstrip().startswith(b"{") for line in first_two))


def _assess_one(run: Run, body: bytes, write: Callable[..., bytes], *, pretty: bool) -> bool:
    try:
        answer, asked = run.answer(body)
    except ClaudicationError as error:
        say_problems(error)
        return False
    _put(write(run, answer, asked, pretty=pretty))
    return True


def _assess_lines(run: Run, lines: Iterator[bytes], write: Callable[..., bytes], *, text: bool) -> bool:
    ok = True
    for line in lines:
        try:
            answer, asked = run.answer(line)
        except ClaudicationError as error:
            ok = False
            told = "\n".join(_told(problem) for problem in error.problems)
            _put(f"{told}\n".encode() if text else dumps(error_outcome(error.problems)) + _NEWLINE)
            continue
        _put(write(run, answer, asked, pretty=False))
    return ok


def _json(_run: Run, answer: Answer, _asked: AssessmentRequest, *, pretty: bool) -> bytes:
    written = dumps(answer.bundle, pretty=pretty)
    return written if written.endswith(_NEWLINE) else written + _NEWLINE


def _page(run: Run, answer: Answer, asked: AssessmentRequest, *, pretty: bool) -> bytes:
    return text_page(answer.assessment, run.evidence.citations, as_of=asked.as_of or run.now, explain=asked.explain).encode()


def _put(written: bytes) -> None:
    sys.stdout.buffer.write(written)


def say_problems(error: ClaudicationError) -> None:
    """On standard error, a line for each thing that is wrong."""
    for problem in error.problems:
        click.echo(_told(problem), err=True)


def _told(problem: Problem) -> str:
    told = f"{problem.expression}: {problem.diagnostics}" if problem.expression else problem.diagnostics
    return printable(told)


def _codes(mapping_file: Path | None) -> DeploymentCodes:
    if mapping_file is None:
        return DeploymentCodes()
    try:
        return load_mapping_file(mapping_file)
    except MappingError as error:
        raise click.BadParameter(str(error), param_hint="--mapping-file") from error
