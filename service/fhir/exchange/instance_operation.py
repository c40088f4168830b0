"""Patient/{id}/$assess-claudication from its FHIR side: what a request asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.clinical.assessment import Setting
from service.errors import BadRequest, Problem
from service.fhir.answer import Output
from service.fhir.operation import (
    OPTIONS,
    YesNo,
    as_of_option,
    choice,
    misplaced,
    read_parameters,
    unknown_or_repeated,
    wrong_document,
)

INSTANCE_OPTIONS = (*OPTIONS, "writeback")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRequest:
    """The options. `as_of` None: now."""

    setting: Setting = Setting.PRIMARY_CARE
    as_of: datetime | None = None
    output: Output = Output.COLLECTION
    explain: bool = False
    report: bool = False
    writeback: bool = False


def read_instance_request(document: Any, options: Mapping[str, Sequence[str]]) -> InstanceRequest:
    """The options in a document (Parameters, or None for no body) or beside it.

    Raises BadRequest for every option that is unknown, repeated, misplaced or wrong, and for a Bundle, which the EHR has; Unprocessable for another resource.
    """
    given: Mapping[str, Sequence[str]] = options
    problems: list[Problem] = []
    if document is not None:
        if not isinstance(document, dict) or document.get("resourceType") not in ("Parameters", "Bundle"):
            raise wrong_document(document, "send no body, or Parameters with the options")
        bundles: list[Any] = [document]
        if document["resourceType"] == "Parameters":
            problems = [misplaced(name) for name in given]
            bundles, given, more = read_parameters(document, INSTANCE_OPTIONS)
            problems += more
        problems += [_no_bundle() for _ in bundles]
    problems += unknown_or_repeated(given, INSTANCE_OPTIONS)
    asked = InstanceRequest(
        setting=choice(Setting, "setting", given, Setting.PRIMARY_CARE, problems),
        as_of=as_of_option(given, problems),
        output=choice(Output, "output", given, Output.COLLECTION, problems),
        explain=choice(YesNo, "explain", given, YesNo.NO, problems) is YesNo.YES,
        report=choice(YesNo, "report", given, YesNo.NO, problems) is YesNo.YES,
        writeback=choice(YesNo, "writeback", given, YesNo.NO, problems) is YesNo.YES,
    )
    if asked.writeback and asked.output is Output.TRANSACTION:
        problems.append(_written_by_one())
    if problems:
        raise BadRequest(problems)
    return asked


def _no_bundle() -> Problem:
    return Problem(
        issue_type="invalid",
        diagnostics="a Bundle is given, and the record is read from the EHR; leave it out, or POST it to /fhir/$assess-claudication",
        expression="bundle",
    )


def _written_by_one() -> Problem:
    return Problem(
        issue_type="invalid",
        diagnostics="output is transaction and writeback is true; one of us writes it: leave one of them out",
        expression="writeback",
    )
