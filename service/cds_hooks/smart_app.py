"""The SMART app at one EHR: who may launch it, and how it is registered there. The part `smart_app` of a client in the clients file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from service.cds_hooks.client_fields import StrictSchema, address, not_empty

LAUNCH_SCOPES = frozenset(("launch", "launch/patient"))
"""Which of them is asked for depends on where the app is launched from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartApp:
    """`iss`: the base URL of the EHR's FHIR server, by which it names itself at the launch, without a slash at its end. Nothing here is secret."""

    iss: str
    client_id: str
    name: str
    """What its users call the EHR."""
    scopes: str = ""
    """What is asked for instead of `service.fhir.exchange.record_scopes`, for servers that know other spellings; "" for those."""
    confidential: bool = False
    """It proves who it is with our signing key; else anybody may be it, and PKCE is what holds."""


class SmartAppSchema(StrictSchema):
    iss = fields.String(required=True, validate=address)
    client_id = fields.String(required=True, validate=not_empty())
    name = fields.String(load_default="")
    scopes = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"([!#-\[\]-~]+( [!#-\[\]-~]+)*)?\Z", error="must be scopes as the EHR spells them, one space between two"
        ),
    )
    confidential = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


def smart_app_of(row: Mapping[str, Any] | None, client: str) -> SmartApp | None:
    """The part as read by the schema; None where there is none."""
    if row is None:
        return None
    return SmartApp(
        iss=row["iss"].rstrip("/"),
        client_id=row["client_id"],
        name=row["name"] or client,
        scopes=" ".join(scope for scope in row["scopes"].split() if scope not in LAUNCH_SCOPES),
        confidential=row["confidential"],
    )
