"""Run in .venv-clients: one call by the sandbox client of HealthChain, described on standard input; what it sent and got on standard output."""

from __future__ import annotations

import json
import sys

import httpx
from healthchain.models import CDSResponse
from healthchain.sandbox.requestconstructors import CdsRequestConstructor
from healthchain.sandbox.sandboxclient import SandboxClient
from pydantic import ValidationError


def main() -> None:
    asked = json.load(sys.stdin)
    client = SandboxClient(url=asked["url"], workflow=asked["workflow"])
    if "context" in asked:
        request = CdsRequestConstructor().construct_request(asked["prefetch"], client.workflow, asked["context"])
        client.requests.append(request)
    else:
        # From a file; the client makes up a patient and a user for the context.
        client.load_from_path(asked["file"])
    [answered] = client.send_requests()
    [sent] = client.get_request_data()
    # The client takes an answer as it is where its model refuses it, so the model is asked once more.
    raw = httpx.post(asked["url"], json=client.requests[0].model_dump(exclude_none=True, mode="json"), trust_env=False)
    json.dump(
        {"sent": sent, "answered": answered, "status": raw.status_code, "raw": raw.json(), "refused": refused(raw.json())},
        sys.stdout,
        default=str,
    )


def refused(answer: dict[str, object]) -> list[str]:
    try:
        CDSResponse.model_validate(answer)
    except ValidationError as error:
        return [".".join(str(step) for step in one["loc"]) for one in error.errors()]
    return []


if __name__ == "__main__":
    main()
