"""What is kept of a registration: all that decides what a client may do, and nothing that lets anybody act as the client."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.registration import public_registration
from tests.cds_hooks.tokens import HANDED_OVER, key


def test_everything_but_where_the_secret_stands_is_kept() -> None:
    client = replace(
        HANDED_OVER,
        callback_url="https://ehr.example/results",
        callback_secret="env:WHERE_THE_SECRET_STANDS",
        tenants=frozenset({"south", "north"}),
        order_codes={"resting-abi": ({"system": "https://ehr.example/orders", "code": "7"},)},
    )
    said = public_registration(client)
    assert set(said) == {field.name for field in fields(Client)} - {"callback_secret", "jwks"} | {"keys"}
    assert "WHERE_THE_SECRET_STANDS" not in json.dumps(said)
    assert said["tenants"] == ["north", "south"]
    assert said["profile"]["dialect"] == "generic"
    assert "patient-view" in said["profile"]["hooks"]
    assert said["order_codes"] == {"resting-abi": [{"system": "https://ehr.example/orders", "code": "7"}]}
    assert [one["kid"] for one in said["keys"]] == [one["kid"] for one in client.jwks["keys"]] if client.jwks else False


def test_a_private_member_of_a_key_is_left_out() -> None:
    private = [key(kind).as_dict(private=True) for kind in ("P-384", "2048")]
    client = Client(id="ehr", profile=PROFILES[Dialect.EPIC], jwks={"keys": private})
    said = public_registration(client)["keys"]
    assert [one["kty"] for one in said] == ["EC", "RSA"]
    assert not {member for one in said for member in one} & {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


def test_a_client_whose_keys_are_fetched_has_none_here() -> None:
    said = public_registration(Client(id="ehr", profile=PROFILES[Dialect.EPIC], jku=("https://ehr.example/keys",)))
    assert (said["keys"], said["jku"]) == (None, ["https://ehr.example/keys"])
