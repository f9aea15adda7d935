"""The conformed copy: the clauses as they read, and for every word the entry that put it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final, NamedTuple

from domain.contract import fold
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn
from domain.contract.state import Contract
from domain.contract.vocabulary import Clause, Topic
from domain.facts import Entry, Fact, value

# Where words are not set apart each character is a word of its own; blanks and marks are too.
_WORD: Final = re.compile(r"[^\W\u3005-\u312f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af]+|.", re.DOTALL)
_SENTENCE: Final = re.compile(r"[^.。;；!！?？\n]*[.。;；!！?？\n]+|.+\Z", re.DOTALL)
# Two passages are compared word by word where that takes at most so many comparisons; longer ones are taken as written anew.
MOST_COMPARISONS: Final = 250_000


@value
class Span:
    """Words that stand one after the other, and the version of the entry that put them there."""

    text: str
    version: int


@value
class ConformedClause:
    """A clause as it reads; `added` and `changed` are the versions of the entries that brought it and last changed it."""

    clause_id: str
    topic: Topic | None
    heading: tuple[Span, ...]
    text: tuple[Span, ...]
    added: int
    changed: int


@value
class StruckClause:
    """A clause that is gone, as it read last, and the version of the entry that took it out."""

    clause_id: str
    heading: str
    text: str
    version: int


@value
class Maker:
    """An entry that put words there or took some out, and the amendment or the approved deviations by which it did."""

    position: int
    version: int
    fact: str
    actor: str
    on_behalf_of: str | None
    effective_at: datetime
    recorded_at: datetime
    reason: str | None
    amendment_id: str | None
    deviations: tuple[str, ...]


@value
class ConformedCopy:
    """The clauses in their order, those that are gone, and the entries that made either so, in the order of the ledger."""

    clauses: tuple[ConformedClause, ...]
    struck: tuple[StruckClause, ...]
    entries: tuple[Maker, ...]


class _Worded(NamedTuple):
    """A clause with the spans of its heading and text so far."""

    clause: Clause
    heading: tuple[Span, ...]
    text: tuple[Span, ...]
    added: int
    changed: int


def conformed(entries: Iterable[Entry]) -> ConformedCopy:
    """The conformed copy after these entries of one contract.

    Whatever an entry is, what it did to the clauses is what differs before and after it, so that no kind of fact can be forgotten here.
    Words that a rewording leaves as they are stay with the entry that wrote them.
    """
    contract = Contract()
    before: dict[str, Clause] = {}
    worded: dict[str, _Worded] = {}
    struck: dict[str, StruckClause] = {}
    makers: dict[int, Maker] = {}
    for entry in entries:
        fold(contract, entry)
        if contract.clauses == before:
            continue
        makers[entry.version] = _maker(entry)
        for gone in before.keys() - contract.clauses.keys():
            was = worded.pop(gone).clause
            struck[gone] = StruckClause(clause_id=gone, heading=was.heading, text=was.text, version=entry.version)
        for name, clause in contract.clauses.items():
            if clause != before.get(name):
                struck.pop(name, None)
                worded[name] = _reworded(worded.get(name), clause, entry.version)
        before = dict(contract.clauses)
    clauses = tuple(map(_told, (worded[name] for name in before)))
    cited = set(_cited(clauses, struck.values()))
    return ConformedCopy(
        clauses=clauses,
        struck=tuple(sorted(struck.values(), key=lambda one: one.version)),
        entries=tuple(maker for version, maker in makers.items() if version in cited),
    )


def _told(one: _Worded) -> ConformedClause:
    return ConformedClause(
        clause_id=one.clause.clause_id,
        topic=one.clause.about,
        heading=one.heading,
        text=one.text,
        added=one.added,
        changed=one.changed,
    )


def _cited(clauses: Iterable[ConformedClause], struck: Iterable[StruckClause]) -> Iterator[int]:
    for clause in clauses:
        yield from (clause.added, clause.changed)
        yield from (span.version for span in (*clause.heading, *clause.text))
    yield from (one.version for one in struck)


def _maker(entry: Entry) -> Maker:
    amendment_id, deviations = _by(entry.fact)
    return Maker(
        position=entry.position,
        version=entry.version,
        fact=entry.fact.NAME,
        actor=entry.meta.actor,
        on_behalf_of=entry.meta.on_behalf_of,
        effective_at=entry.effective_at,
        recorded_at=entry.recorded_at,
        reason=entry.meta.reason,
        amendment_id=amendment_id,
        deviations=deviations,
    )


def _by(happened: Fact) -> tuple[str | None, tuple[str, ...]]:
    match happened:
        case AmendmentTookEffect(amendment_id=amendment_id, deviations=deviations):
            return amendment_id, deviations
        case ClauseAdded(deviation_id=used) | ClauseReworded(deviation_id=used) | ClauseWithdrawn(deviation_id=used):
            return None, () if used is None else (used,)
        case _:
            return None, ()


def _reworded(was: _Worded | None, clause: Clause, version: int) -> _Worded:
    if was is None:
        return _Worded(clause, _anew(clause.heading, version), _anew(clause.text, version), version, version)
    heading = reworded(was.heading, clause.heading, version)
    return _Worded(clause, heading, reworded(was.text, clause.text, version), was.added, version)


def _anew(text: str, version: int) -> tuple[Span, ...]:
    return (Span(text=text, version=version),) if text else ()


def reworded(was: Sequence[Span], becomes: str, version: int) -> tuple[Span, ...]:
    """The spans of a text after a rewording: what it shares with what stood there stays with the entries that wrote it."""
    text = "".join(span.text for span in was)
    if text == becomes:
        return tuple(was)
    wrote = [span.version for span in was for _ in span.text]
    now = [version] * len(becomes)
    for start, end, length in _shared(text, becomes):
        now[end : end + length] = wrote[start : start + length]
    at, spans = 0, []
    for by, run in groupby(now):
        length = sum(1 for _ in run)
        spans.append(Span(text=becomes[at : at + length], version=by))
        at += length
    return tuple(spans)


def _shared(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    """What two texts share, in code points: where it is in the old one, where in the new one, and how long it is.

    Sentences first, and words only within the sentences that differ: a long clause of which a word changes stays cheap.
    """
    for was, becomes, same in _aligned(_SENTENCE.findall(old), _SENTENCE.findall(new)):
        if same:
            yield was.start, becomes.start, len(was)
            continue
        older, newer = old[was.start : was.stop], new[becomes.start : becomes.stop]
        for words, others, alike in _aligned(_WORD.findall(older), _WORD.findall(newer)):
            if alike:
                yield was.start + words.start, becomes.start + others.start, len(words)


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[range, range, bool]]:
    """Passages of both lists side by side, as ranges of code points, and whether they are the same."""
    ends, others = _ends(old), _ends(new)
    head = _common(old, new)
    tail = _common(old[: head - len(old) - 1 : -1], new[: head - len(new) - 1 : -1])
    last, latest = len(old) - tail, len(new) - tail
    yield range(ends[head]), range(others[head]), True
    if (last - head) * (latest - head) > MOST_COMPARISONS:
        yield range(ends[head], ends[last]), range(others[head], others[latest]), False
    else:
        matcher = SequenceMatcher(None, old[head:last], new[head:latest], autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield range(ends[head + i], ends[head + j]), range(others[head + k], others[head + m]), tag == "equal"
    yield range(ends[last], ends[-1]), range(others[latest], others[-1]), True


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many parts both begin with."""
    return next((n for n, (was, becomes) in enumerate(zip(old, new, strict=False)) if was != becomes), min(len(old), len(new)))


def _ends(parts: Iterable[str]) -> list[int]:
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return ends
