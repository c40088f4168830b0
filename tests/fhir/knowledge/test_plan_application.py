"""What a request to apply the plan says, and every way in which it can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.assessment import Setting
from service.errors import BadRequest, Unprocessable
from service.fhir.elements import Json
from service.fhir.knowledge.plan_application import PlanApplication, check_subject, read_application
from service.fhir.knowledge.plan_operation_definition import apply_definition
from tests.judges.panel import Panel

URL = "https://claudication-cds.example/fhir/PlanDefinition/claudication"
DATA: Json = {"resourceType": "Bundle", "type": "collection"}
SUBJECT = {"name": "subject", "valueString": "Patient/p1"}
RECORD = {"name": "data", "resource": DATA}


def parameters(*given: dict[str, Any]) -> Json:
    return {"resourceType": "Parameters", "parameter": list(given)}


def by_id(*given: dict[str, Any]) -> PlanApplication:
    return read_application(parameters(*given), {}, names_plan=True, evidence_version="e1")


def by_type(*given: dict[str, Any]) -> PlanApplication:
    return read_application(parameters(*given), {}, names_plan=False, evidence_version="e1")


def refused(*given: dict[str, Any], names_plan: bool = True) -> str:
    with pytest.raises(BadRequest) as error:
        read_application(parameters(*given), {}, names_plan=names_plan, evidence_version="e1")
    return str(error.value)


def test_the_judges_accept_the_published_definition(panel: Panel) -> None:
    assert panel.complaints(apply_definition()) == []


def test_the_published_definition_has_the_parameters_that_are_read() -> None:
    ins = [one["name"] for one in apply_definition()["parameter"] if one["use"] == "in"]
    for name in ins:
        assert "there is no parameter" not in refused({"name": name})
    assert "there are: " + ", ".join(ins) in refused({"name": "patient", "valueString": "Patient/p1"})


def test_subject_and_data_are_enough_where_the_address_names_the_plan() -> None:
    asked = by_id(SUBJECT, RECORD)
    assert (asked.bundle, asked.subject) == (DATA, "Patient/p1")
    assert (asked.setting, asked.as_of) == (Setting.PRIMARY_CARE, None)
    assert (asked.context.encounter, asked.context.contributors) == ("", ())


def test_the_whole_context_is_read() -> None:
    asked = by_id(
        {"name": "subject", "valueReference": {"reference": "Patient/p1"}},
        RECORD,
        {"name": "setting", "valueCodeableConcept": {"coding": [{"system": "urn:x", "code": "AMB"}, {"code": "spine-clinic"}]}},
        {"name": "asOf", "valueDateTime": "2026-03-02T09:30:00Z"},
        {"name": "encounter", "valueString": "Encounter/e1"},
        {"name": "practitioner", "valueString": "PractitionerRole/r1"},
        {"name": "organization", "valueString": "https://ehr.example/fhir/Organization/o1"},
    )
    assert asked.setting is Setting.SPINE_CLINIC
    assert asked.as_of is not None
    assert asked.as_of.isoformat() == "2026-03-02T09:30:00+00:00"
    assert asked.context.encounter == "Encounter/e1"
    assert asked.context.contributors == ("PractitionerRole/r1", "https://ehr.example/fhir/Organization/o1")


@pytest.mark.parametrize(
    "named",
    [
        {"name": "url", "valueUri": URL},
        {"name": "url", "valueCanonical": f"{URL}|0.1.0-evidence-e1"},
        {"name": "planDefinition", "resource": {"resourceType": "PlanDefinition", "url": URL}},
        {"name": "planDefinition", "resource": {"resourceType": "PlanDefinition", "url": URL, "version": "0.1.0-evidence-e1"}},
    ],
)
def test_at_the_type_the_plan_is_named_by_its_address_or_given(named: dict[str, Any]) -> None:
    assert by_type(named, SUBJECT, RECORD).bundle == DATA


@pytest.mark.parametrize(
    "named",
    [
        {"name": "url", "valueUri": "https://elsewhere.example/PlanDefinition/claudication"},
        {"name": "url", "valueUri": f"{URL}|0.0.9"},
        {"name": "planDefinition", "resource": {"resourceType": "PlanDefinition", "url": URL, "version": "7"}},
        {"name": "planDefinition", "resource": {"resourceType": "PlanDefinition"}},
    ],
)
def test_a_plan_that_is_not_here_is_refused_and_the_one_that_is_named(named: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match=r"there is https://claudication-cds.*\|0.1.0-evidence-e1"):
        by_type(named, SUBJECT, RECORD)


def test_the_plan_is_named_once_in_one_place() -> None:
    url = {"name": "url", "valueUri": URL}
    assert "said 0 times" in refused(SUBJECT, RECORD, names_plan=False)
    whole = {"name": "planDefinition", "resource": {"resourceType": "PlanDefinition", "url": URL}}
    assert "said 2 times" in refused(url, whole, SUBJECT, RECORD, names_plan=False)
    assert "already names the plan" in refused(url, SUBJECT, RECORD)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = refused(
        {"name": "setting", "valueCodeableConcept": {"coding": [{"code": "AMB"}]}},
        {"name": "asOf", "valueString": "soon"},
        {"name": "encounter", "valueString": "Patient/p1"},
        {"name": "practitioner", "valueString": "Practitioner/a b"},
        {"name": "organization"},
        {"name": "userLanguage", "valueCodeableConcept": {"text": "en"}},
        {"name": "data", "resource": {"resourceType": "Patient"}},
        {"name": "planDefinition", "valueString": "claudication"},
    )
    for part in (
        "setting is 'AMB'",
        "asOf is 'soon'",
        "encounter is 'Patient/p1'; give a reference, Encounter/<id>",
        "practitioner is 'Practitioner/a b'; give a reference, Practitioner/<id> or PractitionerRole/<id>",
        "the parameter organization is not usable; give it a value",
        "not tailored to userLanguage",
        "the parameter data is not usable; give it a Bundle",
        "the parameter planDefinition is not usable; give it a PlanDefinition",
        "there are 0 Bundles",
        "subject is missing",
    ):
        assert part in told


def test_a_concept_without_a_code_is_no_setting() -> None:
    assert "setting is not usable" in refused(SUBJECT, RECORD, {"name": "setting", "valueCodeableConcept": {"text": "clinic"}})


def test_one_patient_with_one_record() -> None:
    assert "subject is given more than once" in refused(SUBJECT, SUBJECT, RECORD)
    assert "there are 2 Bundles" in refused(SUBJECT, RECORD, RECORD)


def test_a_bare_bundle_has_the_rest_in_the_query() -> None:
    asked = read_application(
        DATA, {"url": [URL], "subject": ["Patient/p1"], "setting": ["spine-clinic"]}, names_plan=False, evidence_version="e1"
    )
    assert (asked.subject, asked.setting) == ("Patient/p1", Setting.SPINE_CLINIC)
    assert read_application(DATA, {}, names_plan=True, evidence_version="e1").subject == ""


def test_a_query_cannot_hold_resources_nor_stand_beside_parameters() -> None:
    with pytest.raises(BadRequest, match="no parameter 'data'"):
        read_application(DATA, {"data": ["x"]}, names_plan=True, evidence_version="e1")
    with pytest.raises(BadRequest, match="setting is given beside Parameters"):
        read_application(parameters(SUBJECT, RECORD), {"setting": ["x"]}, names_plan=True, evidence_version="e1")


@pytest.mark.parametrize("document", [{"resourceType": "Patient"}, {"resourceType": "PlanDefinition"}])
def test_another_resource_is_refused_with_what_to_send(document: Json) -> None:
    with pytest.raises(Unprocessable, match="send Parameters with subject and data"):
        read_application(document, {}, names_plan=True, evidence_version="e1")


def test_what_is_no_resource_is_refused() -> None:
    with pytest.raises(BadRequest, match="an array"):
        read_application([], {}, names_plan=True, evidence_version="e1")


def record(full_url: str = "", identity: str = "p1") -> Json:
    patient = {"resourceType": "Patient", "id": identity} if identity else {"resourceType": "Patient"}
    entry: Json = {"resource": patient, **({"fullUrl": full_url} if full_url else {})}
    return {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation"}}, {}, entry]}


URN = "urn:uuid:0b7a51a6-37a2-4a6b-8d2f-3f9a4b3c2d1e"


@pytest.mark.parametrize(
    ("subject", "bundle", "patient"),
    [
        ("", record(), {"reference": "Patient/p1"}),
        ("Patient/p1", record(), {"reference": "Patient/p1"}),
        ("Patient/p1/_history/3", record(), {"reference": "Patient/p1"}),
        ("Patient/p1", record(URN), {"reference": "Patient/p1"}),
        (URN.upper().replace("URN:UUID", "urn:uuid"), record(URN), {"reference": "Patient/p1"}),
        (URN, record(URN, ""), {"type": "Patient", "identifier": {"value": URN}}),
        ("Patient/p1", record("https://a.example/fhir/Patient/p1"), {"reference": "Patient/p1"}),
        ("https://a.example/fhir/Patient/p1", record("https://a.example/fhir/Patient/p1"), {"reference": "Patient/p1"}),
        ("https://a.example/fhir/Patient/p1", record(), {"reference": "Patient/p1"}),
        ("Patient/p1", {"resourceType": "Bundle"}, {"reference": "https://a.example/fhir/Patient/p1"}),
    ],
)
def test_the_data_is_of_the_subject(subject: str, bundle: Json, patient: Json) -> None:
    check_subject(subject, bundle, patient)


@pytest.mark.parametrize(
    ("subject", "bundle", "patient"),
    [
        ("Patient/p2", record(), {"reference": "Patient/p1"}),
        ("p1", record(), {"reference": "Patient/p1"}),
        ("Group/p1", record(), {"reference": "Patient/p1"}),
        ("urn:uuid:1", record(URN), {"reference": "Patient/p1"}),
        ("https://b.example/fhir/Patient/p1", record("https://a.example/fhir/Patient/p1"), {"reference": "Patient/p1"}),
    ],
)
def test_the_plan_is_not_applied_to_one_patient_with_the_data_of_another(subject: str, bundle: Json, patient: Json) -> None:
    with pytest.raises(Unprocessable, match="but the data is about 'Patient/p1'"):
        check_subject(subject, bundle, patient)
