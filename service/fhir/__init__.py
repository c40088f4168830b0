"""FHIR R4 in and out, as pure functions. The only place that imports fhir.resources."""
