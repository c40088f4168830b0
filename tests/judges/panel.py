"""Three judges of FHIR R4 that nobody in this project wrote, asked as one.

They see different things: fhirkit-rs the shape of every element in the raw bytes, Medplum the invariants of the
specification, npm's fhir the required codes and where a reference may point. What none of them sees (codes of value sets,
units, references within the Bundle) is for our own tests.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import fhirkit
import orjson

from tests.judges.node import HERE, node

# What a judge says although R4 4.0.1 allows it: how the complaint reads, and why it is wrong.
FALSE_ALARMS = {
    r'^(entry\[\d+\]: )?medplum: .*: Invalid reference: got "(urn:uuid:|https?:)': (
        "Medplum takes the type of the target from the reference itself; a urn:uuid or an absolute address of an entry names none"
    ),
}


class Panel:
    """The judges, in session until `close`; the JavaScript ones are a process that has read the specification once."""

    def __init__(self) -> None:
        runner = node()
        if runner is None:
            raise FileNotFoundError("Node is not here")
        self._process = subprocess.Popen([runner, str(HERE / "judge.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def complaints(self, resource: dict[str, Any] | bytes) -> list[str]:
        """What the judges have against a resource, each complaint once; an empty list when all three accept it.

        Bytes are judged as they are, which also shows duplicate keys. The resources of a Bundle are judged with it and by themselves.
        """
        raw = resource if isinstance(resource, bytes) else orjson.dumps(resource)
        found = list(self._complaints_of_one(raw))
        for place, inner in _entries(raw):
            found += [f"{place}: {complaint}" for complaint in self._complaints_of_one(inner)]
        return [complaint for complaint in dict.fromkeys(found) if not any(re.match(words, complaint) for words in FALSE_ALARMS)]

    def close(self) -> None:
        """Ends the JavaScript judges."""
        self._process.communicate()

    def _complaints_of_one(self, raw: bytes) -> Iterator[str]:
        try:
            yield from (f"fhirkit: {issue.path}: {issue.message}" for issue in fhirkit.validate(raw))
        except fhirkit.ParseError as error:
            yield f"fhirkit: {error}"
        yield from self._ask_javascript(raw)

    def _ask_javascript(self, raw: bytes) -> list[str]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(raw.decode()).encode() + b"\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise ChildProcessError(f"the JavaScript judges ended with status {self._process.wait()}")
        complaints: list[str] = json.loads(answer)
        return complaints


def _entries(raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        bundle = json.loads(raw)
    except ValueError:
        return
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or not isinstance(bundle.get("entry"), list):
        return
    for number, entry in enumerate(bundle["entry"]):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield f"entry[{number}]", json.dumps(entry["resource"]).encode()
