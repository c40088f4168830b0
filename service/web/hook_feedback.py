"""POST /cds-services/{id}/feedback: what became of cards, recorded."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from service.cds_hooks.feedback import read_feedback
from service.cds_hooks.hooks import SERVICE_ID, hooks_of
from service.errors import NotFound, Problem
from service.fhir.json_format import parse, shortened
from service.store.audit import Action, AuditEntry
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment
from service.web.request_body import read_body


def hook_feedback(deployment: Deployment) -> Blueprint:
    """The feedback door."""
    door = Blueprint("hook_feedback", __name__)
    settings = deployment.settings

    @door.post("/cds-services/<id>/feedback")
    def take_feedback(id: str) -> Response:
        check_service(id)
        client = caller(request, deployment, audience_of(request, deployment))
        body = parse(read_body(request, limit=settings.max_body_bytes, any_json=True), limit_depth=settings.max_depth)
        read = read_feedback(body, client=client.id, lenient=client.profile.lenient, now=deployment.clock())
        recorded, unmatched = deployment.hook_records.add_feedback(
            read.items,
            AuditEntry(
                recorded_at=deployment.clock(),
                actor=client.id,
                action=Action.FED_BACK,
                object="feedback",
                detail={"items": len(read.items)},
            ),
        )
        if recorded.error:
            deployment.logger.error(
                "feedback not recorded yet", request_id=g.request_id, error=recorded.error, given_up=recorded.lost
            )
        deployment.logger.info(
            "feedback",
            request_id=g.request_id,
            client=client.id,
            items=len(read.items),
            unmatched=unmatched,
            comments_dropped=sum(item.commented for item in read.items),
            remarks=len(read.remarks),
        )
        answer = Response(status=200)
        # The standard asks for no body, so there is nothing that could have a type.
        del answer.headers["Content-Type"]
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return door


def check_service(id: str) -> None:
    """Raises NotFound for an id that is not one of ours."""
    if not hooks_of(id):
        raise NotFound(
            Problem(
                issue_type="not-found",
                diagnostics=f"there is no service {shortened(id)!r}; GET /cds-services lists what there is: {SERVICE_ID}",
            )
        )
