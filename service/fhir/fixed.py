"""Parts of answers that are the same in all of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from service.fhir.elements import Json


class Fixed(dict[str, Any]):
    """A part of an answer that does not hang on the patient: made once, shared by all answers, not to be changed.

    The check of what leaves looks at it the first time it meets it, and passes by it once it is `sound`. A copy of it is a plain object again.
    """

    __slots__ = ("sound",)

    def __init__(self, part: Json) -> None:
        super().__init__(part)
        self.sound = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Json:
        return {name: deepcopy(value, memo) for name, value in self.items()}
