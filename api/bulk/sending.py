"""Sends each contract of a file through the ordinary door, once however often the file comes, and tells what became of each."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from api.bulk.columns import CONTRACTS, PARTS
from api.bulk.draft import Draft, body
from api.bulk.reading import Flaw
from api.shapes import CommandShape, parse, shape_of
from api.strict_json import Flawed
from domain.contract.drafting import AlreadyDrafted, DraftContract
from domain.refusals import Refusal
from infra.errors import CommandIdReused
from infra.ledger import CONTRACT, Asker, Envelope, Ledger
from infra.witness import Witness

# Contracts and their commands are named after what the rows say, so that the same rows mean the same again.
NAMESPACE: Final = uuid.UUID("3c2b8a52-9d0e-5e0c-8a55-0a4f7f1d6b21")
_WITHIN: Final = re.compile(r"\$\.(\w+)\[(\d+)\]\.?(\w*)")
_FIELD: Final = re.compile(r"\$\.(\w+)\.?(\w*)")


class Became(StrEnum):
    """What became of a contract of the file."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REFUSED = "refused"


class Result(NamedTuple):
    """A contract of the file, its row, and its id in the ledger."""

    number: str
    row: int
    became: Became
    contract_id: str


@dataclass
class Done:
    """What a file came to."""

    results: list[Result] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    def count(self, became: Became) -> int:
        """How many contracts it became of."""
        return sum(one.became is became for one in self.results)


# What is decided and appended at a time: a place for the next contracts while the database flushes the last ones.
BATCH: Final = 200
THREADS: Final = 8


class Sender:
    """Sends drafts into a ledger; a dry run decides everything and records nothing."""

    def __init__(
        self,
        ledger: Ledger,
        asker: Asker,
        *,
        witness: Witness | None = None,
        numbered: Callable[[Sequence[str]], Mapping[str, str]] = lambda _: {},
        dry_run: bool = False,
    ) -> None:
        """Commands in the name of the asker. `numbered` tells which contracts have numbers already, as far as is known.

        Refusals are written down by the `witness`, where there is one.
        """
        self._ledger = ledger
        self._asker = asker
        self._numbered = numbered
        self._dry_run = dry_run
        self._handle = ledger.handle if witness is None else witness.handle

    def send(self, drafts: Iterable[Draft], on_done: Callable[[int], None] = lambda _: None) -> Generator[tuple[Result, list[Flaw]]]:
        """Each contract in its order, with what is wrong with it. Raises StoreUnavailable: what was recorded is recognised next time."""
        waiting = iter(drafts)
        done = 0
        with ThreadPoolExecutor(THREADS, thread_name_prefix="bulk") as threads:
            while batch := list(islice(waiting, BATCH)):
                taken = self._numbered([draft.number for draft in batch])
                yield from threads.map(lambda draft, taken=taken: self._one(draft, taken.get(draft.number)), batch)
                done += len(batch)
                on_done(done)

    def _one(self, draft: Draft, standing: str | None) -> tuple[Result, list[Flaw]]:
        contract_id = str(uuid.uuid5(NAMESPACE, draft.number))
        result = Result(draft.number, draft.row, Became.REFUSED, contract_id)
        if standing not in (None, contract_id):
            says = f"The number belongs to the contract {standing}, which no import drafted."
            draft.flaws.append(Flaw(CONTRACTS.name, draft.row, CONTRACTS.columns[0].head, says, draft.number))
        if draft.flaws:
            return result, draft.flaws
        content = json.dumps(body(draft), ensure_ascii=False, sort_keys=True).encode()
        try:
            shape = parse(shape_of(DraftContract), content)
        except Flawed as error:
            return result, [placed(draft, flaw.path, flaw.reason) for flaw in error.flaws]
        assert isinstance(shape, CommandShape)  # noqa: S101 - what shape_of makes of commands
        command_id = f"bulk-{uuid.uuid5(NAMESPACE, f'{draft.number} {hashlib.sha256(content).hexdigest()}')}"
        if self._ledger.store.command(command_id) is not None:
            return result._replace(became=Became.UNCHANGED), []
        try:
            self._decide(contract_id, shape.to_domain(), command_id)
        except (AlreadyDrafted, CommandIdReused):
            says = "The ledger has this contract with other content; a contract is changed by its own commands, not by importing it again."
            return result._replace(became=Became.CHANGED), [Flaw(CONTRACTS.name, draft.row, "", says, draft.number)]
        except Refusal as refusal:
            return result, [Flaw(CONTRACTS.name, draft.row, "", f"{refusal} ({refusal.name})", draft.number)]
        return result._replace(became=Became.NEW), []

    def _decide(self, contract_id: str, command: DraftContract, command_id: str) -> None:
        envelope = Envelope(self._asker, command_id)
        if self._dry_run:
            CONTRACT.decide(self._ledger.load(CONTRACT, contract_id), command, self._ledger.occasion(envelope, self._ledger.clock()))
        else:
            self._handle(CONTRACT, contract_id, command, envelope)


def placed(draft: Draft, path: str, reason: str) -> Flaw:
    """Where in the file a flaw stands that was found in the command made of it."""
    within = _WITHIN.match(path)
    if within is not None:
        sheet = next((s for s in PARTS if s.name == within[1]), None)
        rows = draft.parts.get(within[1], [])
        if sheet is not None and int(within[2]) < len(rows):
            head = next((c.head for c in sheet.columns if c.field == within[3]), "")
            return Flaw(sheet.name, rows[int(within[2])].row, head, reason, draft.number)
    plain = _FIELD.match(path)
    named = {"value": plain[2] or "amount", "period": plain[2]}.get(plain[1], plain[1]) if plain else ""
    return Flaw(CONTRACTS.name, draft.row, next((c.head for c in CONTRACTS.columns if c.field == named), ""), reason, draft.number)
