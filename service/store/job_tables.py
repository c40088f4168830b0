"""The tables of jobs, callbacks and subscriptions as they are now, beside those of service/store/tables.py.

What may hold patient data is sealed (service/store/at_rest.py) and stands in a column of bytes.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from service.store.tables import METADATA

__all__ = ["ANNOUNCEMENTS", "DELIVERIES", "DELIVERY_ATTEMPTS", "JOBS", "METADATA", "SUBSCRIPTIONS", "SUBSCRIPTION_EVENTS"]

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("caller", String(128), nullable=False),
    Column("idempotency_key", String(160), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("request", LargeBinary, nullable=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", String(36), nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("status", Integer, nullable=False),
    Column("result", LargeBinary, nullable=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    UniqueConstraint("caller", "idempotency_key", name="jobs_once"),
    Index("jobs_open", "state", "lease_until"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("client", String(128), nullable=False),
    Column("address", Text, nullable=False),
    Column("what", String(32), nullable=False),
    Column("job", String(36), nullable=False),
    Column("subscription", String(36), nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("body_digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", String(36), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("why", String(256), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("settled_at", DateTime(timezone=True), nullable=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Index("deliveries_open", "state", "due_at"),
)

DELIVERY_ATTEMPTS = Table(
    "delivery_attempts",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("delivery", String(36), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("status", Integer, nullable=False),
    Column("why", String(256), nullable=False),
)

SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("client", String(128), nullable=False, index=True),
    Column("topic", String(64), nullable=False),
    Column("payload", String(16), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("heartbeat_seconds", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_sent_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=True),
)

SUBSCRIPTION_EVENTS = Table(
    "subscription_events",
    METADATA,
    Column("subscription", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("focus", String(128), nullable=False),
    Column("resource", LargeBinary, nullable=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

ANNOUNCEMENTS = Table(
    "announcements",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("client", String(128), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False, index=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("bundle", LargeBinary, nullable=False),
)
"""Answers of the hooks of which subscribers are still to be told."""
