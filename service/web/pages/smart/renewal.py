"""One renewal of the user's token at a time, whichever window and process asks: who is first goes to the EHR, and the others take what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from service.outbound.answer import NoAnswer
from service.outbound.authorization_code import Grant
from service.outbound.token_endpoint import new_id
from service.outbound.user_tokens import BeingRenewed, HeldTokens, prolonged
from service.web.deployment import Deployment
from service.web.pages.smart.session import AppSession, OpenApp

Ask = Callable[[str, float], Grant]
"""(refresh token, deadline) -> what the EHR grants for it. Raises NoAnswer and AddressRefused."""

_LOOK_AGAIN_S = 0.05
_LONGER = timedelta(seconds=1)
"""So long after its deadline a request that has not come back is taken for dead."""


def renewed(opened: OpenApp, deployment: Deployment, held: HeldTokens, ask: Ask, *, deadline_s: float) -> HeldTokens:
    """Other tokens than `held`, kept in the session. A refresh token that is sent twice is taken for a stolen one, and the session with the EHR ends.

    Raises as `ask`; NoAnswer where the app was closed meanwhile, BeingRenewed where somebody else was not done in time, Overloaded.
    """
    own, timing = new_id(), deployment.way.timing
    while True:
        present = opened.present(deployment)
        if present is None:
            raise NoAnswer("was not asked: the app was closed meanwhile")
        if present.access_token != held.access_token:
            return present.tokens
        if opened.change(deployment, lambda session: _claimed(session, held, own, deployment)):
            break
        if timing.monotonic() >= deadline_s:
            raise BeingRenewed("was not asked: another window renews the session with it, and was not done in time", late=True)
        timing.sleep(_LOOK_AGAIN_S)
    try:
        grant = ask(held.refresh_token, deadline_s)
    except Exception:
        opened.change(deployment, lambda session: _released(session, own))
        raise
    tokens = prolonged(held, grant, now=deployment.clock())
    same = held.access_token
    if opened.change(deployment, lambda session: session.with_tokens(tokens) if session.access_token == same else None):
        return tokens
    # Closed meanwhile, or another window took us for dead and was quicker: what is there now says which.
    return renewed(opened, deployment, held, ask, deadline_s=deadline_s)


def _claimed(session: AppSession, held: HeldTokens, own: str, deployment: Deployment) -> AppSession | None:
    """The session with our claim on the renewal; None where it is done, or somebody else's to do."""
    now = deployment.clock()
    taken = bool(session.renewing) and now < datetime.fromisoformat(session.renewing_until)
    if taken or session.access_token != held.access_token:
        return None
    until = now + timedelta(milliseconds=deployment.settings.ehr_deadline_ms) + _LONGER
    return replace(session, renewing=own, renewing_until=until.isoformat())


def _released(session: AppSession, own: str) -> AppSession | None:
    return replace(session, renewing="", renewing_until="") if session.renewing == own else None
