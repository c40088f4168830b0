"""The audit table: codes and a digest, no patient data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("input_digest", sa.String(128), nullable=False, index=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setting", sa.String(32), nullable=False),
        sa.Column("service_version", sa.String(32), nullable=False),
        sa.Column("evidence_version", sa.String(64), nullable=False),
        sa.Column("guidance_status", sa.String(32), nullable=False),
        sa.Column("leading_diagnosis", sa.String(64), nullable=True),
        sa.Column("pad_right", sa.String(32), nullable=False),
        sa.Column("pad_left", sa.String(32), nullable=False),
        sa.Column("red_flags", sa.Text, nullable=False),
        sa.Column("orders", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("assessments")
