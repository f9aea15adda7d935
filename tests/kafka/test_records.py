"""What leaves the ledger, and in which form."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.access import KeyIssued
from domain.contract.drafting import Noted
from domain.contract.vocabulary import Counterparty
from domain.facts import FACTS, Entry, Fact, Meta
from domain.party import Identifier, PartyRegistered
from domain.party.account import BankAccountChanged
from domain.personal import ERASED, IN_PARTY_STREAM, NAMING_PARTIES
from infra import codec
from infra.kafka.records import FAMILIES, PRIVATE, UnknownStream, family, published, record
from infra.ledger import KINDS
from infra.render import to_json

SCHEMAS = Path(__file__).parents[2] / "docs" / "events"
GOLDEN = Path(__file__).parents[1] / "golden"
LEARNT = datetime(2026, 3, 2, 9, 30, 0, 123_456, tzinfo=UTC)
ACCOUNT = BankAccountChanged(bank="工商银行", account_number="6222020200112233", holder="华东办公", valid_from=date(2026, 3, 1))


def entry(fact: Fact, stream: str = "contract-x", *, on_behalf_of: str | None = None) -> Entry:
    meta = Meta(actor="王敏", credential="key-w", channel="api", on_behalf_of=on_behalf_of, reason="因为")
    return Entry(7, stream, 3, fact, LEARNT - timedelta(days=2), LEARNT, "command-1", meta)


def golden(name: str) -> Fact:
    topic = f"{name}@{FACTS[name].SCHEMA}"
    return codec.decode(topic, (GOLDEN / f"{topic}.json").read_bytes())


def test_every_sort_of_stream_has_a_topic_or_is_private() -> None:
    prefixes = [kind.prefix for kind in KINDS.values()]
    assert sorted([*FAMILIES, *PRIVATE]) == sorted(prefixes)
    assert len(set(FAMILIES.values())) == len(FAMILIES)


def test_a_stream_of_no_known_sort_is_neither_published_nor_left_out() -> None:
    with pytest.raises(UnknownStream):
        family("invoice-7")


def test_keys_and_roles_stay_in_the_ledger() -> None:
    issued = golden(KeyIssued.NAME)
    assert published(entry(issued, "access")) is None
    assert record(entry(issued, "access"), "tally", "ledger") is None


def test_an_entry_is_a_cloud_event_in_binary_mode() -> None:
    made = record(entry(Noted(text="分批交货"), on_behalf_of="李雷"), "tally", "branch_2")
    assert made is not None
    assert made.value is not None
    assert (made.topic, made.key, json.loads(made.value)) == ("tally.branch_2.contracts", b"contract-x", {"text": "分批交货"})
    assert made.timestamp_ms == 1_772_443_800_123
    assert {name: value.decode() for name, value in made.headers} == {
        "ce_specversion": "1.0",
        "ce_id": "7",
        "ce_source": "urn:tallystick:branch_2",
        "ce_type": "contract.noted",
        "ce_subject": "contract-x",
        "ce_time": "2026-02-28T09:30:00.123456Z",
        "content-type": "application/json",
        "ce_position": "7",
        "ce_streamversion": "3",
        "ce_recordedat": "2026-03-02T09:30:00.123456Z",
        "ce_schemaversion": "1",
        "ce_commandid": "command-1",
        "ce_actor": "王敏",
        "ce_onbehalfof": "李雷",
    }


def test_attributes_have_names_that_cloud_events_allow() -> None:
    made = record(entry(Noted(text=""), on_behalf_of="x"), "tally", "ledger")
    assert made is not None
    names = [name.removeprefix("ce_") for name, _ in made.headers if name != "content-type"]
    assert all(name.isascii() and name.isalnum() and name == name.lower() and len(name) <= 20 for name in names)


@pytest.mark.parametrize("name", sorted({*FACTS} - {*IN_PARTY_STREAM, *NAMING_PARTIES}))
def test_the_value_is_what_the_history_shows(name: str) -> None:
    fact = golden(name)
    made = record(entry(fact), "tally", "ledger")
    assert made is not None
    assert made.value is not None
    assert json.loads(made.value) == to_json(fact)


def test_what_is_personal_of_registered_parties_stays_in_the_ledger() -> None:
    assert published(entry(ACCOUNT, "party-x")) == {"bank": ERASED, "account_number": ERASED, "holder": ERASED, "valid_from": "2026-03-01"}
    registered = PartyRegistered(name="王小明", identifiers=(Identifier(scheme="CN-ID", id="310101"),), country="CN")
    assert published(entry(registered, "party-x")) == {"name": ERASED, "identifiers": [], "address": None, "country": "CN"}
    others = tuple(Counterparty(counterparty_id=c, name=c.upper(), role="supplier", party_id=p) for c, p in (("a", "wang"), ("b", None)))
    drafted = replace(golden("contract.drafted"), counterparties=others)  # type: ignore[type-var]
    assert [one["name"] for one in json.loads(codec.encode_any(published(entry(drafted))))["counterparties"]] == [ERASED, "B"]


@pytest.mark.parametrize("name", sorted(IN_PARTY_STREAM))
def test_nothing_that_can_be_erased_of_a_party_leaves(name: str) -> None:
    content = published(entry(golden(name), "party-x"))
    assert isinstance(content, dict)
    assert {content[field] in (ERASED, []) for field in IN_PARTY_STREAM[name]} == {True}
