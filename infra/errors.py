"""What can go wrong below the domain, as callers need to tell it apart."""

from __future__ import annotations


class LedgerError(Exception):
    """The base of everything that the store says no to."""


class StoreUnavailable(LedgerError):
    """PostgreSQL cannot be reached. What became of a command sent before can be asked by its id."""


class Overloaded(LedgerError):
    """More commands wait than the store takes on. Nothing of this one was sent."""


class StaleVersion(LedgerError):
    """Somebody else wrote to the stream first. `current` is the version that it has now."""

    def __init__(self, stream: str, expected: int, current: int) -> None:
        """Takes what the caller read and what it is by now."""
        self.stream = stream
        self.expected = expected
        self.current = current
        super().__init__(f"{stream} is at version {current}, not {expected}")


class CommandIdReused(LedgerError):
    """The command id already stands for a command with other content."""

    def __init__(self, command_id: str) -> None:
        """Takes the id."""
        self.command_id = command_id
        super().__init__(f"the command id {command_id!r} was used for another command")


class AlreadyTracked(LedgerError):
    """The bookmark that goes with the entries is not ahead of the one that is stored."""


class BadEntry(LedgerError, ValueError):
    """An entry holds something that PostgreSQL cannot keep exactly."""


class UnknownFact(LedgerError):
    """A stored fact has a name or a schema version that this program does not know; it is never skipped."""


class DocumentsUnavailable(LedgerError):
    """The files of documents cannot be written or read where they are kept."""


class DocumentMissing(LedgerError):
    """The file of a document that the ledger has seen is not there."""


class DocumentDamaged(LedgerError):
    """The file of a document no longer has the bytes that the ledger has seen."""


class DocumentTooLarge(LedgerError):
    """A document is larger than this ledger takes."""


class DocumentNotTaken(LedgerError):
    """Bytes that are not what they are called, or nothing that this ledger keeps."""


class HashDiffers(LedgerError):
    """The bytes that came are not those that were announced."""


class KeysUnavailable(LedgerError):
    """Personal data can be neither sealed nor opened: the master key is not there, or is not this ledger's."""


class SealBroken(LedgerError):
    """What was sealed is not what was stored there: it was changed, or moved to another entry."""


class SubjectErased(LedgerError):
    """The personal data of a subject was erased, and no more of it is taken."""

    def __init__(self, subject: str) -> None:
        """Takes whose it was."""
        self.subject = subject
        super().__init__(f"the personal data of {subject!r} was erased")
