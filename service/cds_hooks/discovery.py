"""The discovery document, as data: one id on every hook, so that the cards of a later hook replace those of an earlier one; or an id for each."""

from __future__ import annotations

from collections.abc import Sequence

from service.cds_hooks.hooks import HOOKS, SERVICE_ID, Hook, HookRules, service_id
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RecordQuery

SPECIFICATION_VERSION = "2.0.1"
"""Of CDS Hooks; calls of clients that speak 1.0 or the 3.0 ballot are understood as well."""
MANDATORY_KEYS = "example.claudication-cds.mandatory-prefetch"
"""Our extension of a service: the same that usageRequirements says in words, for programs."""


def discovery(queries: Sequence[RecordQuery], *, shared_id: bool = True) -> Json:
    """The answer of GET /cds-services, with a prefetch template for each query.

    Without `shared_id` each service has an id of its own, for clients that keep one service under an id.
    """
    ids = {hook: SERVICE_ID if shared_id else service_id(hook) for hook in HOOKS}
    return {"services": [_service(ids[hook], hook, rules, queries) for hook, rules in HOOKS.items()]}


def _service(identity: str, hook: Hook, rules: HookRules, queries: Sequence[RecordQuery]) -> Json:
    mandatory = [query.key for query in queries if query.mandatory]
    return {
        "hook": hook.value,
        "title": rules.title,
        "description": rules.description,
        "id": identity,
        "prefetch": {query.key: query.template() for query in queries},
        "usageRequirements": usage_requirements(mandatory),
        "version": SPECIFICATION_VERSION,
        "hookVersion": rules.version,
        "extension": {MANDATORY_KEYS: {"keys": mandatory}},
    }


def usage_requirements(mandatory: Sequence[str]) -> str:
    """What a client has to fulfil, in words."""
    return (
        f"Mandatory prefetch keys: {', '.join(mandatory)}. Send null for a key of which the record has nothing. A key that is left out is fetched from "
        "fhirServer with the token of the request; where that is not possible and the key is mandatory, the answer is 412 and names it. Every other key is "
        "optional and makes the answer better. FHIR R4."
    )
