"""The database itself refuses to change an audit row, and to delete one but for what retention has just said that it removes.

Against a slip of the hand. Whoever may drop a trigger is found out by the chain, not by this.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_SQLITE = (
    "CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are appended and never changed; claudication expire removes the oldest'); END",
    """CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
WHEN NOT EXISTS (
    SELECT 1 FROM audit WHERE sequence = (SELECT MAX(sequence) FROM audit)
    AND action = 'expired' AND object = 'audit' AND json_extract(detail, '$.removed_through') >= OLD.sequence
) BEGIN SELECT RAISE(ABORT, 'audit rows are appended and never changed; claudication expire removes the oldest'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (
            SELECT 1 FROM audit WHERE sequence = (SELECT MAX(sequence) FROM audit)
            AND action = 'expired' AND object = 'audit'
            AND CAST(CAST(detail AS json) ->> 'removed_through' AS bigint) >= OLD.sequence
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit rows are appended and never changed; claudication expire removes the oldest';
END $$""",
    "CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    "CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_is_never_changed")
        op.execute("DROP TRIGGER audit_is_never_deleted")
        return
    op.execute("DROP TRIGGER audit_rows_stay ON audit")
    op.execute("DROP TRIGGER audit_stays ON audit")
    op.execute("DROP FUNCTION refuse_audit_change()")
