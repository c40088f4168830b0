"""The web client of the CDS Hooks project, in a real browser, against the running service.

Its built files are not part of this checkout: CDS_HOOKS_SANDBOX names the folder they are in. Without them, or without a browser, these tests are skipped.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, Page, Response, expect

from service.cli import main
from tests.claudicant import WHEN, claudicant
from tests.clients.browser import chromium, started
from tests.clients.fhir_stub import FhirStub
from tests.serving import PROGRAM, ask, environment, free_port

pytestmark = pytest.mark.slow

ISSUER = "https://sandbox.cds-hooks.org"
PATIENT_ID = "invented-1"
ARTERIES = "artery disease, with no diagnosis, exercise or referral on record."
SPINE = "MRI of the lumbar spine without contrast: what is recorded points to the arteries, not to the spine."
LUMBAR_MRI = re.compile(r"lumbar; without contrast material$")
NOTHING = "No recommendations to display"
# A busy machine takes its time to start a browser and to read a page of five megabytes.
PATIENCE_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The service as it runs, and what it wrote."""

    address: str
    log: Path
    database_url: str

    def requests(self) -> list[tuple[str, str, int]]:
        """(method, route, status) of every request but those of whoever waits for the start."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [
            (line["method"], line["route"], line["status"])
            for line in lines
            if line["event"] == "request" and not line["route"].startswith("/health")
        ]

    def refusals(self) -> set[str]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return {line["reason"] for line in lines if line["event"] == "token refused"}

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """What became of the cards, by rule, as the command line says it of the same database."""
        told = CliRunner().invoke(
            main,
            ["hooks", "outcomes", "--format", "json", "--client", "sandbox"],
            env={"CLAUDICATION_DATABASE_URL": self.database_url},
        )
        assert told.exit_code == 0, told.output
        found = json.loads(told.stdout)
        assert found["unmatchedFeedback"] == []
        return {row["rule"]: row for row in found["rules"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What stands around the service: the client's pages, its FHIR server and its public keys."""

    origin: str
    fhir: FhirStub
    key_set: dict[str, Any]


@pytest.fixture(scope="module")
def build() -> Path:
    """The built client."""
    folder = os.environ.get("CDS_HOOKS_SANDBOX")
    if not folder:
        pytest.skip("the web client cds-hooks/sandbox is not here: CDS_HOOKS_SANDBOX does not name a folder with its built files")
    if not chromium():
        pytest.skip("no Chromium is here to run the web client in")
    return Path(folder)


@pytest.fixture(scope="module")
def world(build: Path) -> Iterator[World]:
    with FhirStub(record()) as fhir, pages(build) as origin:
        yield World(origin=origin, fhir=fhir, key_set=json.loads((build / ".well-known" / "jwks.json").read_text()))


@pytest.fixture(scope="module")
def browser(build: Path) -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that nobody has used before."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = context.new_page()
    yield opened
    context.close()


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with the client registered as docs/hooks.md says."""
    with serving(tmp_path_factory.mktemp("sandbox"), world) as running:
        yield running


def record() -> list[dict[str, Any]]:
    """An invented claudicant with an ABI of 0.62 that nobody has followed up, measured a few weeks ago."""
    lately = (datetime.now(UTC) - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    resources = [entry["resource"] for entry in json.loads(json.dumps(claudicant()).replace(WHEN, lately))["entry"]]
    # The client reads the first name without looking whether there is one.
    resources[0]["name"] = [{"given": ["Rowan"], "family": "Example-Walker"}]
    return resources


@contextlib.contextmanager
def pages(folder: Path) -> Iterator[str]:
    """The origin where a folder is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def serving(folder: Path, world: World, *, key_set: dict[str, Any] | None = None, origin: str = "") -> Iterator[Service]:
    """The service in a process of its own, not in development: tokens are verified. The key set and the origin may be wrong ones."""
    (folder / "sandbox.json").write_text(json.dumps(key_set or world.key_set))
    (folder / "clients.toml").write_text(
        f"""
        [[clients]]
        id = "sandbox"
        profile = "sandbox"
        issuer = "{ISSUER}"
        jwks_file = "sandbox.json"
        fhir_servers = ["{world.fhir.base_url}"]
        origins = ["{origin or world.origin}"]
        """
    )
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = environment(
        folder,
        PORT=str(port),
        CLAUDICATION_WORKERS="1",
        CLAUDICATION_CLIENTS_FILE=str(folder / "clients.toml"),
        CLAUDICATION_PUBLIC_URL=address,
    )
    log = folder / "log"
    with log.open("w") as written:
        process = subprocess.Popen(PROGRAM, env=settings, stdout=written, stderr=written)
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    ask(port, "GET", "/health/ready")
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            yield Service(address=address, log=log, database_url=settings["CLAUDICATION_DATABASE_URL"])
        finally:
            process.terminate()
            process.wait(timeout=30)


