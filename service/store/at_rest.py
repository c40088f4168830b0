"""Patient data that a job or a callback needs for a while: sealed where the deployment gave a key, as it is where it gave none."""

from __future__ import annotations

from dataclasses import dataclass

from service.config import Settings, record_keys
from service.store.sealing import CannotOpen, Seal

_PLAIN = b"\x00"
"""Sealed data begins otherwise."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """How such data is kept; `seal` None: not encrypted."""

    seal: Seal | None

    def close(self, plain: bytes, *, record: str, part: str) -> bytes:
        """As it goes into the database: what is sealed opens only as this part of this record."""
        return _PLAIN + plain if self.seal is None else self.seal.close(plain, record=record, part=part)

    def open(self, kept: bytes | None, *, record: str, part: str) -> bytes:
        """What was closed, b"" for nothing. Raises CannotOpen."""
        if not kept:
            return b""
        if kept[:1] == _PLAIN:
            return kept[1:]
        if self.seal is None:
            raise CannotOpen(
                f"the {part} of record {record} is encrypted; set CLAUDICATION_RECORD_KEY to the key it was written with"
            )
        return self.seal.open(kept, record=record, part=part)

    def is_current(self, kept: bytes) -> bool:
        """Whether it is kept as it would be now."""
        return kept[:1] == _PLAIN if self.seal is None else kept[:1] != _PLAIN and self.seal.is_current(kept)


def at_rest(settings: Settings) -> AtRest:
    """As the settings have it."""
    return AtRest(Seal(record_keys(settings.record_key)) if settings.record_key else None)
