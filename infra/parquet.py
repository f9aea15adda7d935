"""Lists as Parquet files for programs that analyse them: typed columns, exact amounts and moments, with memory for one group of rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from infra.spreadsheet import Cell, Heads

PARQUET_TYPE: Final = "application/vnd.apache.parquet"

_ROWS_IN_GROUP: Final = 5_000
# Amounts and the house's own numbers have at most six digits after the point, and sums of them fit into 32 before it.
_PRECISION: Final = 38
_SCALE: Final = 6


class ParquetMissing(RuntimeError):
    """The library that writes Parquet is not installed; says how to get it."""


def require() -> None:
    """Raises ParquetMissing."""
    try:
        import pyarrow as pa  # noqa: F401, PLC0415 - an extra, which takes half a second and 60 MB when it is needed
    except ImportError as error:
        raise ParquetMissing("Parquet needs an extra that is not installed: pip install 'tallystick[parquet]'.") from error


def parquet_bytes(heads: Heads, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file, a piece after each group of rows; every column can be null. Raises ParquetMissing."""
    require()
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415

    kinds = {
        str: pa.string(),
        int: pa.int64(),
        Decimal: pa.decimal128(_PRECISION, _SCALE),
        date: pa.date32(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    columns = heads if isinstance(heads, Mapping) else dict.fromkeys(heads, str)
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    written = _Pieces()
    left = iter(rows)
    with ParquetWriter(written, schema, compression="zstd") as writer:
        while group := list(islice(left, _ROWS_IN_GROUP)):
            held = [
                pa.array(map(_text, cells) if kind is str else cells, field.type)
                for cells, kind, field in zip(zip(*group, strict=True), columns.values(), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(held, schema=schema))
            yield written.taken()
    yield written.taken()


def _text(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return cell.isoformat() if isinstance(cell, date) else str(cell)


class _Pieces(io.RawIOBase):
    """A file that is only ever written to the end, and handed on piece by piece."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:  # noqa: ANN401 - any buffer
        self._waiting += piece
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece
