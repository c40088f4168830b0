"""A deployment's mapping file, TOML or JSON, read once at start-up into its codes. What it may hold is told in docs/mapping-file.md."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.clinical.findings import FindingValue
from service.clinical.measurements import IndexKind, Phase, Side, Site
from service.clinical.vocabulary import NAMED_BY_SITE, VOCABULARY, Kind, Term
from service.errors import MappingError, Problem
from service.fhir.mapping import DeploymentCodes, MappedFinding, MappedIndex, MappedSite, SystemCode
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.recognised_orders import RECOGNISED

_YES_NO = ("yes", "no")
_OPTIONS = frozenset(option for term in VOCABULARY.values() for option in term.options)


def _required() -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, error="must not be empty"))


class _StrictSchema(Schema):
    error_messages = {"unknown": "is not a key known here; correct or remove it"}  # noqa: RUF012 - marshmallow merges it, class by class

    class Meta:
        unknown = RAISE


class _CodeSchema(_StrictSchema):
    system = fields.String(load_default="")
    code = _required()


class _SiteSchema(_CodeSchema):
    site = fields.Enum(Site, by_value=True, required=True)
    side = fields.Enum(Side, by_value=True, load_default=None)
    phase = fields.Enum(Phase, by_value=True, load_default=None)


class _IndexSchema(_CodeSchema):
    index = fields.Enum(IndexKind, by_value=True, required=True)
    side = fields.Enum(Side, by_value=True, load_default=None)
    phase = fields.Enum(Phase, by_value=True, load_default=None)


class _FindingSchema(_CodeSchema):
    finding = _required()
    value = fields.Raw(load_default=None)


class _AnswerSchema(_CodeSchema):
    answer = fields.String(
        required=True,
        validate=validate.OneOf((*_YES_NO, *sorted(_OPTIONS)), error="is neither yes, no nor an option of a finding"),
    )


class _LinkIdSchema(_StrictSchema):
    questionnaire = fields.String(load_default="")
    link_id = _required()
    finding = _required()


class _OrderSchema(_CodeSchema):
    order = _required()


class _FileSchema(_StrictSchema):
    sites = fields.List(fields.Nested(_SiteSchema), load_default=list)
    pressures = fields.List(fields.Nested(_SiteSchema), load_default=list)
    indices = fields.List(fields.Nested(_IndexSchema), load_default=list)
    findings = fields.List(fields.Nested(_FindingSchema), load_default=list)
    answers = fields.List(fields.Nested(_AnswerSchema), load_default=list)
    link_ids = fields.List(fields.Nested(_LinkIdSchema), load_default=list)
    orders = fields.List(fields.Nested(_OrderSchema), load_default=list)


def load_mapping_file(path: Path) -> DeploymentCodes:
    """The codes of one mapping file; its suffix, .toml or .json, says how it is written.

    Raises MappingError, with every problem of the file: each names the file, the key, the value and the remedy.
    """
    content = _content(path)
    problems: list[str] = []
    try:
        loaded = _FileSchema().load(content)
    except ValidationError as error:
        problems = [f"{where or 'the file'}{_shown(content, where)}: {why}" for where, why in _flattened(error.messages)]
    else:
        problems = [*_repeated(loaded), *_undefined(loaded)]
    if problems:
        raise MappingError([_problem(path, problem) for problem in problems])
    return DeploymentCodes(
        sites={_key(row): MappedSite(site=row["site"], side=row["side"], phase=row["phase"]) for row in loaded["sites"]},
        pressures={_key(row): MappedSite(site=row["site"], side=row["side"], phase=row["phase"]) for row in loaded["pressures"]},
        indices={_key(row): MappedIndex(kind=row["index"], side=row["side"], phase=row["phase"]) for row in loaded["indices"]},
        findings={_key(row): MappedFinding(code=row["finding"], value=_fixed(row)) for row in loaded["findings"]},
        answers={_key(row): row["answer"] for row in loaded["answers"]},
        link_ids={_key(row): row["finding"] for row in loaded["link_ids"]},
        orders={_key(row): row["order"] for row in loaded["orders"]},
    )


def _content(path: Path) -> Any:
    reader = {".toml": tomllib.loads, ".json": json.loads}.get(path.suffix.lower())
    if reader is None:
        raise MappingError(_problem(path, f"the suffix '{path.suffix}' is neither .toml nor .json; rename the file"))
    try:
        return reader(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MappingError(_problem(path, f"cannot be read ({error.strerror}); check the path and its permissions")) from error
    except ValueError as error:
        raise MappingError(_problem(path, f"is not valid {path.suffix[1:].upper()}: {error}; correct it")) from error


def _problem(path: Path, problem: str) -> Problem:
    return Problem(issue_type="invalid", diagnostics=f"mapping file {path}: {problem}; see docs/mapping-file.md")


def _flattened(messages: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """(key path, message) for each message of marshmallow."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _flattened(below, where if key == "_schema" else f"{where}.{key}" if where else str(key))
    else:
        yield where, " ".join(map(str, messages))


def _shown(content: Any, where: str) -> str:
    """The value at a key path, as " = value", or nothing when there is none."""
    for key in where.split(".") if where else ():
        if isinstance(content, list):
            content = content[int(key)]
        elif isinstance(content, dict) and key in content:
            content = content[key]
        else:
            return ""
    return f" = {content!r}" if isinstance(content, str | int | float) else ""


def _key(row: Mapping[str, str]) -> SystemCode:
    if "link_id" in row:
        return row["questionnaire"], row["link_id"]
    return row["system"], row["code"]


def _repeated(loaded: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for table, rows in loaded.items():
        keys = [_key(row) for row in rows]
        for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
            yield f"{table}: {'|'.join(key)} stands there {keys.count(key)} times; keep one"


def _undefined(loaded: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Names that are well formed and that the service does not know."""
    for table in ("findings", "link_ids"):
        for index, row in enumerate(loaded[table]):
            term = VOCABULARY.get(row["finding"])
            if table == "findings" and row["finding"] in NAMED_BY_SITE:
                if row["value"] is not None:
                    yield f"{table}.{index}.value = {row['value']!r}: '{row['finding']}' is measured; leave the value out"
            elif term is None:
                yield f"{table}.{index}.finding = '{row['finding']}': is not a finding code of the service"
            elif row.get("value") is not None and _value(term, row["value"]) is None:
                allowed = ", ".join(term.options) or ("true or false" if term.kind is Kind.BOOLEAN else "a number")
                yield f"{table}.{index}.value = {row['value']!r}: '{term.code}' takes {allowed}"
    for index, row in enumerate(loaded["orders"]):
        if row["order"] not in ORDERS and row["order"] not in RECOGNISED:
            yield f"orders.{index}.order = '{row['order']}': is not an order code of the service"


def _fixed(row: dict[str, Any]) -> FindingValue | None:
    term = VOCABULARY.get(row["finding"])
    return None if term is None else _value(term, row["value"])


def _value(term: Term, value: Any) -> FindingValue | None:
    """The value as the term's kind has it; None where it does not fit."""
    if term.kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if term.kind in (Kind.DECIMAL, Kind.INTEGER):
        return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    chosen = value if isinstance(value, list) else [value]
    if not all(option in term.options for option in chosen):
        return None
    if term.kind is Kind.CHOICES:
        return frozenset(chosen) or None
    return str(chosen[0]) if len(chosen) == 1 else None
