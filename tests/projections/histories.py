"""Random histories of contracts: whatever commands are drawn, those that the domain grants make the history."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from domain.contract import ContractCommand, operations
from domain.contract.amendment import ApproveAmendment, ProposeAmendment, RejectAmendment, SignAmendment
from domain.contract.approval import Approve, Reject, SendBack, SubmitForApproval, WithdrawSubmission
from domain.contract.closing import ArchiveContract, CompleteContract, ExpireContract, TerminateContract
from domain.contract.continuation import GiveRenewalNotice, RenewContract, ResumeContract, SuspendContract
from domain.contract.correction import CorrectDelivery, CorrectPayment, StrikeOut
from domain.contract.delivery import AcceptDelivery, RecordDelivery, RejectDelivery
from domain.contract.drafting import (
    AddCounterparty,
    ChangeOwner,
    ChangePeriod,
    ChangeTitle,
    ChangeValue,
    DraftContract,
    Note,
    RemoveCounterparty,
)
from domain.contract.payment import RecordPayment, ReversePayment
from domain.contract.performance import PublishedMilestone, PublishedPayment
from domain.contract.publication import PublishedAmendment, PublishedStatus, RecordPublication
from domain.contract.settlement import RefundPayment
from domain.contract.signing import Sign
from domain.contract.vocabulary import Clause, Counterparty, Direction, Kind, Period, SigningMethod, Source
from domain.facts import Entry
from domain.money import Money
from infra import codec
from infra.append import NewEntry, Stamp
from infra.opening import Opened
from tests.spec import ALICE, BOB, START, Given


class Step(NamedTuple):
    """A command, and who gives it."""

    command: ContractCommand
    by: str = ALICE


OTHERS = (
    Counterparty(counterparty_id="c1", name="华东办公设备有限公司", role="supplier", party_id="huadong"),
    Counterparty(counterparty_id="c2", name="Müller & Söhne\n\x00\x1e\\N", role="guarantor"),
)
TITLES = ("办公设备采购合同", "Purchase of\toffice equipment", "50 % \\ _ \x1f\x00'\"")
DRAFT = DraftContract(
    number="采-2026-001",
    title="办公设备采购合同",
    kind=Kind.SUPPLIER,
    direction=Direction.PAYABLE,
    our_entity="塔利科技",
    counterparties=OTHERS[:1],
    value=Money(1_000, "CNY"),
    owner="alice",
    clauses=tuple(Clause(clause_id=topic, heading="", text="x") for topic in ("specification", "delivery", "quality", "duties")),
)
IN_FORCE = (
    Step(DRAFT),
    Step(SubmitForApproval()),
    Step(Approve(), BOB),
    Step(Sign(party="us", signatory="Li", method=SigningMethod.WET_INK)),
    Step(Sign(party="c1", signatory="Wang", method=SigningMethod.ELECTRONIC)),
)

money = st.builds(Money, st.integers(1, 9).map(lambda n: n * 100), st.sampled_from(("CNY", "CNY", "CNY", "USD", "JPY")))
payment_ids = st.sampled_from(("p1", "p2", "p3\x1e"))
delivery_ids = st.sampled_from(("d1", "d2"))
days = st.none() | st.dates(date(2025, 1, 1), date(2027, 1, 1))
periods = st.builds(Period, start=days, end=days)
moments = st.integers(-100, 100).map(lambda hours: START + timedelta(hours=hours, microseconds=abs(hours)))

drafting = st.one_of(
    st.builds(
        DraftContract,
        number=st.sampled_from(("采-2026-001", "S-1", "A%_")),
        title=st.sampled_from(TITLES),
        kind=st.sampled_from(Kind),
        direction=st.sampled_from(Direction),
        our_entity=st.just("塔利科技"),
        counterparties=st.sampled_from(((), OTHERS[:1], OTHERS)),
        value=st.none() | money,
        period=periods,
        owner=st.none() | st.just("alice"),
        department=st.none() | st.just("行政部"),
    ),
    st.builds(ChangeTitle, title=st.sampled_from(TITLES)),
    st.builds(ChangeValue, value=money),
    st.builds(ChangePeriod, period=periods),
    st.builds(ChangeOwner, owner=st.none() | st.just("bob"), department=st.none() | st.just("财务部")),
    st.builds(AddCounterparty, counterparty=st.sampled_from(OTHERS)),
    st.builds(RemoveCounterparty, counterparty_id=st.sampled_from(("c1", "c2"))),
    st.builds(Note, text=st.just("note")),
)
stages = st.one_of(
    st.just(SubmitForApproval()),
    st.just(Approve()),
    st.just(Reject(opinion="no")),
    st.just(SendBack(opinion="once more")),
    st.just(WithdrawSubmission(why="too early")),
    st.builds(Sign, party=st.sampled_from(("us", "c1", "c2")), signatory=st.just("Li"), method=st.just(SigningMethod.WET_INK)),
    st.just(CompleteContract()),
    st.just(SuspendContract(why="strike")),
    st.just(ResumeContract()),
    st.just(ExpireContract()),
    st.builds(GiveRenewalNotice, party=st.just("us"), renews=st.booleans()),
    st.builds(RenewContract, period=periods),
    st.just(ArchiveContract(reference="A-1")),
    st.just(TerminateContract(ground="insolvency")),
)
payments = st.one_of(
    st.builds(RecordPayment, payment_id=payment_ids, amount=money, overpayment_reason=st.none() | st.just("agreed")),
    st.builds(ReversePayment, payment_id=payment_ids, why=st.just("bounced")),
    st.builds(RefundPayment, payment_id=payment_ids, amount=money, why=st.just("too much")),
    st.builds(
        CorrectPayment, payment_id=payment_ids, why=st.just("typed wrong"), amount=st.none() | money, paid_at=st.none() | st.just(START)
    ),
    st.builds(StrikeOut, version=st.integers(1, 30), why=st.just("never happened")),
)
deliveries = st.one_of(
    st.builds(RecordDelivery, delivery_id=delivery_ids, description=st.just("chairs")),
    st.builds(AcceptDelivery, delivery_id=delivery_ids),
    st.builds(RejectDelivery, delivery_id=delivery_ids, why=st.just("broken")),
    st.builds(CorrectDelivery, delivery_id=delivery_ids, why=st.just("typed wrong"), description=st.just("tables")),
)
changes = st.one_of(
    st.builds(operations.ChangeTitle, title=st.sampled_from(TITLES)),
    st.builds(operations.ChangeValue, value=money),
    st.builds(operations.ChangePeriod, period=periods),
)
several_changes = st.lists(changes, min_size=1, max_size=3).map(tuple)
amendment_ids = st.sampled_from(("a1", "a2"))
amendments = st.one_of(
    st.builds(ProposeAmendment, amendment_id=amendment_ids, operations=several_changes, why=st.just("x")),
    st.builds(ApproveAmendment, amendment_id=amendment_ids),
    st.builds(RejectAmendment, amendment_id=amendment_ids, opinion=st.just("no")),
    st.builds(
        SignAmendment,
        amendment_id=amendment_ids,
        party=st.sampled_from(("us", "c1", "c2")),
        signatory=st.just("Li"),
        method=st.just(SigningMethod.UNSTATED),
    ),
)
sources = st.sampled_from("rst").map(
    lambda release_id: Source(publisher="Jalisco", file="f", ocid="ocds-1", release_id=release_id, contract_id="1")
)
published_amendments = st.builds(PublishedAmendment, amendment_id=amendment_ids, made_at=st.none() | moments, rationale=st.just("x"))
published_payments = st.builds(PublishedPayment, payment_id=payment_ids, amount=money, paid_at=moments)
published_milestones = st.builds(
    PublishedMilestone, milestone_id=delivery_ids, title=st.just("lot"), met=st.booleans(), met_at=st.none() | moments
)
publications = st.builds(
    RecordPublication,
    source=sources,
    released_at=st.none() | moments,
    number=st.just("CON-1"),
    title=st.none() | st.sampled_from(TITLES),
    counterparties=st.sampled_from(((), OTHERS[:1])),
    value=st.none() | money,
    status=st.none() | st.sampled_from(PublishedStatus),
    amendments=st.lists(published_amendments, max_size=1).map(tuple),
    payments=st.lists(published_payments, max_size=3).map(tuple),
    milestones=st.lists(published_milestones, max_size=2).map(tuple),
)
PUBLISHED = (
    Step(
        RecordPublication(
            source=Source(publisher="Jalisco", file="f", ocid="ocds-1", release_id="q", contract_id="1"),
            released_at=None,
            number="CON-1",
            status=PublishedStatus.ACTIVE,
            payments=(PublishedPayment(payment_id="p1", amount=Money(300, "CNY"), paid_at=None),),
        )
    ),
)
steps = st.builds(
    Step,
    command=st.one_of(*[payments] * 6, *[amendments] * 4, deliveries, drafting, stages, publications, publications),
    by=st.sampled_from((ALICE, BOB)),
)
beginnings = st.sampled_from(((), (Step(DRAFT),), IN_FORCE, IN_FORCE, IN_FORCE, PUBLISHED, PUBLISHED))


def granted(given: Given, commands: Iterable[Step]) -> list[Entry]:
    """The entries that the commands make, those left out that are refused."""
    entries = given.entries
    for command, by in commands:
        entries = Given(entries).when(command, by=by).entries
    return entries


histories = st.builds(lambda first, then: granted(Given([]), (*first, *then)), beginnings, st.lists(steps, min_size=5, max_size=40))


def interleaved(told: Sequence[Sequence[Entry]], seed: int) -> list[Entry]:
    """Several contracts' histories as one log, each in its own order."""
    turns = [n for n, entries in enumerate(told) for _ in entries]
    random.Random(seed).shuffle(turns)
    following = [iter(entries) for entries in told]
    return [next(following[n])._replace(stream=f"contract-{n}") for n in turns]


def put(opened: Opened, entries: Iterable[Entry]) -> None:
    """Appends entries as they are, each as a command of its own."""
    for n, entry in enumerate(entries, opened.store.head() + 1):
        new = NewEntry(entry.stream, entry.version, codec.topic(entry.fact), entry.effective_at, codec.encode(entry.fact))
        opened.store.append(Stamp(f"put-{n}", "00" * 32, codec.encode_meta(entry.meta)), [new])
