"""What the fields of views' differences mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

_LINES: Final[tuple[tuple[str, str, str, object], ...]] = (
    ("ViewDifferencePage", "rows", "The rows that moved, in the order of their ids.", []),
    (
        "ViewDifferencePage",
        "on",
        "Of sums the day from which both sides were seen; null for lists, and for statistics, which depend on no day.",
        None,
    ),
    (
        "MovedLine",
        "id",
        "The row's key: the contract's, the party's or the product's id, or what tells it apart from other rows.",
        "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    ),
    (
        "MovedLine",
        "name",
        "The contract's number, the party's name or the product's code; of a sum what it is of, and its currency.",
        "采-2026-001",
    ),
    ("MovedLine", "how", "Whether the row came into the view, left it, or says something else.", "changed"),
    ("MovedLine", "changes", "Its columns, from what to what; null for what holds nothing.", []),
    ("MovedLine", "entries", "The entries that moved it, in the order in which they were recorded.", []),
    ("MovedLine", "contracts_left_out", "Of how many more contracts entries moved it: a line tells of 1,000 at most.", 0),
    (
        "MovingEntry",
        "side",
        "On which side the entry counts: one of the earlier side was struck out or is dated later.",
        "to",
    ),
    ("MovingEntry", "fact", "What happened.", "contract.approval_completed"),
)

WITHIN: Final[dict[tuple[str, str], Wording]] = {(owner, field): Wording(says, example) for owner, field, says, example in _LINES}
