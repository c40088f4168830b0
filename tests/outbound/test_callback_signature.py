"""What is signed here is believed by the verifier for integrators, and nothing else is."""

from __future__ import annotations

import ast
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import testkit.callback
from service.outbound.callback_signature import signed_headers
from testkit.callback import NotVerified, verify

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOW = AT.timestamp()
BODY = b'{"resourceType":"Bundle"}'


def signed(*secrets: str) -> dict[str, str]:
    return signed_headers(secrets or ["secret"], delivery_id="1", at=AT, body=BODY)


def test_the_example_of_standard_webhooks_is_signed_as_it_says() -> None:
    headers = signed_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.text("abcdef0123456789-", min_size=1, max_size=36))
def test_what_is_signed_is_believed(body: bytes, id: str) -> None:
    headers = signed_headers(["secret"], delivery_id=id, at=AT, body=body)
    assert verify(secrets=["secret"], headers=headers, body=body, now=NOW) == id


def test_either_secret_is_believed_while_one_replaces_the_other() -> None:
    for known in (["old"], ["new"], ["unknown", "new"]):
        assert verify(secrets=known, headers=signed("old", "new"), body=BODY, now=NOW) == "1"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"webhook-id": "2"}, "no signature"),
        ({"webhook-timestamp": str(int(NOW) + 1)}, "no signature"),
        ({"webhook-timestamp": "yesterday"}, "no whole number"),
        ({"webhook-timestamp": str(int(NOW) - 301)}, "more than 300 seconds"),
        ({"webhook-timestamp": str(int(NOW) + 301)}, "more than 300 seconds"),
        ({"webhook-signature": signed()["webhook-signature"].replace("v1,", "v1a,")}, "no signature"),
        ({"webhook-signature": ""}, "no signature"),
    ],
)
def test_what_was_changed_is_not_believed(changed: dict[str, str], why: str) -> None:
    with pytest.raises(NotVerified, match=why):
        verify(secrets=["secret"], headers=signed() | changed, body=BODY, now=NOW)


def test_another_body_another_secret_and_a_missing_header_are_not_believed() -> None:
    with pytest.raises(NotVerified, match="no signature"):
        verify(secrets=["secret"], headers=signed(), body=BODY + b" ", now=NOW)
    with pytest.raises(NotVerified, match="no signature"):
        verify(secrets=["another"], headers=signed(), body=BODY, now=NOW)
    with pytest.raises(NotVerified, match="webhook-id"):
        verify(secrets=["secret"], headers={}, body=BODY, now=NOW)


def test_names_of_headers_are_read_in_any_case() -> None:
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(secrets=["secret"], headers=headers, body=BODY, now=NOW) == "1"


def test_the_verifier_needs_python_alone() -> None:
    tree = ast.parse(Path(testkit.callback.__file__).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], "one-text-and-not-a-list", ["secret", ""]])
def test_without_a_secret_nobody_is_believed(secrets: Any) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify(secrets=secrets, headers=signed(""), body=BODY, now=NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": "v1,caf\u00e9"},
        {"webhook-id": "\ud800"},
        {"webhook-timestamp": "1" * 5000},
        {"webhook-timestamp": "\u0661"},
        {"webhook-signature": "v1"},
    ],
)
def test_headers_that_nobody_would_send_are_not_believed_and_break_nothing(changed: dict[str, str]) -> None:
    with pytest.raises(NotVerified):
        verify(secrets=["secret"], headers=signed() | changed, body=BODY, now=NOW)
