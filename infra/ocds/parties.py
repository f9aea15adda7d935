"""Organisations as releases name them: who they are across releases, processes and files."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from domain.party import Identifier
from infra.ocds.node import Node, is_stand_in

NAMESPACE = uuid.UUID("0f5f0a4e-54a5-5c8b-9d1b-6f2a7c3f9e10")
SEPARATOR = "\x1f"


class Organisation(NamedTuple):
    """An organisation by what one release says of it. `local_id` is the same within its publisher, `party_id` within the ledger."""

    local_id: str
    party_id: str
    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


class Directory:
    """The organisations that a process's releases have described so far, by the ids that they are referred to by."""

    def __init__(self, publisher: str) -> None:
        """Ids without a scheme mean something only within `publisher`."""
        self._publisher = publisher
        self._parties: dict[str, Node] = {}
        self._roles: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, Organisation] = {}

    def read(self, release: Node) -> None:
        """Learns of the release's `parties`."""
        for party in release["parties"].objects():
            reference = party["id"].text()
            if reference is not None:
                self._parties[reference] = party
                self._roles[reference] = tuple(roles(party))
                self._known.pop(reference, None)

    def with_role(self, role: str) -> Iterator[Node]:
        """The parties that have a role in the process."""
        return (self._parties[reference] for reference, held in self._roles.items() if role in held)

    def organisation(self, reference: Node, language: str | None) -> Organisation | None:
        """Whom a reference means, told where nobody can say: its details stand in `parties` (OCDS 1.1) or in itself (1.0)."""
        if reference.blank:
            return None
        local = reference["id"].text()
        if local is None or local not in self._parties:
            return self._described(reference, reference, None if local is None or is_stand_in(local) else local, language)
        if local not in self._known:
            found = self._described(reference, self._parties[local], local, language)
            if found is None:
                return None
            self._known[local] = found
        return self._known[local]

    def _described(self, reference: Node, described: Node, local: str | None, language: str | None) -> Organisation | None:
        name = named(reference, language) or (named(described, language) if described is not reference else None)
        found = tuple(identifiers(described)) or (tuple(identifiers(reference)) if described is not reference else ())
        if name is None and local is None and not found:
            reference.skip("party_unnamed", "An organisation without a name, an id or an identifier.")
            return None
        local_id = number_of(found[0]) if found else local or id_of_name(name or "")
        by_scheme = bool(found and found[0].scheme)
        key = ("identifier", found[0].scheme, found[0].id) if by_scheme else ("local", self._publisher, local_id)
        address = reference["address"] if described["address"].blank else described["address"]
        return Organisation(
            local_id,
            str(uuid.uuid5(NAMESPACE, SEPARATOR.join(("party", *key)))),
            name or local_id,
            found,
            written(address),
            address["countryName"].text(),
        )


def number_of(identifier: Identifier) -> str:
    """A registration number with its scheme, as organisations are referred to by (`GB-COH-11111111`)."""
    return f"{identifier.scheme}-{identifier.id}" if identifier.scheme else identifier.id


def id_of_name(name: str) -> str:
    """The id of an organisation of which only the name is known, however it is spaced and capitalised."""
    return f"name-{hashlib.sha256(' '.join(name.casefold().split()).encode()).hexdigest()[:16]}"


def roles(party: Node) -> Iterator[str]:
    """A party's roles; OCDS 1.0 drafts had one as plain text."""
    held = party["roles"].value
    yield from (role for role in (held if isinstance(held, list) else [held]) if isinstance(role, str))


def named(organisation: Node, language: str | None) -> str | None:
    """The name, the legal name, or either in a language: the release's own first."""
    for holder, field in ((organisation, "name"), (organisation["identifier"], "legalName"), (organisation, "legalName")):
        found = worded(holder, field, language)
        if found is not None:
            return found
    return None


def worded(holder: Node, field: str, language: str | None) -> str | None:
    """A text field, which multilingual publishers suffix with its language (`title_en`, `title_fr`)."""
    if not isinstance(holder.value, dict):
        return None
    suffixed = sorted(key for key in holder.value if isinstance(key, str) and key.startswith(f"{field}_"))
    own = f"{field}_{(language or '').split('-')[0]}"
    for key in (field, own, *suffixed):
        found = holder[key].text()
        if found is not None:
            return found
    return None


def identifiers(organisation: Node) -> Iterator[Identifier]:
    """Registration numbers. One without a scheme is its publisher's own; its scheme is ""."""
    for holder in (organisation["identifier"], *organisation["additionalIdentifiers"].objects()):
        number = holder["id"].identifier()
        if number is not None:
            yield Identifier(scheme=holder["scheme"].text() or "", id=number)


def written(address: Node) -> str | None:
    """A postal address in one line, without the country."""
    parts = [address[field].text() for field in ("streetAddress", "locality", "region", "postalCode")]
    return ", ".join(part for part in parts if part is not None and part != "0") or None
