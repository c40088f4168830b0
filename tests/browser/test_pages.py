"""The pages in a real browser: seen in seconds, used by keyboard, without scripts, on a phone, on paper, and by who does not see them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.web.pages.examples import EXAMPLES, example_body
from tests.browser import axe

FIRST = "01-claudicant-abi-0.62"
LAPTOP = {"width": 1366, "height": 700}
PHONE = {"width": 390, "height": 844}
MOST_TRANSFERRED = 100 * 1024
Open = Callable[..., Any]


def is_wrong(message: Any) -> bool:
    # That an answer was an error, which a browser says itself, is for the test to judge.
    return message.type == "error" and "the server responded with a status of 400" not in message.text


# A browser is slow: three kinds of page every day, the others every night.
EVERY_DAY = (FIRST, "16-cold-leg-no-doppler-signal", "09-post-exercise-drop")
SOME_EVERY_DAY = [id if id in EVERY_DAY else pytest.param(id, marks=pytest.mark.slow) for id in EXAMPLES]


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Open]:
    """Opens a window at the workbench. What a page asks of another server, or logs as an error, fails the test."""
    contexts, wrong = [], []

    def opened(viewport: dict[str, int], **options: Any) -> Any:
        contexts.append(browser.new_context(viewport=viewport, **options))
        window = contexts[-1].new_page()
        window.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
        window.on("pageerror", lambda error: wrong.append(str(error)))
        window.on("request", lambda request: None if request.url.startswith(address) else wrong.append(request.url))
        window.goto(address)
        return window

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def choose(window: Any, id: str) -> None:
    window.locator(f"button[value='{id}']").click()
    window.wait_for_selector("#which")
    # Its style sheet too: without it nothing stands where it should.
    window.wait_for_load_state("load")


@pytest.mark.parametrize("id", SOME_EVERY_DAY)
def test_which_leg_how_bad_why_and_what_next_are_seen_without_scrolling(page: Open, id: str, pictures: Path) -> None:
    window = page(LAPTOP)
    choose(window, id)
    for first in (".figure", "#why", "#next", "#next ~ *"):
        box = window.locator(first).first.bounding_box()
        assert box is not None
        assert box["y"] < LAPTOP["height"] - 30
    assert window.evaluate("document.documentElement.scrollWidth") <= LAPTOP["width"]
    window.screenshot(path=pictures / f"{id}.png", full_page=True)


@pytest.mark.parametrize("id", EVERY_DAY)
def test_a_phone_shows_it_all_in_one_column(page: Open, id: str, pictures: Path) -> None:
    window = page(PHONE, is_mobile=True, has_touch=True)
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    choose(window, id)
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.screenshot(path=pictures / f"{id}-phone.png", full_page=True)


def test_it_works_with_scripts_switched_off(page: Open) -> None:
    window = page(LAPTOP, java_script_enabled=False)
    choose(window, FIRST)
    summary = window.locator("details.steps summary").first
    summary.click()
    assert window.locator("details.steps tr.counted").first.is_visible()
    assert not window.locator("button[data-copy]").first.is_visible()


OBSERVE = """
window.shifts = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) window.shifts.push(one.value) }).observe({type: "layout-shift", buffered: true});
"""


def requests_of(window: Any) -> list[Any]:
    """Fills with what the window has fetched from now on."""
    finished: list[Any] = []
    window.on("requestfinished", lambda request: finished.append(request))
    return finished


@pytest.mark.parametrize("ids", [EVERY_DAY, pytest.param(tuple(EXAMPLES), marks=pytest.mark.slow)], ids=["some", "all"])
def test_the_first_look_is_small_and_stays_where_it_is(page: Open, address: str, ids: tuple[str, ...]) -> None:
    """Each example with nothing cached: what is sent until it stands there, and that nothing moves on it, on a laptop or on a phone."""
    window = page(LAPTOP)
    window.add_init_script(OBSERVE)
    network = window.context.new_cdp_session(window)
    network.send("Network.enable")
    # What the workbench has fetched already would not be fetched again.
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    for number, id in enumerate(ids):
        window.set_viewport_size(PHONE if number % 2 else LAPTOP)
        window.goto(address)
        finished = requests_of(window)
        choose(window, id)
        window.wait_for_load_state("load")
        # Asked again and again from here: a condition that waits in the page would be a script its policy does not let in.
        while not window.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
            window.wait_for_timeout(20)
        sizes = {request.url.rpartition("/")[2]: request.sizes() for request in finished}
        assert all(sizes[name]["responseBodySize"] > 0 for name in ("assessment", "page.css", "copy.js")), id
        sent = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
        assert sent < MOST_TRANSFERRED, f"{id}: {sent} bytes"
        assert window.evaluate("window.shifts") == [], id


def test_the_report_is_taken_along_as_a_pdf(page: Open) -> None:
    window = page(LAPTOP, java_script_enabled=False, accept_downloads=True)
    choose(window, FIRST)
    with window.expect_download() as download:
        window.locator("button[value='pdf']").click()
    assert download.value.suggested_filename == "claudication-report.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def test_a_click_on_a_finding_leads_to_its_source(page: Open, address: str) -> None:
    window = page(LAPTOP)
    choose(window, FIRST)
    window.locator("details.steps summary").first.click()
    window.locator("tr[data-entry='v-abi'] a").click()
    window.wait_for_url(f"{address}/evidence#likelihood-ratios-v-abi")
    assert window.locator("#likelihood-ratios-v-abi").is_visible()


def test_the_keyboard_is_enough(page: Open) -> None:
    window = page(LAPTOP)
    window.locator("#bundle").fill(example_body(FIRST).decode())
    window.locator("#asOf").focus()
    window.keyboard.type("2026-03-02")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    window.wait_for_selector("#which")
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    assert "0.62" in window.locator(".figure").text_content()


def test_a_file_is_chosen_and_a_broken_one_is_refused_in_words(page: Open, tmp_path: Path) -> None:
    window = page(LAPTOP)
    good, broken = tmp_path / "bundle.json", tmp_path / "broken.json"
    good.write_bytes(example_body(FIRST))
    broken.write_text("{")
    window.set_input_files("#file", good)
    window.locator(".own .main-action").click()
    window.wait_for_selector("#which")
    window.goto(window.url.rpartition("/")[0])
    window.set_input_files("#file", broken)
    with window.expect_response("**/assessment") as answered:
        window.locator(".own .main-action").click()
    assert answered.value.status == 400
    window.wait_for_selector(".refused li")


def test_the_command_is_copied_and_the_answer_downloaded(page: Open) -> None:
    window = page(LAPTOP, permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    choose(window, FIRST)
    window.locator("button[data-copy='curl']").click()
    assert window.evaluate("navigator.clipboard.readText()").startswith("curl")
    with window.expect_download() as download:
        window.locator("button[value='answer']").click()
    assert json.loads(Path(download.value.path()).read_text())["resourceType"] == "Bundle"


@pytest.mark.parametrize("id", SOME_EVERY_DAY)
def test_the_page_prints_to_one_sheet(page: Open, id: str, pictures: Path) -> None:
    window = page(LAPTOP)
    choose(window, id)
    for sheet in ("A4", "Letter"):
        printed = window.pdf(format=sheet, print_background=True, path=pictures / f"{id}-{sheet}.pdf")
        assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1, sheet


@pytest.mark.parametrize(
    "id",
    ["", "16-cold-leg-no-doppler-signal", *(pytest.param(id, marks=pytest.mark.slow) for id in (FIRST, "12-nothing-usable"))],
)
def test_axe_finds_no_violation(page: Open, id: str) -> None:
    axe.needed()
    window = page(LAPTOP, bypass_csp=True)
    if id:
        choose(window, id)
        window.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert axe.violations(window) == []
