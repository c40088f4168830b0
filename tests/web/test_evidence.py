"""The evidence and the source attributes as a page and as data."""

from __future__ import annotations

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
    assert re.search(r"<(script|style|img|iframe|object)\b|\bon\w+=|style=|@import|url\(", page) is None
    fetched = re.findall(r'<(?:link|form)\b[^>]*?(?:href|action)="([^"]*)"', page)
    assert {target[:2] for target in fetched} <= {"/a", "/e"}
    assert INTENDED_USE in page


@pytest.mark.parametrize("path", PAGES)
def test_the_policy_lets_our_own_files_in_and_nothing_else(client: FlaskClient, path: str) -> None:
    policy = client.get(path, headers=HTML).headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert part in policy
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


def found(client: FlaskClient, **query: str) -> list[str]:
    data = client.get("/evidence", query_string=query).json
    assert data is not None
    return [entry["id"] for section in data["sections"] for entry in section["entries"]]


def test_an_entry_is_found_by_its_words_in_any_order_and_case(client: FlaskClient) -> None:
    hits = found(client, q="ABI vascular cause")
    assert "v-abi, present" in hits
    assert len(hits) < len(found(client))
    assert hits == found(client, q="cause   vascular abi")
    assert found(client, q="no such thing anywhere") == []


def test_an_entry_is_found_by_its_source_and_its_tag(client: FlaskClient) -> None:
    data = client.get("/evidence", query_string={"tag": "E"}).json
    assert data is not None
    assert {entry["tag"] for section in data["sections"] for entry in section["entries"]} == {"E"}
    cited = {entry["citation"]["key"] for section in data["sections"] for entry in section["entries"]}
    assert {one["key"] for one in data["citations"]} == cited
    assert len(found(client, q="doi:10.")) > 10


def test_the_page_that_looks_for_something_says_what_and_how_much_it_found(client: FlaskClient) -> None:
    answer = client.get("/evidence", query_string={"q": "cauda <equina>", "tag": "F"}, headers=HTML)
    assert answer.status_code == 200
    assert "0 of" in answer.text
    assert "cauda &lt;equina&gt;" in answer.text
    assert "<equina>" not in answer.text
    page = client.get("/evidence?q=cauda", headers=HTML).text
    assert 'href="/evidence?_format=html#' in page, "an entry that is not on this page is on the whole one"


@pytest.mark.parametrize("query", [{"tag": "X"}, {"q": "x" * 201}])
def test_what_cannot_be_looked_for_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/evidence", query_string=query).status_code == 400


def test_every_link_of_the_page_leads_somewhere(client: FlaskClient) -> None:
    page = client.get("/evidence", headers=HTML).text
    places = re.findall(r'\bid="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


def test_a_source_is_linked_and_says_what_cites_it(client: FlaskClient) -> None:
    page = client.get("/evidence", headers=HTML).text
    assert page.count('href="https://doi.org/10.') > 10
    source = page.partition('id="source-')[2]
    assert 'Cited by <a href="#' in source


def test_who_depends_on_an_entry_is_followed_both_ways(client: FlaskClient) -> None:
    page = client.get("/evidence", headers=HTML).text
    entry = re.search(r'<tr id="red-flags-cauda-equina">.*?</tr>', page, re.DOTALL)
    assert entry is not None
    assert 'href="#fact-saddle-anaesthesia"' in entry[0]
    assert 'href="#fact-red-flag-cauda-equina-syndrome"' in entry[0]
    result = re.search(r'<tr id="fact-red-flag-cauda-equina-syndrome">.*?</tr>', page, re.DOTALL)
    assert result is not None
    assert 'href="#red-flags-cauda-equina"' in result[0]
    assert 'href="#orders-exercise-therapy-must-wait"' in result[0]
