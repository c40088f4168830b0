"""Observations that state a finding: smoking, kidney function, foot pulses, oxygen of the foot, body mass index, and anything coded with our own findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding
from service.clinical.vocabulary import NAMED_BY_SITE, VOCABULARY
from service.evidence.reading_limits import RecordLimits
from service.fhir.elements import Json, codings, dicts, effective, number
from service.fhir.finding_measures import PRESSURES
from service.fhir.findings.finding_values import Understood, understand_mapped
from service.fhir.forms.questionnaire import FINDING_SYSTEM
from service.fhir.limbs.foot_oxygen import foot_of
from service.fhir.mapping import MappedFinding
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark
from service.fhir.terminology import loinc

_FINISHED = frozenset({"final", "amended", "corrected"})

_OBESITY = MappedFinding(code="obesity")
_FINDING_OF: Mapping[tuple[str, str], MappedFinding] = {
    **{
        (code.system, code.code): MappedFinding(code=finding)
        for code, finding in (
            (loinc.SMOKING_STATUS, "smoking-status"),
            (loinc.EGFR_CKD_EPI_2021, "egfr-ml-min-1.73m2"),
            (loinc.EGFR_CKD_EPI_2009, "egfr-ml-min-1.73m2"),
            (loinc.EGFR_MDRD, "egfr-ml-min-1.73m2"),
            (loinc.DORSALIS_PEDIS_PULSE_RIGHT, "pulse-dorsalis-pedis-right"),
            (loinc.DORSALIS_PEDIS_PULSE_LEFT, "pulse-dorsalis-pedis-left"),
        )
    },
    # The body mass index, whose number decides.
    loinc.BODY_MASS_INDEX[:2]: _OBESITY,
}
# Contrast is not given on the kidney function of years ago.
_LAPSES = frozenset({"egfr-ml-min-1.73m2"})
_INDEX_UNITS = frozenset({"", "kg/m2", "kg/m²", "kg/m^2"})


def read_finding_observation(entry: Entry, context: Context) -> Read | None:
    """The findings of one Observation and its components; None when no code of it is a finding. A measured body mass index under that of obesity is "not obese"."""
    if entry.resource_type != "Observation":
        return None
    parts = [(entry.resource, "")]
    if "component" in entry.resource:
        parts += [(part, f"component[{index}]") for index, part in enumerate(dicts(entry.resource["component"]))]
    stated = [(part, path, mapped) for part, path in parts if (mapped := _finding_of(part, context)) is not None]
    if not stated:
        return None
    status = entry.resource.get("status")
    if status not in _FINISHED and status != "preliminary":
        detail = f"{stated[0][2].code}: Observation.status is {status}; only final, amended, corrected and preliminary are used. Send the final result."
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, detail, element="status"),))
    findings: list[Finding] = []
    issues: list[DataIssue] = []
    if status == "preliminary":
        detail = f"{stated[0][2].code}: Observation.status is preliminary; the value was used as it stands. Send the final result when there is one."
        issues.append(remark(entry, IssueCode.STATUS_EXCLUDED, detail, element="status", used=True))
    when = effective(entry.resource)
    for part, path, mapped in stated:
        if mapped.code in NAMED_BY_SITE or mapped.code in PRESSURES:
            code, doubt = foot_of(mapped.code, part, path, entry, context)
            issues += [doubt] if doubt is not None else []
            if not code:
                continue
            mapped = replace(mapped, code=code)
        understood = _understood(part, mapped, context)
        if understood.value is not None:
            findings.append(
                Finding(
                    code=mapped.code,
                    value=understood.value,
                    source=entry.reference,
                    recorded_at=when[0] if when else None,
                    lapses=mapped.code in _LAPSES,
                )
            )
        if understood.problem is not None:
            issues.append(remark(entry, understood.problem, understood.detail, element=path, used=understood.value is not None))
        elif understood.value is None:
            detail = (
                f"{mapped.code}: no value, or one that says it is not known; nothing was concluded. Ask again, or send the value."
            )
            issues.append(remark(entry, IssueCode.VALUE_MISSING, detail, element=path))
    return Read(findings=tuple(findings), issues=tuple(issues))


def _finding_of(part: Json, context: Context) -> MappedFinding | None:
    for system_code in codings(part.get("code")):
        mapped = context.codes.findings.get(system_code) or _FINDING_OF.get(system_code)
        if mapped is not None:
            return mapped
        system, code = system_code
        if system == FINDING_SYSTEM and code in VOCABULARY:
            return MappedFinding(code=code)
    return None


def _understood(part: Json, mapped: MappedFinding, context: Context) -> Understood:
    if mapped is _OBESITY:
        return _obesity(part, context.limits.record)
    stated_by_the_code = (
        mapped.value is not None and "dataAbsentReason" not in part and not any(key.startswith("value") for key in part)
    )
    return Understood(value=mapped.value) if stated_by_the_code else understand_mapped(mapped, part, context.codes)


def _obesity(part: Json, limits: RecordLimits) -> Understood:
    quantity = next(iter(dicts(part.get("valueQuantity"))), {})
    index = number(quantity.get("value"))
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    if index is None:
        return Understood()
    if unit.lower().replace(" ", "") not in _INDEX_UNITS:
        detail = f"Body mass index: the unit {unit!r} is not understood. Send it in kg/m2."
        return Understood(problem=IssueCode.UNIT_NOT_UNDERSTOOD, detail=detail)
    low, high = limits.body_mass_index_from.value, limits.body_mass_index_to.value
    if not low <= index <= high:
        detail = f"Body mass index: {index} is not from {low} to {high} kg/m2. Check the value and its unit."
        return Understood(problem=IssueCode.VALUE_IMPLAUSIBLE, detail=detail)
    return Understood(value=index >= limits.obesity_from.value)
