"""Finds documents in files, folders and archives, one at a time and never more of one than memory has room for."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from infra.ocds.report import OnRow, Row, Severity

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
# Published JSON shrinks to a twentieth; a file of zeros to a thousandth.
MAX_EXPANSION = 250
ENDINGS = (".json", ".jsonl", ".ndjson", ".zip", ".json.gz", ".jsonl.gz", ".ndjson.gz")
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
# What a damaged, encrypted or unknown archive raises.
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, lzma.LZMAError, RuntimeError, NotImplementedError, ValueError)


BufferedReader: TypeAlias = "io.BufferedReader[Bounded]"


class Document(NamedTuple):
    """A JSON text: a whole file, or line `line` of one."""

    file: str
    line: int | None
    text: bytes


class Found(NamedTuple):
    """A file to read: where it is, and its name relative to the path that was given."""

    path: Path
    name: str


class TooLarge(ValueError):
    """More comes out of a file than memory has room for, or than went into it in earnest."""


class Readable(Protocol):
    """What gives out bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...


class Bounded(io.RawIOBase):
    """A stream of which no more than `allowance` bytes can be read."""

    def __init__(self, inner: Readable, allowance: int) -> None:
        """Takes the stream; closing this closes it."""
        super().__init__()
        self._inner = inner
        self._left = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Reads on; raises TooLarge beyond the allowance."""
        room = memoryview(buffer)
        read = self._inner.read(len(room))
        self._left -= len(read)
        if self._left < 0:
            message = f"more than {MAX_EXPANSION} times its packed size comes out of it"
            raise TooLarge(message)
        room[: len(read)] = read
        return len(read)

    def close(self) -> None:
        """Closes both."""
        self._inner.close()
        super().close()


def found(paths: Sequence[Path], on_row: OnRow) -> Iterator[Found]:
    """Every file that may hold documents, in the order of its name. Raises FileNotFoundError for a given path."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
    for path in paths:
        if path.is_dir():
            yield from within(path, on_row)
        else:
            yield Found(path, printable(path.name))


def within(root: Path, on_row: OnRow) -> Iterator[Found]:
    """The files of a folder and those below it."""

    def refused(error: OSError) -> None:
        on_row(unreadable(Path(str(error.filename)), root, error))

    for folder, folders, names in os.walk(root, onerror=refused):
        folders[:] = sorted(f for f in folders if not hidden(f))
        for name in sorted(n for n in names if not hidden(n)):
            path = Path(folder) / name
            relative = printable(path.relative_to(root).as_posix())
            if name.lower().endswith(ENDINGS):
                yield Found(path, relative)
            else:
                on_row(Row(Severity.SKIPPED, "not_a_document", f"Only {', '.join(ENDINGS)} are read from folders.", relative))


def hidden(name: str) -> bool:
    """Whether a file or folder belongs to a desktop rather than to its owner."""
    return name.startswith((".", "__MACOSX"))


def unreadable(path: Path, root: Path, error: Exception) -> Row:
    """The row for what the operating system refuses to give out."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return Row(Severity.ERROR, "unreadable_file", f"Cannot be read: {described(error)}.", printable(name))


def printable(name: str) -> str:
    """A name as it can be stored and shown, whatever bytes the file system or archive has for it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def described(error: BaseException) -> str:
    """An error's own words, without the machine's paths."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words or type(error).__name__


def documents(file: Found, on_row: OnRow) -> Iterator[Document]:
    """The documents of a file: itself, its lines, or those of an archive's members. What cannot be read is told."""
    try:
        if not stat.S_ISREG(file.path.stat().st_mode):
            on_row(Row(Severity.ERROR, "unreadable_file", "Only files and folders can be read.", file.name))
            return
        with file.path.open("rb") as opened:
            if opened.read(len(_ZIP)) == _ZIP:
                yield from archived(file, on_row)
                return
        with file.path.open("rb") as opened:
            yield from unpacked(opened, file.name, file.path.stat().st_size, on_row)
    except BROKEN as error:
        on_row(broken(file.name, error))


def broken(name: str, error: BaseException) -> Row:
    """The row for a file that cannot be read to its end."""
    if isinstance(error, TooLarge):
        return Row(Severity.ERROR, "too_large", f"Not read to its end: {error}.", name)
    return Row(Severity.ERROR, "unreadable_file", f"Cannot be read: {described(error)}.", name)


def archived(file: Found, on_row: OnRow) -> Iterator[Document]:
    """The documents of a zip's members; a damaged member leaves the others readable."""
    with zipfile.ZipFile(file.path) as archive:
        for member in archive.infolist():
            name = f"{file.name}/{printable(member.filename)}"
            base = member.filename.rstrip("/").rsplit("/", 1)[-1]
            if member.is_dir() or hidden(base) or member.filename.startswith("__MACOSX/"):
                continue
            if base.lower().endswith(".zip"):
                on_row(Row(Severity.SKIPPED, "nested_archive", "Archives within archives are not opened; unpack this one first.", name))
                continue
            if not base.lower().endswith(ENDINGS):
                on_row(Row(Severity.SKIPPED, "not_a_document", f"Only {', '.join(ENDINGS)} are read from archives.", name))
                continue
            try:
                with archive.open(member) as opened:
                    yield from unpacked(opened, name, member.compress_size, on_row)
            except BROKEN as error:
                on_row(broken(name, error))


def unpacked(opened: IO[bytes], name: str, packed_size: int, on_row: OnRow) -> Iterator[Document]:
    """The documents of one stream, which may be packed with gzip whatever its name says."""
    allowance = max(MAX_DOCUMENT_BYTES, MAX_EXPANSION * packed_size)
    with buffered(Bounded(opened, allowance)) as plain:
        if plain.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
            yield from split(plain, name, on_row)
            return
        with gzip.GzipFile(fileobj=plain) as unzipped, buffered(Bounded(unzipped, allowance)) as inner:
            yield from split(inner, name, on_row)


@contextmanager
def buffered(stream: Bounded) -> Iterator[BufferedReader]:
    """A buffer over a stream."""
    with io.BufferedReader(stream, 1 << 20) as reader:
        yield reader


def split(plain: BufferedReader, name: str, on_row: OnRow) -> Iterator[Document]:
    """A stream as one document, or line by line."""
    if name.lower().endswith(LINES):
        yield from lines(plain, name, on_row)
        return
    text = plain.read(MAX_DOCUMENT_BYTES + 1)
    if len(text) > MAX_DOCUMENT_BYTES:
        limit = MAX_DOCUMENT_BYTES // 2**20
        reason = f"A document of more than {limit} MiB is not read at once; split it, for example into JSON Lines with one release a line."
        on_row(Row(Severity.ERROR, "too_large", reason, name))
        return
    yield Document(name, None, text)


def lines(plain: BufferedReader, name: str, on_row: OnRow) -> Iterator[Document]:
    """Each line that is not blank; one that is too long is told and passed over."""
    number = 0
    while line := plain.readline(MAX_DOCUMENT_BYTES + 1):
        number += 1
        if len(line) > MAX_DOCUMENT_BYTES:
            while line and not line.endswith(b"\n"):
                line = plain.readline(1 << 20)
            on_row(Row(Severity.ERROR, "too_large", f"A line of more than {MAX_DOCUMENT_BYTES // 2**20} MiB.", name, f"line {number}"))
        elif line.strip() and line.strip() != codecs.BOM_UTF8:
            yield Document(name, number, line)
