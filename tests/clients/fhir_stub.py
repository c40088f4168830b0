"""An open FHIR server on 127.0.0.1 that a page of another origin may read, for browser clients.

    with FhirStub([patient, *observations]) as fhir:
        ... fhir.base_url ...

It answers /metadata, reads, and searches by GET and by POST _search, of which it understands `patient` and `code`: what a prefetch template asks for
is what comes back. `searches` has what was asked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Resource = dict[str, Any]
METADATA: Resource = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-01-01",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
}


class FhirStub:
    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self.searches: list[tuple[str, str, dict[str, list[str]]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/fhir"

    def read(self, resource_type: str, identity: str) -> Resource | None:
        return next((one for one in self.resources if (one["resourceType"], one["id"]) == (resource_type, identity)), None)

    def search(self, method: str, resource_type: str, parameters: dict[str, list[str]]) -> Resource:
        self.searches.append((method, resource_type, parameters))
        patients = {value.removeprefix("Patient/") for value in parameters.get("patient", [])}
        codes = {tuple(one.rpartition("|")[::2]) for value in parameters.get("code", []) for one in value.split(",")}
        found = [
            one
            for one in self.resources
            if one["resourceType"] == resource_type and _is_about(one, patients) and (not codes or codes & _codes(one))
        ]
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"fullUrl": f"{self.base_url}/{resource_type}/{one['id']}", "resource": one} for one in found],
        }


def _is_about(resource: Resource, patients: set[str]) -> bool:
    about = resource.get("subject") or resource.get("patient") or {"reference": f"Patient/{resource['id']}"}
    return not patients or about["reference"].removeprefix("Patient/") in patients


def _codes(resource: Resource) -> set[tuple[str, ...]]:
    return {(one["system"], one["code"]) for one in resource.get("code", {}).get("coding", [])}


def _handler(stub: FhirStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def do_OPTIONS(self) -> None:
            self.send(204)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            match parts.path.split("/")[2:]:
                case ["metadata"]:
                    self.send(200, METADATA)
                case [resource_type]:
                    self.send(200, stub.search("GET", resource_type, parse_qs(parts.query)))
                case [resource_type, identity]:
                    found = stub.read(resource_type, identity)
                    self.send(200 if found else 404, found or {"resourceType": "OperationOutcome"})
                case _:
                    self.send(404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send(200, stub.search("POST", self.path.split("/")[2], form))

        def send(self, status: int, resource: Resource | None = None) -> None:
            body = json.dumps(resource).encode() if resource else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
            self.send_header("Access-Control-Allow-Methods", "GET, POST")
            self.send_header("Access-Control-Allow-Headers", self.headers.get("Access-Control-Request-Headers", "accept"))
            self.end_headers()
            self.wfile.write(body)

    return Handler
