"""Every entry is read once or said to be unused once, and one bad entry never harms another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.assessment import OpenOrder, Sex
from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding
from service.clinical.measurements import IndexKind, Pressure, ReportedIndex, Side, Site
from service.fhir.bundle import open_bundle
from service.fhir.extract import READERS, Extract, extract
from service.fhir.mapping import DeploymentCodes
from service.fhir.reading import Context, Entry, Read, Reader
from service.fhir.remarks import remark
from service.fhir.structure_schema import CHECKED_TYPES
from tests.claudicant import claudicant
from tests.fhir.entries import AS_OF, LIMITS

Json = dict[str, Any]
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "birthDate": "1956-01-31", "gender": "female"}


def observation(identity: str = "o1", **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "11111-1"}]},
        "subject": {"reference": "Patient/p1"},
        **more,
    }


def extracted(*resources: Json, readers: Mapping[str, tuple[Reader, ...]] = READERS, patient: Json = PATIENT) -> Extract:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (patient, *resources)]}
    return extract(open_bundle(bundle), as_of=AS_OF, codes=DeploymentCodes(), limits=LIMITS, readers=readers)


def said(result: Extract) -> list[tuple[str, str | None, bool]]:
    return [(issue.code.value, issue.source, issue.used) for issue in result.issues]


def read_all(entry: Entry, context: Context) -> Read | None:
    """A reader that gives one of everything, and the second time something else."""
    if entry.resource["id"] == "not-mine":
        return None
    return Read(
        pressures=(Pressure(site=Site.ANKLE, side=Side.LEFT, mmhg=Decimal(90), source=entry.reference, taken_at=None),),
        reported=(
            ReportedIndex(kind=IndexKind.ABI, side=Side.LEFT, value=Decimal("0.7"), source=entry.reference, taken_at=None),
        ),
        findings=(Finding(code="diabetes", value=entry.resource["id"] == "o1", source=entry.reference),),
        open_orders=(OpenOrder(code="arterial-duplex", source=entry.reference),),
        issues=(remark(entry, IssueCode.NEAR_THRESHOLD, "near", used=True),),
    )


def test_what_the_readers_give_is_gathered_in_the_order_of_the_input() -> None:
    result = extracted(observation("o1"), observation("o2"), readers={"Observation": (read_all,)})

    assert (result.patient_reference, result.age_years, result.sex) == ("Patient/p1", 70, Sex.FEMALE)
    assert [one.source for one in result.measurements.pressures] == ["Observation/o1", "Observation/o2"]
    assert [one.source for one in result.measurements.reported] == ["Observation/o1", "Observation/o2"]
    assert [one.source for one in result.open_orders] == ["Observation/o1", "Observation/o2"]
    assert result.findings.value("diabetes") is True
    assert said(result) == [
        ("near-threshold", "Observation/o1", True),
        ("near-threshold", "Observation/o2", True),
        ("conflicting-answers", "Observation/o2", False),
    ]


def test_the_first_reader_that_knows_a_resource_reads_it() -> None:
    def nobody(entry: Entry, context: Context) -> Read | None:
        return None

    result = extracted(observation("o1"), observation("not-mine"), readers={"Observation": (nobody, read_all)})

    assert len(result.measurements.pressures) == 1
    assert said(result)[1] == ("not-relevant", "Observation/not-mine", False)


@pytest.mark.parametrize(
    ("code", "issue", "named"),
    [
        ({"coding": [{"system": "http://loinc.org", "code": "11111-1"}]}, "not-relevant", "http://loinc.org|11111-1"),
        ({"coding": [{"system": "urn:ours", "code": "PAS-L"}]}, "code-not-understood", "urn:ours|PAS-L"),
        ({"coding": [{"code": "PAS-L"}]}, "code-not-understood", "PAS-L"),
        ({"text": "something"}, "code-not-understood", "something"),
        ({"coding": [{"system": "urn:ours"}]}, "code-not-understood", "no code"),
    ],
)
def test_an_observation_nobody_knows_is_told_by_its_code(code: Json, issue: str, named: str) -> None:
    result = extracted(observation(code=code), readers={"Observation": ()})

    assert said(result) == [(issue, "Observation/o1", False)]
    assert named in result.issues[0].detail
    assert result.issues[0].expression == "Bundle.entry[1].resource.code"


def test_a_type_nobody_reads_is_told_once() -> None:
    result = extracted({"resourceType": "Coverage", "id": "c"}, {"resourceType": "Bundle", "id": "b", "type": "collection"})

    assert said(result) == [("not-relevant", "Coverage/c", False), ("not-relevant", "Bundle/b", False)]


ENCOUNTER: Json = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "finished",
    "class": {"code": "AMB"},
    "subject": {"reference": "Patient/p1"},
}
FORM: Json = {"resourceType": "Questionnaire", "id": "q", "url": "https://ehr.example/Questionnaire/legs", "status": "active"}


def test_what_only_serves_others_is_told_where_nothing_points_at_it() -> None:
    result = extracted(ENCOUNTER, {"resourceType": "BodyStructure", "id": "b", "patient": {"reference": "Patient/p1"}}, FORM)

    assert said(result) == [
        ("not-relevant", reference, False) for reference in ("Encounter/e", "BodyStructure/b", "Questionnaire/q")
    ]


def test_what_serves_a_resource_that_was_read_is_not_told_as_unused() -> None:
    answers = {
        "resourceType": "QuestionnaireResponse",
        "id": "r",
        "status": "completed",
        "questionnaire": f"{FORM['url']}|2",
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e"},
    }

    assert said(extracted(ENCOUNTER, FORM, answers)) == []


def test_a_finding_dated_after_the_assessment_is_not_used() -> None:
    def ahead(entry: Entry, context: Context) -> Read:
        return Read(
            findings=(
                Finding(code="diabetes", value=True, source=entry.reference, recorded_at=context.as_of + timedelta(days=2)),
            )
        )

    result = extracted(observation(), readers={"Observation": (ahead,)})

    assert said(result) == [("value-implausible", "Observation/o1", False)]
    assert not result.findings.known("diabetes")


def test_a_broken_resource_is_set_aside_with_its_first_problems_and_the_rest_is_used() -> None:
    broken = observation("bad", status="done", category=[], issued="x", id="o_2", valueString="")
    result = extracted(broken, observation("o1"), readers={"Observation": (read_all,)})

    assert [one.source for one in result.measurements.pressures] == ["Observation/o1"]
    assert said(result)[0] == ("structure-invalid", "Observation/o_2", False)
    assert len(said(result)) == 2
    assert "set aside" in result.issues[0].detail
    assert "And 2 more." in result.issues[0].detail


def test_a_harmless_fault_is_told_and_the_resource_used() -> None:
    result = extracted(observation("o1", colour="blue"), readers={"Observation": (read_all,)})

    assert len(result.measurements.pressures) == 1
    assert said(result)[0] == ("structure-invalid", "Observation/o1", True)
    assert result.issues[0].expression == "Bundle.entry[1].resource.colour"


def test_a_broken_patient_is_used_for_what_can_be_read() -> None:
    result = extracted(
        observation(), patient={**PATIENT, "name": "Ada", "birthDate": "1956-02-30"}, readers={"Observation": (read_all,)}
    )

    assert (result.age_years, result.sex) == (None, Sex.FEMALE)
    assert len(result.measurements.pressures) == 1
    assert said(result)[:2] == [("structure-invalid", "Patient/p1", True), ("value-missing", "Patient/p1", False)]


def test_without_a_patient_resource_the_pressures_are_read_all_the_same() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": observation()}]}
    result = extract(
        open_bundle(bundle), as_of=AS_OF, codes=DeploymentCodes(), limits=LIMITS, readers={"Observation": (read_all,)}
    )

    assert len(result.measurements.pressures) == 1
    assert said(result)[0] == ("value-missing", "Patient/p1", False)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"modifierExtension": [{"url": "urn:not-really", "valueBoolean": True}]}, "modifierExtension"),
        (
            {"component": [{"code": {"text": "x"}, "modifierExtension": [{"url": "urn:not-really", "valueBoolean": True}]}]},
            "component.modifierExtension",
        ),
        ({"implicitRules": "urn:our-own-rules"}, "implicitRules"),
    ],
)
def test_what_changes_the_meaning_in_an_unknown_way_is_not_used(more: Json, where: str) -> None:
    result = extracted(observation(**more), readers={"Observation": (read_all,)})

    assert result.measurements.pressures == ()
    assert said(result) == [("code-not-understood", "Observation/o1", False)]
    assert result.issues[0].expression == f"Bundle.entry[1].resource.{where}"


def test_a_modifier_without_a_url_is_told_as_such() -> None:
    result = extracted(observation(modifierExtension=[]), readers={"Observation": (read_all,)})

    assert [issue for issue, _, _ in said(result)] == ["code-not-understood", "structure-invalid"]


def test_a_reader_that_fails_costs_its_own_entry_only() -> None:
    def fails(entry: Entry, context: Context) -> Read | None:
        if entry.resource["id"] == "o1":
            raise KeyError("the value of a patient")
        return read_all(entry, context)

    result = extracted(observation("o1"), observation("o2"), readers={"Observation": (fails,)})

    assert [one.source for one in result.measurements.pressures] == ["Observation/o2"]
    assert said(result)[0] == ("structure-invalid", "Observation/o1", False)
    assert "KeyError" in result.issues[0].detail
    assert "the value of a patient" not in result.issues[0].detail


def test_a_reader_finds_what_its_resource_refers_to_unless_it_is_broken() -> None:
    found: list[str | None] = []

    def looks(entry: Entry, context: Context) -> Read | None:
        for site in ("BodyStructure/good", "BodyStructure/bad", "BodyStructure/none"):
            target = context.find(entry, site)
            found.append(target and target.reference)
        return Read()

    about = {"patient": {"reference": "Patient/p1"}}
    result = extracted(
        observation(),
        {"resourceType": "BodyStructure", "id": "good", **about},
        {"resourceType": "BodyStructure", "id": "bad", "location": 7, **about},
        readers={"Observation": (looks,)},
    )

    assert found == ["BodyStructure/good", None, None]
    assert said(result) == [("structure-invalid", "BodyStructure/bad", False)]


def test_the_forms_of_the_bundle_are_at_hand_by_url_with_and_without_version() -> None:
    seen: list[list[str]] = []

    def looks(entry: Entry, context: Context) -> Read | None:
        seen.append(sorted(context.questionnaires))
        return Read()

    form = {"resourceType": "Questionnaire", "id": "q", "status": "active", "url": "https://ehr.example/form", "version": "2"}
    broken = {**form, "id": "r", "url": "https://ehr.example/broken", "status": "done"}
    without = {"resourceType": "Questionnaire", "id": "s", "status": "active"}
    extracted(observation(), form, broken, without, readers={"Observation": (looks,)})

    assert seen == [["https://ehr.example/form", "https://ehr.example/form|2"]]


def test_every_type_that_is_read_is_checked_first() -> None:
    assert set(READERS) <= CHECKED_TYPES


def test_the_last_moment_that_can_be_written_is_a_moment_like_any_other() -> None:
    read = extract(
        open_bundle(claudicant()), as_of=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), codes=DeploymentCodes(), limits=LIMITS
    )
    assert read.findings
