"""POST /fhir/PlanDefinition/$apply and /fhir/PlanDefinition/{id}/$apply: parse, assess, record, answer with a CarePlan."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.fhir.answer import Output
from service.fhir.json_format import parse
from service.fhir.knowledge.care_plan import care_plan
from service.fhir.knowledge.plan_application import check_subject, read_application
from service.fhir.knowledge.plan_check import checked_plan
from service.fhir.knowledge.plan_definition import PLAN_IDS
from service.pipeline import assess_bundle
from service.web.accepting import accept
from service.web.answers import document, fhir_answer
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.definitions import no_such_definition
from service.web.deployment import Deployment
from service.web.negotiation import STYLE_PARAMETERS, respond_async, strict_handling, wanted_style
from service.web.request_body import read_body
from service.worker.announcing import announce_now
from service.worker.asked import Asked, Kind

DOOR = "plan-definition"


def plan_application(deployment: Deployment) -> Blueprint:
    """The doors of $apply."""
    door = Blueprint("plan_application", __name__)

    @door.post("/fhir/PlanDefinition/$apply")
    def apply_named() -> Response:
        return _apply(deployment, names_plan=False)

    @door.post("/fhir/PlanDefinition/<id>/$apply")
    def apply_plan(id: str) -> Response:
        if id not in PLAN_IDS:
            raise no_such_definition("PlanDefinition", id, PLAN_IDS)
        return _apply(deployment, names_plan=True)

    return door


def _apply(deployment: Deployment, *, names_plan: bool) -> Response:
    settings, evidence = deployment.settings, deployment.evidence
    style = wanted_style(request)
    client = known_caller(request, deployment)
    strict = strict_handling(request)
    sent = read_body(request, limit=settings.max_body_bytes)
    body = parse(sent, limit_depth=settings.max_depth)
    options = {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}
    asked = read_application(body, options, names_plan=names_plan, evidence_version=evidence.version)
    now = deployment.clock()
    if respond_async(request):
        later = Asked(kind=Kind.APPLY, accepted_at=now, body=sent, options=options, strict=strict, names_plan=names_plan)
        return accept(request, deployment, later, body, caller=client)
    as_of = asked.as_of or now
    # A transaction says in its notes what a collection says in its OperationOutcome: a CarePlan has no place for one.
    answer = assess_bundle(
        asked.bundle,
        evidence,
        as_of=as_of,
        setting=asked.setting,
        output=Output.TRANSACTION,
        strict=strict,
        codes=deployment.codes,
    )
    plan = checked_plan(care_plan(answer.bundle, answer.assessment, evidence, digest=answer.digest, context=asked.context))
    check_subject(asked.subject, asked.bundle, plan["subject"])
    record_answer(deployment, answer, bundle=asked.bundle, strict=strict, caller=client, door=DOOR, as_of=as_of, now=now)
    announce_now(deployment.place, client, answer, now=now)
    headers = {"Preference-Applied": "handling=strict"} if strict else None
    return fhir_answer(document(plan, pretty=style.pretty), media_type=style.media_type, headers=headers)
