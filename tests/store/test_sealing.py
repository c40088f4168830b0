"""What is sealed opens with the right key, for the record it belongs to, and not otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.sealing import CannotOpen, Seal

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary())
def test_what_is_sealed_opens_again(plain: bytes) -> None:
    seal = Seal((OLD,))
    assert seal.open(seal.close(plain, record="r", part="result"), record="r", part="result") == plain


def test_a_name_does_not_stand_in_what_is_sealed() -> None:
    assert b"Invented" not in Seal((OLD,)).close(b"Invented, Anna " * 50, record="r", part="result")


def test_after_a_change_of_keys_the_old_one_opens_and_the_new_one_closes() -> None:
    old = Seal((OLD,)).close(b"pulse", record="r", part="input")
    both = Seal((NEW, OLD))
    assert both.open(old, record="r", part="input") == b"pulse"
    assert not both.is_current(old)
    new = both.close(b"pulse", record="r", part="input")
    assert both.is_current(new)
    with pytest.raises(CannotOpen, match="not among those given; add it to CLAUDICATION_RECORD_KEY"):
        Seal((OLD,)).open(new, record="r", part="input")


@pytest.mark.parametrize(("record", "part"), [("other", "result"), ("r", "input")])
def test_what_was_moved_to_another_place_does_not_open(record: str, part: str) -> None:
    sealed = Seal((OLD,)).close(b"pulse", record="r", part="result")
    with pytest.raises(CannotOpen, match="was changed, or belongs to another record"):
        Seal((OLD,)).open(sealed, record=record, part=part)


def test_what_was_changed_does_not_open_and_what_is_no_seal_is_said() -> None:
    sealed = bytearray(Seal((OLD,)).close(b"pulse", record="r", part="result"))
    sealed[-1] ^= 1
    with pytest.raises(CannotOpen, match="was changed"):
        Seal((OLD,)).open(bytes(sealed), record="r", part="result")
    with pytest.raises(CannotOpen):
        Seal((OLD,)).open(b"plain text", record="r", part="result")


def test_a_seal_shows_no_key() -> None:
    assert "ooo" not in repr(Seal((OLD,)))
