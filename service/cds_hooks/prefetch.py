"""What the data of a hook call came to, key by key: given, empty, failed, missing; fetched or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.fhir.elements import Json


class KeyState(StrEnum):
    """What the client sent for one prefetch key."""

    GIVEN = "given"
    PARTIAL = "partial"
    """Given, but the search has more pages, or its server says that it left something out."""
    NO_DATA = "no-data"
    """null, or a search that found nothing: the record has none."""
    FAILED = "failed"
    """An OperationOutcome: the client tried and could not."""
    MISSING = "missing"
    """The key, or the whole prefetch, was not sent."""
    WRONG_TYPE = "wrong-type"


class Fetch(StrEnum):
    """What we did about it ourselves."""

    NOT_NEEDED = "not-needed"
    NOT_POSSIBLE = "not-possible"
    """No server, no token, an expired token, or a server that this client may not name."""
    FETCHED = "fetched"
    FETCHED_IN_PART = "fetched-in-part"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """One key. `why` is a sentence without patient data; `newest` is the newest data time among its resources, ISO 8601, or ""."""

    key: str
    mandatory: bool
    state: KeyState
    fetch: Fetch = Fetch.NOT_NEEDED
    resources: int = 0
    newest: str = ""
    why: str = ""

    @property
    def available(self) -> bool:
        """Whether what the record holds under this key is known, even if that is nothing."""
        return self.state in (KeyState.GIVEN, KeyState.PARTIAL, KeyState.NO_DATA) or self.fetch in (
            Fetch.FETCHED,
            Fetch.FETCHED_IN_PART,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The Bundle to assess (a collection, each resource once), and what each key came to."""

    bundle: Json
    keys: tuple[KeyReport, ...]
