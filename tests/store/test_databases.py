"""The audit table is the same on both databases."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from service.store.assessments import AssessmentLog
from service.store.database import open_database
from service.store.job_tables import METADATA
from tests.store.rows import row
from tests.store.test_assessments import MIGRATIONS


def test_an_answer_is_recorded_on_either_database(database_url: str) -> None:
    log = AssessmentLog.open(database_url)
    assert log.record(row()).error == ""
    assert log.ready()
    log.close()


def test_the_migrations_make_the_tables_of_the_code_on_either_database(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_every_migration_can_be_undone_on_either_database(database_url: str) -> None:
    open_database(database_url).dispose()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(database_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
