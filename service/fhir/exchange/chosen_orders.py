"""Of an answer, the orders that somebody chose, as a transaction: the drafts with the form they rest on, and nothing that was not chosen."""

from __future__ import annotations

from collections.abc import Collection

from service.fhir.elements import Json, codings
from service.fhir.exchange.write_back import placed, without_refused
from service.fhir.forms.answered_form import AnsweredForm
from service.fhir.terminology.code import own_system

_ORDERS = own_system("order")


def orders_of(answer: Json) -> list[Json]:
    """The ServiceRequests of an answer, in its order."""
    return [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == "ServiceRequest"]


def own_code(request: Json) -> str:
    """The code of ours that a ServiceRequest has; "" for none."""
    return next((code for system, code in codings(request.get("code")) if system == _ORDERS), "")


def chosen_orders(transaction: Json, ids: Collection[str], form: AnsweredForm) -> Json:
    """The transaction with the form, where something was answered or taken back, and the chosen orders. What they refer to and what is not sent is named by its identifier."""
    kept = [entry for entry in transaction["entry"] if entry["resource"]["id"] in ids]
    others = [entry for entry in transaction["entry"] if entry["resource"]["id"] not in ids]
    known = {f"QuestionnaireResponse/{form.id}": form.entry["fullUrl"]}
    orders = without_refused({number: placed(entry, known) for number, entry in enumerate(kept)}, others)
    forms = [{**form.entry, "request": {"method": "POST", "url": "QuestionnaireResponse"}}] if form.says_something else []
    return {**transaction, "entry": [*forms, *orders.values()]}
