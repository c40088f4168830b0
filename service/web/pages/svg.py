"""Elements of a drawing. They are built as a tree and written by the standard library, so no text can become markup."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

Node = Element
Number = int | float


def node(tag: str, *children: Node, text: str = "", **attributes: str | Number) -> Node:
    """One element. Attributes are named as in SVG, `_` for `-`, and `class_` and `for_` without their last one; numbers are written short."""
    made = Element(tag, {_name(name): _written(value) for name, value in attributes.items()})
    made.text = text or None
    made.extend(children)
    return made


def written(drawing: Node) -> str:
    """The element as it may stand in an HTML page."""
    return tostring(drawing, encoding="unicode", short_empty_elements=False)


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name not in ("viewBox", "preserveAspectRatio", "patternUnits") else name


def _written(value: str | Number) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
