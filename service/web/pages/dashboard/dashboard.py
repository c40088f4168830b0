"""GET /dashboard and /dashboard/export.csv: what became of the cards, for who may know. Counts and codes; nobody's patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.cds_hooks.acceptance import FEWEST, iso_week
from service.cds_hooks.card_export import csv_of
from service.cds_hooks.hooks import Hook
from service.errors import Problem, Unauthorized
from service.store.audit import Action, AuditEntry
from service.web.deployment import Deployment
from service.web.pages.dashboard.outcome_drawing import key_mark
from service.web.pages.dashboard.query import SILENCE, DashboardQuery, read_query
from service.web.pages.dashboard.sign_in import HOME, SIGN_IN
from service.web.pages.dashboard.values import dashboard_values
from service.web.pages.page import page
from service.web.pages.stopped import reads_pages, unless_stopped
from service.web.stored import stored
from service.web.viewers import Viewer, exporter, viewer

CSV = "text/csv; charset=utf-8; header=present"


def dashboard(deployment: Deployment) -> Blueprint:
    """The doors."""
    door = Blueprint("dashboard", __name__)

    @door.get(HOME)
    def look() -> Response:
        return unless_stopped(request, lambda: _for(viewer(request, deployment), _look))

    @door.get(f"{HOME}/export.csv")
    def export() -> Response:
        return unless_stopped(request, lambda: _for(exporter(request, deployment), _export))

    def _look(who: Viewer) -> Response:
        query = read_query(request, now=deployment.clock())
        counted = stored(lambda: deployment.dashboard.count(query.asked))
        _audit(who, Action.READ, query)
        asked = query.asked
        return page(
            "dashboard.html",
            values=dashboard_values(counted, asked, deadline_ms=deployment.settings.hook_deadline_ms),
            query=query,
            first_week=iso_week(asked.first_week),
            last_week=iso_week(asked.last_week),
            offered=(
                (
                    "client",
                    "Client",
                    asked.client,
                    _offered(deployment.clients, asked.client, (one.client for one in counted.cards)),
                ),
                ("hook", "Hook", asked.hook, _offered(Hook, asked.hook, ())),
                ("rule", "Rule", asked.rule, _offered(_rules(), asked.rule, (one.rule for one in counted.cards))),
            ),
            key=[(kind, key_mark(kind)) for kind in ("accepted", "overridden", "ignored", "waiting")],
            silence_hours=int(SILENCE.total_seconds() // 3600),
            fewest=FEWEST,
            who=who,
        )

    def _export(who: Viewer) -> Response:
        query = read_query(request, now=deployment.clock(), client=who.client)
        cards = stored(lambda: deployment.dashboard.cards(query.asked))
        _audit(who, Action.EXPORTED, query)
        answer = Response(csv_of(cards), content_type=CSV)
        name = f"cards-{iso_week(query.asked.first_week)}-to-{iso_week(query.asked.last_week)}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Vary"] = "Accept, Authorization, Cookie"
        return answer

    def _audit(who: Viewer, action: Action, query: DashboardQuery) -> None:
        asked = query.asked
        told = {"client": asked.client, "hook": asked.hook, "rule": asked.rule}
        entry = AuditEntry(
            recorded_at=deployment.clock(),
            actor=who.actor,
            action=action,
            object="dashboard",
            detail={
                "from": asked.first_week.isoformat(),
                "to": asked.last_week.isoformat(),
                **{name: value for name, value in told.items() if value},
            },
        )
        stored(lambda: deployment.audit.append(entry))

    def _rules() -> Iterable[str]:
        return [rule.id for rule in deployment.evidence.hook_rules]

    return door


def _for(who: Viewer | None, work: Callable[[Viewer], Response]) -> Response:
    """What who looks is shown; who is not signed in is sent to do so, or told."""
    if who is not None:
        return work(who)
    if not reads_pages(request):
        raise Unauthorized(
            Problem(issue_type="login", diagnostics=f"sign in at {SIGN_IN} with a browser; a registered client shows its token")
        )
    query = request.query_string.decode("ascii", "replace")
    answer = Response(status=303)
    answer.headers["Location"] = f"{SIGN_IN}?{urlencode({'return_to': f'{HOME}?{query}' if query else HOME})}"
    answer.headers["Cache-Control"] = "no-store"
    del answer.headers["Content-Type"]
    return answer


def _offered(known: Iterable[str], asked: str, met: Iterable[str]) -> list[str]:
    return sorted({*known, *met, *([asked] if asked else ())})
