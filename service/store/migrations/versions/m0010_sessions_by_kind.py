"""Finding the oldest sessions of a kind: launches that were begun and not ended give way when there are too many."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("browser_sessions_by_kind", "browser_sessions", ["kind", "expires_at"])


def downgrade() -> None:
    op.drop_index("browser_sessions_by_kind", "browser_sessions")
