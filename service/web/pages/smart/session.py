"""What is remembered of a launched app: who uses it, for which patient, with which token, and what was answered. Sealed; the browser has none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from flask import Request

from service.errors import Forbidden, Problem, Unauthorized
from service.fhir.elements import Json
from service.fhir.forms.answered_form import AnsweredForm
from service.outbound.user_tokens import HeldTokens
from service.web.browser_session import BrowserSession, SessionKind, change, current, present, require_form_token
from service.web.deployment import Deployment

LASTS = timedelta(hours=1)
_LATER = timedelta(milliseconds=1)
PATIENT = "patient"
"""The name of the field that says in every form whom its page is about."""
LAUNCH = "launch"
"""The name of the parameter that says in the page's own address of which launch it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSession:
    """`user` as "Practitioner/1"; `form` the identity of what is answered; `answers` by finding code; `written` what this user's forms in the
    record answer, those of earlier launches too; `back` which of that is taken back; `card` what the link of a card that led here said;
    `announced` the digest of the assessment that subscribers were told of last; `renewing` which request renews the token just now, and until when others wait for it."""

    iss: str
    patient: str
    user: str
    endpoints: Json
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: str
    form: str
    answered_at: str
    answers: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    back: tuple[str, ...] = ()
    card: Mapping[str, str] = field(default_factory=dict)
    announced: str = ""
    renewing: str = ""
    renewing_until: str = ""

    @property
    def tokens(self) -> HeldTokens:
        return HeldTokens(
            access_token=self.access_token,
            refresh_token=self.refresh_token,
            expires_at=datetime.fromisoformat(self.expires_at),
        )

    def form_of(self, answers: Mapping[str, str], taken_back: Iterable[str]) -> AnsweredForm:
        """The form that says so."""
        return AnsweredForm(
            identity=self.form,
            patient_id=self.patient,
            author=self.user,
            authored=datetime.fromisoformat(self.answered_at),
            answers=answers,
            taken_back=frozenset(taken_back),
        )

    def with_answers(self, answers: Mapping[str, str], back: Iterable[str], *, now: datetime) -> AppSession:
        """The session with other answers, which are later than what was written of them before, whatever the clock says."""
        before = datetime.fromisoformat(self.answered_at)
        at = max(now, before + _LATER) if self.written else now
        return replace(self, answers=answers, back=tuple(back), answered_at=at.isoformat())

    @property
    def page(self) -> str:
        """Where its page is. A window that is loaded again, or goes on, after another one was launched must not turn to the other one's patient."""
        return f"/app?{LAUNCH}={self.launch}"

    @property
    def launch(self) -> str:
        """Tells this launch from every other one of the browser, and nothing of the patient."""
        return hashlib.sha256(self.form.encode()).hexdigest()[:16]

    @property
    def content(self) -> Json:
        return asdict(self)

    def with_tokens(self, held: HeldTokens) -> AppSession:
        return replace(
            self,
            access_token=held.access_token,
            refresh_token=held.refresh_token,
            expires_at=held.expires_at.isoformat(),
            renewing="",
            renewing_until="",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApp:
    """The app as a browser has it open."""

    browser: BrowserSession
    session: AppSession

    def present(self, deployment: Deployment) -> AppSession | None:
        """The session as it is by now; None where it was closed. Raises Overloaded."""
        found = present(deployment, self.browser)
        return None if found is None else AppSession(**found)

    def change(self, deployment: Deployment, work: Callable[[AppSession], AppSession | None]) -> AppSession | None:
        """Remember what `work` makes of the session as it is by now, and give that. None where it was closed meanwhile, or `work` gives None. Raises Overloaded."""

        def changed(held: Json) -> Json | None:
            made = work(AppSession(**held))
            return None if made is None else made.content

        kept = change(deployment, self.browser, changed)
        return None if kept is None else AppSession(**kept)

    def keep_written(self, deployment: Deployment, written: Mapping[str, str]) -> None:
        """Remember what this user's forms in the record answer. Raises Overloaded."""
        if not written.items() <= self.session.written.items():
            self.change(deployment, lambda held: replace(held, written={**held.written, **written}))

    def keep_announced(self, deployment: Deployment, digest: str) -> bool:
        """Remember that subscribers are told of this assessment; False where they were, or where the app was closed meanwhile. Raises Overloaded."""
        told = self.change(deployment, lambda held: None if held.announced == digest else replace(held, announced=digest))
        return told is not None


_ANOTHER = (
    "the app was launched again in this browser, perhaps for another patient, and what this window showed is closed; "
    "close it, and launch the app for the patient you mean"
)


def open_app(request: Request, deployment: Deployment) -> OpenApp:
    """The app of this browser. Raises Unauthorized where it was not launched, or too long ago, and Forbidden for the page of an earlier launch."""
    browser = current(request, deployment, SessionKind.SMART)
    if browser is None:
        said = "the app is not open in this browser, or was left open for too long; launch it again from the EHR"
        raise Unauthorized(Problem(issue_type="login", diagnostics=said))
    session = AppSession(**browser.content)
    if request.args.get(LAUNCH, session.launch) != session.launch:
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=_ANOTHER, expression=LAUNCH))
    return OpenApp(browser=browser, session=session)


def open_app_for_form(request: Request, deployment: Deployment) -> OpenApp:
    """The same for a form that changes something. Raises Forbidden for one that this session's own page, about this patient, did not make."""
    opened = open_app(request, deployment)
    if request.form.get(PATIENT, opened.session.patient) != opened.session.patient:
        said = (
            "this page is about another patient than the one the app is open for now (it was launched again, perhaps in another window); "
            "nothing was kept or written. Close this page, and launch the app for the patient you mean"
        )
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression=PATIENT))
    require_form_token(request, opened.browser)
    return opened


def session_over() -> Unauthorized:
    """What is said when the EHR takes the token no more."""
    said = "the session with the EHR is over, and it gave no right to prolong it; launch the app again from the EHR"
    return Unauthorized(Problem(issue_type="expired", diagnostics=said))
