"""HTTP only: parse, call, answer. With the app module the only place that imports flask."""
