"""GET and POST /form: our Questionnaire and a table of pressures for a clinician to fill in, and the assessment of what was filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from flask import Blueprint, Response, request

from service.clinical.measurements import Phase, Site
from service.errors import BadRequest, ClaudicationError, Problem
from service.fhir.forms.form_bundle import form_bundle
from service.fhir.forms.form_definition import Form, read_definition
from service.fhir.forms.pressure_observation import UNITS
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.json_format import parse
from service.fhir.limbs.pressure_values import SENTINELS, believed
from service.fhir.operation import read_request
from service.fhir.units import MMHG_PER_KPA
from service.web.answers import document
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.pages.assessing import assessing, settings_to_choose
from service.web.pages.forms import pressure_fields
from service.web.pages.forms.conditions import condition_words
from service.web.pages.forms.fields import Fields, read_answers, read_fields, unknown_fields
from service.web.pages.forms.submission import AS_OF, EDIT, SEXES, SHOW, FormSubmission, read_submission
from service.web.pages.forms.taken_answers import TakenAnswers, read_file
from service.web.pages.forms.words import CLINICIAN, FormWords, third_states
from service.web.pages.page import page
from service.web.pages.stopped import NOT_ASSESSED, reads_pages, stopped
from service.web.pages.submission import Show, Submission

DOOR = "form"
LIMIT = 64 * 1024
"""Bytes of a form: some two hundred short fields."""


def form(deployment: Deployment) -> Blueprint:
    """The doors of the form."""
    door = Blueprint("form", __name__)
    shown = assessing(deployment, door=DOOR)
    limits = deployment.evidence.reading_limits.pressure

    @door.get("/form")
    def open_form() -> Response:
        return _form_page(Fields(), (), status=200)

    @door.post("/form")
    def assess_form() -> Response:
        try:
            known_caller(request, deployment)
            fields = read_fields(request, limit=LIMIT)
            submission = read_submission(clinician_form(), fields, limits, now=deployment.clock())
            if submission.problems:
                return _back(fields, submission)
            if submission.show == EDIT:
                return _form_page(fields, (), status=200)
            return shown(
                _sent(submission),
                entered=[(name, value) for name, value in fields.items(multi=True) if value and name not in (SHOW, AS_OF)],
                entered_as_of=fields.get(AS_OF, ""),
                set_aside=[(one.text, condition_words(one, clinician_form(), CLINICIAN)) for one in submission.set_aside],
            )
        except ClaudicationError as error:
            return stopped(request, error, NOT_ASSESSED)

    @door.post("/form/answers")
    def take_answers() -> Response:
        try:
            taken = read_file(request, limit=LIMIT)
            ours = clinician_form()
            read = read_answers(ours, taken.fields, CLINICIAN)
            # Answers to questions, and no more: no file says how much a pressure was, or for which day it is all assessed.
            problems = (*unknown_fields(taken.fields, ours.questions.keys(), CLINICIAN), *read.problems)
            if problems and not reads_pages(request):
                raise BadRequest(problems)
            fields = Fields(one for one in taken.fields.items(multi=True) if one[0] in ours.questions)
            return _form_page(fields, problems, status=BadRequest.status if problems else 200, taken=taken)
        except ClaudicationError as error:
            return stopped(request, error, NOT_ASSESSED)

    def _form_page(fields: Fields, problems: Sequence[Problem], *, status: int, taken: TakenAnswers | None = None) -> Response:
        thresholds = deployment.evidence.abi_categories
        return page(
            "form.html",
            status=status,
            settings=settings_to_choose(),
            sexes=SEXES,
            rest=pressure_fields.ROWS[Phase.REST],
            after=pressure_fields.ROWS[Phase.POST_EXERCISE],
            after_open=pressure_fields.filled_after_exercise(fields),
            units=UNITS,
            plausible={site: "{} {}".format(*believed(site, limits)) for site in Site},
            sentinels=" ".join(str(one) for one in sorted(SENTINELS)),
            mmhg_per_kpa=MMHG_PER_KPA,
            abi=thresholds.abi,
            tbi=thresholds.tbi,
            taken=taken,
            **form_values(clinician_form(), CLINICIAN, fields, problems),
        )

    def _back(fields: Fields, submission: FormSubmission) -> Response:
        if not reads_pages(request):
            raise BadRequest(submission.problems)
        return _form_page(fields, submission.problems, status=BadRequest.status)

    return door


def form_values(form: Form, words: FormWords, fields: Fields, problems: Sequence[Problem]) -> Mapping[str, object]:
    """What form_parts.html needs to show a form with what was typed into it, and what is wrong with that."""
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(problem.expression, []).append(problem.diagnostics)
    return {
        "form": form,
        "words": words,
        "third_states": third_states(form, words),
        "fields": fields,
        "errors": errors,
        "when": {one.link_id: condition_words(one, form, words) for one in form.questions.values()},
    }


def _sent(submission: FormSubmission) -> Submission:
    """The Bundle as a caller of the operation would send it, and by the same way in."""
    text = document(form_bundle(clinician_form(), submission.filled), pretty=True)
    options = {"asOf": submission.as_of.isoformat(), "setting": submission.setting}
    return Submission(
        asked=read_request(parse(text), {name: [value] for name, value in options.items() if value}),
        example="",
        text=text.decode(),
        setting=submission.setting,
        as_of=submission.as_of.isoformat(),
        show=Show(submission.show),
    )


@cache
def clinician_form() -> Form:
    """Our Questionnaire, read once."""
    return read_definition(questionnaire())
