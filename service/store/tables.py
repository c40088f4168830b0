"""The tables as they are now. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table, Text

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
    Column("record_id", String(36), nullable=False, unique=True),
    Column("caller", String(128), nullable=True),
    Column("patient", String(64), nullable=False, server_default="", index=True),
    Column("input", LargeBinary, nullable=True),
    Column("result", LargeBinary, nullable=True),
)
"""`caller` "" when nobody said who called, and NULL for what was recorded before there was an audit; `patient` is a pseudonym, "" when no
patient data is kept; `input` and `result` are sealed (service/store/sealing.py)."""

KEPT_RESOURCES = Table(
    "kept_resources",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("record_id", String(36), nullable=False, index=True),
    Column("resource_type", String(32), nullable=False),
    Column("resource_id", String(64), nullable=False),
    Index("ix_kept_resources_resource", "resource_type", "resource_id"),
)
"""Which kept result holds which resource."""

EVIDENCE_VERSIONS = Table(
    "evidence_versions",
    METADATA,
    Column("version", String(64), primary_key=True),
    Column("first_used_at", DateTime(timezone=True), nullable=False),
    Column("files", LargeBinary, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(32), nullable=False),
    Column("object", String(128), nullable=False, index=True),
    Column("patient", String(64), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Rows are appended, and from its beginning removed by retention; nothing ever updates one."""

PSEUDONYM_KEYS = Table(
    "pseudonym_keys",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("key", String(128), nullable=False),
)
