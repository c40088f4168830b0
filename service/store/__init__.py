"""The only place that holds SQL: what was assessed, without patient data."""
