"""What the fields of suppliers' quotes, tags and reviews mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

QUOTE: Final = {
    "quote_id": "q1",
    "supplier": "华东办公设备有限公司",
    "total": {"amount": "49200.00", "currency": "CNY"},
    "items": ["1"],
    "unit_price": "820.00",
    "valid_until": "2026-04-30",
    "party_id": None,
    "document_id": None,
}

FIELDS: Final[dict[str, Wording]] = {
    "chosen_because": Wording("Why the quote was chosen; null where it was not.", "Cheaper, and sooner.", TEXT),
    "findings": Wording("What the review found.", "The insurance policy is not on file.", TEXT),
    "quote": Wording("What a supplier offers.", QUOTE),
    "quote_id": Wording("The quote's id within the contract.", "q1", ID),
    "review_id": Wording("The review's id within the contract.", "r1", ID),
    "reviewer": Wording("Who is to look at the contract.", "zhang.min", ID),
    "reviews": Wording("The reviews by id, those that were completed included.", {}),
    "superseded_by": Wording("The document that took its place.", "d2", ID),
    "superseded_documents": Wording("The documents whose place another one took, each with that one's id.", {}),
    "supplier": Wording("Who offers it.", "华东办公设备有限公司"),
    "tag": Wording("A word under which the contract is found.", "framework", ID),
    "tags": Wording("The words under which the contract is found.", ["framework"]),
    "valid_until": Wording("The last day on which the quote holds; open where it is left out.", "2026-04-30"),
}

# The same word for different things: what it means within one class.
WITHIN: Final[dict[tuple[str, str], Wording]] = {
    ("Contract", "quotes"): Wording("What suppliers offered, by id.", {}),
    ("ChooseQuote", "why"): Wording("Why this one.", "Cheaper, and sooner.", TEXT),
    ("CompleteReview", "outcome"): Wording("What the review came to.", "needs_action"),
    ("SupplierQuote", "document_id"): Wording("The document that holds the quote, where the contract has it.", "d1", ID),
    ("SupplierQuote", "items"): Wording("The ids of the items that are offered; everything where none is named.", ["1"]),
    ("SupplierQuote", "total"): Wording("What all of it costs before tax.", {"amount": "49200.00", "currency": "CNY"}),
    ("SupplierQuote", "unit_price"): Wording("The price of one unit before tax, in the total's currency.", "820.00"),
    ("RecordReviewDue", "calendar"): Wording("The working calendar by which days are counted, such as CN, or 7×24.", "7×24", ID),
    ("RecordReviewDue", "zone"): Wording("Where a day begins, as in the IANA database.", "UTC", ID),
    ("Review", "fell_due"): Wording("Whether its day came before it was completed.", False),
    ("Review", "about"): Wording("What is to be looked at.", "Yearly compliance review", TEXT),
    ("Review", "end"): Wording("What was found; null while nobody looked.", None),
    ("ReviewEnd", "at"): Wording("When it was completed.", "2026-06-12T08:00:00Z"),
    ("ReviewEnd", "outcome"): Wording("What the review came to.", "needs_action"),
    ("ScheduleReview", "about"): Wording("What is to be looked at.", "Yearly compliance review", TEXT),
    ("SupersedeDocument", "document_id"): Wording("The document whose place is taken.", "d1", ID),
}
