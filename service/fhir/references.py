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
    if not url or url.startswith(("urn:", "#")) or "?" in url:
        return ""
    steps = without_version(url).rsplit("/", 2)
    if len(steps) < 2 or not steps[-1] or not steps[-2][:1].isupper():
        return ""
    return f"{steps[-2]}/{steps[-1]}"


def server_base(url: str) -> str:
    """What stands before the type and id of an absolute URL; "" when the URL is relative, a urn or none of a FHIR server."""
    tail = type_and_id(url)
    return without_version(url)[: -len(tail) - 1] if tail and "://" in url else ""


def index_of(entries: Iterable[tuple[Entry, str]]) -> dict[str, Entry]:
    """Entries, each with its fullUrl or "", by every address a reference may use. An address of two entries is nobody's."""
    found: dict[str, Entry] = {}
    ambiguous: set[str] = set()
    for entry, full_url in entries:
        identity = entry.resource.get("id")
        own = f"{entry.resource_type}/{identity}" if isinstance(identity, str) and identity else type_and_id(full_url)
        addresses = [entry.path, own] if own else [entry.path]
        if own and entry.base:
            addresses.append(f"{entry.base}/{own}")
        if full_url and (address := without_version(full_url)) not in addresses:
            addresses.append(address)
        for address in addresses:
            if address in found:
                ambiguous.add(address)
            found[address] = entry
    if not ambiguous:
        return found
    return {address: entry for address, entry in found.items() if address not in ambiguous}


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
                resource=inner,
                base=container.base,
            )
    return None
