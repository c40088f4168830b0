"""The tables as they are now. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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
    Column("patient", String(64), nullable=False, server_default=""),
    Column("input", LargeBinary, nullable=True),
    Column("result", LargeBinary, nullable=True),
)
# Where nothing is kept nobody has a pseudonym, and every row would pay for the index.
Index(
    "ix_assessments_patient",
    ASSESSMENTS.c.patient,
    sqlite_where=ASSESSMENTS.c.patient != "",
    postgresql_where=ASSESSMENTS.c.patient != "",
)
"""`caller` "" when nobody said who called, and NULL for what was recorded before there was an audit; `patient` is a pseudonym, "" when no
patient data is kept; `input` and `result` are sealed (service/store/sealing.py)."""

TOKEN_IDS = Table(
    "token_ids",
    METADATA,
    Column("id_digest", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

# CDS Hooks: what was asked, which cards were shown or held back, and what became of them. No patient but a pseudonym.

HOOK_CALLS = Table(
    "hook_calls",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", String(128), nullable=False),
    Column("service", String(64), nullable=False),
    Column("hook", String(64), nullable=False),
    Column("hook_instance", String(128), nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("evaluation", Integer, nullable=False),  # 1, and one more for each other body under the same hookInstance
    Column("received_at", DateTime(timezone=True), nullable=False, index=True),
    Column("patient", String(64), nullable=False),  # pseudonym, or "" where no patient was named
    Column("shadow", Boolean, nullable=False),
    Column("status", Integer, nullable=False),  # the HTTP status of the answer
    Column("assessment_digest", String(128), nullable=False),  # assessments.input_digest, or "" where nothing was assessed
    Column("service_version", String(32), nullable=False),
    Column("evidence_version", String(64), nullable=False),
    Column("keys", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("steps", JSON, nullable=False),
    Column("week", Date, nullable=False),  # the Monday of received_at, UTC
    Column(
        "spent_ms", Integer, nullable=True
    ),  # all steps together, whole milliseconds: a table can be counted by it, and not by what stands in JSON
    UniqueConstraint("client", "hook", "hook_instance", "request_digest", name="one_row_a_request"),
)
# Counting reads these indices and no row: the order is that of the counts.
Index("hook_calls_counted", *(HOOK_CALLS.c[name] for name in ("week", "spent_ms", "status", "client", "hook")))

HOOK_CARDS = Table(
    "hook_cards",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", Integer, ForeignKey("hook_calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("client", String(128), nullable=False),
    Column("key", String(64), nullable=False),  # the same for the same rule about the same order of the same hookInstance
    Column("uuid", String(64), nullable=False),  # what feedback names; "" where it was not sent
    Column("rule", String(64), nullable=False),
    Column("about", String(64), nullable=False),  # the type of the draft order the card is about, never its id
    Column("indicator", String(16), nullable=False),
    Column("red_flag", Boolean, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("reason", String(32), nullable=False),  # why it was held back, "" when it was shown
    Column("patient", String(64), nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("suggestions", JSON, nullable=False),
    # What is counted, so that counting need not look into the other tables.
    Column("service", String(64), nullable=False),
    Column("hook", String(64), nullable=False),
    Column("week", Date, nullable=False),  # the Monday of decided_at, UTC
    Column("replaced", Boolean, nullable=False),  # decided on again in a later call of the same hookInstance
    Column("said", String(16), nullable=False),  # the outcome that feedback named last, "" before there was any
    Column("said_system", String(256), nullable=False),
    Column("said_code", String(128), nullable=False),
)
_COUNTED = (
    *("week", "rule", "client", "hook", "service", "shown", "replaced", "reason", "said", "said_system", "said_code"),
    *("uuid", "decided_at"),
)
Index("hook_cards_counted", *(HOOK_CARDS.c[name] for name in _COUNTED))
Index("hook_cards_of_a_client", HOOK_CARDS.c.client, HOOK_CARDS.c.uuid)
Index("hook_cards_of_a_patient", HOOK_CARDS.c.client, HOOK_CARDS.c.patient, HOOK_CARDS.c.decided_at)

HOOK_FEEDBACK = Table(
    "hook_feedback",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", String(128), nullable=False),
    Column("card_uuid", String(128), nullable=False),
    Column("item_digest", String(64), nullable=False),  # the same item again is the same row
    Column("outcome", String(16), nullable=False),
    Column("reason_system", String(256), nullable=False),
    Column("reason_code", String(128), nullable=False),
    Column("commented", Boolean, nullable=False),  # a comment was sent; its text is not kept
    Column("accepted", JSON, nullable=False),
    Column("outcome_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("card_id", Integer, ForeignKey("hook_cards.id", ondelete="CASCADE"), nullable=True, index=True),
    Column("rule", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("red_flag", Boolean, nullable=False),
    UniqueConstraint("client", "item_digest", name="one_row_an_item"),
)
Index("hook_feedback_of_a_card", HOOK_FEEDBACK.c.client, HOOK_FEEDBACK.c.card_uuid)
Index("hook_feedback_of_a_patient", HOOK_FEEDBACK.c.client, HOOK_FEEDBACK.c.patient)

HOOK_COUNTS = Table(
    "hook_counts",
    METADATA,
    Column("week", Date, primary_key=True),  # by its Monday
    Column("client", String(128), primary_key=True),
    Column("hook", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("calls", Integer, nullable=False),
)
"""In how many calls of a week something was met: `kind` is data-issue or red-flag. It is counted and not written to the call: what a call met says something of its patient."""

PSEUDONYM_KEYS = Table(
    "pseudonym_keys",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("key", String(128), nullable=False),
)

BROWSER_SESSIONS = Table(
    "browser_sessions",
    METADATA,
    Column("id_digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed with a key that only the browser has
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)
Index("browser_sessions_by_kind", BROWSER_SESSIONS.c.kind, BROWSER_SESSIONS.c.expires_at)

# The record: what a deployment keeps of an answer, the evidence it came from, and the audit.

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

CLIENT_REGISTRATIONS = Table(
    "client_registrations",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", String(128), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("registration", Text, nullable=False),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=True),
)
"""How each client was registered, and when. A row without `ended_at` is in force."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(32), nullable=False),
    Column("object", String(128), nullable=False, index=True),
    Column("patient", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
Index("ix_audit_patient", AUDIT.c.patient, sqlite_where=AUDIT.c.patient != "", postgresql_where=AUDIT.c.patient != "")
"""Rows are appended, and from its beginning removed by retention; nothing ever updates one."""

SIGN_IN_ATTEMPTS = Table(
    "sign_in_attempts",
    METADATA,
    Column("who", String(64), primary_key=True),  # digest of a name, an address or both
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
)
