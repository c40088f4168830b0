"""Which server may be asked, and at which IP address. Ask here before every first connection to a server that somebody else named."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from service.outbound.networks import Network, Reach, may_be_reached, reach

Resolve = Callable[..., Sequence[tuple[Any, ...]]]
"""Called and answering as socket.getaddrinfo."""

_PORTS = {"http": 80, "https": 443}
_LONGEST = 8000
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
# What browsers and C libraries take for an IPv4 address: the last part is a number, be it decimal, octal or hexadecimal.
_ENDS_IN_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")
_DOTS = {".", ".."}


class AddressRefused(Exception):
    """Nothing is sent there. `why` is a sentence for whoever reads the answer: no URL, no token, no patient in it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port of a URL in one spelling, so that equal means the same server."""

    scheme: str
    host: str
    """A name in lower case, or an IP address without brackets."""
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server that passed, with the addresses it was found at: connect to these and look nothing up again."""

    origin: Origin
    ips: tuple[str, ...]


def checked_address(
    url: str,
    *,
    allowed: Sequence[str],
    development: bool,
    networks: Sequence[Network] = (),
    resolve: Resolve = socket.getaddrinfo,
) -> Address:
    """The address of the server of this URL. Raises AddressRefused; and OSError where the name is not found.

    `allowed` are base URLs, of which the URL must be one or lie below one. In development http and this machine are allowed, and without `allowed`
    any server on this machine. `networks` are private ones that the operator has opened. One closed address among several refuses the server.
    """
    origin, path = read_url(url)
    if not (development or origin.scheme == "https"):
        raise AddressRefused("the server's address is not https")
    if not _is_allowed(origin, path, allowed) and (allowed or not development):
        raise AddressRefused("the server is not one that this client may name")
    only_this_machine = not allowed
    ips = [ip_address(origin.host)] if _is_ip(origin.host) else _found(origin, resolve)
    for ip in ips:
        if not may_be_reached(ip, opened=networks, loopback=development) or (
            only_this_machine and reach(ip) is not Reach.LOOPBACK
        ):
            raise AddressRefused("the server's name leads to an address that is not open to this service")
    return Address(origin=origin, ips=tuple(dict.fromkeys(str(ip) for ip in ips)))


def read_url(url: str) -> tuple[Origin, str]:
    """Origin and path of a URL that can be read in one way only. Raises AddressRefused for every other."""
    if len(url) > _LONGEST or not _VISIBLE_ASCII.fullmatch(url) or "\\" in url:
        raise AddressRefused("the server's address is too long or holds characters that a URL does not")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("the server's address is not a URL") from None
    if parts.scheme not in _PORTS:
        raise AddressRefused("the server's address is neither https nor http")
    if "@" in parts.netloc or "#" in url:
        raise AddressRefused("the server's address holds a user, a password or a fragment")
    if port == 0 or parts.netloc.endswith(":"):
        raise AddressRefused("the server's address has a port that is none")
    if _DOTS & {unquote(segment) for segment in re.split(r"/|%2f|%5c", parts.path, flags=re.IGNORECASE)}:
        raise AddressRefused("the path of the server's address leads upwards")
    return Origin(
        scheme=parts.scheme, host=_host(parts.netloc, parts.hostname or ""), port=port or _PORTS[parts.scheme]
    ), parts.path


def same_server(url: str, origin: Origin) -> bool:
    """Whether a URL leads to this server, for pages and redirects."""
    try:
        return read_url(url)[0] == origin
    except AddressRefused:
        return False


def _host(netloc: str, host: str) -> str:
    if netloc.startswith("["):
        try:
            address = IPv6Address(host)
        except AddressValueError:
            raise AddressRefused("the server's address holds an IPv6 address that is none") from None
        if address.scope_id is not None:
            raise AddressRefused("the server's address names a network interface of this machine")
        return str(address)
    if _ENDS_IN_NUMBER.fullmatch(host):
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise AddressRefused("the server's address holds an IPv4 address in an unusual spelling") from None
    if not _NAME.fullmatch(host):
        raise AddressRefused("the server's address holds a name that is none; names of other alphabets are written as xn--")
    return host


def _is_allowed(origin: Origin, path: str, allowed: Sequence[str]) -> bool:
    for base in allowed:
        base_origin, base_path = read_url(base)
        prefix = base_path.rstrip("/")
        if origin == base_origin and (path == prefix or path.startswith(prefix + "/")):
            return True
    return False


def _is_ip(host: str) -> bool:
    return ":" in host or _ENDS_IN_NUMBER.fullmatch(host) is not None


def _found(origin: Origin, resolve: Resolve) -> list[IPv4Address | IPv6Address]:
    try:
        entries = resolve(origin.host, origin.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("the name cannot be looked up") from error
    if not entries:
        raise OSError("the name leads to no address")
    return [ip_address(str(entry[4][0])) for entry in entries]
