"""The sandbox client of HealthChain, a client that nobody here wrote, against the running service. In CI it must be there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cds_hooks.calls import call
from tests.clients.environment import PYTHON, missing
from tests.serving import serving

PROGRAM = Path(__file__).parent / "healthchain_client.py"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service, if the client is there to call it."""
    why = missing()
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    with serving(tmp_path_factory.mktemp("served"), CLAUDICATION_DEVELOPMENT="true") as port:
        yield f"http://127.0.0.1:{port}/cds-services/claudication"


def called(service: str, workflow: str, **asked: Any) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, PROGRAM],
        input=json.dumps({"url": service, "workflow": workflow} | asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.requirement("74", "95", "121")
def test_its_model_takes_our_card_and_its_suggestions(service: str) -> None:
    body = call()
    told = called(service, "patient-view", context=body["context"], prefetch=body["prefetch"])
    assert (told["status"], told["refused"]) == (200, [])
    [card] = told["answered"]["cards"]
    assert card["summary"] == "Left leg ABI 0.62: artery disease, with no diagnosis, exercise or referral on record."
    assert card["suggestions"]
    # What the model made of it is what was sent: nothing was dropped, nothing read otherwise.
    assert told["answered"] == told["raw"]


def test_where_it_leaves_out_the_orders_it_is_told_so(service: str) -> None:
    """Of a context it sends only userId and patientId, so that a call of order-sign has no draftOrders."""
    body = call("order-sign")
    told = called(service, "order-sign", context=body["context"], prefetch=body["prefetch"])
    assert "draftOrders" not in told["sent"]["context"]
    assert told["status"] == 400
    assert [issue["expression"] for issue in told["raw"]["issue"]] == [["context.draftOrders"]]


def test_where_it_makes_up_a_patient_for_the_data_of_another_there_is_no_card(service: str, tmp_path: Path) -> None:
    """Data from a file comes with a context that the client draws at random."""
    file = tmp_path / "prefetch.json"
    file.write_text(json.dumps(call()["prefetch"]))
    told = called(service, "patient-view", file=str(file))
    assert told["status"] == 422
    assert told["answered"] == {}
    assert {issue["code"] for issue in told["raw"]["issue"]} == {"business-rule"}
