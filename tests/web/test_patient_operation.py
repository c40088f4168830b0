"""One patient of an EHR assessed, and the answer written into the record: against a server that fails as told, and against one that nobody here wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.errors import RegistrationError
from service.outbound.fhir_client import FhirClient
from service.outbound.signing_keys import load_signing_keys, new_key
from service.outbound.trying_again import Timing
from service.outbound.way import Way
from tests.cds_hooks.tokens import CLIENTS, bearer
from tests.claudicant import PATIENT, claudicant, pressure
from tests.outbound.fault_server import Fault, FaultServer
from tests.outbound.real_server import RealServer
from tests.web.conftest import Deploy

OPERATION = "/fhir/Patient/invented-1/$assess-claudication"
SYSTEM = "/fhir/$assess-claudication"
AS_OF = "asOf=2026-03-02T09:30:00Z"
WRITE = f"{OPERATION}?{AS_OF}&writeback=true"
WRITTEN = ("RiskAssessment", "ServiceRequest", "Observation", "GuidanceResponse", "Provenance", "Device")
FHIR = {"Content-Type": "application/fhir+json"}


def connected(deployed: Deploy, server: FaultServer, **settings: str) -> FlaskClient:
    deployment = deployed(development="true", **settings)
    way = Way(development=True, timing=Timing(sleep=lambda seconds: None))
    return create_app(replace(deployment, ehr=FhirClient(server.base_url, way=way))).test_client()


def issues(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    if bundle["resourceType"] == "OperationOutcome":
        return list(bundle["issue"])
    return [
        issue
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "OperationOutcome"
        for issue in entry["resource"]["issue"]
    ]


def place_in_the_record(entry: dict[str, Any]) -> int:
    return ("Patient", "Observation", "QuestionnaireResponse").index(entry["resource"]["resourceType"])


def test_it_answers_as_the_operation_does_for_the_same_record(deployed: Deploy, failing: FaultServer) -> None:
    client = connected(deployed, failing)
    record = {
        "resourceType": "Bundle",
        "type": "collection",
        # In the order of the queries: what is said of an entry names its place.
        "entry": sorted(({"resource": entry["resource"]} for entry in claudicant()["entry"]), key=place_in_the_record),
    }
    for options in ("", "&explain=true", "&output=transaction", "&setting=vascular-clinic", "&report=true"):
        here = client.post(f"{OPERATION}?{AS_OF}{options}")
        there = client.post(f"{SYSTEM}?{AS_OF}{options}", data=json.dumps(record), headers=FHIR)
        assert here.status_code == 200
        assert here.data == there.data
    asked = {seen.path for seen in failing.seen}
    assert len(asked) == 14
    assert {seen.headers["accept"] for seen in failing.seen} == {"application/fhir+json"}


def test_options_may_come_in_parameters_and_are_refused_by_name(deployed: Deploy, failing: FaultServer) -> None:
    client = connected(deployed, failing)

    def sent(*parameters: dict[str, Any], query: str = "") -> Any:
        document = {"resourceType": "Parameters", "parameter": list(parameters)}
        return client.post(OPERATION + query, data=json.dumps(document), headers=FHIR)

    when = {"name": "asOf", "valueDateTime": "2026-03-02T09:30:00Z"}
    assert sent(when).data == client.post(f"{OPERATION}?{AS_OF}").data
    for answer, where in (
        (sent(when, query="?setting=spine-clinic"), "setting"),
        (sent({"name": "bundle", "resource": claudicant()}), "bundle"),
        (sent({"name": "write", "valueBoolean": True}), "Parameters.parameter[0]"),
        (sent({"name": "writeback", "valueBoolean": True}, {"name": "output", "valueCode": "transaction"}), "writeback"),
        (client.post(OPERATION, data=json.dumps(claudicant()), headers=FHIR), "bundle"),
        (client.post(f"{OPERATION}?writeback=perhaps"), "writeback"),
    ):
        assert answer.status_code == 400
        assert answer.json["issue"][0]["expression"] == [where]


def test_it_is_for_registered_clients(deployed: Deploy, failing: FaultServer) -> None:
    deployment = replace(
        deployed(),
        clients={client.id: client for client in CLIENTS},
        ehr=FhirClient(failing.base_url, way=Way(development=True)),
    )
    client = create_app(deployment).test_client()
    assert client.post(OPERATION).status_code == 401
    assert failing.seen == []
    signed = bearer(aud=f"http://localhost{OPERATION}")
    assert client.post(OPERATION, headers=signed).status_code == 200
    assert all("authorization" not in seen.headers for seen in failing.seen)


@pytest.mark.parametrize(
    ("kind", "fault", "status", "code"),
    [
        ("Patient", Fault.NOT_FOUND, 404, "not-found"),
        ("Observation", Fault.ERROR, 502, "transient"),
        ("Condition", Fault.FORBIDDEN, 502, "forbidden"),
        ("Condition", Fault.HTML, 502, "transient"),
        ("Condition", Fault.RESET, 502, "transient"),
        ("Condition", Fault.SLOW, 504, "timeout"),
        ("Condition", Fault.WRONG_PATIENT, 502, "business-rule"),
        ("Procedure", Fault.WRONG_PATIENT, 502, "business-rule"),
    ],
)
def test_what_every_assessment_needs_and_cannot_be_read_is_an_error_that_says_so(
    kind: str, fault: Fault, status: int, code: str, deployed: Deploy, failing: FaultServer, log: io.BytesIO
) -> None:
    failing.documents.clear()
    failing.faults[kind] = fault
    failing.documents |= {} if kind == "Patient" else {"/fhir/Patient/invented-1": patient_document(failing)}
    # Short only where it is waited for.
    deadline_ms = "1000" if fault is Fault.SLOW else "60000"
    answer = connected(deployed, failing, ehr_deadline_ms=deadline_ms).post(OPERATION)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (status, code)
    assert "somebody-else" not in answer.text
    assert b"invented-1" not in log.getvalue()


def patient_document(server: FaultServer) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps(server.records["Patient"][0]).encode()


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.FORBIDDEN, Fault.LEFT_OUT_WARNING, Fault.SECOND_PAGE_FAILS])
def test_a_part_is_used_and_said_to_be_a_part_and_gets_another_answer(
    fault: Fault, deployed: Deploy, failing: FaultServer
) -> None:
    client = connected(deployed, failing)
    whole = client.post(f"{OPERATION}?{AS_OF}").json
    failing.faults["Procedure"] = fault
    part = client.post(f"{OPERATION}?{AS_OF}").json
    [said] = [issue for issue in issues(part) if issue["code"] == "incomplete"]
    assert said["severity"] == "warning"
    assert said["details"]["coding"][0]["code"] == "record-incomplete"
    assert "operations and interventions: " in said["diagnostics"]
    assert [issue for issue in issues(whole) if issue["code"] == "incomplete"] == []
    assert part["id"] != whole["id"]


def test_everything_where_it_is_offered_and_searches_where_not(deployed: Deploy, failing: FaultServer) -> None:
    client = connected(deployed, failing, ehr_gathering="everything")
    failing.faults["metadata"] = Fault.NOT_FOUND
    failing.documents["/fhir/Patient/invented-1/$everything"] = (200, {}, json.dumps(searchset_of(claudicant())).encode())
    everything = client.post(f"{OPERATION}?{AS_OF}").json
    assert [seen.path for seen in failing.seen] == ["/fhir/metadata", "/fhir/Patient/invented-1/$everything?_count=200"]
    failing.documents["/fhir/Patient/invented-1/$everything"] = (403, {}, b"")
    searched = client.post(f"{OPERATION}?{AS_OF}").json
    assert everything["id"] == searched["id"]
    failing.documents["/fhir/Patient/invented-1/$everything"] = (500, {}, b"")
    assert client.post(OPERATION).status_code == 502


def searchset_of(bundle: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": entry["resource"]} for entry in bundle["entry"]] + [
        {"resource": {"resourceType": "Coverage", "id": "1"}}
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def test_an_id_that_is_none_is_not_asked_for(deployed: Deploy, failing: FaultServer) -> None:
    answer = connected(deployed, failing).post("/fhir/Patient/a b/$assess-claudication")
    assert (answer.status_code, failing.seen) == (404, [])


def test_a_client_without_keys_does_not_start(deployed: Deploy) -> None:
    with pytest.raises(RegistrationError, match="EHR_KEYS_FILE"):
        deployed(ehr_base_url="https://ehr.example/fhir", ehr_client_id="us")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(tmp_path_factory.mktemp("ehr")) as server:
        server.load(claudicant())
        yield server


def stored(server: RealServer) -> dict[str, list[dict[str, Any]]]:
    return {kind: sorted(server.all_of(kind), key=lambda one: str(one["id"])) for kind in WRITTEN}


def test_written_twice_into_a_real_server_it_is_there_once_and_reads_as_it_was_said(real: RealServer, deployed: Deploy) -> None:
    client = create_app(deployed(development="true", ehr_base_url=real.base_url)).test_client()
    before = client.post(f"{OPERATION}?{AS_OF}").json
    first = client.post(WRITE)
    assert first.status_code == 200
    once = stored(real)
    second = client.post(WRITE)
    assert stored(real) == once
    # What was written does not come back as evidence, and the answer is the same but for what became of the writing.
    after = client.post(f"{OPERATION}?{AS_OF}").json
    assert after == before
    told = [issue for issue in issues(first.json) if issue["diagnostics"] not in {one["diagnostics"] for one in issues(before)}]
    said = [entry for entry in before["entry"] if entry["resource"]["resourceType"] != "OperationOutcome"]
    assert len(told) == len(said)
    assert all("was written as" in issue["diagnostics"] for issue in told)
    again = [issue for issue in issues(second.json) if "nothing was changed" in issue["diagnostics"]]
    assert len(again) == len(said)
    sendable = client.post(f"{OPERATION}?{AS_OF}&output=transaction").json
    for issue in told:
        number = int(issue["expression"][0].removeprefix("Bundle.entry[").removesuffix("]"))
        place = issue["diagnostics"].removesuffix(".").rpartition(" ")[2]
        sent = sendable["entry"][number]["resource"]
        kept = real.ask("GET", place)
        assert kept["resourceType"] == sent["resourceType"]
        # All of it, but for ids and what refers to them.
        for element in set(sent) - {"id", "performer", "device", "subject", *REFERRING}:
            assert kept[element] == sent[element], element


REFERRING = ("basis", "derivedFrom", "supportingInfo", "target", "agent", "entity", "evaluationMessage", "hasMember", "requester")


def test_what_is_written_into_a_chart_stands_in_the_record_before(
    real: RealServer, deployed: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed(development="true", ehr_base_url=real.base_url)
    sending, rows = FhirClient.send, []

    def counted(self: FhirClient, *arguments: Any, **named: Any) -> Any:
        rows.append([row.action for row in deployment.audit.rows()])
        return sending(self, *arguments, **named)

    monkeypatch.setattr(FhirClient, "send", counted)
    assert create_app(deployment).test_client().post(WRITE).status_code == 200
    assert rows == [["assessed"]]
    assessed, wrote = deployment.audit.rows()
    assert (wrote.action, wrote.actor, wrote.object, wrote.detail) == (
        "wrote",
        assessed.actor,
        "patient-operation",
        '{"refused":0}',
    )


def test_another_measurement_makes_another_answer_beside_the_first(real: RealServer, deployed: Deploy) -> None:
    client = create_app(deployed(development="true", ehr_base_url=real.base_url)).test_client()
    client.post(WRITE)
    before = len(real.all_of("RiskAssessment"))
    real.load({"entry": [{"resource": pressure("left-pt-2", "Left posterior tibial artery", 61)}]})
    try:
        client.post(WRITE)
        assert len(real.all_of("RiskAssessment")) == before + 1
    finally:
        real.ask("DELETE", "Observation/left-pt-2")


def test_a_device_that_a_real_server_holds_twice_keeps_no_answer_out(real: RealServer, deployed: Deploy) -> None:
    client = create_app(deployed(development="true", ehr_base_url=real.base_url)).test_client()
    client.post(WRITE)
    [device] = [one for one in real.all_of("Device") if "identifier" in one]
    again = real.ask("POST", "Device", {name: value for name, value in device.items() if name not in ("id", "meta")})
    try:
        answer = client.post(f"{WRITE}&setting=spine-clinic").json
        said = [issue["diagnostics"] for issue in issues(answer) if "Device" in issue["diagnostics"]]
        assert len(said) == 1
        assert "was there already, more than once" in said[0]
        place = next(issue for issue in issues(answer) if issue["diagnostics"].startswith("RiskAssessment was written as"))
        kept = real.ask("GET", place["diagnostics"].removesuffix(".").rpartition(" ")[2])
        assert kept["performer"]["reference"] in {f"Device/{device['id']}", f"Device/{again['id']}"}
    finally:
        real.ask("DELETE", f"Device/{again['id']}")


def test_a_report_is_written_too_once_and_is_no_evidence_of_anything(real: RealServer, deployed: Deploy) -> None:
    client = create_app(deployed(development="true", ehr_base_url=real.base_url)).test_client()
    before = client.post(f"{OPERATION}?{AS_OF}").json
    for _ in range(2):
        assert client.post(f"{WRITE}&report=true").status_code == 200
        (kept,) = real.all_of("DiagnosticReport")
    answer = client.post(f"{OPERATION}?{AS_OF}&report=true").json
    (said,) = [one["resource"] for one in answer["entry"] if one["resource"]["resourceType"] == "DiagnosticReport"]
    assert kept["presentedForm"] == said["presentedForm"]
    assert kept["status"] == "preliminary"
    assert client.post(f"{OPERATION}?{AS_OF}").json == before


def test_with_a_signed_assertion_at_a_server_that_demands_one(
    tmp_path: Path, deployed: Deploy, log: io.BytesIO, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [new_key("ES384", "second"), new_key("RS384", "first")]}))
    client_of_the_ehr = {"client_id": "claudication-cds", "jwks": load_signing_keys(file).published, "scopes": "system/*.cruds"}
    told = ""
    with RealServer(tmp_path / "ehr", client=client_of_the_ehr) as server:
        server.load(claudicant())
        settings = {"development": "true", "ehr_base_url": server.base_url, "ehr_keys_file": str(file)}
        for gathering, scopes in (("searches", "system/*.rs system/*.c"), ("batch", "system/*.cruds")):
            ours = deployed(ehr_client_id="claudication-cds", ehr_scopes=scopes, ehr_gathering=gathering, **settings)
            client = create_app(ours).test_client()
            answer = client.post(WRITE)
            assert answer.status_code == 200, answer.text
            assert len(server.all_of("RiskAssessment")) == 1
            told += answer.text
        assert client.get("/.well-known/jwks.json").json == load_signing_keys(file).published
        # For what the EHR does not allow the answer is an error of the EHR's, not an assessment of nothing.
        refused = create_app(deployed(ehr_client_id="nobody", **settings)).test_client().post(OPERATION)
        assert refused.status_code == 502
        assert "(invalid_client)" in refused.json["issue"][0]["diagnostics"]
        read_only = deployed(ehr_client_id="claudication-cds", ehr_scopes="system/*.rs", **settings)
        unwritten = create_app(read_only).test_client().post(f"{WRITE}&setting=spine-clinic")
        assert unwritten.status_code == 200
        [whole, why, *_] = issues(unwritten.json)
        assert (whole["severity"], whole["code"]) == ("error", "forbidden")
        assert whole["diagnostics"] == "The transaction was not written: the FHIR server refused all of it with status 403."
        assert why["diagnostics"].startswith("The EHR says: Token scopes")
    told += log.getvalue().decode() + caplog.text + refused.text + unwritten.text
    assert "eyJ" not in told
    assert json.loads(file.read_text())["keys"][0]["d"] not in told
    assert PATIENT not in log.getvalue().decode()
