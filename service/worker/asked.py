"""What a job is asked to do, as it is kept: the moment it was accepted and how the request was made, then the body as it came."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson


class Kind(StrEnum):
    """The operations that can be done as a job."""

    ASSESS = "assess"
    APPLY = "apply"
    MESSAGE = "message"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`accepted_at` is what an assessment without `asOf` is made for, so that a job done twice gives one answer. `names_plan`: the URL named it."""

    kind: Kind
    accepted_at: datetime
    body: bytes = field(repr=False)
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    strict: bool = False
    names_plan: bool = False
    reply_to: str = ""
    """The registered address a response message is delivered to; "" for none."""
    patient: str = ""
    """The id of the patient whose record the EHR has, for what is asked without a record."""


def packed(asked: Asked) -> bytes:
    """As bytes to be kept."""
    head = {
        "kind": asked.kind,
        "accepted_at": asked.accepted_at.isoformat(),
        "options": {name: list(values) for name, values in asked.options.items()},
        "strict": asked.strict,
        "names_plan": asked.names_plan,
        "reply_to": asked.reply_to,
        "patient": asked.patient,
    }
    return orjson.dumps(head) + b"\n" + asked.body


def unpacked(kept: bytes) -> Asked:
    """What was packed."""
    head, _, body = kept.partition(b"\n")
    said = orjson.loads(head)
    return Asked(
        kind=Kind(said["kind"]),
        accepted_at=datetime.fromisoformat(said["accepted_at"]),
        body=body,
        options=said["options"],
        strict=said["strict"],
        names_plan=said["names_plan"],
        reply_to=said["reply_to"],
        # What an earlier version kept has none.
        patient=said.get("patient", ""),
    )


def digest_of(asked: Asked, document: Any, *, version: str = "", patient: str = "") -> str:
    """The same for the same request: what the body holds, and the options, whenever it is sent. `version` of what answers, evidence included, where that
    is to make another one of it.

    `patient` is a pseudonym of who is asked about by an id: from the digest of an id that has few digits the id could be found.
    """
    parts = [asked.kind, asked.options, asked.strict, asked.names_plan, version, document, patient]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
