"""How evidence files are read: marshmallow schemas that refuse unknown keys, and errors that name file, entry and key."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.errors import EvidenceError, Problem


class Tag(StrEnum):
    """How sure the project is of a number.

    F: the text of the source was seen; F2: a secondary page restating it was seen; K-H, K-M, K-L: known from the literature with high, medium
    or low confidence, not re-read; E: an engineering decision of this project.
    """

    F = "F"
    F2 = "F2"
    K_H = "K-H"
    K_M = "K-M"
    K_L = "K-L"
    E = "E"

    @property
    def to_be_confirmed(self) -> bool:
        """Shown to readers as "to be confirmed against the primary"; no order rests on such a number alone."""
        return self in (Tag.F2, Tag.K_M, Tag.K_L)


class StrictSchema(Schema):
    """Refuses unknown keys: a misspelt key in an evidence file must not pass as absent."""

    class Meta:
        unknown = RAISE


class Number(fields.Field[Decimal]):
    """An integer or decimal number of a TOML file, exactly as written."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise ValidationError(f"{value!r} is not a number")
        return Decimal(value)


class SourcedSchema(StrictSchema):
    """What every statement of medicine carries: where it comes from and how sure the project is of it."""

    citation = fields.String(required=True)
    tag = fields.Enum(Tag, by_value=True, required=True)


class Share(fields.Float):
    """A number from 0 to 1, both included."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        number = float(Number()._deserialize(value, attr, data, **kwargs))
        if not 0.0 <= number <= 1.0:
            raise ValidationError(f"{value} does not lie between 0 and 1")
        return number


def words(*, required: bool = True) -> fields.String:
    """A text that is not empty where it is required, and "" where it may be left out."""
    if required:
        return fields.String(required=True, validate=validate.Length(min=1))
    return fields.String(load_default="")


def load(schema: Schema, raw: Any, *, where: str) -> Any:
    """The deserialised entry; EvidenceError naming `where` and the key when the schema refuses it."""
    try:
        return schema.load(raw)
    except ValidationError as refused:
        raise EvidenceError(Problem(issue_type="exception", diagnostics=f"{where}: {_spoken(refused.messages)}")) from refused


def refuse(where: str, what: str) -> EvidenceError:
    """The error for what a schema cannot see."""
    return EvidenceError(Problem(issue_type="exception", diagnostics=f"{where}: {what}."))


def _spoken(messages: Any) -> str:
    if isinstance(messages, Mapping):
        return "; ".join(f"{key}: {_spoken(value)}" for key, value in sorted(messages.items(), key=lambda item: str(item[0])))
    return " ".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)
