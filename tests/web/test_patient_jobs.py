"""One patient of an EHR assessed as a job: read, written and told as the request itself would have, whoever is killed on the way."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from service.app import create_app
from service.outbound.fhir_client import FhirClient
from service.outbound.trying_again import Timing
from service.outbound.way import Way
from service.worker.asked import unpacked
from service.worker.jobs import EHR_WAIT, do_job
from service.worker.work import carry_out
from tests.cds_hooks.tokens import CLIENTS, bearer
from tests.claudicant import claudicant, pressure
from tests.outbound.fault_server import Fault, FaultServer
from tests.outbound.real_server import RealServer
from tests.test_config import KEY
from tests.web.conftest import Deploy
from tests.web.test_contract import CALLED_BACK
from tests.web.test_jobs import Story
from tests.web.test_patient_operation import AS_OF, FHIR, OPERATION, WRITE, issues, stored

LATER = {"Prefer": "respond-async"}


def story_at(server: FaultServer | RealServer, deployed: Deploy, **settings: str) -> Story:
    """A worker and doors beside this EHR. Nobody waits for the circuit breaker: it has a clock of its own."""
    deployment = deployed(**{"development": "true"} | settings)
    ehr = FhirClient(server.base_url, way=Way(development=True, timing=Timing(sleep=lambda seconds: None)))
    return Story(replace(deployment, ehr=ehr, place=replace(deployment.place, ehr=ehr)))


def ask(story: Story, url: str = OPERATION, **headers: str) -> TestResponse:
    return story.client.post(url, headers=LATER | {name.replace("_", "-"): value for name, value in headers.items()})


def test_the_result_is_the_answer_of_the_door_byte_for_byte(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed)
    for options in ("", f"?{AS_OF}&explain=true", "?output=transaction&setting=vascular-clinic"):
        accepted = ask(story, f"{OPERATION}{options}")
        assert accepted.headers["Preference-Applied"] == "respond-async"
        job = story.job(accepted)
        asked_before = len(failing.seen)
        direct = story.client.post(f"{OPERATION}{options}")
        assert len(failing.seen) > asked_before, "the door reads the EHR, the accepting of a job does not"
        story.now += timedelta(minutes=10)
        assert story.work(job)
        assert story.look(job).status_code == 200
        assert story.look(job).data == direct.data
        story.now -= timedelta(minutes=10)


def test_options_in_parameters_go_with_the_job(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed)
    when = {"name": "asOf", "valueDateTime": "2026-03-02T09:30:00Z"}
    body = json.dumps({"resourceType": "Parameters", "parameter": [when]})
    job = story.job(story.client.post(OPERATION, headers=FHIR | LATER, data=body))
    assert story.work(job)
    assert story.look(job).data == story.client.post(f"{OPERATION}?{AS_OF}").data


def test_what_can_be_refused_at_once_is(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed)
    assert ask(story, f"{OPERATION}?write=true").status_code == 400
    assert ask(story, "/fhir/Patient/a b/$assess-claudication").status_code == 404
    assert Story(deployed(development="true")).client.post(OPERATION, headers=LATER).status_code == 404
    assert Story(deployed()).client.post(OPERATION, headers=LATER).status_code == 401
    assert failing.seen == []


def test_a_job_that_the_ehr_was_taken_from_says_so(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed)
    job = story.job(ask(story))
    assert do_job(replace(story.place, ehr=None), job, holder="worker")
    assert story.look(job).status_code == 404
    assert "CLAUDICATION_EHR_BASE_URL" in story.look(job).json["issue"][0]["diagnostics"]


def test_asked_again_it_is_the_same_job_until_that_is_done_and_then_the_record_is_read_anew(
    deployed: Deploy, failing: FaultServer
) -> None:
    story = story_at(failing, deployed)
    first = story.job(ask(story))
    assert story.job(ask(story)) == first, "the answer was lost, and the request sent again"
    other = story.job(ask(story, "/fhir/Patient/invented-2/$assess-claudication"))
    assert other != first
    assert story.work(first)
    failing.records["Observation"].append(pressure("left-pt-2", "Left posterior tibial artery", 61))
    second = story.job(ask(story))
    assert second not in (first, other)
    assert story.work(second)
    assert story.look(first).json["id"] != story.look(second).json["id"], "a result of the morning is none in the afternoon"


def test_a_key_leads_to_the_same_job_done_or_not_and_not_to_another_patient(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed, **CALLED_BACK)
    job = story.job(ask(story, Idempotency_Key="visit-17"))
    assert story.work(job)
    assert story.job(ask(story, Idempotency_Key="visit-17")) == job
    other = ask(story, "/fhir/Patient/invented-2/$assess-claudication", Idempotency_Key="visit-17")
    assert (other.status_code, other.json["issue"][0]["code"]) == (422, "conflict")
    with story.receiver() as got:
        assert [document["parameter"][0]["valueId"] for what, document in got if what == "job-result"] == [job]


@pytest.mark.parametrize(
    ("kind", "fault", "status", "code"),
    [
        ("Patient", Fault.NOT_FOUND, 404, "not-found"),
        ("Condition", Fault.FORBIDDEN, 502, "forbidden"),
        ("Condition", Fault.WRONG_PATIENT, 502, "business-rule"),
    ],
)
def test_what_the_ehr_refuses_is_the_result_at_once(
    kind: str, fault: Fault, status: int, code: str, deployed: Deploy, failing: FaultServer
) -> None:
    failing.documents.clear()
    failing.faults[kind] = fault
    if kind != "Patient":
        failing.documents["/fhir/Patient/invented-1"] = (200, {}, json.dumps(failing.records["Patient"][0]).encode())
    story = story_at(failing, deployed)
    job = story.job(ask(story))
    assert story.work(job)
    told = story.look(job)
    assert (told.status_code, told.json["issue"][0]["code"]) == (status, code)
    assert "Expires" in told.headers, "it is a result, and not a job that is gone"


def test_an_ehr_that_is_away_is_asked_again_later(deployed: Deploy, failing: FaultServer, log: io.BytesIO) -> None:
    story = story_at(failing, deployed)
    failing.faults["Condition"] = Fault.ERROR
    job = story.job(ask(story))
    assert not story.work(job)
    assert story.look(job).status_code == 202
    assert not story.work(job), "not before the EHR has had time to recover"
    story.now += EHR_WAIT
    del failing.faults["Condition"]
    recovered = story_at(failing, deployed).place.ehr  # whose circuit breaker has forgotten, as after its rest
    assert story.place.jobs.overdue(now=story.now, waited=timedelta(0), limit=9) == [job]
    assert do_job(replace(story.place, ehr=recovered), job, holder="another")
    assert story.look(job).status_code == 200
    assert b"invented-1" not in log.getvalue()


def test_an_ehr_that_stays_away_is_told_in_the_result(deployed: Deploy, failing: FaultServer) -> None:
    story = story_at(failing, deployed)
    failing.faults["Condition"] = Fault.ERROR
    job = story.job(ask(story))
    for done in (False, False, True):
        assert story.work(job) is done
        story.now += EHR_WAIT
    told = story.look(job)
    assert (told.status_code, told.json["issue"][0]["code"]) == (502, "transient")
    assert list(story.deployment.audit.rows()) == [], "nothing was assessed"


def test_a_job_of_one_client_is_nothing_to_another(deployed: Deploy, failing: FaultServer) -> None:
    ehr = FhirClient(failing.base_url, way=Way(development=True))
    plain = deployed()
    clients = {client.id: client for client in CLIENTS}
    deployment = replace(plain, clients=clients, ehr=ehr, place=replace(plain.place, ehr=ehr, clients=clients))
    client = create_app(deployment).test_client()
    accepted = client.post(OPERATION, headers=LATER | bearer(aud=f"http://localhost{OPERATION}"))
    assert accepted.status_code == 202, "the token, which counts once, was asked for once"
    url = accepted.headers["Content-Location"]
    assert do_job(deployment.place, url.rsplit("/", 1)[1], holder="worker")
    assert client.get(url).status_code == 404
    assert client.get(url, headers=bearer(aud=url)).status_code == 200
    without = create_app(replace(deployment, clients={"north": replace(CLIENTS[1], id="north")})).test_client()
    assert without.get(url, headers=bearer(aud=url)).status_code == 404
    [row] = deployment.audit.rows()
    assert row.actor in clients


def test_nothing_of_a_job_tells_its_patient_to_who_reads_the_database(deployed: Deploy, failing: FaultServer) -> None:
    digests = set()
    for secret in ("k" * 32, "l" * 32):
        story = story_at(failing, deployed, pseudonym_key=secret, record_key=KEY)
        job = story.job(ask(story))
        with sqlite3.connect(story.deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
            [row] = connection.execute("SELECT * FROM jobs WHERE id = ?", (job,)).fetchall()
            [digest] = connection.execute("SELECT request_digest FROM jobs WHERE id = ?", (job,)).fetchone()
        assert b"invented-1" not in b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
        digests.add(digest)
    assert len(digests) == 2, "an id of few digits is found from a digest that needs no key"


@pytest.fixture
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(tmp_path_factory.mktemp("ehr")) as server:
        server.load(claudicant())
        yield server


def test_killed_after_writing_it_is_done_again_and_nothing_is_written_twice(real: RealServer, deployed: Deploy) -> None:
    story = story_at(real, deployed)
    url = f"{OPERATION}?writeback=true"
    job = story.job(ask(story, url))
    claimed = story.place.jobs.claim(job, holder="dies", now=story.now)
    assert claimed is not None
    lost = carry_out(unpacked(claimed.request), story.place)
    once = stored(real)
    assert len(once["RiskAssessment"]) == 1
    assert not story.work(job), "its worker is believed to live"
    story.now += timedelta(minutes=1)
    assert story.work(job)
    assert stored(real) == once
    result = story.look(job).json
    # The same assessment, however long it waited; of the writing it says what this worker found.
    assert result["id"] == lost.document["id"]
    said = [issue["diagnostics"] for issue in issues(result) if "expression" in issue]
    assert [one for one in said if one.endswith("nothing was changed.")]
    assert not [one for one in said if " was written as " in one]
    assert [(row.action, row.detail) for row in story.deployment.audit.rows()][1:] == [("wrote", '{"refused":0}')]


def test_written_by_a_job_it_is_what_the_door_would_have_written(real: RealServer, deployed: Deploy) -> None:
    story = story_at(real, deployed)
    before = sum(len(found) for found in stored(real).values())
    job = story.job(ask(story, WRITE))
    assert story.work(job)
    once = stored(real)
    first = [issue for issue in issues(story.look(job).json) if " was written as " in issue["diagnostics"]]
    assert len(first) == sum(len(found) for found in once.values()) - before
    direct = story.client.post(WRITE)
    assert stored(real) == once
    assert direct.json["id"] == story.look(job).json["id"]
    again = [issue for issue in issues(direct.json) if issue["diagnostics"].endswith("nothing was changed.")]
    assert len(again) == len(first)
