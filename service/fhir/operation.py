"""$assess-claudication from its FHIR side: what a request document asks for, and how an answer is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from service.clinical.assessment import Setting
from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.answer import Output
from service.fhir.elements import Json, dicts, moment

OPTIONS = ("setting", "asOf", "output", "explain", "report")
"""The operation's parameters besides the Bundle."""

_VALUE_KEYS = {
    "setting": ("valueCode", "valueString"),
    "asOf": ("valueDateTime", "valueInstant", "valueDate"),
    "output": ("valueCode", "valueString"),
    "explain": ("valueBoolean",),
    "report": ("valueBoolean",),
    "writeback": ("valueBoolean",),
}

Choice = TypeVar("Choice", bound=StrEnum)


class YesNo(StrEnum):
    YES = "true"
    NO = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRequest:
    """What is asked: one Bundle and the options. `as_of` None: now."""

    bundle: Json
    setting: Setting = Setting.PRIMARY_CARE
    as_of: datetime | None = None
    output: Output = Output.COLLECTION
    explain: bool = False
    report: bool = False


def read_request(document: Any, options: Mapping[str, Sequence[str]] | None = None) -> AssessmentRequest:
    """The request in a document (a Bundle, or Parameters) and, for a bare Bundle, the options given beside it.

    Raises BadRequest for what is neither, and for every option that is unknown, repeated, misplaced or wrong, all at once;
    Unprocessable for another FHIR resource.
    """
    given: Mapping[str, Sequence[str]] = options or {}
    resource_type = document.get("resourceType") if isinstance(document, dict) else None
    if resource_type == "Parameters":
        problems = [misplaced(name) for name in given]
        bundles, given, more = read_parameters(document, OPTIONS)
        problems += more
        if len(bundles) != 1 and not more:
            problems.append(_needs_one_bundle(len(bundles)))
        bundle = bundles[0] if bundles else {}
    elif resource_type == "Bundle":
        bundle, problems = document, []
    else:
        raise wrong_document(document, "send a FHIR R4 Bundle, or Parameters with a parameter bundle")
    problems += unknown_or_repeated(given, OPTIONS)
    setting = choice(Setting, "setting", given, Setting.PRIMARY_CARE, problems)
    output = choice(Output, "output", given, Output.COLLECTION, problems)
    as_of = as_of_option(given, problems)
    explain = choice(YesNo, "explain", given, YesNo.NO, problems) is YesNo.YES
    report = choice(YesNo, "report", given, YesNo.NO, problems) is YesNo.YES
    if problems:
        raise BadRequest(problems)
    return AssessmentRequest(bundle=bundle, setting=setting, as_of=as_of, output=output, explain=explain, report=report)


def parse_as_of(text: str) -> datetime | None:
    """The moment an `asOf` names: a date is its last second, UTC. None for what is not a full date, a time without a zone, or beyond the calendar in UTC."""
    found = moment(text) if len(text) >= 10 else None
    if found is None:
        return None
    at, day_only = found
    if day_only:
        return at + timedelta(hours=23, minutes=59, seconds=59)
    # moment() reads a time without a zone as UTC; for the moment everything is counted from, a guess is not good enough.
    if datetime.fromisoformat(text).tzinfo is None:
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None


def read_parameters(document: Json, known: Sequence[str]) -> tuple[list[Json], dict[str, list[str]], list[Problem]]:
    """The Bundles and the options of a Parameters resource, and what is wrong with either."""
    bundles: list[Json] = []
    given: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for index, parameter in enumerate(dicts(document.get("parameter"))):
        name = parameter.get("name")
        where = f"Parameters.parameter[{index}]"
        if name == "bundle":
            resource = parameter.get("resource")
            if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
                bundles.append(resource)
            else:
                problems.append(
                    Problem(
                        issue_type="value",
                        diagnostics="the parameter bundle holds no Bundle; put a FHIR R4 Bundle in its element resource",
                        expression=where,
                    )
                )
        elif name in known:
            keys = _VALUE_KEYS[str(name)]
            value = next((_spelt(parameter[key]) for key in keys if isinstance(parameter.get(key), (str, bool))), None)
            if value is None:
                problems.append(
                    Problem(
                        issue_type="value",
                        diagnostics=f"the parameter {name} has no value; give it as {keys[0]}",
                        expression=where,
                    )
                )
            else:
                given.setdefault(str(name), []).append(value)
        else:
            problems.append(_unknown(str(name), known, where))
    return bundles, given, problems


