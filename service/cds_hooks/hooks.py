"""The hooks there are: which fields their context must have, of what type, and which data is read for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SERVICE_ID = "claudication"
"""One id for every hook, so that the cards of a later hook replace those of an earlier one."""


class Hook(StrEnum):
    PATIENT_VIEW = "patient-view"
    ORDER_SELECT = "order-select"
    ORDER_SIGN = "order-sign"
    ENCOUNTER_START = "encounter-start"
    PROBLEM_LIST_ITEM_CREATE = "problem-list-item-create"


class FieldType(StrEnum):
    """What a context field holds."""

    ID = "a FHIR id"
    USER = "Type/id"
    IDS = "a list of FHIR ids, each with or without its type"
    BUNDLE = "a FHIR Bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextField:
    """One field of a hook's context. `forgivable`: known clients leave it out, and the call still makes sense without it."""

    name: str
    type: FieldType
    required: bool = True
    forgivable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRules:
    """One hook as its page in the CDS Hooks library has it. `version` is that page's, `title` and `description` are ours."""

    version: str
    title: str
    description: str
    users: tuple[str, ...]
    """The types that userId is expected to be of."""
    fields: tuple[ContextField, ...]


_CLINICIANS = ("Practitioner", "PractitionerRole")
_ANYBODY = (*_CLINICIANS, "Patient", "RelatedPerson")
_USER = ContextField(name="userId", type=FieldType.USER)
_PATIENT = ContextField(name="patientId", type=FieldType.ID)
_ENCOUNTER = ContextField(name="encounterId", type=FieldType.ID)
_MAYBE_ENCOUNTER = ContextField(name="encounterId", type=FieldType.ID, required=False)
# A client that was given no scope for orders sends none.
_DRAFTS = ContextField(name="draftOrders", type=FieldType.BUNDLE, forgivable=True)

HOOKS: Mapping[Hook, HookRules] = {
    Hook.PATIENT_VIEW: HookRules(
        version="1.0",
        title="Leg pain on walking: what the record says",
        description=(
            "Weighs peripheral artery disease against lumbar spinal stenosis from the pressures, indices, answers and diagnoses on record, and says what "
            "has not been followed up. Silent where there is nothing useful to say."
        ),
        users=_ANYBODY,
        fields=(_USER, _PATIENT, _MAYBE_ENCOUNTER),
    ),
    Hook.ORDER_SELECT: HookRules(
        version="1.0",
        title="Leg pain on walking: the order being written",
        description=(
            "Looks at vascular and spinal imaging, compression and spine procedures as they are chosen: whether the ankle-brachial index that decides about "
            "them is there, and whether kidneys, allergies and implants allow them."
        ),
        users=_CLINICIANS,
        fields=(
            _USER,
            _PATIENT,
            _MAYBE_ENCOUNTER,
            ContextField(name="selections", type=FieldType.IDS, forgivable=True),
            _DRAFTS,
        ),
    ),
    Hook.ORDER_SIGN: HookRules(
        version="1.0",
        title="Leg pain on walking: the orders about to be signed",
        description="The last look at vascular and spinal imaging, compression and spine procedures before they are signed, with studies already done.",
        users=_CLINICIANS,
        fields=(_USER, _PATIENT, _MAYBE_ENCOUNTER, _DRAFTS),
    ),
    Hook.ENCOUNTER_START: HookRules(
        version="1.0",
        title="Leg pain on walking: before the visit",
        description="The same look at the record as when it is opened, at the beginning of an encounter.",
        users=_CLINICIANS,
        fields=(_USER, _PATIENT, _ENCOUNTER),
    ),
    Hook.PROBLEM_LIST_ITEM_CREATE: HookRules(
        version="0.1.0",
        title="Claudication or lumbar stenosis on the problem list",
        description="When one of the two is added to the problem list: what is on record for it, and what is missing to tell it from the other.",
        users=_CLINICIANS,
        fields=(
            _USER,
            _PATIENT,
            _MAYBE_ENCOUNTER,
            ContextField(name="conditions", type=FieldType.BUNDLE),
        ),
    ),
}
