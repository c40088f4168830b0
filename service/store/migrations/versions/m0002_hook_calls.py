"""CDS Hooks: calls, cards and what became of them, and the key of the patients' pseudonyms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "hook_calls",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("hook_instance", sa.String(128), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("evaluation", sa.Integer, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("shadow", sa.Boolean, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("assessment_digest", sa.String(128), nullable=False),
        sa.Column("service_version", sa.String(32), nullable=False),
        sa.Column("evidence_version", sa.String(64), nullable=False),
        sa.Column("keys", sa.JSON, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.UniqueConstraint("client", "hook", "hook_instance", "request_digest", name="one_row_a_request"),
    )
    op.create_table(
        "hook_cards",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("call_id", sa.Integer, sa.ForeignKey("hook_calls.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("uuid", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("indicator", sa.String(16), nullable=False),
        sa.Column("red_flag", sa.Boolean, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggestions", sa.JSON, nullable=False),
    )
    op.create_index("hook_cards_of_a_client", "hook_cards", ["client", "uuid"])
    op.create_index("hook_cards_of_a_patient", "hook_cards", ["client", "patient", "decided_at"])
    op.create_table(
        "hook_feedback",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("card_uuid", sa.String(128), nullable=False),
        sa.Column("item_digest", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason_system", sa.String(256), nullable=False),
        sa.Column("reason_code", sa.String(128), nullable=False),
        sa.Column("commented", sa.Boolean, nullable=False),
        sa.Column("accepted", sa.JSON, nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched", sa.Boolean, nullable=False),
        sa.Column("card_id", sa.Integer, sa.ForeignKey("hook_cards.id", ondelete="CASCADE"), nullable=True, index=True),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("red_flag", sa.Boolean, nullable=False),
        sa.UniqueConstraint("client", "item_digest", name="one_row_an_item"),
    )
    op.create_index("hook_feedback_of_a_card", "hook_feedback", ["client", "card_uuid"])
    op.create_index("hook_feedback_of_a_patient", "hook_feedback", ["client", "patient"])
    op.create_table(
        "pseudonym_keys",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(128), nullable=False),
    )


def downgrade() -> None:
    for table in ("hook_feedback", "hook_cards", "hook_calls", "pseudonym_keys"):
        op.drop_table(table)
