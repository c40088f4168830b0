"""The exceptions of the service. Each knows its HTTP status and the issues an OperationOutcome tells.

ClaudicationError
├── BadRequest              400  the body or an option cannot be read; `problems` names each element
│   └── InvalidResource     400  structurally broken FHIR, raised only when strict handling is asked for
├── Unauthorized            401  a signed client is asked for, and this is none; never says more than that
├── Forbidden               403  known, but not allowed to
├── NotFound                404
├── MethodNotAllowed        405
├── NotAcceptable           406
├── PreconditionFailed      412  data that a hook call needs was not sent and could not be fetched
├── PayloadTooLarge         413
├── UnsupportedMedia        415
├── Unprocessable           422  readable, but it cannot be assessed: two patients, no patient, wrong resource
├── BadGateway              502  the EHR's FHIR server failed, refused us, or sent somebody else's data
├── Overloaded              503  cannot be done now; with the seconds after which to try again
├── GatewayTimeout          504  the EHR's FHIR server did not answer in time
├── EvidenceError           500  an evidence file is wrong; raised at start-up only, never by a request
├── MappingError            500  a deployment's mapping file is wrong; raised at start-up only
├── RegistrationError       500  the file of the hook clients, or of our own keys, is wrong; raised at start-up only
└── OutputError             500  an answer of ours broke one of our own rules; never sent
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong, as an OperationOutcome issue tells it.

    `issue_type` is a code of http://hl7.org/fhir/issue-type. `diagnostics` names element, value, limit and
    remedy, and never holds patient data beyond the offending value itself. `expression` is a FHIRPath or "".
    """

    issue_type: str
    diagnostics: str
    expression: str = ""


class ClaudicationError(Exception):
    """Anything the service raises on purpose."""

    status = 500

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(problem.diagnostics for problem in self.problems))


class BadRequest(ClaudicationError):
    status = 400


class InvalidResource(BadRequest):
    pass


class Unauthorized(ClaudicationError):
    status = 401


class Forbidden(ClaudicationError):
    status = 403


class NotFound(ClaudicationError):
    status = 404


class MethodNotAllowed(ClaudicationError):
    status = 405


class NotAcceptable(ClaudicationError):
    status = 406


class PreconditionFailed(ClaudicationError):
    status = 412


class PayloadTooLarge(ClaudicationError):
    status = 413


class UnsupportedMedia(ClaudicationError):
    status = 415


class Unprocessable(ClaudicationError):
    status = 422


class BadGateway(ClaudicationError):
    status = 502


class Overloaded(ClaudicationError):
    status = 503


class GatewayTimeout(ClaudicationError):
    status = 504


class EvidenceError(ClaudicationError):
    pass


class MappingError(ClaudicationError):
    pass


class RegistrationError(ClaudicationError):
    pass


class OutputError(ClaudicationError):
    pass
