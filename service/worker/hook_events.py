"""Telling subscribers of a call of the hooks after its cards have left: by the process that answered, or by a worker where that one died before.

What is to be told is written with the record of the call, and is taken away in the transaction that tells of it: told once, whoever does it. Of a
call in shadow mode nothing is written.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

from service.fhir.json_format import dumps
from service.pipeline import Answer
from service.store.announcements import Announcement, new_announcement
from service.worker.announcing import announce, listeners
from service.worker.queue import DELIVERY
from service.worker.workplace import Workplace

_AT_ONCE = 200
_AGAIN = timedelta(minutes=1)
"""How long one that could not be told of is left alone."""


def to_tell(place: Workplace, client: str, answer: Answer, *, now: datetime) -> Announcement | None:
    """What is to be told of this answer; None where its client has no address. Most have none, and at the hooks a millisecond counts."""
    registered = place.clients.get(client)
    if registered is None or not registered.callback_url:
        return None
    return new_announcement(client, dumps(answer.bundle), now=now)


def to_tell_now(place: Workplace, client: str, answer: Answer, *, now: datetime) -> str:
    """Write down at once what is to be told; its id. Never raises: the answer it is about must go out."""
    new = to_tell(place, client, answer, now=now)
    if new is None:
        return ""
    try:
        place.announcements.add_now(new)
    except Exception as error:
        place.logger.error("subscribers not told", error=type(error).__name__)
    return new.id


def tell(place: Workplace, id: str) -> bool:
    """Tell of an answer that waits to be told of, if nobody has. Never raises."""
    try:
        return _tell(place, id)
    except Exception as error:
        place.logger.error("subscribers not told yet", announcement=id, error=type(error).__name__)
        return False


def tell_of_left(place: Workplace) -> int:
    """Tell of what the processes that answered left behind; how many answers. One that cannot be told of now is tried again later."""
    now = place.clock()
    done = 0
    for id in place.announcements.due(now=now, limit=_AT_ONCE):
        if tell(place, id):
            done += 1
        else:
            place.announcements.put_off(id, until=now + _AGAIN)
    return done


def _tell(place: Workplace, id: str) -> bool:
    waiting = place.announcements.find(id)
    if waiting is None:
        return False
    now = place.clock()
    # As Decimals: 0.70 is told as 0.70.
    entries = json.loads(waiting.bundle, parse_float=Decimal)["entry"]
    told = listeners(place, waiting.client, entries, now=now)
    with place.transaction() as connection:
        if not place.announcements.take(id, connection=connection):
            return False
        written = list(announce(place, told, now=now, connection=connection))
    for delivery in written:
        place.alarm(DELIVERY, delivery)
    return True
