"""The forms that clinicians answer in our app, as they stand in a record: whose each is, what it answers, and which answers their author took back later.

An answer is taken back by a later form of the same author in which its question stands without an answer. Nobody else's answer is touched by it, nor one
that came into the record another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from service.fhir.elements import Json, dicts, moment, reference, value_key
from service.fhir.reading import Entry, TakenBack
from service.fhir.terminology.code import BASE

FORM_SYSTEM = f"{BASE}/NamingSystem/answered-form"
"""Of identifiers. Not that of our answers: what a clinician has answered counts in the next assessment, what we have worked out does not."""
USED_STATUSES = frozenset({"completed", "amended", "in-progress"})


def is_own_form(resource: Json) -> bool:
    """Whether somebody answered this in our app."""
    return resource.get("resourceType") == "QuestionnaireResponse" and any(
        one.get("system") == FORM_SYSTEM for one in dicts(resource.get("identifier"))
    )


def items_of(items: object, parent: str = "") -> Iterator[tuple[Json, str]]:
    """Every item with its path below the resource, those inside items and inside answers too."""
    for index, item in enumerate(dicts(items)):
        here = f"{parent}item[{index}]"
        yield item, here
        if "item" in item:
            yield from items_of(item["item"], f"{here}.")
        for number, answer in enumerate(dicts(item.get("answer"))):
            if "item" in answer:
                yield from items_of(answer["item"], f"{here}.answer[{number}].")


def answers_by(resources: Iterable[Json], author: str) -> dict[str, Json]:
    """By linkId the newest answer that this author gave in our app and did not take back."""
    found: dict[str, tuple[datetime, Json | None]] = {}
    for resource in resources:
        authored, who = moment(resource.get("authored")), reference(resource.get("author"))
        if (
            not is_own_form(resource)
            or resource.get("status") not in USED_STATUSES
            or not authored
            or not who
            or not is_same(who, author)
        ):
            continue
        for item, _ in items_of(resource.get("item")):
            link_id, given = str(item.get("linkId", "")), [one for one in dicts(item.get("answer")) if value_key(one)]
            newer = link_id not in found or found[link_id][0] < authored[0]
            if newer and (given or is_left_open(item)):
                found[link_id] = (authored[0], given[0] if given else None)
    return {link_id: answer for link_id, (_, answer) in found.items() if answer is not None}


def taken_back(entries: Iterable[Entry], *, as_of: datetime, tolerance: timedelta) -> Mapping[str, tuple[TakenBack, ...]]:
    """By linkId what was taken back, and by whom. A form that is dated later than `tolerance` after `as_of` was not there yet."""
    found: dict[str, list[TakenBack]] = {}
    for entry in entries:
        authored, author = moment(entry.resource.get("authored")), reference(entry.resource.get("author"))
        counts = is_own_form(entry.resource) and entry.resource.get("status") in USED_STATUSES
        # By a difference: a sum could lie beyond the last moment that can be written.
        if counts and author and authored and authored[0] - as_of <= tolerance:
            for item, _ in items_of(entry.resource.get("item")):
                if is_left_open(item):
                    said = TakenBack(author=author, at=authored[0], source=entry.reference)
                    found.setdefault(str(item.get("linkId", "")), []).append(said)
    return {link_id: tuple(said) for link_id, said in found.items()}


def is_left_open(item: Json) -> bool:
    """Whether an item is a question without an answer: no group, and nothing given."""
    return not dicts(item.get("item")) and not any(value_key(answer) for answer in dicts(item.get("answer")))


def who_took_back(resource: Json, said: Iterable[TakenBack]) -> TakenBack | None:
    """Of those who took back an answer to one question its own author, after having given it in this form; None for nobody."""
    authored, author = moment(resource.get("authored")), reference(resource.get("author"))
    if not is_own_form(resource) or authored is None or author is None:
        return None
    return next((one for one in said if one.at > authored[0] and is_same(one.author, author)), None)


def is_same(one: str, other: str) -> bool:
    """Whether two references name the same: some servers make an absolute one of a relative one when they store it."""
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
