"""Hook calls for an invented patient, so that what is made ready on first use is ready before anybody waits for it. Nothing of them is recorded."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.hooks import Hook
from service.cds_hooks.request import read_request
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import record_queries
from service.fhir.forms.questionnaire import CANONICAL
from service.fhir.json_format import parse
from service.fhir.structure_schema import compile_checks
from service.fhir.terminology.recognised_orders import CPT
from service.hook_call import answer_call
from service.web.answers import document
from service.web.deployment import Deployment
from service.web.hook_memory import recall_call

_NOBODY = "nobody"
_ABOUT = {"reference": f"Patient/{_NOBODY}"}
_CLIENT = Client(id=_NOBODY, profile=PROFILES[Dialect.GENERIC])
# Systolic pressures in mmHg: a man with one bad leg.
_PRESSURES = {"Right arm": 148, "Left arm": 150, "Right dorsalis pedis artery": 156, "Left dorsalis pedis artery": 88}


def rehearse(deployment: Deployment) -> tuple[Json, ...]:
    """Take the path of a call from its bytes to those of the answer; what is answered when the record is opened, and when an angiography is signed."""
    compile_checks()
    return tuple(_answer(hook, deployment) for hook in (Hook.PATIENT_VIEW, Hook.ORDER_SIGN))


def _answer(hook: Hook, deployment: Deployment) -> Json:
    now = deployment.clock()
    queries = record_queries(deployment.codes)
    prefetch = dict.fromkeys((query.key for query in queries), None) | _record(now)
    body = parse(document(_call(hook, prefetch)), limit_depth=deployment.settings.max_depth)
    asked = read_request(body, _CLIENT.profile, now=now)
    memory = recall_call(deployment, asked, _CLIENT, now=now)
    answered = answer_call(
        asked,
        _CLIENT,
        evidence=deployment.evidence,
        codes=deployment.codes,
        queries=queries,
        read=None,
        now=now,
        deadline_ms=deployment.settings.hook_deadline_ms,
        timer=time.monotonic,
        choose=memory.choose,
    )
    document(answered.body)
    return answered.body


def _call(hook: Hook, prefetch: Json) -> Json:
    draft = {
        "resourceType": "ServiceRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": CPT, "code": "75635"}]},
        "subject": _ABOUT,
    }
    context: Json = {"userId": f"Practitioner/{_NOBODY}", "patientId": _NOBODY}
    if hook is Hook.ORDER_SIGN:
        context["draftOrders"] = _bundle("collection", draft)
    return {"hook": hook.value, "hookInstance": str(UUID(int=0)), "context": context, "prefetch": prefetch}


def _record(now: datetime) -> Json:
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "form",
        "status": "completed",
        "questionnaire": CANONICAL,
        "subject": _ABOUT,
        "authored": now.isoformat(),
        "item": [{"linkId": "leg-pain-on-walking", "answer": [{"valueBoolean": True}]}],
    }
    return {
        "patient": {"resourceType": "Patient", "id": _NOBODY, "gender": "male", "birthDate": "1955-06-01"},
        "pressures": _bundle("searchset", *(_pressure(site, mmhg, now) for site, mmhg in _PRESSURES.items())),
        "questionnaires": _bundle("searchset", form),
    }


def _pressure(site: str, mmhg: int, now: datetime) -> Json:
    return {
        "resourceType": "Observation",
        "id": site.lower().replace(" ", "-"),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": _ABOUT,
        "effectiveDateTime": now.isoformat(),
        "bodySite": {"text": site},
        "valueQuantity": {"value": mmhg, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }


def _bundle(kind: str, *resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}
