"""The body of a request as bytes: of the right type, decompressed, within the limit."""

from __future__ import annotations

import zlib
from typing import Any

from flask import Request

from service.errors import BadRequest, PayloadTooLarge, Problem, UnsupportedMedia
from service.web.negotiation import FHIR_VERSIONS, OFFERED

_CHUNK = 64 * 1024
_DRAIN_FACTOR = 4
_GZIP_WINDOW = 31


def read_body(request: Request, *, limit: int, any_json: bool = False) -> bytes:
    """The body, decompressed; `any_json`: of any media type that ends in +json as well.

    Raises UnsupportedMedia, PayloadTooLarge (sent or decompressed size over `limit` bytes), BadRequest (broken gzip).
    """
    _check_media_type(request, any_json=any_json)
    compressed = _is_compressed(request)
    if request.content_length is not None and request.content_length <= limit:
        body = request.get_data(cache=False)
    else:
        body = _read_within(request, limit)
    return _decompressed(body, limit) if compressed else body


def _check_media_type(request: Request, *, any_json: bool) -> None:
    remedy = "send application/fhir+json or application/json, in UTF-8"
    if not request.mimetype:
        raise _unsupported(f"there is no Content-Type; {remedy}")
    if request.mimetype not in OFFERED and not (any_json and request.mimetype.endswith("+json")):
        raise _unsupported(f"Content-Type is {request.mimetype[:64]!r}; {remedy}")
    parameters = {name.lower(): value for name, value in request.mimetype_params.items()}
    charset = parameters.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise _unsupported(f"the charset is {charset[:64]!r}; {remedy}")
    version = parameters.get("fhirversion", FHIR_VERSIONS[0])
    if version not in FHIR_VERSIONS:
        raise _unsupported(f"fhirVersion is {version[:64]!r}; this service reads FHIR 4.0")


def _is_compressed(request: Request) -> bool:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return False
    if encoding in ("gzip", "x-gzip"):
        return True
    raise UnsupportedMedia(
        Problem(
            issue_type="not-supported",
            diagnostics=f"Content-Encoding is {encoding[:64]!r}; send the body as it is, or compressed once by gzip",
            expression="Content-Encoding",
        )
    )


def _read_within(request: Request, limit: int) -> bytes:
    """A body whose length is not declared, or declared too large, read no further than the limit."""
    body = bytearray()
    if request.content_length is None:
        while len(body) <= limit:
            chunk = request.stream.read(_CHUNK)
            if not chunk:
                return bytes(body)
            body += chunk
    _drain(request.stream, _DRAIN_FACTOR * limit)
    raise _too_large(limit, "sent")


def _drain(stream: Any, budget: int) -> None:
    # A client that is still sending when the connection closes sees a reset, not the answer; so read on for a while, keeping nothing.
    while budget > 0:
        chunk = stream.read(_CHUNK)
        if not chunk:
            return
        budget -= len(chunk)


def _decompressed(body: bytes, limit: int) -> bytes:
    unpack = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        plain = unpack.decompress(body, limit + 1)
    except zlib.error:
        raise _broken_gzip() from None
    if len(plain) > limit:
        raise _too_large(limit, "decompressed")
    if not unpack.eof or unpack.unused_data:
        raise _broken_gzip()
    return plain


def _unsupported(diagnostics: str) -> UnsupportedMedia:
    return UnsupportedMedia(Problem(issue_type="not-supported", diagnostics=diagnostics, expression="Content-Type"))


def _too_large(limit: int, how: str) -> PayloadTooLarge:
    return PayloadTooLarge(
        Problem(
            issue_type="too-long",
            diagnostics=f"the body as {how} is over the limit of {limit} bytes; send one patient's limb pressures, answers and conditions, not the whole chart",
        )
    )


def _broken_gzip() -> BadRequest:
    return BadRequest(
        Problem(
            issue_type="structure",
            diagnostics="the body is not one complete gzip stream, as Content-Encoding says; send it whole, or uncompressed without that header",
            expression="Content-Encoding",
        )
    )
