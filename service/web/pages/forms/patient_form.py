"""GET and POST /form/patient: the history in plain words, for patients to answer before a visit. They get a page for their clinician, and no probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from flask import Blueprint, Response, request

from service.errors import BadRequest, ClaudicationError, Problem
from service.fhir.elements import Json
from service.fhir.forms.form_answers import Answers, is_asked, questionnaire_response
from service.fhir.forms.form_bundle import FilledForm, form_bundle
from service.fhir.forms.form_definition import Form, Question, read_definition
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from service.fhir.forms.questionnaire_plain import ENGLISH, LANGUAGES
from service.fhir.json_format import parse
from service.pipeline import Answer, assess_bundle
from service.web.answers import FHIR_JSON, document
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.pages.forms.fields import Fields, ReadAnswers, read_answers, read_fields, unknown_fields
from service.web.pages.forms.form import LIMIT, clinician_form, form_values
from service.web.pages.forms.patient_words import PATIENT_WORDS, Advice, advice_for, refusal_in_words
from service.web.pages.forms.words import WORDS, FormWords
from service.web.pages.page import download, page
from service.web.pages.stopped import is_told, reads_pages

DOOR = "patient-form"
LANGUAGE, SHOW = "lang", "show"
PAGE, RESPONSE, EDIT = "page", "response", "edit"
_SHOWS = (PAGE, RESPONSE, EDIT)


def patient_form(deployment: Deployment) -> Blueprint:
    """The doors of the patients' form."""
    door = Blueprint("patient_form", __name__)

    @door.get("/form/patient")
    def open_patient_form() -> Response:
        try:
            language = _language(request.args.get(LANGUAGE, ""))
        except BadRequest as error:
            return _refused(error)
        return _form_page(language, Fields(), ())

    @door.post("/form/patient")
    def answer_patient_form() -> Response:
        try:
            return _answered()
        except ClaudicationError as error:
            return _refused(error)

    def _answered() -> Response:
        client = known_caller(request, deployment)
        fields = read_fields(request, limit=LIMIT)
        language = _language(fields.get(LANGUAGE, ""))
        form, words, now = _form(language), WORDS[language], deployment.clock().replace(microsecond=0)
        read = read_answers(form, fields, words)
        problems = [
            *unknown_fields(fields, {LANGUAGE, SHOW, *form.questions}, words),
            *_about_show(fields, words),
            *read.problems,
        ]
        if not read.answers and not problems:
            problems.append(Problem(issue_type="required", diagnostics=PATIENT_WORDS[language].not_answered))
        if problems:
            if not reads_pages(request):
                raise BadRequest(problems)
            # What is answered well may be an emergency, which does not wait until the rest is put right. Only a form that is taken is recorded.
            advice = advice_for(_assessed(form, read.answers, now)[1].assessment.red_flags, PATIENT_WORDS[language])
            return _form_page(language, fields, problems, status=BadRequest.status, advice=advice)
        show = fields.get(SHOW) or PAGE
        if show == EDIT:
            return _form_page(language, fields, ())
        if show == RESPONSE:
            response = questionnaire_response(form, read.answers, authored=now)
            return download(document(response, pretty=True), "answers.json", FHIR_JSON)
        bundle, answer = _assessed(form, read.answers, now)
        record_answer(deployment, answer, bundle=bundle, strict=False, caller=client, door=DOOR, as_of=now, now=now)
        return _thanks(form, fields, read, advice_for(answer.assessment.red_flags, PATIENT_WORDS[language]))

    def _assessed(form: Form, answers: Answers, now: datetime) -> tuple[Json, Answer]:
        """What was assessed, and what came of it, as through every other door."""
        bundle: Json = parse(document(form_bundle(form, FilledForm(answers=answers, at=now))))
        return bundle, assess_bundle(bundle, deployment.evidence, as_of=now, codes=deployment.codes)

    return door


