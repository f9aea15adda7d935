"""What the fields of what delays came to, and of relief, mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

_DAMAGES: Final = {"amount": "700.00", "currency": "CNY"}
_WHO: Final = "Which side could not perform: `us`, or a counterparty's id."

FIELDS: Final[dict[str, Wording]] = {
    "against": Wording("Who broke the contract: `us`, or a counterparty's id.", "c1", ID),
    "breach_id": Wording("The breach's id within the contract.", "b1", ID),
    "breaches": Wording("The breaches that were declared, by id, those that were remedied included.", {}),
    "cure_by": Wording("By when it is to be remedied.", "2026-05-20"),
    "fallen_due": Wording("What was recorded as due or overdue, by its kind, id and day.", {}),
    "overdue": Wording("Whether it was found not done after its day.", True),
    "remedied_how": Wording("How it was put right; null while it is not.", None),
    "event": Wording("What it could not help.", "台风停航 / A typhoon closed the port", TEXT),
    "interest": Wording("What late payments have come to, by instalment.", {}),
    "penalties": Wording("What late deliveries have come to, by planned delivery.", {}),
    "relief_id": Wording("The relief's id within the contract.", "r1", ID),
    "reliefs": Wording("What sides could not help, by id, whatever was decided of it.", {}),
    "term_version": Wording("The version of the entry that made the term as it was reckoned with.", 10),
    "through": Wording("The last day that is reckoned with.", "2026-04-20"),
    "waived": Wording("What of it is not asked for; null where nothing was waived.", None),
}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    **{
        (owner, "calendar"): Wording("The working calendar by which a payment schedule counts, such as CN, or 7×24.", "7×24", ID)
        for owner in ("AccruePenalty", "AccrueInterest")
    },
    **{
        (owner, "zone"): Wording("Where a day begins, as in the IANA database.", "UTC", ID) for owner in ("AccruePenalty", "AccrueInterest")
    },
    **{
        (owner, "deliveries"): Wording("The planned deliveries that it kept from coming; none named is all of them.", [])
        for owner in ("ClaimRelief", "Relief")
    },
    **{(owner, "party"): Wording(_WHO, "c1", ID) for owner in ("ClaimRelief", "Relief")},
    **{
        (owner, name): Wording(says, example)
        for owner in ("ClaimRelief", "GrantRelief", "Relief")
        for name, says, example in (
            ("start", "The first day that does not count.", "2026-04-03"),
            ("end", "The last day that does not count; null while it goes on.", "2026-04-09"),
        )
    },
    **{
        (owner, name): Wording(says, example, TEXT)
        for owner in ("DeclareBreach", "Breach")
        for name, says, example in (
            ("by", "Who declares it: `us`, or a counterparty's id.", "us"),
            ("about", "What was broken.", "逾期交付 / Late delivery"),
        )
    },
    **{
        (owner, "calendar"): Wording("The working calendar by which days are counted, such as CN, or 7×24.", "7×24", ID)
        for owner in ("RecordObligationDue", "RecordObligationOverdue")
    },
    **{
        (owner, "zone"): Wording("Where a day begins, as in the IANA database.", "UTC", ID)
        for owner in ("RecordObligationDue", "RecordObligationOverdue")
    },
    **{
        (owner, "obligation"): Wording(
            "What is owed: its kind, and its id among those of the kind.", {"kind": "delivery", "obligation_id": "1"}
        )
        for owner in ("RecordObligationDue", "RecordObligationOverdue", "DeclareBreach", "Breach")
    },
    ("FallenDue", "version"): Wording("The version of the entry that said so last.", 21),
    ("RecordBreachRemedied", "how"): Wording("How it was put right.", "已补交 / Delivered after all", TEXT),
    ("AccruePenalty", "delivery_id"): Wording("The planned delivery's id.", "1", ID),
    ("WaivePenalty", "delivery_id"): Wording("The planned delivery's id.", "1", ID),
    ("WaivePenalty", "amount"): Wording("What is waived.", _DAMAGES),
    ("WaiveInterest", "amount"): Wording("What is waived.", _DAMAGES),
    ("Accrual", "total"): Wording("What it has come to.", _DAMAGES),
    ("Accrual", "version"): Wording("The version of the entry that said so last.", 21),
    ("ClaimRelief", "evidence"): Wording("What shows it.", "海事局公告 / Notice of the port", TEXT),
    ("Relief", "granted"): Wording("Whether its days do not count; null while that is not decided.", True),
}
