"""A requests Session that talks to one checked server and to nothing else, at the address that was checked.

The name stays what it is for the Host header, for SNI and for the certificate; only the socket goes to the pinned address, so that a second
lookup cannot lead elsewhere.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from service.outbound.address_guard import Address, AddressRefused, same_server
from service.outbound.answer import Answer, NoAnswer
from service.outbound.in_time import Lines

_CHUNK = 64 * 1024
_ELSEWHERE = "the address that was asked for is not one of the server that was checked"


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """Whose certificates are believed: those of the system (OpenSSL's SSL_CERT_FILE names others, a hospital's own) and the list that requests brings.

    Made once a process: reading them takes longer than a request may.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class PinnedSession(requests.Session):
    """A session for one server. It has no proxy, no .netrc and no cookies, follows no redirect, and raises AddressRefused for every other server.

    `lines`: where its connections are remembered, to be cut at a deadline. `trust`: whom to believe instead of `trusted_authorities`.
    """

    def __init__(self, address: Address, *, lines: Lines | None = None, trust: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.origin = address.origin
        self._lines = lines = lines or Lines()
        # It logs the URLs it asks for, and they name the patient.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        # Neither the proxies nor the certificates nor the .netrc of the environment: a token goes where it was told to go.
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, PinnedAdapter(address, lines, trust))
        # Uncompressed, so that the limit on what is read is a limit on what comes of it.
        self.headers.update({"Accept-Encoding": "identity", "User-Agent": "claudication-cds"})

    def close(self) -> None:
        """End its connections."""
        super().close()
        self._lines.close()

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would read a redirect's whole body, of any length, before it asks whether to follow."""
        return None


class PinnedAdapter(HTTPAdapter):
    """What connects. For sessions of other libraries: mount it for both schemes in place of what is there."""

    def __init__(self, address: Address, lines: Lines, trust: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._lines = lines
        self._trust = trust
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pool, whose connections go to the pinned address."""
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._address, self._lines)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The certificate is always checked, whatever the session was told."""
        host, pool = super().build_connection_pool_key_attributes(request, True, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = self._trust or trusted_authorities()
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: requests would load its list of authorities again for every connection."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send, if it is to this server. Raises AddressRefused."""
        if not same_server(request.url or "", self._address.origin):
            raise AddressRefused(_ELSEWHERE)
        options["proxies"] = {}
        return super().send(request, *arguments, **options)


def _pools(address: Address, lines: Lines) -> dict[str, Any]:
    def connect(connection: HTTPConnection) -> socket.socket:
        error: OSError = OSError("no address")
        for ip in address.ips:
            try:
                family = socket.AF_INET6 if ":" in ip else socket.AF_INET
                opened = socket.socket(family, socket.SOCK_STREAM)
                try:
                    for option in connection.socket_options or ():
                        opened.setsockopt(*option)
                    opened.settimeout(_seconds(connection.timeout))
                    lines.add(opened)
                    opened.connect((ip, address.origin.port))
                except BaseException:
                    opened.close()
                    raise
            except TimeoutError as late:
                raise ConnectTimeoutError(connection, "no connection in time") from late
            except OSError as refused:
                error = refused
            else:
                return opened
        raise NewConnectionError(connection, "no connection") from error

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secured(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecuredPool(HTTPSConnectionPool):
        ConnectionCls = Secured

    return {"http": PlainPool, "https": SecuredPool}


def _seconds(timeout: Any) -> float | None:
    return timeout if isinstance(timeout, int | float) else None


def ask(
    session: PinnedSession,
    url: str,
    *,
    headers: Mapping[str, str],
    deadline_s: float,
    byte_limit: int,
    method: str = "GET",
    body: bytes | None = None,
    read_refusals: bool = False,
) -> Answer:
    """Ask, and read to the end at most so many bytes, of a refusal too where `read_refusals`. Raises NoAnswer, and AddressRefused for another server.

    The session's connections must be cut at the deadline by whoever made it (`in_time`): a server that sends a byte now and then is late as a whole,
    and no single wait of it is.
    """
    # As written: requests and urllib3 rewrite a path that leads upwards before the adapter sees it.
    if not same_server(url, session.origin):
        raise AddressRefused(_ELSEWHERE)
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise NoAnswer("was not asked: no time was left", late=True, unsent=True)
    try:
        with session.request(method, url, data=body, headers=dict(headers), timeout=(left, left), stream=True) as answer:
            wanted = read_refusals or answer.status_code == requests.codes.ok
            return Answer(
                status=answer.status_code,
                media_type=answer.headers.get("Content-Type", "").split(";", 1)[0].strip().lower(),
                body=_read(answer, deadline_s, byte_limit) if wanted else b"",
                headers=answer.headers,
            )
    except (requests.RequestException, HTTPError, OSError) as error:
        # Their texts hold the URL, and with it the patient; so do those of their causes.
        raise _no_answer(error, deadline_s) from None


def _read(answer: requests.Response, deadline_s: float, byte_limit: int) -> bytes:
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise NoAnswer("compressed its answer, which it was not asked for")
    body = bytearray()
    while chunk := answer.raw.read1(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > byte_limit:
            raise NoAnswer("answered with more bytes than are read")
        if time.monotonic() >= deadline_s:
            raise NoAnswer("did not finish its answer in time", late=True)
    return bytes(body)


def _no_answer(error: Exception, deadline_s: float) -> NoAnswer:
    if isinstance(error, requests.Timeout | ReadTimeoutError | TimeoutError) or time.monotonic() >= deadline_s:
        return NoAnswer("did not answer in time", late=True)
    if isinstance(error, requests.exceptions.SSLError):
        return NoAnswer(
            "has a certificate that is not valid for its name, or is signed by nobody who is trusted here", unsent=True
        )
    return NoAnswer("cannot be reached, or broke off its answer", passing=True)
