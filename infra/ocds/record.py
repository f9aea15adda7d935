"""Records what was published: each process's releases in order, each as one command that a repeated import sends again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from domain.contract.payment import PaymentRecorded
from domain.contract.publication import NothingNew, RecordPublication
from domain.contract.state import Contract
from domain.facts import Command, Dated, Entry, Meta, Occasion
from domain.party import ChangePartyDetails, Party, RegisterParty
from domain.refusals import Refusal
from infra import codec
from infra.errors import BadEntry, CommandIdReused, LedgerError, StaleVersion
from infra.ledger import CONTRACT, PARTY, Asker, Envelope, Ledger, S, StreamKind
from infra.ocds.fit import fitted
from infra.ocds.mapping import Mapped, Process
from infra.ocds.node import Node
from infra.ocds.parties import NAMESPACE, SEPARATOR, Organisation
from infra.ocds.read import Teller
from infra.ocds.report import Counts, OnRow, Severity
from infra.ocds.spool import Mention, Spool, Waiting


class Recorded(NamedTuple):
    """What a job came to: counts for its publisher, and how far it brings the stage."""

    publisher: str
    counts: Counts
    steps: int


@dataclass(slots=True)
class Followed:
    """A contract as it becomes during the import (None until it is looked at again), and what of it was sent."""

    contract: Contract | None
    existed: bool
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
        self._asker = asker
        self._on_row = on_row
        self._now = now
        self._dry_run = dry_run

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
        known = contract.contract or self._ledger.load(CONTRACT, mapped.identity)
        rank = (command.released_at, command.published_at, command.source.release_id)
        # Of several releases with one id and date the spool gives the latest found first.
        command = fitted(mapped, replace(command, superseded=rank == contract.rank), known)
        contract.rank = rank
        try:
            contract.contract, facts = self._send(CONTRACT, (mapped.identity, known), command, command_id)
        except NothingNew:
            return
        except Refusal as refusal:
            mapped.node.tell(Severity.ERROR, "refused", f"{refusal} ({refusal.name})")
        except (BadEntry, StaleVersion) as error:
            mapped.node.tell(Severity.ERROR, "not_storable", f"The ledger cannot keep this: {error}.")
        else:
            contract.facts += len(facts)
            contract.payments += sum(f.startswith(f"{PaymentRecorded.NAME}@") for f in facts)

    def _send(
        self, kind: StreamKind[S], subject: tuple[str, S], command: Command, command_id: str, effective_at: datetime | None = None
    ) -> tuple[S | None, Sequence[str]]:
        """Sends a command on a stream and its present state; answers with the new state, if it is at hand, and the new facts' names."""
        identity, state = subject
        if self._dry_run:
            return self._decide(kind, subject, command, command_id, effective_at)
        try:
            outcome = self._ledger.handle(kind, identity, command, Envelope(self._asker, command_id, effective_at=effective_at))
        except CommandIdReused:
            # The id stands for the same release with the same content: another import, from another file, was first.
            return state, ()
        return None, () if outcome.repeated else outcome.facts

    def _decide(
        self, kind: StreamKind[S], subject: tuple[str, S], command: Command, command_id: str, effective_at: datetime | None
    ) -> tuple[S, Sequence[str]]:
        """The same without the ledger hearing of it."""
        identity, state = subject
        moment = effective_at or self._now
        facts = kind.decide(state, command, Occasion(actor=self._asker.actor, now=self._now, effective_at=moment))
        if self._ledger.store.command(command_id) is not None:
            return state, ()
        meta = Meta(actor=self._asker.actor, credential=self._asker.credential, channel=self._asker.channel)
        dated = [f if isinstance(f, Dated) else Dated(f, moment) for f in facts]
        entries = [
            Entry(0, kind.stream(identity), state.version + n, d.fact, d.effective_at, self._now, command_id, meta)
            for n, d in enumerate(dated, 1)
        ]
        return kind.evolve(state, entries), [codec.topic(d.fact) for d in dated]

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
                became, facts = self._send(PARTY, (identity, party), command, command_id, released_at)
            except Refusal:
                # Unchanged, or somebody else registered it at the same moment: the next import sees which.
                continue
            party = became or self._ledger.load(PARTY, identity)
            counts.facts += len(facts)
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
