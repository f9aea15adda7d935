"""Where in a contract the words were found, with the text around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from projections.search.passages import Passage
from projections.search.question import Phrase, Question
from projections.search.tokens import Token, normal, spanned

MOST: Final = 3
BEFORE: Final = 30
LENGTH: Final = 160


class Mark(NamedTuple):
    """A stretch that was looked for, from `start` up to before `end`, in code points."""

    start: int
    end: int


class Snippet(NamedTuple):
    """A piece of a passage from `offset` on, and what of it was looked for; marks count from the piece's beginning."""

    where: str
    key: str
    text: str
    offset: int
    marks: tuple[Mark, ...]


def snippets(passages: Iterable[Passage], asked: Question) -> tuple[Snippet, ...]:
    """Up to three, those first in which most of what was asked for stands; then as passages follow each other."""
    held = list(passages)
    # Of a text that is too long for phrases to be told apart, the parts of phrases are shown.
    looked_for = (asked.wanted, tuple((part._replace(place=0),) for phrase in asked.wanted for part in phrase))
    for phrases in looked_for:
        found = [(passage, marks, count) for passage in held for marks, count in (marked(passage.text, phrases),) if marks]
        if found:
            found.sort(key=lambda one: -one[2])
            return tuple(cut(passage, marks) for passage, marks, _ in found[:MOST])
    return ()


def marked(text: str, phrases: Sequence[Phrase]) -> tuple[list[Mark], int]:
    """Where phrases stand in a text, and how many of them do."""
    plain = normal(text)
    likely = [phrase for phrase in phrases if all(part.text in plain for part in phrase)]
    if not likely:
        return [], 0
    found = spanned(text)
    stretches = [standing(found, phrase) for phrase in likely]
    return merged(mark for marks in stretches for mark in marks), sum(map(bool, stretches))


def standing(found: Sequence[Token], phrase: Phrase) -> list[Mark]:
    """Every place at which a phrase begins."""
    first, length = phrase[0], phrase[-1].place
    return [
        Mark(found[n].start, reach(found[n + length], single=len(phrase[-1].text) == 1))
        for n in range(len(found) - length)
        if first.fits(found[n].text) and all(part.fits(found[n + part.place].text) for part in phrase)
    ]


def reach(token: Token, *, single: bool) -> int:
    """Where a token's stretch ends: of a pair that was looked for by its first character, with that."""
    return token.start + 1 if single and len(token.text) == token.end - token.start == len("字字") else token.end


def merged(marks: Iterable[Mark]) -> list[Mark]:
    """Stretches in order, those that overlap as one."""
    made: list[Mark] = []
    for mark in sorted(marks):
        if made and mark.start < made[-1].end:
            made[-1] = Mark(made[-1].start, max(made[-1].end, mark.end))
        else:
            made.append(mark)
    return made


def cut(passage: Passage, marks: Sequence[Mark]) -> Snippet:
    """The text around the first stretch."""
    start = max(0, min(marks[0].start - BEFORE, len(passage.text) - LENGTH))
    end = start + LENGTH
    within = (Mark(max(mark.start - start, 0), min(mark.end, end) - start) for mark in marks if mark.start < end)
    return Snippet(passage.where, passage.key, passage.text[start:end], start, tuple(within))
