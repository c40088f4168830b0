"""The clients file: what a hospital writes, and what it is told when it writes it wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.cds_hooks.client_file import load_client_file
from service.cds_hooks.clients import DEVELOPMENT, PROFILES, Client, Dialect, development_client
from service.cds_hooks.hooks import Hook
from service.cds_hooks.smart_app import SmartApp
from service.clinical.assessment import Setting
from service.errors import RegistrationError

KEY = {"kty": "EC", "crv": "P-384", "kid": "one", "x": "AA", "y": "AA"}
WHOLE = """
[[clients]]
id = "north-hospital"
profile = "epic"
issuer = "https://fhir.north.example/api/FHIR/R4"
jku = ["https://fhir.north.example/oauth2/keys"]
tenants = ["north"]
fhir_servers = ["https://fhir.north.example/api/FHIR/R4/"]
origins = ["https://ehr.north.example", "http://localhost:8080"]
shadow = true
max_cards = 1
cards_per_patient_and_day = 3
suppress_days = 14
setting = "vascular-clinic"

[clients.can]
autolaunch = false

[[clients.orders.resting-abi]]
system = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
code = "113377"
display = "ABI at rest"

[[clients]]
id = "reference-client"
profile = "sandbox"
issuer = "https://sandbox.example"
system_actions = true
jwks = { keys = [{ kty = "EC", crv = "P-384", kid = "one", x = "AA", y = "AA" }] }
"""


def load(tmp_path: Path, text: str) -> dict[str, Client]:
    path = tmp_path / "clients.toml"
    path.write_text(text, encoding="utf-8")
    return load_client_file(path)


def refused(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(RegistrationError) as caught:
        load(tmp_path, text)
    said = [problem.diagnostics for problem in caught.value.problems]
    assert all("clients.toml" in one and "docs/hooks.md" in one for one in said)
    return said


def one_client(*lines: str) -> str:
    known = ['id = "one"', 'issuer = "https://one.example"', 'jku = ["https://one.example/keys"]']
    names = {line.split(" =")[0] for line in lines}
    return "\n".join(["[[clients]]", *(line for line in known if line.split(" =")[0] not in names), *lines])


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    clients = load(tmp_path, WHOLE)
    assert list(clients) == ["north-hospital", "reference-client"]
    north = clients["north-hospital"]
    assert (north.profile.dialect, north.profile.lenient, north.profile.autolaunch) == (Dialect.EPIC, True, False)
    assert north.fhir_servers == ("https://fhir.north.example/api/FHIR/R4",)
    assert (north.tenants, north.shadow, north.max_cards, north.cards_per_patient_and_day, north.suppress_days) == (
        frozenset({"north"}),
        True,
        1,
        3,
        14,
    )
    assert north.origins == ("https://ehr.north.example", "http://localhost:8080")
    assert north.setting is Setting.VASCULAR_CLINIC
    assert north.order_codes == {
        "resting-abi": (
            {
                "system": "urn:com.epic.cdshooks.action.code.system.preference-list-item",
                "code": "113377",
                "display": "ABI at rest",
            },
        )
    }
    reference = clients["reference-client"]
    assert reference.jwks == {"keys": [KEY]}
    assert (reference.system_actions, reference.max_cards, reference.shadow) == (True, 2, False)
    assert "AA" not in repr(reference)


def test_keys_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY]}))
    assert load(tmp_path, one_client("jku = []", 'jwks_file = "keys.json"'))["one"].jwks == {"keys": [KEY]}


def test_without_a_display_a_coding_has_none(tmp_path: Path) -> None:
    client = load(tmp_path, one_client('[[clients.orders.resting-abi]]\nsystem = "urn:x"\ncode = "1"'))["one"]
    assert client.order_codes["resting-abi"] == ({"system": "urn:x", "code": "1"},)


def test_any_client_may_be_said_to_need_an_id_for_each_hook(tmp_path: Path) -> None:
    assert load(tmp_path, one_client(""))["one"].profile.shared_id
    assert not load(tmp_path, one_client("can = { shared_id = false }"))["one"].profile.shared_id


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("fhir_server = 'x'", "clients.0.fhir_server: is not a key known here; did you mean fhir_servers?"),
        ("colour = 'red'", "clients.0.colour: is not a key known here; correct or remove it"),
        ("id = 'North Hospital'", "clients.0.id: must be lower-case letters"),
        ("profile = 'meditech'", "clients.0.profile"),
        ("setting = 'ward'", "clients.0.setting"),
        ("max_cards = 0", "clients.0.max_cards: must be a whole number from 1 to 10"),
        ("shadow = 'yes'", "clients.0.shadow"),
        ("jku = ['http://one.example/keys']", "clients.0.jku.0: must begin with https"),
        ("jku = ['https://']", "clients.0.jku.0: must be an https URL"),
        ("jku = ['https://[::1/keys']", "clients.0.jku.0: must be an https URL"),
        ("jku = ['ftp://one.example']", "clients.0.jku.0: must be an https URL"),
        ("fhir_servers = ['https://user:word@one.example']", "clients.0.fhir_servers.0: must be an https URL without user"),
        ("origins = ['https://one.example/']", "clients.0.origins.0: must be scheme, host and port"),
        ("origins = ['https://One.example']", "clients.0.origins.0: must be scheme, host and port"),
        ("can = { shared_id = 'no' }", "clients.0.can.shared_id"),
        ("can = { fly = true }", "clients.0.can.fly: must be one of lenient"),
        ("[[clients.orders.resting-abi]]\ncode = '1'", "clients.0.orders.resting-abi.0.system: Missing"),
        (
            "[[clients.orders.resting-aby]]\nsystem = 'urn:x'\ncode = '1'",
            "orders.resting-aby is not an order code of the service; did you mean resting-abi?",
        ),
        ("issuer = ''", "client 'one' has no issuer"),
        ("jku = []", "client 'one' has no keys"),
        ("jwks_file = 'nowhere.json'", "jwks_file 'nowhere.json' cannot be read"),
        ("jwks_file = 'clients.toml'", "jwks_file 'clients.toml' is not JSON"),
        ("jwks = { keys = [] }", "the key set has no keys"),
        ("jwks = { keys = ['x'] }", "the key set has no keys"),
        ("jwks = { keys = [{ kty = 'EC', d = 'secret' }] }", "holds a private or a shared key"),
        ("jwks = { keys = [{ kty = 'oct', k = 'secret' }] }", "holds a private or a shared key"),
        ("jwks = { keys = [{ kty = 'EC' }] }\njwks_file = 'x'", "has both jwks and jwks_file"),
        ("profile = 'epic'\nsystem_actions = true", "a client of profile epic takes no system actions"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_the_remedy(tmp_path: Path, line: str, told: str) -> None:
    said = refused(tmp_path, one_client(*line.split("\n")))
    assert any(told in one for one in said), said
    assert not any("secret" in one or ":word@" in one for one in said)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, one_client("max_cards = 99", "colour = 'red'", "suppress_days = 1000"))) == 3


def test_every_client_has_its_own_id(tmp_path: Path) -> None:
    second = one_client().replace("one.example", "two.example")
    assert any("'one' stands there 2 times" in one for one in refused(tmp_path, f"{one_client()}\n{second}"))


def test_clients_of_one_issuer_need_tenants_to_be_told_apart(tmp_path: Path) -> None:
    second = one_client("id = 'two'")
    assert any("cannot be told apart" in one for one in refused(tmp_path, f"{one_client()}\n{second}"))
    apart = one_client('tenants = ["a"]') + "\n" + one_client("id = 'two'", 'tenants = ["b"]')
    assert list(load(tmp_path, apart)) == ["one", "two"]


def test_a_file_that_is_not_there_or_no_toml_is_told(tmp_path: Path) -> None:
    assert "is not valid TOML" in refused(tmp_path, "clients = [")[0]
    assert "clients: Missing data" in refused(tmp_path, "")[0]
    with pytest.raises(RegistrationError, match="cannot be read"):
        load_client_file(tmp_path / "missing.toml")


def test_who_calls_in_development_may_be_registered_and_has_no_keys(tmp_path: Path) -> None:
    clients = load(tmp_path, f'[[clients]]\nid = "{DEVELOPMENT}"\nprofile = "epic"\nmax_cards = 5')
    assert development_client(clients).max_cards == 5
    assert "leave out issuer" in refused(tmp_path, one_client(f"id = '{DEVELOPMENT}'"))[0]


def test_who_calls_in_development_otherwise_keeps_to_the_standard_and_names_no_server() -> None:
    client = development_client({})
    assert (client.id, client.profile, client.fhir_servers, client.jwks) == (DEVELOPMENT, PROFILES[Dialect.GENERIC], (), None)


def test_every_dialect_has_a_profile_under_its_name() -> None:
    assert {dialect: profile.dialect for dialect, profile in PROFILES.items()} == {dialect: dialect for dialect in Dialect}


def test_what_vendors_say_of_their_clients() -> None:
    epic, oracle = PROFILES[Dialect.EPIC], PROFILES[Dialect.ORACLE]
    assert (epic.one_action_per_suggestion, epic.at_most_one, epic.alphanumeric_topic, epic.only_agreed_order_codes) == (
        True,
        False,
        True,
        True,
    )
    assert epic.hooks == {Hook.PATIENT_VIEW, Hook.ORDER_SELECT, Hook.ORDER_SIGN}
    assert (oracle.cards_of_1_0, oracle.app_context, oracle.feedback) == (True, False, False)
    assert oracle.hooks == {Hook.PATIENT_VIEW}
    assert not any(profile.cards_of_3_0 for profile in PROFILES.values())


SMART = """
[[clients]]
id = "south"

