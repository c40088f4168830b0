"""What the proxies in front say about the caller, believed as far as the settings say how many there are."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def register_proxies(app: Flask, number: int) -> None:
    """Take address, scheme, host and prefix of the caller from the X-Forwarded headers of so many proxies; 0 believes nobody."""
    if number:
        proxied = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number, x_port=number, x_prefix=number)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # the way that the manuals of flask and werkzeug have it
