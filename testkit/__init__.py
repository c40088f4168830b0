"""For who integrates: what checks the other side of a connection. Needs nothing but Python, and nothing of the service."""
