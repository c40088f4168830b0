"""docs/conformance.md: each numbered requirement of CDS Hooks 2.0, and the tests that check it.

    python -m tests.conformance.matrix        writes the page anew

The tests say themselves which requirements they check, by the mark `requirement`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
_HEAD = """# Conformance with CDS Hooks 2.0

Each requirement of the specification that concerns a service, by its number in the published test kit, with the tests that check it, or why none does. The words
are ours; the specification is at <https://cds-hooks.hl7.org/2.0/>. Made by `python -m tests.conformance.matrix` from the marks of the tests; a test fails when this page
is stale, and when a requirement has neither test nor reason.

"""
_PROBES = """Single calls that tell services of this kind apart, and what others did with them: AHRQ CQL Services 3.2.0 and HealthChain 0.16.1 when they were run, the
reference implementation of Da Vinci CRD (September 2025) as its source says. What this service answers is what the tests in `tests/conformance/test_probes.py` ask for."""


def requirements() -> Mapping[str, Mapping[str, str]]:
    """By number: level, says, not_tested where no test is wanted, remark where the tests do not tell all."""
    table: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "requirements.toml").read_text())
    return table


def checks() -> Mapping[str, tuple[str, ...]]:
    """By number, the tests that carry its mark, as `file::test`."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" not in file.parts:
            for number, test in _marked(file):
                found.setdefault(number, []).append(f"{file.relative_to(ROOT).as_posix()}::{test}")
    return {number: tuple(dict.fromkeys(tests)) for number, tests in found.items()}


def _marked(file: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_all = [
        number for node in tree.body if isinstance(node, ast.Assign) and _is_pytestmark(node) for number in _numbers(node.value)
    ]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for number in [*for_all, *(number for decorator in node.decorator_list for number in _numbers(decorator))]:
                yield number, node.name


def _is_pytestmark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _numbers(expression: ast.expr) -> Iterator[str]:
    """The numbers of every `...requirement("1", "2")` inside an expression, those of parametrized cases too."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def page() -> str:
    """The whole page."""
    tested = checks()
    table = requirements()
    covered = sum(number in tested for number in table)
    lines = [f"{len(table)} requirements: {covered} checked by tests, {len(table) - covered} not, each with its reason.", ""]
    lines += ["| No. | Level | Requirement | Checked by |", "|---|---|---|---|"]
    for number, requirement in table.items():
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tested.get(number, ()))
        lines.append(f"| {number} | {requirement['level']} | {requirement['says']} | {_checked(tests, requirement)} |")
    return _HEAD + "\n".join([*lines, "", *_probe_lines()]) + "\n"


def probes() -> Mapping[str, tuple[str, str, str]]:
    """By number ("P1"): the test, what it sends, what other services did."""
    file = ROOT / "tests" / "conformance" / "test_probes.py"
    found: dict[str, tuple[str, str, str]] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and (named := re.match(r"test_p(\d\d)_", node.name)):
            sent, _, others = (ast.get_docstring(node) or "").partition("\n\n")
            found.setdefault(f"P{int(named[1])}", (node.name, " ".join(sent.split()), " ".join(others.split())))
    return found


def _probe_lines() -> Iterator[str]:
    yield from ("## Probes", "", _PROBES, "", "| | What is sent | Elsewhere | Test |", "|---|---|---|---|")
    for number, (test, sent, others) in sorted(probes().items(), key=lambda one: int(one[0][1:])):
        yield f"| {number} | {sent} | {others} | `{test}` |"


def _checked(tests: str, requirement: Mapping[str, str]) -> str:
    if not tests:
        return f"Not by a test. {requirement.get('not_tested', '')}"
    return f"{tests}<br>{requirement['remark']}" if "remark" in requirement else tests


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
