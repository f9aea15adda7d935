"""Rules that all commands on a party share."""

from __future__ import annotations

from domain.refusals import Refusal
from domain.text import is_blank


class NoSuchParty(Refusal):
    """The first command of a party registers it."""

    template = "There is no such party."


class PartyErased(Refusal):
    """Of somebody whose personal data was erased nothing more is recorded, and no contract names them anew."""

    template = "The personal data of this party was erased; nothing more is recorded of it, and no contract names it anew."


class PartyNeedsText(Refusal):
    """Reasons, evidence, banks, accounts and their holders are not blank."""

    template = "A party's {field} may not be blank."


class PartyUnchanged(Refusal):
    """A command that would change nothing leaves no trace."""

    template = "The party's details are already these."


def require_text(**texts: str) -> None:
    """Refuses with PartyNeedsText the first that is blank."""
    for field, text in texts.items():
        if is_blank(text):
            raise PartyNeedsText(field=field.replace("_", " "))
