"""A drawing of the page on its own: with the rules that style it, the font of the report, and its content in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from xml.etree.ElementTree import Element, fromstring, tostring

from service.web.pages.report.characters import printable

FONT = "IBM Plex Sans"
_OVERHANG = 8
"""How far what stands at the end of a bar reaches beyond it; a page lets it, a picture on its own cuts it off."""
_SVG = "http://www.w3.org/2000/svg"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
_FAMILIES = re.compile(r"(font: [^;]*?px) [^;]*")
_STYLES_A_DRAWING = re.compile(r"\b(fill|stroke|font)\b")


def drawing_alone(drawing: str) -> tuple[str, str]:
    """The drawing as a document of its own, and its title and description in words ("" where it only repeats what stands beside it)."""
    svg = fromstring(drawing)  # noqa: S314 - written by our own functions a moment ago, without a document type that could declare anything
    words = " ".join(one.text or "" for one in svg if one.tag in ("title", "desc"))
    for one in [one for one in svg if one.tag in ("title", "desc")]:
        svg.remove(one)
    for one in svg.iter():
        if one.text:
            one.text = printable(one.text)
    if svg.get("class") == "bar":
        left, top, width, height = map(float, svg.attrib["viewBox"].split())
        svg.set("viewBox", f"{left - _OVERHANG:g} {top:g} {width + 2 * _OVERHANG:g} {height:g}")
    svg.set("xmlns", _SVG)
    style = Element("style")
    style.text = _style()
    svg.insert(0, style)
    return tostring(svg, encoding="unicode"), printable(words)


@cache
def _style() -> str:
    """The rules of the page's own style sheet that colour a drawing, with their colours written out: outside of a page there are no variables."""
    sheet = (resources.files("service.web.pages") / "assets" / "page.css").read_text(encoding="utf-8").partition("@media")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", sheet))
    return "\n".join(_drawing_rules(_VARIABLE.sub(lambda name: colours[name[1]], sheet)))


def _drawing_rules(sheet: str) -> Iterator[str]:
    for selector, said in _RULE.findall(sheet):
        if selector.strip().startswith(".") and _STYLES_A_DRAWING.search(said):
            in_our_font = _FAMILIES.sub(rf'\1 "{FONT}"', said)
            yield f"{selector.strip()} {{{in_our_font}}}"
