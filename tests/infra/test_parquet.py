"""Parquet files say what the list says, exactly and with types, and take no more memory for more rows."""

from __future__ import annotations

import io
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from infra import spreadsheet
from infra.parquet import ParquetMissing, parquet_bytes
from infra.spreadsheet import Cell, Columns

COLUMNS: Columns = {"text": str, "count": int, "amount": Decimal, "day": date, "moment": datetime}
SHANGHAI = timezone(timedelta(hours=8))
LARGEST = Decimal("92233720368547758.07")


def rows(count: int) -> Iterator[tuple[Cell, ...]]:
    """So many rows, of which every third has nothing in it."""
    for n in range(count):
        moment = datetime(2026, 3, 31, 8, 0, 0, n % 1_000_000, tzinfo=SHANGHAI)
        yield (None,) * 5 if n % 3 == 2 else (f"=采购 {n}", n, LARGEST - n, date(2026, 1, 1) + timedelta(n % 365), moment)


def test_what_is_read_back_is_the_list(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    assert spreadsheet.write(path, COLUMNS, rows(11_000)) == 11_000
    table = parquet.read_table(path)
    assert {field.name: str(field.type) for field in table.schema} == {
        "text": "string",
        "count": "int64",
        "amount": "decimal128(38, 6)",
        "day": "date32[day]",
        "moment": "timestamp[us, tz=UTC]",
    }
    assert parquet.ParquetFile(path).num_row_groups == 3
    assert [tuple(row.values()) for row in table.to_pylist()] == list(rows(11_000))


def test_an_empty_list_still_has_its_columns() -> None:
    table = parquet.read_table(io.BytesIO(b"".join(parquet_bytes(COLUMNS, ()))))
    assert (table.num_rows, table.column_names) == (0, list(COLUMNS))


def test_three_times_the_rows_take_no_more_memory() -> None:
    def peak(count: int) -> tuple[int, int]:
        held = 0
        tracemalloc.start()
        for _ in parquet_bytes(COLUMNS, rows(count)):
            held = max(held, pa.total_allocated_bytes())
        _, mine = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return mine, held

    peak(10)
    (few, few_held), (many, many_held) = peak(10_000), peak(30_000)
    # Two groups meet in memory: the one that was written, and the next that is gathered.
    assert many < few * 1.2
    assert many_held < few_held + 1_000_000


def test_a_house_without_the_library_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetMissing, match=r"tallystick\[parquet\]"):
        next(parquet_bytes(COLUMNS, ()))


def test_moments_are_kept_to_the_microsecond_in_utc() -> None:
    [row] = parquet.read_table(io.BytesIO(b"".join(parquet_bytes({"at": datetime}, rows_of_one())))).to_pylist()
    assert row["at"] == datetime(2026, 3, 31, 0, 0, 0, 7, tzinfo=UTC)


def rows_of_one() -> Iterator[tuple[Cell, ...]]:
    """A moment in Shanghai."""
    yield (datetime(2026, 3, 31, 8, 0, 0, 7, tzinfo=SHANGHAI),)


def test_heads_without_types_stand_over_text() -> None:
    row: tuple[Cell, ...] = ("a", 7, Decimal("1.50"), date(2026, 3, 31), None)
    [told] = parquet.read_table(io.BytesIO(b"".join(parquet_bytes(("t", "n", "m", "d", "e"), [row])))).to_pylist()
    assert told == {"t": "a", "n": "7", "m": "1.50", "d": "2026-03-31", "e": None}
