"""docs/integration.md is run, against this service and a FHIR server that nobody here wrote."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.docs.walk import Walk, files, matches, page, steps

PAGE = page("integration.md")


def test_what_is_shown_can_be_wrong() -> None:
    assert matches('{"a": 1, "b": [2, 3]}\n', '{"a":1,...,3]}')
    assert not matches('{"a": 1, "b": [2, 3]}', '{"a":1,...,4]}')
    assert not matches('{"a": 1}', '{"a": 1')


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    if shutil.which("curl") is None:
        pytest.skip("the page calls curl, which is not on this machine")
    with Walk(tmp_path_factory.mktemp("walk"), PAGE) as begun:
        yield begun


def test_every_request_of_the_page_gets_the_answer_that_is_shown(walk: Walk) -> None:
    """One test, since each step stands on those before: the processes of a test run would share out several."""
    for step in steps(PAGE):
        walk.take(step)


def test_the_page_runs_what_it_shows() -> None:
    assert len(steps(PAGE)) >= 10
    assert files([PAGE]) == {"clients.toml", "sign.py", "claudication.env"}
