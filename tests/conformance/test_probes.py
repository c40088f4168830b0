"""Twenty-seven probes of a CDS Hooks service, each one HTTP call, with what other services did when they were sent the same.

The first sentence of each docstring says what is sent, the rest what others did: AHRQ CQL Services 3.2.0 and HealthChain 0.16.1 were run, the reference
implementation of Da Vinci CRD (of September 2025) was read. `docs/conformance.md` has the table.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.cds_hooks.cards import cards_of
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.hooks import Hook
from service.cds_hooks.judgement import Fired
from service.clinical.assessment import Priority
from service.evidence.hook_rules import HookRule, filled
from service.evidence.loader import load_evidence
from service.fhir.exchange.record_queries import MANDATORY, RECORD_QUERIES
from tests.cds_hooks import hook_stories
from tests.cds_hooks.calls import (
    INSTANCE,
    SERVER,
    TOKEN,
    authorization,
    call,
    condition,
    draft,
    full_prefetch,
    outcome,
    put,
    searchset,
    without,
)
from tests.cds_hooks.test_cards import CLAUDICATION
from tests.cds_hooks.tokens import CLIENTS, EPIC, bearer, claims, encoded, header, key_set, signed
from tests.clinical.patients import NOW
from tests.outbound.fault_server import Fault, FaultServer
from tests.serving import ask, serving
from tests.web.conftest import Deploy

SERVICES = "/cds-services"
SERVICE = f"{SERVICES}/claudication"
FEEDBACK = f"{SERVICE}/feedback"
HERE = "https://cds.example"
JSON = {"Content-Type": "application/json"}
NOT_FOLLOWED_UP = "Left leg ABI 0.62: artery disease, with no diagnosis, exercise or referral on record."


@pytest.fixture
def door(deployed: Deploy) -> FlaskClient:
    return create_app(deployed(development="true")).test_client()


@pytest.fixture
def signed_only(deployed: Deploy) -> FlaskClient:
    return create_app(replace(deployed(), clients={client.id: client for client in CLIENTS})).test_client()


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The first issue of an OperationOutcome; never a page, a trace or a card."""
    assert (answer.status_code, answer.mimetype) == (status, "application/fhir+json"), answer.text
    assert "Traceback" not in answer.text
    assert "<html" not in answer.text.lower()
    told: dict[str, Any] = answer.json
    assert "cards" not in told
    assert told["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = told["issue"][0]
    assert issue["code"] == code
    return issue


def places(answer: TestResponse) -> list[str]:
    return [issue["expression"][0] for issue in answer.json["issue"]]


def card_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    [card] = answer.json["cards"]
    assert card["summary"] == NOT_FOLLOWED_UP
    return dict(card)


def nothing_on_record(card: dict[str, Any]) -> list[str]:
    found = re.search(r"nothing on record for ([a-z, -]+)", card["detail"])
    assert found is not None, card["detail"]
    return found[1].split(", ")


@pytest.mark.requirement("54")
def test_p01_no_prefetch(door: FlaskClient) -> None:
    """A request without `prefetch`, which is legal, and no server to ask.

    CQL Services: its process ends with a TypeError. HealthChain: left to who writes the handler, and there is no way to a 412.
    """
    answer = door.post(SERVICE, json=call(prefetch=None))
    refused(answer, 412, "not-found")
    assert places(answer) == [f"prefetch.{key}" for key in MANDATORY]


@pytest.mark.requirement("54")
def test_p02_every_key_null(door: FlaskClient) -> None:
    """Every prefetch key null: the client says that the record has nothing.

    CQL Services: 500, and its process ends. HealthChain: left to who writes the handler.
    """
    answer = door.post(SERVICE, json=call(prefetch={query.key: None for query in RECORD_QUERIES}))
    assert (answer.status_code, answer.json) == (200, {"cards": []})


@pytest.mark.requirement("52", "54")
def test_p03_operation_outcome_in_a_key(door: FlaskClient) -> None:
    """An OperationOutcome (forbidden) where the conditions should be.

    CQL Services: 200 without a card, as if all were well. HealthChain: never looks.
    """
    answer = door.post(SERVICE, json=put(call(), "prefetch.conditions", outcome("error", "forbidden")))
    issue = refused(answer, 412, "incomplete")
    assert places(answer) == ["prefetch.conditions"]
    assert "forbidden" in issue["diagnostics"]


def test_p04_empty_bundle(door: FlaskClient) -> None:
    """A search that found nothing: a Bundle with total 0.

    CQL Services takes it. HealthChain: left to who writes the handler.
    """
    card = card_of(door.post(SERVICE, json=put(call(), "prefetch.conditions", searchset())))
    assert "conditions" in nothing_on_record(card)


@pytest.mark.requirement("52")
def test_p05_warning_in_an_empty_search(door: FlaskClient) -> None:
    """A search that found nothing, with the OperationOutcome that Epic puts into it.

    CQL Services takes it. HealthChain: left to who writes the handler.
    """
    remark = outcome("warning", "processing", details={"coding": [{"code": "4101"}]})
    told = searchset() | {"entry": [{"resource": remark, "search": {"mode": "outcome"}}]}
    card = card_of(door.post(SERVICE, json=put(call(), "prefetch.conditions", told)))
    assert "conditions" in nothing_on_record(card)


def test_p06_more_pages(door: FlaskClient) -> None:
    """A Bundle with a link to its next page, and no server to ask for it.

    CQL Services: takes the first page for the whole, silently. HealthChain: left to who writes the handler.
    """
    first = searchset(condition(), link=[{"relation": "next", "url": f"{SERVER}/Condition?page=2"}])
    card = card_of(door.post(SERVICE, json=put(call(), "prefetch.conditions", first)))
    assert "conditions only in part" in card["detail"]


def test_p07_wrong_hook(door: FlaskClient) -> None:
    """A hook that the service is not for.

    CQL Services: 200. HealthChain: 200 without a card.
    """
    answer = door.post(SERVICE, json=put(call(), "hook", "appointment-book"))
    assert "appointment-book" in refused(answer, 400, "invariant")["diagnostics"]
    assert places(answer) == ["hook"]


def test_p08_no_patient(door: FlaskClient) -> None:
    """A context without patientId.

    CQL Services: 200. HealthChain: 422, which is right, in a form of its own.
    """
    answer = door.post(SERVICE, json=without(call(), "context.patientId"))
    refused(answer, 400, "required")
    assert places(answer) == ["context.patientId"]


def test_p09_hook_instance_that_is_no_uuid(door: FlaskClient) -> None:
    """A hookInstance of `1`.

    CQL Services: 200. HealthChain: takes a request without any hookInstance.
    """
    answer = door.post(SERVICE, json=put(call(), "hookInstance", "1"))
    refused(answer, 400, "value")
    assert places(answer) == ["hookInstance"]


def test_p10_token_without_server(door: FlaskClient) -> None:
    """fhirAuthorization without fhirServer.

    CQL Services: 200. HealthChain: 200.
    """
    answer = door.post(SERVICE, json=call(fhirAuthorization=authorization()))
    refused(answer, 400, "invariant")
    assert places(answer) == ["fhirServer"]
    assert TOKEN not in answer.text


def test_p12_another_patient(door: FlaskClient) -> None:
    """Data of another patient than the one of the context.

    CQL Services: 200. HealthChain: does not compare. The reference implementation of CRD does not either.
    """
    answer = door.post(SERVICE, json=put(call(), "prefetch.conditions", searchset(condition(about="Patient/somebody-else"))))
    refused(answer, 422, "business-rule")


@pytest.mark.requirement("1")
def test_p13_bad_json(door: FlaskClient) -> None:
    """A body that is no JSON.

    CQL Services: 400, a page of HTML with a stack trace. HealthChain: 422 in a form of its own.
    """
    refused(door.post(SERVICE, data=b'{"hook": "patient-view",', headers=JSON), 400, "structure")


def test_p14_five_megabytes(door: FlaskClient) -> None:
    """A body of 5 MB.

    CQL Services: 413, a page of HTML. HealthChain: not tried.
    """
    body = json.dumps(put(call(), "extension", {"com.example.padding": "x" * 5_000_000}))
    refused(door.post(SERVICE, data=body, headers=JSON), 413, "too-long")


@pytest.mark.requirement("14", "76")
def test_p15_unknown_service(door: FlaskClient) -> None:
    """A service that there is not.

    CQL Services and HealthChain: 404.
    """
    refused(door.post(f"{SERVICES}/heart-failure", json=call()), 404, "not-found")


@pytest.mark.requirement("214")
def test_p16_extension_of_epic(door: FlaskClient) -> None:
    """`extension` as the object that the specification has and Epic sends.

    CQL Services lets it pass. HealthChain: 422, since its model wants a list.
    """
    card_of(door.post(SERVICE, json=call(extension={"com.epic.cdshooks.request.bpa-trigger-action": "23"})))


def test_p17_bogus_feedback(door: FlaskClient) -> None:
    """Feedback with an outcome that there is not and a time that is none.

    CQL Services: 200 and OK. HealthChain and the reference implementation of CRD: 404, they take no feedback.
    """
    item = {"card": INSTANCE, "outcome": "bogus", "outcomeTimestamp": "yesterday"}
    answer = door.post(FEEDBACK, json={"feedback": [item]})
    refused(answer, 400, "code-invalid")
    assert places(answer) == ["feedback[0].outcome", "feedback[0].outcomeTimestamp"]


def test_p18_feedback_of_epic(deployed: Deploy) -> None:
    """Feedback as Epic sends it: `overrideReasons` in the plural, and a card id that is no UUID.

    CQL Services takes it. HealthChain and the reference implementation of CRD: 404.
    """
    epic = Client(id="development", profile=PROFILES[Dialect.EPIC])
    door = create_app(replace(deployed(development="true"), clients={epic.id: epic})).test_client()
    item = {
        "card": "123456",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-03-02T09:00:00Z",
        "overrideReasons": {"reason": {"code": "contraindicated", "system": "https://reasons.example"}},
    }
    answer = door.post(FEEDBACK, json={"feedback": [item]})
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.requirement("201", "203")
@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_p19_no_signature_and_a_shared_secret(signed_only: FlaskClient, algorithm: str) -> None:
    """A token with `alg` none, and one with HS256.

    CQL Services and HealthChain know no signed clients. The reference implementation of CRD checks tokens only where a setting says so.
    """
    token = f"{encoded(json.dumps(header(algorithm)).encode())}.{encoded(json.dumps(claims()).encode())}.{encoded(b'x' * 32)}"
    refused(signed_only.post(SERVICE, json=call(), headers={"Authorization": f"Bearer {token}"}), 401, "login")


def test_p20_token_used_before(signed_only: FlaskClient) -> None:
    """A token that was used before.

    CQL Services and HealthChain know no signed clients. The reference implementation of CRD remembers no jti.
    """
    token = bearer()
    assert signed_only.post(SERVICE, json=call(), headers=token).status_code == 200
    refused(signed_only.post(SERVICE, json=call(), headers=token), 401, "login")


def test_p21_token_for_another(signed_only: FlaskClient) -> None:
    """A token whose `aud` is another service.

    CQL Services and HealthChain know no signed clients. The reference implementation of CRD compares no aud.
    """
    token = bearer(aud="https://other.example/cds-services/claudication")
    refused(signed_only.post(SERVICE, json=call(), headers=token), 401, "login")


@pytest.mark.requirement("195")
def test_p22_keys_from_anywhere(deployed: Deploy) -> None:
    """A token that names an address for its keys which is not registered, and has them there.

    CQL Services and HealthChain know no signed clients. The reference implementation of CRD fetches whatever address a token names, and trusts the key.
    """
    deployment = replace(deployed(), clients={client.id: client for client in CLIENTS})
    with FaultServer() as attacker:
        jku = f"http://127.0.0.1:{attacker.port}/keys.json"
        token = signed(header("ES384", jku=jku), claims(iss=EPIC.issuer))
        answer = create_app(deployment).test_client().post(SERVICE, json=call(), headers={"Authorization": f"Bearer {token}"})
        refused(answer, 401, "login")
        assert attacker.seen == []


def test_p23_fault_of_our_own(deployed: Deploy) -> None:
    """A request that makes the code behind the door fail.

    HealthChain: 200 without a card, which reads as if there were nothing to say.
    """
    deployment = deployed(development="true")
    broken = replace(deployment, evidence=replace(deployment.evidence, model=None))
    answer = create_app(broken).test_client().post(SERVICE, json=call(), headers={"X-Request-Id": "call-17"})
    assert "call-17" in refused(answer, 500, "exception")["diagnostics"]
    assert answer.headers["X-Request-Id"] == "call-17"


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real server, as in use: one registered client, whose FHIR server is elsewhere, and whose pages are of one origin."""
    folder = tmp_path_factory.mktemp("registered")
    (folder / "clients.toml").write_text(
        '[[clients]]\nid = "north"\nissuer = "https://other.example"\njwks_file = "north.json"\n'
        'fhir_servers = ["https://ehr.example/fhir"]\norigins = ["https://smart.ehr.example"]\n'
    )
    (folder / "north.json").write_text(json.dumps(key_set()))
    with serving(folder, CLAUDICATION_CLIENTS_FILE=str(folder / "clients.toml"), CLAUDICATION_PUBLIC_URL=HERE) as port:
        yield port


def sent(port: int, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    status, told, answer = ask(port, "POST", SERVICE, json.dumps(body).encode(), JSON | headers)
    assert told["content-type"] == ("application/json" if status == 200 else "application/fhir+json")
    return status, json.loads(answer)


def test_p11_server_of_this_machine(registered: int) -> None:
    """`fhirServer` is an address of the machine the service runs on, with a token.

    CQL Services: calls it, with the token. HealthChain fetches nothing by itself.
    """
    now = int(time.time())
    token = signed(header(), claims(aud=f"{HERE}{SERVICE}", iat=now, exp=now + 300))
    with FaultServer() as inside:
        body = call(prefetch=None, fhirServer=inside.base_url, fhirAuthorization=authorization())
        status, told = sent(registered, body, {"Authorization": f"Bearer {token}"})
        assert inside.seen == []
    assert status == 412
    assert {issue["code"] for issue in told["issue"]} == {"forbidden"}
    assert TOKEN not in json.dumps(told)


@pytest.mark.requirement("208")
def test_p24_page_of_a_hostile_origin(registered: int) -> None:
    """A preflight from a page of an origin that nobody registered.

    CQL Services: any origin may, with credentials. HealthChain: reflects the origin, with credentials.
    """
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    _, headers, _ = ask(registered, "OPTIONS", SERVICE, headers=asked)
    assert [name for name in headers if name.startswith("access-control-")] == []
    _, headers, _ = ask(registered, "OPTIONS", SERVICE, headers=asked | {"Origin": "https://smart.ehr.example"})
    assert headers["access-control-allow-origin"] == "https://smart.ehr.example"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.requirement("27", "54")
def test_p25_slow_server(tmp_path: Path) -> None:
    """Nothing sent, and a `fhirServer` that accepts the request and says nothing.

    CQL Services: not known. HealthChain: left to who writes the handler. Neither has a deadline.
    """
    # More than the service takes by default, so that a machine with much else to do has asked before it gives up.
    settings = {"CLAUDICATION_DEVELOPMENT": "true", "CLAUDICATION_HOOK_DEADLINE_MS": "1200"}
    with FaultServer(fault=Fault.SLOW) as silent, serving(tmp_path, **settings) as port:
        body = call(prefetch=None, fhirServer=silent.base_url, fhirAuthorization=authorization())
        began = time.monotonic()
        status, told = sent(port, body, {})
        took = time.monotonic() - began
        assert silent.seen
    assert status == 412
    assert [issue["expression"] for issue in told["issue"]] == [[f"prefetch.{key}"] for key in MANDATORY]
    assert {issue["code"] for issue in told["issue"]} == {"timeout"}
    # The server would say nothing for ever.
    assert took < 10


LONG = "Überaus langer Befund mit <b>Auszeichnung</b> und mehr; " * 12
RULES = load_evidence().hook_rules


class _Everything(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return LONG


@pytest.mark.requirement("83")
def test_p26_long_summary(door: FlaskClient) -> None:
    """A draft order whose name is far longer than a summary may be; every rule is given as long a text below.

    HealthChain lets a summary of 140 characters pass, where fewer are required. The others do not look.
    """
    angiography = {"system": "http://www.ama-assn.org/go/cpt", "code": "75635", "display": LONG}
    order = draft() | {"code": {"coding": [angiography], "text": LONG}}
    body = put(
        call(Hook.ORDER_SIGN, prefetch=full_prefetch() | {"pressures": None}), "context.draftOrders.entry", [{"resource": order}]
    )
    answer = door.post(SERVICE, json=body)
    assert answer.status_code == 200
    assert all(len(card["summary"]) < 140 for card in answer.json["cards"])
    assert answer.json["cards"]


@pytest.mark.requirement("83")
@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_p26_the_summary_of_every_rule_with_the_longest_data(rule: HookRule) -> None:
    """The same for each rule: whatever its text names is a text of hundreds of characters."""
    said = _Everything()
    fired = Fired(
        rule="ordered-already",
        priority=Priority.ROUTINE,
        red_flag=False,
        summary=filled(rule.summary, said),
        detail=filled(rule.detail, said),
        basis=rule.basis,
    )
    [card] = cards_of((fired,), hook_stories.call(), hook_stories.GENERIC, CLAUDICATION, (), load_evidence(), as_of=NOW)["cards"]
    assert 0 < len(card["summary"]) < 140
    assert "<" not in card["summary"]


def test_p27_several_services(client: FlaskClient) -> None:
    """Discovery, where several services share what is between them.

    HealthChain: of two services on one hook the later replaces the earlier, and both addresses answer with it.
    """
    services = client.get(SERVICES).json["services"]
    assert [(service["id"], service["hook"]) for service in services] == [("claudication", hook.value) for hook in Hook]
    assert len({service["title"] for service in services}) == len(services)
