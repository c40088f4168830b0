"""Is a resource R4 at all? Every resource is checked before it is read, against HL7's own schema made a little stricter.

Why it is done this way, and what each way costs: docs/adr/0005-structural-check.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs

from service.errors import Problem
from service.fhir.elements import Json, moment
from service.fhir.json_format import shortened
from service.fhir.structure_schema import CHECKED_TYPES, plain_validator, validator

PROBLEM_LIMIT = 50

# Parts no reader looks at: a broken narrative is no reason to do without the measurement beside it.
_NOT_READ = frozenset(("text", "meta", "language"))
_NO_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?")
_UP_TO_TYPE = re.compile("[A-Z].*")
_EXPECTED = {
    "base64Binary": "base64 text",
    "boolean": "true or false, without quotes",
    "canonical": "a canonical URL without blanks",
    "code": "a code, without leading or trailing blanks",
    "date": "a date that exists: YYYY, YYYY-MM or YYYY-MM-DD",
    "dateTime": "a date that exists (YYYY, YYYY-MM, YYYY-MM-DD) or YYYY-MM-DDThh:mm:ss with a time zone",
    "decimal": "a number, without quotes",
    "id": "1 to 64 letters, digits, '-' and '.'",
    "instant": "YYYY-MM-DDThh:mm:ss with a time zone, of a date that exists",
    "integer": "a whole number of at most 32 bits, without quotes",
    "markdown": "text that is not empty",
    "oid": "an OID as urn:oid:...",
    "positiveInt": "a whole number of 1 or more, without quotes",
    "string": "text in quotes that is not empty",
    "time": "a time hh:mm:ss",
    "unsignedInt": "a whole number of 0 or more, without quotes",
    "uri": "a URI without blanks",
    "url": "a URL without blanks",
    "uuid": "a UUID as urn:uuid:... in lower case",
    "xhtml": "XHTML text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One departure from R4. A harmless one does not change what the readers take from the resource, so that it can be used all the same."""

    problem: Problem
    harmless: bool


def is_plain(resource: Json) -> bool:
    """True for a checked resource without a fault, with nothing in it that may change its meaning and nothing contained. Most are, and need no second look."""
    resource_type = resource.get("resourceType")
    return resource_type in CHECKED_TYPES and plain_validator(resource_type).is_valid(resource)


def is_valid(resource: Json) -> bool:
    """True for a resource without a fault, and for a type that is not checked. The fast path: some 3 microseconds a resource."""
    return _is_valid_alone(resource) and all(_is_valid_alone(inner) for _, inner in _contained(resource))


def faults(resource: Json, path: str) -> tuple[Fault, ...]:
    """What is wrong with a resource and with the checked ones contained in it, at most 50 each, in a fixed order. `path` is its own FHIRPath."""
    found = dict.fromkeys(_faults_alone(resource, path))
    for index, inner in _contained(resource):
        found |= dict.fromkeys(_faults_alone(inner, f"{path}.contained[{index}]"))
    return tuple(found)


def problems(resource: Json, path: str) -> tuple[Problem, ...]:
    """Every fault as an OperationOutcome tells it, harmless or not."""
    return tuple(fault.problem for fault in faults(resource, path))


def model_problems(resource: Json, path: str) -> tuple[Problem, ...]:
    """What the R4B model library finds in a resource of a checked type. A hundred times as slow: for strict handling only."""
    from fhir.resources.R4B import get_fhir_model_class  # 300 ms of import that lenient requests never need
    from pydantic import ValidationError

    try:
        get_fhir_model_class(str(resource["resourceType"])).model_validate(resource)
    except ValidationError as error:
        return tuple(
            Problem(
                issue_type="structure",
                expression=_fhirpath(path, one["loc"]),
                diagnostics=f"{_fhirpath(path, one['loc'])}: {shortened(one['msg'])}. Correct it as R4 has it.",
            )
            for one in error.errors(include_url=False, include_input=False)[:PROBLEM_LIMIT]
        )
    except LookupError as unknown:
        # The library looks the type of a contained resource up in a table and lets the miss out as it is.
        said = f"{path}.contained: {shortened(str(unknown))} is not a resource type of R4. Correct resourceType."
        return (Problem(issue_type="structure", expression=f"{path}.contained", diagnostics=said),)
    return ()


