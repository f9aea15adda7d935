"""How facts stored under an earlier schema version are read today. What is stored never changes; what it means is said here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final


def direction_from_kind(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.drafted@1` did not say whether money comes in: it did for sales, and for nothing else."""
    return {**data, "direction": "receivable" if data["kind"] == "sales" else "payable"}


# From (name, schema version) to the next version.
UPCASTS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    ("contract.drafted", 1): direction_from_kind,
}
