"""GET /assets/{name}: the style sheets, scripts and drawings of the pages, every one of them from here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from flask import Blueprint, Response

from service.errors import NotFound, Problem
from service.fhir.forms.form_definition import read_definition
from service.fhir.forms.questionnaire import questionnaire
from service.web.definitions import revalidated, tagged
from service.web.pages.forms.conditions import conditions_css

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


def assets() -> Blueprint:
    """The door to the files. A name is looked up among those that are there; it never becomes a path."""
    door = Blueprint("assets", __name__)

    @door.get("/assets/<name>")
    def asset(name: str) -> Response:
        files = _files()
        if name not in files:
            raise NotFound(
                Problem(issue_type="not-found", diagnostics=f"there is no {name[:64]!r} here; there are: {', '.join(files)}")
            )
        return revalidated(*files[name], _TYPES[name.rpartition(".")[2]])

    return door


@cache
def _files() -> Mapping[str, tuple[bytes, str]]:
    folder = resources.files("service.web.pages") / "assets"
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    # Made from the definition, which both forms share in this.
    files["form-conditions.css"] = conditions_css(read_definition(questionnaire())).encode()
    return {name: tagged(files[name]) for name in sorted(files)}
