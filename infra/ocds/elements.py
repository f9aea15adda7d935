"""The lists of a published contract: items, documents, amendments, milestones and transactions, each row with an id of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from domain.contract.performance import PublishedMilestone, PublishedPayment
from domain.contract.publication import PublishedAmendment
from domain.contract.vocabulary import Document, LineItem
from domain.money import Money
from infra import codec
from infra.ocds.node import Node
from infra.ocds.parties import named, worded
from infra.ocds.report import Severity

# Contracts and their implementation each have documents with ids of their own.
IMPLEMENTATION = "implementation:"


class Reading(NamedTuple):
    """How a contract's rows are read: what counts as past, the release's language, the contract's value and the currency it names."""

    now: datetime
    language: str | None
    value: Money | None
    currency: str | None


class Parts(NamedTuple):
    """All rows of a contract, and the currency of each item's price by the item's id.

    `places` are where items, documents and payments stand, by kind and id.
    """

    items: tuple[LineItem, ...]
    prices: dict[str, str]
    documents: tuple[Document, ...]
    amendments: tuple[PublishedAmendment, ...]
    milestones: tuple[PublishedMilestone, ...]
    payments: tuple[PublishedPayment, ...]
    places: dict[tuple[str, str], Node]

    def moments(self) -> Iterator[datetime]:
        """When any of it happened."""
        for moment in (*(a.made_at for a in self.amendments), *(m.met_at for m in self.milestones), *(p.paid_at for p in self.payments)):
            if moment is not None:
                yield moment


def read(contract: Node, reading: Reading) -> Parts:
    """Reads every list of a contract."""
    lines, papers, paid = list(items(contract, reading)), list(documents(contract, reading)), list(transactions(contract, reading))
    places = {("item", i.item_id): row for i, _, row in lines}
    places |= {("document", d.document_id): row for d, row in papers}
    places |= {("payment", p.payment_id): row for p, row in paid}
    return Parts(
        items=tuple(i for i, _, _ in lines),
        prices={i.item_id: currency for i, currency, _ in lines if currency is not None},
        documents=tuple(d for d, _ in papers),
        amendments=tuple(amendments(contract, reading)),
        milestones=tuple(milestones(contract, reading)),
        payments=tuple(p for p, _ in paid),
        places=places,
    )


class Ids:
    """Gives every row of a list an id: its own, or one that its content gives again in each import."""

    def __init__(self, kind: str) -> None:
        """`kind` begins the ids that are made here."""
        self._kind = kind
        self._taken: dict[str, tuple[object, ...]] = {}

    def take(self, row: Node, content: tuple[object, ...], *, prefix: str = "") -> str | None:
        """The row's id; None, and told, for a row that repeats another."""
        stated = row["id"].text()
        if stated is None:
            digest = hashlib.sha256(codec.encode_any(content)).hexdigest()[:16]
            found = self._unused(f"{prefix}{self._kind}-{digest}", content)
            row.notice("id_missing", f"No id is stated; {found} is made from the content.")
        elif self._taken.get(f"{prefix}{stated}") == content:
            row.skip("duplicate", "Another row has the same id and says the same.")
            return None
        else:
            found = self._unused(f"{prefix}{stated}", content)
            if found != f"{prefix}{stated}":
                row.notice("duplicate_id", f"Another row has the same id and says something else; this one becomes {found}.")
        return found

    def _unused(self, wanted: str, content: tuple[object, ...]) -> str:
        found, n = wanted, 1
        while found in self._taken:
            n += 1
            found = f"{wanted}#{n}"
        self._taken[found] = content
        return found


def rows(holder: Node, field: str) -> Iterator[Node]:
    """The rows of a list that say anything; told of those that do not."""
    for row in holder[field].objects():
        if row.blank:
            row.skip("empty_row", "Nothing stands in this row.")
        else:
            yield row


def items(contract: Node, reading: Reading) -> Iterator[tuple[LineItem, str | None, Node]]:
    """Line items, each with the currency of its price. A quantity is taken only above zero."""
    ids = Ids("item")
    for row in rows(contract, "items"):
        description = worded(row, "description", reading.language) or worded(row["classification"], "description", reading.language)
        quantity = row["quantity"].number()
        if quantity is not None and quantity <= 0:
            row["quantity"].notice("quantity_not_positive", "A quantity of nothing is not taken.")
            quantity = None
        unit = worded(row["unit"], "name", reading.language)
        price, currency = unit_price(row["unit"]["value"], reading.value)
        tax = percent(row["taxRate"]["percentage"])
        content = (description, quantity, unit, price, tax)
        item_id = ids.take(row, content)
        if item_id is not None:
            item = LineItem(item_id=item_id, description=description or "", quantity=quantity, unit=unit, unit_price=price, tax_percent=tax)
            yield item, currency, row


def unit_price(value: Node, total: Money | None) -> tuple[Decimal | None, str | None]:
    """The price of one unit and its currency: that of the contract's value, where the release states one."""
    price = value["amount"].number()
    if price is None:
        return None, None
    if price < 0:
        value["amount"].skip("negative_amount", "A price below zero is not taken.")
        return None, None
    currency = value["currency"].currency() or (total.currency if total else None)
    if currency is None:
        value.skip("currency_missing", "No currency is stated for this price.")
        return None, None
    if total is not None and currency != total.currency:
        value.skip("currency_differs", f"The contract is in {total.currency}; a price in {currency} is not taken.")
        return None, None
    return price, currency


def percent(rate: Node) -> Decimal | None:
    """A tax rate as some publishers add it: "16.0%"."""
    plain = rate.value.strip().removesuffix("%") if isinstance(rate.value, str) else rate.value
    found = rate.holding(plain).number()
    if found is not None and found < 0:
        rate.skip("negative_amount", "A tax rate below zero is not taken.")
        return None
    return found


