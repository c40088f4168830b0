"""The export: what a spreadsheet, and a program, read from it."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest

from service.cds_hooks.card_export import COLUMNS, csv_of
from service.store.dashboard_values import Became, ShownCard


def shown(**given: Any) -> ShownCard:
    made = {
        "day": date(2026, 3, 2),
        "service": "claudication",
        "hook": "order-sign",
        "client": "north",
        "rule": "abi-overdue",
        "indicator": "info",
        "became": Became.OVERRIDDEN,
        "reason_system": "https://x",
        "reason_code": "not-now",
        "spent_ms": 84,
    }
    return ShownCard(**made | given)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_card_is_a_row_and_a_line_ends_as_the_standard_says() -> None:
    text = "".join(csv_of([shown()]))
    assert text == (
        f"{','.join(COLUMNS)}\r\n2026-W10,2026-03-02,claudication,order-sign,north,abi-overdue,info,overridden,https://x,not-now,84\r\n"
    )


def test_what_is_not_known_is_empty_and_no_card_leaves_the_header() -> None:
    assert read("".join(csv_of([shown(spent_ms=None, reason_code="")])))[0]["latency_ms"] == ""
    assert "".join(csv_of([])) == f"{','.join(COLUMNS)}\r\n"


def test_many_cards_come_in_pieces_and_all_of_them() -> None:
    pieces = list(csv_of(shown(spent_ms=number) for number in range(1_203)))
    assert len(pieces) > 3
    assert [int(row["latency_ms"]) for row in read("".join(pieces))] == list(range(1_203))


@pytest.mark.parametrize("code", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", " =1+1"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(code: str) -> None:
    assert read("".join(csv_of([shown(reason_code=code)])))[0]["reason_code"] == f"'{code}"


def test_quotes_and_commas_of_a_code_stay_in_its_cell() -> None:
    code = 'a,"b"'
    assert read("".join(csv_of([shown(reason_code=code)])))[0]["reason_code"] == code
