"""What in facts is about a person, and can therefore be erased: of each party, under its id.

Free text that people write into clauses, notes and reasons is not: whoever writes it there decides that it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# What is read in the place of a text whose key was destroyed.
ERASED: Final = "█████"

# By the name of the fact, in the stream of the party itself.
IN_PARTY_STREAM: Final[Mapping[str, tuple[str, ...]]] = {
    "party.registered": ("name", "identifiers", "address"),
    "party.details_changed": ("name", "identifiers", "address"),
    "party.verified": ("evidence", "account_number"),
    "party.flagged": ("why",),
    "party.unflagged": ("why",),
    "party.bank_account_changed": ("bank", "account_number", "holder"),
}

# In these facts of contracts, whatever names a party by `party_id` holds texts about it in the fields beside.
NAMING_PARTIES: Final = (
    "contract.drafted",
    "contract.counterparty_added",
    "contract.quote_recorded",
    "contract.signed",
    "contract.signature_requested",
    "contract.seal_affixed",
    "contract.amendment_signed",
)
BESIDE_PARTY_ID: Final = ("name", "supplier", "signatory", "by")
