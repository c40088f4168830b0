"""What is kept of a patient: nothing unless asked for, sealed, found by a pseudonym, gone when its time is over. On both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, select, text

from service.config import Settings
from service.store.assessments import AssessmentLog, NewRecord
from service.store.audit_log import AuditLog
from service.store.database import StoreError, migrate, open_database
from service.store.evidence_versions import recall_evidence, remember_evidence
from service.store.keeping import Keeping, keep, keeping_of
from service.store.record_reader import RecordReader
from service.store.record_values import Search
from service.store.resealing import resealed
from service.store.sealing import CannotOpen, Seal
from service.store.tables import ASSESSMENTS
from tests.store.rows import NOW, row
from tests.store.test_assessments import MIGRATIONS
from tests.test_config import KEY

KEEPING = Keeping(seal=Seal((b"k" * 32,)), pseudonym_key=b"p" * 32, results=True, inputs=True)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def log(engine: Engine) -> Iterator[AssessmentLog]:
    opened = AssessmentLog(engine)
    yield opened
    opened.close()


def kept(patient: str, resource_id: str = "ra-1", *, client: str = "ehr", keeping: Keeping = KEEPING, **more: Any) -> NewRecord:
    record_id = str(uuid.uuid4())
    resource = {"resourceType": "RiskAssessment", "id": resource_id, "subject": {"reference": patient}}
    result = {
        "resourceType": "Bundle",
        "id": f"bundle-{resource_id}",
        "entry": [{"resource": resource}, {"resource": {"resourceType": "Device", "id": "d"}}],
    }
    parts = keep(
        keeping,
        record_id=record_id,
        client=client,
        patient_reference=patient,
        bundle={"resourceType": "Bundle", "id": patient},
        strict=False,
        result=result,
        write=orjson.dumps,
    )
    return row(record_id=record_id, caller=client, kept=parts, **more)


def test_nothing_is_kept_unless_the_settings_say_so() -> None:
    assert keeping_of(Settings(), b"p") == Keeping()
    only_key = keeping_of(Settings(record_key=KEY), b"p")
    assert only_key.seal is not None
    assert kept("Patient/1", keeping=only_key).row["result"] is None
    results = keeping_of(Settings(keep_patient_data="result", record_key=KEY), b"p")
    assert kept("Patient/1", keeping=results).row["input"] is None
    assert kept("Patient/1", keeping=results).row["result"]


def test_no_name_of_a_patient_stands_in_the_database(engine: Engine, log: AssessmentLog, migrated_url: str) -> None:
    log.record(kept("Patient/anna-invented"))
    with engine.connect() as connection:
        rows = [
            str(tuple(one))
            for table in ("assessments", "kept_resources", "audit")
            for one in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert len(rows) == 4
    assert "anna-invented" not in " ".join(rows)


def test_kept_resources_are_found_by_id_and_by_patient_and_by_their_client_only(engine: Engine, log: AssessmentLog) -> None:
    records = RecordReader(engine, KEEPING)
    for patient, id, client in (("Patient/1", "a", "ehr"), ("Patient/2", "b", "ehr"), ("Patient/1", "c", "other")):
        log.record(kept(patient, id, client=client))
    found = records.resource("ehr", "RiskAssessment", "a")
    assert found is not None
    assert (found.resource["subject"], found.recorded_at) == ({"reference": "Patient/1"}, NOW)
    assert records.resource("other", "RiskAssessment", "a") is None
    assert records.resource("ehr", "Device", "d") is None
    page = records.search("ehr", "RiskAssessment", Search(patient="Patient/1", count=10))
    assert ([one.resource["id"] for one in page.found], page.total, page.more) == (["a"], 1, None)
    assert records.search("ehr", "RiskAssessment", Search(count=0)).total == 2
    assert records.search("ehr", "RiskAssessment", Search(count=5, until=NOW)).total == 0
    assert records.search("ehr", "RiskAssessment", Search(count=5, since=NOW)).total == 2


def test_without_a_pseudonym_key_no_patient_is_found_instead_of_everybody(engine: Engine, log: AssessmentLog) -> None:
    log.record(row(caller="ehr"))
    records = RecordReader(engine, Keeping())
    assert records.search_audit("ehr", Search(patient="Patient/1", count=5)).total == 0
    assert records.search_audit("ehr", Search(count=5)).total == 1
    assert records.pseudonym_of("ehr", "") == records.pseudonym_of("ehr", "Patient/1") == ""


def test_pages_stay_as_they_are_while_more_is_recorded(engine: Engine, log: AssessmentLog) -> None:
    records = RecordReader(engine, KEEPING)
    for number in range(5):
        log.record(kept("Patient/1", f"r{number}"))
    seen: list[str] = []
    search = Search(count=2)
    for turn in range(3):
        page = records.search("ehr", "RiskAssessment", search)
        assert page.total == 5
        seen += [one.resource["id"] for one in page.found]
        log.record(kept("Patient/1", f"later-{turn}"))
        log.record(kept("Patient/1", "r0"))
        search = Search(count=2, snapshot=page.more[0], before=page.more[1]) if page.more else search
    assert page.more is None
    assert seen == ["r4", "r3", "r2", "r1", "r0"]


def test_the_same_input_assessed_again_is_found_once_in_its_newest_version(engine: Engine, log: AssessmentLog) -> None:
    records = RecordReader(engine, KEEPING)
    log.record(kept("Patient/1", "a"))
    later = kept("Patient/1", "a", recorded_at=NOW + timedelta(days=1))
    log.record(later)
    page = records.search("ehr", "RiskAssessment", Search(count=5))
    assert [(one.record_id, one.recorded_at) for one in page.found] == [(later.row["record_id"], NOW + timedelta(days=1))]
    newest = records.resource("ehr", "RiskAssessment", "a")
    assert newest is not None
    assert newest.record_id == later.row["record_id"]


def test_a_record_is_found_for_replay_by_its_id_and_by_what_it_said(engine: Engine, log: AssessmentLog) -> None:
    records = RecordReader(engine, KEEPING)
    record = kept("Patient/1", "a")
    log.record(record)
    log.record(row())
    for id in (record.row["record_id"], "a", "bundle-a"):
        found = records.record(id)
        assert found is not None
        assert found.record_id == record.row["record_id"]
        assert found.asked == {"bundle": {"resourceType": "Bundle", "id": "Patient/1"}, "strict": False}
    assert records.record("nothing") is None
    assert [one.asked is None for one in records.records()] == [False, True]


def test_what_another_key_sealed_is_said_and_sealed_anew(engine: Engine, log: AssessmentLog) -> None:
    log.record(kept("Patient/1"))
    log.record(row())
    new = Seal((b"n" * 32, b"k" * 32))
    rotated = Keeping(seal=new, pseudonym_key=b"p" * 32, results=True)
    assert RecordReader(engine, rotated).resource("ehr", "RiskAssessment", "ra-1") is not None
    assert [resealed(engine, rotated)["records"] for _ in range(2)] == [1, 0]
    only_new = Keeping(seal=Seal((b"n" * 32,)), pseudonym_key=b"p" * 32, results=True)
    assert RecordReader(engine, only_new).resource("ehr", "RiskAssessment", "ra-1") is not None
    with pytest.raises(CannotOpen, match="CLAUDICATION_RECORD_KEY"):
        RecordReader(engine, KEEPING).resource("ehr", "RiskAssessment", "ra-1")
    with pytest.raises(CannotOpen, match="CLAUDICATION_RECORD_KEY"):
        RecordReader(engine, Keeping()).resource("ehr", "RiskAssessment", "ra-1")


def test_old_patient_data_goes_and_codes_stay(engine: Engine, log: AssessmentLog) -> None:
    audit = AuditLog(engine)
    log.record(kept("Patient/1"))
    young = kept("Patient/2", "b", recorded_at=NOW + timedelta(days=9))
    log.record(young)
    removed = audit.expire(actor="cli", now=NOW + timedelta(days=10), records_before=NOW + timedelta(days=5), audit_before=None)
    assert (removed.records, removed.audit_rows) == (1, 0)
    again = audit.expire(actor="cli", now=NOW + timedelta(days=10), records_before=NOW + timedelta(days=5), audit_before=None)
    assert again.records == 0
    with engine.connect() as connection:
        found = connection.execute(select(ASSESSMENTS).order_by(ASSESSMENTS.c.id)).all()
    assert [(one.patient == "", one.input is None, one.result is None, one.input_digest) for one in found] == [
        (True, True, True, "d"),
        (False, False, False, "d"),
    ]
    assert RecordReader(engine, KEEPING).search("ehr", "RiskAssessment", Search(count=5)).total == 1
    assert [one.action for one in audit.rows()] == ["assessed", "assessed", "expired"]
    assert audit.check().faults == ()


def test_a_record_that_was_written_although_the_answer_was_lost_is_written_once(engine: Engine, log: AssessmentLog) -> None:
    record = row()
    assert log.record(record).error == ""
    assert log.record(record).error == ""
    assert AuditLog(engine).check().rows == 1


def test_the_evidence_of_a_version_is_kept_once(engine: Engine) -> None:
    for _ in range(2):
        remember_evidence(engine, version="e1", now=NOW)
    files = recall_evidence(engine, "e1")
    assert files is not None
    assert b"[[" in files["red_flags.toml"]
    assert recall_evidence(engine, "e2") is None
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE evidence_versions"))
    with pytest.raises(StoreError, match="the evidence of version e1 cannot be kept"):
        remember_evidence(engine, version="e1", now=NOW)


OLD_ROW = """INSERT INTO assessments (recorded_at, door, input_digest, as_of, setting, service_version, evidence_version, guidance_status,
 leading_diagnosis, pad_right, pad_left, red_flags, orders) VALUES ('2026-01-01 00:00:00', 'fhir-operation', :digest, '2026-01-01 00:00:00',
 'primary-care', '0.1.0', 'e0', 'success', NULL, 'not-measured', 'not-measured', '', 'resting-abi')"""


def test_records_of_an_older_version_survive_the_way_up_and_down(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        migrate(connection, "0003")
        for digest in "ab":
            connection.execute(text(OLD_ROW), {"digest": digest})
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    engine = open_database(database_url)
    records = RecordReader(engine, Keeping())
    ids = [one.record_id for one in records.records()]
    assert ids == ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"]
    assert AuditLog(engine).check().faults == ()
    log = AssessmentLog(engine)
    log.record(kept("Patient/1"))
    log.close()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    with engine.begin() as connection:
        digests = connection.execute(text("SELECT input_digest, orders FROM assessments ORDER BY id")).all()
        assert [tuple(one) for one in digests] == [("a", "resting-abi"), ("b", "resting-abi"), ("d", "")]
        migrate(connection)
    assert [one.record_id for one in records.records()][:2] == ids
    engine.dispose()
