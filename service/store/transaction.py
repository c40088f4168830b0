"""One transaction over several tables, for what must stand or fall together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection whose changes are kept when the block ends well."""
    with engine.begin() as connection:
        yield connection
