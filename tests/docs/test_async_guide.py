"""docs/async.md is run, with a receiver that is the page's own, where docs/integration.md has come to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.docs.walk import ROOT, Walk, files, page, steps

PAGE, BEFORE = page("async.md"), page("integration.md")
WAITING = "x-progress: waiting"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    if shutil.which("curl") is None:
        pytest.skip("the page calls curl, which is not on this machine")
    # Without a worker at first: a job that waits is to be seen.
    with Walk(tmp_path_factory.mktemp("walk"), BEFORE, PAGE, CLAUDICATION_JOB_WORKERS="0") as begun:
        shutil.copy(ROOT / "testkit" / "callback.py", begun.folder)
        assert "signs" in begun.run("claudication ehr-key ehr-keys.json")
        yield begun


def test_every_request_of_the_page_gets_the_answer_that_is_shown(walk: Walk) -> None:
    """One test, as for the page before."""
    for step in steps(PAGE):
        walk.take(step)
        if WAITING in step.answer:
            walk.start("set -a; . ./claudication.env; RESULTS_SECRET=$(cat results.secret); claudication worker")


def test_the_page_runs_what_it_shows() -> None:
    assert len(steps(PAGE)) >= 20
    assert [step for step in steps(PAGE) if WAITING in step.answer], "the worker is started by it"
    assert files([PAGE]) == {"clients.toml", "receiver.py", "subscription.json", "message.py"}
