"""What a text is looked up by: pairs of characters where words are not set apart, as in Chinese, and words elsewhere.

A run of such characters gives a token for each of its characters: that one and the next, or the last one alone. So two
characters are one token, more are tokens that follow each other, and a single character is what tokens begin with.
Other words are cut where letters meet digits or anything else, so that a number is found by each of its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from operator import add
from typing import Final, NamedTuple
from unicodedata import category, combining, normalize

# Han with what counts as one, kana, bopomofo and hangul.
UNSPACED: Final = (
    "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u1100-\u11ff\uac00-\ud7af\U00020000-\U000323af"
)
# Of a longer word only so many characters count; PostgreSQL takes no token of more than 2,046 bytes.
LONGEST: Final = 100
# What PostgreSQL keeps of a text: a token's first 255 places, places up to 16,383, and 1 MiB of all.
MAX_PLACES: Final = 250
MAX_PLACE: Final = 16_382
MAX_BYTES: Final = 1_000_000
WORTH_REMEMBERING: Final = range(100, 2_000)

RUN: Final = re.compile(rf"(?P<unspaced>[{UNSPACED}]+)|\d+|[^\W\d_{UNSPACED}]+")
_ACCENTED: Final = re.compile("[\u00c0-\u024f\u0300-\u036f\u0370-\u052f\u1e00-\u1fff]+")
# Characters that stay one each, whatever stands beside them.
_ONE_EACH: Final = re.compile("[\x00-\x7f\u3000-\u303f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]*")


class Token(NamedTuple):
    """A token, and where in the text it was found, in code points."""

    text: str
    start: int
    end: int


class Vector(NamedTuple):
    """A `tsvector` as PostgreSQL writes it. `overflows`: it cannot hold every place, so that what follows what is not known of all."""

    text: str
    overflows: bool


def normal(text: str) -> str:
    """A text in one width and case, and without accents; traditional characters stay what they are."""
    plain = normalize("NFKC", text).casefold()
    return plain if plain.isascii() else _ACCENTED.sub(_bare, plain)


def _bare(letters: re.Match[str]) -> str:
    return "".join(c for c in normalize("NFKD", letters[0]) if category(c) != "Mn")


def tokens(text: str) -> list[str]:
    """The tokens of a text in order, one for each place."""
    found: list[str] = []
    for run in RUN.finditer(normal(text)):
        word = run[0]
        if run.lastgroup is None:
            found.append(word[:LONGEST])
        else:
            found += map(add, word, word[1:])
            found.append(word[-1])
    return found


@lru_cache(maxsize=256)
def _remembered(text: str) -> list[str]:
    return tokens(text)


def _tokens_again(text: str) -> list[str]:
    # Clauses are worded alike in many contracts; what is shorter is soon cut, and what is longer takes much room.
    return _remembered(text) if WORTH_REMEMBERING.start <= len(text) < WORTH_REMEMBERING.stop else tokens(text)


def spanned(text: str) -> list[Token]:
    """The same, with where each was found."""
    plain, starts, ends = _located(text)
    found: list[Token] = []
    for run in RUN.finditer(plain):
        if run.lastgroup is None:
            found.append(Token(run[0][:LONGEST], starts[run.start()], ends[run.end() - 1]))
            continue
        for n in range(run.start(), run.end()):
            last = min(n + 1, run.end() - 1)
            found.append(Token(plain[n : last + 1], starts[n], ends[last]))
    return found


def _located(text: str) -> tuple[str, range | list[int], range | list[int]]:
    """The normal form, with where each of its characters comes from."""
    if _ONE_EACH.fullmatch(text):
        return normal(text), range(len(text)), range(1, len(text) + 1)
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        made = normal(text[start:end])
        plain.append(made)
        starts += [start] * len(made)
        ends += [end] * len(made)
    return "".join(plain), starts, ends


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Characters with the marks that belong to them; the normal form of a text is that of these."""
    start = 0
    for n in range(1, len(text) + 1):
        if n == len(text) or not _attaches(text[n]):
            yield start, n
            start = n


def _attaches(character: str) -> bool:
    # Vowels and finals of hangul written letter by letter make one syllable with what stands before them.
    return combining(normalize("NFKC", character)[0]) > 0 or "\u1160" <= character <= "\u11ff"


@cache
def _places(weight: str) -> list[str]:
    """Every place that a token can have, as a vector of that weight says it; the first one is not used."""
    mark = "" if weight == "D" else weight
    return [f"{place}{mark}" for place in range(MAX_PLACE + 1)]


def vector(weighted: Iterable[tuple[str, str]]) -> Vector:
    """The `tsvector` of texts, each with its weight, A to D; no phrase reaches from one text into the next."""
    held: dict[str, str] = {}
    first, crowded = 1, False
    for weight, text in weighted:
        found = _tokens_again(text)
        places = _places(weight)[first : first + len(found)]
        for token, place in zip(found, places, strict=False):
            before = held.get(token)
            if before is None:
                held[token] = place
            # A place takes two characters at least.
            elif len(before) < MAX_PLACES or before.count(",") < MAX_PLACES - 1:
                held[token] = f"{before},{place}"
            else:
                crowded = True
        for token in found[len(places) :]:
            crowded = True
            held.setdefault(token, "")
        first += max(1, len(found)) + 1
    made = " ".join([f"'{token}':{places}" if places else f"'{token}'" for token, places in sorted(held.items())])
    # What PostgreSQL keeps is never longer than what it reads.
    return Vector(made, crowded) if len(made) <= MAX_BYTES // 4 or len(made.encode()) <= MAX_BYTES else _without_places(held)


def _without_places(places: Iterable[str]) -> Vector:
    """As many tokens as fit, the first ones of the texts, and none of their places."""
    kept: list[str] = []
    room = MAX_BYTES
    for token in places:
        room -= len(token.encode()) + 4
        if room < 0:
            break
        kept.append(token)
    return Vector(" ".join(f"'{token}'" for token in sorted(kept)), overflows=True)