def _about_show(fields: Fields, words: FormWords) -> list[Problem]:
    given = fields.get(SHOW, "")
    if not given or given in _SHOWS:
        return []
    said = words.not_an_option.format(given=given[:40], allowed=", ".join(_SHOWS))
    return [Problem(issue_type="code-invalid", diagnostics=said, expression=SHOW)]


def _language(asked: str) -> str:
    """The language that is asked for, else the one the browser prefers, else English. Raises BadRequest for one there is not."""
    if not asked:
        return request.accept_languages.best_match(LANGUAGES) or ENGLISH
    if asked not in LANGUAGES:
        said = f"lang is {asked[:40]!r}; allowed: {', '.join(LANGUAGES)}"
        raise BadRequest(Problem(issue_type="code-invalid", diagnostics=said, expression=LANGUAGE))
    return asked


def _refused(error: ClaudicationError) -> Response:
    """Why nothing was taken, in the language of the page it came from, else the browser's. Raises the error again for a program, and where the fault is ours."""
    if not is_told(request, error):
        raise error
    asked = request.args.get(LANGUAGE, "")
    language = asked if asked in LANGUAGES else _language("")
    told = PATIENT_WORDS[language]
    said = refusal_in_words(error, told)
    return _in_language(
        language,
        page("patient_refused.html", status=error.status, form=_form(language), told=told, said=said, others=_others(language)),
    )


def _form_page(
    language: str,
    fields: Fields,
    problems: tuple[Problem, ...] | list[Problem],
    *,
    status: int = 200,
    advice: Advice | None = None,
) -> Response:
    form = _form(language)
    return _in_language(
        language,
        page(
            "patient_form.html",
            status=status,
            told=PATIENT_WORDS[language],
            others=_others(language),
            advice=advice,
            **form_values(form, WORDS[language], fields, problems),
        ),
    )


def _thanks(form: Form, fields: Fields, read: ReadAnswers, advice: Advice | None) -> Response:
    told, words = PATIENT_WORDS[form.language], WORDS[form.language]
    return _in_language(
        form.language,
        page(
            "patient_answers.html",
            status=200,
            form=form,
            told=told,
            advice=advice,
            answered=[
                (section.title, [_line(one, read.answers, words) for one in section.questions if one.link_id in read.answers])
                for section in form.sections
            ],
            left_open=told.left_open.format(count=_left_open(form, read.answers)),
            set_aside=[one.text for one in read.set_aside],
            entered=[(name, value) for name, value in fields.items(multi=True) if value and name != SHOW],
        ),
    )


def _left_open(form: Form, answers: Answers) -> int:
    """How many questions were asked, given the answers, and not answered."""
    asked = [link_id for link_id, question in form.questions.items() if is_asked(question, form, answers)]
    return len([link_id for link_id in asked if link_id not in answers])


def _line(question: Question, answers: Answers, words: FormWords) -> tuple[str, str, str, str]:
    """Question and answer in the words of the patient and, where those are another language, in those of the form for clinicians."""
    given = answers[question.link_id]
    other = clinician_form().questions[question.link_id] if words is not WORDS[ENGLISH] else None
    here = _said(question, given, words)
    return question.text, here, other.text if other else "", _said(other, given, WORDS[ENGLISH]) if other else ""


def _said(question: Question, given: tuple[Json, ...], words: FormWords) -> str:
    displays = {option.code: option.display for option in question.options}
    said = []
    for answer in given:
        (value,) = answer.values()
        if isinstance(value, bool):
            said.append(words.yes if value else words.no)
        else:
            said.append(displays[value["code"]] if isinstance(value, Mapping) else f"{value} {question.unit}".strip())
    return "; ".join(said)


def _in_language(language: str, answer: Response) -> Response:
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer


def _others(language: str) -> list[tuple[str, str]]:
    return [(one, PATIENT_WORDS[one].name_of_language) for one in LANGUAGES if one != language]


@cache
def _form(language: str) -> Form:
    return read_definition(patient_questionnaire(), language)
