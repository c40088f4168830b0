"""The hooks there are: which fields their context must have, and of what type."""

from __future__ import annotations

from enum import StrEnum

SERVICE_ID = "claudication"
"""One id for every hook, so that the cards of a later hook replace those of an earlier one."""


class Hook(StrEnum):
    PATIENT_VIEW = "patient-view"
    ORDER_SELECT = "order-select"
    ORDER_SIGN = "order-sign"
    ENCOUNTER_START = "encounter-start"
    PROBLEM_LIST_ITEM_CREATE = "problem-list-item-create"
