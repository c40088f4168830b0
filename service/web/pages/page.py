"""How a page for people leaves the service: made from a template, kept by nobody, let in with its own files and nothing else."""

from __future__ import annotations

from flask import Response, render_template

from service import __version__
from service.evidence.intended_use import INTENDED_USE

HTML_TYPE = "text/html"
HTML = f"{HTML_TYPE}; charset=utf-8"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

FRAMED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""Of a page that other sites may show in a frame: one that tells of nobody and does nothing."""


def page(template: str, *, status: int = 200, **shown: object) -> Response:
    """Nobody keeps a page: it may tell of a patient."""
    body = render_template(template, intended_use=INTENDED_USE, version=__version__, status=status, **shown)
    answer = Response(body, status=status, content_type=HTML)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept"
    return answer


def download(body: bytes, name: str, media_type: str) -> Response:
    """A file to keep, under this name."""
    answer = Response(body, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept"
    return answer
