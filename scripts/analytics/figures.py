"""The API's own figures, and where the warehouse's differ from them."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlencode

import orjson

from scripts.analytics import questions
from scripts.analytics.warehouse import Warehouse

TIMEOUT_S: Final = 30
PAGE: Final = 500

# By question and what a figure is of, the figure.
Figures: TypeAlias = Mapping[tuple[str, ...], Decimal]


class Difference(NamedTuple):
    """A figure on which the two sides do not agree; what only one side has is zero on the other."""

    of: tuple[str, ...]
    api: Decimal
    warehouse: Decimal


class Api:
    """A ledger's HTTP interface, read under a key that may see every contract."""

    def __init__(self, url: str, key: str) -> None:
        """Asks nothing yet."""
        self._url = url.rstrip("/")
        self._key = key
        # The position that every answer so far includes.
        self.position = 0

    def figures(self, on: date, include: int) -> Figures:
        """What it says on a day, including what was recorded up to a position. Raises OSError where it does not answer."""
        positions: list[int] = []
        found: dict[tuple[str, ...], Decimal] = {}
        for line in self._every("/contracts", "contracts", {}, include, positions):
            if line["paid"] is not None:
                found["paid", line["id"], line["paid"]["currency"]] = Decimal(line["paid"]["amount"])
        for line in self._every("/receivables/ageing", "lines", {"by": "contract", "on": on}, include, positions):
            of = ("ageing", line["contract_id"], line["direction"], line["currency"])
            aged = (line["open"], line["undated"], line["not_due"], line["overdue"], *line["late"])
            found |= {(*of, name): Decimal(amount) for name, amount in zip(AGES, aged, strict=True)}
        for line in self._every("/receivables", "receivables", {"kind": "penalty", "standing": "all", "on": on}, include, positions):
            # There it takes from what is owed.
            found["penalties", line["contract_id"], line["subject"], line["currency"]] = -Decimal(line["amount"])
        self.position = max(positions)
        return {of: amount for of, amount in found.items() if amount}

    def _every(self, path: str, name: str, query: Mapping[str, object], include: int, positions: list[int]) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] = {}
        while True:
            asked = urlencode({**query, **cursor, "limit": PAGE, "min_position": max(include, 1)})
            request = urllib.request.Request(f"{self._url}/api/v1{path}?{asked}", headers={"Authorization": f"Bearer {self._key}"})  # noqa: S310 - the command takes http alone
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                positions.append(int(answer.headers["Ledger-Position"]))
                page = orjson.loads(answer.read())
            yield from page[name]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}


AGES: Final = ("open", "undated", "not due", "overdue", "1 to 30", "31 to 60", "61 to 90", "91 to 180", "over 180")


def reckoned(warehouse: Warehouse, on: date) -> Figures:
    """The same figures by the warehouse."""
    found: dict[tuple[str, ...], Decimal] = {}
    for contract_id, currency, paid in questions.asked(warehouse, questions.PAID):
        found["paid", contract_id, currency] = paid
    for contract_id, direction, currency, *aged in questions.asked(warehouse, questions.AGED, on):
        found |= {("ageing", contract_id, direction, currency, name): amount for name, amount in zip(AGES, aged, strict=True)}
    for contract_id, delivery_id, currency, standing in questions.asked(warehouse, questions.PENALISED):
        found["penalties", contract_id, delivery_id, currency] = standing
    return {of: amount for of, amount in found.items() if amount}


def differences(api: Figures, warehouse: Figures) -> list[Difference]:
    """Where they do not agree. A contract's register has what was paid in the contract's own currency, and knows no other."""
    told = {of[1]: of[2] for of in api if of[0] == "paid"}
    nothing = Decimal(0)
    return [
        Difference(of, api.get(of, nothing), warehouse.get(of, nothing))
        for of in sorted(api.keys() | warehouse.keys())
        if api.get(of, nothing) != warehouse.get(of, nothing) and not (of[0] == "paid" and told.get(of[1], of[2]) != of[2])
    ]
