"""The compacted topics: the present state of each contract and party, never ahead of the relay's position or behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from domain.contract.correction import FactCorrected
from domain.contract.drafting import Note
from domain.facts import Entry
from domain.money import Money
from domain.party import EraseParty
from infra.kafka import brokers
from infra.kafka.records import STATES, Record
from infra.kafka.relay import Orders
from infra.kafka.session import session
from infra.kafka.states import OutOfStep, StateTopic
from infra.ledger import CONTRACT, PARTY
from infra.render import to_json
from projections.register.fields import told
from projections.register.table import RegisterTold
from projections.states import ALL_STATES, CONTRACT_STATE
from scripts import demo
from tests.infra.test_ledger import DRAFT
from tests.kafka.reading import Topics
from tests.projections.test_erasure import PERSONAL, give, tell


def broken_off(every: Callable[[StateTopic, int], Iterator[Record]]) -> Callable[[StateTopic, int], Iterator[Record]]:
    """Tells one state and no more."""

    def first(topic: StateTopic, to: int) -> Iterator[Record]:
        yield next(every(topic, to))
        raise OutOfStep

    return first


def folded(entries: Iterable[Entry]) -> dict[str, Any]:
    """What each contract's state should be, folded by the domain and not by what the relay folds."""
    begun: dict[str, RegisterTold] = {}
    for entry in entries:
        if entry.stream.startswith(CONTRACT.prefix):
            begun.setdefault(entry.stream, RegisterTold(entry.stream.removeprefix(CONTRACT.prefix))).fold(entry)
    return {stream: expected(one.row()) for stream, one in begun.items()}


