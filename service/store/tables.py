"""The tables as they are now. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

METADATA = MetaData()

ASSESSMENTS = Table(
    "assessments",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, index=True),
    Column("door", String(32), nullable=False),
    Column("input_digest", String(128), nullable=False, index=True),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("setting", String(32), nullable=False),
    Column("service_version", String(32), nullable=False),
    Column("evidence_version", String(64), nullable=False),
    Column("guidance_status", String(32), nullable=False),
    Column("leading_diagnosis", String(64), nullable=True),
    Column("pad_right", String(32), nullable=False),
    Column("pad_left", String(32), nullable=False),
    Column("red_flags", Text, nullable=False),
    Column("orders", Text, nullable=False),
)

TOKEN_IDS = Table(
    "token_ids",
    METADATA,
    Column("id_digest", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)
