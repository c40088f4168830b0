"""The same resource twice in one Bundle: the newest version is kept, whatever the order, and each other one is told."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.elements import moment
from service.fhir.reading import Entry
from service.fhir.references import type_and_id, without_version

WithUrl = tuple[Entry, str]


def without_duplicates(entries: Sequence[WithUrl]) -> tuple[list[WithUrl], tuple[DataIssue, ...]]:
    """The entries, each resource once and in the order of the input, and a remark on every one left out.

    The same are: two with one fullUrl; two with one type and id, unless their fullUrls name two servers; two with the very same content.
    Of the same the one with the later meta.lastUpdated is kept, then the higher meta.versionId.
    """
    groups: list[list[WithUrl]] = []
    by_key: dict[str, list[WithUrl]] = {}
    for item in entries:
        keys = _keys(item)
        group = next((by_key[key] for key in keys if key in by_key and _one_server(item, by_key[key])), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(item)
        for key in keys:
            by_key.setdefault(key, group)
    kept: list[WithUrl] = []
    remarks: list[DataIssue] = []
    for group in groups:
        best = group[0] if len(group) == 1 else max(group, key=lambda item: _newness(item[0]))
        kept.append(best)
        remarks.extend(_remark(item[0], best[0]) for item in group if item is not best)
    return sorted(kept, key=lambda item: _position(item[0])), tuple(remarks)


def _keys(item: WithUrl) -> tuple[str, ...]:
    entry, full_url = item
    own = f"{entry.resource_type}/{entry.resource['id']}" if isinstance(entry.resource.get("id"), str) else type_and_id(full_url)
    content = "" if own else _content(entry).decode("utf-8")
    return tuple(key for key in (without_version(full_url), own, content) if key)


def _one_server(item: WithUrl, group: Sequence[WithUrl]) -> bool:
    bases = {one[0].base for one in (item, *group)} - {""}
    return len(bases) <= 1


def _newness(entry: Entry) -> tuple[float, int, bytes]:
    meta = entry.resource.get("meta")
    if not isinstance(meta, dict):
        return 0.0, 0, _content(entry)
    updated = moment(meta.get("lastUpdated"))
    version = meta.get("versionId")
    number = int(version) if isinstance(version, str) and version.isascii() and version.isdigit() and len(version) < 19 else 0
    return updated[0].timestamp() if updated else 0.0, number, _content(entry)


def _content(entry: Entry) -> bytes:
    return orjson.dumps(entry.resource, option=orjson.OPT_SORT_KEYS)


def _position(entry: Entry) -> int:
    return int(entry.path.split("[", 1)[1].split("]", 1)[0])


def _remark(left_out: Entry, kept: Entry) -> DataIssue:
    same = (
        "with the same content" if left_out.resource == kept.resource else "in another version, which is the newer or taken to be"
    )
    return DataIssue(
        code=IssueCode.DUPLICATE,
        source=left_out.reference,
        expression=left_out.path,
        detail=f"{left_out.path} ({left_out.reference}) stands in the Bundle again at {kept.path} {same}; that one was used. Send each resource once.",
    )
