"""What the fields of service credits, notices and disputes mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

FIELDS: Final[dict[str, Wording]] = {
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
