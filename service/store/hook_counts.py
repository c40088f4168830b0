"""In how many calls of a week a data issue or a red flag was met. Counted where a call is written, so that a repetition counts once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from service.store.hook_values import CallRecord
from service.store.tables import HOOK_COUNTS

DATA_ISSUE, RED_FLAG = "data-issue", "red-flag"


_ONE_MORE = {
    # The two databases write the same statement alike; SQLAlchemy has it once for each of them. Put together once, as every call counts.
    dialect: insert(HOOK_COUNTS).on_conflict_do_update(
        index_elements=list(HOOK_COUNTS.primary_key), set_={"calls": HOOK_COUNTS.c.calls + 1}
    )
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def count_met(connection: Connection, call: CallRecord, week: date) -> None:
    """Add one to the count of everything this call met in its week, in the transaction that writes it."""
    met = [(DATA_ISSUE, code) for code in call.data_issues] + [(RED_FLAG, code) for code in call.red_flags]
    # In one order everywhere: two processes that count the same in another order would wait for each other.
    rows = [
        {"week": week, "client": call.client, "hook": call.hook, "kind": kind, "code": code, "calls": 1}
        for kind, code in sorted(met)
    ]
    if rows:
        connection.execute(_ONE_MORE[connection.dialect.name], rows)
