"""A record that was read: each resource once, nothing of ours, nobody else's, and what is lacking is said."""

from __future__ import annotations

import pytest

from service.errors import BadGateway
from service.fhir.exchange.gathered import gathered_bundle, only_about

MINE = {"resourceType": "Observation", "id": "a", "subject": {"reference": "Patient/7"}}
OTHERS = {"resourceType": "Observation", "id": "b", "subject": {"reference": "Patient/8"}}


def test_a_resource_that_two_searches_found_is_there_once_and_one_that_changed_meanwhile_twice() -> None:
    changed = {**MINE, "status": "final"}
    found = gathered_bundle("7", [MINE, dict(MINE), changed])
    assert [one["resource"] for one in found["entry"]] == [MINE, changed]


def test_somebody_elses_resource_stops_everything() -> None:
    with pytest.raises(BadGateway) as refused:
        gathered_bundle("7", [MINE, OTHERS])
    assert "Nothing was assessed" in refused.value.problems[0].diagnostics
    assert "Patient/8" not in refused.value.problems[0].diagnostics


def test_what_is_lacking_stands_in_the_bundle_itself() -> None:
    found = gathered_bundle("7", [MINE], lacking=["the second page of Observation did not come"])
    assert found["entry"][1]["resource"]["issue"] == [
        {"severity": "warning", "code": "incomplete", "diagnostics": "the second page of Observation did not come"}
    ]


def test_of_a_search_that_left_out_the_patient_only_what_names_him_is_taken() -> None:
    patient = {"resourceType": "Patient", "id": "7"}
    assert only_about("7", [patient, MINE, OTHERS, {"resourceType": "Observation", "id": "c"}]) == [patient, MINE]
