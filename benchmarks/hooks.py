"""How fast a hook call is beside an endpoint that only parses and echoes the same body, and beside a HealthChain service that parses it.

    python -m benchmarks.hooks [--rounds 6] [--seconds 4] [--workers 2] [--connections 4]

patient-view with the whole prefetch, some 30 KB. Every call has a hookInstance of its own and is about one of 500 patients, and what a call leaves in the
record is written. The HealthChain service (benchmarks/healthchain_service.py) reads the prefetch into R4 models and assesses nothing; it runs on uvicorn with as
many workers, from .venv-clients, which scripts/test makes. Without that environment it is left out.

Absolute numbers move with whatever else the machine does; the ratio of one run is what means something.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.assess import ECHO, Round, free_port, measure, start, wait_for
from benchmarks.load import INSTANCE, PATIENT
from benchmarks.record import record
from service.fhir.exchange.record_queries import RECORD_QUERIES
from tests.clients.environment import PYTHON, missing

HOOK = "/cds-services/claudication"
HEALTHCHAIN = "/cds/cds-services/claudication"
GOAL = 12.0


def request_body() -> bytes:
    """A call with everything that is asked for, and, under keys of the client's own, what else the record has."""
    resources = [entry["resource"] for entry in json.loads(record())["entry"]]
    prefetch: dict[str, Any] = {query.key: None for query in RECORD_QUERIES}
    prefetch["patient"] = next(one for one in resources if one["resourceType"] == "Patient")
    systolic = [one for one in resources if "bodySite" in one]
    rest = [one for one in resources if one["resourceType"] == "Observation" and one not in systolic]
    for key, found in (
        ("pressures", systolic),
        ("findings", rest),
        ("questionnaires", _of_type(resources, "QuestionnaireResponse")),
        ("conditions", _of_type(resources, "Condition")),
        ("medicines", _of_type(resources, "MedicationRequest")),
        ("visits", _of_type(resources, "Encounter")),
        ("immunizations", _of_type(resources, "Immunization")),
    ):
        prefetch[key] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [
                {"fullUrl": f"https://ehr.example/fhir/{one['resourceType']}/{one['id']}", "resource": one} for one in found
            ],
        }
    call = {
        "hook": "patient-view",
        "hookInstance": INSTANCE.decode(),
        "context": {"userId": "Practitioner/nurse-1", "patientId": PATIENT.decode()},
        "prefetch": prefetch,
    }
    return (
        json.dumps(call)
        .replace('"bench-1"', f'"{PATIENT.decode()}"')
        .replace("Patient/bench-1", f"Patient/{PATIENT.decode()}")
        .encode()
    )


def _of_type(resources: list[dict[str, Any]], resource_type: str) -> list[dict[str, Any]]:
    return [one for one in resources if one["resourceType"] == resource_type]


def main() -> None:
    arguments = _arguments()
    body = request_body()
    print(f"body: {len(body)} bytes; {arguments.workers} workers, {arguments.connections} connections")
    with tempfile.TemporaryDirectory() as folder:
        # As many cards as there may be: a benchmark is noise.
        clients = Path(folder) / "clients.toml"
        clients.write_text('[[clients]]\nid = "development"\ncards_per_patient_and_day = 100\n')
        port = free_port()
        service = start(
            port,
            arguments.workers,
            folder,
            CLAUDICATION_DEVELOPMENT="true",
            CLAUDICATION_CLIENTS_FILE=str(clients),
        )
        servers = {"echo": (service, port, ECHO), "hook": (service, port, HOOK)}
        try:
            if why := missing():
                print(f"HealthChain is left out: {why}")
            else:
                servers["healthchain"] = (*_healthchain(arguments.workers), HEALTHCHAIN)
            rounds = _rounds(servers, body, arguments)
        finally:
            for server in {id(server): server for server, _, _ in servers.values()}.values():
                server.terminate()
                server.wait()
    _report(rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=4)
    return parser.parse_args()


def _healthchain(workers: int) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    command = [PYTHON, "-m", "uvicorn", "healthchain_service:app", "--app-dir", str(Path(__file__).parent)]
    quiet = ["--log-level", "error", "--no-access-log", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    server = subprocess.Popen([*command, *quiet], env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(server, f"http://127.0.0.1:{port}/cds/cds-discovery")
    return server, port


def _rounds(
    servers: dict[str, tuple[subprocess.Popen[bytes], int, str]], body: bytes, arguments: argparse.Namespace
) -> dict[str, list[Round]]:
    """Each in turn, forwards and backwards."""
    rounds: dict[str, list[Round]] = {name: [] for name in servers}
    for server, port, path in servers.values():
        measure(server.pid, port, path, body, arguments.connections, 1.0)
    for number in range(arguments.rounds):
        for name in list(servers) if number % 2 == 0 else reversed(servers):
            server, port, path = servers[name]
            rounds[name].append(measure(server.pid, port, path, body, arguments.connections, arguments.seconds))
    return rounds


def _report(rounds: dict[str, list[Round]]) -> None:
    print(f"{'':12}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'server us/req':>15}{'client us/req':>15}")
    p99 = {}
    for name, several in rounds.items():
        latencies = sorted(latency for one in several for latency in one.run.latencies)
        p99[name] = latencies[int(len(latencies) * 0.99)]
        rate = statistics.median(one.rate for one in several)
        server = statistics.median(one.cpu_each for one in several)
        client = sum(one.run.client_cpu for one in several) / len(latencies)
        p50 = latencies[len(latencies) // 2]
        print(f"{name:12}{rate:12.1f}{p50 * 1000:9.2f}{p99[name] * 1000:9.2f}{server * 1e6:15.0f}{client * 1e6:15.0f}")
    for other in rounds.keys() - {"hook"}:
        pairs = list(zip(rounds["hook"], rounds[other], strict=True))
        by_rate = [ours.rate / theirs.rate for ours, theirs in pairs]
        by_cpu = [theirs.cpu_each / ours.cpu_each for ours, theirs in pairs]
        goal = f"; goal {GOAL:.0f}" if other == "healthchain" else ""
        print(
            f"hook to {other}: requests/s {statistics.median(by_rate):.3f} times (rounds {min(by_rate):.3f} to {max(by_rate):.3f}{goal}), "
            f"server CPU for each {1 / statistics.median(by_cpu):.3f} times, p99 {p99['hook'] / p99[other]:.2f} times"
        )


if __name__ == "__main__":
    main()
