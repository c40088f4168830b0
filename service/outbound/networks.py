"""Which IP addresses may be connected to. What is not plainly a public server is closed; a private network can be opened, a metadata service never."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Reach(StrEnum):
    """What kind of place an address is."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    METADATA = "metadata"
    CLOSED = "closed"


# The special-purpose registries of IANA (RFC 6890), and where the clouds keep the credentials of their machines. The first that fits counts.
# Written out, because what the standard library calls private differs between its releases.
_NAMED: tuple[tuple[Reach, tuple[Network, ...]], ...] = tuple(
    (reach, tuple(ip_network(network) for network in networks.split()))
    for reach, networks in (
        (Reach.METADATA, "169.254.169.254/32 169.254.170.0/24 168.63.129.16/32 100.100.100.200/32 fd00:ec2::/32 fd20:ce::254/128"),
        (Reach.LOOPBACK, "127.0.0.0/8 ::1/128"),
        (Reach.PRIVATE, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"),
        # This network, link-local, protocol assignments, documentation, relays of 6to4, benchmarks, multicast, reserved.
        (Reach.CLOSED, "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"),
        (Reach.CLOSED, "224.0.0.0/4 240.0.0.0/4"),
        # Protocol assignments with Teredo, documentation, 6to4: an IPv4 address in disguise, or nobody's.
        (Reach.CLOSED, "2001::/23 2001:db8::/32 2002::/16 3fff::/20"),
        (Reach.PUBLIC, "0.0.0.0/0 2000::/3"),
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 0xFFFFFFFF


def reach(address: IPAddress) -> Reach:
    """What kind of place this is. An IPv4 address inside an IPv6 one (mapped, NAT64) counts as itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return reach(address.ipv4_mapped)
        if address in _NAT64:
            return reach(IPv4Address(int(address) & _IPV4_BITS))
    for kind, networks in _NAMED:
        if any(address in network for network in networks):
            return kind
    # Of IPv6, what is not global unicast: link-local, site-local, multicast, unassigned.
    return Reach.CLOSED


def may_be_reached(address: IPAddress, *, opened: Sequence[Network], loopback: bool) -> bool:
    """Whether to connect. `opened` are private networks that an operator has opened; `loopback` lets through this machine itself."""
    match reach(address):
        case Reach.PUBLIC:
            return True
        case Reach.LOOPBACK:
            return loopback
        case Reach.PRIVATE:
            return any(address in network for network in opened)
        case _:
            return False
