"""The limits of what is read: what is shipped, and what a wrong file is told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from service.errors import EvidenceError
from service.evidence.reading import Tag
from service.evidence.reading_limits import parse_reading_limits


def document() -> dict[str, Any]:
    text = resources.files("service.evidence").joinpath("reading_limits.toml").read_text()
    return tomllib.loads(text, parse_float=Decimal)


def test_every_limit_of_the_file_is_read_with_its_note() -> None:
    limits = dict(parse_reading_limits(document()).thresholds)
    assert len(limits) == sum(len(section) for section in document().values())
    assert all(limit.note for limit in limits.values())


def test_what_this_project_decided_is_said_to_be_so_and_obesity_has_its_source() -> None:
    limits = dict(parse_reading_limits(document()).thresholds)
    published = {name: (limit.value, limit.citation) for name, limit in limits.items() if limit.tag is not Tag.E}
    assert published == {"record.obesity_from": (Decimal(30), "who-2000-obesity")}
    assert {limit.citation for name, limit in limits.items() if name not in published} == {"engineering"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda whole: whole.pop("index"), "reading_limits.toml: index is missing."),
        (lambda whole: whole["pressure"].pop("arm_to"), "reading_limits.toml, pressure: arm_to is missing."),
        (lambda whole: whole["pressure"]["arm_to"].update(unit="kPa"), "pressure.arm_to: the unit is 'mm[Hg]', not 'kPa'."),
        (lambda whole: whole["pressure"]["arm_to"].update(value=50), "pressure.arm_to: 50 is not above pressure.arm_from"),
        (lambda whole: whole["record"]["obesity_from"].update(value=7), "record.obesity_from: 7 is not above"),
    ],
)
def test_a_wrong_file_is_refused_by_name(change: Callable[[dict[str, Any]], object], said: str) -> None:
    changed = document()
    change(changed)
    with pytest.raises(EvidenceError) as refused:
        parse_reading_limits(changed)
    assert said in str(refused.value)
