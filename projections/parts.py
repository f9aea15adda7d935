"""Parts of a view: each takes in the entries of the streams whose names hash to it, at its own pace, and has a bookmark of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Self
from zlib import crc32

from infra.errors import LedgerError
from infra.store import Row

MOST_PARTS: Final = 16
_LABEL: Final = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)")


class NoSuchPart(LedgerError):
    """It is not said as 2/3: the second of three parts."""


class Part(NamedTuple):
    """The part with a `number`, counted from 1, of so many."""

    number: int
    of: int

    @classmethod
    def read(cls, label: str) -> Self:
        """A part as people say it. Raises NoSuchPart."""
        found = _LABEL.fullmatch(label)
        if found is None or not int(found[1]) <= int(found[2]) <= MOST_PARTS:
            message = f"{label[:60]!r} is no part of a view; say 1/2 for the first of two, or of up to {MOST_PARTS}"
            raise NoSuchPart(message)
        return cls(int(found[1]), int(found[2]))

    @property
    def is_whole(self) -> bool:
        """Whether there is no other."""
        return self.of == 1

    def takes(self, stream: str) -> bool:
        """Whether a stream's entries belong to it. Bookmarks outlive the program: the hash stays what it is."""
        return self.of == 1 or crc32(stream.encode()) % self.of == self.number - 1

    def bookmark_of(self, view: str) -> str:
        """Under which name its bookmark lies: beside the view's own, if it is not that."""
        return view if self.is_whole else f"{view} {self.number}/{self.of}"


def view_of(bookmark: str) -> str:
    """Whose bookmark it is, by its name: a view's, also where it is that of one of the view's parts."""
    return bookmark.partition(" ")[0]


WHOLE: Final = Part(1, 1)


def all_parts(of: int) -> tuple[Part, ...]:
    """So many parts, which together are the whole."""
    return tuple(Part(n, of) for n in range(1, of + 1))


@dataclass(frozen=True, slots=True)
class Reached:
    """How far each part of a view has come, in the order of their numbers. The view's readers are told the least."""

    positions: tuple[int, ...]

    @classmethod
    def read(cls, view: str, positions: Mapping[str, int]) -> Self:
        """From the bookmarks of one moment, by their names; those of other views may be among them."""
        parts = {Part.read(name.removeprefix(f"{view} ")): at for name, at in positions.items() if name.startswith(f"{view} ")}
        return cls(tuple(at for _, at in sorted(parts.items())) or (positions[view],))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts."""
        return all_parts(len(self.positions))

    @property
    def least(self) -> int:
        """Every entry up to here is in the view."""
        return min(self.positions)

    @property
    def most(self) -> int:
        """No entry after it is in the view."""
        return max(self.positions)

    def of(self, stream: str) -> int:
        """How far the rows of a stream have come."""
        return next(at for part, at in zip(self.parts, self.positions, strict=True) if part.takes(stream))

    def seen(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Those of some rows of the log up to the furthest position that are in the view."""
        return (row for row in rows if row.position <= self.least or row.position <= self.of(row.stream))
