"""`tally reconcile` finds what is wrong with a topic, and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.contract.payment import PaymentRecorded
from infra.kafka import brokers
from infra.kafka.reconciliation import Reconciliation
from infra.kafka.records import Record, record
from infra.kafka.relay import Orders
from infra.kafka.session import partition_of, session
from infra.kafka.standing import RelayStopped
from infra.ledger import CONTRACT, PARTY
from projections.states import ALL_STATES
from scripts import demo
from scripts.tally import app
from tests.kafka.reading import Topics
from tests.kafka.test_command import around


@pytest.fixture
def told(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> Topics:
    """The demonstration portfolio, not published yet."""
    demo.write(topics.opened.ledger)
    for name, value in around(topics).items():
        monkeypatch.setenv(name, value)
    return topics


def publish(topics: Topics, change: Callable[[list[Record]], Sequence[Record]]) -> None:
    """Publishes as the relay does, but for a change in what is sent."""
    with session(topics.opened.store, topics.settings, ALL_STATES) as it:
        it.begin(None)
        send = it.send
        it.send = lambda records, *rest, **named: send(change(list(records)), *rest, **named)  # type: ignore[method-assign]
        while it.publish():
            pass


def reconciled() -> tuple[int, dict[str, Any]]:
    """The exit code, and what `--json` says."""
    ran = CliRunner().invoke(app, ["reconcile", "--json"], prog_name="tally")
    return ran.exit_code, json.loads(ran.stdout)


def at(topics: Topics, position: int) -> Record:
    made = record(next(topics.opened.store.whole_log(after=position - 1)), topics.settings.prefix, topics.opened.names.ledger)
    assert made is not None
    return made


def is_at(one: Record, position: int) -> bool:
    return dict(one.headers)["ce_id"] == b"%d" % position


def test_what_the_relay_published_is_what_the_ledger_says(told: Topics) -> None:
    told.relay()
    code, said = reconciled()
    assert (code, said["same"], said["position"]) == (0, True, told.opened.store.head())
    assert [one["topic"] for one in said["topics"]] == [*told.names, *map(told.state_topic, (CONTRACT.prefix, PARTY.prefix))]
    assert all(one["ledger"] == one["kafka"] for one in said["topics"])
    paid = [one.fact.amount for one in told.opened.store.whole_log() if isinstance(one.fact, PaymentRecorded)]
    in_yuan = sum(Decimal(amount.amount) for amount in paid if amount.currency == "CNY")
    assert {"of": "contract.payment_recorded", "currency": "CNY", "amount": str(in_yuan)} in said["topics"][0]["kafka"]["sums"]


def test_what_came_after_the_position_is_not_looked_at(told: Topics) -> None:
    told.relay()
    with session(told.opened.store, told.settings, ALL_STATES) as it:
        it.begin(50)
    code, said = reconciled()
    assert (code, said["position"]) == (0, 49)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("missing", lambda _: []),
        ("doubled", lambda one: [one, one]),
        ("altered", lambda one: [one._replace(value=one.value.replace(b"{", b'{"more":1,', 1))]),
        ("altered", lambda one: [one._replace(headers=[*one.headers, ("ce_actor", b"mallory")])]),
        ("altered", lambda one: [one._replace(timestamp_ms=1)]),
        ("altered", lambda one: [one._replace(value=b"not JSON")]),
    ],
)
def test_a_record_that_is_not_as_it_should_be_is_found_and_located(
    told: Topics, monkeypatch: pytest.MonkeyPatch, what: str, change: Callable[[Record], list[Record]]
) -> None:
    monkeypatch.setattr("infra.kafka.reconciliation.STRETCH", 16)
    (wrong, later) = (at(told, position) for position in (101, 150))
    publish(told, lambda records: [n for one in records for n in (change(one) if is_at(one, 101) or is_at(one, 150) else [one])])
    code, said = reconciled()
    first = next(one["first"] for one in said["topics"] if one["topic"] in (wrong.topic, later.topic) and one["first"])
    assert (code, said["same"]) == (1, False)
    assert first == {"position": 101, "key": wrong.key.decode(), "what": what}
    told_to_people = CliRunner().invoke(app, ["reconcile"], prog_name="tally")
    assert told_to_people.exit_code == 1
    assert f"The first difference is at position 101: {wrong.key.decode()} is {what}." in told_to_people.stdout


def test_a_sum_that_is_off_is_told_with_its_fact_and_currency(told: Topics) -> None:
    paid = next(one for one in told.opened.store.whole_log() if isinstance(one.fact, PaymentRecorded))
    assert isinstance(paid.fact, PaymentRecorded)
    publish(told, lambda records: [one for one in records if not is_at(one, paid.position)])
    contracts = reconciled()[1]["topics"][0]
    ledger, kafka = ({(n["of"], n["currency"]): Decimal(n["amount"]) for n in contracts[side]["sums"]} for side in ("ledger", "kafka"))
    name = ("contract.payment_recorded", paid.fact.amount.currency)
    assert ledger[name] - kafka.get(name, Decimal(0)) == Decimal(paid.fact.amount.amount)
    assert contracts["first"]["position"] == paid.position


def test_records_in_another_order_are_found(told: Topics) -> None:
    stream = next(one.stream for one in told.opened.store.whole_log() if one.stream.startswith(CONTRACT.prefix))
    second, third = [one.position for one in told.opened.store.whole_log() if one.stream == stream][1:3]

    def swapped(records: list[Record]) -> list[Record]:
        here, there = (next(n for n, one in enumerate(records) if is_at(one, position)) for position in (second, third))
        records[here], records[there] = records[there], records[here]
        return records

    publish(told, swapped)
    first = reconciled()[1]["topics"][0]["first"]
    assert (first["what"], first["position"] in range(second, third)) == ("out of order", True)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("missing", lambda _: []),
        ("altered", lambda one: [one._replace(value=one.value.replace(b'"status":', b'"was":'))]),
    ],
)
def test_a_state_that_is_not_as_it_should_be_is_found(told: Topics, what: str, change: Callable[[Record], list[Record]]) -> None:
    contracts = told.state_topic(CONTRACT.prefix)
    last = max(one.position for one in told.opened.store.whole_log() if one.stream.startswith(CONTRACT.prefix))
    wrong = b"state-%d" % last
    publish(told, lambda records: [n for one in records for n in (change(one) if dict(one.headers)["ce_id"] == wrong else [one])])
    code, said = reconciled()
    found = {one["topic"]: one["first"] for one in said["topics"] if one["first"]}
    assert (code, set(found)) == (1, {contracts})
    assert (found[contracts]["position"], found[contracts]["what"]) == (last, what)


def test_what_others_write_into_a_topic_is_found(told: Topics) -> None:
    told.relay()
    other = brokers.producer(told.settings, None)
    try:
        foreign = at(told, 7)
        other.send(foreign.topic, b"{}", b"contract-not-there", [("ce_position", b"7000000")], 0)
        other.send(foreign.topic, b"{}", b"contract-not-there", [], partition_of(b"contract-not-there", 2))
        other.flush()
    finally:
        brokers.discard(other)
    first = next(one["first"] for one in reconciled()[1]["topics"] if one["topic"] == foreign.topic)
    # The one that says a later position is for the run that comes so far.
    assert (first["what"], first["key"], first["position"]) == ("foreign", "contract-not-there", 0)


def test_a_topic_that_is_gone_lacks_its_first_entry(told: Topics) -> None:
    told.relay()
    with brokers.administration(told.settings) as admin:
        brokers.delete(admin, told.names[:1])
    contracts = reconciled()[1]["topics"][0]
    assert (contracts["kafka"]["records"], contracts["first"]["what"]) == (0, "missing")
    told.relay(Orders(once=True, rebuild=True))
    assert reconciled()[0] == 0


def test_before_anything_was_published_there_is_nothing_to_compare(told: Topics) -> None:
    with brokers.reading(told.settings) as reader, pytest.raises(RelayStopped, match="nothing was published"):
        Reconciliation(told.opened.store, told.settings, ALL_STATES, reader)
    ran = CliRunner().invoke(app, ["reconcile"], prog_name="tally")
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (1, 1)