[clients.smart_app]
iss = "https://fhir.south.example/r4/"
client_id = "8d1f"
"""


def test_an_ehr_may_launch_the_app_and_call_no_hook(tmp_path: Path) -> None:
    (south,) = load(tmp_path, SMART).values()
    assert south.issuer == ""
    assert south.smart_app == SmartApp(iss="https://fhir.south.example/r4", client_id="8d1f", name="south")
    more = 'name = "South"\nconfidential = true\nscopes = "launch launch/patient openid fhirUser patient/*.read"'
    app = load(tmp_path, SMART + more)["south"].smart_app
    assert app is not None
    assert (app.name, app.confidential, app.scopes) == ("South", True, "openid fhirUser patient/*.read")
    assert load(tmp_path, WHOLE)["north-hospital"].smart_app is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SMART.replace("https", "http"), "must begin with https"),
        (SMART.replace('client_id = "8d1f"', 'client_id = ""'), "client_id: must not be empty"),
        (SMART.replace('client_id = "8d1f"', 'clientid = "8d1f"'), "did you mean client_id?"),
        (SMART + 'secret = "x"', "secret: is not a key known here"),
        (SMART + 'scopes = "openid  fhirUser"', "scopes: must be scopes"),
        (SMART + 'confidential = "yes"', "confidential"),
        (SMART.replace("r4/", "r4?x=1"), "without user, query and fragment"),
        (SMART.replace('id = "south"', 'id = "south"\njku = ["https://a.example/keys"]', 1), "has no issuer"),
    ],
)
def test_a_launch_that_is_registered_wrong_stops_the_start(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in one for one in refused(tmp_path, text))


def test_two_clients_whose_launches_cannot_be_told_apart_are_named(tmp_path: Path) -> None:
    """At a launch the EHR says its iss and nothing of the client_id; a slash more or less is the same server."""
    west = SMART.replace("south", "west").replace("fhir.west", "fhir.south").replace("r4/", "r4").replace("8d1f", "9e2a")
    (said,) = refused(tmp_path, SMART + west)
    for part in ("clients 'south' and 'west'", "smart_app.iss, https://fhir.south.example/r4;", "Keep smart_app at one of them"):
        assert part in said
