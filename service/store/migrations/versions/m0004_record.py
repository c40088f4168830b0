"""The record: who called, what of the patient is kept, the audit chain, and the evidence of each version."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("assessments", sa.Column("record_id", sa.String(36), nullable=True))
    op.add_column("assessments", sa.Column("caller", sa.String(128), nullable=True))
    op.add_column("assessments", sa.Column("patient", sa.String(64), nullable=False, server_default=""))
    op.add_column("assessments", sa.Column("input", sa.LargeBinary, nullable=True))
    op.add_column("assessments", sa.Column("result", sa.LargeBinary, nullable=True))
    _name_old_records()
    with op.batch_alter_table("assessments") as table:
        table.alter_column("record_id", existing_type=sa.String(36), nullable=False)
        table.create_unique_constraint("assessments_record_id_key", ["record_id"])
    _index_pseudonyms("assessments")
    op.create_table(
        "kept_resources",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("record_id", sa.String(36), nullable=False, index=True),
        sa.Column("resource_type", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.String(64), nullable=False),
    )
    op.create_index("ix_kept_resources_resource", "kept_resources", ["resource_type", "resource_id"])
    op.create_table(
        "evidence_versions",
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("object", sa.String(128), nullable=False, index=True),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    _index_pseudonyms("audit")


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("evidence_versions")
    op.drop_table("kept_resources")
    op.drop_index("ix_assessments_patient", "assessments")
    with op.batch_alter_table("assessments") as table:
        table.drop_constraint("assessments_record_id_key", type_="unique")
        for column in ("record_id", "caller", "patient", "input", "result"):
            table.drop_column(column)


def _name_old_records() -> None:
    """Records made before have a number only; the id is made from it, so that undoing and doing this again names them the same."""
    connection = op.get_bind()
    assessments = sa.table("assessments", sa.column("id", sa.Integer), sa.column("record_id", sa.String))
    numbers = connection.execute(sa.select(assessments.c.id)).scalars().all()
    if numbers:
        connection.execute(
            assessments.update().where(assessments.c.id == sa.bindparam("number")).values(record_id=sa.bindparam("name")),
            [{"number": number, "name": str(uuid.UUID(int=number))} for number in numbers],
        )


def _index_pseudonyms(table: str) -> None:
    """Where nothing is kept nobody has one, and every row would pay for the index."""
    somebody = sa.text("patient != ''")
    op.create_index(f"ix_{table}_patient", table, ["patient"], sqlite_where=somebody, postgresql_where=somebody)
