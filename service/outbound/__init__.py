"""The only place that calls out: FHIR servers, key sets, callbacks. Every address is checked before anything is sent to it."""
