"""Routes whose addresses are only ever matched: what it takes to build one is compiled when somebody builds one, which nobody here does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class MatchedRule(Rule):
    """A route as werkzeug has it. Compiling the builders of all routes takes most of the time of making the application."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        built: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not built:
                built.append(compile_now(append_unknown))
            return built[0](rule, **values)

        return build
