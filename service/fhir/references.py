"""What a reference in a Bundle points at: by fullUrl, against the entry's own server, by type and id, or into `contained`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.fhir.elements import dicts
from service.fhir.reading import Entry

_CONTAINED = ".contained["


def without_version(url: str) -> str:
    """A reference or fullUrl without its version, and a urn in lower case, so that two spellings of one thing are equal."""
    url = url.strip()
    if url.startswith("urn:"):
        return url.lower()
    return url.partition("/_history/")[0]


def type_and_id(url: str) -> str:
    """ "Patient/p1" of a relative or an http reference; "" of anything else."""
    return _taken_apart(url)[1]


def server_base(url: str) -> str:
    """What stands before the type and id of an absolute URL; "" when the URL is relative, a urn or none of a FHIR server."""
    return _taken_apart(url)[0] if "://" in url else ""


def _taken_apart(url: str) -> tuple[str, str]:
    """What stands before type and id, and type and id; both "" of anything that ends in neither."""
    if not url or url.startswith(("urn:", "#")) or "?" in url:
        return "", ""
    before, _, tail = without_version(url).rpartition("/")
    before, _, kind = before.rpartition("/")
    return (before, f"{kind}/{tail}") if tail and kind[:1].isupper() else ("", "")


def index_of(entries: Iterable[tuple[Entry, str]]) -> tuple[dict[str, Entry], bool]:
    """Entries, each with its fullUrl or "", by every address a reference may use; and whether they are plainly different ones.

    An address of two entries is nobody's.
    """
    found: dict[str, Entry] = {}
    ambiguous: set[str] = set()
    distinct = True
    for entry, full_url in entries:
        own = type_and_id_of(entry)
        if not own:
            distinct = False
            own = type_and_id(full_url)
        absolute = f"{entry.base}/{own}" if own and entry.base else ""
        found[entry.path] = entry
        for address in {own, absolute, without_version(full_url)}:
            if address and found.setdefault(address, entry) is not entry:
                ambiguous.add(address)
    for address in ambiguous:
        del found[address]
    return found, distinct and not ambiguous


def type_and_id_of(entry: Entry) -> str:
    """ "Patient/p1" of a resource that has an id; "" of one that has none."""
    identity = entry.resource.get("id")
    return f"{entry.resource_type}/{identity}" if isinstance(identity, str) and identity else ""


def resolve(index: Mapping[str, Entry], origin: Entry, reference: str) -> Entry | None:
    """The entry or contained resource that `reference`, standing in `origin`, points at; None when the Bundle does not hold it or it is ambiguous."""
    if reference.startswith("#"):
        return _contained(index.get(origin.path.partition(_CONTAINED)[0], origin), reference[1:])
    address = without_version(reference)
    if address in index and "://" in address:
        return index[address]
    base = server_base(reference)
    if base:
        # An entry without a server of its own may be the one an absolute URL means; one of another server is not.
        candidate = index.get(type_and_id(reference))
        return candidate if candidate is not None and candidate.base == "" else None
    on_own_server = index.get(f"{origin.base}/{address}") if origin.base else None
    if on_own_server is not None:
        return on_own_server
    candidate = index.get(address)
    return candidate if candidate is not None and (not origin.base or candidate.base in ("", origin.base)) else None


def _contained(container: Entry, identity: str) -> Entry | None:
    for position, inner in enumerate(dicts(container.resource.get("contained"))):
        if inner.get("id") == identity and isinstance(inner.get("resourceType"), str):
            return Entry(
                reference=f"{container.reference}#{identity}",
                path=f"{container.path}{_CONTAINED}{position}]",
                resource_type=inner["resourceType"],
                resource=inner,
                base=container.base,
            )
    return None
