"""Invented calls for the tests of the cards: a few words in, a judgement or an answer out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from service.cds_hooks.cards import cards_of
from service.cds_hooks.clients import Client, Dialect, Profile
from service.cds_hooks.drafts import Written
from service.cds_hooks.hooks import Hook
from service.cds_hooks.judgement import Fired, Judgement, RuleTrace
from service.cds_hooks.prefetch import KeyReport, KeyState
from service.cds_hooks.request import HookRequest
from service.cds_hooks.rules import judge
from service.clinical.assessment import Assessment
from service.clinical.measurements import Side
from service.evidence.hook_rules import RECORD_KEYS
from tests.clinical.patients import NOW, evidence

INSTANCE = "7b1a2c3d-0000-4000-8000-000000000001"
# A catalogue with a code for every order, as an EHR that takes no others is given one.
CATALOGUE_SYSTEM = "urn:com.epic.cdshooks.action.code.system.preference-list-item"


def catalogue() -> dict[str, tuple[dict[str, Any], ...]]:
    return {order: ({"system": CATALOGUE_SYSTEM, "code": f"PL-{order}"},) for order in evidence().recommendations.orders}


GENERIC = Client(id="generic", profile=Profile(dialect=Dialect.GENERIC))
SANDBOX = Client(
    id="sandbox", profile=Profile(dialect=Dialect.SANDBOX), system_actions=True, smart_launch_url="https://app.example/launch"
)
_EPIC = Profile(
    dialect=Dialect.EPIC,
    lenient=True,
    one_action_per_suggestion=True,
    at_most_one=False,
    alphanumeric_topic=True,
    only_agreed_order_codes=True,
)
EPIC = Client(id="epic", profile=_EPIC, order_codes=catalogue())
EPIC_WITHOUT_CODES = Client(id="epic-bare", profile=_EPIC)
ORACLE = Client(
    id="oracle",
    profile=Profile(
        dialect=Dialect.ORACLE, at_most_one=False, app_context=False, cards_of_1_0=True, only_agreed_order_codes=True
    ),
    order_codes=catalogue(),
    smart_launch_url="https://app.example/launch",
)
CLIENTS = (GENERIC, SANDBOX, EPIC, EPIC_WITHOUT_CODES, ORACLE)


def draft(code: str, *legs: Side, id: str = "draft-1", judged: bool = True) -> Written:
    reference = f"ServiceRequest/{id}"
    resource = {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p-1"},
    }
    return Written(about=reference, reference=reference, code=code, legs=frozenset(legs), judged=judged, resource=resource)


def problem(code: str, id: str = "problem-1") -> Written:
    return Written(about=f"Condition/{id}", reference=f"Condition/{id}", code=code, problem=True)


def judged(assessment: Assessment, hook: Hook, *written: Written, unseen: Collection[str] = ()) -> Judgement:
    return judge(hook, assessment, written, RECORD_KEYS - set(unseen), evidence(), as_of=NOW)


def rules(judgement: Judgement) -> list[str]:
    return [fired.rule for fired in judgement.fired]


def trace(judgement: Judgement, rule: str) -> RuleTrace:
    return next(one for one in judgement.trace if one.rule == rule)


def fired(judgement: Judgement, rule: str) -> Fired:
    return next(one for one in judgement.fired if one.rule == rule)


def call(hook: Hook = Hook.ORDER_SIGN, *, user: str = "Practitioner/dr-9", encounter: str = "", **context: Any) -> HookRequest:
    return HookRequest(
        hook=hook, hook_instance=INSTANCE, patient_id="p-1", user_id=user, encounter_id=encounter, context=context, prefetch=None
    )


def key(name: str, state: KeyState = KeyState.GIVEN, **told: Any) -> KeyReport:
    return KeyReport(key=name, mandatory=False, state=state, **told)


def answer(
    judgement: Judgement,
    assessment: Assessment,
    hook: Hook,
    *written: Written,
    client: Client = GENERIC,
    keys: tuple[KeyReport, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    return cards_of(judgement.fired, call(hook), client, assessment, keys, evidence(), written=written, as_of=NOW, **more)
