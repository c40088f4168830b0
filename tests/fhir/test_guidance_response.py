from __future__ import annotations

from service.clinical.assessment import NotWeighed
from service.fhir.guidance_response import guidance_response
from tests.fhir.assessments import FRAME, assessment, nothing_known

OUTCOME = {"reference": "urn:uuid:9"}
FINDING = "https://claudication-cds.example/fhir/CodeSystem/finding"


def test_what_would_help_most_is_asked_first_and_where_it_would_be_found() -> None:
    response = guidance_response(assessment(), FRAME, outcome=OUTCOME)
    assert response["status"] == "success"
    assert response["evaluationMessage"] == [OUTCOME]
    assert response["moduleUri"] == "https://claudication-cds.example/fhir/OperationDefinition/assess-claudication"
    assert response["dataRequirement"] == [
        {"type": "Patient", "mustSupport": ["birthDate"]},
        {
            "type": "QuestionnaireResponse",
            "codeFilter": [
                {
                    "path": "item.linkId",
                    "code": [{"system": FINDING, "code": "relieved-by-sitting", "display": "Relieved by sitting"}],
                }
            ],
        },
        {
            "type": "Observation",
            "codeFilter": [
                {
                    "path": "code",
                    "code": [{"system": FINDING, "code": "pulse-dorsalis-pedis-right", "display": "Pulse dorsalis pedis, right"}],
                }
            ],
        },
        {
            "type": "Observation",
            "codeFilter": [
                {
                    "path": "code",
                    "code": [
                        {
                            "system": "https://claudication-cds.example/fhir/CodeSystem/order",
                            "code": "toe-brachial-index",
                            "display": "Toe-brachial index",
                        }
                    ],
                }
            ],
        },
    ]
    assert [note["text"] for note in response["note"]] == [
        "1. How old is the patient?",
        "2. Does sitting help?",
        "3. Feel the foot pulses.",
        "4. Measure the toe.",
    ]


def test_without_known_symptoms_data_is_required() -> None:
    response = guidance_response(nothing_known(), FRAME, outcome=None)
    assert response["status"] == "data-required"
    assert response["dataRequirement"][0]["codeFilter"][0]["code"][0]["code"] == "leg-pain-on-walking"
    assert "evaluationMessage" not in response


def test_no_leg_symptoms_is_a_complete_answer() -> None:
    done = assessment(differential=None, not_weighed=NotWeighed.NO_LEG_SYMPTOMS, next_data=())
    response = guidance_response(done, FRAME, outcome=None)
    assert response["status"] == "success"
    assert "dataRequirement" not in response
    assert "note" not in response
