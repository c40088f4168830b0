"""What comes in is JSON or is refused with the reason; what goes out keeps its zeros."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import BadRequest, Problem
from service.fhir.json_format import canonical_digest, dumps, parse, shortened

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def refusal(body: bytes, limit_depth: int = 64) -> Problem:
    with pytest.raises(BadRequest) as refused:
        parse(body, limit_depth=limit_depth)
    return refused.value.problems[0]


@given(_VALUES, st.sampled_from((None, 2)), st.booleans())
def test_whatever_json_says_is_what_is_read(value: Any, indent: int | None, ascii_only: bool) -> None:
    assert parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8")) == value


@given(_VALUES, _VALUES, st.booleans())
def test_a_name_given_twice_never_gets_through(first: Any, second: Any, ascii_only: bool) -> None:
    one, two = (json.dumps(value, ensure_ascii=ascii_only) for value in (first, second))
    body = f'{{"around": [{{"name": {one}, "other": 1, "name" : {two}}}]}}'.encode()

    assert refusal(body).expression == "$this.around[0]"


def test_a_byte_order_mark_is_no_reason_to_refuse_a_body() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"resourceType": "Bundle", "entry": [{}, {"id": 1, "id": 2}]}', "Bundle.entry[1]"),
        (b'{"a": {"\\u0062": 1, "b": 2}}', "$this.a"),
        (b'[{"a": 1, "a": 1}]', "$this[0]"),
        (b'{"a": {"b": 1, "b": 2}, "a": 3}', ""),
        # Two names lost, and escaped colons that make up for them in the count.
        (b'{"a":1,"a":"\\u003a","b":"\\u003A"}', "$this"),
    ],
)
def test_a_name_given_twice_is_told_with_the_place(body: bytes, where: str) -> None:
    problem = refusal(body)

    assert problem.expression == where
    assert "twice" in problem.diagnostics
    assert problem.diagnostics.endswith("give every name once.")


def test_escapes_alone_make_no_name_a_repeated_one() -> None:
    assert parse(b'{"a\\u003a" : "\\u003a", "b": "\\/"}') == {"a:": ":", "b": "/"}


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_is_refused_one_level_beyond_the_limit(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    assert parse(opening * 8 + b"1" + closing * 8, limit_depth=8) is not None
    assert "8 levels" in refusal(opening * 9 + b"1" + closing * 9, limit_depth=8).diagnostics


def test_brackets_in_a_string_are_no_nesting() -> None:
    assert parse(b'["' + b"[" * 100 + b'"]', limit_depth=8) == ["[" * 100]


@pytest.mark.parametrize("levels", [300, 2000])
def test_depth_hidden_by_brackets_in_strings_is_refused_as_too_deep(levels: int) -> None:
    assert refusal(b'["]",' * levels + b"1" + b',"["]' * levels).issue_type == "too-costly"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b'{"a":', "too early"),
        (b'{"a": 1', "too early"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "too big"),
        ('{"a": "é"}'.encode("latin-1"), "0xe9 at offset 7"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b" <Bundle/>", "XML"),
        (b'{"a": 1,}', "trailing comma"),
        (b'{"a": tru}', "line 1, column 7"),
    ],
)
def test_why_a_body_is_not_json_is_said_with_the_place_and_the_remedy(body: bytes, word: str) -> None:
    problem = refusal(body)

    assert problem.issue_type == "structure"
    assert word in problem.diagnostics


@pytest.mark.parametrize(
    ("number", "text"), [("0.70", "0.70"), ("1E+2", "100"), ("72.50", "72.50"), ("0E-3", "0.000"), ("-1.10", "-1.10")]
)
def test_a_decimal_leaves_with_the_zeros_it_has_and_never_with_an_exponent(number: str, text: str) -> None:
    assert dumps({"value": Decimal(number)}) == f'{{"value":{text}}}'.encode()


def test_pretty_output_is_indented_and_says_the_same() -> None:
    assert dumps({"a": [Decimal("0.70")]}, pretty=True) == b'{\n  "a": [\n    0.70\n  ]\n}\n'


@pytest.mark.parametrize("wrong", [Decimal("NaN"), object()])
def test_what_has_no_place_in_json_is_our_mistake_and_raises(wrong: object) -> None:
    with pytest.raises(TypeError):
        dumps({"a": wrong})


def test_the_digest_knows_a_bundle_whatever_the_order_of_entries_and_names() -> None:
    first, second = {"resource": {"id": "a", "x": 1}}, {"resource": {"id": "b"}}
    digest = canonical_digest({"resourceType": "Bundle", "type": "searchset", "entry": [first, second]})

    assert digest == canonical_digest(
        {"entry": [second, {"resource": {"x": 1, "id": "a"}}], "type": "searchset", "id": "another-search"}
    )
    assert digest != canonical_digest({"type": "searchset", "entry": [first]})
    assert digest != canonical_digest({"type": "searchset", "entry": [first, second, second]})
    assert digest != canonical_digest({"type": "collection", "entry": [first, second]})
    assert len(digest) == 64


def test_a_bundle_without_entries_has_a_digest_too() -> None:
    assert canonical_digest({"type": "collection"}) != canonical_digest({"type": "batch"})


def test_a_long_value_is_told_back_shortened() -> None:
    assert shortened("x" * 80) == "x" * 80
    assert shortened("x" * 81) == "x" * 77 + "..."
