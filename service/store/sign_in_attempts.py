"""How often somebody failed to sign in, known to every process on the database: by name and address together, by address, and by name."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from service.errors import Overloaded, Problem
from service.store.moments import as_utc
from service.store.tables import SIGN_IN_ATTEMPTS
from service.store.transactions import Done, alone_on

# (what is counted, failures that cost nothing): who knows one name from one place; one place with many names; many places with one name.
_ALLOWED = (("name and address", 5), ("address", 20), ("name", 100))
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class SignInAttempts:
    """The open table. Raises Overloaded when it cannot be used: nobody may try without being counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, name: str, address: str, *, now: datetime) -> timedelta | None:
        """Count an attempt before the password is looked at, so that many at once are counted too. How long to wait instead, if it must not be made now."""

        def work(connection: Connection) -> timedelta | None:
            connection.execute(
                SIGN_IN_ATTEMPTS.delete().where(SIGN_IN_ATTEMPTS.c.last_at < now.astimezone(UTC) - FORGOTTEN_AFTER)
            )
            found = {who: _found(connection, who) for who, _ in _counted(name, address)}
            waits = [_wait(*found[who], allowed, now) for who, allowed in _counted(name, address)]
            if any(waits):
                return max(waits)
            for who, (failures, _) in found.items():
                _write(connection, who, failures + 1, now)
            return None

        return self._with_database(work)

    def succeeded(self, name: str, address: str, *, now: datetime) -> None:
        """Take back the attempt that was counted, and what went wrong before it at this address with this name: everywhere it was counted."""

        def work(connection: Connection) -> None:
            (pair, _), *others = _counted(name, address)
            own = max(1, _found(connection, pair)[0])
            connection.execute(SIGN_IN_ATTEMPTS.delete().where(SIGN_IN_ATTEMPTS.c.who == pair))
            for who, allowed in others:
                left = max(0, _found(connection, who)[0] - own)
                # As it was before: whoever could try has waited, and nobody has to wait again because somebody came in.
                _write(connection, who, left, now - _whole(left, allowed))

        self._with_database(work)

    def _with_database(self, work: Callable[[Connection], Done]) -> Done:
        try:
            return alone_on(self._engine, work)
        except SQLAlchemyError as error:
            raise Overloaded(
                Problem(
                    issue_type="transient",
                    diagnostics="nobody can be signed in now, because the database of the service cannot be used; try again soon",
                )
            ) from error


def place_of(address: str) -> str:
    """What is counted as one address: of IPv6 the network of 64 bits, because whoever has one of its addresses has all of them."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address) or known.ipv4_mapped:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False))


def _counted(name: str, address: str) -> Iterator[tuple[str, int]]:
    place = place_of(address)
    for (what, allowed), parts in zip(_ALLOWED, ((name, place), (place,), (name,)), strict=True):
        told = "".join(f"{len(part)}:{part}" for part in parts)
        yield hashlib.sha256(f"{what}|{told}".encode()).hexdigest(), allowed


def _found(connection: Connection, who: str) -> tuple[int, datetime | None]:
    row = connection.execute(select(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.who == who)).one_or_none()
    return (row.failures, as_utc(row.last_at)) if row else (0, None)


def _write(connection: Connection, who: str, failures: int, now: datetime) -> None:
    connection.execute(SIGN_IN_ATTEMPTS.delete().where(SIGN_IN_ATTEMPTS.c.who == who))
    connection.execute(SIGN_IN_ATTEMPTS.insert(), {"who": who, "failures": failures, "last_at": now.astimezone(UTC)})


def _wait(failures: int, last_at: datetime | None, allowed: int, now: datetime) -> timedelta:
    """What is left to wait: nothing for the first failures, then half a minute, and twice as long with every further one."""
    return timedelta() if last_at is None else max(timedelta(), last_at + _whole(failures, allowed) - now)


def _whole(failures: int, allowed: int) -> timedelta:
    if failures < allowed:
        return timedelta()
    # Twenty times twice is longer than the longest wait, and a number can be too large to multiply with.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - allowed, 20)))
