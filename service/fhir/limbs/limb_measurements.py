"""Pressures and reported indices of one Observation together: a laboratory may send the index with the pressures it came from."""

from __future__ import annotations

from service.fhir.elements import codings
from service.fhir.limbs.index_codes import may_be_index
from service.fhir.limbs.pressures import may_be_pressure, read_pressures
from service.fhir.limbs.reported_indices import read_reported_index
from service.fhir.reading import Context, Entry, Read


def read_limb_measurements(entry: Entry, context: Context) -> Read | None:
    """Every limb pressure and every index of one Observation, each remark once; None when it holds neither."""
    # Most Observations of a record are neither, and their code tells.
    codes = frozenset(codings(entry.resource.get("code")))
    pressures = read_pressures(entry, context) if may_be_pressure(entry.resource, codes, context) else None
    indices = read_reported_index(entry, context) if may_be_index(entry.resource, codes, context) else None
    if pressures is None or indices is None:
        return pressures or indices
    return Read(
        pressures=pressures.pressures, reported=indices.reported, issues=tuple(dict.fromkeys(pressures.issues + indices.issues))
    )
