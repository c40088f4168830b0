"""Every code the service knows, checked by the arithmetic its publisher built into it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import service.fhir.terminology
from service.fhir.terminology.code import LOINC, SNOMED, Code

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.iter_modules(service.fhir.terminology.__path__, "service.fhir.terminology.")
]


def _codes(value: object) -> list[Code]:
    if isinstance(value, Code):
        return [value]
    if isinstance(value, dict):
        return [code for pair in value.items() for one in pair for code in _codes(one)]
    if isinstance(value, tuple | list | set | frozenset):
        return [code for one in value for code in _codes(one)]
    return []


CODES = sorted({code for module in MODULES for value in vars(module).values() for code in _codes(value)})


def of(system: str) -> list[str]:
    return sorted({code.code for code in CODES if code.system == system})


# The dihedral group of order ten, and the permutation Verhoeff chose.
_TIMES = [[(a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5 for b in range(10)] for a in range(5)]
_TIMES += [[5 + (a - b) % 5 if b < 5 else (a - b) % 5 for b in range(10)] for a in range(5, 10)]
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(identifier: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(identifier)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _TURN[turned]
        check = _TIMES[check][turned]
    return check == 0


def luhn(number: str) -> bool:
    """The letters of an answer code (LA...) count by their distance from '0'."""
    body, check = number.rsplit("-", 1)
    total = 0
    for place, character in enumerate(reversed(body)):
        value = (ord(character) - ord("0")) * (2 if place % 2 == 0 else 1)
        total += sum(map(int, str(value))) if place % 2 == 0 else value
    return -total % 10 == int(check)


@pytest.mark.parametrize("identifier", of(SNOMED))
def test_a_snomed_identifier_has_its_check_digit(identifier: str) -> None:
    assert verhoeff(identifier)


@pytest.mark.parametrize("number", of(LOINC))
def test_a_loinc_number_has_its_check_digit(number: str) -> None:
    assert luhn(number)


@pytest.mark.parametrize("identifier", ["241571004", "279372000", "16444991000119100", "76783986"])
def test_wrong_snomed_identifiers_from_the_wild_are_caught(identifier: str) -> None:
    assert not verhoeff(identifier)


@pytest.mark.parametrize("number", ["39068-8", "39052-2", "39053-0"])
def test_wrong_loinc_numbers_from_the_wild_are_caught(number: str) -> None:
    assert not luhn(number)


def test_no_code_has_two_displays() -> None:
    displays: dict[tuple[str, str], set[str]] = {}
    for code in CODES:
        displays.setdefault(code[:2], set()).add(code.display)
    assert {code: shown for code, shown in displays.items() if len(shown) > 1} == {}


def test_every_code_has_a_display() -> None:
    assert [code for code in CODES if not code.display.strip() or code.display != code.display.strip()] == []


def test_a_code_gives_its_coding() -> None:
    code = Code(SNOMED, "7771000", "Left (qualifier value)")
    assert code.coding() == {"system": SNOMED, "code": "7771000", "display": "Left (qualifier value)"}
