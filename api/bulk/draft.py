"""A contract as the rows of a file tell it, and the command that drafts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api.bulk.columns import PARTS
from api.bulk.reading import Filled, Flaw


@dataclass
class Draft:
    """A contract as its rows tell it, and what is wrong with them."""

    number: str
    row: int
    head: Filled
    parts: dict[str, list[Filled]] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)


def body(draft: Draft) -> dict[str, object]:
    """The JSON of the command that drafts the contract."""
    head = draft.head.cells
    currency = head.get("currency", "")
    made: dict[str, object] = {name: head[name] for name in _PLAIN if name in head}
    if "amount" in head:
        made["value"] = {"amount": head["amount"], "currency": currency}
    if "start" in head or "end" in head:
        made["period"] = {"start": head.get("start"), "end": head.get("end")}
    for sheet in PARTS:
        parts = [{name: text for name, text in filled.cells.items() if name != "number"} for filled in draft.parts.get(sheet.name, ())]
        if sheet.name == "instalments":
            made[sheet.name] = [{**part, "amount": {"amount": part.get("amount", ""), "currency": currency}} for part in parts]
        elif parts:
            made[sheet.name] = parts
    return made


_PLAIN: Final = ("number", "title", "kind", "direction", "our_entity", "owner", "department", "confidentiality")
