"""How the stories are told: who is in them, and the few turns that come again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from domain.contract.amendment import ApproveAmendment, ProposeAmendment, SignAmendment
from domain.contract.approval import Approve, SubmitForApproval
from domain.contract.delivery import AcceptDelivery, RecordDelivery
from domain.contract.drafting import DraftContract
from domain.contract.operations import Operation
from domain.contract.payment import RecordPayment
from domain.contract.signing import Sign
from domain.contract.vocabulary import (
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
from domain.facts import Command
from domain.money import Money
from domain.party import Identifier, RegisterParty
from scripts.demo.wording import STANDARD

US = "塔利科技（上海）有限公司"
DEPARTMENTS = {
    Kind.SALES: "销售部 Sales",
    Kind.SUPPLIER: "采购部 Procurement",
    Kind.SERVICE: "行政部 Administration",
    Kind.PARTNER: "合作发展部 Partnerships",
}
WANG, LI, CHEN, ZHAO, SARAH, DAVID = "wang.min", "li.qiang", "chen.jing", "zhao.lei", "sarah.miller", "david.okafor"


def counterparty(name_id: str, name: str, role: str) -> Counterparty:
    """A company on the other side, which has a stream of its own."""
    return Counterparty(counterparty_id=name_id, name=name, role=role, party_id=f"demo-{name_id}")


HUADONG = counterparty("huadong", "华东智运物流集团有限公司", "buyer")
RUIKANG = counterparty("ruikang", "瑞康医疗器械股份有限公司", "buyer")
NORDWIND = counterparty("nordwind", "Nordwind Maschinenbau GmbH", "buyer")
XINGHE = counterparty("xinghe", "星河办公设备有限公司", "supplier")
YUNLING = counterparty("yunling", "深圳云岭服务器技术有限公司", "supplier")
PACIFIC = counterparty("pacific", "Pacific Components Pte Ltd", "supplier")
ANHE = counterparty("anhe", "安和消防工程有限公司", "service provider")
BRIGHTDESK = counterparty("brightdesk", "Brightdesk IT Services Ltd", "service provider")
QIHANG = counterparty("qihang", "启航渠道管理有限公司", "partner")
LAKESIDE = counterparty("lakeside", "Lakeside University", "partner")


class Step(NamedTuple):
    """Somebody did something at a moment; `reason` is what they said beside it."""

    at: datetime
    actor: str
    command: Command
    reason: str | None = None


class Story(NamedTuple):
    """What happened to one contract, or one party, in the order in which it was told; `name` where two have the same identity."""

    identity: str
    steps: Sequence[Step]
    name: str | None = None


def at(day: str, hour: int = 2) -> datetime:
    """A moment of a day: 02:00 UTC is ten in the morning in Shanghai."""
    return datetime.combine(date.fromisoformat(day), time(hour), UTC)


def cny(amount: str) -> Money:
    """An amount in renminbi."""
    return Money.of(amount, "CNY")


def period(start: str, end: str) -> Period:
    """A period of days."""
    return Period(start=date.fromisoformat(start), end=date.fromisoformat(end))


def due(instalment_id: str, amount: Money, day: str, description: str) -> Instalment:
    """An instalment."""
    return Instalment(instalment_id=instalment_id, amount=amount, due=date.fromisoformat(day), description=description)


def plan(delivery_id: str, description: str, day: str, quantity: str | None = None) -> PlannedDelivery:
    """A planned delivery."""
    return PlannedDelivery(
        delivery_id=delivery_id,
        description=description,
        due=date.fromisoformat(day),
        quantity=None if quantity is None else Decimal(quantity),
    )


def item(item_id: str, description: str, quantity: str, unit: str, price: str, *, tax: str = "13") -> LineItem:
    """A line item."""
    return LineItem(
        item_id=item_id, description=description, quantity=Decimal(quantity), unit=unit, unit_price=Decimal(price), tax_percent=Decimal(tax)
    )


def draft(
    number: str,
    title: str,
    kind: Kind,
    other: Counterparty,
    value: Money,
    *,
    when: Period,
    owner: str,
    **more: Any,  # noqa: ANN401 - further fields of the command
) -> DraftContract:
    """A draft with the usual clauses: what we sell comes in, everything else goes out."""
    more.setdefault("clauses", STANDARD[kind])
    return DraftContract(
        number=number,
        title=title,
        kind=kind,
        direction=Direction.RECEIVABLE if kind is Kind.SALES else Direction.PAYABLE,
        our_entity=US,
        counterparties=(other,),
        value=value,
        period=when,
        owner=owner,
        department=DEPARTMENTS[kind],
        **more,
    )


def approved(first: DraftContract, days: Sequence[str], by: str) -> Iterator[Step]:
    """Drafted and submitted by its owner, approved by somebody else: on three days."""
    owner = first.owner or WANG
    yield Step(at(days[0]), owner, first)
    yield Step(at(days[1]), owner, SubmitForApproval(note="请审批 / please approve"))
    yield Step(at(days[2]), by, Approve(opinion="同意 / agreed"))


def signed(first: DraftContract, day: str, signatories: tuple[str, str], method: SigningMethod = SigningMethod.WET_INK) -> Iterator[Step]:
    """Signed by us in the morning, by the other side in the afternoon."""
    owner = first.owner or WANG
    yield Step(at(day), owner, Sign(party="us", signatory=signatories[0], method=method))
    yield Step(at(day, 7), owner, Sign(party=first.counterparties[0].counterparty_id, signatory=signatories[1], method=method))


def amended(
    first: DraftContract,
    days: Sequence[str],
    operations: Sequence[Operation],
    *,
    why: str,
    by: str,
    signatories: tuple[str, str],
    effective: str,
) -> Iterator[Step]:
    """Proposed by the owner, approved by somebody else, signed by both sides: on three days; effective from a fourth."""
    owner, other = first.owner or WANG, first.counterparties[0].counterparty_id
    name = f"{first.number}-B1"
    yield Step(at(days[0]), owner, ProposeAmendment(amendment_id=name, operations=tuple(operations), why=why))
    yield Step(at(days[1]), by, ApproveAmendment(amendment_id=name, opinion="同意变更 / agreed"))
    for party, signatory in zip(("us", other), signatories, strict=True):
        sign = SignAmendment(
            amendment_id=name, party=party, signatory=signatory, method=SigningMethod.ELECTRONIC, effective_from=at(effective, 0)
        )
        yield Step(at(days[2]), owner, sign)


def came(day: str, delivery_id: str, *, waybill: str | None = None, accepted: str | None = None) -> Iterator[Step]:
    """A planned delivery came, and was accepted on a day if one is given."""
    yield Step(at(day), ZHAO, RecordDelivery(delivery_id=delivery_id, waybill=waybill))
    if accepted is not None:
        yield Step(at(accepted, 8), ZHAO, AcceptDelivery(delivery_id=delivery_id, note="验收合格 / accepted"))


def paid(day: str, payment_id: str, amount: Money, instalment_id: str | None, **more: Any) -> Step:  # noqa: ANN401 - further fields of the command
    """Money moved, by bank transfer unless said otherwise."""
    details = {"method": PaymentMethod.BANK_TRANSFER, **more}
    command = RecordPayment(payment_id=payment_id, amount=amount, instalment_id=instalment_id, **details)
    return Step(at(day, 5), CHEN, command)


def registered(company: Counterparty, identifier: tuple[str, str], country: str, address: str, day: str = "2025-01-06") -> Story:
    """A company as a party of its own."""
    scheme, number = identifier
    command = RegisterParty(name=company.name, identifiers=(Identifier(scheme=scheme, id=number),), address=address, country=country)
    return Story(f"demo-{company.counterparty_id}", [Step(at(day), WANG, command)])


# The numbers are made up, and too long or too short to be anybody's.
PARTIES = (
    registered(HUADONG, ("CN-USCC", "91310000DEMO0001"), "CN", "上海市浦东新区演示路1号"),
    registered(RUIKANG, ("CN-USCC", "91320500DEMO0002"), "CN", "江苏省苏州市演示路2号"),
    registered(NORDWIND, ("DE-HRB", "DEMO 0003"), "DE", "Beispielweg 3, Hamburg"),
    registered(XINGHE, ("CN-USCC", "91310000DEMO0004"), "CN", "上海市徐汇区演示路4号"),
    registered(YUNLING, ("CN-USCC", "91440300DEMO0005"), "CN", "广东省深圳市演示路5号"),
    registered(PACIFIC, ("SG-UEN", "DEMO-0006"), "SG", "6 Example Road, Singapore"),
    registered(ANHE, ("CN-USCC", "91310000DEMO0007"), "CN", "上海市闵行区演示路7号"),
    registered(BRIGHTDESK, ("GB-COH", "DEMO0008"), "GB", "8 Example Street, London"),
    registered(QIHANG, ("CN-USCC", "91330100DEMO0009"), "CN", "浙江省杭州市演示路9号"),
    registered(LAKESIDE, ("GB-UKPRN", "DEMO0010"), "GB", "10 Example Lane, Lakeside"),
)
