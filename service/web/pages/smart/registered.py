"""Which EHRs may launch the app: those of the clients file, and no other. Nothing is asked of an address that only a link names."""

from __future__ import annotations

from dataclasses import dataclass

from service.cds_hooks.clients import Client
from service.cds_hooks.smart_app import SmartApp
from service.errors import Forbidden, NotFound, Problem, RegistrationError
from service.fhir.exchange.record_queries import record_queries
from service.fhir.exchange.record_scopes import record_scopes
from service.outbound.authorization_code import Registered
from service.outbound.smart_configuration import SmartConfiguration
from service.web.deployment import Deployment

_WHO = ("openid", "fhirUser")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchingEhr:
    """An EHR that may launch, and as whom we ask it."""

    client: Client
    app: SmartApp
    us: Registered


def launching_ehrs(deployment: Deployment) -> tuple[LaunchingEhr, ...]:
    """Those that may, in the order of the file. Raises RegistrationError where one expects a signature and there is no key."""
    return tuple(
        LaunchingEhr(client=client, app=client.smart_app, us=_us(client, client.smart_app, deployment))
        for client in deployment.clients.values()
        if client.smart_app is not None
    )


def launching_ehr(ehrs: tuple[LaunchingEhr, ...], iss: str) -> LaunchingEhr:
    """The EHR of this `iss`, a slash at its end aside. Raises Forbidden for every other, without asking anything of it."""
    for ehr in ehrs:
        if ehr.app.iss == iss.removesuffix("/"):
            return ehr
    said = (
        f"the EHR {iss[:128]!r} is not registered here, so nothing was asked of it; launch the app from one that is, "
        "or have it entered as smart_app in the clients file (docs/smart-app.md)"
    )
    raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression="iss"))


def none_registered() -> NotFound:
    """What is said where no EHR may launch."""
    said = "no EHR is registered to launch this app; enter one as smart_app in the clients file (docs/smart-app.md)"
    return NotFound(Problem(issue_type="not-found", diagnostics=said))


def scopes(ehr: LaunchingEhr, configuration: SmartConfiguration, deployment: Deployment, *, from_ehr: bool) -> str:
    """What is asked for: who it is, which patient, what is read and written, and more time where the EHR gives it to who is there."""
    first = "launch" if from_ehr else "launch/patient"
    if ehr.app.scopes:
        return f"{first} {ehr.app.scopes}"
    longer = ["online_access"] if "permission-online" in configuration.capabilities else []
    return " ".join([first, *_WHO, *longer, record_scopes(record_queries(deployment.codes))])


def _us(client: Client, app: SmartApp, deployment: Deployment) -> Registered:
    if not app.confidential:
        return Registered(client_id=app.client_id)
    if deployment.signing_keys is None:
        said = f"client '{client.id}': smart_app.confidential is set and CLAUDICATION_EHR_KEYS_FILE is not; make keys with `claudication ehr-key`"
        raise RegistrationError(Problem(issue_type="required", diagnostics=said))
    return Registered(client_id=app.client_id, keys=deployment.signing_keys)
