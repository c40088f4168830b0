"""What came of asking a server. Apart from what asks it, which takes long to load and is loaded when somebody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class NoAnswer(Exception):
    """There was no answer, or it broke off. `why` goes on from "the server ..."; `late` when time ran out. No URL, no token, no patient in it.

    `passing` when the network failed: the same question may be answered a moment later. `unsent` when it never left: nobody can have acted on it.
    """

    def __init__(self, why: str, *, late: bool = False, passing: bool = False, unsent: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.late = late
        self.passing = passing
        self.unsent = unsent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered. Redirects are answers too: none is followed."""

    status: int
    media_type: str
    """In lower case and without parameters."""
    body: bytes
    """Read to its end with status 200; of everything else only where it was asked for."""
    headers: Mapping[str, str]
