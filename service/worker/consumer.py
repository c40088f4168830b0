"""A worker process: takes what the queue wakes it for, keeps its leases alive, and looks now and then for what the queue lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from uuid import uuid4

from huey import Huey

from service.fhir.exchange.notification import Notice, notification
from service.fhir.json_format import dumps
from service.store.deliveries import NewDelivery
from service.worker.announcing import subscribed
from service.worker.deliveries import deliver
from service.worker.hook_events import tell_of_left
from service.worker.jobs import do_job
from service.worker.queue import DELIVERY, JOB, Alarm, open_queue, waiting, with_tasks
from service.worker.workplace import Workplace

LOST = timedelta(seconds=2)
"""A job that has waited so long while the queue is empty is one that the queue lost."""
_AT_ONCE = 200
_BUSY_SWEEP_S = 30.0
"""So often what is due is looked for in spite of a full queue. What is in it already is then called for twice, and done once."""
_EXPIRY_S = 60.0
_QUEUE_POLL_S = 0.5
_GOODBYE_S = 20


def work(place: Workplace, *, threads: int, parent: int = 0) -> None:
    """Work until told to stop by SIGTERM or SIGINT; with a `parent` (a process id), no longer than that lives. Raises QueueError."""
    holder = str(uuid4())
    queue = open_queue(place.settings)
    alarm = with_tasks(
        queue, lambda id: _unheard(do_job(place, id, holder=holder)), lambda id: _unheard(deliver(place, id, holder=holder))
    )
    consumer = queue.create_consumer(
        workers=threads,
        periodic=False,
        initial_delay=0.05,
        max_delay=_QUEUE_POLL_S,
        shutdown_timeout=_GOODBYE_S,
        graceful_signal="TERM",
    )
    stop = threading.Event()
    keeper = threading.Thread(target=keep_house, args=(place, queue, alarm, holder, stop, parent), name="keeper", daemon=True)
    keeper.start()
    try:
        consumer.run()
    finally:
        stop.set()
        keeper.join(_GOODBYE_S)
        queue.storage.close()


def keep_house(place: Workplace, queue: Huey, alarm: Alarm, holder: str, stop: threading.Event, parent: int) -> None:
    """Beside the work: leases, sweeps, heartbeats of subscriptions, expiry. Ends when `stop` is set, or the parent has gone."""
    pause = min(1.0, place.settings.job_lease_seconds / 3)
    expired_at, swept_at = 0.0, time.monotonic()
    while not stop.wait(pause):
        if parent and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        try:
            place.jobs.keep_alive(holder, now=place.clock())
            full = time.monotonic() - swept_at > _BUSY_SWEEP_S
            sweep(place, queue, alarm, though_busy=full)
            swept_at = time.monotonic() if full else swept_at
            if time.monotonic() - expired_at > _EXPIRY_S:
                expire(place)
                expired_at = time.monotonic()
        except Exception as error:
            # A database or a queue that is away comes back, or somebody reads this.
            place.logger.error("worker cannot keep house", error=type(error).__name__)


def sweep(place: Workplace, queue: Huey, alarm: Alarm, *, though_busy: bool = False) -> int:
    """Wake workers for what is due and not in the queue; how often. An empty queue is the sign: a full one is being worked on.

    `though_busy`: a full one too. Where there is always more to do, what failed once or lost its worker would else never have its turn.
    """
    now = place.clock()
    beat(place, alarm)
    tell_of_left(place)
    if waiting(queue) and not though_busy:
        return 0
    lost = place.jobs.overdue(now=now, waited=LOST, limit=_AT_ONCE)
    due = place.deliveries.due(now=now, limit=_AT_ONCE)
    for id in lost:
        alarm(JOB, id)
    for id in due:
        alarm(DELIVERY, id)
    return len(lost) + len(due)


def beat(place: Workplace, alarm: Alarm) -> None:
    """Send the heartbeats that are due to subscribers who asked for them."""
    now = place.clock()
    with place.transaction() as connection:
        written = [
            place.deliveries.add(
                NewDelivery(
                    client=one.client,
                    address=one.endpoint,
                    what=Notice.HEARTBEAT.value,
                    body=dumps(notification(subscribed(place, one), Notice.HEARTBEAT, at=now)),
                    subscription=one.id,
                ),
                now=now,
                connection=connection,
            )
            for one in place.subscriptions.claim_heartbeats(now=now, connection=connection)
        ]
    for id in written:
        alarm(DELIVERY, id)


def expire(place: Workplace) -> int:
    """Delete what has been kept long enough; how much that was."""
    now = place.clock()
    tables = (place.jobs, place.deliveries, place.subscriptions, place.announcements)
    return sum(table.expire(now=now) for table in tables)


def _unheard(_: object) -> None:
    """huey would log what a task gives back."""
