"""The evidence and the source attributes as a page and as data."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from flask.testing import FlaskClient

from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import load_evidence

PAGES = ("/evidence", "/source-attributes")
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_gets_a_page_and_a_program_gets_data(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=HTML).mimetype == "text/html"
    assert client.get(path).mimetype == "application/json"
    assert client.get(path, headers={"Accept": "*/*"}).mimetype == "application/json"
    assert client.get(f"{path}?_format=html").mimetype == "text/html"
    assert client.get(f"{path}?_format=json", headers=HTML).mimetype == "application/json"


@pytest.mark.parametrize("path", PAGES)
def test_the_page_has_no_script_and_asks_nobody_for_anything(client: FlaskClient, path: str) -> None:
    page = client.get(path, headers=HTML).text
    assert re.search(r"<(script|link|img|iframe|object|form)\b|\bon\w+=|style=|@import|url\(", page) is None
    assert {target[0] for target in re.findall(r'(?:href|src)="([^"]*)"', page)} <= {"/", "#"}
    assert INTENDED_USE in page


@pytest.mark.parametrize("path", PAGES)
def test_the_policy_lets_this_style_sheet_in_and_nothing_else(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=HTML)
    policy = answer.headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("format_", ["html", "json"])
def test_a_copy_at_hand_is_revalidated(client: FlaskClient, path: str, format_: str) -> None:
    first = client.get(f"{path}?_format={format_}")
    again = client.get(f"{path}?_format={format_}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", PAGES)
def test_what_is_not_offered_is_refused_with_the_remedy(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path, headers={"Accept": "image/png"}), client.get(f"{path}?_format=pdf")):
        assert answer.status_code == 406
        assert answer.json is not None
        assert "text/html" in answer.json["issue"][0]["diagnostics"]


def test_every_entry_of_the_evidence_is_on_the_page(client: FlaskClient) -> None:
    page = client.get("/evidence", headers=HTML).text
    data = client.get("/evidence?_pretty=true").json
    assert data is not None
    assert data["version"] == load_evidence().version
    assert page.count('<th scope="row">') == sum(len(section["entries"]) for section in data["sections"])
    assert "&lt;" in page, "what the files say is escaped"
