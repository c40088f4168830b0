"""Answers of a form to findings: our own form by linkId, any other form by its codes or by the deployment's mapping."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, FindingValue
from service.clinical.vocabulary import VOCABULARY
from service.fhir.elements import Json, codings, dicts, moment, value_key
from service.fhir.findings.finding_values import Understood, understand_mapped
from service.fhir.forms.own_forms import USED_STATUSES, items_of, who_took_back
from service.fhir.forms.questionnaire import CANONICAL, FINDING_SYSTEM, PATIENT_CANONICAL
from service.fhir.mapping import MappedFinding
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark

_OWN_FORMS = frozenset({CANONICAL, PATIENT_CANONICAL})
_OWN: Mapping[str, MappedFinding] = {code: MappedFinding(code=code) for code in VOCABULARY}


class _Answer(NamedTuple):
    code: str
    path: str
    understood: Understood


def read_questionnaire_response(entry: Entry, context: Context) -> Read | None:
    """The findings of one QuestionnaireResponse; None for another resource.

    `completed` and `amended` are used, `in-progress` too, with a remark. A question that is not understood is reported once. Two different answers to
    a question that takes one are both set aside: neither is newer, and guessing between them would be a finding nobody gave. An answer of our app that its
    author took back later is not used: it is not known, and never no.
    """
    response = entry.resource
    if entry.resource_type != "QuestionnaireResponse":
        return None
    status = response.get("status")
    if status not in USED_STATUSES:
        return Read(
            issues=(
                remark(
                    entry,
                    IssueCode.STATUS_EXCLUDED,
                    element="status",
                    detail=f"QuestionnaireResponse.status is {status}; only completed, amended and in-progress are read. Send the finished form.",
                ),
            )
        )
    issues: list[DataIssue] = []
    if status == "in-progress":
        issues.append(
            remark(
                entry,
                IssueCode.ASSUMED,
                element="status",
                detail="QuestionnaireResponse.status is in-progress: the answers so far were used as a part of the form. Send it again when it is completed.",
                used=True,
            )
        )
    answers, remarks = _read_items(entry, context)
    authored = moment(response.get("authored"))
    findings, conflicts = _settle(entry, answers, authored[0] if authored else None)
    kept, withdrawn = _without_taken_back(entry, findings, context)
    return Read(findings=kept, issues=(*issues, *remarks, *conflicts, *withdrawn))


def _read_items(entry: Entry, context: Context) -> tuple[list[_Answer], list[DataIssue]]:
    canonical, form = _form(entry, context)
    answers: list[_Answer] = []
    issues: list[DataIssue] = []
    for item, path in items_of(entry.resource.get("item")):
        given = [(index, answer) for index, answer in enumerate(dicts(item.get("answer"))) if value_key(answer)]
        if not given:
            continue
        link_id = str(item.get("linkId", ""))
        mapped = _finding_of(item, link_id, canonical, form.get(link_id, {}), context)
        if mapped is None and not canonical and link_id in VOCABULARY:
            mapped = _OWN[link_id]
            issues.append(
                remark(
                    entry,
                    IssueCode.ASSUMED,
                    element=f"{path}.linkId",
                    detail=f"linkId {link_id} was read as the finding of that name although the form names no questionnaire. Send questionnaire {CANONICAL}.",
                    used=True,
                )
            )
        if mapped is None:
            issues.append(
                remark(
                    entry,
                    IssueCode.QUESTION_NOT_UNDERSTOOD,
                    element=path,
                    detail=f"The question with linkId {link_id!r} is not one of {FINDING_SYSTEM} and no mapping names it. "
                    "Give Questionnaire.item.code, item.definition, or an entry in the mapping file.",
                )
            )
            continue
        for index, answer in given:
            answer_path = f"{path}.answer[{index}]"
            understood = understand_mapped(mapped, answer, context.codes)
            if understood.problem is not None:
                issues.append(
                    remark(
                        entry,
                        understood.problem,
                        element=answer_path,
                        detail=understood.detail,
                        used=understood.value is not None,
                    )
                )
            answers.append(_Answer(mapped.code, answer_path, understood))
    return answers, issues


def _settle(entry: Entry, answers: list[_Answer], recorded_at: datetime | None) -> tuple[tuple[Finding, ...], list[DataIssue]]:
    """One value a finding: several choices of a repeating question are joined, equal answers count once, different ones are set aside."""
    values: dict[str, FindingValue] = {}
    conflicting: dict[str, str] = {}
    for answer in answers:
        value = answer.understood.value
        if value is None:
            continue
        before = values.setdefault(answer.code, value)
        if isinstance(before, frozenset) and isinstance(value, frozenset):
            values[answer.code] = before | value
        elif before != value:
            conflicting.setdefault(answer.code, answer.path)
    findings = tuple(
        Finding(code=code, value=value, source=entry.reference, recorded_at=recorded_at)
        for code, value in values.items()
        if code not in conflicting
    )
    issues = [
        remark(
            entry,
            IssueCode.CONFLICTING_ANSWERS,
            element=path,
            detail=f"{code} is answered in two ways in the same form; neither answer was used. Correct the form and send it again.",
        )
        for code, path in conflicting.items()
    ]
    return findings, issues


def _without_taken_back(
    entry: Entry, findings: tuple[Finding, ...], context: Context
) -> tuple[tuple[Finding, ...], list[DataIssue]]:
    """The findings without those whose answer was taken back, and a remark on each of these."""
    back = {one.code: said for one in findings if (said := who_took_back(entry.resource, context.taken_back.get(one.code, ())))}
    issues = [
        remark(
            entry,
            IssueCode.STALE,
            f"{code}: the answer here was taken back by who gave it, in {said.source}, so it was not used; it counts as not asked.",
        )
        for code, said in back.items()
    ]
    return tuple(one for one in findings if one.code not in back), issues


def _form(entry: Entry, context: Context) -> tuple[str, Mapping[str, Json]]:
    """The canonical without its version, and the items by linkId of the Questionnaire, where the Bundle or the response carries it."""
    named = entry.resource.get("questionnaire")
    if not isinstance(named, str):
        return "", {}
    canonical = named.partition("|")[0]
    if named.startswith("#"):
        contained = context.find(entry, named)
        form = contained.resource if contained else {}
        canonical = str(form.get("url", named))
    else:
        form = context.questionnaires.get(named) or context.questionnaires.get(canonical) or {}
    return canonical, {str(item.get("linkId", "")): item for item, _ in items_of(form.get("item"))}


def _finding_of(item: Json, link_id: str, canonical: str, question: Json, context: Context) -> MappedFinding | None:
    """What the deployment says of the link, our own linkId, then the codes and the definition of the question, in this order."""
    link_ids = context.codes.link_ids
    linked = link_ids and (link_ids.get((canonical, link_id)) or link_ids.get(("", link_id)))
    if linked:
        return _OWN[linked]
    if canonical in _OWN_FORMS and link_id in _OWN:
        return _OWN[link_id]
    for system, code in codings({"coding": question.get("code")}):
        mapped = context.codes.findings.get((system, code))
        # What takes its side from a bodySite is no answer of a form.
        if mapped and mapped.code in _OWN:
            return mapped
        if system == FINDING_SYSTEM and code in VOCABULARY:
            return _OWN[code]
    for definition in (item.get("definition"), question.get("definition")):
        code = _defined(definition) if isinstance(definition, str) else ""
        if code in VOCABULARY:
            return _OWN[code]
    return None


def _defined(definition: str) -> str:
    """The finding code a definition ends with: after "#" in any URL, or after "/" or "|" in the URL of our own code system."""
    if "#" in definition:
        return definition.rpartition("#")[2]
    return definition.removeprefix(FINDING_SYSTEM)[1:] if definition.startswith(FINDING_SYSTEM) else ""
