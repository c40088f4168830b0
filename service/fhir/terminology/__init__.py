"""Every code the service reads or writes, once each, with its display, sorted by who publishes it."""
