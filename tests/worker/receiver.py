"""A client's server that gets callbacks: checks every signature, keeps what it was sent, and answers as it is told."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from testkit.callback import verify

SECRET = "an-invented-secret-for-tests-only"


@dataclass
class Receiver:
    """`deliveries` maps each delivery id to the bodies that came under it, in their order."""

    url: str = ""
    deliveries: dict[str, list[bytes]] = field(default_factory=dict)
    forged: int = 0
    answer: Callable[[str, bytes], tuple[int, dict[str, str]]] = lambda what, body: (204, {})

    def register(self, folder: Path) -> Path:
        """A clients file that names it as the address of who calls without a token, in development."""
        file = folder / "clients.toml"
        file.write_text(
            f'[[clients]]\nid = "development"\ncallback_url = "{self.url}"\ncallback_secret = "env:TEST_CALLBACK_SECRET"\n'
        )
        return file

    def documents(self) -> list[dict[str, Any]]:
        """What came, each delivery once."""
        return [json.loads(bodies[0]) for bodies in list(self.deliveries.values())]

    def results(self) -> dict[str, list[bytes]]:
        """The bodies of job results, repeated ones too, by job."""
        found: dict[str, list[bytes]] = {}
        for bodies in list(self.deliveries.values()):
            for body in list(bodies):
                document = json.loads(body)
                if document["resourceType"] == "Parameters":
                    found.setdefault(document["parameter"][0]["valueId"], []).append(body)
        return found


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on this machine, for as long as the block lasts; with `tls` at https://localhost."""
    receiver = Receiver()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                id = verify(secrets=[SECRET], headers=dict(self.headers), body=body, now=time.time())
            except Exception:
                receiver.forged += 1
                status, headers = 401, {}
            else:
                with lock:
                    receiver.deliveries.setdefault(id, []).append(body)
                status, headers = receiver.answer(self.headers["Claudication-Delivery"], body)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": "0"}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/results"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.url = f"https://localhost:{server.server_port}/results"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()
