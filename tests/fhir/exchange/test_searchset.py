"""What is read back leads nowhere it cannot be followed."""

from __future__ import annotations

from datetime import UTC, datetime

from service.fhir.exchange.searchset import nothing_kept_outcome, published, searchset
from service.fhir.identity import full_url

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RISK = "5c5bb2a8-2b5f-5d2a-9c3f-0d0b6d1c1a11"
OUTCOME = "5c5bb2a8-2b5f-5d2a-9c3f-0d0b6d1c1a22"
ENTRIES = [{"resourceType": "RiskAssessment", "id": RISK}, {"resourceType": "OperationOutcome", "id": OUTCOME}]


def test_a_reference_goes_by_type_and_id_where_it_can_be_read_back_and_by_identifier_where_not() -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "x",
        "meta": {"profile": ["p"]},
        "reasonReference": [{"reference": full_url(RISK), "display": "why"}, {"reference": full_url(OUTCOME)}],
        "subject": {"reference": "Patient/7"},
    }
    shown = published(order, ENTRIES, recorded_at=AT)
    assert shown["reasonReference"] == [
        {"reference": f"RiskAssessment/{RISK}", "display": "why"},
        {"type": "OperationOutcome", "identifier": {"system": "urn:ietf:rfc:3986", "value": full_url(OUTCOME)}},
    ]
    assert shown["subject"] == {"reference": "Patient/7"}
    assert shown["meta"] == {"profile": ["p"], "lastUpdated": "2026-03-02T09:30:00.000000+00:00"}


def test_a_page_of_results_names_each_at_its_address_and_says_what_they_do_not() -> None:
    outcome = nothing_kept_outcome("nothing of patients is kept here")
    page = searchset(
        [{"resourceType": "RiskAssessment", "id": RISK}],
        base="https://cds.example/fhir",
        total=3,
        links={"self": "https://cds.example/fhir/RiskAssessment"},
        outcome=outcome,
    )
    assert page["total"] == 3
    assert page["link"] == [{"relation": "self", "url": "https://cds.example/fhir/RiskAssessment"}]
    assert [one["search"]["mode"] for one in page["entry"]] == ["match", "outcome"]
    assert page["entry"][0]["fullUrl"] == f"https://cds.example/fhir/RiskAssessment/{RISK}"
    assert page["entry"][1]["resource"] == outcome


def test_no_result_is_no_list() -> None:
    assert "entry" not in searchset([], base="https://cds.example/fhir", total=0, links={})
