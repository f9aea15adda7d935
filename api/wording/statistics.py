"""What the fields of the register's statistics mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

_SUMS: Final = [{"direction": "payable", "currency": "CNY", "contracts": 6, "value": "1204000.00", "paid": "833420.00"}]
_DAYS: Final = {"contracts": 6, "mean_days": "14.20", "median_days": "11.50", "ninth_tenth_days": "30.25", "longest_days": "41.00"}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    (owner, field): Wording(says, example)
    for owner, field, says, example in (
        ("ContractStatistics", "total", "All contracts together, each once.", None),
        ("ContractStatistics", "groups", "The groups, as many as were asked for.", []),
        ("ContractStatistics", "count", "How many groups there are.", 5),
        ("StatisticsGroup", "key", "What its contracts have in common; null where nothing is said, and of the whole.", "采购部"),
        ("StatisticsGroup", "contracts", "How many contracts.", 7),
        ("StatisticsGroup", "without_value", "How many of them state no value.", 1),
        ("StatisticsGroup", "sums", "What those with a value come to, by direction and currency.", _SUMS),
        ("StatisticsGroup", "to_approval", "How many days from the last submission to the approval.", _DAYS),
        ("StatisticsGroup", "to_force", "How many days from the draft to the coming into force.", _DAYS),
        ("StatisticsGroup", "to_end", "How many days from the coming into force to the end.", _DAYS),
        ("StatisticsSums", "direction", "Whether the value comes in or goes out.", "payable"),
        ("StatisticsSums", "currency", "ISO 4217.", "CNY"),
        ("StatisticsSums", "contracts", "How many contracts with a value.", 6),
        ("StatisticsSums", "value", "What their values come to, exactly.", "1204000.00"),
        ("StatisticsSums", "paid", "What their payments in that currency come to, exactly.", "833420.00"),
        ("DaysTaken", "contracts", "Of how many contracts both ends are known.", 6),
        ("DaysTaken", "mean_days", "The mean.", "14.20"),
        ("DaysTaken", "median_days", "Half of them took no longer.", "11.50"),
        ("DaysTaken", "ninth_tenth_days", "Nine of ten took no longer.", "30.25"),
        ("DaysTaken", "longest_days", "The longest.", "41.00"),
    )
}
