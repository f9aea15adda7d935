"""A contract's facts as the releases that would tell them: what each command changed, in OCDS 1.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias, assert_never

from domain.contract import evolve
from domain.contract.amendment import AmendmentProposed, AmendmentTookEffect
from domain.contract.correction import FactCorrected
from domain.contract.drafting import ContractDrafted
from domain.contract.payment import PaymentRecorded, PaymentReversed
from domain.contract.publication import PublicationRecorded
from domain.contract.signing import ALL_PARTIES
from domain.contract.state import Contract, Delivery
from domain.contract.vocabulary import Document, LineItem, PlannedDelivery, Status
from domain.facts import Entry, Fact
from domain.money import Money
from infra.ocds.elements import IMPLEMENTATION

Object: TypeAlias = dict[str, Any]


class Step(NamedTuple):
    """One command on a contract: its entries, and the contract before and after."""

    entries: Sequence[Entry]
    before: Contract
    after: Contract

    @property
    def publication(self) -> PublicationRecorded | None:
        """The release that the command recorded, if it did."""
        return next((e.fact for e in self.entries if isinstance(e.fact, PublicationRecorded)), None)


def steps(entries: Iterable[Entry]) -> Iterator[Step]:
    """A history command by command."""
    after = Contract()
    for _, group in groupby(entries, lambda entry: entry.command_id):
        told = list(group)
        before, after = after, evolve(after, told)
        yield Step(told, before, after)


def moment(at: datetime) -> str:
    """A date-time in UTC, with a fraction only where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(on: date) -> str:
    """A day as a date-time, as OCDS wants it."""
    return f"{on.isoformat()}T00:00:00Z"


def value(money: Money) -> Object:
    """A Value object with an exact number."""
    return {"amount": Decimal(money.amount), "currency": money.currency}


def present(**held: object) -> Object:
    """An object of the fields that are there."""
    return {name: each for name, each in held.items() if each is not None and each not in ([], {})}


def status(contract: Contract) -> str:
    """OCDS knows four statuses: pending until a contract is in force, cancelled if it never was, terminated once it ended."""
    match contract.status:
        case Status.IN_FORCE | Status.SUSPENDED:
            return "active"
        case Status.COMPLETED | Status.EXPIRED:
            return "terminated"
        case Status.TERMINATED:
            cancelled = contract.in_force_since is None or contract.ground == "published as cancelled"
            return "cancelled" if cancelled else "terminated"
        case Status.REJECTED:
            return "cancelled"
        case Status.DRAFT | Status.IN_APPROVAL | Status.APPROVED:
            return "pending"
        case unreachable:
            assert_never(unreachable)


def signed_at(contract: Contract) -> datetime | None:
    """The day of the last signature, once all have signed."""
    if contract.in_force_since is None and ALL_PARTIES not in contract.signatures:
        return None
    return max((s.signed_at for s in contract.signatures.values()), default=None)


class Telling:
    """Tells one contract step by step, as far as OCDS has words for it."""

    def __init__(self, contract_id: str) -> None:
        """The id that the contract has within its process; its award has the same."""
        self._contract_id = contract_id
        self._reasons: dict[str, str] = {}

    def contract(self, step: Step, release_id: str) -> Object:
        """What the step changed; nothing where it changed nothing that can be said."""
        before, after = step.before, step.after
        self._reasons |= {e.fact.amendment_id: e.fact.why for e in step.entries if isinstance(e.fact, AmendmentProposed)}
        signed, was_signed = signed_at(after), signed_at(before)
        told = present(
            title=after.title if after.title != before.title else None,
            status=status(after) if not before.exists or status(after) != status(before) else None,
            period=period(after) if after.period != before.period else None,
            value=value(after.value) if after.value is not None and after.value != before.value else None,
            items=[item(i, after) for i in after.items.values() if before.items.get(i.item_id) != i],
            dateSigned=moment(signed) if signed is not None and signed != was_signed else None,
            documents=[document(d) for d in new_documents(before, after) if not d.document_id.startswith(IMPLEMENTATION)],
            amendments=list(self._amendments(step, release_id)),
            implementation=present(
                transactions=list(transactions(step)),
                milestones=list(milestones(before, after)),
                documents=[document(d) for d in new_documents(before, after) if d.document_id.startswith(IMPLEMENTATION)],
            ),
        )
        return {"id": self._contract_id, "awardID": self._contract_id, **told} if told or not before.exists else {}

    def _amendments(self, step: Step, release_id: str) -> Iterator[Object]:
        """Amendments that took effect; one that changed something comes last, as whose change the release is read."""
        effective = [e for e in step.entries if isinstance(e.fact, AmendmentTookEffect)]
        for entry in sorted(effective, key=changes_something):
            made = entry.fact
            if isinstance(made, AmendmentTookEffect):
                yield present(
                    id=made.amendment_id,
                    date=moment(entry.effective_at),
                    rationale=self._reasons.get(made.amendment_id),
                    releaseID=release_id if made.operations else None,
                )

    def award(self, step: Step, suppliers: Sequence[Object]) -> Object:
        """The award that the contract was made under: when, and to whom."""
        drafted = next((e.effective_at for e in step.entries if isinstance(e.fact, ContractDrafted)), None)
        if drafted is None and step.before.counterparties == step.after.counterparties:
            return {}
        return present(id=self._contract_id, status="active", date=None if drafted is None else moment(drafted), suppliers=list(suppliers))


