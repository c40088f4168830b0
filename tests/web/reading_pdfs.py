"""Reads a PDF as a person and a screen reader would."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader

MM = 72 / 25.4


class Sheet:
    """A PDF that was made for one sheet."""

    def __init__(self, body: bytes) -> None:
        self._reader = PdfReader(io.BytesIO(body))
        self.pages = len(self._reader.pages)
        self.text = " ".join(" ".join(page.extract_text() for page in self._reader.pages).replace("\u200b", "").split())
        self.catalogue: Any = self._reader.trailer["/Root"]
        self.title = str(self._reader.metadata.title) if self._reader.metadata else ""
        self.made: Any = self._reader.metadata.creation_date if self._reader.metadata else None

    def size_mm(self) -> tuple[int, int]:
        box = self._reader.pages[0].mediabox
        return round(float(box.width) / MM), round(float(box.height) / MM)

    def fonts(self) -> set[str]:
        found: set[str] = set()
        for page in self._reader.pages:
            found |= {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
        return found

    def tags(self) -> list[str]:
        """The tags of everything on it, in reading order."""
        return [kind for kind, _ in self._tagged(self.catalogue["/StructTreeRoot"])]

    def pictures(self) -> list[str]:
        """What the pictures show, in words."""
        return [words for kind, words in self._tagged(self.catalogue["/StructTreeRoot"]) if kind == "/Figure"]

    def addresses(self) -> list[str]:
        """What it would open or fetch: links, actions, embedded files."""
        told = []
        for number in range(1, self._reader.trailer["/Size"]):
            inner = self._reader.get_object(number)
            if isinstance(inner, dict):
                told += [
                    name for name in ("/URI", "/JavaScript", "/JS", "/EmbeddedFile", "/Launch", "/OpenAction") if name in inner
                ]
        return told

    def _tagged(self, node: Any) -> list[tuple[str, str]]:
        node = node.get_object()
        if isinstance(node, list):
            return [found for one in node for found in self._tagged(one)]
        if not isinstance(node, dict):
            return []
        own = [(str(node["/S"]), str(node.get("/Alt", "")))] if "/S" in node else []
        return own + (self._tagged(node["/K"]) if "/K" in node else [])
