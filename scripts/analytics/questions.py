"""Three questions, asked of the warehouse in SQL: payments by month, what is open by its age, and penalties."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from scripts.analytics.warehouse import Warehouse

# By the month in UTC in which money really moved, as corrected; a refund counts in its own month, and what was reversed in none.
PAYMENTS: Final = """
SELECT strftime(date_trunc('month', effective_at), '%Y-%m') AS month, direction, currency, count(*) FILTER (WHERE amount > 0) AS payments,
       sum(amount) AS amount
FROM cash JOIN contracts USING (stream) GROUP BY ALL ORDER BY ALL
"""
# Overdue is what is open after its day; what takes from a claim, such as a penalty, has no day.
_AGED: Final = """
       sum(open) AS open, coalesce(sum(open) FILTER (WHERE due IS NULL), 0) AS undated,
       coalesce(sum(open) FILTER (WHERE due >= $day), 0) AS not_due, coalesce(sum(open) FILTER (WHERE due < $day), 0) AS overdue,
       coalesce(sum(open) FILTER (WHERE $day - due BETWEEN 1 AND 30), 0) AS "1 to 30",
       coalesce(sum(open) FILTER (WHERE $day - due BETWEEN 31 AND 60), 0) AS "31 to 60",
       coalesce(sum(open) FILTER (WHERE $day - due BETWEEN 61 AND 90), 0) AS "61 to 90",
       coalesce(sum(open) FILTER (WHERE $day - due BETWEEN 91 AND 180), 0) AS "91 to 180",
       coalesce(sum(open) FILTER (WHERE $day - due > 180), 0) AS "over 180"
FROM claims JOIN contracts USING (contract_id)
"""
AGEING: Final = f"SELECT counterparties, direction, currency, {_AGED} GROUP BY ALL ORDER BY ALL"
PENALTIES: Final = """
SELECT counterparties, direction, currency, count(DISTINCT (stream, delivery_id)) AS deliveries, sum(accrued) AS accrued,
       sum(waived) AS waived, sum(accrued) - sum(waived) AS standing
FROM penalties JOIN contracts USING (stream) GROUP BY ALL ORDER BY ALL
"""
# The same by contract, for the comparison; what comes to nothing is told by neither side.
PAID: Final = "SELECT contract_id, currency, sum(amount) AS paid FROM cash JOIN contracts USING (stream) GROUP BY ALL HAVING paid <> 0"
AGED: Final = f"SELECT contract_id, direction, currency, {_AGED} GROUP BY ALL"
PENALISED: Final = """
SELECT contract_id, delivery_id, currency, sum(accrued) - sum(waived) AS standing FROM penalties JOIN contracts USING (stream)
GROUP BY ALL HAVING standing <> 0
"""


def asked(warehouse: Warehouse, sql: str, on: date | None = None) -> list[tuple[Any, ...]]:
    """The rows of an answer, as of a day where it needs one."""
    return warehouse.ask(sql, {} if on is None else {"day": on})
