"""What the fields of service credits, adjusted prices, notices and disputes mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

FIELDS: Final[dict[str, Wording]] = {
    "adjustment_id": Wording("The adjustment's id within the contract.", "2027", ID),
    "affected": Wording(
        "The part of the value that is adjusted; all of it where it is left out.", {"amount": "60000.00", "currency": "CNY"}
    ),
    "after": Wording("The price after it.", {"amount": "3605.00", "currency": "CNY"}),
    "announced_on": Wording("The day on which the other side had notice of it.", "2026-11-01"),
    "before": Wording("The price before it.", {"amount": "3500.00", "currency": "CNY"}),
    "level": Wording("What the index stood at.", "103.0"),
    "levels": Wording("The levels of the agreed indices.", [{"index": "CPI", "level": "103.0"}]),
    "price": Wording("The new price, where it is to be compared with what the term gives.", {"amount": "3605.00", "currency": "CNY"}),
    "loss_before": Wording("Losses of earlier periods that were set against the profit.", {"amount": "0.00", "currency": "CNY"}),
    "loss_carried": Wording("What is set against the next period's profit.", {"amount": "0.00", "currency": "CNY"}),
    "performance_pay": Wording("What measured key figures added or took off, each by its term and measurement.", {}),
    "profit": Wording("The period's profit; below zero for a loss.", {"amount": "120000.00", "currency": "CNY"}),
    "profit_shares": Wording("What was shared of profits, by period.", {}),
    "repriced_on": Wording("Since when changed prices have stood, by item; as `value` the contract's value.", {"1": "2027-01-01"}),
    "price_changes": Wording("The prices that were adjusted, by the adjustment's id.", {}),
    "term_version": Wording("The version of the entry that made the term.", 9),
    "about": Wording("What it is about.", "Notice to cure within 30 days.", TEXT),
    "calendar": Wording("The working calendar by which days are counted, such as CN, or 7×24.", "CN", ID),
    "claim": Wording("What is claimed, where that is an amount.", {"amount": "20000.00", "currency": "CNY"}),
    "deemed": Wording("Whether the day of receipt follows from the term on notices.", True),
    "dispute_id": Wording("The dispute's id within the contract.", "q1", ID),
    "disputes": Wording("The disputes by id, those that are over included.", {}),
    "entered_on": Wording("The day on which it came to the step.", "2026-05-20"),
    "fee": Wording("The month's fee.", {"amount": "10000.00", "currency": "CNY"}),
    "forum": Wording("Before whom; the agreed one where it is left out.", "上海国际经济贸易仲裁委员会"),
    "law": Wording("The governing law.", "中华人民共和国法律"),
    "month": Wording("The month, by any of its days.", "2026-05-01"),
    "notice_id": Wording("The notice's id within the contract.", "n1", ID),
    "notices": Wording("The notices that the sides served, by id.", {}),
    "opened_on": Wording("The day on which it was opened.", "2026-05-10"),
    "outcome": Wording("What came out of it.", "The supplier pays half of what was claimed.", TEXT),
    "owed_by": Wording("Which side owes the amount: `us`, or a counterparty's id.", "c1", ID),
    "received_on": Wording("The day on which it was received, where that is known.", "2026-04-22"),
    "sent_on": Wording("The day on which it was sent.", "2026-04-20"),
    "service_credits": Wording("What was granted for the months of a service level, each by its term and month.", {}),
    "total": Wording("What was granted for the month in all.", {"amount": "500.00", "currency": "CNY"}),
    "zone": Wording("Where a day begins, as in the IANA database.", "Asia/Shanghai", ID),
}

# The same word for different things: what it means within one class.
WITHIN: Final[dict[tuple[str, str], Wording]] = {
    ("AdjustPrice", "instalments"): Wording(
        "The instalments that change; the schedule sums exactly to the value.",
        [{"instalment_id": "1", "amount": {"amount": "83420.00", "currency": "CNY"}, "due": "2026-06-30", "description": "On acceptance"}],
    ),
    ("AdjustPrice", "item_id"): Wording("Whose unit price is adjusted; the value where it is left out.", "1", ID),
    ("AdjustPrice", "value"): Wording(
        "The contract's value after it, where an item's new price changes that.", {"amount": "85520.00", "currency": "CNY"}
    ),
    ("PriceChange", "item_id"): Wording("Whose unit price it is; null for the value.", "1", ID),
    ("PriceChange", "since"): Wording("The day from which on it applies.", "2027-01-01"),
    ("EarnPerformancePay", "fee"): Wording("The fee that the figure is paid on.", {"amount": "10000.00", "currency": "CNY"}),
    ("EarnPerformancePay", "measurement_id"): Wording("The measurement of the key figure.", "m1", ID),
    ("EarnedPay", "fee"): Wording("The fee that the figure is paid on.", {"amount": "10000.00", "currency": "CNY"}),
    ("EarnedPay", "total"): Wording("What it adds to the fee; below zero what it takes off.", {"amount": "500.00", "currency": "CNY"}),
    ("EarnedPay", "version"): Wording("The version of the entry that said so last.", 21),
    ("SharedPeriod", "total"): Wording("The partner's share of it.", {"amount": "38000.00", "currency": "CNY"}),
    ("SharedPeriod", "version"): Wording("The version of the entry that said so last.", 21),
    ("ShareProfit", "period"): Wording("The period, which is over.", {"start": "2026-03-01", "end": "2026-03-31"}),
    ("Dispute", "about"): Wording("What the sides do not agree on, such as a type of breach.", "late_delivery", TEXT),
    ("Dispute", "by"): Wording("Who opened it: `us`, or a counterparty's id.", "us", ID),
    ("Dispute", "end"): Wording("How it ended; null while it has not.", None),
    ("Dispute", "route"): Wording("The steps that were agreed for it.", []),
    ("Dispute", "steps"): Wording("The steps that it came to, in order.", []),
    ("DisputeEnd", "amount"): Wording("What is owed after it.", {"amount": "10000.00", "currency": "CNY"}),
    ("DisputeEnd", "how"): Wording("How the dispute ended.", "settled"),
    ("DisputeStep", "step"): Wording("Which step of a dispute.", "mediation"),
    ("EnterDisputeStep", "step"): Wording("Which step of a dispute.", "mediation"),
    ("GrantServiceCredit", "fee"): Wording(
        "The month's fee; the value spread evenly over the months of the period where it is left out.",
        {"amount": "10000.00", "currency": "CNY"},
    ),
    ("GrantedCredit", "month"): Wording("The first day of the month.", "2026-05-01"),
    ("GrantedCredit", "version"): Wording("The version of the entry that said so last.", 21),
    ("OpenDispute", "about"): Wording("What the sides do not agree on, such as a type of breach.", "late_delivery", TEXT),
    ("OpenDispute", "by"): Wording("Who opens it: `us`, or a counterparty's id.", "us", ID),
    ("ResolveDispute", "amount"): Wording("What is owed after it.", {"amount": "10000.00", "currency": "CNY"}),
    ("ResolveDispute", "how"): Wording("How the dispute ended.", "settled"),
    ("ServeNotice", "by"): Wording("Whose notice: `us`, or a counterparty's id.", "us", ID),
    ("ServeNotice", "channel"): Wording("How it travelled.", "courier"),
    ("ServeNotice", "document_id"): Wording("The document that was sent, where the contract has it.", "d1", ID),
    ("ServeNotice", "to"): Wording("Whom it went to: `us`, or a counterparty's id.", "c1", ID),
    ("ServedNotice", "by"): Wording("Whose notice: `us`, or a counterparty's id.", "us", ID),
    ("ServedNotice", "channel"): Wording("How it travelled.", "courier"),
    ("ServedNotice", "document_id"): Wording("The document that was sent, where the contract has it.", "d1", ID),
    ("ServedNotice", "to"): Wording("Whom it went to: `us`, or a counterparty's id.", "c1", ID),
}
