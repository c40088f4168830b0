"""The discovery document: five hooks, one id, and templates from the one declaration of what is read."""

from __future__ import annotations

import pytest

from service.cds_hooks.discovery import MANDATORY_KEYS, discovery
from service.cds_hooks.hooks import HOOKS, Hook, hooks_of, service_id
from service.fhir.exchange.record_queries import MANDATORY, RECORD_QUERIES
from tests.cds_hooks.emptiness import empties

SERVICES = discovery(RECORD_QUERIES)["services"]


@pytest.mark.requirement("6")
@pytest.mark.requirement("7")
def test_each_hook_is_offered_once() -> None:
    assert [service["hook"] for service in SERVICES] == [hook.value for hook in Hook]


@pytest.mark.requirement("10")
@pytest.mark.requirement("210")
@pytest.mark.requirement("211")
def test_one_id_on_every_hook_so_that_later_cards_replace_earlier_ones() -> None:
    assert {service["id"] for service in SERVICES} == {"claudication"}


def test_a_client_that_keeps_one_service_under_an_id_is_shown_an_id_for_each() -> None:
    apart = discovery(RECORD_QUERIES, shared_id=False)["services"]
    assert {service["id"]: service["hook"] for service in apart} == {f"claudication-{hook}": hook.value for hook in Hook}
    assert [service | {"id": "claudication"} for service in apart] == SERVICES


def test_every_id_that_is_shown_is_registered_for_its_hook_and_no_other_is() -> None:
    assert hooks_of("claudication") == tuple(Hook)
    for hook in Hook:
        assert hooks_of(service_id(hook)) == (hook,)
    for other in ("", "claudication-", "claudication-order", "Claudication", "claudication-order-sign-order-sign", "order-sign"):
        assert hooks_of(other) == ()


@pytest.mark.requirement("8")
@pytest.mark.requirement("9")
def test_every_service_has_a_title_and_a_description_of_its_own() -> None:
    for element in ("title", "description"):
        assert len({service[element] for service in SERVICES}) == len(SERVICES)


@pytest.mark.requirement("11")
@pytest.mark.requirement("29")
@pytest.mark.requirement("35")
@pytest.mark.requirement("36")
def test_every_query_is_a_prefetch_template_under_its_key() -> None:
    for service in SERVICES:
        assert service["prefetch"] == {query.key: query.template() for query in RECORD_QUERIES}


@pytest.mark.requirement("12")
def test_the_usage_requirements_name_the_mandatory_keys() -> None:
    for service in SERVICES:
        assert f"Mandatory prefetch keys: {', '.join(MANDATORY)}." in service["usageRequirements"]


@pytest.mark.requirement("214")
@pytest.mark.requirement("215")
def test_programs_find_the_mandatory_keys_in_an_extension_named_by_a_domain() -> None:
    for service in SERVICES:
        assert service["extension"] == {MANDATORY_KEYS: {"keys": list(MANDATORY)}}
        assert MANDATORY_KEYS.startswith("example.")


def test_the_versions_are_those_of_the_hooks_as_published() -> None:
    assert {service["hook"]: service["hookVersion"] for service in SERVICES} == {
        "patient-view": "1.0",
        "order-select": "1.0",
        "order-sign": "1.0",
        "encounter-start": "1.0",
        "problem-list-item-create": "0.1.0",
    }
    assert {service["version"] for service in SERVICES} == {"2.0.1"}


@pytest.mark.requirement("3")
def test_nothing_in_it_is_null_or_empty() -> None:
    assert empties({"services": SERVICES}) == []


def test_the_rules_of_each_hook_ask_for_user_and_patient() -> None:
    for hook in Hook:
        required = [field.name for field in HOOKS[hook].fields if field.required]
        assert required[:2] == ["userId", "patientId"]
