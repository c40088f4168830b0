"""What is read from a record: declared once, safe for every CDS Hooks 2.0 client, and enough for every reader there is."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from service.clinical.measurements import IndexKind, Site
from service.fhir.exchange.record_queries import MANDATORY, RECORD_QUERIES, RecordQuery, record_queries
from service.fhir.extract import READERS
from service.fhir.limbs.index_codes import INDEX_CODES, LITHUANIAN_COMPONENTS
from service.fhir.mapping import DeploymentCodes, MappedFinding, MappedIndex, MappedSite
from service.fhir.terminology import loinc

BY_KEY = {query.key: query for query in RECORD_QUERIES}
SAFE_PARAMETERS = {"patient", "code", "status", "_sort", "_count"}


@pytest.mark.requirement("55")
@pytest.mark.requirement("56")
@pytest.mark.requirement("57")
@pytest.mark.requirement("59")
@pytest.mark.parametrize("query", RECORD_QUERIES, ids=lambda query: query.key)
def test_a_template_has_one_token_and_it_is_a_primitive_at_the_root_of_the_context(query: RecordQuery) -> None:
    assert re.findall(r"\{\{(.*?)\}\}", query.template()) == ["context.patientId"]


@pytest.mark.requirement("58")
@pytest.mark.parametrize("query", RECORD_QUERIES, ids=lambda query: query.key)
def test_a_template_uses_only_what_cds_hooks_recommends(query: RecordQuery) -> None:
    if query.key == "patient":
        assert query.template() == "Patient/{{context.patientId}}"
        return
    resource_type, _, options = query.template().partition("?")
    assert resource_type == query.resource_type
    parameters = dict(parse_qsl(options))
    assert set(parameters) <= SAFE_PARAMETERS
    assert parameters["patient"] == "{{context.patientId}}"
    assert int(parameters["_count"]) <= 200


@pytest.mark.parametrize("query", RECORD_QUERIES, ids=lambda query: query.key)
def test_a_search_is_the_template_with_the_patient_in_it(query: RecordQuery) -> None:
    assert query.search("p1") == query.template().replace("{{context.patientId}}", "p1")


@pytest.mark.parametrize("patient_id", ["", ".", "..", "a/b", "a?b", "a b", "a&_count=1", "a%2f", "x" * 257])
def test_an_id_that_would_change_the_url_is_refused(patient_id: str) -> None:
    with pytest.raises(ValueError):
        BY_KEY["patient"].search(patient_id)


def test_every_type_that_has_a_reader_is_asked_for() -> None:
    assert {query.resource_type for query in RECORD_QUERIES} == {"Patient", *READERS}


def test_what_nothing_can_be_judged_without_is_mandatory() -> None:
    assert MANDATORY == ("patient", "pressures", "indices", "conditions")


def test_keys_stand_once_and_say_what_they_bring() -> None:
    assert len(BY_KEY) == len(RECORD_QUERIES)
    assert all(query.about for query in RECORD_QUERIES)


def test_every_index_that_can_be_read_is_asked_for_but_components_which_have_no_observation_of_their_own() -> None:
    asked = BY_KEY["indices"].search("p1")
    assert [f"{system}|{code}" in asked for system, code in INDEX_CODES if system != LITHUANIAN_COMPONENTS] == [True] * 9
    assert LITHUANIAN_COMPONENTS not in asked


def test_a_femoral_pressure_which_no_index_uses_is_not_asked_for() -> None:
    asked = BY_KEY["pressures"].search("p1")
    assert loinc.DORSALIS_PEDIS_SYSTOLIC_LEFT.code in asked
    assert loinc.FEMORAL_SYSTOLIC_LEFT.code not in asked


def test_the_codes_of_a_deployment_are_asked_for_as_well() -> None:
    codes = DeploymentCodes(
        pressures={("https://hospital.example/flowsheet", "R-PT"): MappedSite(site=Site.POSTERIOR_TIBIAL)},
        indices={("", "ABI,L|R$1\\2"): MappedIndex(kind=IndexKind.ABI)},
        findings={("https://hospital.example/form", "smokes now"): MappedFinding(code="smoking-status", value="current")},
    )
    asked = {query.key: query.search("p1") for query in record_queries(codes)}
    assert ",https://hospital.example/flowsheet|R-PT&_sort" in asked["pressures"]
    assert ",ABI%5C,L%5C|R%5C%241%5C%5C2&_sort" in asked["indices"]
    assert ",https://hospital.example/form|smokes%20now&_sort" in asked["findings"]
    assert asked["conditions"] == BY_KEY["conditions"].search("p1")


def test_without_local_codes_nothing_changes() -> None:
    assert record_queries(DeploymentCodes()) == RECORD_QUERIES


def test_the_newest_date_among_resources_is_told_as_they_give_it() -> None:
    observations = [
        {"effectiveDateTime": "2025-03-02"},
        {"effectivePeriod": {"start": "2025-03-02T10:00:00+02:00", "end": "2025-03-02T10:20:00+02:00"}},
        {"effectivePeriod": {"start": "2025-02-01"}},
        {"effectiveDateTime": "soon", "issued": "2025-01-01T00:00:00Z"},
        {"effectiveDateTime": 2025},
        {},
    ]
    assert BY_KEY["pressures"].newest(observations) == "2025-03-02T10:20:00+02:00"
    assert BY_KEY["pressures"].newest([]) == ""
    assert BY_KEY["patient"].newest([{"birthDate": "1955-06-01"}]) == ""
