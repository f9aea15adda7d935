"""From entries of the ledger to the records of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from domain.facts import Entry
from infra.errors import KeysUnavailable, SealBroken, UnknownFact
from infra.kafka.records import Record, UnknownStream, record
from infra.kafka.standing import RelayStopped
from infra.kafka.states import OutOfStep, StateKind, StateTopic
from infra.store import Store

BATCH: Final = 4_000
BATCH_BYTES: Final = 8 * 1024 * 1024

# What an entry can be that nobody can read as it stands.
UNREADABLE: Final = (UnknownFact, UnknownStream, SealBroken, KeysUnavailable, ValueError)


class Batch(NamedTuple):
    """What goes into one transaction: records of so many `entries` and of the states that they lead to.

    The last of the entries is at `position`, recorded under `command_id`.
    """

    records: list[Record]
    position: int
    command_id: str
    entries: int


class Rendering:
    """Makes batches one after the other. States are folded along; it begins anew after whatever another one has made."""

    def __init__(self, store: Store, prefix: str, states: Sequence[StateKind], size: int = BATCH) -> None:
        """For topics under the prefix, with at most `size` entries in a batch."""
        self._size = size
        self._store = store
        self._prefix = prefix
        self.states = [StateTopic(kind, store, prefix) for kind in states]

    def after(self, position: int) -> Batch | None:
        """The batch after a position, bounded in number and bytes of entries; None at the end of the log.

        Raises RelayStopped, StoreUnavailable.
        """
        records: list[Record] = []
        entries: list[Entry] = []
        size = 0
        try:
            for entry in islice(self._store.whole_log(after=position, page=self._size), self._size):
                if entry.position != position + len(entries) + 1:
                    message = f"the log goes from position {position + len(entries)} to {entry.position}; what stood between is gone"
                    raise RelayStopped(message)
                one = record(entry, self._prefix, self._store.ledger)
                entries.append(entry)
                if one is not None:
                    records.append(one)
                    size += len(one.value or b"")
                    if size > BATCH_BYTES:
                        break
        except UNREADABLE as error:
            # What comes before is good; the next time there is nothing before it.
            if not entries:
                message = f"the entry at position {position + 1} cannot be published: {error}"
                raise RelayStopped(message) from error
        if not entries:
            return None
        last = entries[-1]
        return Batch([*records, *self._states_after(entries)], last.position, last.command_id, len(records))

    def _states_after(self, entries: Sequence[Entry]) -> list[Record]:
        try:
            return [record for one in self.states for record in one.after(entries)]
        except (OutOfStep, *UNREADABLE) as error:
            message = f"the states after the entries from position {entries[0].position} to {entries[-1].position} cannot be told: {error}"
            raise RelayStopped(message) from error
