"""What the fields of an import's answer mean."""

from __future__ import annotations

from typing import Final

# By class and field: what it says, and an example.
SAID: Final[tuple[tuple[str, str, str, object], ...]] = (
    ("RowFlaw", "sheet", "The sheet of the workbook: `contracts`, or a part of them.", "contracts"),
    ("RowFlaw", "row", "The row, counted from 1 as spreadsheets do.", 3),
    ("RowFlaw", "column", "What stands at the head of the column; null where it is the row as a whole.", "合同金额 amount"),
    ("RowFlaw", "reason", "What is wrong, in a sentence.", "'zwölf' is no plain number such as 83420.00."),
    ("ImportLine", "number", "The contract's number; null for rows that belong to no contract.", "采-2026-001"),
    ("ImportLine", "row", "The row of the contract.", 3),
    ("ImportLine", "became", "What became of the contract.", "new"),
    ("ImportLine", "id", "The contract's id in the ledger.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("ImportLine", "flaws", "What is wrong with its rows; with any, nothing of the contract was recorded.", []),
    ("ImportEnd", "complete", "Whether every row of the file was come to.", True),
    ("ImportEnd", "dry_run", "Whether everything was only decided.", False),
    ("ImportEnd", "new", "How many contracts were recorded now.", 2),
    ("ImportEnd", "unchanged", "How many the ledger had just so.", 0),
    ("ImportEnd", "changed", "How many the ledger has with other content; they stay as they are.", 0),
    ("ImportEnd", "refused", "How many were not taken.", 1),
    ("ImportEnd", "wrong", "How many things are wrong with rows.", 1),
    ("ImportEnd", "problem", "What kept the rest from being come to; send the same file again.", None),
)
