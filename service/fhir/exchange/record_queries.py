"""What an assessment reads from a record, declared once: prefetch templates, fetches and requirements are all made from these queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from service.fhir.elements import Json, moment
from service.fhir.finding_measures import PRESSURES
from service.fhir.forms.questionnaire import FINDING_SYSTEM
from service.fhir.limbs.index_codes import INDEX_CODES, LITHUANIAN_COMPONENTS
from service.fhir.limbs.site_codes import ARTERY_CODES
from service.fhir.mapping import DeploymentCodes, SystemCode
from service.fhir.terminology import loinc

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 - the name of a prefetch token, not a secret

# Longer than the 64 characters of a FHIR id, since known servers give longer ones; never a step in a path.
_USABLE_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9._-]{1,256}")
# What separates values in a search parameter and stands in a code is escaped.
_SEPARATORS = re.compile(r"[\\,$|]")
_LEFT_AS_THEY_ARE = ",|:/"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """One read or search. `key` names it in a prefetch and in every report; `about` says in words what it brings."""

    key: str
    resource_type: str
    about: str
    parameters: tuple[tuple[str, str], ...] = ()
    """Besides the patient. None for the Patient, which is read by its id."""
    dates: tuple[str, ...] = ()
    """The elements that say how old a resource is, the best first."""
    mandatory: bool = False
    """Without it nothing can be judged: what has neither been sent nor can be fetched is then asked for (412)."""

    def template(self) -> str:
        """The CDS Hooks prefetch template: a token at the root of the context, and the search parameters that CDS Hooks 2.0 recommends."""
        return self._written(PATIENT_TOKEN)

    def search(self, patient_id: str) -> str:
        """The same for one patient, relative to the base URL of a FHIR server. Raises ValueError for an id that would change the URL."""
        if not is_usable_id(patient_id):
            raise ValueError("an id has letters, digits, dots, hyphens and underscores, and is more than dots")
        return self._written(patient_id)

    def newest(self, resources: Iterable[Json]) -> str:
        """The newest date among resources of this query, as they give it; "" where none has one."""
        dated = [(when[0], text) for resource in resources for text in (self._date(resource),) if (when := moment(text))]
        return max(dated)[1] if dated else ""

    def _date(self, resource: Json) -> str:
        for element in self.dates:
            value = resource.get(element)
            if isinstance(value, dict):
                value = value.get("end") or value.get("start")
            if isinstance(value, str) and moment(value):
                return value
        return ""

    def _written(self, patient: str) -> str:
        if self.resource_type == "Patient":
            return f"Patient/{patient}"
        options = "".join(f"&{name}={quote(value, safe=_LEFT_AS_THEY_ARE)}" for name, value in self.parameters)
        return f"{self.resource_type}?patient={patient}{options}"


def is_usable_id(text: str) -> bool:
    """Whether an id can stand in the URL of a read or search and change nothing else of it."""
    return _USABLE_ID.fullmatch(text) is not None


def _any_of(codes: Iterable[SystemCode]) -> str:
    """One token parameter for any of these codes; a code without a system is searched for in every system."""
    return ",".join("|".join(_SEPARATORS.sub(r"\\\g<0>", part) for part in code if part) for code in codes)


_PRESSURES: tuple[SystemCode, ...] = (
    loinc.BLOOD_PRESSURE_PANEL[:2],
    loinc.SYSTOLIC[:2],
    loinc.AVERAGE_BLOOD_PRESSURE_PANEL[:2],
    loinc.AVERAGE_SYSTOLIC[:2],
    # A femoral pressure has no part in an index.
    *(code for code, place in ARTERY_CODES.items() if place.site),
)
# The components of a laboratory's own panel have no Observation of their own to search for.
_INDICES: tuple[SystemCode, ...] = (
    *(code for code in INDEX_CODES if code[0] != LITHUANIAN_COMPONENTS),
    loinc.ARTERIOSCLEROSIS_STUDIES_PANEL[:2],
)
_FINDINGS: tuple[SystemCode, ...] = (
    loinc.SMOKING_STATUS[:2],
    loinc.EGFR_CKD_EPI_2021[:2],
    loinc.EGFR_CKD_EPI_2009[:2],
    loinc.EGFR_MDRD[:2],
    loinc.BODY_MASS_INDEX[:2],
    loinc.DORSALIS_PEDIS_PULSE_RIGHT[:2],
    loinc.DORSALIS_PEDIS_PULSE_LEFT[:2],
    # No public code says the oxygen pressure of a foot: a record that holds it under our own code is asked for that.
    *((FINDING_SYSTEM, code) for code in sorted(PRESSURES)),
)
_OBSERVED = ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued")
_NEWEST_FIRST = ("_sort", "-date")

RECORD_QUERIES: tuple[RecordQuery, ...] = (
    RecordQuery(key="patient", resource_type="Patient", about="the patient, with sex and date of birth", mandatory=True),
    RecordQuery(
        key="pressures",
        resource_type="Observation",
        about="blood pressures of arms, ankles and toes",
        parameters=(("code", _any_of(_PRESSURES)), _NEWEST_FIRST, ("_count", "100")),
        dates=_OBSERVED,
        mandatory=True,
    ),
    RecordQuery(
        key="indices",
        resource_type="Observation",
        about="ankle- and toe-brachial indices measured elsewhere",
        parameters=(("code", _any_of(_INDICES)), _NEWEST_FIRST, ("_count", "50")),
        dates=_OBSERVED,
        mandatory=True,
    ),
    RecordQuery(
        key="findings",
        resource_type="Observation",
        about="smoking, kidney function, body mass index, foot pulses and the oxygen pressure of the feet",
        parameters=(("code", _any_of(_FINDINGS)), _NEWEST_FIRST, ("_count", "50")),
        dates=_OBSERVED,
    ),
    RecordQuery(
        key="questionnaires",
        resource_type="QuestionnaireResponse",
        about="answered questionnaires",
        parameters=(("_sort", "-authored"), ("_count", "10")),
        dates=("authored",),
    ),
    RecordQuery(
        key="conditions",
        resource_type="Condition",
        about="the problem list and diagnoses, ended ones too: a past stroke or cancer counts",
        parameters=(("_count", "200"),),
        dates=("recordedDate", "onsetDateTime", "onsetPeriod"),
        mandatory=True,
    ),
    RecordQuery(
        key="procedures",
        resource_type="Procedure",
        about="operations and interventions",
        parameters=(_NEWEST_FIRST, ("_count", "100")),
        dates=("performedDateTime", "performedPeriod"),
    ),
    RecordQuery(
        key="devices",
        resource_type="Device",
        about="implants, which decide about MRI",
        parameters=(("_count", "50"),),
        dates=("manufactureDate",),
    ),
    RecordQuery(
        key="device-use",
        resource_type="DeviceUseStatement",
        about="which implants are in place",
        parameters=(("_count", "50"),),
        dates=("recordedOn", "timingDateTime", "timingPeriod"),
    ),
    RecordQuery(
        key="allergies",
        resource_type="AllergyIntolerance",
        about="allergies, of which those to contrast count",
        parameters=(("_count", "100"),),
        dates=("recordedDate", "onsetDateTime"),
    ),
    RecordQuery(
        key="family-history",
        resource_type="FamilyMemberHistory",
        about="artery disease in the family",
        parameters=(("_count", "50"),),
        dates=("date",),
    ),
    RecordQuery(
        key="orders",
        resource_type="ServiceRequest",
        about="orders that stand open",
        parameters=(("status", "active"), ("_sort", "-authored"), ("_count", "100")),
        dates=("authoredOn",),
    ),
    RecordQuery(
        key="reports",
        resource_type="DiagnosticReport",
        about="studies already reported",
        parameters=(_NEWEST_FIRST, ("_count", "100")),
        dates=_OBSERVED,
    ),
    RecordQuery(
        key="images",
        resource_type="ImagingStudy",
        about="images already taken",
        parameters=(("_sort", "-started"), ("_count", "50")),
        dates=("started",),
    ),
)

MANDATORY: tuple[str, ...] = tuple(query.key for query in RECORD_QUERIES if query.mandatory)


def record_queries(codes: DeploymentCodes) -> tuple[RecordQuery, ...]:
    """The queries with a deployment's own codes of pressures, indices and findings asked for as well."""
    local = {"pressures": codes.pressures, "indices": codes.indices, "findings": codes.findings}
    return tuple(_asking_also(query, tuple(local.get(query.key, ()))) for query in RECORD_QUERIES)


def _asking_also(query: RecordQuery, codes: tuple[SystemCode, ...]) -> RecordQuery:
    if not codes:
        return query
    more = _any_of(codes)
    return replace(
        query, parameters=tuple((name, f"{value},{more}" if name == "code" else value) for name, value in query.parameters)
    )