def changes_something(entry: Entry) -> bool:
    """Whether an amendment has operations."""
    return isinstance(entry.fact, AmendmentTookEffect) and bool(entry.fact.operations)


def period(contract: Contract) -> Object:
    """First and last day."""
    held = contract.period
    return present(startDate=None if held.start is None else day(held.start), endDate=None if held.end is None else day(held.end))


def item(held: LineItem, contract: Contract) -> Object:
    """A line item with its price in the contract's currency."""
    price = None
    if held.unit_price is not None and contract.currency is not None:
        price = {"amount": held.unit_price, "currency": contract.currency}
    return present(
        id=held.item_id,
        description=held.description,
        quantity=held.quantity,
        unit=present(name=held.unit, value=price),
        taxRate=None if held.tax_percent is None else {"percentage": f"{held.tax_percent:f}%"},
    )


def new_documents(before: Contract, after: Contract) -> list[Document]:
    """Documents that were attached, or attached anew."""
    return [d for d in after.documents.values() if before.documents.get(d.document_id) != d]


def document(held: Document) -> Object:
    """A document, by its id within the contract or within its implementation."""
    return present(
        id=held.document_id.removeprefix(IMPLEMENTATION),
        documentType=held.kind,
        title=held.title,
        url=held.url,
        format=held.media_type,
    )


def milestones(before: Contract, after: Contract) -> Iterator[Object]:
    """Deliveries that were planned, replanned or made."""
    for delivery_id in {**after.planned_deliveries, **after.deliveries}:
        planned, made = after.planned_deliveries.get(delivery_id), after.deliveries.get(delivery_id)
        if (planned, made) != (before.planned_deliveries.get(delivery_id), before.deliveries.get(delivery_id)):
            yield milestone(delivery_id, planned, made)


def milestone(delivery_id: str, planned: PlannedDelivery | None, made: Delivery | None) -> Object:
    """One delivery; a rejected one is not met."""
    title = planned.description if planned is not None else made.description if made is not None else ""
    met = made if made is not None and made.accepted is not False else None
    return present(
        id=delivery_id,
        title=title,
        type="delivery",
        dueDate=None if planned is None or planned.due is None else day(planned.due),
        dateMet=None if met is None else moment(met.delivered_at),
        status="met" if met is not None else "notMet" if made is not None else "scheduled",
    )


def transactions(step: Step) -> Iterator[Object]:
    """Payments that were made or corrected; one that was taken back is followed by its opposite."""
    touched = {paid: e for e in step.entries if (paid := payment_id(e.fact)) is not None}
    if not touched:
        return
    recorded = {f.payment_id: f for f in step.after.recordings.values() if isinstance(f, PaymentRecorded) and f.payment_id in touched}
    for paid, fact in recorded.items():
        payment, was = step.after.payments[paid], step.before.payments.get(paid)
        if was is None or not payment.reversed:
            yield present(
                id=paid,
                date=moment(payment.paid_at),
                value=value(payment.amount),
                payer=None if fact.payer is None else {"name": fact.payer},
                payee=None if fact.payee is None else {"name": fact.payee},
            )
        if payment.reversed and not (was and was.reversed):
            opposite = {"amount": -Decimal(payment.amount.amount), "currency": payment.amount.currency}
            yield {"id": f"{paid}:reversal", "date": moment(touched[paid].effective_at), "value": opposite}


def payment_id(fact: Fact) -> str | None:
    """Which payment a fact is about."""
    match fact:
        case PaymentRecorded(payment_id=paid) | PaymentReversed(payment_id=paid):
            return paid
        case FactCorrected(was=was):
            return payment_id(was.fact)
        case _:
            return None
