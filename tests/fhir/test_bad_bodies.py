"""The bad bodies that reading JSON and opening the Bundle refuse; the others need a request around them."""

from __future__ import annotations

import pytest

from service.errors import ClaudicationError
from service.fhir.bundle import open_bundle
from service.fhir.json_format import parse
from tests.corpora.bad_bodies import BAD_BODIES, BadBody, cyclic_references

PLAIN = [bad for bad in BAD_BODIES if bad.is_plain_bundle]


@pytest.mark.parametrize("bad", PLAIN, ids=lambda bad: bad.name)
def test_a_bad_body_is_refused_with_a_word_that_helps(bad: BadBody) -> None:
    with pytest.raises(ClaudicationError) as refused:
        open_bundle(parse(bad.body), strict=bool(bad.prefer))

    told = refused.value.problems
    assert refused.value.status == bad.status
    assert any(bad.word in problem.diagnostics or bad.word in problem.expression for problem in told), told
    assert all(len(problem.diagnostics) < 500 for problem in told)


def test_there_are_more_than_sixty_and_no_two_have_one_name() -> None:
    assert len(BAD_BODIES) >= 60
    assert len({bad.name for bad in BAD_BODIES}) == len(BAD_BODIES)


def test_a_broken_resource_is_no_reason_to_refuse_the_bundle_when_handling_is_lenient() -> None:
    for bad in PLAIN:
        if bad.prefer:
            assert open_bundle(parse(bad.body)).patient is not None


def test_references_in_a_circle_are_read_like_any_other() -> None:
    opened = open_bundle(cyclic_references(), strict=True)

    first = opened.entries[0]
    second = opened.find(first, "Observation/b")
    assert second is not None
    assert opened.find(second, "Observation/a") == first
