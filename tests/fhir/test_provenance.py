from __future__ import annotations

from service import __version__
from service.fhir.provenance import device, provenance
from tests.fhir.assessments import EVIDENCE, FRAME


def test_the_program_tells_its_version_and_that_of_its_evidence() -> None:
    resource = device(evidence_version=EVIDENCE)
    assert [one["value"] for one in resource["version"]] == [__version__, EVIDENCE]
    assert resource["status"] == "active"


def test_the_program_is_one_resource_for_one_version_and_another_for_other_evidence() -> None:
    assert device(evidence_version="1") == device(evidence_version="1")
    assert device(evidence_version="1")["id"] != device(evidence_version="2")["id"]


def test_the_identifier_needs_no_escape_in_a_search() -> None:
    assert not set("+ &#%,|$") & set(device(evidence_version=EVIDENCE)["identifier"][0]["value"])


def test_provenance_names_maker_results_and_inputs() -> None:
    resource = provenance([{"id": "a"}, {"id": "b"}], FRAME, sources=("Observation/1", "urn:uuid:2"))
    assert resource["target"] == [{"reference": "urn:uuid:a"}, {"reference": "urn:uuid:b"}]
    assert resource["agent"][0]["who"] == FRAME.device
    assert resource["entity"] == [
        {"role": "source", "what": {"reference": "Observation/1"}},
        {"role": "source", "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:2"}}},
    ]


def test_without_inputs_there_is_no_entity() -> None:
    assert "entity" not in provenance([{"id": "a"}], FRAME, sources=())
