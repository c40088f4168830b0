from __future__ import annotations

import pytest

from service.clinical.data_issues import DataIssue, IssueCode
from service.errors import Problem
from service.fhir.operation_outcome import error_outcome, information_outcome, input_outcome
from tests.fhir.assessments import FRAME, assessment
from tests.judges.panel import Panel


def test_one_issue_for_each_thing_with_element_reason_and_source() -> None:
    outcome = input_outcome(assessment().issues, FRAME)
    assert outcome["issue"][0] == {
        "severity": "warning",
        "code": "value",
        "details": {
            "coding": [
                {
                    "system": "https://claudication-cds.example/fhir/CodeSystem/data-issue",
                    "code": "unit-not-understood",
                    "display": "Unit not understood",
                }
            ],
            "text": "Unit not understood",
        },
        "diagnostics": "Not used (Observation/odd): The unit 'cmH2O' of the pressure is not known; send mm[Hg].",
        "expression": ["Bundle.entry[3].resource.valueQuantity.unit"],
    }
    assert [issue["severity"] for issue in outcome["issue"]] == ["warning", "information", "information", "warning"]
    assert "expression" not in outcome["issue"][3]


def test_when_everything_was_used_it_says_so() -> None:
    (issue,) = input_outcome((), FRAME)["issue"]
    assert issue["severity"] == "information"
    assert "Everything" in issue["diagnostics"]


@pytest.mark.parametrize("code", list(IssueCode))
def test_every_kind_of_issue_is_r4(code: IssueCode, panel: Panel) -> None:
    assert panel.complaints(input_outcome((DataIssue(code=code, detail="Said."),), FRAME)) == []


def test_a_source_that_the_sentence_names_is_not_said_twice() -> None:
    issue = DataIssue(code=IssueCode.DUPLICATE, detail="Observation/1 says the same.", source="Observation/1")
    assert input_outcome((issue,), FRAME)["issue"][0]["diagnostics"] == "Not used: Observation/1 says the same."


def test_an_error_tells_every_problem_with_its_place(panel: Panel) -> None:
    outcome = error_outcome(
        [
            Problem(issue_type="structure", diagnostics="Broken.", expression="Bundle.entry[0]"),
            Problem(issue_type="not-found", diagnostics="Not here."),
        ]
    )
    assert outcome == {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "structure", "diagnostics": "Broken.", "expression": ["Bundle.entry[0]"]},
            {"severity": "error", "code": "not-found", "diagnostics": "Not here."},
        ],
    }
    assert panel.complaints(outcome) == []


def test_what_is_no_error_is_information(panel: Panel) -> None:
    outcome = information_outcome("the job goes on")
    assert outcome["issue"] == [{"severity": "information", "code": "informational", "diagnostics": "the job goes on"}]
    assert panel.complaints(outcome) == []
