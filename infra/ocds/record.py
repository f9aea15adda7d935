"""Records what was published: each process's releases in order, each as one command that a repeated import sends again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from domain.contract import replay
from domain.contract.payment import PaymentRecorded
from domain.contract.publication import NothingNew, PublicationRecorded, RecordPublication, is_newer
from domain.contract.state import Contract
from domain.facts import Entry
from domain.party import ChangePartyDetails, Party, RegisterParty
from domain.refusals import Refusal
from infra import codec
from infra.errors import BadEntry, LedgerError, StaleVersion
from infra.ledger import CONTRACT, PARTY, Asker, Ledger
from infra.ocds.fit import fitted
from infra.ocds.mapping import Mapped, Process
from infra.ocds.node import Node
from infra.ocds.parties import NAMESPACE, SEPARATOR, Organisation
from infra.ocds.read import Teller
from infra.ocds.report import Counts, OnRow, Severity
from infra.ocds.sending import DryRun, Letter, Sending, Subject, ToLedger
from infra.ocds.spool import Mention, Spool, Waiting


class Recorded(NamedTuple):
    """What a job came to: counts for its publisher, and how far it brings the stage."""

    publisher: str
    counts: Counts
    steps: int


@dataclass(slots=True)
class Followed:
    """A contract as it becomes during the import (None until it is looked at again), and what of it was sent.

    `decided` are the entries that a dry run would have appended.
    """

    contract: Contract | None
    existed: bool
    decided: list[Entry] = field(default_factory=list)
    rank: tuple[datetime | None, datetime | None, str] | None = None
    sent: set[str] = field(default_factory=set)
    facts: int = 0
    payments: int = 0


class Recording:
    """Sends commands to the ledger, or in a dry run only decides them. Any number of threads may use it at once."""

    def __init__(  # noqa: PLR0913 - all of an import
        self, ledger: Ledger, spool: Spool, asker: Asker, on_row: OnRow, now: datetime, *, dry_run: bool
    ) -> None:
        """`now` (aware) is the moment of the import: what lies after it has not happened."""
        self._ledger = ledger
        self._spool = spool
        self._on_row = on_row
        self._now = now
        self._send: Sending = DryRun(ledger, asker, now) if dry_run else ToLedger(ledger, asker)

    def process(self, waiting: Waiting) -> Recorded:
        """Records the releases of one process."""
        process = Process(waiting.publisher, waiting.ocid, self._now)
        followed: dict[str, Followed] = {}
        for release in self._spool.releases(waiting):
            file = release.provenance.file
            node = Node(release.body, Teller(self._on_row, file, waiting.publisher, waiting.ocid), release.path)
            try:
                for mapped in process.read(node, release.provenance):
                    self._publication(mapped, followed)
                    for organisation in mapped.parties:
                        self._spool.mention(waiting.publisher, release.provenance.released_at, organisation)
            except RecursionError:
                node.tell(Severity.ERROR, "nested_too_deep", "Nested deeper than any published contract is.")
            except LedgerError:
                raise
            except Exception as error:  # noqa: BLE001 - one release that nobody foresaw must not keep a thousand others out
                node.tell(Severity.ERROR, "unforeseen", f"This release could not be imported: {type(error).__name__}: {error}.")
        return Recorded(waiting.publisher, counted(followed.values()), waiting.contracts)

    def _publication(self, mapped: Mapped, followed: dict[str, Followed]) -> None:
        """What one release says of one contract."""
        if mapped.identity not in followed:
            held = self._ledger.load(CONTRACT, mapped.identity)
            followed[mapped.identity] = Followed(held, existed=held.exists)
        contract = followed[mapped.identity]
        command = mapped.command
        command_id = publication_id(command)
        if command_id in contract.sent:
            return
        contract.sent.add(command_id)
        contract.contract = known = contract.contract or self._ledger.load(CONTRACT, mapped.identity)
        rank = (command.released_at, command.published_at, command.source.release_id)
        # Of several releases with one id and date the spool gives the latest found first.
        command = replace(command, superseded=rank == contract.rank)
        command = fitted(mapped, command, known, lambda: self._before_anything_newer(mapped, contract.decided))
        contract.rank = rank
        try:
            source = command.source
            reason = f"published in release {source.release_id} of {source.ocid}"
            sent = self._send(Subject(CONTRACT, mapped.identity, known), Letter(command, command_id, reason))
        except NothingNew:
            return
        except Refusal as refusal:
            mapped.node.tell(Severity.ERROR, "refused", f"{refusal} ({refusal.name})")
        except (BadEntry, StaleVersion) as error:
            mapped.node.tell(Severity.ERROR, "not_storable", f"The ledger cannot keep this: {error}.")
        else:
            contract.contract = sent.state
            contract.decided += sent.entries
            contract.facts += len(sent.facts)
            contract.payments += sum(f.startswith(f"{PaymentRecorded.NAME}@") for f in sent.facts)

    def _before_anything_newer(self, mapped: Mapped, decided: Sequence[Entry]) -> Contract:
        """The contract as it stood before the first release was recorded that is newer than this one."""
        before: list[Entry] = []
        for _, step in groupby([*self._ledger.history(CONTRACT, mapped.identity), *decided], lambda entry: entry.command_id):
            told = list(step)
            if any(isinstance(e.fact, PublicationRecorded) and is_newer(e.fact, mapped.command) for e in told):
                break
            before += told
        return replay(before)

    def party(self, mentions: Sequence[Mention]) -> Recorded:
        """Records what was said of one party: what the newest release says counts, and what it leaves out is unchanged."""
        counts = Counts()
        identity = mentions[0].organisation.party_id
        party = self._ledger.load(PARTY, identity)
        for released_at, same_day in groupby(mentions, lambda mention: mention.released_at):
            said = max(same_day, key=telling).organisation
            command = party_command(party, said, released_at)
            if command is None:
                continue
            command_id = made_id("party", identity, f"{released_at}", codec.encode_any(command).decode())
            try:
                letter = Letter(command, command_id, f"published by {mentions[0].publisher}", released_at)
                sent = self._send(Subject(PARTY, identity, party), letter)
            except Refusal:
                # Unchanged, or somebody else registered it at the same moment: the next import sees which.
                continue
            party = sent.state or self._ledger.load(PARTY, identity)
            counts.facts += len(sent.facts)
        counts.parties = int(counts.facts > 0)
        return Recorded(mentions[0].publisher, counts, 1)


def party_command(party: Party, said: Organisation, released_at: datetime | None) -> RegisterParty | ChangePartyDetails | None:
    """What a mention means for a party; None for one that is no newer than what is known."""
    if not party.exists:
        return RegisterParty(name=said.name, identifiers=said.identifiers, address=said.address, country=said.country)
    if released_at is None or (party.details_since is not None and released_at <= party.details_since):
        return None
    return ChangePartyDetails(
        name=party.name if said.name == said.local_id else said.name,
        identifiers=said.identifiers or party.identifiers,
        address=said.address or party.address,
        country=said.country or party.country,
    )


def telling(mention: Mention) -> tuple[int, str]:
    """How much a mention says; among equals any order that is always the same."""
    said = mention.organisation
    return (len(said.identifiers) + (said.address is not None) + (said.country is not None), repr(said))


def publication_id(command: RecordPublication) -> str:
    """The id that the same content of the same release has in every import, from whatever file."""
    source = command.source
    content = codec.encode_any(replace(command, source=replace(source, file="")))
    return made_id("publication", source.publisher, source.ocid, source.contract_id, source.release_id, hashlib.sha256(content).hexdigest())


def made_id(*parts: str) -> str:
    """An id that the same parts always give."""
    return str(uuid.uuid5(NAMESPACE, SEPARATOR.join(parts)))


def counted(contracts: Iterable[Followed]) -> Counts:
    """What became of a process's contracts."""
    counts = Counts()
    for contract in contracts:
        counts.facts += contract.facts
        counts.payments += contract.payments
        if contract.facts:
            counts.contracts_changed += contract.existed
            counts.contracts_new += not contract.existed
        else:
            counts.contracts_unchanged += contract.existed
            counts.contracts_failed += not contract.existed
    return counts
