"""A contracting process as an OCDS record: the releases of its contracts, merged into one compiled release."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import resources
from typing import Final, NamedTuple

from ocdsmerge.merge import CompiledRelease
from ocdsmerge.rules import get_merge_rules

from domain.contract.drafting import ContractDrafted
from domain.contract.state import Contract
from domain.contract.vocabulary import Counterparty, Direction, Kind
from domain.facts import Entry
from domain.party import Party
from infra.ocds.parties import NAMESPACE, SEPARATOR, id_of_name
from infra.ocds.released import Object, Step, Telling, moment, present, steps

# What of the standard's release schema the exported releases use, so that merging needs nothing from the network.
SCHEMA: Final[Object] = json.loads(resources.files("infra.ocds").joinpath("release_schema.json").read_text("utf-8"))
MERGE_RULES: Final = get_merge_rules(SCHEMA)
BUYER = "buyer"
SUPPLIER = "supplier"


class Rank(NamedTuple):
    """What tells a process's releases apart and puts them in order."""

    released_at: datetime
    published_at: datetime
    release_id: str


class History(NamedTuple):
    """A contract of a process: its id there, its own number where it was not imported, and its entries."""

    contract_id: str | None
    entries: Sequence[Entry]


class Publisher(NamedTuple):
    """Who publishes the process, and under which id."""

    name: str
    ocid: str


class Record:
    """Gathers the releases of one process."""

    def __init__(self, publisher: Publisher, party: Callable[[str], Party]) -> None:
        """`party` says what the ledger knows under a party id."""
        self._publisher = publisher
        self._party = party
        self._releases: dict[Rank, Object] = {}

    def add(self, history: History) -> None:
        """Adds what a contract's history says."""
        number = next((e.fact.number for e in history.entries if isinstance(e.fact, ContractDrafted)), "")
        telling = Telling(history.contract_id or number)
        for step in steps(history.entries):
            rank = self._rank(step)
            contract = telling.contract(step, rank.release_id)
            if contract:
                self._put(rank, step, contract, telling)

    def _rank(self, step: Step) -> Rank:
        told = step.publication
        recorded_at = step.entries[-1].recorded_at
        if told is None:
            return Rank(recorded_at, recorded_at, step.entries[0].command_id)
        released_at = told.released_at or recorded_at
        release_id = told.source.release_id or f"{self._publisher.ocid}-{moment(released_at)}"
        return Rank(released_at, told.published_at or released_at, release_id)

    def _put(self, rank: Rank, step: Step, contract: Object, telling: Telling) -> None:
        release = self._releases.setdefault(rank, {"contracts": {}, "awards": {}, "parties": {}, "kind": step.after.kind})
        buyers, suppliers = sides(step.after)
        release["buyer"] = buyers[0] if buyers else None
        for role, organisations in ((BUYER, buyers), (SUPPLIER, suppliers)):
            for organisation in organisations:
                self._add_party(release["parties"], organisation, role)
        award = telling.award(step, [reference(s) for s in suppliers])
        if award:
            release["awards"][award["id"]] = {**release["awards"].get(award["id"], {}), **award}
        release["contracts"][contract["id"]] = merged(release["contracts"].get(contract["id"], {}), contract)

    def _add_party(self, parties: dict[str, Object], organisation: Counterparty, role: str) -> None:
        if organisation.counterparty_id not in parties:
            party = None if organisation.party_id is None else self._party(organisation.party_id)
            parties[organisation.counterparty_id] = described(organisation, party)
        roles = parties[organisation.counterparty_id]["roles"]
        if role not in roles:
            roles.append(role)

    def package(self) -> Object:
        """The record in a package of its own."""
        latest = max(rank.published_at for rank in self._releases)
        releases = [self._release(rank, latest) for rank in sorted(self._releases)]
        compiled = CompiledRelease(merge_rules=MERGE_RULES)
        for release in releases:
            compiled.append(release)
        return {
            "uri": uuid.uuid5(NAMESPACE, SEPARATOR.join(("package", *self._publisher))).urn,
            "version": "1.1",
            "publishedDate": moment(latest),
            "publisher": {"name": self._publisher.name},
            "records": [{"ocid": self._publisher.ocid, "releases": releases, "compiledRelease": compiled.asdict()}],
        }

    def _release(self, rank: Rank, latest: datetime) -> Object:
        release = self._releases[rank]
        contracts = list(release["contracts"].values())
        return present(
            ocid=self._publisher.ocid,
            id=rank.release_id,
            date=moment(rank.released_at),
            tag=tags(contracts, release["awards"]),
            initiationType="tender",
            parties=list(release["parties"].values()),
            buyer=None if release["buyer"] is None else reference(release["buyer"]),
            tender={"id": self._publisher.ocid, "mainProcurementCategory": "services"} if release["kind"] is Kind.SERVICE else None,
            awards=list(release["awards"].values()),
            contracts=contracts,
            # Two releases may bear one date, and only their packages tell which is newer.
            packageInfo=None if rank.published_at == latest else {"publishedDate": moment(rank.published_at)},
        )

    def __len__(self) -> int:
        """How many releases there are."""
        return len(self._releases)


def sides(contract: Contract) -> tuple[Sequence[Counterparty], Sequence[Counterparty]]:
    """Who buys and who supplies: we buy what we pay for."""
    others = tuple(contract.counterparties.values())
    us = Counterparty(counterparty_id=id_of_name(contract.our_entity), name=contract.our_entity, role=BUYER)
    ourselves = (us,) if contract.our_entity else ()
    return (ourselves, others) if contract.direction is Direction.PAYABLE else (others, ourselves)


def reference(organisation: Counterparty) -> Object:
    """An OrganizationReference."""
    return {"id": organisation.counterparty_id, "name": organisation.name}


def described(organisation: Counterparty, party: Party | None) -> Object:
    """An Organization with what the ledger knows of the party."""
    base = {**reference(organisation), "roles": []}
    if party is None or not party.exists:
        return base
    numbers = [present(scheme=i.scheme or None, id=i.id) for i in party.identifiers]
    return {
        **base,
        **present(
            identifier={**numbers[0], "legalName": party.name} if numbers else None,
            additionalIdentifiers=numbers[1:],
            address=present(streetAddress=party.address, countryName=party.country),
        ),
    }


def merged(earlier: Object, later: Object) -> Object:
    """Two parts of what one release says of a contract: of two rows with one id the later counts."""
    both = {**earlier, **later}
    for name in ("items", "documents", "amendments", "transactions", "milestones"):
        rows = {row["id"]: row for holder in (earlier, later) for row in holder.get(name, ())}
        if rows:
            both[name] = list(rows.values())
    if "implementation" in earlier and "implementation" in later:
        both["implementation"] = merged(earlier["implementation"], later["implementation"])
    return both


def tags(contracts: Sequence[Object], awards: Object) -> list[str]:
    """What a release is about, in the codes of OCDS."""
    found = {"award": bool(awards), "contract": any("status" in c for c in contracts)}
    found["contractAmendment"] = any("amendments" in c for c in contracts)
    found["implementation"] = any("implementation" in c for c in contracts)
    found["contractTermination"] = any(c.get("status") in ("terminated", "cancelled") for c in contracts)
    return [tag for tag, applies in found.items() if applies] or ["contractUpdate"]
