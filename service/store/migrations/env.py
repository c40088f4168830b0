"""Alembic runs this file; the connection comes from the caller, who holds the lock."""

from __future__ import annotations

from alembic import context

from service.store.job_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