def open_view(page: Page, world: World, service: Service, *, hook: str, screen: str) -> None:
    """The client with our service and our patient, on one of its screens."""
    asked = {
        "fhirServiceUrl": world.fhir.base_url,
        "patientId": PATIENT_ID,
        "serviceDiscoveryURL": f"{service.address}/cds-services",
        "hook": hook,
        "screen": screen,
    }
    page.goto(f"{world.origin}/?{urlencode(asked)}")


def is_feedback(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/feedback")


def is_call(answer: Response) -> bool:
    return answer.request.method == "POST" and "/cds-services/" in answer.url and not is_feedback(answer)


def keep_picture(page: Page, screenshots: str, name: str) -> None:
    if screenshots:
        page.screenshot(path=Path(screenshots) / f"sandbox-{name}.png", animations="disabled")


def choose_lumbar_mri(page: Page) -> None:
    page.locator("input[type=text]").first.fill("lumbar")
    page.get_by_text(LUMBAR_MRI).first.click()


@pytest.mark.requirement("16", "208")
def test_a_record_is_opened_a_card_is_shown_and_its_suggestion_accepted(
    page: Page, world: World, service: Service, screenshots: str
) -> None:
    with page.expect_response(is_call) as called:
        open_view(page, world, service, hook="patient-view", screen="patient-view")
    asked = called.value.request.post_data_json
    assert asked["context"]["patientId"] == PATIENT_ID
    assert "conditions" in asked["prefetch"]
    assert len(asked["prefetch"]["pressures"]["entry"]) == 6
    expect(page.get_by_text(f"Left leg ABI 0.62: {ARTERIES}").first).to_be_visible()
    expect(page.get_by_text("Support for clinicians who can review its basis; not a diagnosis.").first).to_be_visible()
    keep_picture(page, screenshots, "patient-view")

    # Nobody gets in without a token: this is not a service in development.
    assert called.value.request.headers["authorization"].startswith("Bearer ey")
    port = int(service.address.rpartition(":")[2])
    body = json.dumps(asked).encode()
    assert ask(port, "POST", "/cds-services/claudication", body, {"Content-Type": "application/json"})[0] == 401
    answered = service.requests()
    # The browser asked before it discovered and before it called.
    assert answered.index(("OPTIONS", "/cds-services", 204)) < answered.index(("GET", "/cds-services", 200))
    assert answered.index(("OPTIONS", "/cds-services/<id>", 204)) < answered.index(("POST", "/cds-services/<id>", 200))

    with page.expect_response(is_feedback) as told:
        page.get_by_role("button", name="Order: Supervised exercise therapy").click()
    assert told.value.status == 200
    [card] = [one for one in called.value.json()["cards"] if one["summary"].endswith(ARTERIES)]
    [item] = told.value.request.post_data_json["feedback"]
    assert item["acceptedSuggestions"] == [{"id": card["suggestions"][0]["uuid"]}]
    row = service.outcomes()["artery-disease-not-followed-up"]
    assert (row["shown"], row["accepted"], row["overridden"]) == (1, 1, 0)


@pytest.mark.requirement("16", "208")
def test_an_mri_of_the_spine_is_chosen_and_its_card_overridden_with_a_reason(
    page: Page, world: World, service: Service, screenshots: str
) -> None:
    with page.expect_response(is_call) as called:
        open_view(page, world, service, hook="order-select", screen="pama")
    # Before anything is chosen the client already calls, with an order whose coding is empty.
    assert called.value.status == 200
    assert called.value.request.post_data_json["context"]["draftOrders"]["entry"][0]["resource"]["code"]["coding"] == [{}]
    choose_lumbar_mri(page)
    card = page.get_by_text(SPINE)
    expect(card.first).to_be_visible()
    expect(page.get_by_role("button", name="Instead: Supervised exercise therapy")).to_be_visible()

    page.get_by_role("button", name="select dismiss reason").click()
    keep_picture(page, screenshots, "order-select")
    with page.expect_response(is_feedback) as told:
        page.get_by_role("menuitem", name="Patient prefers an alternative approach or treatment").click()
    assert told.value.status == 200
    expect(page.get_by_text(NOTHING)).to_be_visible()
    row = service.outcomes()["spine-imaging-for-vascular-story"]
    assert (row["shown"], row["accepted"], row["overridden"]) == (1, 0, 1)
    [reason] = row["overrideReasons"]
    assert (reason["code"], reason["cards"]) == ("prefers-alternative", 1)

    # The same order for the same patient again: somebody has said what they think of this card.
    with page.expect_response(is_call):
        open_view(page, world, service, hook="order-select", screen="pama")
    with page.expect_response(is_call) as again:
        choose_lumbar_mri(page)
    assert again.value.json() == {"cards": []}
    row = service.outcomes()["spine-imaging-for-vascular-story"]
    assert row["heldBack"] == [{"reason": "suppressed-after-override", "cards": 1}]


def test_a_prescription_about_to_be_signed_is_let_pass(page: Page, world: World, service: Service) -> None:
    open_view(page, world, service, hook="order-sign", screen="rx-sign")
    with page.expect_response(is_call) as called:
        page.get_by_role("button", name="Sign Order").click()
    draft = called.value.request.post_data_json["context"]["draftOrders"]["entry"][0]["resource"]
    assert (draft["resourceType"], called.value.request.post_data_json["hook"]) == ("MedicationRequest", "order-sign")
    assert (called.value.status, called.value.json()) == (200, {"cards": []})


def test_with_another_key_it_is_turned_away_and_shows_nothing(page: Page, world: World, tmp_path: Path) -> None:
    [registered] = world.key_set["keys"]
    another = ECKey.generate_key("P-384").as_dict(private=False) | {"kid": registered["kid"]}
    with serving(tmp_path, world, key_set={"keys": [another]}) as strict:
        with page.expect_response(lambda answer: answer.url == f"{strict.address}/cds-services") as turned_away:
            open_view(page, world, strict, hook="patient-view", screen="patient-view")
        assert turned_away.value.status == 401
        expect(page.get_by_text(NOTHING)).to_be_visible()
        assert strict.refusals() == {"signature"}
        assert ("POST", "/cds-services/<id>", 200) not in strict.requests()


def test_from_a_page_of_another_origin_the_browser_does_not_even_call(page: Page, world: World, tmp_path: Path) -> None:
    with serving(tmp_path, world, origin="https://elsewhere.example") as strict:
        with page.expect_event("requestfailed", lambda request: request.url == f"{strict.address}/cds-services"):
            open_view(page, world, strict, hook="patient-view", screen="patient-view")
        expect(page.get_by_text(NOTHING)).to_be_visible()
        assert strict.requests() == [("OPTIONS", "/cds-services", 204)]
