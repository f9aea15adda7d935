"""What a process's releases say of its contracts, as commands that record it. Nothing here looks into the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.contract.publication import PublishedStatus, RecordPublication
from domain.contract.vocabulary import Counterparty, Kind, Period, Source
from domain.money import Money
from infra.ocds import elements
from infra.ocds.elements import Reading
from infra.ocds.node import Node
from infra.ocds.parties import NAMESPACE, SEPARATOR, Directory, Organisation, worded

SUPPLIER = "supplier"


class Provenance(NamedTuple):
    """Where a release comes from, and when it came out: by its own date, and by its package's."""

    file: str
    release_id: str
    released_at: datetime | None
    published_at: datetime | None


class Place(NamedTuple):
    """Where a contract stands in its release, and whether it is the only one there."""

    nth: int
    alone: bool


class Mapped(NamedTuple):
    """What one release says of one contract.

    `places` are where its payments, items and documents stand, by kind and id; `prices` the currencies of its items' prices.
    """

    identity: str
    command: RecordPublication
    node: Node
    places: dict[tuple[str, str], Node]
    prices: dict[str, str]
    parties: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True)
class Award:
    """What contracts take from the award that they are made under."""

    suppliers: tuple[Organisation, ...]
    title: str | None
    date: datetime | None


def identity_of(publisher: str, ocid: str, contract_id: str) -> str:
    """The contract's identity in the ledger: the same in every import."""
    return str(uuid.uuid5(NAMESPACE, SEPARATOR.join(("contract", publisher, ocid, contract_id))))


@dataclass(slots=True)
class Process:
    """One contracting process, read release by release: later ones may refer to parties and awards of earlier ones."""

    publisher: str
    ocid: str
    now: datetime
    directory: Directory = field(init=False)
    awards: dict[str, Award] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    buyer: Organisation | None = None

    def __post_init__(self) -> None:
        """Begins with nobody known."""
        self.directory = Directory(self.publisher)

    def read(self, release: Node, provenance: Provenance) -> Iterator[Mapped]:
        """What the release says of each contract. Of several entries for one contract the last comes first: it counts."""
        language = release["language"].text()
        self.directory.read(release)
        self.buyer = self._buyer(release, language) or self.buyer
        self._read_awards(release, language)
        contracts = list(release["contracts"].objects())
        for n, contract in self._told_once(contracts):
            yield self._contract(release, contract, provenance, Place(n, alone=len(contracts) == 1))

    def _told_once(self, contracts: Sequence[Node]) -> Iterator[tuple[int, Node]]:
        """Each entry that says anything, with its place; those for one contract from the last to the first, told if there are several."""
        by_id: dict[str, list[tuple[int, Node]]] = {}
        for n, contract in enumerate(contracts):
            if contract.blank:
                contract.skip("empty_row", "Nothing stands in this row.")
            else:
                by_id.setdefault(str(contract.value.get("id") or f"#{n}"), []).append((n, contract))
        for (last_n, last), *others in (reversed(entries) for entries in by_id.values()):
            yield last_n, last
            said = [last.value]
            for n, contract in others:
                if contract.value in said:
                    contract.notice("duplicate", "The release says the same of this contract further on.")
                else:
                    contract.notice("duplicate_id", "The release says something else of this contract further on; that counts.")
                    said.append(contract.value)
                    yield n, contract

    def _buyer(self, release: Node, language: str | None) -> Organisation | None:
        """The buyer; the procuring entity where no buyer is named."""
        found = self._named(release["buyer"], language) or self._with_role("buyer", language)
        if found is None and self.buyer is None:
            entity = release["tender"]["procuringEntity"]
            found = self._named(entity, language) or self._with_role("procuringEntity", language)
            if found is not None:
                release["buyer"].notice("buyer_missing", f"No buyer is named; the procuring entity, {found.name}, is taken for it.")
        return found

    def _named(self, reference: Node, language: str | None) -> Organisation | None:
        return self.directory.organisation(reference, language) if isinstance(reference.value, dict) else None

    def _with_role(self, role: str, language: str | None) -> Organisation | None:
        return next((o for p in self.directory.with_role(role) if (o := self._named(p, language))), None)

    def _read_awards(self, release: Node, language: str | None) -> None:
        read: dict[str, Award] = {}
        for award in release["awards"].objects():
            award_id = award["id"].text() or ""
            suppliers = self._organisations(award["suppliers"].objects(), language)
            before = read.get(award_id) or self.awards.get(award_id)
            if before is not None and (award_id in read or not suppliers):
                suppliers = distinct((*before.suppliers, *suppliers))
            read[award_id] = Award(suppliers, worded(award, "title", language), award["date"].past(self.now))
        self.awards.update(read)

    def _organisations(self, references: Iterable[Node], language: str | None) -> tuple[Organisation, ...]:
        return distinct(o for r in references if (o := self._named(r, language)))

    def _suppliers(self, contract: Node, award: Award | None, language: str | None, *, alone: bool) -> tuple[Organisation, ...]:
        """The suppliers that the contract or its award names; those of the process where there is only one contract."""
        found = self._organisations(contract["suppliers"].objects(), language) or (award.suppliers if award else ())
        if not found and alone and not self.awards:
            found = self._organisations(self.directory.with_role(SUPPLIER), language)
        if not found:
            contract["awardID"].notice("supplier_unknown", "Neither the contract nor its award names a supplier.")
        return found

    def _award(self, contract: Node) -> Award | None:
        stated = contract["awardID"].text()
        if stated is not None and stated in self.awards:
            return self.awards[stated]
        only = next(iter(self.awards.items())) if len(self.awards) == 1 else None
        return only[1] if only is not None and (stated is None or only[0] == "") else None

    def _contract(self, release: Node, contract: Node, provenance: Provenance, place: Place) -> Mapped:
        language = release["language"].text()
        contract_id = contract["id"].text() or made_id(contract, place.nth)
        award = self._award(contract)
        suppliers = self._suppliers(contract, award, language, alone=place.alone)
        if self.buyer is None:
            release["buyer"].notice("buyer_missing", "Neither a buyer nor a procuring entity is named.")
        value, currency = contract_value(contract)
        if currency is not None:
            self.currencies[contract_id] = currency
        parts = elements.read(contract, Reading(self.now, language, value, self.currencies.get(contract_id)))
        signed_at = contract["dateSigned"].past(self.now)
        moments = (award.date if award else None, signed_at, provenance.released_at, *parts.moments())
        command = RecordPublication(
            source=Source(
                publisher=self.publisher,
                file=provenance.file,
                ocid=self.ocid,
                release_id=provenance.release_id,
                contract_id=contract_id,
            ),
            released_at=provenance.released_at,
            published_at=provenance.published_at,
            # A contract was there before anything could happen under it.
            drafted_at=min((m for m in moments if m is not None), default=None),
            number=contract_id,
            title=title(release, contract, award),
            kind=Kind.SERVICE if release["tender"]["mainProcurementCategory"].value == "services" else Kind.SUPPLIER,
            our_entity=self.buyer.name if self.buyer else "",
            counterparties=tuple(counterparty(s) for s in suppliers),
            value=value,
            period=period(contract),
            status=status(release, contract, alone=place.alone),
            signed_at=signed_at,
            items=parts.items,
            documents=parts.documents,
            amendments=parts.amendments,
            payments=parts.payments,
            milestones=parts.milestones,
        )
        parties = distinct((*((self.buyer,) if self.buyer else ()), *suppliers))
        return Mapped(identity_of(self.publisher, self.ocid, contract_id), command, contract, parts.places, parts.prices, parties)


