"""Decisions: a command on a contract with 500 facts, folding 2,000 facts, loading a stream of 2,000 entries from the store."""

from __future__ import annotations

import itertools
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from domain.contract import decide, evolve, replay
from domain.contract.approval import ApprovalCompleted, StepApproved, SubmittedForApproval
from domain.contract.drafting import ContractDrafted, Noted
from domain.contract.payment import PaymentRecorded, RecordPayment
from domain.contract.signing import ContractInForce, Signed
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction, Kind, PaymentMethod
from domain.facts import Entry, Fact, Meta, Occasion
from domain.money import Money
from infra import codec
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT, Ledger
from infra.opening import Opened, utc_now
from scripts.bench.arena import arena
from scripts.bench.measure import Options, Report, Run, drive, options, rates, take_turns

BEGAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
META = Meta(actor="bench", credential="bench", channel="api")
FACTS_OF_ONE = 500
LONG = 2_000
ENOUGH_DECISIONS_PER_S = 2_000.0


def happened(size: int) -> Iterator[Fact]:
    """The facts of a contract in force under which a payment follows a note, again and again."""
    yield ContractDrafted(
        number="B-1",
        title="Bench",
        kind=Kind.SUPPLIER,
        direction=Direction.PAYABLE,
        our_entity="Us",
        value=Money(10**12, "CNY"),
    )
    yield SubmittedForApproval()
    yield StepApproved(step=1)
    yield ApprovalCompleted()
    yield Signed(party="us", signatory="a")
    yield ContractInForce()
    for number in range(6, size):
        if number % 2:
            yield PaymentRecorded(payment_id=f"p{number}", amount=Money(1_000 + number, "CNY"), method=PaymentMethod.BANK_TRANSFER)
        else:
            yield Noted(text=f"Instalment {number} was announced by the supplier on the telephone.")


def history(size: int) -> list[Entry]:
    """The same as entries, an hour from one to the next."""
    moments = (BEGAN + timedelta(hours=n) for n in itertools.count(1))
    return [
        Entry(n, "contract-bench", n, fact, at, at, f"command-{n}", META)
        for n, (fact, at) in enumerate(zip(happened(size), moments, strict=False), 1)
    ]


def paying(contract: Contract) -> Iterator[tuple[RecordPayment, Occasion]]:
    """Commands that the contract accepts."""
    at = BEGAN + timedelta(days=300)
    occasion = Occasion(actor="bench", now=at, effective_at=at)
    return ((RecordPayment(payment_id=f"new-{n}", amount=Money(500, "CNY")), occasion) for n in itertools.count(contract.version))


def in_memory(report: Report) -> None:
    """What the domain alone takes."""
    contract, long_history = replay(history(FACTS_OF_ONE)), history(LONG)
    commands = paying(contract)

    def deciding() -> int:
        command, occasion = next(commands)
        return len(decide(contract, command, occasion))

    def deciding_and_folding() -> int:
        command, occasion = next(commands)
        news = decide(contract, command, occasion)
        entries = [Entry(1, "s", contract.version + n, f, BEGAN, BEGAN, "c", META) for n, f in enumerate(news, 1) if isinstance(f, Fact)]
        return len(news) if evolve(contract, entries).version > contract.version else 0

    def folding() -> int:
        return replay(long_history).version

    contestants: dict[str, Run] = {
        f"decisions on a contract of {FACTS_OF_ONE} facts": lambda seconds: drive(1, seconds, lambda _: deciding),
        f"decided and folded into a contract of {FACTS_OF_ONE} facts": lambda seconds: drive(1, seconds, lambda _: deciding_and_folding),
        f"facts folded, {LONG:,} at a time": lambda seconds: drive(1, seconds, lambda _: folding),
    }
    samples = take_turns("in memory", contestants, report.wanted)
    report.add("in memory", samples)
    decided = rates(samples[f"decided and folded into a contract of {FACTS_OF_ONE} facts"])
    wanted = [ENOUGH_DECISIONS_PER_S] * report.wanted.rounds
    report.ratio(f"decided and folded: ours / {ENOUGH_DECISIONS_PER_S:,.0f} a second", decided, wanted, at_least=1.0)


def write_history(opened: Opened) -> str:
    """A stream of 2,000 entries; its contract."""
    identity = uuid.uuid4().hex
    facts = list(happened(LONG))
    for after in range(0, LONG, 100):
        entries = [
            NewEntry(CONTRACT.stream(identity), after + n, codec.topic(f), BEGAN + timedelta(hours=after + n), codec.encode(f))
            for n, f in enumerate(facts[after : after + 100], 1)
        ]
        opened.store.append(Stamp(uuid.uuid4().hex, "00" * 32, codec.encode_meta(META)), entries)
    return identity


def from_the_store(report: Report) -> None:
    """A process that has never seen the stream, and one that has."""
    with arena() as at, at.ours() as opened:
        identity = write_history(opened)
        warm = opened.ledger

        def cold_step() -> int:
            return min(1, Ledger(opened.store, clock=utc_now).load(CONTRACT, identity).version)

        def warm_step() -> int:
            return min(1, warm.load(CONTRACT, identity).version)

        contestants: dict[str, Run] = {
            "cold": lambda seconds: drive(1, seconds, lambda _: cold_step),
            "warm": lambda seconds: drive(1, seconds, lambda _: warm_step),
        }
        what = f"loads of a stream of {LONG:,} entries"
        samples = take_turns(what, contestants, report.wanted)
        report.add(what, samples)
        report.ratio(f"{what}: warm / cold", rates(samples["warm"]), rates(samples["cold"]))


def measure(wanted: Options) -> Report:
    """In memory, then with the store."""
    report = Report("decide", wanted)
    in_memory(report)
    from_the_store(report)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Deciding, folding, loading.", seconds=1.0)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
