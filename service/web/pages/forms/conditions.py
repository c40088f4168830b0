"""When a question is asked, as a style sheet (it is hidden until then, with or without a script) and in words, both from the definition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from service.fhir.forms.form_definition import Condition, Form, Question
from service.web.pages.forms.words import FormWords

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_Clause = frozenset[str]
_ALWAYS: tuple[_Clause, ...] = ()


def conditions_css(form: Form) -> str:
    """The style sheet. On paper, and in a browser that does not know :has(), every question is shown with its condition in words."""
    rules = [rule for question in form.questions.values() for rule in _rules(question, form)]
    return "\n".join(["@media screen { @supports selector(:has(a)) {", ".when { display: none; }", *rules, "} }", ""])


def _rules(question: Question, form: Form) -> Iterator[str]:
    hidden = _not_asked(question, form)
    if hidden and _SAFE.fullmatch(question.link_id):
        ways = [
            f'.form{"".join(f":not(:has({chosen}))" for chosen in sorted(clause))} [data-item="{question.link_id}"]'
            for clause in sorted(hidden, key=sorted)
        ]
        yield f"{', '.join(ways)} {{ display: none; }}"
    elif question.conditions:
        yield f'[data-item="{question.link_id}"] .when {{ display: block; }}' if _SAFE.fullmatch(question.link_id) else ""


def _not_asked(question: Question, form: Form) -> tuple[_Clause, ...]:
    """Every way not to be asked, each as the choices none of which is made. () for a question that is always shown."""
    ways = [_not_met(condition, form) for condition in question.conditions]
    if not ways or any(way is None for way in ways):
        return _ALWAYS
    known = [way for way in ways if way is not None]
    if question.all_of:
        return tuple(dict.fromkeys(clause for way in known for clause in way))
    return tuple(dict.fromkeys(_Clause().union(*chosen) for chosen in product(*known)))


def _not_met(condition: Condition, form: Form) -> tuple[_Clause, ...] | None:
    """None where a style sheet cannot tell: then the question is shown with its condition in words."""
    asked = form.questions[condition.question]
    if condition.operator != "=" or asked.type not in ("boolean", "choice") or not _SAFE.fullmatch(asked.link_id):
        return None
    value = str(condition.answer).lower() if isinstance(condition.answer, bool) else str(condition.answer)
    return (frozenset({f'[name="{asked.link_id}"][value="{value}"]:checked'}), *_not_asked(asked, form))


def condition_words(question: Question, form: Form, words: FormWords) -> str:
    """When the question is asked, as one sentence; "" for one that always is."""
    if not question.conditions:
        return ""
    joined = f" {words.and_ if question.all_of else words.or_} ".join(_words(one, form, words) for one in question.conditions)
    return f"{words.only_if}: {joined}"


def _words(condition: Condition, form: Form, words: FormWords) -> str:
    asked = form.questions[condition.question]
    if condition.operator == "exists":
        return f"“{asked.text}” {words.is_answered if condition.answer else words.is_not_answered}"
    if isinstance(condition.answer, bool):
        answer = words.yes if condition.answer else words.no
    else:
        answer = next((option.display for option in asked.options if option.code == condition.answer), str(condition.answer))
    operator = ":" if condition.operator == "=" else f" {condition.operator}"
    return f"“{asked.text}”{operator} {answer}"
