"""Two versions of the evidence compared, and one entry turned back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from service.evidence.difference import Change, Difference, differences, turned_back
from service.evidence.loader import documents_of, evidence_of, read_files

OLD: dict[str, dict[str, Any]] = {
    "a.toml": {
        "cap": 0.7,
        "orders": ["abi", "tbi"],
        "abi": {"low": {"value": 0.9}, "high": {"value": 1.4}},
        "mixed": {"one": 1, "two": {"value": 2}},
        "entry": [{"id": "x", "lr": {"value": 3}, "when": [{"fact": "f"}]}, {"id": "y", "lr": {"value": 2}}],
        "prior": [
            {"cause": "v", "setting": "p", "age_from": 0, "p": 0.1},
            {"cause": "v", "setting": "p", "age_from": 60, "p": 0.2},
        ],
        "unnamed": [{"value": 1}, {"value": 2}],
        "nothing": [],
    }
}


def changed(*path: Any, to: Any) -> dict[str, dict[str, Any]]:
    documents = copy.deepcopy(OLD)
    holder: Any = documents["a.toml"]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = to
    return documents


@pytest.mark.parametrize(
    ("new", "entry", "changes"),
    [
        (changed("cap", to=0.8), "cap", (Change(key="", before="0.7", after="0.8"),)),
        (changed("orders", to=["abi"]), "orders", (Change(key="", before="['abi', 'tbi']", after="['abi']"),)),
        (changed("abi", "low", "value", to=0.8), "abi.low", (Change(key="value", before="0.9", after="0.8"),)),
        (changed("abi", to={"high": {"value": 1.4}}), "abi.low", (Change(key="value", before="0.9", after=""),)),
        (changed("mixed", "one", to=3), "mixed", (Change(key="one", before="1", after="3"),)),
        (changed("entry", 0, "lr", "value", to=4), "entry.x", (Change(key="lr.value", before="3", after="4"),)),
        (changed("entry", 0, "when", 0, "fact", to="g"), "entry.x", (Change(key="when[0].fact", before="f", after="g"),)),
        (
            changed("entry", to=OLD["a.toml"]["entry"][:1]),
            "entry.y",
            (Change(key="id", before="y", after=""), Change(key="lr.value", before="2", after="")),
        ),
        (changed("entry", to=[*OLD["a.toml"]["entry"], {"id": "z"}]), "entry.z", (Change(key="id", before="", after="z"),)),
        (changed("prior", 1, "p", to=0.3), "prior.v.p.60", (Change(key="p", before="0.2", after="0.3"),)),
        (changed("unnamed", 1, "value", to=3), "unnamed", (Change(key="[1].value", before="2", after="3"),)),
        (changed("added", to=1), "added", (Change(key="", before="", after="1"),)),
        (changed("section", to={"s": {"value": 1}}), "section.s", (Change(key="value", before="", after="1"),)),
    ],
)
def test_a_difference_is_named_by_its_entry_and_can_be_turned_back(
    new: dict[str, dict[str, Any]], entry: str, changes: tuple[Change, ...]
) -> None:
    [found] = differences(OLD, new)
    assert found == Difference(file="a.toml", entry=entry, changes=changes)
    before = copy.deepcopy(new)
    assert differences(OLD, turned_back(OLD, new, found)) == ()
    assert new == before


def test_one_of_two_is_turned_back_and_the_other_stays() -> None:
    new = changed("entry", 0, "lr", "value", to=4)
    new["a.toml"]["cap"] = 0.9
    cap, entry = differences(OLD, new)
    assert differences(OLD, turned_back(OLD, new, entry)) == (cap,)


def test_a_file_that_is_new_is_a_difference_of_its_entries() -> None:
    new = copy.deepcopy(OLD) | {"b.toml": {"cap": 1}}
    [found] = differences(OLD, new)
    assert (found.file, found.entry) == ("b.toml", "cap")
    assert turned_back(OLD, new, found)["b.toml"] == {}
    [gone] = differences(new, OLD)
    assert turned_back(new, OLD, gone)["b.toml"] == {"cap": 1}


def test_a_list_that_was_emptied_gets_its_entry_back() -> None:
    new = changed("entry", to=[])
    found = [one for one in differences(OLD, new) if one.entry == "entry.x"]
    assert turned_back(OLD, new, found[0])["a.toml"]["entry"] == [OLD["a.toml"]["entry"][0]]


def test_every_entry_of_the_evidence_has_a_name_and_a_changed_ratio_is_found() -> None:
    documents = documents_of(read_files())
    assert differences(documents, documents) == ()
    new = copy.deepcopy(documents)
    entry = next(one for one in new["likelihood_ratios.toml"]["entry"] if one["id"] == "v-calf")
    entry["text"] = "another text"
    [found] = differences(documents, new)
    assert (found.file, found.entry) == ("likelihood_ratios.toml", "entry.v-calf")
    assert evidence_of(turned_back(documents, new, found), version="v").version == "v"
