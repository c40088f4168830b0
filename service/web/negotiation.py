"""What the caller wants back and how: Accept, _format, _pretty, Prefer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from flask import Request

from service.errors import NotAcceptable, Problem
from service.web.answers import FHIR_JSON

OFFERED = (FHIR_JSON, "application/json", "text/json")
FHIR_VERSIONS = ("4.0", "4.0.1")
STYLE_PARAMETERS = ("_format", "_pretty")

_SHORT = {"json": FHIR_JSON, "pdf": "application/pdf"}
_REMEDY = f"ask for {FHIR_JSON} (FHIR 4.0), in Accept or with _format=json"
_KEPT = 256
_HANDLING = ("strict", "lenient")


@dataclass(frozen=True, slots=True)
class Style:
    """The media type of the answer, and whether it is indented."""

    media_type: str
    pretty: bool


def wanted_style(request: Request, *, also: tuple[str, ...] = ()) -> Style:
    """How to write the answer. `_format` overrides Accept; `also`: what a door offers besides JSON.

    Raises NotAcceptable when neither JSON of FHIR 4.0 nor one of those is among what is accepted.
    """
    offered = (*OFFERED, *also)
    remedy = ", or ".join((_REMEDY, *also))
    pretty = request.args.get("_pretty", "") == "true"
    format_ = request.args.get("_format")
    if format_ is not None:
        # A plus that was not escaped arrives as a blank.
        media_type = _media_type_of_range(format_.replace(" ", "+"))
        named = _SHORT.get(media_type or "", media_type)
        if named not in offered:
            raise NotAcceptable(
                Problem(issue_type="not-supported", diagnostics=f"_format is {format_[:64]!r}; {remedy}", expression="_format")
            )
        return Style(named, pretty)
    accepted = ",".join(request.headers.getlist("Accept"))
    chosen = _chosen(accepted, offered) if accepted else FHIR_JSON
    if chosen is None:
        raise NotAcceptable(
            Problem(issue_type="not-supported", diagnostics=f"Accept is {accepted[:128]!r}; {remedy}", expression="Accept")
        )
    return Style(chosen, pretty)


def strict_handling(request: Request) -> bool:
    """Whether `Prefer: handling=strict` is asked for. Preferences that are unknown or malformed are ignored, as RFC 7240 has it."""
    return next((value == "strict" for name, value in _preferences(request) if name == "handling" and value in _HANDLING), False)


def respond_async(request: Request) -> bool:
    """Whether `Prefer: respond-async` is asked for."""
    return any(name == "respond-async" for name, _ in _preferences(request))


def _preferences(request: Request) -> Iterator[tuple[str, str]]:
    if "Prefer" not in request.headers:
        return
    for preference in ",".join(request.headers.getlist("Prefer")).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        yield name.strip().lower(), value.strip().strip('"').lower()


@lru_cache(maxsize=_KEPT)
def _chosen(accepted: str, offered: tuple[str, ...]) -> str | None:
    """The offered type an Accept header likes best; of equals the first offered. None: none of them."""
    quality = {media_type: _quality(media_type, accepted) for media_type in offered}
    best = max(offered, key=lambda media_type: quality[media_type])
    return best if quality[best] > 0 else None


def _quality(media_type: str, accepted: str) -> float:
    """The quality the most specific matching range gives a media type; 0 when no range matches."""
    best = (-1, 0.0)
    kind = media_type.split("/")[0]
    for item in accepted.split(","):
        named = _media_type_of_range(item)
        specific = {"*/*": 0, "*": 0, f"{kind}/*": 1, media_type: 2}.get(named or "", -1)
        if named == "json" and media_type == FHIR_JSON:
            specific = 2
        if specific >= 0:
            best = max(best, (specific, _q(item)))
    return best[1]


def _media_type_of_range(item: str) -> str | None:
    """The media range of an Accept item, lower case. None when its fhirVersion is not ours: it then matches nothing."""
    named, *parameters = item.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "fhirversion" and value.strip().strip('"') not in FHIR_VERSIONS:
            return None
    return named.strip().lower()


def _q(item: str) -> float:
    for parameter in item.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0