def distinct(organisations: Iterable[Organisation]) -> tuple[Organisation, ...]:
    """Each organisation once."""
    return tuple({o.local_id: o for o in organisations}.values())


def counterparty(supplier: Organisation) -> Counterparty:
    """A supplier as the contract's other side."""
    return Counterparty(counterparty_id=supplier.local_id, name=supplier.name, role=SUPPLIER, party_id=supplier.party_id)


def made_id(contract: Node, index: int) -> str:
    """An id for a contract without one: its award's, or else its place in the release."""
    award_id = contract["awardID"].text()
    found = f"award-{award_id}" if award_id else f"contract-{index + 1}"
    contract["id"].notice("id_missing", f"No id is stated; {found} is taken from the award or the place in the release.")
    return found


def title(release: Node, contract: Node, award: Award | None) -> str | None:
    """The contract's title, or what its award, its process or its description says instead."""
    language = release["language"].text()
    return (
        worded(contract, "title", language)
        or (award.title if award else None)
        or worded(release["tender"], "title", language)
        or worded(contract, "description", language)
    )


def contract_value(contract: Node) -> tuple[Money | None, str | None]:
    """The contract's value and its currency. A value of zero is how publishers say that they do not know it."""
    found = contract["value"].money()
    if found is None:
        return None, None
    if found.minor > 0:
        return found, found.currency
    code = "zero_amount" if found.minor == 0 else "negative_amount"
    contract["value"]["amount"].notice(code, "A contract's value is above zero; this one counts as not stated.")
    return None, found.currency


def period(contract: Node) -> Period:
    """First and last day. Where the last is before the first nobody can say which is wrong."""
    stated = contract["period"]
    start, end = stated["startDate"].day(), stated["endDate"].day()
    if start is not None and end is not None and end < start:
        stated.skip("period_reversed", f"The period ends on {end}, before it starts on {start}; neither day is taken.")
        return Period()
    return Period(start=start, end=end)


def status(release: Node, contract: Node, *, alone: bool) -> PublishedStatus | None:
    """The contract's status. A release about the end of a single contract says it by its tag as well."""
    text = contract["status"].text()
    if text is None:
        tags = release["tag"].value
        ended = alone and isinstance(tags, list) and "contractTermination" in tags
        return PublishedStatus.TERMINATED if ended else None
    try:
        found = PublishedStatus(text.lower())
    except ValueError:
        contract["status"].notice("unknown_status", "This is not a contract status of OCDS; the contract counts as one without.")
        return None
    if found.value != text:
        contract["status"].notice("case_repaired", f"Codes are written in lower case; read as {found.value}.")
    return found
