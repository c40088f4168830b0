from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from service.fhir.identity import NAMESPACE, full_url, resource_id


@given(st.text(), st.text())
def test_an_id_is_the_uuid5_of_digest_and_role(digest: str, role: str) -> None:
    assert resource_id(digest, role) == str(uuid5(NAMESPACE, f"{digest}|{role}"))


def test_an_id_says_that_it_was_made_from_a_name() -> None:
    assert UUID(resource_id("abc", "provenance")).version == 5


def test_the_ids_of_a_release_are_those_of_the_next() -> None:
    assert resource_id("abc", "provenance") == "cbf655f4-eb6c-56e4-afa7-5790fcca766f"


def test_roles_and_digests_do_not_run_into_each_other() -> None:
    assert len({resource_id(digest, role) for digest in ("a", "b") for role in ("x", "y")}) == 4


def test_entries_refer_to_each_other_by_urn() -> None:
    assert full_url("1") == "urn:uuid:1"
