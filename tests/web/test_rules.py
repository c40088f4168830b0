"""A route is matched at once, and its address can be built all the same."""

from __future__ import annotations

from flask import url_for
from flask.testing import FlaskClient

from service.web.rules import MatchedRule


def test_addresses_are_built_when_somebody_builds_one(client: FlaskClient) -> None:
    app = client.application
    assert all(isinstance(rule, MatchedRule) for rule in app.url_map.iter_rules())
    with app.test_request_context():
        for _ in range(2):
            assert url_for("workbench.example", id="a b", show="card") == "/examples/a%20b?show=card"
    assert client.get("/examples/01-claudicant-abi-0.62").status_code == 200
