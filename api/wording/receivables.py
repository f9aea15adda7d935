"""What the fields of receivables, forecasts, deliveries, penalties and exposures mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

_LINES: Final[tuple[tuple[str, str, str, object], ...]] = (
    ("ReceivableLine", "direction", "Receivable where it is owed to us, payable where we owe it.", "payable"),
    ("ReceivableLine", "counterparties", "The names of the other side.", ["华东办公设备有限公司"]),
    ("ReceivableLine", "kind", "What it is: an instalment, the rest of the value, what is held back, interest, …", "instalment"),
    ("ReceivableLine", "subject", "The id of that within the contract; empty for the rest.", "i2"),
    ("ReceivableLine", "description", "What it is for, as the contract says.", "On acceptance"),
    ("ReceivableLine", "amount", "What it came to; below zero for what takes from what is owed.", "41710.00"),
    ("ReceivableLine", "invoiced", "What of it invoices cover that were not voided.", "41710.00"),
    ("ReceivableLine", "paid", "What was paid towards it and stands.", "0.00"),
    ("ReceivableLine", "settled", "What of it needs no payment any more: covered otherwise, or freed from by termination.", "0.00"),
    ("ReceivableLine", "open", "What is still to be paid: the amount less what was paid and settled.", "41710.00"),
    ("ReceivableLine", "due", "The day on which it falls due; null as long as it has none.", "2026-05-15"),
    ("ReceivableLine", "waits_for", "What has to come about before it has a day, where that is known.", "the milestone go-live"),
    ("ReceivableLine", "overdue_since", "The first day on which it was late; null where it is not.", "2026-05-16"),
    ("ReceivableLine", "days_overdue", "How many days it is late on the day that was asked about.", 46),
    ("ReceivablePage", "on", "The day that was asked about.", "2026-06-30"),
    ("ReceivablePage", "receivables", "The claims.", []),
    ("AgeingPage", "on", "The day that was asked about.", "2026-06-30"),
    ("AgeingPage", "by", "What the lines are of.", "counterparty"),
    ("AgeingPage", "buckets", "From how many days after its day to how many.", [{"first": 1, "last": 30}, {"first": 31, "last": None}]),
    ("AgeingPage", "lines", "The lines.", []),
    ("Bucket", "first", "The first day late that is in it.", 31),
    ("Bucket", "last", "The last one; null where there is none.", 60),
    ("AgedLine", "name", "Whose it is; null where no contract in it says.", "华东办公设备有限公司"),
    ("AgedLine", "contract_id", "The contract, where lines are of contracts; else null.", None),
    ("AgedLine", "direction", "Receivable where it is owed to us, payable where we owe it.", "payable"),
    ("AgedLine", "contracts", "How many contracts are in it.", 1),
    ("AgedLine", "open", "What is open in all: the sum of undated, not due and overdue.", "41710.00"),
    ("AgedLine", "undated", "What of it has no day yet.", "0.00"),
    ("AgedLine", "not_due", "What of it is due on the day that was asked about, or later.", "0.00"),
    ("AgedLine", "overdue", "What of it was due before.", "41710.00"),
    ("AgedLine", "late", "What of that is in each of the buckets, in their order.", ["0.00", "41710.00", "0.00", "0.00", "0.00"]),
)

WITHIN: Final[dict[tuple[str, str], Wording]] = {(owner, field): Wording(says, example) for owner, field, says, example in _LINES}
