"""/fhir/Subscription: who wants to be told of the assessments made for them, and what they were told."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.errors import BadRequest, NotFound, Problem, Unauthorized
from service.fhir.elements import Json
from service.fhir.exchange.notification import Notice, notification, status_parameters, status_searchset
from service.fhir.exchange.subscription import read_subscription, subscription_resource
from service.fhir.identity import resource_id
from service.fhir.json_format import dumps, parse
from service.store.deliveries import NewDelivery
from service.store.subscriptions import NewSubscription, Subscription
from service.web.accepting import base_address
from service.web.answers import document, fhir_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.negotiation import wanted_style
from service.web.request_body import read_body
from service.web.stored import stored
from service.worker.announcing import as_told, subscribed
from service.worker.queue import DELIVERY

MOST_EVENTS = 100
"""In one answer of $events; the rest is asked for by number."""


def subscriptions(deployment: Deployment) -> Blueprint:
    """The doors of a client's own subscriptions; those of another do not exist for it."""
    door = Blueprint("subscriptions", __name__)
    place, settings = deployment.place, deployment.settings

    @door.post("/fhir/Subscription")
    def subscribe() -> Response:
        wanted_style(request)
        client = _client(deployment)
        body = parse(read_body(request, limit=settings.max_body_bytes), limit_depth=settings.max_depth)
        asked = read_subscription(body, registered=deployment.clients[client].callback_url)
        now = deployment.clock()
        if asked.ends_at is not None and asked.ends_at <= now:
            raise BadRequest(
                Problem(
                    issue_type="value",
                    diagnostics=f"end is {asked.ends_at.isoformat()}, which is past; give an instant to come, or none",
                    expression="Subscription.end",
                )
            )
        new = NewSubscription(
            client=client,
            topic=asked.topic.value,
            payload=asked.payload.value,
            endpoint=asked.endpoint,
            reason=asked.reason,
            heartbeat_seconds=asked.heartbeat_seconds,
            ends_at=asked.ends_at,
        )
        with place.transaction() as connection:
            made = place.subscriptions.add(new, now=now, connection=connection)
            handshake = NewDelivery(
                client=client,
                address=made.endpoint,
                what=Notice.HANDSHAKE.value,
                body=dumps(notification(subscribed(place, made), Notice.HANDSHAKE, at=now)),
                subscription=made.id,
            )
            delivery = place.deliveries.add(handshake, now=now, connection=connection)
        place.alarm(DELIVERY, delivery)
        answer = _said(_resource(made))
        answer.status_code = 201
        answer.headers["Location"] = f"{base_address(request, deployment)}/fhir/Subscription/{made.id}"
        return answer

    @door.get("/fhir/Subscription")
    def search() -> Response:
        wanted_style(request)
        own = place.subscriptions.of_client(_client(deployment))
        base = f"{base_address(request, deployment)}/fhir/Subscription"
        return _said(
            {
                "resourceType": "Bundle",
                "id": resource_id("|".join(one.id for one in own), "subscriptions"),
                "type": "searchset",
                "total": len(own),
                "link": [{"relation": "self", "url": base}],
                "entry": [
                    {"fullUrl": f"{base}/{one.id}", "resource": _resource(one), "search": {"mode": "match"}} for one in own
                ],
            }
        )

    @door.get("/fhir/Subscription/<id>")
    def read(id: str) -> Response:
        wanted_style(request)
        return _said(_resource(_own(deployment, id)))

    @door.delete("/fhir/Subscription/<id>")
    def unsubscribe(id: str) -> Response:
        found = _own(deployment, id)
        place.subscriptions.delete(found.id, client=found.client)
        place.deliveries.withdraw(subscription=found.id)
        return Response(status=204)

    @door.get("/fhir/Subscription/<id>/$status")
    def status(id: str) -> Response:
        wanted_style(request)
        found = _own(deployment, id)
        return _said(status_searchset([status_parameters(subscribed(place, found), Notice.STATUS)], at=deployment.clock()))

    @door.get("/fhir/Subscription/<id>/$events")
    def events(id: str) -> Response:
        wanted_style(request)
        found = _own(deployment, id)
        first, last = _number("eventsSinceNumber", 1), _number("eventsUntilNumber", found.events)
        kept = stored(lambda: place.subscriptions.events(found, first=first, last=min(last, first + MOST_EVENTS - 1)))
        told = [as_told(event) for event in kept]
        return _said(notification(subscribed(place, found), Notice.EVENTS, at=deployment.clock(), told=told))

    return door


def _client(deployment: Deployment) -> str:
    client = known_caller(request, deployment)
    if client not in deployment.clients:
        raise Unauthorized(
            Problem(
                issue_type="login",
                diagnostics="subscriptions are for registered clients; send a signed token as Authorization: Bearer",
            )
        )
    return client


def _own(deployment: Deployment, id: str) -> Subscription:
    found = deployment.place.subscriptions.find(id, client=_client(deployment))
    if found is None:
        raise NotFound(
            Problem(
                issue_type="not-found",
                diagnostics=f"there is no Subscription {id[:64]!r} of this client; GET /fhir/Subscription tells which there are",
                expression="Subscription.id",
            )
        )
    return found


def _number(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise BadRequest(
            Problem(
                issue_type="value",
                diagnostics=f"{name} is {text[:64]!r}; give the number of an event, 1 or more",
                expression=name,
            )
        )
    return int(text)


def _resource(found: Subscription) -> Json:
    return subscription_resource(
        id=found.id,
        topic=found.topic,
        payload=found.payload,
        endpoint=found.endpoint,
        reason=found.reason,
        status=found.status.value,
        heartbeat_seconds=found.heartbeat_seconds,
        ends_at=found.ends_at,
    )


def _said(resource: Json) -> Response:
    style = wanted_style(request)
    return fhir_answer(document(resource, pretty=style.pretty), media_type=style.media_type)
