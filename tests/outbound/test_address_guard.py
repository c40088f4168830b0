"""Which servers may be asked: by their name, and by where their name leads."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outbound.address_guard import Address, AddressRefused, Origin, checked_address, read_url, same_server

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"
EHR = "https://ehr.example/fhir"


def resolver(*ips: str, asked: list[tuple[Any, ...]] | None = None) -> Any:
    """A name server that gives these addresses for every name."""

    def resolve(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        if asked is not None:
            asked.append((host, port))
        return [(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    return resolve


def nobody(*_: object, **__: object) -> Any:
    raise AssertionError("nothing may be looked up")


def check(
    url: str, *ips: str, allowed: tuple[str, ...] = (EHR,), development: bool = False, networks: tuple[str, ...] = ()
) -> Address:
    opened = [ip_network(network) for network in networks]
    return checked_address(
        url, allowed=allowed, development=development, networks=opened, resolve=resolver(*ips) if ips else nobody
    )


def test_a_registered_server_is_pinned_to_every_address_it_was_found_at() -> None:
    assert check(EHR, PUBLIC, PUBLIC_6, PUBLIC) == Address(
        origin=Origin(scheme="https", host="ehr.example", port=443), ips=(PUBLIC, PUBLIC_6)
    )


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://ehr.example/fhir", "https://ehr.example/fhir/"),
        ("https://ehr.example/fhir/", "https://ehr.example/fhir"),
        ("https://EHR.Example:443/fhir", "https://ehr.example/fhir"),
        ("HTTPS://ehr.example/fhir/R4", "https://ehr.example/fhir"),
        ("https://ehr.example/anything", "https://ehr.example"),
        ("https://ehr.example:8443/fhir", "https://ehr.example:8443/fhir"),
    ],
)
def test_the_same_server_in_another_spelling_is_the_same(url: str, allowed: str) -> None:
    assert check(url, PUBLIC, allowed=("https://other.example", allowed)).ips == (PUBLIC,)


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example/fhirx",
        "https://ehr.example/FHIR",
        "https://ehr.example/",
        "https://ehr.example",
        "https://ehr.example:8443/fhir",
        "http://ehr.example/fhir",
        "https://ehr.example.evil.example/fhir",
        "https://evil.example/https://ehr.example/fhir",
        "https://sub.ehr.example/fhir",
        "https://93.184.216.34/fhir",
    ],
)
def test_anything_else_is_refused_without_a_lookup(url: str) -> None:
    with pytest.raises(AddressRefused):
        check(url)


TRICKS = [
    "",
    "ehr.example/fhir",
    "//ehr.example/fhir",
    "https:ehr.example/fhir",
    "https:///fhir",
    "ftp://ehr.example/fhir",
    "file:///etc/passwd",
    "https://ehr.example@evil.example/fhir",
    "https://user:word@ehr.example/fhir",
    "https://ehr.example/fhir#fragment",
    "https://ehr.example/fhir#",
    "https://ehr.example#@evil.example/fhir",
    "https://ehr.example\\@evil.example/fhir",
    "https://ehr.example\\fhir",
    "https://ehr.example:/fhir",
    "https://ehr.example:0/fhir",
    "https://ehr.example:65536/fhir",
    "https://ehr.example:443443/fhir",
    "https://ehr.example:4 43/fhir",
    "https://ehr.example:https/fhir",
    "https://ehr.example./fhir",
    "https://ehr..example/fhir",
    "https://-ehr.example/fhir",
    "https://ehr%2eexample/fhir",
    "https://ehr.example%00.evil.example/fhir",
    "https://ehr.example%40evil.example/fhir",
    "https://ehr。example/fhir",
    "https://еhr.example/fhir",
    "https://ehr.example/fhir/../admin",
    "https://ehr.example/fhir/%2e%2e/admin",
    "https://ehr.example/fhir/.%2E/admin",
    "https://ehr.example/fhir%2f..%2fadmin",
    "https://ehr.example/fhir%5c..%5cadmin",
    "https://ehr.example/fhir/./x",
    "https://ehr.example/fhir\r\nHost: evil.example",
    "https://ehr.example/fh ir",
    "https://ehr.example/fhir\t",
    " https://ehr.example/fhir",
    "https://ehr.example/" + "x" * 8000,
    "https://2130706433/fhir",
    "https://0x7f000001/fhir",
    "https://0177.0.0.1/fhir",
    "https://127.1/fhir",
    "https://127.0.0.01/fhir",
    "https://1.2.3.4.5/fhir",
    "https://1.2.3.4./fhir",
    "https://256.1.1.1/fhir",
    "https://ehr.0x7f/fhir",
    "https://[::1/fhir",
    "https://[::g]/fhir",
    "https://[v1.x]/fhir",
    "https://[fe80::1%25eth0]/fhir",
    "https://[fe80::1%eth0]/fhir",
    "https://[93.184.216.34]/fhir",
]


@pytest.mark.parametrize("url", TRICKS)
@pytest.mark.parametrize("development", [False, True])
def test_what_could_be_read_in_two_ways_is_refused(url: str, development: bool) -> None:
    with pytest.raises(AddressRefused) as refused:
        check(url, allowed=(url, EHR) if url.startswith(EHR) else (EHR, "https://ehr.example"), development=development)
    assert "evil" not in refused.value.why
    assert "://" not in refused.value.why


CLOSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fdff::1", "::ffff:10.0.0.1"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
    "link-local": ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fe80::1%eth0", "::ffff:169.254.0.1"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "169.254.170.2", "64:ff9b::a9fe:a9fe"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.255", "::", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"],
    "documentation": ["2001:db8::1", "3fff::1"],
    "an IPv4 address in disguise": ["2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "::7f00:1", "::a00:1", "64:ff9b:1::a00:1", "192.88.99.1"],
    "site-local and unassigned": ["fec0::1", "4000::1", "100::1"],
}  # fmt: skip


@pytest.mark.parametrize("ip", [ip for ips in CLOSED.values() for ip in ips])
def test_a_registered_name_that_leads_to_a_closed_address_is_refused(ip: str) -> None:
    for ips in ((ip,), (PUBLIC, ip), (ip, PUBLIC), (PUBLIC, PUBLIC_6, ip)):
        with pytest.raises(AddressRefused, match="not open to this service"):
            check(EHR, *ips)


def test_the_edges_of_the_closed_ranges_are_open() -> None:
    for ip in ("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0",
               "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "223.255.255.255", "1.0.0.0", "198.17.255.255", "198.20.0.0",
               "2001:200::1", "2003::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"):  # fmt: skip
        assert ip_address(check(EHR, ip).ips[0]) == ip_address(ip)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_private_is_open(ip: Any) -> None:
    if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved:
        with pytest.raises(AddressRefused):
            check(EHR, str(ip))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_private_is_open(ip: Any) -> None:
    if not ip.is_global or ip.is_multicast:
        with pytest.raises(AddressRefused):
            check(EHR, str(ip))


def test_an_address_written_as_a_number_is_not_looked_up_and_held_to_the_same() -> None:
    assert check(f"https://{PUBLIC}/fhir", allowed=(f"https://{PUBLIC}/fhir",)).ips == (PUBLIC,)
    assert check(f"https://[{PUBLIC_6}]/fhir", allowed=(f"https://[{PUBLIC_6}]/fhir",)).ips == (PUBLIC_6,)
    for host in ("10.0.0.1", "127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254"):
        with pytest.raises(AddressRefused):
            check(f"https://{host}/fhir", allowed=(f"https://{host}/fhir",))


def test_an_operator_can_open_a_private_network_and_nothing_worse() -> None:
    assert check(EHR, "10.20.0.7", networks=("10.20.0.0/16",)).ips == ("10.20.0.7",)
    assert check(EHR, "fd12:3456::7", networks=("fd12:3456::/32",)).ips == ("fd12:3456::7",)
    for ip in (
        "10.21.0.7",
        "127.0.0.1",
        "169.254.169.254",
        "169.254.1.1",
        "224.0.0.1",
        "100.100.100.200",
        "fd00:ec2::254",
        "::1",
    ):
        with pytest.raises(AddressRefused):
            check(
                EHR,
                ip,
                networks=(
                    "10.20.0.0/16",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "224.0.0.0/4",
                    "100.100.100.0/24",
                    "fd00::/8",
                    "::1/128",
                ),
            )


class TestDevelopment:
    @pytest.mark.parametrize("ip", ["127.0.0.1", "::1"])
    def test_without_a_list_any_server_of_this_machine_may_be_asked(self, ip: str) -> None:
        assert check("http://localhost:8080/fhir", ip, allowed=(), development=True).origin.port == 8080

    @pytest.mark.parametrize("ip", [PUBLIC, "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
    def test_and_no_other(self, ip: str) -> None:
        for ips in ((ip,), ("127.0.0.1", ip)):
            with pytest.raises(AddressRefused):
                check("http://localhost:8080/fhir", *ips, allowed=(), development=True)

    def test_with_a_list_the_list_counts(self) -> None:
        assert check("http://ehr.example/fhir", "127.0.0.1", allowed=("http://ehr.example/fhir",), development=True).ips == (
            "127.0.0.1",
        )
        assert check("http://ehr.example/fhir", PUBLIC, allowed=("http://ehr.example/fhir",), development=True).ips == (PUBLIC,)
        with pytest.raises(AddressRefused):
            check("http://localhost/fhir", allowed=("http://ehr.example/fhir",), development=True)

    def test_outside_it_neither(self) -> None:
        with pytest.raises(AddressRefused, match="not https"):
            check("http://ehr.example/fhir", allowed=("http://ehr.example/fhir",))
        with pytest.raises(AddressRefused, match="not one that this client may name"):
            check("https://localhost/fhir", allowed=())


def test_a_name_is_looked_up_once() -> None:
    asked: list[tuple[Any, ...]] = []
    checked_address(EHR, allowed=(EHR,), development=False, resolve=resolver(PUBLIC, asked=asked))
    assert asked == [("ehr.example", 443)]


def test_a_name_that_leads_nowhere_or_cannot_be_looked_up_is_not_found() -> None:
    def unreadable(*_: object, **__: object) -> Any:
        raise UnicodeError("label too long")

    for resolve in (resolver(), unreadable):
        with pytest.raises(OSError, match="the name"):
            checked_address(EHR, allowed=(EHR,), development=False, resolve=resolve)


def test_an_entry_of_the_list_that_is_no_url_lets_nothing_through() -> None:
    with pytest.raises(AddressRefused):
        check(EHR, allowed=("*", EHR))


@given(st.text(max_size=60).map("https://ehr.example".__add__))
def test_whatever_follows_the_name_it_is_read_as_this_server_or_refused(url: str) -> None:
    try:
        origin, path = read_url(url)
    except AddressRefused:
        return
    assert path == "" or path.startswith("/")
    assert origin.host.startswith("ehr.example")
    assert same_server(url, origin)


def test_the_same_server_is_scheme_host_and_port() -> None:
    origin = read_url(EHR)[0]
    assert same_server("https://EHR.example:443/other?page=2", origin)
    for other in (
        "http://ehr.example/fhir",
        "https://ehr.example:444/fhir",
        "https://ehr.example@evil.example",
        "//ehr.example/fhir",
        "?page=2",
    ):
        assert not same_server(other, origin)
