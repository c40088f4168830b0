"""The service of the tests of the doors, to be probed from here."""

from tests.web.conftest import client, deployed, evidence, log, started_database

__all__ = ["client", "deployed", "evidence", "log", "started_database"]
