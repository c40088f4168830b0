"""A hook request, read: what is called, about whom, in which context, with which data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.cds_hooks.clients import Profile
from service.cds_hooks.context import context_departures, without_type
from service.cds_hooks.departures import Departure, Grace, departure, remarks_or_refusal
from service.cds_hooks.hooks import HOOKS, SERVICE_ID, Hook
from service.cds_hooks.request_schema import shape_departures
from service.errors import BadRequest, Problem
from service.fhir.elements import Json
from service.fhir.json_format import shortened

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# It is kept with the cards, and stands in the path of a question about them.
_KEPT_INSTANCE = re.compile(r"[\x21-\x7e]{1,128}")
# Nobody needs a token for longer, and a number of any size is no date.
_LONGEST_LIFE_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirAuthorization:
    """The token for the client's FHIR server. It stands in no text, no log and no table; `expires_at` from `expires_in`."""

    access_token: str = field(repr=False)
    scope: str
    subject: str
    expires_at: datetime
    patient_id: str = ""
    """Whom the token is for, where it is for one patient only."""


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


def read_request(body: Any, profile: Profile, *, now: datetime) -> HookRequest:
    """One parsed request body. Members that are not known are let pass, on every level.

    Raises BadRequest with everything that is wrong, all at once; what harms nobody is a remark for clients of a lenient profile.
    """
    if not isinstance(body, dict):
        raise BadRequest(
            Problem(
                issue_type="structure",
                diagnostics="The body is no JSON object; a hook request is { } with hook, hookInstance and context.",
            )
        )
    sent = {name: value for name, value in body.items() if value is not None}
    found = [*_nulls(body), *shape_departures(sent), *_rules(sent, profile)]
    remarks = remarks_or_refusal(found, lenient=profile.lenient)
    context = sent["context"]
    return HookRequest(
        hook=Hook(sent["hook"]),
        hook_instance=sent["hookInstance"],
        patient_id=without_type("Patient", context["patientId"]),
        user_id=context.get("userId", ""),
        encounter_id=without_type("Encounter", context.get("encounterId") or ""),
        context=context,
        prefetch=sent.get("prefetch"),
        fhir_server=sent.get("fhirServer", "").rstrip("/"),
        authorization=_authorization(sent.get("fhirAuthorization"), now),
        remarks=remarks,
    )


def _authorization(sent: Json | None, now: datetime) -> FhirAuthorization | None:
    if sent is None:
        return None
    subject = sent.get("subject")
    lifetime = timedelta(seconds=min(max(sent["expires_in"], 0), _LONGEST_LIFE_S))
    return FhirAuthorization(
        access_token=sent["access_token"],
        scope=sent["scope"],
        subject=subject if isinstance(subject, str) else "",
        expires_at=now + lifetime,
        patient_id=without_type("Patient", sent.get("patient", "")),
    )


def _nulls(body: Json) -> Iterator[Departure]:
    for name in ("fhirServer", "fhirAuthorization", "prefetch", "extension"):
        if name in body and body[name] is None:
            yield departure("structure", name, f"{name} is null, which was read as left out; leave it out.", Grace.EVERYBODY)


def _rules(sent: Json, profile: Profile) -> Iterator[Departure]:
    """What is well shaped and still wrong. A member of the wrong shape has been told already, and is passed over."""
    instance, context = sent.get("hookInstance"), sent.get("context")
    if isinstance(instance, str) and not _UUID.fullmatch(instance):
        kept = _KEPT_INSTANCE.fullmatch(instance)
        said = f"hookInstance is {shortened(instance)!r}, which is no UUID; send one that was drawn for this call, such as 550e8400-e29b-41d4-a716-446655440000."
        yield departure("value", "hookInstance", said, Grace.LENIENT if kept else Grace.NOBODY)
    if "fhirAuthorization" in sent and "fhirServer" not in sent:
        said = "fhirAuthorization is there and fhirServer is not (cds-r-1); send the base URL that the token is for, or leave the token out."
        yield departure("invariant", "fhirServer", said)
    hook = sent.get("hook")
    if not isinstance(hook, str) or not hook:
        return
    if hook not in HOOKS:
        said = f"hook is {shortened(hook)!r}; the service {SERVICE_ID} is registered for {', '.join(HOOKS)}. Call it on one of these."
        yield departure("invariant", "hook", said)
        return
    if hook not in profile.hooks:
        said = f"hook is {hook}, which a client of profile {profile.dialect} is not known to call; the profile in the clients file may be wrong."
        yield departure("informational", "hook", said, Grace.EVERYBODY)
    if isinstance(context, dict):
        yield from context_departures(Hook(hook), context)
