"""Views after an erasure: what they showed of a person is gone from them, as if they were built from a log that never had it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from domain.contract.drafting import AddCounterparty, DraftContract, Note, RemoveCounterparty
from domain.contract.sourcing import RecordQuote
from domain.contract.vocabulary import Counterparty, Direction, Kind, SupplierQuote
from domain.facts import Command
from domain.money import Money
from domain.party import ChangeBankAccount, EraseParty, FlagParty, Identifier, RegisterParty
from domain.party.state import FlagSeverity, PartyFlag
from infra.ledger import CONTRACT, PARTY, Asker, Envelope, StreamKind
from infra.opening import Opened, closing_all, connect
from projections.check import check
from projections.known import ALL_VIEWS
from projections.log import Log
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.search import Search, SearchQuery
from tests.keys import MASTER
from tests.projections.ledgers import contents

NAME, NUMBER, ACCOUNT = "王小明", "310101199001011234", "6222 0210 0100 0000 001"
# Also the pairs of characters by which the name was found.
PERSONAL = (NAME, NUMBER, ACCOUNT, ACCOUNT[-4:], "欠款不还", "'王小'", "'小明'")


def give(opened: Opened, kind: StreamKind[Any], identity: str, command: Command) -> None:
    opened.ledger.handle(kind, identity, command, Envelope(Asker("alice", "key-1", "api"), uuid.uuid4().hex))


def side(name: str, party_id: str) -> Counterparty:
    return Counterparty(counterparty_id=party_id, name=name, role="supplier", party_id=party_id)


def tell(opened: Opened) -> None:
    """A person with whom two contracts are made, beside somebody else."""
    party = RegisterParty(name=NAME, identifiers=(Identifier(scheme="CN-ID", id=NUMBER),), country="CN")
    give(opened, PARTY, "wang", party)
    give(opened, PARTY, "li", RegisterParty(name="李四"))
    account = ChangeBankAccount(bank="工商银行", account_number=ACCOUNT, holder=NAME, valid_from=date(2026, 3, 1))
    give(opened, PARTY, "wang", account)
    flag = FlagParty(flag=PartyFlag.DISHONEST_DEBTOR, why="欠款不还", severity=FlagSeverity.BLOCKS)
    give(opened, PARTY, "wang", flag)
    for contract, others in (("a", (side(NAME, "wang"),)), ("b", (side("李四", "li"), side(NAME, "wang"))), ("c", (side("李四", "li"),))):
        draft = DraftContract(
            number=f"采-{contract}",
            title="办公设备",
            kind=Kind.OTHER,
            direction=Direction.PAYABLE,
            our_entity="塔利",
            counterparties=others,
            value=Money(100_00, "CNY"),
        )
        give(opened, CONTRACT, contract, draft)
    quote = SupplierQuote(quote_id="q", supplier=NAME, total=Money(1, "CNY"), party_id="wang")
    give(opened, CONTRACT, "c", RecordQuote(quote=quote))


def follow(opened: Opened, page: int) -> None:
    """Brings every view to the end of the log in pages of a size."""
    for view in ALL_VIEWS:
        projector = Projector(opened, view, Log(opened.store, page=page))
        while projector.position < opened.store.head():
            projector.advance()


def shown(opened: Opened) -> str:
    return b"\n".join(contents(opened).values()).decode()


@pytest.mark.parametrize("page", [1, 4, 1_000])
@pytest.mark.parametrize("in_between", [False, True], ids=["taken in at once", "seen before"])
def test_what_views_showed_of_an_erased_party_is_gone_and_a_rebuild_shows_the_same(opened: Opened, page: int, in_between: bool) -> None:  # noqa: FBT001
    tell(opened)
    if in_between:
        follow(opened, page)
        assert [text for text in (NAME, NUMBER, ACCOUNT[-4:], "欠款不还", "'王小'") if text not in shown(opened)] == []
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    give(opened, PARTY, "zhao", RegisterParty(name="赵六"))
    follow(opened, page)
    live = contents(opened)
    assert [text for text in PERSONAL if text in shown(opened)] == []
    assert all(text in shown(opened) for text in ("李四", "赵六", "办公设备", "█████"))
    assert [c.first for c in check(opened)] == [None] * len(ALL_VIEWS)
    for view in ALL_VIEWS:
        rebuild(opened, view)
    assert contents(opened) == live


def test_words_of_a_party_that_was_named_twice_are_told_as_if_it_had_always_been_erased(opened: Opened) -> None:
    tell(opened)
    give(opened, CONTRACT, "b", RemoveCounterparty(counterparty_id="wang"))
    give(opened, CONTRACT, "b", AddCounterparty(counterparty=side(f"{NAME}先生", "wang")))
    give(opened, CONTRACT, "b", Note(text="催款"))
    follow(opened, 2)
    found = Search(opened)
    assert [hit.contract_id for hit in found.find(SearchQuery(q="小明先生")).rows] == ["b"]
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    follow(opened, 2)
    assert [found.count(words) for words in (NAME, "小明", "先生", "催款", "李四")] == [0, 0, 0, 1, 2]
    assert [c.first for c in check(opened)] == [None] * len(ALL_VIEWS)


def test_a_process_that_still_remembers_the_key_shows_nothing_either(opened: Opened) -> None:
    tell(opened)
    with closing_all(connect(opened.admin_dsn, opened.names, as_role=True, clock=opened.ledger.clock, master=MASTER)) as other:
        follow(other, 3)
        assert other.ledger.load(CONTRACT, "a").counterparties["wang"].name == NAME
        give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
        follow(other, 3)
        assert [text for text in PERSONAL if text in shown(other)] == []
        assert other.ledger.load(CONTRACT, "a").counterparties["wang"].name == "█████"


def test_a_view_that_takes_in_an_erasure_destroys_the_key_that_a_crash_left(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(opened)
    with monkeypatch.context() as dying:
        dying.setattr(opened.ledger, "forget", lambda _party_id: None)
        give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    follow(opened, 1_000)
    assert [text for text in PERSONAL if text in shown(opened)] == []
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT wrapped FROM {opened.names.keys}.subjects WHERE subject = 'wang'")
        assert cursor.fetchall() == [(None,)]
