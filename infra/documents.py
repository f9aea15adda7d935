"""Documents as files, named after the SHA-256 of their bytes and stored once: taken in and given out with memory for a chunk.

A file is written beside its place, synchronised, and renamed into it; so it is there whole or not at all, however many write it at
once. The ledger hears of it afterwards: a file that no fact names is invisible, and is completed by the next upload of the same bytes.

Whoever reads a document gets the bytes that the ledger has seen, or is told that they are gone. Before the first byte is given out the
whole file is hashed, because an answer that has begun can no longer say "no", and because a part of a file cannot be checked alone.
What was found is remembered for a while for exactly this file (device, inode, size, both times; a program can set back a file's
modification time but not its change time). Whole files are hashed once more on their way, and the last chunk is held back until the
sum is right, so that even damage without a trace in the file system cannot pass for a complete answer.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Self

from domain.document import DocumentAlreadyStored, DocumentStored, StoredDocument, StoreDocument
from infra import media_types
from infra.errors import (
    DocumentDamaged,
    DocumentMissing,
    DocumentNotTaken,
    DocumentsUnavailable,
    DocumentTooLarge,
    HashDiffers,
)
from infra.ledger import DOCUMENT, Envelope, Ledger
from infra.store import Store, entry

CHUNK: Final = 2**18
MAX_SIZE: Final = 200_000_000

_NAME: Final = re.compile("[0-9a-f]{64}")
_TRUSTED_S: Final = 600.0
_REMEMBERED: Final = 4_096
_ABANDONED_S: Final = 3_600.0


class Kept(NamedTuple):
    """A document whose bytes are durable: their SHA-256 in hexadecimal, how many they are, what they are."""

    sha256: str
    size: int
    media_type: str


class Sound(NamedTuple):
    """Which file was found to be right, and when (monotonic seconds)."""

    file: tuple[int, ...]
    at: float


class Documents:
    """The documents of one ledger, under a folder that need not exist yet; with none, nothing can be taken or given."""

    def __init__(self, folder: Path | None, *, max_size: int = MAX_SIZE) -> None:
        """Documents of up to `max_size` bytes are taken."""
        self._folder = folder
        self.max_size = max_size
        self._sound: OrderedDict[str, Sound] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where they are. Raises DocumentsUnavailable."""
        if self._folder is None:
            message = "this process does not know where the documents are kept"
            raise DocumentsUnavailable(message)
        return self._folder

    def path(self, sha256: str) -> Path:
        """Where a document's file is, or would be. Raises DocumentMissing for what is no SHA-256."""
        if not _NAME.fullmatch(sha256):
            message = f"{sha256[:80]!r} is not a SHA-256 in lower-case hexadecimal"
            raise DocumentMissing(message)
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    @contextmanager
    def receive(self) -> Iterator[Incoming]:
        """A document on its way in; unless it is kept by the end of the `with`, nothing of it stays. Raises DocumentsUnavailable."""
        with _files():
            waiting = self.folder / "incoming"
            waiting.mkdir(parents=True, exist_ok=True)
            _sweep(waiting)
            descriptor, name = tempfile.mkstemp(dir=waiting)
        with os.fdopen(descriptor, "w+b") as file:
            # Whoever holds the lock is alive: what a killed process left behind is told by its being free.
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield Incoming(self, file, Path(name))
            finally:
                Path(name).unlink(missing_ok=True)

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """A document's file, at its beginning and found to be right. Raises DocumentMissing, DocumentDamaged, DocumentsUnavailable."""
        file = self.opened(sha256)
        try:
            yield file
        finally:
            file.close()

    def opened(self, sha256: str) -> BinaryIO:
        """The same, for whoever closes it by hand."""
        path = self.path(sha256)
        with _files(missing=f"the file of document {sha256} is not at {path}"):
            file = path.open("rb")
        try:
            with _files():
                self._require_sound(sha256, file)
                file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def verify(self, sha256: str, size: int, on_bytes: Callable[[int], None] = lambda _: None) -> None:
        """Reads a document's file whole, whatever is remembered of it. Raises as `open` does."""
        path = self.path(sha256)
        with _files(missing=f"the file of document {sha256} is not at {path}"), path.open("rb") as file:
            identity = _identity(file)
            if os.fstat(file.fileno()).st_size != size or _hash(file, on_bytes) != sha256:
                self._forget(sha256)
                raise _damaged(sha256, path)
            self._remember(sha256, identity)

    def glance(self, sha256: str, size: int) -> str | None:
        """What is wrong with a document's file as far as can be told without reading it; None for nothing."""
        path = self.path(sha256)
        try:
            found = path.stat().st_size
        except FileNotFoundError:
            return f"{sha256} is missing"
        except OSError as error:
            return f"{sha256} cannot be read: {error.strerror}"
        return None if found == size else f"{sha256} has {found:,} bytes instead of {size:,}"

    def _require_sound(self, sha256: str, file: BinaryIO) -> None:
        identity = _identity(file)
        with self._lock:
            known = self._sound.get(sha256)
        if known is not None and known.file == identity and time.monotonic() - known.at < _TRUSTED_S:
            return
        if _hash(file) != sha256:
            self._forget(sha256)
            raise _damaged(sha256, self.path(sha256))
        self._remember(sha256, identity)

    def _remember(self, sha256: str, identity: tuple[int, ...]) -> None:
        with self._lock:
            self._sound[sha256] = Sound(identity, time.monotonic())
            self._sound.move_to_end(sha256)
            if len(self._sound) > _REMEMBERED:
                self._sound.popitem(last=False)

    def _forget(self, sha256: str) -> None:
        with self._lock:
            self._sound.pop(sha256, None)


