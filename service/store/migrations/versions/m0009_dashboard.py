"""What a dashboard counts by: the milliseconds of a call, the cards that count, what was met; and attempts to sign in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# The steps of calls on record, added up where they stand; the Monday of a moment.
_SPENT = {
    "sqlite": "SELECT CAST(ROUND(SUM(value)) AS INTEGER) FROM json_each(hook_calls.steps)",
    "postgresql": "SELECT CAST(ROUND(SUM(CAST(value AS numeric))) AS integer) FROM json_each_text(hook_calls.steps)",
}
_MONDAY = {
    "sqlite": "date({}, '-6 days', 'weekday 1')",
    "postgresql": "CAST(date_trunc('week', timezone('UTC', {})) AS date)",
}
_LAST_SAID = """
    SELECT {} FROM hook_feedback said WHERE said.client = hook_cards.client AND said.card_uuid = hook_cards.uuid
    ORDER BY said.outcome_at DESC, said.id DESC LIMIT 1
"""
_OF_CARD = (
    ("service", sa.String(64), "(SELECT service FROM hook_calls WHERE hook_calls.id = hook_cards.call_id)"),
    ("hook", sa.String(64), "(SELECT hook FROM hook_calls WHERE hook_calls.id = hook_cards.call_id)"),
    ("said", sa.String(16), f"COALESCE(({_LAST_SAID.format('said.outcome')}), '')"),
    ("said_system", sa.String(256), f"COALESCE(({_LAST_SAID.format('said.reason_system')}), '')"),
    ("said_code", sa.String(128), f"COALESCE(({_LAST_SAID.format('said.reason_code')}), '')"),
    (
        "replaced",
        sa.Boolean,
        "EXISTS (SELECT 1 FROM hook_cards later WHERE later.client = hook_cards.client AND later.key = hook_cards.key "
        "AND later.shown = hook_cards.shown AND later.id > hook_cards.id)",
    ),
)
_COUNTED = (
    *("week", "rule", "client", "hook", "service", "shown", "replaced", "reason", "said", "said_system", "said_code"),
    *("uuid", "decided_at"),
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_index("hook_cards_by_key", "hook_cards", ["client", "key"])
    _add("hook_calls", "spent_ms", sa.Integer, f"({_SPENT[dialect]})", nullable=True)
    _add("hook_calls", "week", sa.Date, _MONDAY[dialect].format("received_at"))
    _add("hook_cards", "week", sa.Date, _MONDAY[dialect].format("decided_at"))
    for name, kind, value in _OF_CARD:
        _add("hook_cards", name, kind, value)
    op.drop_index("hook_cards_by_key", "hook_cards")
    op.create_index("hook_calls_counted", "hook_calls", ["week", "spent_ms", "status", "client", "hook"])
    op.create_index("hook_cards_counted", "hook_cards", list(_COUNTED))
    op.create_table(
        "hook_counts",
        sa.Column("week", sa.Date, primary_key=True),
        sa.Column("client", sa.String(128), primary_key=True),
        sa.Column("hook", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("who", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def _add(table: str, name: str, kind: Any, value: str, *, nullable: bool = False) -> None:
    """A column with its value for the rows that are there."""
    op.add_column(table, sa.Column(name, kind, nullable=True))
    op.execute(f"UPDATE {table} SET {name} = {value}")  # noqa: S608 - of the texts above
    if not nullable:
        with op.batch_alter_table(table) as altered:
            altered.alter_column(name, existing_type=kind, nullable=False)


def downgrade() -> None:
    op.drop_table("sign_in_attempts")
    op.drop_table("hook_counts")
    op.drop_index("hook_cards_counted", "hook_cards")
    op.drop_index("hook_calls_counted", "hook_calls")
    for table, names in (("hook_cards", ("week", *(name for name, _, _ in _OF_CARD))), ("hook_calls", ("week", "spent_ms"))):
        for name in names:
            op.drop_column(table, name)
