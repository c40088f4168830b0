"""GET /fhir/RiskAssessment and its like, by id and by search: what this service said, for the client it was said to. Every reading is audited first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, request

from service.errors import BadRequest, NotFound, Problem
from service.fhir.elements import Json
from service.fhir.exchange.audit_event import audit_event
from service.fhir.exchange.record_search import READ_BACK, RecordSearch, page_mark, read_search
from service.fhir.exchange.searchset import nothing_kept_outcome, published, searchset
from service.fhir.json_format import shortened
from service.store.audit import Action, AuditEntry, AuditRow
from service.store.record_reader import is_record
from service.store.record_values import Page, Search
from service.web.answers import document, fhir_answer
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment
from service.web.negotiation import STYLE_PARAMETERS, wanted_style
from service.web.stored import stored

AUDIT_EVENT = "AuditEvent"
NOTHING_KEPT = (
    "this deployment keeps no results, so there is nothing to read back; CLAUDICATION_KEEP_PATIENT_DATA=result (with CLAUDICATION_RECORD_KEY) "
    "keeps those of assessments from then on"
)


def read_back(deployment: Deployment) -> Blueprint:
    """The doors of all types that are read back."""
    door = Blueprint("read_back", __name__)
    for resource_type in READ_BACK:
        door.add_url_rule(
            f"/fhir/{resource_type}", f"search_{resource_type}", _searching(deployment, resource_type), methods=["GET"]
        )
        door.add_url_rule(
            f"/fhir/{resource_type}/<id>", f"read_{resource_type}", _reading(deployment, resource_type), methods=["GET"]
        )
    return door


def _searching(deployment: Deployment, resource_type: str) -> Callable[[], Response]:
    def search() -> Response:
        style = wanted_style(request)
        client = caller(request, deployment, audience_of(request, deployment)).id
        asked = read_search(_options())
        page = stored(lambda: _found(deployment, client, resource_type, asked))
        base = _base(deployment)
        bundle = searchset(
            _resources(page),
            base=base,
            total=page.total,
            links=_links(f"{base}/{resource_type}", page),
            outcome=None if page.total or deployment.keeping.results else nothing_kept_outcome(_sentence(NOTHING_KEPT)),
        )
        return fhir_answer(document(bundle, pretty=style.pretty), media_type=style.media_type)

    return search


def _reading(deployment: Deployment, resource_type: str) -> Callable[[str], Response]:
    def read(id: str) -> Response:
        style = wanted_style(request)
        client = caller(request, deployment, audience_of(request, deployment)).id
        unknown = list(_options())
        if unknown:
            raise BadRequest(
                Problem(
                    issue_type="not-supported", diagnostics=f"a read takes no parameter {shortened(unknown[0])!r}; leave it out"
                )
            )
        resource = stored(lambda: _one(deployment, client, resource_type, id))
        if resource is None:
            why = "" if deployment.keeping.results or resource_type == AUDIT_EVENT else f": {NOTHING_KEPT}"
            # Another client's is not there either: who may not read it may not learn of it.
            raise NotFound(
                Problem(
                    issue_type="not-found",
                    diagnostics=f"there is no {resource_type} {shortened(id)!r} for this client{why}",
                    expression=resource_type,
                )
            )
        return fhir_answer(document(resource, pretty=style.pretty), media_type=style.media_type)

    return read


def _found(deployment: Deployment, client: str, resource_type: str, asked: RecordSearch) -> Page:
    snapshot, before = asked.page or (None, None)
    search = Search(
        patient=asked.patient, since=asked.since, until=asked.until, count=asked.count, snapshot=snapshot, before=before
    )
    if resource_type == AUDIT_EVENT:
        page = deployment.records.search_audit(client, search)
        seen = Counter([deployment.records.pseudonym_of(client, asked.patient)] * len(page.found))
    else:
        page = deployment.records.search(client, resource_type, search)
        seen = Counter(kept.patient for kept in page.found)
    # One row for each patient somebody saw something of, and one where nothing was found.
    shown = seen or Counter({deployment.records.pseudonym_of(client, asked.patient): 0})
    deployment.audit.append(
        *(
            AuditEntry(
                recorded_at=deployment.clock(),
                actor=client,
                action=Action.SEARCHED,
                object="search",
                patient=patient,
                detail={"type": resource_type, "count": count},
            )
            for patient, count in shown.items()
        )
    )
    return page


def _one(deployment: Deployment, client: str, resource_type: str, id: str) -> Json | None:
    entry = AuditEntry(
        recorded_at=deployment.clock(), actor=client, action=Action.READ, object="audit", detail={"type": resource_type, "id": id}
    )
    if resource_type == AUDIT_EVENT:
        row = deployment.records.audit_row(client, int(id)) if id.isascii() and id.isdigit() and len(id) < 10 else None
        if row is None:
            return None
        deployment.audit.append(entry)
        return as_event(row)
    kept = deployment.records.resource(client, resource_type, id)
    if kept is None:
        return None
    deployment.audit.append(replace(entry, object=kept.record_id, patient=kept.patient))
    return published(kept.resource, kept.entries, recorded_at=kept.recorded_at)


def _resources(page: Page) -> list[Json]:
    return [
        as_event(one) if isinstance(one, AuditRow) else published(one.resource, one.entries, recorded_at=one.recorded_at)
        for one in page.found
    ]


def as_event(row: AuditRow) -> Json:
    """A row of the audit as an AuditEvent."""
    return audit_event(
        sequence=row.sequence,
        recorded_at=row.recorded_at,
        actor=row.actor,
        action=row.action,
        object=row.object,
        is_record=is_record(row.object),
        patient=row.patient,
        detail=orjson.loads(row.detail),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def _links(address: str, page: Page) -> dict[str, str]:
    given = [(name, value) for name, values in request.args.lists() for value in values]
    links = {"self": f"{address}?{urlencode(given)}" if given else address}
    if page.more is not None:
        onward = [(name, value) for name, value in given if name != "_page"]
        links["next"] = f"{address}?{urlencode([*onward, ('_page', page_mark(*page.more))])}"
    return links


def _options() -> dict[str, list[str]]:
    return {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}


def _base(deployment: Deployment) -> str:
    return f"{deployment.settings.public_url or request.host_url.rstrip('/')}/fhir"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
