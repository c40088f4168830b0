"""PlanDefinition/$apply from its FHIR side: which plan is applied to whom, with which data, and in what context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.clinical.assessment import Setting
from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.answer_frame import input_reference
from service.fhir.elements import Json, codings, dicts, reference
from service.fhir.json_format import shortened
from service.fhir.knowledge.care_plan import Context
from service.fhir.knowledge.definition_parts import PLAN_URL, knowledge_version
from service.fhir.operation import AssessmentRequest, read_request, wrong_document
from service.fhir.references import server_base, type_and_id, without_version

NAMES = ("planDefinition", "url", "subject", "data", "setting", "asOf", "encounter", "practitioner", "organization")
"""The parameters that are read. `url`, `data` and `asOf` are not of the R4 operation; see docs/adr/0022-applying-the-plan.md."""

_NOT_TAILORED = ("userType", "userLanguage", "userTaskContext", "settingContext")
_CONTEXT: Mapping[str, tuple[str, ...]] = {
    "encounter": ("Encounter",),
    "practitioner": ("Practitioner", "PractitionerRole"),
    "organization": ("Organization",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApplication:
    """What is asked. `subject` as given, "" when it is left to a bare Bundle to say; `as_of` None: now."""

    bundle: Json
    subject: str
    context: Context
    setting: Setting
    as_of: datetime | None


def read_application(
    document: Any, options: Mapping[str, Sequence[str]], *, names_plan: bool, evidence_version: str
) -> PlanApplication:
    """The request in Parameters, or in a bare Bundle with the other parameters as query `options`. `names_plan`: the URL does already.

    Raises BadRequest with everything that is missing, unknown, repeated or wrong; Unprocessable for another resource and for a plan that is not here.
    """
    given: dict[str, list[str]] = {name: list(values) for name, values in options.items()}
    problems: list[Problem] = []
    if isinstance(document, dict) and document.get("resourceType") == "Parameters":
        problems += [
            _problem("invalid", f"{name[:64]} is given beside Parameters; put it into Parameters", name) for name in given
        ]
        bundles, given = _read_parameters(document, problems)
        if len(bundles) != 1:
            problems.append(_problem("required", f"there are {len(bundles)} Bundles in parameters named data; give one", "data"))
        if not given.get("subject"):
            problems.append(_problem("required", "subject is missing; give it as valueString, Patient/<id>", "subject"))
        bundle = bundles[0] if bundles else {"resourceType": "Bundle"}
    elif isinstance(document, dict) and document.get("resourceType") == "Bundle":
        bundle = document
        problems += [_unknown(name, name) for name in given if name not in NAMES or name in ("data", "planDefinition")]
    else:
        raise wrong_document(document, "send Parameters with subject and data, or the Bundle of the data alone")
    problems += [
        _problem("invalid", f"{name} is given more than once; give it once", name) for name in given if len(given[name]) > 1
    ]
    plan = _plan(given, names_plan=names_plan, problems=problems)
    encounter, *contributors = [_literal(name, given, problems) for name in _CONTEXT]
    asked = _assessment_asked(bundle, given, problems)
    if asked is None or problems:
        raise BadRequest(problems)
    _check_plan(plan, evidence_version)
    return PlanApplication(
        bundle=bundle,
        subject=_first(given, "subject"),
        context=Context(encounter=encounter, contributors=tuple(one for one in contributors if one)),
        setting=asked.setting,
        as_of=asked.as_of,
    )


def check_subject(subject: str, bundle: Json, patient: Json) -> None:
    """Raises Unprocessable when `subject` is not whom the data is about. `patient`: the subject of the answer to `bundle`."""
    if not subject:
        return
    own = str(patient.get("reference") or patient["identifier"]["value"])
    names = {without_version(own)}
    for entry in dicts(bundle.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
            names |= {without_version(str(entry.get("fullUrl", own))), f"Patient/{resource['id']}" if "id" in resource else own}
    asked = without_version(subject)
    # Where both name a server it must be the same one; a relative reference means the id on whichever server the data is from.
    both_absolute = bool(server_base(asked)) and any(server_base(name) for name in names)
    tails = set() if both_absolute else {type_and_id(name) for name in names} - {""}
    if asked in names or type_and_id(asked) in tails:
        return
    raise Unprocessable(
        _problem(
            "business-rule",
            f"subject is {shortened(subject)!r}, but the data is about {shortened(own)!r}; send the data of the subject, and the subject as Patient/<id>",
            "subject",
        )
    )


def _read_parameters(document: Json, problems: list[Problem]) -> tuple[list[Json], dict[str, list[str]]]:
    bundles: list[Json] = []
    given: dict[str, list[str]] = {}
    for index, parameter in enumerate(dicts(document.get("parameter"))):
        name, where = str(parameter.get("name")), f"Parameters.parameter[{index}]"
        resource = parameter.get("resource")
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if name not in NAMES:
            problems.append(_unknown(name, where))
        elif name == "data" and isinstance(resource, dict) and kind == "Bundle":
            bundles.append(resource)
        elif name == "planDefinition" and isinstance(resource, dict) and kind == "PlanDefinition":
            version = resource.get("version")
            url = f"{resource.get('url')}|{version}" if version else str(resource.get("url"))
            given.setdefault(name, []).append(url)
        elif name not in ("data", "planDefinition") and (value := _value(parameter)):
            given.setdefault(name, []).append(value)
        else:
            remedy = {"data": "a Bundle as resource", "planDefinition": "a PlanDefinition as resource"}.get(name, "a value")
            problems.append(_problem("value", f"the parameter {shortened(name)} is not usable; give it {remedy}", where))
    return bundles, given


def _value(parameter: Json) -> str:
    """A value as a query would spell it; "" when there is none of a type that any of our parameters may have."""
    for key in ("valueString", "valueUri", "valueCanonical", "valueCode", "valueDateTime", "valueInstant", "valueDate"):
        if isinstance(value := parameter.get(key), str):
            return value.strip()
    if isinstance(concept := parameter.get("valueCodeableConcept"), dict):
        # Of several codings the one that is ours; the others are the caller's own.
        codes = [code for _, code in codings(concept)]
        return next((code for code in codes if code in set(Setting)), "".join(codes[:1]))
    return reference(parameter.get("valueReference")) or ""


def _plan(given: Mapping[str, Sequence[str]], *, names_plan: bool, problems: list[Problem]) -> str:
    """The canonical address of the plan that is asked for; "" when the URL of the request names it."""
    said = [name for name in ("planDefinition", "url") if given.get(name)]
    if names_plan and said:
        problems += [
            _problem("invalid", f"{name} is given, but the address already names the plan; leave it out", name) for name in said
        ]
    elif not names_plan and len(said) != 1:
        problems.append(
            _problem(
                "required", f"which plan to apply is said {len(said)} times; give url {PLAN_URL}, or planDefinition, once", "url"
            )
        )
    return _first(given, said[0]) if said else ""


def _check_plan(asked: str, evidence_version: str) -> None:
    url, _, version = asked.partition("|")
    current = knowledge_version(evidence_version)
    if asked and (url != PLAN_URL or version not in ("", current)):
        raise Unprocessable(
            _problem(
                "not-supported", f"there is no plan {shortened(asked)!r} here; there is {PLAN_URL}|{current}", "planDefinition"
            )
        )


def _literal(name: str, given: Mapping[str, Sequence[str]], problems: list[Problem]) -> str:
    value = _first(given, name)
    types = _CONTEXT[name]
    if value and (type_and_id(value).partition("/")[0] not in types or "reference" not in input_reference(value)):
        remedy = " or ".join(f"{one}/<id>" for one in types)
        problems.append(_problem("value", f"{name} is {shortened(value)!r}; give a reference, {remedy}", name))
    return value


def _assessment_asked(bundle: Any, given: Mapping[str, Sequence[str]], problems: list[Problem]) -> AssessmentRequest | None:
    """The setting and the moment, read as the assessment's own operation reads them."""
    try:
        return read_request(bundle, {name: given[name][:1] for name in ("setting", "asOf") if given.get(name)})
    except BadRequest as refused:
        problems += refused.problems
    return None


def _first(given: Mapping[str, Sequence[str]], name: str) -> str:
    values = given.get(name)
    return values[0] if values else ""


def _unknown(name: str, where: str) -> Problem:
    if name in _NOT_TAILORED:
        return _problem("not-supported", f"the answer is not tailored to {name}; leave it out", where)
    return _problem("not-supported", f"there is no parameter {name[:64]!r}; there are: {', '.join(NAMES)}", where)


def _problem(issue_type: str, diagnostics: str, expression: str) -> Problem:
    return Problem(issue_type=issue_type, diagnostics=diagnostics, expression=expression[:64])
