"""A document: bytes that the ledger has seen, in a stream named after their SHA-256. The bytes themselves are files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("document.stored")
class DocumentStored(Fact):
    """The ledger has seen these bytes and keeps them: their SHA-256 (hexadecimal), how many they are, and what they are."""

    sha256: str
    size: int
    media_type: str


DocumentFact: TypeAlias = DocumentStored


@value
class StoreDocument(Command):
    """Record bytes that are kept."""

    sha256: str
    size: int
    media_type: str


class DocumentAlreadyStored(Refusal):
    """The same bytes are kept once."""

    template = "The ledger already keeps the document {sha256}."


class DocumentNeverSeen(Refusal):
    """A contract names only documents whose bytes the ledger keeps, or that are found elsewhere and named without a hash."""

    template = "The ledger has never seen a document with the SHA-256 {sha256}; upload it first."


class MediaTypeDiffers(Refusal):
    """What a document is was found from its bytes when they were stored."""

    template = "The document was stored as {stored}; it is not {given}."


@dataclass(slots=True)
class StoredDocument:
    """What is known of a document's bytes. A version of zero is a document that the ledger has never seen."""

    version: int = 0
    sha256: str = ""
    size: int = 0
    media_type: str = ""

    @property
    def exists(self) -> bool:
        """Whether the ledger has seen it."""
        return self.version > 0

    def copy(self) -> StoredDocument:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(
    document: StoredDocument,
    command: StoreDocument,
    occasion: Occasion,  # noqa: ARG001 - one shape for all streams
) -> Sequence[Fact | Dated]:
    """Refusals: DocumentAlreadyStored."""
    if document.exists:
        raise DocumentAlreadyStored(sha256=document.sha256)
    return [DocumentStored(sha256=command.sha256, size=command.size, media_type=command.media_type)]


def fold(document: StoredDocument, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("DocumentFact", entry.fact)
    document.sha256 = happened.sha256
    document.size = happened.size
    document.media_type = happened.media_type
    document.version = entry.version
