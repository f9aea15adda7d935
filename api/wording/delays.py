"""What the fields of what delays came to, and of relief, mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

_DAMAGES: Final = {"amount": "700.00", "currency": "CNY"}
_WHO: Final = "Which side could not perform: `us`, or a counterparty's id."

FIELDS: Final[dict[str, Wording]] = {
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
    ("AccruePenalty", "delivery_id"): Wording("The planned delivery's id.", "1", ID),
    ("WaivePenalty", "delivery_id"): Wording("The planned delivery's id.", "1", ID),
    ("WaivePenalty", "amount"): Wording("What is waived.", _DAMAGES),
    ("WaiveInterest", "amount"): Wording("What is waived.", _DAMAGES),
    ("Accrual", "total"): Wording("What it has come to.", _DAMAGES),
    ("Accrual", "version"): Wording("The version of the entry that said so last.", 21),
    ("ClaimRelief", "evidence"): Wording("What shows it.", "海事局公告 / Notice of the port", TEXT),
    ("Relief", "granted"): Wording("Whether its days do not count; null while that is not decided.", True),
}