def _is_valid_alone(resource: Json) -> bool:
    resource_type = resource.get("resourceType")
    return resource_type not in CHECKED_TYPES or validator(resource_type).is_valid(resource)


def _contained(resource: Json) -> list[tuple[int, Json]]:
    contained = resource.get("contained")
    return [(index, one) for index, one in enumerate(contained) if isinstance(one, dict)] if isinstance(contained, list) else []


def _faults_alone(resource: Json, path: str) -> Iterator[Fault]:
    resource_type = resource.get("resourceType")
    if resource_type in CHECKED_TYPES:
        errors = validator(resource_type).iter_errors(resource)
        yield from islice((fault for error in errors for fault in _told(error, path)), PROBLEM_LIMIT)


def _told(error: jsonschema_rs.ValidationError, path: str) -> Iterator[Fault]:
    """The faults behind one error of the schema, in words."""
    kind = error.kind
    here = _fhirpath(path, error.instance_path)
    harmless = bool(error.instance_path) and error.instance_path[0] in _NOT_READ
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AnyOf):
        # The first alternative is the plain case; the others are what R4 allows in its place.
        first = kind.context[0][0]
        if isinstance(first.kind, jsonschema_rs.ValidationErrorKind.Required) and len(kind.context) > 2:
            yield _missing(_UP_TO_TYPE.sub("[x]", first.kind.property), here, harmless)
        else:
            yield from _told(first, path)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        for name in kind.unexpected:
            yield _fault(
                f"{here}.{name}",
                f"R4 has no such element{_of(error)}; leave it out or use an extension",
                "structure",
                harmless=True,
            )
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield _missing(kind.property, here, harmless)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Not):
        name = str(error.schema_path[-2])
        yield _fault(
            f"{here}.{name}", "stands beside another type of the same element; only one may be given", "structure", harmless
        )
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
        allowed = ", ".join(str(option) for option in kind.options)
        yield _fault(here, f"{_value(error)} is none of its codes; R4 allows {allowed}", "code-invalid", harmless)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.MinItems | jsonschema_rs.ValidationErrorKind.MinProperties):
        yield _fault(here, f"{_value(error)} is empty, which R4 does not allow; fill it or leave it out", "structure", harmless)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Type) and "array" in kind.types:
        lone = isinstance(error.instance, dict)
        yield _fault(
            here, f"{_value(error)} is no list, and the element is one in R4; put it in [ ]", "structure", harmless or lone
        )
    else:
        primitive = str(error.schema_path[-2])
        expected = _EXPECTED.get(primitive, "an object { }")
        harmless = harmless or (primitive in ("dateTime", "instant") and _lacks_zone_only(error.instance))
        yield _fault(here, f"{_value(error)} is not what R4 has here; give {expected}", "value", harmless)


def _lacks_zone_only(text: Any) -> bool:
    """True for a date and time of a real day that says everything but its zone: many records are kept so, and it is read as UTC."""
    return isinstance(text, str) and _NO_ZONE.fullmatch(text) is not None and moment(text) is not None


def _missing(name: str, here: str, harmless: bool) -> Fault:
    if name.startswith("_"):
        return _fault(
            f"{here}.{name[1:]}",
            f"null is allowed in a list only where {name} says why there is no value; leave the null out",
            "structure",
            harmless,
        )
    return _fault(f"{here}.{name}", "is missing, and R4 requires it; add it", "required", harmless)


def _fault(expression: str, what: str, issue_type: str, harmless: bool) -> Fault:
    return Fault(
        problem=Problem(issue_type=issue_type, expression=expression, diagnostics=f"{expression}: {what}."), harmless=harmless
    )


def _value(error: jsonschema_rs.ValidationError) -> str:
    return shortened(json.dumps(error.instance, ensure_ascii=False))


def _of(error: jsonschema_rs.ValidationError) -> str:
    return f" in {str(error.schema_path[1]).replace('_', '.')}"


def _fhirpath(path: str, steps: Any) -> str:
    return path + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
