"""What differs between two versions of the evidence, entry by entry, and the evidence between the two: one entry turned back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NAMES = (("id",), ("code",), ("finding",), ("cause", "setting", "age_from"))
"""What tells the entries of a list apart, the first that all of them have and no two share."""

Documents = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of an entry, as printed: "" where the entry does not have it."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One entry that differs. `entry` is its name in the file, e.g. "v-calf" or "abi.abnormal_at_most"."""

    file: str
    entry: str
    changes: tuple[Change, ...]


def differences(before: Documents, after: Documents) -> tuple[Difference, ...]:
    """Every entry that is not the same in two sets of evidence documents, in the order of the files."""
    found = []
    for file in dict.fromkeys([*before, *after]):
        old, new = _entries(before.get(file, {})), _entries(after.get(file, {}))
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                changes = tuple(_changes(_leaves(old.get(name)), _leaves(new.get(name))))
                found.append(Difference(file=file, entry=_printed(name), changes=changes))
    return tuple(found)


def turned_back(before: Documents, after: Documents, difference: Difference) -> dict[str, dict[str, Any]]:
    """`after`, but for one entry, which is as it was `before`."""
    documents = {file: dict(document) for file, document in after.items()}
    old, new = _entries(before.get(difference.file, {})), _entries(after.get(difference.file, {}))
    name = next(name for name in [*old, *new] if _printed(name) == difference.entry)
    section, entry = name
    document = documents.setdefault(difference.file, {})
    if entry == ():
        _put(document, section, old.get(name))
        return documents
    held = document.get(section)
    if isinstance(held, list):
        key = _key_of(held) or _key_of(before[difference.file][section])
        kept = [one for one in held if _name_in(one, key) != entry]
        place = next((place for place, one in enumerate(held) if _name_in(one, key) == entry), len(held))
        document[section] = kept[:place] + ([old[name]] if name in old else []) + kept[place:]
    else:
        inner = dict(held or {})
        _put(inner, str(entry[0]), old.get(name))
        document[section] = inner
    return documents


def _put(holder: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        holder.pop(key, None)
    else:
        holder[key] = value


def _entries(document: Mapping[str, Any]) -> dict[tuple[str, tuple[Any, ...]], Any]:
    """The entries of a document by section and name; the name is () where the section is one entry."""
    found: dict[tuple[str, tuple[Any, ...]], Any] = {}
    for section, held in document.items():
        key = _key_of(held)
        if key:
            found |= {(section, _name_in(one, key)): one for one in held}
        elif isinstance(held, dict) and all(isinstance(one, dict) for one in held.values()):
            found |= {(section, (name,)): one for name, one in held.items()}
        else:
            found[section, ()] = held
    return found


def _key_of(held: Any) -> tuple[str, ...]:
    """What tells the tables of a list apart; () of anything else."""
    if not isinstance(held, list) or not held or not all(isinstance(one, dict) for one in held):
        return ()
    for key in _NAMES:
        names = [_name_in(one, key) for one in held]
        if None not in [part for name in names for part in name] and len(set(names)) == len(names):
            return key
    return ()


def _name_in(one: Mapping[str, Any], key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(one.get(part) for part in key)


def _printed(name: tuple[str, tuple[Any, ...]]) -> str:
    section, entry = name
    return ".".join([section, *(str(part) for part in entry)])


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Every value inside an entry, as printed, by its path."""
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in _leaves(inner, f"{path}.{name}".lstrip(".")).items()}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return {key: leaf for place, inner in enumerate(value) for key, leaf in _leaves(inner, f"{path}[{place}]").items()}
    return {} if value is None else {path: str(value)}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield Change(key=key, before=before.get(key, ""), after=after.get(key, ""))
