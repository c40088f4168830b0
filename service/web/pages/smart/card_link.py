"""The card whose link opened the app: what its appContext says, and what the record has of that card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from service.cds_hooks.clients import Client
from service.cds_hooks.hooks import SERVICE_ID, Hook, service_id
from service.errors import Overloaded
from service.store.pseudonyms import pseudonym
from service.web.deployment import Deployment

NAMES = ("card", "hookInstance")
_LONGEST = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """`rule`: the rule it rests on."""

    rule: str
    hook: str
    shown_at: datetime


def read_app_context(said: Any) -> dict[str, str]:
    """The appContext of one of our links as an EHR gives it back with the token; nothing of anybody else's."""
    if isinstance(said, str):
        try:
            said = orjson.loads(said)
        except orjson.JSONDecodeError:
            return {}
    if not isinstance(said, dict) or set(said) != set(NAMES):
        return {}
    told = {name: said[name] for name in NAMES}
    return told if all(isinstance(value, str) and 0 < len(value) <= _LONGEST for value in told.values()) else {}


def shown_card(deployment: Deployment, client: Client, card: Mapping[str, str], patient_id: str) -> ShownCard | None:
    """The card as it was recorded: of this client, shown, and about this patient. None for every other, and where the record cannot be read."""
    if not card:
        return None
    about = pseudonym(deployment.pseudonym_key, client=client.id, patient_id=patient_id)
    services = (SERVICE_ID,) if client.profile.shared_id else tuple(service_id(hook) for hook in Hook)
    try:
        calls = [call for id in services for call in deployment.hook_records.explanation(client.id, id, card["hookInstance"])]
    except Overloaded:
        return None
    for recorded in calls:
        for one in recorded.call.cards:
            if one.uuid == card["card"] and one.shown and recorded.call.patient == about:
                return ShownCard(rule=one.rule, hook=recorded.call.hook, shown_at=recorded.call.received_at)
    return None
