"""Pressures and reported indices of one Observation together: a laboratory may send the index with the pressures it came from."""

from __future__ import annotations

from service.fhir.pressures import read_pressures
from service.fhir.reading import Context, Entry, Read
from service.fhir.reported_indices import read_reported_index


def read_limb_measurements(entry: Entry, context: Context) -> Read | None:
    """Every limb pressure and every index of one Observation, each remark once; None when it holds neither."""
    pressures, indices = read_pressures(entry, context), read_reported_index(entry, context)
    if pressures is None or indices is None:
        return pressures or indices
    return Read(
        pressures=pressures.pressures, reported=indices.reported, issues=tuple(dict.fromkeys(pressures.issues + indices.issues))
    )
