"""The SMART app in a real browser, launched from an EHR of another site: what a clinician does, and what stays shut."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.serving import make_server

from service.app import create_app, deploy
from service.config import load_settings
from tests.claudicant import claudicant
from tests.judges.node import NODE_MODULES, missing
from tests.mock_ehr import MockEhr
from tests.smart_visit import Clock, connected
from tests.web.conftest import NOW

LAPTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Hospital:
    """`app`: where our service listens; another site than the EHR."""

    app: str
    ehr: MockEhr
    log: io.BytesIO


def patient(id: str, family: str) -> dict[str, Any]:
    """The claudicant under another name."""
    bundle: dict[str, Any] = claudicant()
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource |= {"id": id, "name": [{"use": "official", "family": family, "given": ["Robin"]}]}
        else:
            resource["subject"] = {"reference": f"Patient/{id}"}
    return bundle


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    log, clock = io.BytesIO(), Clock(NOW)
    settings = {"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db", "CLAUDICATION_DEVELOPMENT": "true"}
    deployment = deploy(load_settings(settings), clock=clock, log_to=log)
    with MockEhr(redirect_uri="", clock=clock) as ehr:
        ehr.add(patient("invented-1", "Invented"))
        ehr.add(patient("invented-2", "Imagined"))
        server = make_server("127.0.0.1", 0, create_app(connected(deployment, ehr)), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        app = f"http://127.0.0.1:{server.server_port}"
        ehr.redirect_uri = f"{app}/launch/callback"
        yield Hospital(app, ehr, log)
        server.shutdown()
        thread.join()
        server.server_close()
    deployment.assessments.close()


@pytest.fixture
def window(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=LAPTOP)
    yield context.new_page()
    context.close()


def arrive(window: Any, hospital: Hospital) -> None:
    window.get_by_role("button", name="Allow").click()
    window.wait_for_url(f"{hospital.app}/app?launch=*")
    window.wait_for_selector("#which")


def test_a_clinician_launches_answers_and_writes_and_a_second_press_changes_nothing(
    window: Any, hospital: Hospital, pictures: Path
) -> None:
    ehr = hospital.ehr
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(ehr.launch_url(hospital.app, "invented-1"))
    arrive(window, hospital)
    assert "INVENTED, Robin" in window.locator(".patient").inner_text()
    assert "1955-06-01" in window.locator(".patient").inner_text()
    assert window.locator("input[type=checkbox]:checked").count() == 0
    above = {"x": 0, "y": 0, "width": LAPTOP["width"], "height": 1180}
    window.screenshot(path=pictures / "smart-app.png", full_page=True, clip=above)
    before = window.locator("[data-told='posttest']").first.inner_text()
    question = window.locator("fieldset.question", has_text="bruit over the left femoral").first
    question.get_by_label("Yes").check()
    window.get_by_role("button", name="Keep the answers").click()
    window.wait_for_selector("summary:has-text('Answered here (1)')")
    assert window.locator("[data-told='posttest']").first.inner_text() != before
    window.locator("input[type=checkbox]").first.check()
    for times in ("was written", "was there already"):
        window.get_by_role("button", name="Write drafts").click()
        window.wait_for_selector("#written")
        told = window.locator(".written li").all_inner_texts()
        assert len(told) == 2
        assert all(times in one for one in told)
        window.screenshot(path=pictures / "smart-written.png")
        window.get_by_role("link", name="Back to the assessment").click()
        window.wait_for_selector("#which")
        window.locator("input[type=checkbox]").first.check()
    (order,) = ehr.of_type("invented-1", "ServiceRequest")
    assert (order["status"], order["intent"]) == ("draft", "proposal")
    assert len(ehr.of_type("invented-1", "QuestionnaireResponse")) == 2
    assert ehr.complaints == []
    # No token in a URL, in a page, or in a cookie that a script could read; nor in the log.
    secret = [*ehr.tokens]
    assert secret
    for place in (*asked, window.content(), window.evaluate("document.cookie"), hospital.log.getvalue().decode()):
        assert not any(one in place for one in secret)
    window.get_by_role("button", name="Close the app").click()
    window.wait_for_selector("#ended")
    assert window.context.cookies(hospital.app) == []


def test_a_clinician_takes_a_written_answer_back_and_the_next_launch_does_not_know_it(
    window: Any, hospital: Hospital, pictures: Path
) -> None:
    window.goto(hospital.ehr.launch_url(hospital.app, "invented-1"))
    arrive(window, hospital)
    before = window.locator("[data-told='posttest']").first.inner_text()
    window.locator("fieldset.question", has_text="bruit over the left femoral").first.get_by_label("Yes").check()
    window.get_by_role("button", name="Keep the answers").click()
    window.wait_for_selector("summary:has-text('Answered here (1)')")
    window.get_by_role("button", name="Write drafts").click()
    window.wait_for_selector("#written")
    window.get_by_role("link", name="Back to the assessment").click()
    window.wait_for_selector("#which")
    window.locator("fieldset.question", has_text="bruit over the left femoral").first.get_by_label("Not examined").check()
    window.get_by_role("button", name="Keep the answers").click()
    window.wait_for_selector("summary:has-text('Taken back here (1)')")
    window.screenshot(path=pictures / "smart-taken-back.png")
    window.get_by_role("button", name="Write drafts").click()
    window.wait_for_selector("#written")
    window.goto(hospital.ehr.launch_url(hospital.app, "invented-1"))
    arrive(window, hospital)
    assert window.locator("[data-told='posttest']").first.inner_text() == before
    assert window.get_by_text("Answered by you with this app before").count() == 0
    assert [one["status"] for one in hospital.ehr.of_type("invented-1", "QuestionnaireResponse")[1:]] == ["completed", "amended"]


def test_in_a_frame_of_the_ehr_the_app_is_offered_in_a_window_and_opens_there(
    window: Any, hospital: Hospital, pictures: Path
) -> None:
    app = urlencode({"app": hospital.ehr.launch_url(hospital.app, "invented-1")})
    window.goto(f"{hospital.ehr.origin}/chart?{app}")
    link = window.frame_locator("iframe").get_by_role("link", name="Open in a new window")
    link.wait_for()
    window.screenshot(path=pictures / "smart-framed.png")
    with window.context.expect_page() as opened:
        link.click()
    arrive(opened.value, hospital)
    assert "INVENTED, Robin" in opened.value.locator(".patient").inner_text()
    assert hospital.ehr.complaints == []


def test_on_a_phone_without_an_ehr_around_it_the_ehr_is_chosen_and_there_the_patient(window: Any, hospital: Hospital) -> None:
    window.set_viewport_size(PHONE)
    window.goto(f"{hospital.app}/launch")
    window.get_by_role("link", name="North Hospital").click()
    window.get_by_label("invented-2").check()
    arrive(window, hospital)
    assert "IMAGINED, Robin" in window.locator(".patient").inner_text()
    window.evaluate("for (const one of document.querySelectorAll('.acting details')) one.open = true")
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert hospital.ehr.complaints == []


def test_a_page_of_one_patient_writes_nothing_once_the_app_is_open_for_another(window: Any, hospital: Hospital) -> None:
    window.goto(hospital.ehr.launch_url(hospital.app, "invented-1"))
    arrive(window, hospital)
    window.locator("input[type=checkbox]").first.check()
    other = window.context.new_page()
    other.goto(hospital.ehr.launch_url(hospital.app, "invented-2"))
    arrive(other, hospital)
    window.get_by_role("button", name="Write drafts").click()
    window.wait_for_selector(".refused")
    assert "another patient" in window.locator(".refused").inner_text()
    for id in ("invented-1", "invented-2"):
        assert hospital.ehr.of_type(id, "ServiceRequest") == []


def test_axe_finds_no_violation_in_the_app(browser: Any, hospital: Hospital) -> None:
    script = NODE_MODULES / "axe-core" / "axe.min.js"
    if missing() or not script.exists():
        pytest.skip("axe-core is not installed: run python -m tests.judges.install")
    # Only this window lets the script of axe in; the policy of the pages does not.
    context = browser.new_context(viewport=LAPTOP, bypass_csp=True)
    window = context.new_page()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    window.goto(hospital.ehr.launch_url(hospital.app, "invented-1"))
    arrive(window, hospital)
    window.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    window.add_script_tag(path=script)
    found = window.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]] == []
    context.close()
