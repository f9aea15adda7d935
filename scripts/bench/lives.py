"""Contracts as they go through life, entry by entry: 20 facts of about 450 bytes each, and the same as the library would keep them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

import msgspec
from eventsourcing.persistence import DatetimeAsISO, DecimalAsStr, EventStore, JSONTranscoder, Mapper, UUIDAsHex

from domain.contract.approval import ApprovalCompleted, StepApproved, SubmittedForApproval
from domain.contract.content import ClauseAdded, LineItemAdded
from domain.contract.delivery import DeliveryRecorded, DeliveryScheduled
from domain.contract.drafting import ContractDrafted
from domain.contract.payment import PaymentRecorded, PaymentScheduled
from domain.contract.signing import ContractInForce, Signed
from domain.contract.vocabulary import (
    Clause,
    Counterparty,
    Direction,
    Instalment,
    Kind,
    LineItem,
    PaymentMethod,
    Period,
    PlannedDelivery,
    SigningMethod,
)
from domain.facts import Fact, Meta
from domain.money import Money
from infra import codec
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT
from infra.store import Store

LENGTH = 20
VARIETY = 50
# Lives as they go on side by side: over so long, some stopping before their end, so many entries in a command.
SPREAD = timedelta(days=1_000)
STOPS_SHORT = 7
AT_ONCE = 200
BEGAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
META = codec.encode_meta(Meta(actor="wang.min", credential="key-3f9c", channel="api", reason="季度框架 / quarterly framework"))
WORDING = (
    "乙方应按附件一所列品种、规格和数量交货，逾期每日按未交付部分价款的万分之五支付违约金，累计不超过该部分价款的百分之十。"
    "The supplier delivers what annex 1 lists; each day of delay costs 0.05 % of the price of what is missing, up to 10 % of it. "
    "Acceptance takes place within ten working days, and silence after that time counts as acceptance of the part delivered."
)


def life(number: int) -> list[Fact]:
    """The facts of one contract; its number makes it differ from the others."""
    value, half = Money(8_342_000 + 2 * number, "CNY"), Money(4_171_000 + number, "CNY")
    names = (("标的", "Subject"), ("交付", "Delivery"), ("验收", "Acceptance"), ("付款", "Payment"), ("违约责任", "Damages"))
    other = Counterparty(counterparty_id="c1", name="华东办公设备有限公司", role="supplier", party_id="huadong")
    drafted = ContractDrafted(
        number=f"采-2026-{number:06}",
        title="办公设备采购合同 / Purchase of office equipment",
        kind=Kind.SUPPLIER,
        direction=Direction.PAYABLE,
        our_entity="塔利科技（上海）有限公司",
        counterparties=(other,),
        value=value,
        period=Period(start=date(2026, 1, 15), end=date(2026, 12, 31)),
        owner="wang.min",
        department="行政部 / Administration",
    )
    clauses = [Clause(clause_id=str(n), heading=f"{zh} / {en}", text=WORDING * 3) for n, (zh, en) in enumerate(names, 1)]
    goods = ("笔记本电脑 / Laptop computers", "人体工学椅 / Ergonomic chairs", "打印机 / Printers")
    items = [
        LineItem(
            item_id=str(n),
            description=what,
            quantity=Decimal(20 + number % 7),
            unit="台",
            unit_price=Decimal("3500.00"),
            tax_percent=Decimal(13),
        )
        for n, what in enumerate(goods, 1)
    ]
    return [
        drafted,
        *(ClauseAdded(clause=c) for c in clauses),
        *(LineItemAdded(item=i) for i in items),
        PaymentScheduled(instalment=Instalment(instalment_id="i1", amount=half, due=date(2026, 2, 15), description="预付款")),
        PaymentScheduled(
            instalment=Instalment(instalment_id="i2", amount=half, due=date(2026, 5, 15), description="验收款 / On acceptance")
        ),
        DeliveryScheduled(
            delivery=PlannedDelivery(delivery_id="d1", description="首批设备 / First shipment", due=date(2026, 3, 31), item_id="1")
        ),
        SubmittedForApproval(note="请审批 / please approve"),
        StepApproved(step=1, opinion="同意，价格低于去年框架 / agreed, below last year's framework"),
        ApprovalCompleted(),
        Signed(party="us", signatory="周海宁", method=SigningMethod.WET_INK),
        Signed(party="c1", signatory="顾新", method=SigningMethod.WET_INK),
        ContractInForce(),
        DeliveryRecorded(delivery_id="d1", description="首批设备 / First shipment", quantity=Decimal(20), waybill=f"SF{number:012}"),
        PaymentRecorded(payment_id="p1", amount=half, method=PaymentMethod.BANK_TRANSFER, reference=f"B{number:010}", instalment_id="i1"),
    ]


@cache
def texts(number: int) -> tuple[tuple[str, str], ...]:
    """Stored name and payload of each fact of one life."""
    return tuple((codec.topic(fact), codec.encode(fact)) for fact in life(number))


def entries(stream: str, number: int) -> list[NewEntry]:
    """One life on its way in, a day from fact to fact."""
    return [
        NewEntry(stream, version, name, BEGAN + timedelta(days=version), payload)
        for version, (name, payload) in enumerate(texts(number), 1)
    ]


@dataclass(frozen=True)
class Happened:
    """A domain event of the reference library with the same content, in the types that its transcoder reads fastest."""

    originator_id: UUID
    originator_version: int
    timestamp: datetime
    name: str
    data: dict[str, Any]


def happenings(originator_id: UUID, number: int) -> Sequence[Happened]:
    """The same life as events of the library."""
    return [
        Happened(originator_id, version, BEGAN + timedelta(days=version), name, msgspec.json.decode(payload))
        for version, (name, payload) in enumerate(texts(number), 1)
    ]


def fill(store: Store, contracts: int) -> list[str]:
    """Writes whole lives through append(), one contract a command; the identities."""
    identities = [uuid.uuid4().hex for _ in range(contracts)]

    def write(number: int) -> None:
        stamp = Stamp(uuid.uuid4().hex, "00" * 32, META)
        store.append(stamp, entries(CONTRACT.stream(identities[number]), number % VARIETY))

    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(write, range(contracts)):
            pass
    return identities


def in_order(contracts: int, late: float) -> Iterator[tuple[str, NewEntry]]:
    """Staggered lives as they happened, with a share of the entries recorded some days late."""
    draw = random.Random(7)
    happened: list[tuple[datetime, int, int]] = []
    for number in range(contracts):
        began = BEGAN + SPREAD * (number / contracts)
        length = LENGTH - number % STOPS_SHORT
        happened += [(began + timedelta(days=5 * version), number, version) for version in range(1, length + 1)]
    happened.sort()
    for moment, number, version in happened:
        name, payload = texts(number % VARIETY)[version - 1]
        unique = payload.replace(f"采-2026-{number % VARIETY:06}", f"采-2026-{number:06}")
        behind = timedelta(days=draw.randrange(1, 12) if draw.random() < late else 0)
        yield f"{number:06}", NewEntry(CONTRACT.stream(f"{number:06}"), version, name, moment - behind, unique)


def fill_in_order(store: Store, contracts: int, *, late: float) -> None:
    """Writes the entries in their order, some of different contracts at once, so that each of a contract has a moment of its own."""
    batch: dict[str, NewEntry] = {}

    def write() -> None:
        store.append(Stamp(uuid.uuid4().hex, "00" * 32, META), list(batch.values()))
        batch.clear()

    for key, new in in_order(contracts, late):
        if key in batch or len(batch) == AT_ONCE:
            write()
        batch[key] = new
    write()


def mapper() -> Mapper[UUID]:
    """The library's mapper as its applications make it."""
    transcoder = JSONTranscoder()
    for transcoding in (UUIDAsHex(), DecimalAsStr(), DatetimeAsISO()):
        transcoder.register(transcoding)
    return Mapper(transcoder)


def fill_library(events: EventStore[UUID], contracts: int) -> list[UUID]:
    """The same for the library."""
    identities = [uuid.uuid4() for _ in range(contracts)]
    for number, identity in enumerate(identities):
        events.put(cast("Any", happenings(identity, number % VARIETY)))
    return identities
