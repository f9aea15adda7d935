"""The view of parties: what each row says, how it is asked for, and that it follows from the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Entry, Fact, Meta
from domain.party import (
    BankAccountChanged,
    Identifier,
    PartyDetailsChanged,
    PartyFlagged,
    PartyRegistered,
    PartyUnflagged,
    PartyVerified,
    PersonalDataErased,
)
from domain.party.state import FlagSeverity, PartyCheck, PartyFlag
from infra.opening import Opened
from projections.check import check_view
from projections.columns import shown
from projections.log import Log
from projections.paging import BadQuery
from projections.parties import PARTIES, Parties, PartyQuery
from projections.parties.table import COLUMNS, PartyLine, PartyTold, fold
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.runner import catch_up
from tests.projections.histories import put
from tests.projections.ledgers import tamper
from tests.spec import START

TODAY = date(2026, 6, 30)
CODE = Identifier(scheme="CN-USCC", id="91310000MA1FL00000")
LISTED = PartyFlagged(flag=PartyFlag.RED_LIST, why="On the list.", severity=FlagSeverity.BLOCKS)
LATE = PartyFlagged(flag=PartyFlag.OVERDUE, why="Pays late.", severity=FlagSeverity.WARNS)

names = st.sampled_from(("华东办公", "Müller & Söhne\n\x00\x1e\\N", "50 % \\ _ \x1f'\""))
details = {
    "name": names,
    "identifiers": st.sampled_from(((), (CODE,), (CODE, Identifier(scheme="DUNS", id="\x1e9")))),
    "address": st.none() | names,
    "country": st.none() | st.just("CN"),
}
facts = st.one_of(
    st.builds(PartyDetailsChanged, **details),
    st.builds(
        PartyVerified,
        checks=st.lists(st.sampled_from(PartyCheck), min_size=1, max_size=3, unique=True).map(tuple),
        evidence=st.just("公示系统"),
        valid_until=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    ),
    st.builds(PartyFlagged, flag=st.sampled_from(PartyFlag), why=names, severity=st.sampled_from(FlagSeverity)),
    st.builds(PartyUnflagged, flag=st.sampled_from(PartyFlag), why=st.just("x")),
    st.builds(PersonalDataErased, ground=st.just("x")),
    st.builds(BankAccountChanged, bank=names, account_number=st.just("1"), holder=names, valid_from=st.just(TODAY)),
)
pasts = st.builds(lambda first, then: (first, *then), st.builds(PartyRegistered, **details), st.lists(facts, max_size=12))


def entries(party_id: str, said: Sequence[Fact]) -> list[Entry]:
    """Facts as the entries of one party."""
    meta = Meta(actor="alice", credential="k", channel="api")
    moments = [START + timedelta(hours=n) for n in range(len(said))]
    return [Entry(n, f"party-{party_id}", n, one, at, at, str(n), meta) for n, (one, at) in enumerate(zip(said, moments, strict=True), 1)]


@settings(max_examples=200, deadline=None)
@given(pasts)
def test_a_row_says_after_each_entry_what_the_party_folds_into(past: tuple[Fact, ...]) -> None:
    line, told = PartyLine("1"), PartyTold("1")
    for one in entries("1", past):
        fold(line, one)
        told.fold(one)
        values = {c: getattr(line, c) for c in COLUMNS}
        assert {c: shown(v) if isinstance(v, str) else v for c, v in values.items()} == told.row()


def register(opened: Opened, **pasts: Sequence[Fact]) -> Parties:
    """The parties with these facts, brought into the view one entry at a time."""
    for party_id, said in pasts.items():
        put(opened, entries(party_id, said))
    projector = Projector(opened, PARTIES, Log(opened.store, page=1))
    while projector.position < opened.store.head():
        # A new one each time, which has to read back what the one before wrote.
        projector = Projector(opened, PARTIES, Log(opened.store, page=1))
        projector.advance()
    return Parties(opened)


def found(parties: Parties, **wanted: object) -> list[str]:
    """The ids that a question finds."""
    return [row.party_id for row in parties.find(PartyQuery(on=TODAY, **wanted)).rows]  # type: ignore[arg-type]


CHECKED = PartyVerified(checks=(PartyCheck.REGISTRATION,), evidence="x", valid_until=TODAY)
PASTS: dict[str, tuple[Fact, ...]] = {
    "a": (PartyRegistered(name="Alpha", identifiers=(CODE,), country="CN"), CHECKED),
    "b": (PartyRegistered(name="beta_", country="DE"), LISTED, LATE),
    "c": (PartyRegistered(name="Gamma", country="CN"), CHECKED, PartyDetailsChanged(name="Gamma 2", country="CN"), LATE),
    "d": (PartyRegistered(name="Delta"), CHECKED, LISTED, PartyUnflagged(flag=LISTED.flag, why="x")),
}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ["a", "d", "c", "b"]),
        ({"descending": True}, ["b", "c", "d", "a"]),
        ({"name": "TA_"}, ["b"]),
        ({"identifier": "ma1fl"}, ["a"]),
        ({"country": "CN"}, ["a", "c"]),
        ({"flagged": True}, ["c", "b"]),
        ({"flagged": False}, ["a", "d"]),
        ({"blocked": True}, ["b"]),
        ({"verified": True}, ["a", "d"]),
        ({"verified": False}, ["c", "b"]),
        ({"sort": "country"}, ["a", "c", "b", "d"]),
        ({"flagged": True, "country": "CN"}, ["c"]),
    ],
)
def test_parties_are_found_by_what_is_known_of_them(opened: Opened, wanted: dict[str, object], ids: list[str]) -> None:
    parties = register(opened, **PASTS)
    assert found(parties, **wanted) == ids
    assert parties.count(PartyQuery(on=TODAY, **wanted)) == len(ids)  # type: ignore[arg-type]


def test_a_verification_counts_up_to_the_day_that_is_asked_about(opened: Opened) -> None:
    parties = register(opened, **PASTS)
    tomorrow = TODAY + timedelta(days=1)
    assert parties.find(PartyQuery(on=tomorrow, verified=True)).rows == ()


def test_pages_follow_each_other_and_end(opened: Opened) -> None:
    parties = register(opened, **PASTS)
    first = parties.find(PartyQuery(on=TODAY, limit=3))
    rest = parties.find(PartyQuery(on=TODAY, limit=3, cursor=first.next_cursor))
    assert [row.party_id for row in (*first.rows, *rest.rows)] == ["a", "d", "c", "b"]
    assert rest.next_cursor is None
    with pytest.raises(BadQuery):
        parties.find(PartyQuery(on=TODAY, sort="flags"))


def test_rows_written_one_by_one_and_rows_built_anew_are_those_that_the_log_tells(opened: Opened) -> None:
    parties = register(opened, **PASTS)
    live = parties.find(PartyQuery(on=TODAY)).rows
    assert check_view(opened, PARTIES).first is None
    rebuild(opened, PARTIES)
    assert parties.find(PartyQuery(on=TODAY)).rows == live
    tamper(opened, "UPDATE {views}.parties SET blocked = false WHERE party_id = 'b'")
    first = check_view(opened, PARTIES).first
    assert first is not None
    assert (first.stream, first.version, [column.column for column in first.columns]) == ("party-b", 2, ["blocked"])


def test_a_row_that_somebody_took_away_stops_the_view(opened: Opened) -> None:
    register(opened, **PASTS)
    tamper(opened, "DELETE FROM {views}.parties WHERE party_id = 'b'")
    (one,) = entries("b", (LATE,))
    put(opened, [one._replace(version=4)])
    with pytest.raises(Exception, match="the row of party-b is at version 0, and version 4 comes next"):
        catch_up(opened, PARTIES)
