"""$process-message: which messages are read, and that the answer says which one it answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.exchange.message import EVENT, RequestMessage, read_message, response_message
from service.fhir.terminology.code import own_system
from tests.judges.panel import Panel

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEADER = {
    "resourceType": "MessageHeader",
    "id": "m-1",
    "eventCoding": {"system": own_system("message-event"), "code": EVENT.code},
    "source": {"endpoint": "https://ehr.example/fhir"},
}


def message(**changes: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "message", "entry": [{"resource": {**HEADER, **changes}}]}


def test_a_message_is_known_by_its_id_and_its_sender() -> None:
    assert read_message(message()) == RequestMessage(id="m-1", sender="https://ehr.example/fhir", bundle=message())
    for source in (None, {}, {"endpoint": 7}):
        assert read_message(message(source=source)).sender == ""


@pytest.mark.parametrize(
    ("document", "error", "said"),
    [
        ({"resourceType": "Patient"}, Unprocessable, "send a Bundle of type message"),
        ([], BadRequest, "send a Bundle of type message"),
        ({"resourceType": "Bundle", "type": "collection"}, Unprocessable, "is of type 'collection'"),
        ({"resourceType": "Bundle", "type": "message"}, BadRequest, "the first entry is no MessageHeader"),
        (message(resourceType="Patient"), BadRequest, "the first entry is no MessageHeader"),
        (message(id=""), BadRequest, "MessageHeader.id is missing"),
        (message(id="m" * 65), BadRequest, "MessageHeader.id is missing"),
        (message(eventCoding={"system": own_system("message-event"), "code": "admit"}), Unprocessable, "the event is 'admit'"),
        (message(eventCoding=None, eventUri="urn:x"), Unprocessable, "the event is 'urn:x'"),
    ],
)
def test_what_is_no_message_for_us_is_refused_with_what_to_send(document: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        read_message(document)


def test_the_answer_names_the_message_and_leads_to_what_was_found(panel: Panel) -> None:
    risk = {
        "resourceType": "RiskAssessment",
        "id": "5c5bb2a8-2b5f-5d2a-9c3f-0d0b6d1c1a11",
        "status": "final",
        "subject": {"display": "nobody"},
    }
    answer = response_message(read_message(message()), [risk], at=AT)
    header = answer["entry"][0]["resource"]
    assert header["response"] == {"identifier": "m-1", "code": "ok"}
    assert header["destination"] == [{"endpoint": "https://ehr.example/fhir"}]
    assert header["focus"] == [{"reference": answer["entry"][1]["fullUrl"]}]
    assert panel.complaints(answer) == []
    assert response_message(read_message(message()), [risk], at=AT) == answer
    assert response_message(read_message(message(id="m-2")), [risk], at=AT)["id"] != answer["id"]


def test_a_refusal_is_a_message_too(panel: Panel) -> None:
    problem = Problem(issue_type="invalid", diagnostics="no", expression="")
    answer = response_message(RequestMessage(id="m-1", sender="", bundle={}), [], at=AT, problems=[problem])
    header, outcome = (one["resource"] for one in answer["entry"])
    assert header["response"] == {
        "identifier": "m-1",
        "code": "fatal-error",
        "details": {"reference": answer["entry"][1]["fullUrl"]},
    }
    assert "destination" not in header
    assert "focus" not in header
    assert outcome["issue"][0]["diagnostics"] == "no"
    assert panel.complaints(answer) == []
