"""The reasoning: values in, frozen dataclasses out. No clock, no I/O, no FHIR, no web framework."""
