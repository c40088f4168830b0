"""Loading what the calls out need, before the first of them has to be quick."""

from __future__ import annotations


def load() -> None:
    """Load the HTTP client and whose certificates are believed: half a second that a server spends at its start."""
    from service.outbound.pinned_session import trusted_authorities

    trusted_authorities()
