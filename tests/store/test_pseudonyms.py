"""Pseudonyms: the same for the same patient of a client, on every worker and after a restart; another client's is another."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import create_engine

from service.store.database import StoreError, open_database
from service.store.pseudonyms import pseudonym, pseudonym_key

KEY = b"k" * 32


def test_a_pseudonym_is_of_one_client_and_one_patient() -> None:
    name = pseudonym(KEY, client="north", patient_id="p1")
    assert name == pseudonym(KEY, client="north", patient_id="p1")
    assert len(name) == 64
    others = [("south", "p1"), ("north", "p2"), ("northp", "1"), ("nort", "hp1")]
    assert len({name, *(pseudonym(KEY, client=client, patient_id=patient) for client, patient in others)}) == 5
    assert pseudonym(b"l" * 32, client="north", patient_id="p1") != name


def test_no_patient_has_no_pseudonym() -> None:
    assert pseudonym(KEY, client="north", patient_id="") == ""


def test_a_key_is_drawn_once_and_kept(migrated_url: str) -> None:
    engine = open_database(migrated_url)
    drawn = pseudonym_key(engine)
    assert len(drawn) == 64
    assert pseudonym_key(engine) == drawn
    engine.dispose()
    again = open_database(migrated_url)
    assert pseudonym_key(again) == drawn
    again.dispose()


def test_a_configured_key_is_used_and_not_kept(migrated_url: str) -> None:
    engine = open_database(migrated_url)
    assert pseudonym_key(engine, "a secret of this deployment, long") == b"a secret of this deployment, long"
    assert pseudonym_key(engine) != b"a secret of this deployment, long"
    engine.dispose()


def test_workers_that_start_together_draw_one_key(migrated_url: str) -> None:
    open_database(migrated_url).dispose()
    script = (
        "from service.store.database import open_database; from service.store.pseudonyms import pseudonym_key;"
        f"print(pseudonym_key(open_database({migrated_url!r})).decode())"
    )
    workers = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({worker.communicate()[0] for worker in workers}) == 1
    assert [worker.returncode for worker in workers] == [0] * 3


def test_a_key_that_cannot_be_kept_stops_the_start() -> None:
    with pytest.raises(StoreError, match="CLAUDICATION_PSEUDONYM_KEY"):
        pseudonym_key(create_engine("sqlite://"))
