"""Broken request bodies, each with what a caller must be told. Invented; the records in them are nobody's.

Every one is answered with an OperationOutcome of `status` that says `word` in its diagnostics or names it in an expression.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

FHIR_JSON = "application/fhir+json"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BadBody:
    """One POST. `prefer` and `content_encoding` are headers, left out when empty."""

    name: str
    body: bytes
    status: int
    word: str
    content_type: str = FHIR_JSON
    content_encoding: str = ""
    prefer: str = ""

    @property
    def is_plain_bundle(self) -> bool:
        """True when reading JSON and opening the Bundle find the fault, without headers and without Parameters."""
        headers = self.content_type != FHIR_JSON or self.content_encoding
        return not headers and b'"Parameters"' not in self.body and len(self.body) < MEBIBYTE


Json = dict[str, Any]
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "birthDate": "1955-04-01", "gender": "male"}
PRESSURE: Json = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "subject": {"reference": "Patient/p1"},
    "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}


def bundle(*resources: Any, kind: Any = "collection") -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


def written(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8")


GOOD: bytes = written(bundle(PATIENT, PRESSURE))


def _parameters(*parameters: Json) -> bytes:
    return written({"resourceType": "Parameters", "parameter": list(parameters)})


def _nested(levels: int) -> Json:
    item: Json = {"linkId": "bottom"}
    for level in range(levels):
        item = {"linkId": f"level-{level}", "item": [item]}
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "item": [item],
    }
    return bundle(PATIENT, response)


def _strict(name: str, resource: Any, word: str) -> BadBody:
    return BadBody(name=name, body=written(bundle(PATIENT, resource)), status=400, word=word, prefer="handling=strict")


_BUNDLE = {"name": "bundle", "resource": bundle(PATIENT, PRESSURE)}
_ABOUT_P2 = {**PRESSURE, "id": "o2", "subject": {"reference": "Patient/p2"}}

NOT_JSON: tuple[BadBody, ...] = (
    BadBody(name="empty", body=b"", status=400, word="empty"),
    BadBody(name="blanks only", body=b" \r\n\t ", status=400, word="empty"),
    BadBody(name="cut off in an object", body=GOOD[:200], status=400, word="too early"),
    BadBody(name="cut off by one byte", body=GOOD[:-1], status=400, word="too early"),
    BadBody(name="cut off in a string", body=b'{"resourceType": "Bun', status=400, word="too early"),
    BadBody(name="cut off in a word", body=b'{"resourceType": "Bundle", "x": tru', status=400, word="line 1"),
    BadBody(name="something after the end", body=GOOD + b"}", status=400, word="line 1"),
    BadBody(name="two documents", body=GOOD + b"\n" + GOOD, status=400, word="line 2"),
    BadBody(name="trailing comma", body=b'{"resourceType": "Bundle",}', status=400, word="comma"),
    BadBody(name="single quotes", body=b"{'resourceType': 'Bundle'}", status=400, word="column 2"),
    BadBody(name="a comment", body=b'{"resourceType": "Bundle" /* ours */}', status=400, word="line 1"),
    BadBody(name="no quotes round a name", body=b'{resourceType: "Bundle"}', status=400, word="column 2"),
    BadBody(name="leading zero", body=b'{"resourceType": "Bundle", "total": 007}', status=400, word="zero"),
    BadBody(name="a line break in a string", body=b'{"resourceType": "Bun\ndle"}', status=400, word="control character"),
    BadBody(name="half a surrogate pair", body=b'{"resourceType": "\\ud800"}', status=400, word="surrogate"),
    BadBody(name="NaN", body=GOOD.replace(b"120", b"NaN"), status=400, word="NaN"),
    BadBody(name="Infinity", body=GOOD.replace(b"120", b"Infinity"), status=400, word="Infinity"),
    BadBody(name="minus Infinity", body=GOOD.replace(b"120", b"-Infinity"), status=400, word="Infinity"),
    BadBody(name="a number beyond a double", body=GOOD.replace(b"120", b"1e999"), status=400, word="too big"),
    BadBody(name="a number of 400 digits", body=GOOD.replace(b"120", b"9" * 400), status=400, word="too big"),
    BadBody(name="latin-1", body='{"resourceType": "Bündel"}'.encode("latin-1"), status=400, word="UTF-8"),
    BadBody(name="UTF-16", body=GOOD.decode().encode("utf-16"), status=400, word="UTF-8"),
    BadBody(name="UTF-16 without a mark", body=GOOD.decode().encode("utf-16-le"), status=400, word="UTF-8"),
    BadBody(name="UTF-32", body=GOOD.decode().encode("utf-32"), status=400, word="UTF-8"),
    BadBody(name="XML", body=b'<Bundle xmlns="http://hl7.org/fhir"/>', status=400, word="XML"),
    BadBody(name="a form", body=b"bundle=1&setting=primary-care", status=400, word="line 1"),
    BadBody(name="random bytes", body=bytes(range(128, 256)), status=400, word="UTF-8"),
    BadBody(name="nul bytes", body=b"\x00" * 64, status=400, word="UTF-8"),
    BadBody(name="zipped and not said so", body=gzip.compress(GOOD, mtime=0), status=400, word="UTF-8"),
    BadBody(
        name="a name twice at the top", body=b'{"resourceType": "Bundle", "resourceType": "Bundle"}', status=400, word="twice"
    ),
    BadBody(
        name="a value twice", body=GOOD.replace(b'"value": 120', b'"value": 120, "value": 90'), status=400, word="valueQuantity"
    ),
    BadBody(
        name="a name twice, spelt apart",
        body=GOOD.replace(b'"id": "o1"', b'"id": "o1", "\\u0069d": "o2"'),
        status=400,
        word="twice",
    ),
    BadBody(name="a name twice, hidden by escapes", body=b'{"a" : "\\u003a\\u003A", "a" : "\\u003a"}', status=400, word="twice"),
    BadBody(name="65 arrays deep", body=b"[" * 65 + b"]" * 65, status=400, word="64"),
    BadBody(name="100,000 arrays deep", body=b"[" * 100_000 + b"]" * 100_000, status=400, word="64"),
    BadBody(name="100,000 arrays never closed", body=b"[" * 100_000, status=400, word="64"),
    BadBody(
        name="400 arrays deep, hidden by brackets in strings", body=b'["]",' * 400 + b"1" + b',"["]' * 400, status=400, word="64"
    ),
    BadBody(name="a form nested forty groups deep", body=written(_nested(40)), status=400, word="64"),
)

NOT_A_RECORD: tuple[BadBody, ...] = (
    BadBody(name="null", body=b"null", status=400, word="object"),
    BadBody(name="true", body=b"true", status=400, word="object"),
    BadBody(name="a number", body=b"42", status=400, word="object"),
    BadBody(name="a string", body=b'"Bundle"', status=400, word="object"),
    BadBody(name="an array of Bundles", body=b"[" + GOOD + b"]", status=400, word="array"),
    BadBody(name="an empty object", body=b"{}", status=400, word="resourceType"),
    BadBody(name="resourceType a number", body=b'{"resourceType": 7}', status=400, word="resourceType"),
    BadBody(name="resourceType null", body=b'{"resourceType": null, "entry": []}', status=400, word="resourceType"),
    BadBody(name="resourceType empty", body=b'{"resourceType": ""}', status=400, word="resourceType"),
    BadBody(name="a lone Patient", body=written(PATIENT), status=422, word="Patient"),
    BadBody(name="a lone Observation", body=written(PRESSURE), status=422, word="Observation"),
    BadBody(name="bundle in lower case", body=b'{"resourceType": "bundle"}', status=422, word="bundle"),
    BadBody(name="no FHIR at all", body=b'{"hello": "world"}', status=400, word="resourceType"),
    BadBody(name="a type R4 does not know", body=written(bundle(PATIENT, kind="folder")), status=400, word="folder"),
    BadBody(name="the type a number", body=written(bundle(PATIENT, kind=3)), status=400, word="Bundle.type"),
    BadBody(name="the type a list", body=written(bundle(PATIENT, kind=["collection"])), status=400, word="Bundle.type"),
    BadBody(name="a history", body=written(bundle(PATIENT, kind="history")), status=422, word="history"),
    BadBody(
        name="entry an object",
        body=written({"resourceType": "Bundle", "type": "collection", "entry": {}}),
        status=400,
        word="Bundle.entry",
    ),
    BadBody(
        name="entry a string",
        body=written({"resourceType": "Bundle", "type": "collection", "entry": "x"}),
        status=400,
        word="Bundle.entry",
    ),
    BadBody(
        name="entry null",
        body=written({"resourceType": "Bundle", "type": "collection", "entry": None}),
        status=400,
        word="Bundle.entry",
    ),
    BadBody(name="no entries", body=written({"resourceType": "Bundle", "type": "collection"}), status=422, word="no Patient"),
    BadBody(name="an empty list of entries", body=written(bundle()), status=422, word="no Patient"),
    BadBody(
        name="entries without resources",
        body=written({**bundle(), "entry": [{}, {"fullUrl": "urn:x"}]}),
        status=422,
        word="no Patient",
    ),
    BadBody(name="entries that are numbers", body=written({**bundle(), "entry": [1, None, "x"]}), status=422, word="no Patient"),
    BadBody(
        name="nobody's pressures",
        body=written(bundle({**PRESSURE, "subject": {"display": "him"}})),
        status=422,
        word="no Patient",
    ),
    BadBody(
        name="nothing but a device's",
        body=written(bundle({**PRESSURE, "subject": {"reference": "Device/d"}})),
        status=422,
        word="no Patient",
    ),
    BadBody(name="two patients", body=written(bundle(PATIENT, {**PATIENT, "id": "p2"}, PRESSURE)), status=422, word="Patient/p2"),
    BadBody(
        name="two patients without ids",
        body=written(bundle({"resourceType": "Patient"}, PATIENT)),
        status=422,
        word="two patients",
    ),
    BadBody(name="two subjects and no Patient", body=written(bundle(PRESSURE, _ABOUT_P2)), status=422, word="Patient/p2"),
    BadBody(
        name="only an OperationOutcome came back from the search",
        body=written(
            {
                **bundle(kind="searchset"),
                "entry": [{"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome"}}],
            }
        ),
        status=422,
        word="no Patient",
    ),
)

BROKEN_UNDER_STRICT: tuple[BadBody, ...] = (
    _strict("a status R4 does not have", {**PRESSURE, "status": "done"}, "Bundle.entry[1].resource.status"),
    _strict("a pressure without a status", {key: value for key, value in PRESSURE.items() if key != "status"}, "status"),
    _strict("no code", {key: value for key, value in PRESSURE.items() if key != "code"}, "code"),
    _strict("the value in quotes", {**PRESSURE, "valueQuantity": {"value": "120"}}, "valueQuantity.value"),
    _strict("the value an object", {**PRESSURE, "valueQuantity": {"value": {}}}, "valueQuantity.value"),
    _strict("two values at once", {**PRESSURE, "valueString": "120"}, "valueString"),
    _strict("a day that does not exist", {**PRESSURE, "effectiveDateTime": "2025-02-29"}, "effectiveDateTime"),
    _strict("a time without a zone", {**PRESSURE, "effectiveDateTime": "2025-02-28T10:00:00"}, "effectiveDateTime"),
    _strict("an id of 65 characters", {**PRESSURE, "id": "x" * 65}, "id"),
    _strict("an empty list", {**PRESSURE, "category": []}, "category"),
    _strict("an empty site", {**PRESSURE, "bodySite": {}}, "bodySite"),
    _strict("an empty string", {**PRESSURE, "valueQuantity": {"unit": ""}}, "unit"),
    _strict("an element R4 does not know", {**PRESSURE, "colour": "blue"}, "colour"),
    _strict("null for a value", {**PRESSURE, "issued": None}, "issued"),
    _strict("a lone object where a list belongs", {**PRESSURE, "category": {"text": "x"}}, "category"),
    _strict("a resource that is a string", "Observation", "resource"),
    _strict("a resource without a type", {"id": "x"}, "resourceType"),
    _strict(
        "an answer with two values",
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "item": [{"linkId": "a", "answer": [{"valueBoolean": True, "valueInteger": 1}]}],
        },
        "valueBoolean",
    ),
    _strict("a Condition of nobody", {"resourceType": "Condition", "code": {"text": "x"}}, "subject"),
    BadBody(
        name="a Patient born on a day that was not",
        body=written(bundle({**PATIENT, "birthDate": "1955-13-01"})),
        status=400,
        word="birthDate",
        prefer="handling=strict",
    ),
)

WRONG_REQUESTS: tuple[BadBody, ...] = (
    BadBody(name="plain text", body=GOOD, status=415, word="Content-Type", content_type="text/plain"),
    BadBody(name="XML by name", body=GOOD, status=415, word="Content-Type", content_type="application/fhir+xml"),
    BadBody(name="latin-1 by name", body=GOOD, status=415, word="charset", content_type="application/fhir+json; charset=latin-1"),
    BadBody(name="R5 by name", body=GOOD, status=415, word="fhirVersion", content_type="application/fhir+json; fhirVersion=5.0"),
    BadBody(name="brotli", body=GOOD, status=415, word="Content-Encoding", content_encoding="br"),
    BadBody(name="gzip by name only", body=GOOD, status=400, word="gzip", content_encoding="gzip"),
    BadBody(name="gzip cut off", body=gzip.compress(GOOD, mtime=0)[:-12], status=400, word="gzip", content_encoding="gzip"),
    BadBody(
        name="gzip with a tail", body=gzip.compress(GOOD, mtime=0) + b"tail", status=400, word="gzip", content_encoding="gzip"
    ),
    BadBody(
        name="gzip bomb", body=gzip.compress(b" " * (32 * MEBIBYTE), mtime=0), status=413, word="limit", content_encoding="gzip"
    ),
    BadBody(name="5 MB of record", body=GOOD + b" " * (5 * MEBIBYTE), status=413, word="limit"),
    BadBody(name="5 MB of one string", body=b'{"resourceType": "' + b"B" * (5 * MEBIBYTE) + b'"}', status=413, word="limit"),
)

WRONG_PARAMETERS: tuple[BadBody, ...] = (
    BadBody(name="no parameters", body=b'{"resourceType": "Parameters"}', status=400, word="bundle"),
    BadBody(
        name="no parameter bundle", body=_parameters({"name": "setting", "valueCode": "primary-care"}), status=400, word="bundle"
    ),
    BadBody(name="two Bundles", body=_parameters(_BUNDLE, _BUNDLE), status=400, word="bundle"),
    BadBody(name="the bundle is a Patient", body=_parameters({"name": "bundle", "resource": PATIENT}), status=400, word="bundle"),
    BadBody(name="the bundle is a string", body=_parameters({"name": "bundle", "valueString": "{}"}), status=400, word="bundle"),
    BadBody(
        name="a setting nobody has",
        body=_parameters(_BUNDLE, {"name": "setting", "valueCode": "moon-base"}),
        status=400,
        word="setting",
    ),
    BadBody(name="a setting without a value", body=_parameters(_BUNDLE, {"name": "setting"}), status=400, word="setting"),
    BadBody(
        name="a setting twice",
        body=_parameters(_BUNDLE, *[{"name": "setting", "valueCode": "spine-clinic"}] * 2),
        status=400,
        word="setting",
    ),
    BadBody(
        name="asOf no date", body=_parameters(_BUNDLE, {"name": "asOf", "valueDateTime": "yesterday"}), status=400, word="asOf"
    ),
    BadBody(
        name="asOf 30 February",
        body=_parameters(_BUNDLE, {"name": "asOf", "valueDateTime": "2026-02-30"}),
        status=400,
        word="asOf",
    ),
    BadBody(
        name="an output nobody has", body=_parameters(_BUNDLE, {"name": "output", "valueCode": "pdf"}), status=400, word="output"
    ),
    BadBody(
        name="an unknown parameter",
        body=_parameters(_BUNDLE, {"name": "patient", "valueString": "p1"}),
        status=400,
        word="patient",
    ),
    BadBody(
        name="a Bundle of two patients",
        body=_parameters({"name": "bundle", "resource": bundle(PATIENT, {**PATIENT, "id": "p2"})}),
        status=422,
        word="Patient/p2",
    ),
)

BAD_BODIES: tuple[BadBody, ...] = (*NOT_JSON, *NOT_A_RECORD, *BROKEN_UNDER_STRICT, *WRONG_REQUESTS, *WRONG_PARAMETERS)


def cyclic_references() -> Json:
    """Two Observations that are members of each other, and one of itself: odd, but readable, and answered as any other."""
    return bundle(
        PATIENT,
        {**PRESSURE, "id": "a", "hasMember": [{"reference": "Observation/b"}]},
        {**PRESSURE, "id": "b", "hasMember": [{"reference": "Observation/a"}]},
        {**PRESSURE, "id": "c", "derivedFrom": [{"reference": "Observation/c"}]},
    )
