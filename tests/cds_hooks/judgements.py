"""Rules that fired, for tests of what is made of them."""

from __future__ import annotations

from service.cds_hooks.clients import Client, Dialect, Profile
from service.cds_hooks.judgement import Fired, Judgement, RuleTrace
from service.clinical.assessment import Priority
from service.evidence.basis import Basis


def fired(rule: str, *, red_flag: bool = False, priority: Priority = Priority.ROUTINE, about: str = "") -> Fired:
    return Fired(
        rule=rule,
        priority=Priority.STAT if red_flag else priority,
        red_flag=red_flag,
        summary=f"{rule} said shortly",
        detail=f"{rule} said at length",
        basis=Basis(rule=rule, citation="none", tag="decision"),
        about=about,
    )


def judgement(*rules: Fired, trace: tuple[RuleTrace, ...] = ()) -> Judgement:
    return Judgement(fired=rules, trace=trace or tuple(RuleTrace(rule=one.rule, outcome="fired") for one in rules))


def client(id: str = "north-hospital", **given: object) -> Client:
    return Client(id=id, profile=Profile(dialect=Dialect.GENERIC), **given)  # type: ignore[arg-type]  # whatever the test says
