"""Personal data in the store: sealed under a key for each party, bound to its place, and gone for good with the key."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints

import psycopg2
import pytest

from domain.contract.drafting import AddCounterparty, DraftContract
from domain.contract.vocabulary import Counterparty, Direction, Kind
from domain.facts import FACTS, Command, Entry
from domain.party import ChangeBankAccount, EraseParty, Identifier, PartyErased, PersonalDataErased, RegisterParty
from domain.party.account import BankAccountChanged
from domain.party.details import PartyRegistered
from domain.personal import BESIDE_PARTY_ID, ERASED, IN_PARTY_STREAM
from infra import codec
from infra.append import NewEntry
from infra.errors import CommandIdReused, KeysUnavailable, SealBroken
from infra.ledger import CONTRACT, PARTY, Asker, Envelope, Ledger, Outcome, StreamKind
from infra.opening import Opened, closing_all, connect
from infra.sealing import CONTRACT_TOPICS
from infra.store import Store
from scripts.schemas import flat
from tests.infra.entries import NOON, stamp
from tests.keys import MASTER

GOLDEN = Path(__file__).parent.parent / "golden"
IMPERSONAL = {"NAME", "SCHEMA", "country", "document_sha256", "checks", "valid_until", "flag", "severity", "valid_from"}
NAME, ADDRESS, NUMBER, ACCOUNT = "王小明", "上海市浦东新区张江路 88 号", "310101199001011234", "6222 0210 0100 0000 001"
ASKER = Asker("alice", "key-1", "api")
WANG = RegisterParty(name=NAME, identifiers=(Identifier(scheme="CN-ID", id=NUMBER),), address=ADDRESS, country="CN")
BANK = ChangeBankAccount(bank="工商银行", account_number=ACCOUNT, holder=NAME, valid_from=date(2026, 3, 1))
ERASURE = EraseParty(ground="PIPL 47")


def give(ledger: Ledger, kind: StreamKind[Any], identity: str, command: Command, command_id: str | None = None) -> Outcome:
    return ledger.handle(kind, identity, command, Envelope(ASKER, command_id or uuid.uuid4().hex))


def drafted() -> DraftContract:
    other = Counterparty(counterparty_id="c1", name=NAME, role="supplier", party_id="wang")
    return DraftContract(
        number="采-1", title="办公设备", kind=Kind.OTHER, direction=Direction.PAYABLE, our_entity="塔利", counterparties=(other,)
    )


@pytest.fixture
def told(ledger: Ledger) -> Ledger:
    """A ledger that knows of a person: a party with an account, and a contract that names it."""
    give(ledger, PARTY, "wang", WANG)
    give(ledger, PARTY, "wang", BANK)
    give(ledger, CONTRACT, "c", drafted())
    return ledger


@pytest.fixture
def anew(told: Ledger, opened: Opened) -> Iterator[Opened]:
    """The same ledger as another process has it, which remembers nothing."""
    with closing_all(connect(opened.admin_dsn, opened.names, as_role=True, clock=opened.ledger.clock, master=MASTER)) as it:
        yield it


def everything_stored(opened: Opened) -> str:
    """Every byte of text in the store, as the database has it."""
    with closing(psycopg2.connect(opened.admin_dsn)) as admin, admin.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(string_agg(e::text, ''), '') FROM {opened.names.ledger}.entries e")
        return str((cursor.fetchone() or ("",))[0])


def test_what_is_about_a_person_is_nowhere_in_the_store_and_is_read_as_it_was_told(told: Ledger, anew: Opened) -> None:
    stored = everything_stored(anew)
    assert "办公设备" in stored
    assert not [text for text in (NAME, ADDRESS, NUMBER, ACCOUNT) if text in stored or json.dumps(text) in stored]
    for ledger in (told, anew.ledger):
        party = ledger.load(PARTY, "wang")
        assert (party.name, party.identifiers, party.address, party.country) == (NAME, WANG.identifiers, ADDRESS, "CN")
        assert party.bank_account is not None
        assert party.bank_account.account_number == ACCOUNT
        assert ledger.load(CONTRACT, "c").counterparties["c1"].name == NAME
    assert list(anew.store.whole_log()) == [*anew.ledger.history(PARTY, "wang"), *anew.ledger.history(CONTRACT, "c")]


def test_an_erasure_leaves_nothing_to_read_in_the_process_that_did_it_nor_in_one_that_looks_later(told: Ledger, anew: Opened) -> None:
    before = everything_stored(anew)
    outcome = give(told, PARTY, "wang", ERASURE)
    assert outcome.facts == ("party.personal_data_erased@1",)
    assert everything_stored(anew).startswith(before)
    for ledger in (told, anew.ledger):
        party = ledger.load(PARTY, "wang")
        assert (party.name, party.identifiers, party.address, party.bank_account, party.former_accounts) == (ERASED, (), None, None, ())
        assert party.country == "CN"
        assert party.erased_at is not None
        assert ledger.load(CONTRACT, "c").counterparties["c1"] == Counterparty(
            counterparty_id="c1", name=ERASED, role="supplier", party_id="wang"
        )
        assert ledger.load(CONTRACT, "c").title == "办公设备"
        registered, changed, _ = (e.fact for e in ledger.history(PARTY, "wang"))
        assert registered == PartyRegistered(name=ERASED, identifiers=(), address=ERASED, country="CN")
        assert changed == BankAccountChanged(bank=ERASED, account_number=ERASED, holder=ERASED, valid_from=BANK.valid_from)


def test_of_an_erased_party_nothing_more_is_recorded_and_no_contract_names_it_anew(told: Ledger) -> None:
    give(told, PARTY, "wang", ERASURE)
    head = told.store.head()
    for kind, identity, command in (
        (PARTY, "wang", BANK),
        (PARTY, "wang", ERASURE),
        (CONTRACT, "d", drafted()),
        (CONTRACT, "c", AddCounterparty(counterparty=Counterparty(counterparty_id="c2", name=NAME, role="guarantor", party_id="wang"))),
    ):
        with pytest.raises(PartyErased):
            give(told, kind, identity, command)
    assert told.store.head() == head


def test_others_are_not_touched_by_an_erasure(told: Ledger, anew: Opened) -> None:
    give(told, PARTY, "li", replace(WANG, name="李四"))
    give(told, PARTY, "wang", ERASURE)
    assert anew.ledger.load(PARTY, "li").name == "李四"


def test_a_repeated_erasure_destroys_the_key_that_a_crash_left(
    told: Ledger, opened: Opened, anew: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_party_id: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(told, "forget", die)
        with pytest.raises(KeyboardInterrupt):
            give(told, PARTY, "wang", ERASURE, "erase-1")
    assert anew.ledger.load(CONTRACT, "c").counterparties["c1"].name == NAME
    assert give(told, PARTY, "wang", ERASURE, "erase-1").repeated
    with closing(psycopg2.connect(opened.admin_dsn)) as admin, admin.cursor() as cursor:
        cursor.execute(f"SELECT subject, wrapped, destroyed_at IS NOT NULL FROM {opened.names.keys}.subjects")
        assert cursor.fetchall() == [("wang", None, True)]


def test_the_database_destroys_no_key_of_which_no_entry_says_so(told: Ledger, opened: Opened) -> None:
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="no entry says"):
            cursor.execute(f"SELECT {opened.names.keys}.destroy('wang')")
        for statement in ("DELETE FROM {0}.subjects", "UPDATE {0}.subjects SET wrapped = NULL", "INSERT INTO {0}.master VALUES ('x')"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement.format(opened.names.keys))
    assert told.load(PARTY, "wang").name == NAME


def test_a_text_that_was_moved_to_another_place_or_changed_is_noticed(told: Ledger, opened: Opened) -> None:
    row = next(row for row in opened.store.read_log() if row.fact == "party.registered@1")
    data = json.loads(row.payload)
    swapped = {**data, "name": data["address"], "address": data["name"]}
    bent = {**data, "name": {**data["name"], "box": data["name"]["box"][:-8] + "AAAAAAA="}}
    for moved in (
        row._replace(payload=json.dumps(swapped, separators=(",", ":"))),
        row._replace(payload=json.dumps(bent, separators=(",", ":"))),
        row._replace(version=2),
        row._replace(stream="party-li"),
    ):
        with pytest.raises(SealBroken, match="is not what was stored there"):
            opened.store.decoded(moved)
    assert opened.store.decoded(row).fact == told.history(PARTY, "wang")[0].fact


def test_a_key_that_is_lost_is_not_taken_for_an_erasure(told: Ledger, opened: Opened, anew: Opened) -> None:
    assert told.load(PARTY, "wang").name == NAME
    with closing(psycopg2.connect(opened.admin_dsn)) as admin, admin, admin.cursor() as cursor:
        cursor.execute(f"DELETE FROM {opened.names.keys}.subjects")
    with pytest.raises(KeysUnavailable, match="have to be restored"):
        anew.ledger.load(PARTY, "wang")


def test_another_master_key_and_none_at_all_are_refused_with_what_to_do(told: Ledger, opened: Opened, tmp_path: Path) -> None:
    assert told.load(PARTY, "wang").name == NAME
    other = tmp_path / "other.key"
    other.write_text("A" * 43 + "=")
    broken = tmp_path / "broken.key"
    broken.write_text("not a key")
    for master, said in (
        (other, "bring the file from where"),
        (tmp_path / "none.key", "is not at"),
        (broken, "holds no master key"),
        (None, "does not know where"),
    ):
        with closing_all(connect(opened.admin_dsn, opened.names, as_role=True, master=master)) as it:
            with pytest.raises(KeysUnavailable, match=said):
                it.ledger.load(PARTY, "wang")
            with pytest.raises(KeysUnavailable, match=said):
                give(it.ledger, PARTY, "li", WANG)
    assert not (tmp_path / "none.key").exists()


def test_the_master_key_is_for_its_owner_alone_and_made_once(told: Ledger) -> None:
    assert told.load(PARTY, "wang").exists
    assert MASTER.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in MASTER.parent.iterdir()] == [MASTER.name]


def test_the_hash_of_a_command_about_a_person_cannot_be_guessed_and_still_tells_commands_apart(ledger: Ledger) -> None:
    first = give(ledger, PARTY, "wang", WANG, "once")
    assert give(ledger, PARTY, "wang", WANG, "once") == first._replace(repeated=True)
    with pytest.raises(CommandIdReused):
        give(ledger, PARTY, "wang", replace(WANG, name="李四"), "once")
    content = codec.encode_any([PARTY.stream("wang"), "RegisterParty", WANG, "alice", None, None, None])
    record = ledger.store.command("once")
    assert record is not None
    assert record.input_hash != hashlib.sha256(content).hexdigest()


def test_neither_can_that_of_a_command_on_a_contract(ledger: Ledger) -> None:
    give(ledger, CONTRACT, "c", drafted(), "once")
    content = codec.encode_any([CONTRACT.stream("c"), "DraftContract", drafted(), "alice", None, None, None])
    record = ledger.store.command("once")
    assert record is not None
    assert record.input_hash != hashlib.sha256(content).hexdigest()


def test_what_was_read_before_an_erasure_is_not_remembered_after_it(anew: Opened, told: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, read = anew.ledger, anew.store.stream_entries

    def erased_meanwhile(stream: str, **within: Any) -> list[Entry]:  # noqa: ANN401 - as it is called
        found = read(stream, **within)
        with monkeypatch.context() as once:
            once.setattr(anew.store, "stream_entries", read)
            give(told, PARTY, "wang", ERASURE)
            ledger.forget("wang")
        return found

    with monkeypatch.context() as slow:
        slow.setattr(anew.store, "stream_entries", erased_meanwhile)
        assert ledger.load(CONTRACT, "c").counterparties["c1"].name == NAME
    assert ledger.load(CONTRACT, "c").counterparties["c1"].name == ERASED


def test_entries_that_were_stored_before_anything_was_sealed_are_read_as_they_are(opened: Opened) -> None:
    plain = Store(opened.store.connections, opened.names.ledger)
    give(Ledger(plain, clock=opened.ledger.clock), PARTY, "wang", WANG)
    assert NAME in everything_stored(opened)
    assert opened.ledger.load(PARTY, "wang").name == NAME
    give(opened.ledger, PARTY, "wang", BANK)
    assert opened.store.count_plain(PARTY.stream("wang")) == 1


def parts_of(kind: object, seen: set[object]) -> Iterator[type]:
    """The dataclasses that an annotation is made of, to any depth."""
    for part in flat(kind):
        if isinstance(part, type) and is_dataclass(part) and part not in seen:
            seen.add(part)
            yield part
            for annotation in get_type_hints(part).values():
                yield from parts_of(annotation, seen)


@pytest.mark.parametrize("name", ["signed", "signature_requested", "seal_affixed", "amendment_signed"])
def test_who_signed_for_a_party_is_sealed_with_it(opened: Opened, name: str) -> None:
    fact = FACTS[f"contract.{name}"]
    said = codec.decode(f"{fact.NAME}@{fact.SCHEMA}", (GOLDEN / f"{fact.NAME}@{fact.SCHEMA}.json").read_text("utf-8"))
    person = json.loads(codec.encode(said))["by" if name == "seal_affixed" else "signatory"]
    opened.store.append(stamp(), [NewEntry("contract-1", 1, codec.topic(said), NOON, codec.encode(said))])
    assert person not in everything_stored(opened)
    (row,) = opened.store.read_log()
    assert opened.store.decoded(row).fact == said


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_that_says_something_about_a_party_is_sealed(name: str) -> None:
    fact = FACTS[name]
    names = [{field.name for field in fields(part)} for part in parts_of(fact, set())]
    beside = any("party_id" in held and held & set(BESIDE_PARTY_ID) for held in names)
    texts = set(get_type_hints(fact)) - IMPERSONAL
    if name == PersonalDataErased.NAME:
        texts = set()
    assert set(codec.topics(fact)) <= CONTRACT_TOPICS or not beside
    if name.startswith("party."):
        assert set(IN_PARTY_STREAM.get(name, ())) == texts
