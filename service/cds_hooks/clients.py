"""Who may call: the dialect a client speaks, what it can take, and what it was agreed to be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.cds_hooks.hooks import Hook
from service.cds_hooks.smart_app import SmartApp
from service.clinical.assessment import Setting
from service.fhir.elements import Json


class Dialect(StrEnum):
    GENERIC = "generic"
    EPIC = "epic"
    ORACLE = "oracle"
    ATHENA = "athena"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a kind of client can take. The defaults are CDS Hooks 2.0 as written."""

    dialect: Dialect
    lenient: bool = False
    """Departures that harm nobody (a hookInstance that is no UUID, `overrideReasons` in feedback) are remarked on instead of refused."""
    one_action_per_suggestion: bool = False
    at_most_one: bool = True
    """selectionBehavior may be at-most-one; otherwise it is any."""
    app_context: bool = True
    cards_of_1_0: bool = False
    """No uuid, no overrideReasons, no isRecommended, no selectionBehavior at-most-one; no feedback comes back."""
    cards_of_3_0: bool = False
    """Knows what the 3.0 ballot added (autolaunchable, coded reasons of its ValueSet)."""
    alphanumeric_topic: bool = False
    only_agreed_order_codes: bool = False
    """A suggestion may create an order only with a code that the client's mapping file gives."""
    autolaunch: bool = False
    """Opens a link by itself where the card asks for it."""
    feedback: bool = True
    """Tells what became of a card."""
    system_actions: bool = True
    """Can take an action that nobody confirms; whether it is given any is agreed with each client."""
    shared_id: bool = True
    """Understands one id on several hooks; otherwise it is shown an id for each, and its earlier cards are its own to replace."""
    hooks: frozenset[Hook] = frozenset(Hook)
    """What this kind of client is known to call. Another hook is answered all the same, and remarked on."""


PROFILES: Mapping[Dialect, Profile] = {
    profile.dialect: profile
    for profile in (
        Profile(dialect=Dialect.GENERIC),
        # As Epic's page on CDS Hooks has it: every other trigger comes as patient-view, with its number in `extension`.
        Profile(
            dialect=Dialect.EPIC,
            lenient=True,
            one_action_per_suggestion=True,
            at_most_one=False,
            alphanumeric_topic=True,
            only_agreed_order_codes=True,
            autolaunch=True,
            # One kind, the annotation of an unsigned order, which is none of what this service would do unasked.
            system_actions=False,
            hooks=frozenset((Hook.PATIENT_VIEW, Hook.ORDER_SELECT, Hook.ORDER_SIGN)),
        ),
        # As the pages for Millennium had it when they were last published; a beta of patient-view only.
        Profile(
            dialect=Dialect.ORACLE,
            lenient=True,
            at_most_one=False,
            app_context=False,
            cards_of_1_0=True,
            only_agreed_order_codes=True,
            feedback=False,
            system_actions=False,
            hooks=frozenset((Hook.PATIENT_VIEW,)),
        ),
        # Known from a help page only; what it can take is to be agreed with it. The cautious reading.
        Profile(
            dialect=Dialect.ATHENA,
            lenient=True,
            one_action_per_suggestion=True,
            at_most_one=False,
            only_agreed_order_codes=True,
            system_actions=False,
            hooks=frozenset((Hook.PATIENT_VIEW, Hook.ORDER_SELECT, Hook.ORDER_SIGN)),
        ),
        # The web client of the CDS Hooks project: the standard as written, in a browser, but for ids: of several services with one id it keeps the last.
        Profile(
            dialect=Dialect.SANDBOX,
            shared_id=False,
            hooks=frozenset((Hook.PATIENT_VIEW, Hook.ORDER_SELECT, Hook.ORDER_SIGN)),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One registered caller. `id` is our name for it and stands in the records; nothing here is secret."""

    id: str
    profile: Profile
    issuer: str = ""
    jku: tuple[str, ...] = ()
    """Addresses its key set may be fetched from; empty: the keys are those of `jwks`, given out of band."""
    jwks: Json | None = field(default=None, repr=False)
    tenants: frozenset[str] = frozenset()
    """Tenants that may call; empty: any, and a token without one."""
    fhir_servers: tuple[str, ...] = ()
    """Base URLs that may be asked for what is missing, with the token of the request; empty: none."""
    origins: tuple[str, ...] = ()
    """Origins of browser clients, exactly."""
    system_actions: bool = False
    shadow: bool = False
    """Evaluate and record, show nothing."""
    max_cards: int = 2
    cards_per_patient_and_day: int = 6
    """The noise budget. A red flag is always shown, and counts for nothing."""
    suppress_days: int = 30
    """A card overridden by someone is not shown again for this patient and rule for so long. Never a red flag."""
    order_codes: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Our order code -> Codings that the client's order catalogue knows."""
    smart_launch_url: str = ""
    """Where this client launches the SMART app that goes with the cards; empty: no such link."""
    smart_app: SmartApp | None = None
    """How the SMART app of this service is registered with it; None: it may not launch it."""
    setting: Setting = Setting.PRIMARY_CARE
    """Where its patients are seen; it decides how likely each cause is before anything is known."""
    callback_url: str = ""
    """Where results and notifications are sent; "" for nowhere. The only address this client may name."""
    callback_secret: str = field(default="", repr=False)
    """Where the secret stands that signs them: `env:NAME` or `file:/path`. It may hold two, apart by white space, while one replaces the other."""


DEVELOPMENT = "development"


def development_client(clients: Mapping[str, Client]) -> Client:
    """Who calls where no signed client is asked for: the registered client of the id "development", else one that speaks CDS Hooks as written.

    It names no FHIR servers, which in development means those of this machine.
    """
    return clients.get(DEVELOPMENT) or Client(id=DEVELOPMENT, profile=PROFILES[Dialect.GENERIC])
