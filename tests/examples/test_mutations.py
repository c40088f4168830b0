"""Every example, broken in one place in every way JSON can be: a clear refusal or a valid answer, never a fault."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.errors import BadRequest, Unprocessable
from service.evidence.loader import load_evidence
from service.fhir.output_check import violations
from service.pipeline import assess_bundle
from tests.properties import examples

EXAMPLES = Path(__file__).parents[2] / "examples"
BUNDLES = {
    folder.name: json.loads((folder / "bundle.json").read_bytes()) for folder in sorted(EXAMPLES.iterdir()) if folder.is_dir()
}
AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIDENCE = load_evidence()

Step = str | int


def places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Every place in a document below its top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, held in inner:
        yield (*path, step)
        yield from places(held, (*path, step))


PLACES = [(name, path) for name, bundle in BUNDLES.items() for path in places(bundle)]
STRANGE = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**12), max_value=10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["", " ", "Patient/x", "#x", "urn:uuid:x", "2026-02-30", "9999-12-31T23:59:59Z", ">250", "final", "mm[Hg]"])
    | st.lists(st.integers(-(10**12), 10**12) | st.none() | st.text(max_size=3), max_size=2)
    | st.dictionaries(
        st.sampled_from(["value", "code", "coding", "system", "reference", "text", "resourceType"]),
        st.text(max_size=3),
        max_size=2,
    )
)


@examples(150)
@given(place=st.sampled_from(PLACES), strange=STRANGE)
def test_one_strange_value_anywhere_is_answered(place: tuple[str, tuple[Step, ...]], strange: Any) -> None:
    name, path = place
    bundle = copy.deepcopy(BUNDLES[name])
    holder = bundle
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = strange
    try:
        answer = assess_bundle(bundle, EVIDENCE, as_of=AS_OF)
    except (BadRequest, Unprocessable):
        return
    assert violations(answer.bundle) == ()
    assert not [issue.detail for issue in answer.assessment.issues if "could not be read (" in issue.detail]
