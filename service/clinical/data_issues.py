"""What was found wrong with, or worth saying about, a piece of the input. Nothing is dropped without one of these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IssueCode(StrEnum):
    """Codes of the published data-issue code system."""

    UNIT_NOT_UNDERSTOOD = "unit-not-understood"
    VALUE_IMPLAUSIBLE = "value-implausible"
    SITE_NOT_UNDERSTOOD = "site-not-understood"
    SIDE_MISSING = "side-missing"
    ARM_MISSING = "arm-missing"
    SINGLE_ARM = "single-arm"
    ARM_DIFFERENCE = "arm-difference"
    REPEAT_DISCORDANT = "repeat-discordant"
    STALE = "stale"
    DIFFERENT_SESSION = "different-session"
    STATUS_EXCLUDED = "status-excluded"
    OTHER_PATIENT = "other-patient"
    SENTINEL_VALUE = "sentinel-value"
    DUPLICATE = "duplicate"
    CODE_NOT_UNDERSTOOD = "code-not-understood"
    QUESTION_NOT_UNDERSTOOD = "question-not-understood"
    PPG_INDEX_REJECTED = "ppg-index-rejected"
    POSITION_NOT_SUPINE = "position-not-supine"
    NEAR_THRESHOLD = "near-threshold"
    ORDER_ALREADY_OPEN = "order-already-open"
    CONFLICTING_ANSWERS = "conflicting-answers"
    # Beyond the contract's list: what a caller must hear and no code above says.
    STRUCTURE_INVALID = "structure-invalid"
    NOT_RELEVANT = "not-relevant"
    VALUE_MISSING = "value-missing"
    INDEX_DISCORDANT = "index-discordant"
    ASSUMED = "assumed"
    RECORD_INCOMPLETE = "record-incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataIssue:
    """One remark about one piece of input.

    `source` is the reference of the resource concerned, or None for the Bundle as a whole; `expression` a FHIRPath to the element, or "".
    `used` tells whether the value was used all the same (a warning) or set aside (not used).
    `detail` is a sentence that names element, value, limit and remedy.
    """

    code: IssueCode
    detail: str
    source: str | None = None
    expression: str = ""
    used: bool = False
