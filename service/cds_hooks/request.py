"""A hook request, read: what is called, about whom, in which context, with which data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from service.cds_hooks.hooks import Hook
from service.fhir.elements import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirAuthorization:
    """The token for the client's FHIR server. It stands in no text, no log and no table; `expires_at` from `expires_in`."""

    access_token: str = field(repr=False)
    scope: str
    subject: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """One call. `prefetch` None: the member was missing. `remarks`: what a strict reader would have refused, as sentences."""

    hook: Hook
    hook_instance: str
    patient_id: str
    user_id: str
    encounter_id: str = ""
    context: Json
    prefetch: Json | None
    fhir_server: str = ""
    authorization: FhirAuthorization | None = None
    remarks: tuple[str, ...] = ()
