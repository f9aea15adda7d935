"""The past of the register says what the domain's fold says, at any two moments, whatever the history."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Entry
from infra import codec
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.check import check
from projections.log import Log
from projections.paging import Where
from projections.past import Moments
from projections.past.expected import Stood
from projections.past.shape import BUCKETS, ORIGIN, TIMES
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.register import REGISTER, past
from projections.register.table import RegisterTold
from projections.view import Row, View
from tests.projections.histories import histories, interleaved
from tests.projections.ledgers import content, new_ledger
from tests.spec import START

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"


def misdated(entries: Sequence[Entry], seed: int, share: float) -> Iterator[Entry]:
    """The same entries, some of which took place at other moments than they were recorded at, often at one that another has, too."""
    draw = random.Random(seed)
    for entry in entries:
        other = START + timedelta(hours=draw.choice((-30, -5, 0, 1, 2, 3, 5, 8, 13, 13, 200)))
        yield entry._replace(effective_at=other) if draw.random() < share else entry


def put_together(opened: Opened, entries: Sequence[Entry], seed: int) -> None:
    """Appends entries, those of one stream that follow each other often in one command."""
    draw, group = random.Random(seed), 0
    numbered: list[tuple[int, Entry]] = []
    for n, entry in enumerate(entries):
        group += not n or entry.stream != entries[n - 1].stream or draw.random() < 0.6
        numbered.append((group, entry))
    for number, several in groupby(numbered, key=lambda one: one[0]):
        of_one = [e for _, e in several]
        news = [NewEntry(e.stream, e.version, codec.topic(e.fact), e.effective_at, codec.encode(e.fact)) for e in of_one]
        opened.store.append(Stamp(f"put-{number}-{opened.store.head()}", "00" * 32, codec.encode_meta(of_one[0].meta)), news)


def found_at(opened: Opened, contract_id: str, moments: Moments) -> list[Row]:
    """What the table of the past has of a contract at two moments."""
    where = Where(["contract_id = %s"], [contract_id])
    moments.add_to(where)
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {opened.names.views}.register_past {where.sql}", where.values)
        names = [column.name for column in cursor.description or ()]
        return [{k: v for k, v in zip(names, row, strict=True) if k not in (*TIMES, *BUCKETS)} for row in cursor.fetchall()]


def follow(opened: Opened, page: int, view: View = REGISTER) -> None:
    """A new projector, which has to read back what it needs of what was there before."""
    projector = Projector(opened, view, Log(opened.store, page=page))
    while projector.position < opened.store.head():
        projector.advance()


@pytest.mark.campaign
@settings(
    max_examples=400 if LARGE else 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(histories, min_size=1, max_size=3), st.integers(0, 2**32), st.sampled_from((0.0, 0.1, 0.5)), st.integers(1, 12))
def test_at_any_two_moments_the_past_is_what_the_fold_of_what_was_known_then_says(
    postgres: str, stories: list[list[Entry]], seed: int, share: float, page: int
) -> None:
    entries = list(misdated(interleaved(stories, seed), seed, share))
    with new_ledger(postgres) as opened:
        for part in (entries[: len(entries) // 2], entries[len(entries) // 2 :]):
            put_together(opened, part, seed)
            follow(opened, page)
        for n in range(len(stories)):
            stood = Stood(CONTRACT.prefix, str(n), opened.store.stream_entries(f"contract-{n}"), RegisterTold, past.tells)
            for moments in stood.points():
                said = stood.at(moments)
                found = found_at(opened, str(n), moments)
                assert len(found) == (said is not None), moments
                for row in found:
                    assert {k: v for k, v in row.items() if k not in ORIGIN} == {k: v for k, v in (said or {}).items() if k not in ORIGIN}
        assert check(opened, (REGISTER,))[0].first is None
        live = content(opened, REGISTER)
        rebuild(opened, REGISTER)
        assert content(opened, REGISTER) == live