def unknown_or_repeated(given: Mapping[str, Sequence[str]], known: Sequence[str]) -> list[Problem]:
    """The options that there are not, and those that are given twice."""
    problems = [_unknown(name, known) for name in given if name not in known]
    return problems + [_repeated(name) for name, values in given.items() if len(values) > 1]


def _needs_one_bundle(found: int) -> Problem:
    return Problem(
        issue_type="required",
        diagnostics=f"Parameters holds {found} parameters named bundle; exactly one is needed, with the Bundle in its element resource",
        expression="Parameters.parameter",
    )


def _spelt(value: str | bool) -> str:
    """As a query would spell it."""
    return value if isinstance(value, str) else str(value).lower()


def wrong_document(document: Any, remedy: str) -> BadRequest | Unprocessable:
    """The error for a body that is neither of the resources an operation reads."""
    resource_type = document.get("resourceType") if isinstance(document, dict) else None
    if isinstance(resource_type, str) and resource_type:
        shown = resource_type[:64]
        return Unprocessable(
            Problem(issue_type="not-supported", diagnostics=f"the body is of type {shown!r}; {remedy}", expression="resourceType")
        )
    if isinstance(document, dict):
        return BadRequest(
            Problem(issue_type="required", diagnostics=f"the body has no resourceType; {remedy}", expression="resourceType")
        )
    kind = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}.get(type(document), "a number")
    return BadRequest(Problem(issue_type="structure", diagnostics=f"the body is {kind}, not a JSON object; {remedy}"))


def misplaced(name: str) -> Problem:
    """The problem of an option in the query where the body is Parameters."""
    return Problem(
        issue_type="invalid",
        diagnostics=f"{name} is given beside Parameters; put every option into Parameters",
        expression=name[:64],
    )


def _unknown(name: str, known: Sequence[str], where: str = "") -> Problem:
    return Problem(
        issue_type="not-supported",
        diagnostics=f"there is no option {name[:64]!r}; there are: {', '.join(known)}. Correct the name or leave it out",
        expression=where,
    )


def _repeated(name: str) -> Problem:
    return Problem(issue_type="invalid", diagnostics=f"{name[:64]} is given more than once; give it once", expression=name[:64])


def choice(
    choices: type[Choice], name: str, given: Mapping[str, Sequence[str]], default: Choice, problems: list[Problem]
) -> Choice:
    """The value of an option that has a few; a problem is added, and the default given, for any other."""
    values = given.get(name)
    if not values:
        return default
    for one in choices:
        if one.value == values[0]:
            return one
    allowed = ", ".join(one.value for one in choices)
    problems.append(
        Problem(issue_type="code-invalid", diagnostics=f"{name} is {values[0][:64]!r}; allowed: {allowed}", expression=name)
    )
    return default


def as_of_option(given: Mapping[str, Sequence[str]], problems: list[Problem]) -> datetime | None:
    """The moment that `asOf` names; a problem is added for what names none."""
    values = given.get("asOf")
    if not values:
        return None
    # In a query an unescaped plus arrives as a blank; no dateTime has a blank, so there is one meaning only.
    found = parse_as_of(values[0].replace(" ", "+"))
    if found is None:
        problems.append(
            Problem(
                issue_type="value",
                diagnostics=f"asOf is {values[0][:64]!r}; give a date (2026-03-02) or a date and time with time zone (2026-03-02T09:30:00Z)",
                expression="asOf",
            )
        )
    return found
