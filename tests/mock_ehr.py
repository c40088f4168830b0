"""An EHR with its own authorisation server, on this machine: SMART App Launch with PKCE, a page to sign in and to find a patient, and a FHIR server behind tokens.

    with MockEhr(redirect_uri="http://127.0.0.1:8000/launch/callback") as ehr:
        ehr.add(bundle_of_a_patient)
        ... open ehr.launch_url(app, "invented-1") in a browser ...

It is strict: a request that the standard does not allow is answered with an error, and what it was is in `complaints`. It remembers what was asked in
`seen`. What it is to do wrong is said by its fields.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

FHIR = "application/fhir+json"
PRACTITIONER = "Practitioner/dr-adams"
_KEY = RSAKey.generate_key(2048, {"kid": "ehr+1/="})


def present() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request to it. Header names in lower case; `form` of a POST to the authorisation server."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(slots=True)
class MockEhr:
    redirect_uri: str
    client_id: str = "claudication-app"
    clock: Callable[[], datetime] = present
    public_keys: dict[str, Any] | None = None
    """Of a confidential client: it has to sign. None: it is a public one."""
    expires_in: int = 300
    during_refresh: Callable[[], object] = lambda: None
    """What happens while it thinks about a refresh token."""
    refreshes: bool = False
    """It gives refresh tokens, each good once."""
    app_context: Any = None
    user: str = PRACTITIONER
    claims: dict[str, Any] = field(default_factory=dict)
    """Put into the id_token instead of what belongs there; None leaves a claim out."""
    signing_key: Any = field(default_factory=lambda: _KEY)
    id_token: bool = True
    revokes: bool = False
    """It takes tokens back."""
    no_patient: bool = False
    atomic: bool = True
    """It takes transactions; else batches only."""
    refuses: frozenset[str] = frozenset()
    """Types that it does not let anybody create."""
    hides: frozenset[str] = frozenset()
    """Types that it does not let anybody read."""
    hidden_status: int = 403
    leaks: str = ""
    """The patient whose conditions it gives, whoever is asked for."""
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By patient id."""
    seen: list[Seen] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    launches: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Access token -> the patient it is for, and when it ends."""
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    @property
    def origin(self) -> str:
        """Another site than 127.0.0.1, as an EHR is another than the service."""
        assert self.server is not None
        return f"http://localhost:{self.server.server_port}"

    @property
    def iss(self) -> str:
        return f"{self.origin}/fhir"

    def add(self, bundle: dict[str, Any]) -> str:
        """Keep a record; gives its patient's id."""
        resources = [entry["resource"] for entry in bundle["entry"]]
        patient = next(one["id"] for one in resources if one["resourceType"] == "Patient")
        self.records[patient] = resources
        return str(patient)

    def launch_url(self, app: str, patient: str) -> str:
        """What a click in the chart of this patient opens."""
        launch = secrets.token_urlsafe(12)
        self.launches[launch] = patient
        return f"{app}/launch?" + urlencode({"iss": self.iss, "launch": launch})

    def of_type(self, patient: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.records[patient] if one["resourceType"] == kind]

    # What follows answers requests: (status, headers, body).

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "jwks_uri": f"{self.origin}/auth/jwks",
            "authorization_endpoint": f"{self.origin}/auth/authorize",
            "token_endpoint": f"{self.origin}/auth/token",
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "launch-standalone", "client-public", "sso-openid-connect", "context-ehr-patient"]
            + (["permission-online"] if self.refreshes else []),
        } | ({"revocation_endpoint": f"{self.origin}/auth/revoke"} if self.revokes else {})

    def chart(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """A chart that opens an app in a frame of its own page."""
        frame = f'<iframe width="900" height="500" src="{html.escape(query["app"])}"></iframe>'
        return 200, {"Content-Type": "text/html"}, f"<!DOCTYPE html><title>Chart</title><h1>Mock EHR</h1>{frame}".encode()

    def asked_to_authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        wrong = [
            name
            for name, fine in {
                "response_type": query.get("response_type") == "code",
                "client_id": query.get("client_id") == self.client_id,
                "redirect_uri": query.get("redirect_uri") == self.redirect_uri,
                "aud": query.get("aud") == self.iss,
                "state": len(query.get("state", "")) >= 22,
                "nonce": len(query.get("nonce", "")) >= 22,
                "code_challenge_method": query.get("code_challenge_method") == "S256",
                "code_challenge": len(query.get("code_challenge", "")) == 43,
                "launch": query.get("launch", "") in {"", *self.launches},
                "scope": ("launch" if query.get("launch") else "launch/patient") in query.get("scope", "").split(),
            }.items()
            if not fine
        ]
        if wrong:
            self.complaints.append(f"authorize: {', '.join(wrong)}")
            return 400, {"Content-Type": "text/plain"}, f"not allowed: {', '.join(wrong)}".encode()
        chosen = self.launches.get(query.get("launch", ""), "")
        choices = "".join(
            f'<label><input type="radio" name="patient" value="{html.escape(id)}"{" checked" if id == chosen else ""}>'
            f"{html.escape(id)}</label>"
            for id in self.records
            if chosen in ("", id)
        )
        kept = html.escape(urlencode(query))
        body = (
            f'<!DOCTYPE html><title>Sign in</title><h1>Mock EHR</h1><form method="post" action="/auth/authorize">'
            f'<input type="hidden" name="asked" value="{kept}">{choices}'
            f'<button name="allow" value="yes">Allow</button><button name="allow" value="no">Deny</button></form>'
        )
        return 200, {"Content-Type": "text/html"}, body.encode()

    def authorized(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked = dict(parse_qsl(form["asked"]))
        back = {"state": asked["state"], "iss": self.origin}
        if form.get("allow") == "yes":
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked | {"patient": form["patient"]}
            back["code"] = code
        else:
            back["error"] = "access_denied"
        return 302, {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"}, b""

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if form.get("grant_type") == "refresh_token":
            self.during_refresh()
        with self.lock:
            error, asked = self._checked(form)
            if error:
                self.complaints.append(f"token: {error}")
                return _json(400, {"error": error, "error_description": f"about {form.get('code')}"})
            return _json(200, self._grant(asked))

    def revoke(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            if not self._is_client(form):
                self.complaints.append("revoke: invalid_client")
                return _json(401, {"error": "invalid_client"})
            self.tokens.pop(form.get("token", ""), None)
            self.refresh_tokens.pop(form.get("token", ""), None)
            return 200, {}, b""

    def _checked(self, form: dict[str, str]) -> tuple[str, dict[str, str]]:
        if not self._is_client(form):
            return "invalid_client", {}
        if form.get("grant_type") == "refresh_token":
            patient = self.refresh_tokens.pop(form.get("refresh_token", ""), "")
            return ("" if patient else "invalid_grant"), {"patient": patient}
        asked = self.codes.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code":
            return "unsupported_grant_type", {}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or form.get("redirect_uri") != self.redirect_uri or challenge != asked["code_challenge"]:
            return "invalid_grant", {}
        return "", asked

    def _is_client(self, form: dict[str, str]) -> bool:
        if self.public_keys is None:
            return form.get("client_id") == self.client_id
        text = form.get("client_assertion", "")
        claims = jwt.decode(text, KeySet.import_key_set(self.public_keys), algorithms=["ES384", "RS384"]).claims
        fresh = claims["jti"] not in self.used
        self.used.add(claims["jti"])
        return fresh and claims["iss"] == claims["sub"] == self.client_id and claims["aud"] == f"{self.origin}/auth/token"

    def _grant(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        access = f"access-{secrets.token_urlsafe(24)}"
        self.tokens[access] = (asked["patient"], now + self.expires_in)
        said: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.expires_in}
        said["scope"] = asked.get("scope", "")
        if self.refreshes:
            said["refresh_token"] = f"refresh-{secrets.token_urlsafe(24)}"
            self.refresh_tokens[said["refresh_token"]] = asked["patient"]
        if "nonce" not in asked:
            return said
        if not self.no_patient:
            said["patient"] = asked["patient"]
        if self.app_context is not None:
            said["appContext"] = self.app_context
        if self.id_token:
            claims = {"iss": self.origin, "sub": "u1", "aud": self.client_id, "iat": now, "exp": now + 300}
            claims |= {"nonce": asked["nonce"], "fhirUser": f"{self.iss}/{self.user}"} | self.claims
            claims = {name: value for name, value in claims.items() if value is not None}
            said["id_token"] = jwt.encode({"alg": "RS256", "kid": _KEY.kid}, claims, self.signing_key)
        return said

    def fhir(self, method: str, path: str, query: dict[str, str], token: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path == "/metadata":
            return _json(200, self._statement(), FHIR)
        patient, until = self.tokens.get(token, ("", 0.0))
        if not patient or self.clock().timestamp() >= until:
            return _outcome(401, "login")
        if method == "POST":
            return self._write(json.loads(body), patient)
        kind, _, id = path.strip("/").partition("/")
        if kind in self.hides:
            return _outcome(self.hidden_status, "forbidden")
        if id:
            found = [one for one in self.of_type(patient, kind) if one["id"] == id]
            return _json(200, found[0], FHIR) if found else _outcome(404, "not-found")
        if query.get("patient") != patient:
            self.complaints.append(f"search of {kind} for another patient than the token's")
            return _outcome(403, "forbidden")
        whose = self.leaks if self.leaks and kind == "Condition" else patient
        listed = [one for one in self.of_type(whose, kind) if query.get("status", one.get("status")) == one.get("status")]
        entries = [{"resource": one, "search": {"mode": "match"}} for one in listed]
        return _json(200, {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}, FHIR)

    def _statement(self) -> dict[str, Any]:
        written = [
            {
                "type": kind,
                "interaction": [{"code": "create"}],
                "searchParam": [{"name": "identifier", "type": "token"}],
            }
            for kind in ("QuestionnaireResponse", "ServiceRequest")
        ]
        how = "transaction" if self.atomic else "batch"
        return {"resourceType": "CapabilityStatement", "rest": [{"interaction": [{"code": how}], "resource": written}]}

    def _write(self, bundle: dict[str, Any], patient: str) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            if self.atomic and any(entry["resource"]["resourceType"] in self.refuses for entry in bundle["entry"]):
                return _outcome(422, "business-rule", "This type is not taken from apps.")
            answers = [self._created(entry, patient) for entry in bundle["entry"]]
            entries = [{"response": answer} for answer in answers]
            return _json(200, {"resourceType": "Bundle", "type": f"{bundle['type']}-response", "entry": entries}, FHIR)

    def _created(self, entry: dict[str, Any], patient: str) -> dict[str, Any]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        if kind in self.refuses or resource["subject"]["reference"] != f"Patient/{patient}":
            issue = {"severity": "error", "code": "business-rule", "diagnostics": "This type is not taken from apps."}
            return {"status": "422", "outcome": {"resourceType": "OperationOutcome", "issue": [issue]}}
        system, _, value = entry["request"]["ifNoneExist"].removeprefix("identifier=").partition("|")
        for one in self.of_type(patient, kind):
            own = one.get("identifier", [])
            if {"system": system, "value": value} in (own if isinstance(own, list) else [own]):
                return {"status": "200", "location": f"{kind}/{one['id']}/_history/1"}
        id = f"{kind.lower()}-{len(self.records[patient])}"
        self.records[patient].append({**resource, "id": id})
        return {"status": "201", "location": f"{kind}/{id}/_history/1"}


def _json(status: int, value: Any, media_type: str = "application/json") -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": media_type}, json.dumps(value).encode()


def _outcome(status: int, code: str, said: str = "") -> tuple[int, dict[str, str], bytes]:
    issue = {"severity": "error", "code": code} | ({"diagnostics": said} if said else {})
    return _json(status, {"resourceType": "OperationOutcome", "issue": [issue]}, FHIR)


def _handler(ehr: MockEhr) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
            form = dict(parse_qsl(body.decode())) if is_form else {}
            headers = {name.lower(): value for name, value in self.headers.items()}
            ehr.seen.append(Seen(method, parts.path, query, headers, form))
            match method, parts.path:
                case "GET", "/fhir/.well-known/smart-configuration":
                    answer = _json(200, ehr.configuration())
                case "GET", "/chart":
                    answer = ehr.chart(query)
                case "GET", "/auth/jwks":
                    answer = _json(200, {"keys": [_KEY.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]})
                case "GET", "/auth/authorize":
                    answer = ehr.asked_to_authorize(query)
                case "POST", "/auth/authorize":
                    answer = ehr.authorized(form)
                case "POST", "/auth/token":
                    answer = ehr.token(form)
                case "POST", "/auth/revoke" if ehr.revokes:
                    answer = ehr.revoke(form)
                case _ if parts.path.startswith("/fhir"):
                    token = headers.get("authorization", "").removeprefix("Bearer ")
                    answer = ehr.fhir(method, parts.path.removeprefix("/fhir"), query, token, body)
                case _:
                    answer = 404, {}, b""
            status, more, content = answer
            self.send_response(status)
            for name, value in (more | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler
