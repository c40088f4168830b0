"""The service of the tests of the doors, to be probed from here."""

from tests.web.conftest import client, deployed, empty_database, evidence, log

__all__ = ["client", "deployed", "empty_database", "evidence", "log"]
