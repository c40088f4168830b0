"""A receiver that speaks https, as every real one does: believed by its certificate, believing by the signature, and called only where calling is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.app import present
from service.outbound.callback import post
from service.outbound.pinned_session import trusted_authorities
from service.store.deliveries import DeliveryState
from service.worker.deliveries import deliver
from tests.outbound.authority import Authority
from tests.web.conftest import Deploy
from tests.web.test_jobs import Story
from tests.worker.receiver import SECRET, Receiver, receiving


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    with receiving(authority.server("localhost")) as one:
        yield one


@pytest.fixture
def believed(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The authority is named to the service as a hospital names its own: in SSL_CERT_FILE."""
    file = tmp_path / "authority.pem"
    file.write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    trusted_authorities.cache_clear()
    yield
    trusted_authorities.cache_clear()


def delivered(receiver: Receiver, deployed: Deploy, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A job done, and its result sent off once."""
    monkeypatch.setenv("TEST_CALLBACK_SECRET", SECRET)
    clients = str(receiver.register(folder))
    story = Story(deployed(development="true", clients_file=clients))
    # The receiver checks the time of the signature by a real clock.
    story.now = present()
    assert story.work(story.job(story.ask()))
    [id] = story.place.deliveries.due(now=story.now, limit=9)
    deliver(story.place, id, holder="worker")
    return story


@pytest.mark.usefixtures("believed")
def test_a_result_arrives_signed_at_a_receiver_with_a_certificate(
    receiver: Receiver, deployed: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = delivered(receiver, deployed, tmp_path, monkeypatch)
    [document] = receiver.documents()
    assert document["parameter"][2]["resource"]["resourceType"] == "Bundle"
    assert receiver.forged == 0
    [one] = story.place.deliveries.listed([DeliveryState.DELIVERED], limit=9)
    assert (one.attempts, one.body) == (1, b"")


def test_a_receiver_whose_certificate_nobody_vouches_for_is_sent_nothing(
    receiver: Receiver, deployed: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = delivered(receiver, deployed, tmp_path, monkeypatch)
    assert (receiver.deliveries, receiver.forged) == ({}, 0)
    [waiting] = story.place.deliveries.listed([DeliveryState.PENDING], limit=9)
    assert waiting.why == "cannot be reached, or broke off its answer"


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize("development", ["true", "false"])
def test_the_guard_of_addresses_comes_before_any_certificate(
    development: str, receiver: Receiver, deployed: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = delivered(receiver, deployed, tmp_path, monkeypatch)
    body, headers = b"{}", {"Claudication-Delivery": "job-result"}
    reply = post(receiver.url, body, headers=headers, development=development == "true")
    # This machine is open in development only. Unsigned it is refused there by the receiver, and elsewhere it never comes to that.
    assert (reply.refused, reply.status) == ((False, 401) if development == "true" else (True, 0))
    assert len(receiver.documents()) == 1
    assert story.place.deliveries.due(now=story.now, limit=9) == []
