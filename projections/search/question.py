"""What people type to find contracts, read the way that texts are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, NamedTuple

from projections.paging import BadQuery, Where, require_plain
from projections.search.tokens import LONGEST, RUN, normal
from projections.view import Cursor

MAX_LENGTH: Final = 200
# Of what more contracts hold, nothing is worked out for all of them.
VERY_MANY: Final = 1_000
# Something in quotation marks, or up to the next space; a dash before either excludes it.
_CHUNK: Final = re.compile(r'(?P<dash>-?)(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
_MARKS: Final = str.maketrans("“”„«»「」『』", '"""""""""')


class Part(NamedTuple):
    """A token that is looked for, `place` tokens after the first one. `begins`: or any that begins so."""

    text: str
    place: int
    begins: bool

    @property
    def sql(self) -> str:
        """As a `tsquery` has it."""
        return f"'{self.text}':*" if self.begins else f"'{self.text}'"

    def fits(self, token: str) -> bool:
        """Whether a text's token is what is looked for."""
        return token.startswith(self.text) if self.begins else token == self.text


Phrase = tuple[Part, ...]


class Question(NamedTuple):
    """What has to be found, each part of a phrase in its place, and what must not be."""

    wanted: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]

    @property
    def strict(self) -> str:
        """The `tsquery` of phrases."""
        return " & ".join([*map(_in_order, self.wanted), *self._not])

    @property
    def loose(self) -> str:
        """The same for texts that are too long for every place to be known: there a phrase's tokens are enough."""
        return " & ".join([*map(_at_all, self.wanted), *self._not])

    @property
    def ranked(self) -> str:
        """What the rank is reckoned by."""
        return " & ".join(map(_at_all, self.wanted))

    @property
    def _not(self) -> list[str]:
        return [f"!{_in_order(phrase)}" for phrase in self.excluded]

    def condition(self, table: str) -> Where:
        """What holds of the rows that are found."""
        if self.strict == self.loose:
            return Where([f"{table}.tokens @@ %s::tsquery"], [self.strict])
        # Asked for in this order, the index is gone through once.
        in_place = f"({table}.overflows OR {table}.tokens @@ %s::tsquery)"
        return Where([f"{table}.tokens @@ %s::tsquery", in_place], [self.loose, self.strict])

    def by_place(self, table: str) -> tuple[tuple[int, Where], tuple[int, Where]]:
        """What holds of the rows whose heads hold all words (1), and of the others that are found (0)."""
        head = Where([f"{table}.head @@ %s::tsquery"], [" & ".join(map(_in_order, self.wanted))])
        found = self.condition(table)
        # What a head holds its text holds, too.
        in_head = Where([*head.conditions, *found.conditions], [*head.values, *found.values]) if self.excluded else head
        return (1, in_head), (0, found.also(f"NOT {head.conditions[0]}", *head.values))


def question(q: str) -> Question:
    """What is asked. The last word may be the beginning of one. Raises BadQuery where nothing is, or too much."""
    require_plain(q=q)
    if len(q) > MAX_LENGTH:
        message = f"what is looked for has at most {MAX_LENGTH} characters, not {len(q)}"
        raise BadQuery(message)
    wanted: list[Phrase] = []
    excluded: list[Phrase] = []
    chunks = list(_CHUNK.finditer(normal(q).translate(_MARKS)))
    for n, chunk in enumerate(chunks, 1):
        last = n == len(chunks) and chunk["plain"] is not None and not chunk["dash"]
        phrase = phrase_of(chunk["plain"] or chunk["quoted"] or "", begins=last)
        if phrase:
            (excluded if chunk["dash"] else wanted).append(phrase)
    if not wanted:
        message = f"{q!r} holds no word to look for"
        raise BadQuery(message)
    return Question(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(excluded)))


def phrase_of(text: str, *, begins: bool) -> Phrase:
    """The tokens of a text in its normal form; `begins`: the last word may go on."""
    parts: list[Part] = []
    place = 0
    for run in RUN.finditer(text):
        word = run[0]
        if run.lastgroup is None:
            parts.append(Part(word[:LONGEST], place, begins and run.end() == len(text)))
            place += 1
        elif len(word) == 1:
            # Every token that begins with a character stands where that character does.
            parts.append(Part(word, place, begins=True))
            place += 1
        else:
            parts += (Part(a + b, place + n, begins=False) for n, (a, b) in enumerate(pairwise(word)))
            place += len(word)
    return tuple(parts)


def _in_order(phrase: Phrase) -> str:
    said = phrase[0].sql
    for before, part in pairwise(phrase):
        said = f"{said} <{part.place - before.place}> {part.sql}"
    return f"({said})"


def _at_all(phrase: Iterable[Part]) -> str:
    return f"({' & '.join(dict.fromkeys(part.sql for part in phrase))})"


@contextmanager
def by_index(cursor: Cursor) -> Iterator[None]:
    """A transaction in which the words are looked up and not gone through: PostgreSQL takes no account of how long the vectors are."""
    cursor.execute("BEGIN READ ONLY; SET LOCAL enable_seqscan TO off")
    yield
    cursor.execute("COMMIT")