def documents(contract: Node, reading: Reading) -> Iterator[tuple[Document, Node]]:
    """The contract's documents and those of its implementation."""
    ids = Ids("document")
    for holder, prefix in ((contract, ""), (contract["implementation"], IMPLEMENTATION)):
        for row in rows(holder, "documents"):
            title = worded(row, "title", reading.language) or worded(row, "description", reading.language)
            url = row["url"].link()
            if title is None and url is None:
                row.skip("empty_document", "Neither a title nor a description nor an address of the document is stated.")
                continue
            kind, media_type = row["documentType"].text(), row["format"].text()
            document_id = ids.take(row, (title, kind, media_type, url), prefix=prefix)
            if document_id is not None:
                yield Document(document_id=document_id, title=title or "", kind=kind, media_type=media_type, url=url), row


def amendments(contract: Node, reading: Reading) -> Iterator[PublishedAmendment]:
    """Amendments, and the single amendment of OCDS 1.0."""
    ids = Ids("amendment")
    single = contract["amendment"]
    if isinstance(single.value, dict) and single.blank:
        single.skip("empty_row", "Nothing stands in this row.")
    stated = [single] if isinstance(single.value, dict) and not single.blank else []
    for row in (*rows(contract, "amendments"), *stated):
        if row["date"].ahead(reading.now):
            row["date"].skip("date_in_future", "An amendment that lies in the future has not been made yet; it is not taken.")
            continue
        made_at = row["date"].moment()
        rationale = worded(row, "rationale", reading.language) or worded(row, "description", reading.language) or ""
        if not row["changes"].blank:
            row["changes"].notice("changes_not_read", "Former values are not read from here; what changed shows between releases.")
        amendment_id = ids.take(row, (made_at, rationale))
        if amendment_id is not None:
            yield PublishedAmendment(amendment_id=amendment_id, made_at=made_at, rationale=rationale)


def milestones(contract: Node, reading: Reading) -> Iterator[PublishedMilestone]:
    """Milestones; what the implementation says of one counts more than what the contract says."""
    found: dict[str, PublishedMilestone] = {}
    for holder in (contract, contract["implementation"]):
        ids = Ids("milestone")
        for row in rows(holder, "milestones"):
            milestone = milestone_of(row, ids, reading)
            if milestone is not None:
                found[milestone.milestone_id] = milestone
    yield from found.values()


def milestone_of(row: Node, ids: Ids, reading: Reading) -> PublishedMilestone | None:
    """One milestone; met where its status or a date says so."""
    title = worded(row, "title", reading.language) or worded(row, "description", reading.language)
    due = row["dueDate"].day()
    met_at = row["dateMet"].past(reading.now)
    met = met_at is not None or (row["status"].text() or "").lower() == "met"
    if title is None and due is None and not met:
        row.skip("empty_row", "Neither a title nor a day nor a status is stated.")
        return None
    if met and met_at is None:
        met_at = row["dateModified"].past(reading.now)
        dated = "its last modification" if met_at else "the release"
        row["dateMet"].notice("date_missing", f"Met, but not said when; dated by {dated}.")
    milestone_id = ids.take(row, (title, due, met, met_at))
    if milestone_id is None:
        return None
    return PublishedMilestone(milestone_id=milestone_id, title=title or "", due=due, met=met, met_at=met_at)


def transactions(contract: Node, reading: Reading) -> Iterator[tuple[PublishedPayment, Node]]:
    """Payments above zero, in the contract's currency where the release or an earlier one tells it."""
    ids = Ids("payment")
    currency = reading.value.currency if reading.value else reading.currency
    for row in rows(contract["implementation"], "transactions"):
        value = row.first("value", "amount")
        amount = paid_amount(value, currency)
        if amount is None:
            continue
        if currency not in (None, amount.currency):
            reason = f"The contract is in {currency}; a payment in {amount.currency} cannot be counted against it."
            value.tell(Severity.ERROR, "currency_differs", reason)
            continue
        if row["date"].ahead(reading.now):
            row["date"].skip("date_in_future", "A payment that lies in the future has not been made yet; it is not taken.")
            continue
        paid_at = row["date"].moment()
        if row["date"].absent:
            row["date"].notice("date_missing", "Not said when; dated by the release.")
        payer, payee = paying(row, reading, "payer", "providerOrganization"), paying(row, reading, "payee", "receiverOrganization")
        payment_id = ids.take(row, (amount, paid_at, payer, payee, row["source"].link(), row["uri"].link()))
        if payment_id is not None:
            yield PublishedPayment(payment_id=payment_id, amount=amount, paid_at=paid_at, payer=payer, payee=payee), row


def paid_amount(value: Node, currency: str | None) -> Money | None:
    """The amount of a payment, which is of more than nothing."""
    stated = value["amount"] if isinstance(value.value, dict) else value
    if stated.absent:
        value.skip("amount_missing", "Without an amount this is no payment.")
        return None
    if stated.value == 0:
        stated.skip("zero_amount", "A payment of nothing is none.")
        return None
    amount = value.money(otherwise=currency)
    if amount is None or amount.minor > 0:
        return amount
    code = "zero_amount" if amount.minor == 0 else "negative_amount"
    stated.skip(code, "A payment is of more than nothing.")
    return None


def paying(row: Node, reading: Reading, *fields: str) -> str | None:
    """Who paid or was paid, by name."""
    side = row.first(*fields)
    if not isinstance(side.value, dict):
        return side.text()
    return named(side, reading.language) or side["id"].text()
