"""The forms in a real browser: filled in by keyboard alone, without scripts, on a phone in Spanish, on paper, and by who does not see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.clinical.abi import abi_category, abi_ratio
from service.evidence.loader import load_evidence
from tests.browser import axe
from tests.browser.test_pages import LAPTOP, is_wrong

SMALL = {"width": 375, "height": 740}
Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Open]:
    """Opens a page in a window of its own. What it asks of another server, or logs as an error, fails the test."""
    contexts, wrong = [], []

    def at(path: str, viewport: dict[str, int] = LAPTOP, **options: Any) -> Any:
        contexts.append(browser.new_context(viewport=viewport, **options))
        window = contexts[-1].new_page()
        window.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
        window.on("pageerror", lambda error: wrong.append(str(error)))
        window.on("request", lambda request: None if request.url.startswith(address) else wrong.append(request.url))
        window.goto(f"{address}{path}")
        return window

    yield at
    for context in contexts:
        context.close()
    assert wrong == []


def tab_to(window: Any, selector: str, *, within: int = 60) -> None:
    """Goes on by the tabulator until this element, or the group of radio buttons it belongs to, has the focus."""
    for _ in range(within):
        window.keyboard.press("Tab")
        if window.evaluate("selector => document.activeElement.matches(selector)", selector):
            box = window.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
            bar = window.locator(".send").bounding_box()
            assert (
                box["height"] == 0 or box["top"] < bar["y"] or window.evaluate("() => !!document.activeElement.closest('.send')")
            ), selector
            return
    raise AssertionError(
        f"{selector} is not reached by {within} tabs; {window.evaluate('document.activeElement.outerHTML')[:200]}"
    )


def answer(window: Any, question: str, steps: int) -> None:
    """Of yes, no, not asked the last is chosen; so many arrows lead back to another."""
    tab_to(window, f"[name='{question}']")
    for _ in range(steps):
        window.keyboard.press("ArrowLeft")


def test_a_whole_story_is_told_by_keyboard_alone(opened: Open, pictures: Path) -> None:
    window = opened("/form")
    tab_to(window, "#birthDate")
    window.keyboard.type("1962-07-19")
    answer(window, "sex", 2)
    for place, value in (("brachial-right", "148"), ("brachial-left", "150"), ("dorsalis-pedis-right", "93")):
        tab_to(window, f"#pressure-rest-{place}")
        window.keyboard.type(value)
    assert window.locator("#abi-right").inner_text() == "0.62 abnormal"
    tab_to(window, "#pressure-rest-dorsalis-pedis-left-state")
    window.keyboard.type("inc")
    assert window.locator("#abi-left").inner_text() == "noncompressible"
    assert not window.locator("[data-item='symptom-side']").is_visible()
    answer(window, "leg-pain-on-walking", 2)
    answer(window, "symptom-side", 3)
    tab_to(window, "[name='symptom-site'][value='calf']")
    window.keyboard.press("Space")
    tab_to(window, "#walking-distance-m")
    window.keyboard.type("250")
    answer(window, "relieved-by-standing-still", 2)
    answer(window, "relief-within-10-minutes", 2)
    answer(window, "back-pain", 1)
    window.screenshot(path=pictures / "form-filled.png")
    window.keyboard.press("Enter")
    window.wait_for_selector("#which")
    told = window.locator("[data-told='leg:right']")
    assert (told.get_attribute("data-abi"), told.get_attribute("data-band")) == ("0.62", "abnormal")
    assert window.locator("[data-told='leg:left']").get_attribute("data-band") == "noncompressible"
    # And back to the form, where everything is as it was.
    tab_to_edit = window.locator("button[value='edit']")
    tab_to_edit.focus()
    window.keyboard.press("Enter")
    window.wait_for_selector("#birthDate")
    assert window.locator("[name='relief-within-10-minutes'][value='true']").is_checked()
    assert window.locator("[name='back-pain'][value='false']").is_checked()
    assert window.locator("[name='fever'][value='']").is_checked()
    assert window.locator("#abi-right").inner_text() == "0.62 abnormal"


def test_what_is_wrong_has_the_focus_and_leads_to_its_field(opened: Open, pictures: Path) -> None:
    window = opened("/form")
    window.fill("#pressure-rest-brachial-right", "999")
    window.fill("#birthDate", "yesterday")
    window.locator(".main-action").click()
    window.wait_for_selector("#errors")
    assert window.evaluate("document.activeElement.id") == "errors"
    window.screenshot(path=pictures / "form-wrong.png")
    window.keyboard.press("Tab")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    assert window.evaluate("document.activeElement.id") in ("birthDate", "pressure-rest-brachial-right")
    assert window.input_value("#pressure-rest-brachial-right") == "999"


def test_without_scripts_questions_come_and_go_and_the_answer_is_the_same(opened: Open) -> None:
    window = opened("/form", java_script_enabled=False)
    side = window.locator("[data-item='symptom-side']")
    relief = window.locator("[data-item='relief-within-10-minutes']")
    assert not side.is_visible()
    window.locator("[name='leg-pain-on-walking'][value='true']").check(force=True)
    window.locator("[name='relieved-by-standing-still'][value='true']").check(force=True)
    assert (side.is_visible(), relief.is_visible()) == (True, True)
    window.locator("[name='relief-within-10-minutes'][value='true']").check(force=True)
    window.locator("[name='leg-pain-on-walking'][value='false']").check(force=True)
    # Its own question is still answered yes, but hidden with it.
    assert (side.is_visible(), relief.is_visible()) == (False, False)
    window.fill("#pressure-rest-brachial-left", "150")
    window.fill("#pressure-rest-dorsalis-pedis-left", "120")
    window.locator(".main-action").click()
    window.wait_for_selector("[data-told='set-aside']")
    assert window.locator("[data-told='leg:left']").get_attribute("data-abi") == "0.80"


def test_the_indices_while_typing_are_those_of_the_assessment(opened: Open) -> None:
    thresholds = load_evidence().abi_categories
    window = opened("/form")
    window.fill("#pressure-rest-brachial-left", "200")
    for ankle in ("179", "180", "181", "198", "199", "280", "281", "0", "351", "37,5"):
        window.fill("#pressure-rest-dorsalis-pedis-left", ankle)
        shown = window.locator("#abi-left").inner_text()
        if ankle in ("0", "351"):
            assert shown == "needs an ankle pressure"
            continue
        _, value = abi_ratio(ankle_mmhg=Decimal(ankle.replace(",", ".")), arm_mmhg=Decimal(200))
        assert shown == f"{value} {abi_category(value, thresholds.abi)}"
    window.select_option("#unit", "kPa")
    assert window.locator("#abi-left").inner_text() == "needs an arm pressure"
    window.fill("#pressure-rest-brachial-left", "20")
    window.fill("#pressure-rest-dorsalis-pedis-left", "18.1")
    assert window.locator("#abi-left").inner_text() == "0.91 borderline"


def test_a_patient_answers_in_spanish_on_a_phone(opened: Open, pictures: Path) -> None:
    window = opened("/form/patient", SMALL, is_mobile=True, has_touch=True, locale="es-US", accept_downloads=True)
    assert window.evaluate("document.documentElement.lang") == "es"
    assert window.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    window.screenshot(path=pictures / "form-patient-es.png")
    window.locator("label.choice:has([name='leg-pain-on-walking'][value='true'])").tap()
    window.locator("label.choice:has([name='symptom-side'][value='left'])").tap()
    window.locator("label.choice:has([name='symptom-site'][value='calf'])").tap()
    window.fill("#walking-distance-m", "200")
    window.locator("label.choice:has([name='sudden-onset-within-14-days'][value='true'])").tap()
    window.locator("label.choice:has([name='cold-leg-left'][value='true'])").tap()
    for target in window.locator(".question label.choice, .question input[type='text'], .main-action").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 24
    window.locator(".main-action").tap()
    window.wait_for_selector("#act")
    assert "Busque ayuda ahora" in window.locator("#act").inner_text()
    assert "911" in window.locator(".act").inner_text()
    assert window.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    window.screenshot(path=pictures / "form-patient-es-answers.png", full_page=True)
    with window.expect_download() as download:
        window.locator("button[value='response']").tap()
    response = json.loads(Path(download.value.path()).read_text())
    assert (response["resourceType"], response["language"]) == ("QuestionnaireResponse", "es")


def test_the_form_fits_a_phone_does_not_jump_and_is_a_paper_form_in_print(opened: Open, pictures: Path) -> None:
    window = opened("/form", SMALL, is_mobile=True, has_touch=True)
    assert window.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    moved = """() => new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.hadRecentInput ? 0 : one.value))).observe({type: "layout-shift", buffered: true});
      setTimeout(() => resolve(sum), 300);
    })"""
    assert window.evaluate(moved) < 0.01
    window.screenshot(path=pictures / "form-phone.png")
    window.emulate_media(media="print")
    # On paper nobody can make a question appear: all are there, with when they are asked.
    side = window.locator("[data-item='symptom-side']")
    assert side.is_visible()
    assert "Only if" in side.inner_text()


@pytest.mark.parametrize(
    "page", ["form", "patient", *(pytest.param(page, marks=pytest.mark.slow) for page in ("wrong", "assessed", "answers"))]
)
def test_axe_finds_no_violation(opened: Open, page: str) -> None:
    axe.needed()
    patient = page in ("patient", "answers")
    window = opened("/form/patient?lang=es" if patient else "/form", SMALL if patient else LAPTOP, bypass_csp=True)
    window.locator("[name='leg-pain-on-walking'][value='true']").check(force=True)
    window.locator("[name='saddle-anaesthesia'][value='true']").check(force=True)
    if page == "wrong":
        window.fill("#walking-distance-m", "far")
        window.fill("#pressure-rest-toe-left", "far")
    if page in ("wrong", "assessed", "answers"):
        window.locator(".main-action").click()
        window.wait_for_selector({"wrong": "#errors", "assessed": ".entered", "answers": "#answers"}[page])
    window.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert axe.violations(window) == []


def test_what_a_patient_saved_at_home_is_taken_into_the_form(opened: Open, tmp_path: Path) -> None:
    patient = opened("/form/patient?lang=es", SMALL, is_mobile=True, has_touch=True, accept_downloads=True)
    for name, value in (("leg-pain-on-walking", "true"), ("symptom-side", "left"), ("back-pain", "false")):
        patient.locator(f"label.choice:has([name='{name}'][value='{value}'])").tap()
    patient.locator(".main-action").tap()
    patient.wait_for_selector("#answers")
    with patient.expect_download() as download:
        patient.locator("button[value='response']").tap()
    download.value.save_as(tmp_path / "answers.json")
    window = opened("/form")
    window.locator(".from-file summary").click()
    window.set_input_files("#file", tmp_path / "answers.json")
    window.locator(".from-file button").click()
    window.wait_for_selector("[data-told='taken']")
    assert window.locator("[name='symptom-side'][value='left']").is_checked()
    assert window.locator("[name='back-pain'][value='false']").is_checked()
    assert window.locator("#answered").inner_text().startswith("3 answered")
