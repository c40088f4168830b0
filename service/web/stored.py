"""What is read from, or written to, the record while somebody waits: where the database fails they are told to come again."""

from __future__ import annotations

from collections.abc import Callable

from service.errors import Overloaded, Problem
from service.store.database import StoreError
from service.store.transactions import Done


def stored(work: Callable[[], Done]) -> Done:
    """What `work` gives. Raises Overloaded where the database cannot be used."""
    try:
        return work()
    except StoreError as error:
        raise Overloaded(Problem(issue_type="transient", diagnostics=str(error))) from error
