"""The cards that an EHR would be given for the same data when the patient's record is opened."""

from __future__ import annotations

from datetime import datetime

from service.cds_hooks.cards import cards_of
from service.cds_hooks.choosing import choose
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.hooks import Hook
from service.cds_hooks.request import HookRequest
from service.cds_hooks.rules import judge
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RECORD_QUERIES
from service.fhir.identity import resource_id
from service.pipeline import Answer

_CLIENT = Client(id="workbench", profile=PROFILES[Dialect.GENERIC])


def cards(answer: Answer, evidence: Evidence, *, as_of: datetime, public_url: str = "") -> Json:
    """The body of the answer to a patient-view, for a client that speaks CDS Hooks as written and has sent all of its data."""
    request = HookRequest(
        hook=Hook.PATIENT_VIEW,
        hook_instance=resource_id(answer.digest, "patient-view"),
        patient_id=answer.patient_reference.rpartition("/")[2],
        user_id="Practitioner/workbench",
        context={},
        prefetch=None,
    )
    judgement = judge(
        request.hook, answer.assessment, (), frozenset(query.key for query in RECORD_QUERIES), evidence, as_of=as_of
    )
    shown = choose(judgement, _CLIENT).shown
    return cards_of(shown, request, _CLIENT, answer.assessment, (), evidence, as_of=as_of, public_url=public_url)