class Incoming:
    """A document that is being written. Not for several threads at once."""

    def __init__(self, documents: Documents, file: BinaryIO, path: Path) -> None:
        """Made by `Documents.receive`."""
        self._documents = documents
        self._file = file
        self._path = path
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> Self:
        """Takes more of it. Raises DocumentTooLarge, DocumentsUnavailable."""
        self.size += len(chunk)
        if self.size > self._documents.max_size:
            message = f"A document has at most {self._documents.max_size:,} bytes here."
            raise DocumentTooLarge(message)
        self._hash.update(chunk)
        with _files():
            self._file.write(chunk)
        return self

    def keep(self, declared: str | None = None, expected: str | None = None) -> Kept:
        """Makes it durable under its hash, once it is whole. `declared` is what its sender calls it, `expected` the hash they announced.

        Raises DocumentNotTaken, HashDiffers, DocumentsUnavailable.
        """
        sha256 = self._hash.hexdigest()
        if expected not in (None, sha256):
            message = f"The bytes have the SHA-256 {sha256}, not {expected}."
            raise HashDiffers(message)
        kept = Kept(sha256, self.size, self._media_type(declared))
        final = self._documents.path(sha256)
        with _files():
            self._file.flush()
            os.fchmod(self._file.fileno(), 0o444)
            os.fsync(self._file.fileno())
            for folder in (final.parent.parent, final.parent):
                with suppress(FileExistsError):
                    folder.mkdir()
                _fsync_folder(folder.parent)
            # A file of that name has the same bytes, or had them until it was damaged: either way this one is right.
            self._path.replace(final)
            _fsync_folder(final.parent)
        return kept

    def _media_type(self, declared: str | None) -> str:
        if not self.size:
            message = "The document is empty."
            raise DocumentNotTaken(message)
        with _files():
            self._file.flush()
            possible = media_types.possible(self._file)
        if not possible:
            message = "These bytes are no document of a kind that is kept: PDF, Word, Excel, PowerPoint, OFD, images, text, ZIP."
            raise DocumentNotTaken(message)
        if declared is None or declared == media_types.UNKNOWN:
            return possible[0]
        if declared not in possible:
            message = f"These bytes are not {declared[:100]}; they are {' or '.join(possible)}."
            raise DocumentNotTaken(message)
        return declared


def record(ledger: Ledger, kept: Kept, envelope: Envelope) -> tuple[StoredDocument, bool]:
    """Lets the ledger know of kept bytes: what it knows of them, and whether it is new. Raises what Ledger.handle does."""
    held = ledger.load(DOCUMENT, kept.sha256)
    if held.exists:
        return held, False
    command = StoreDocument(sha256=kept.sha256, size=kept.size, media_type=kept.media_type)
    try:
        outcome = ledger.handle(DOCUMENT, kept.sha256, command, envelope)
    except DocumentAlreadyStored:
        return ledger.load(DOCUMENT, kept.sha256), False
    return ledger.load(DOCUMENT, kept.sha256), not outcome.repeated


class Recorded(NamedTuple):
    """A document that the ledger has seen, and the entry that says so."""

    kept: Kept
    position: int
    stored_at: datetime
    stored_by: str


def recorded(store: Store, *, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
    """The documents recorded after a position, in order, in memory for one page."""
    for one in map(entry, store.rows_saying(DocumentStored, after=after, limit=limit)):
        if isinstance(one.fact, DocumentStored):
            yield Recorded(Kept(one.fact.sha256, one.fact.size, one.fact.media_type), one.position, one.recorded_at, one.meta.actor)


def chunks(file: BinaryIO, sha256: str) -> Iterator[bytes]:
    """A whole file, hashed on its way; the last chunk only if the sum is right. Raises DocumentDamaged instead of giving it."""
    hashed, held = hashlib.sha256(), b""
    while chunk := file.read(CHUNK):
        hashed.update(chunk)
        if held:
            yield held
        held = chunk
    if hashed.hexdigest() != sha256:
        message = f"document {sha256} changed while it was read"
        raise DocumentDamaged(message)
    yield held


def part(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """The bytes from `first` to `last`, both included."""
    file.seek(first)
    left = last - first + 1
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        yield chunk
        left -= len(chunk)


def _identity(file: BinaryIO) -> tuple[int, ...]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _hash(file: BinaryIO, on_bytes: Callable[[int], None] = lambda _: None) -> str:
    hashed = hashlib.sha256()
    while chunk := file.read(CHUNK):
        hashed.update(chunk)
        on_bytes(len(chunk))
    return hashed.hexdigest()


def _damaged(sha256: str, path: Path) -> DocumentDamaged:
    return DocumentDamaged(f"the file of document {sha256} was changed after it was stored: {path}")


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Removes what processes that were killed left unfinished."""
    for left in folder.iterdir():
        with suppress(OSError), left.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > _ABANDONED_S:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()


@contextmanager
def _files(missing: str | None = None) -> Iterator[None]:
    """What the file system says no to, in our words."""
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentMissing(missing or str(error)) from error
    except OSError as error:
        message = f"{error.strerror or error}: {error.filename or 'a file of the documents'}"
        raise DocumentsUnavailable(message) from error
