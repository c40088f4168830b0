"""Reads a page as its reader would: elements with their attributes, their text and what is in them. Stops at markup that is not well nested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img"}


@dataclass
class Part:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Part | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(child if isinstance(child, str) else child.text for child in self.children).split())

    def all(self) -> Iterator[Part]:
        for child in self.children:
            if isinstance(child, Part):
                yield child
                yield from child.all()

    def having(self, attribute: str, value: str | None = None) -> list[Part]:
        """Those inside with this attribute, of this value where one is given; `told=` of the page is one."""
        return [part for part in self.all() if attribute in part.attributes and value in (None, part.attributes[attribute])]

    def told(self, value: str) -> Part:
        """The one element that tells this."""
        (found,) = self.having("data-told", value)
        return found

    def codes(self, kind: str) -> list[str]:
        """The codes told of one kind, in the order of the page."""
        named = (part.attributes["data-told"] for part in self.having("data-told"))
        return [name.partition(":")[2] for name in named if name.startswith(f"{kind}:")]

    def numbers(self) -> list[str]:
        return [part.text for part in self.all() if part.tag == "data"]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Part("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        part = Part(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(part)
        if tag not in VOID:
            self.open.append(part)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Part(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(html: str) -> Part:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is left open"
    return reader.open[0]