def expected(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the register as a state."""
    currency, period = row.pop("currency"), {end: to_json(row.pop(f"period_{end}")) for end in ("start", "end")}
    minor = {name: row.pop(f"{name}_minor") for name in ("value", "paid")}
    for only_in_the_view in ("counterparty_names", "paid_by_currency"):
        row.pop(only_in_the_view)
    names = [{**one, "name": "█████" if one.get("party_id") else one["name"]} for one in row["counterparties"]]
    return {
        **{key: held if isinstance(held, dict | list) else to_json(held) for key, held in row.items() if key != "contract_id"},
        **{name: None if None in (held, currency) else to_json(Money(held, currency)) for name, held in minor.items()},
        "id": row["contract_id"],
        "period": period,
        "counterparties": [{"party_id": None, **one} for one in names],
        "custom_fields": {key: told(held) for key, held in row["custom_fields"].items()},
    }


def test_each_contracts_last_state_is_what_its_entries_come_to(topics: Topics) -> None:
    demo.write(topics.opened.ledger)
    topics.relay()
    entries = list(topics.opened.store.whole_log())
    assert any(isinstance(one.fact, FactCorrected) for one in entries)
    assert topics.states(CONTRACT.prefix) == folded(entries)


def test_a_state_says_which_entry_it_is_of(topics: Topics) -> None:
    tell(topics.opened)
    topics.relay()
    for prefix, name in ((CONTRACT.prefix, "contract.state"), (PARTY.prefix, "party.state")):
        for one in topics.read(topics.state_topic(prefix)):
            headers = {key: value.decode() for key, value in one.record.headers}
            held = json.loads(one.record.value or b"")
            entry = next(topics.opened.store.whole_log(after=one.position - 1))
            assert (headers["ce_type"], headers["ce_schemaversion"], headers["ce_id"]) == (name, "1", f"state-{one.position}")
            assert (headers["ce_subject"], one.record.key.decode()) == (entry.stream, entry.stream)
            assert (held["position"], held["version"], int(headers["ce_streamversion"])) == (entry.position, entry.version, entry.version)


def test_of_a_batch_only_the_last_state_of_a_contract_is_sent(topics: Topics) -> None:
    tell(topics.opened)
    topics.relay()
    once = [one.record.key for one in topics.read(topics.state_topic(CONTRACT.prefix))]
    assert sorted(once) == sorted(set(once))
    give(topics.opened, CONTRACT, "a", Note(text="later"))
    topics.relay()
    assert [one.record.key for one in topics.read(topics.state_topic(CONTRACT.prefix))].count(b"contract-a") == 2


def test_no_state_is_ahead_of_the_position_whatever_the_batches(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.session.BATCH", 7)
    demo.write(topics.opened.ledger)
    with session(topics.opened.store, topics.settings, ALL_STATES) as it:
        it.begin(None)
        for _ in range(3):
            it.publish()
        seen = topics.states(CONTRACT.prefix)
        assert seen == folded(topics.opened.store.whole_log(to=it.position))
        assert it.position == 21
    topics.relay()
    assert topics.states(CONTRACT.prefix) == folded(topics.opened.store.whole_log())


def test_topics_that_were_filled_before_there_were_states_get_them(topics: Topics) -> None:
    demo.write(topics.opened.ledger)
    topics.relay(states=())
    give(topics.opened, CONTRACT, "later", DRAFT)
    assert topics.relay().published == 1
    assert topics.states(CONTRACT.prefix) == folded(topics.opened.store.whole_log())
    before = topics.read(topics.state_topic(CONTRACT.prefix))
    topics.relay()
    assert topics.read(topics.state_topic(CONTRACT.prefix)) == before


def test_a_fill_that_was_broken_off_begins_again(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(topics.opened)
    topics.relay(states=())
    monkeypatch.setattr("infra.kafka.session.BATCH", 1)
    with session(topics.opened.store, topics.settings, ALL_STATES) as it, monkeypatch.context() as broken:
        broken.setattr(StateTopic, "every", broken_off(StateTopic.every))
        with pytest.raises(OutOfStep):
            it.begin(None)
    assert len(topics.states(CONTRACT.prefix)) == 1
    topics.relay()
    assert topics.states(CONTRACT.prefix) == folded(topics.opened.store.whole_log())


def test_publishing_again_from_an_entry_tells_the_states_of_then_and_then_of_now(topics: Topics) -> None:
    tell(topics.opened)
    topics.relay()
    topics.relay(Orders(once=True, start=6))
    assert topics.states(CONTRACT.prefix) == folded(topics.opened.store.whole_log())


def test_nothing_that_can_be_erased_of_a_party_is_in_a_state_and_an_erased_party_has_none(topics: Topics) -> None:
    tell(topics.opened)
    topics.relay()
    parties = topics.states(PARTY.prefix)
    assert parties["party-wang"]["flags"] == {"dishonest_debtor": "blocks"}
    give(topics.opened, PARTY, "wang", EraseParty(ground="asked for"))
    topics.relay()
    assert topics.states(PARTY.prefix) == {"party-wang": None, "party-li": parties["party-li"]}
    for prefix in (CONTRACT.prefix, PARTY.prefix):
        said = b"".join(one.record.value or b"" for one in topics.read(topics.state_topic(prefix))).decode()
        assert not [text for text in PERSONAL if text in said]


def test_a_rebuilt_topic_ends_with_nothing_of_an_erased_party(topics: Topics) -> None:
    tell(topics.opened)
    give(topics.opened, PARTY, "wang", EraseParty(ground="asked for"))
    topics.relay()
    topics.relay(Orders(once=True, rebuild=True))
    assert topics.states(PARTY.prefix)["party-wang"] is None
    (taken_back,) = [one for one in topics.read(topics.state_topic(PARTY.prefix)) if one.record.key == b"party-wang"]
    assert taken_back.record.value is None


def test_a_state_is_not_told_of_entries_that_do_not_follow_one_another(topics: Topics) -> None:
    tell(topics.opened)
    one = StateTopic(CONTRACT_STATE, topics.opened.store, "tally")
    of_a = [entry for entry in topics.opened.store.whole_log() if entry.stream == "contract-a"]
    assert one.after(of_a)
    with pytest.raises(OutOfStep):
        one.after(of_a)
    # What it remembered is forgotten with it.
    assert [json.loads(record.value or b"")["version"] for record in one.after(of_a[-1:])] == [of_a[-1].version]


def test_brokers_keep_the_last_state_of_each_and_are_not_to_wait_with_it_for_more_than_a_day(topics: Topics) -> None:
    topics.relay()
    name = topics.state_topic(PARTY.prefix)
    with brokers.administration(topics.settings) as admin:
        said = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    assert {key: said["topic"][name][key]["value"] for key in ("cleanup.policy", "max.compaction.lag.ms")} == {
        "cleanup.policy": "compact",
        "max.compaction.lag.ms": "86400000",
    }


def test_every_topic_of_states_has_its_sort() -> None:
    assert {one.prefix: one.family for one in ALL_STATES} == STATES
