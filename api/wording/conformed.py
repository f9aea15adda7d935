"""What the fields of a conformed copy mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    (owner, field): Wording(says, example)
    for owner, field, says, example in (
        ("ConformedAnswer", "copy", "The clauses, those that are gone, and the entries that made either so.", None),
        ("ConformedClause", "added", "The version of the entry that brought the clause.", 1),
        ("ConformedClause", "changed", "The version of the entry that changed it last.", 19),
        ("ConformedCopy", "struck", "The clauses that are gone, in the order in which they went.", None),
    )
}
