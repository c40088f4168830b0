"""One delivery, one attempt: sent, signed, and what follows from the reply. Delivered at least once; the id tells a receiver what it has had."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from random import SystemRandom

from service.outbound.callback import Reply, post
from service.outbound.callback_signature import signed_headers
from service.store.deliveries import Delivery, DeliveryState
from service.store.subscriptions import SubscriptionState
from service.worker.callback_secret import NoSecret, callback_secrets
from service.worker.workplace import Workplace

LONGEST_WAIT = timedelta(hours=1)
LONGEST_ASKED_WAIT = timedelta(days=1)
"""A Retry-After beyond it counts as this."""
_CHANCE = SystemRandom()
_CONTENT_TYPE = "application/fhir+json"


def deliver(place: Workplace, id: str, *, holder: str) -> DeliveryState | None:
    """Try this delivery, if it is due and nobody else is at it. What it is now; None when there was nothing to do here. Never raises."""
    try:
        now = place.clock()
        delivery = place.deliveries.claim(id, holder=holder, now=now)
        if delivery is None:
            return None
        return _settle(place, delivery, _send(place, delivery, now))
    except Exception as error:
        # The lease runs out, and somebody tries again.
        place.logger.error("delivery not settled yet", delivery=id, error=type(error).__name__)
        return None


def _send(place: Workplace, delivery: Delivery, now: datetime) -> Reply:
    client = place.clients.get(delivery.client)
    if client is None or not client.callback_url:
        return Reply(status=0, why="no address is registered for this client any more", refused=True)
    if delivery.unopened:
        # Waits for the operator too, who may have left out a key.
        return Reply(status=0, why=delivery.unopened)
    try:
        secrets = callback_secrets(client.callback_secret, os.environ)
        headers = signed_headers(secrets, delivery_id=delivery.id, at=now, body=delivery.body)
    except (NoSecret, ValueError) as error:
        # Waits for the operator, as a receiver that is away does.
        return Reply(status=0, why=str(error) if isinstance(error, NoSecret) else "the secret is no base64 behind whsec_")
    headers |= {"Content-Type": _CONTENT_TYPE, "Claudication-Delivery": delivery.what}
    return post(
        client.callback_url, delivery.body, headers=headers, development=place.settings.development, networks=place.networks
    )


def _settle(place: Workplace, delivery: Delivery, reply: Reply) -> DeliveryState:
    now = place.clock()
    state, due_at = DeliveryState.PENDING, None
    if reply.delivered:
        state = DeliveryState.DELIVERED
    elif reply.hopeless or delivery.attempts >= place.settings.callback_attempts:
        state = DeliveryState.DEAD
    else:
        first = timedelta(milliseconds=place.settings.callback_backoff_ms)
        due_at = now + wait_before(
            delivery.attempts + 1, first=first, asked=timedelta(seconds=reply.wait_s), chance=_CHANCE.random()
        )
    place.deliveries.settle(delivery, state=state, status=reply.status, why=reply.why, now=now, due_at=due_at)
    place.logger.info(
        "callback", delivery=delivery.id, what=delivery.what, attempt=delivery.attempts, status=reply.status, state=state.value
    )
    if delivery.subscription and state is not DeliveryState.PENDING:
        delivered = state is DeliveryState.DELIVERED
        place.subscriptions.set_status(delivery.subscription, SubscriptionState.ACTIVE if delivered else SubscriptionState.ERROR)
    return state


def wait_before(attempt: int, *, first: timedelta, asked: timedelta, chance: float) -> timedelta:
    """How long to wait before this attempt (2 is the first that waits): doubled each time, up to an hour, and half to all of that by `chance` (0 to 1).

    What the receiver `asked` for is waited for at least.
    """
    doubled = min(first * (1 << min(attempt - 2, 30)), LONGEST_WAIT)
    return max(doubled * (0.5 + chance / 2), min(asked, LONGEST_ASKED_WAIT))
