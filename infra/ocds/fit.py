"""Fits what a release says to what the ledger knows already, where taking it literally would be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import TypeVar

from domain.contract.publication import PublishedStatus, RecordPublication, is_late
from domain.contract.signing import ALL_PARTIES
from domain.contract.state import Contract
from domain.contract.vocabulary import Counterparty, Document, LineItem, Status
from infra.ocds.mapping import Mapped
from infra.ocds.node import Node
from infra.ocds.report import Severity

T = TypeVar("T", LineItem, Document)


def fitted(mapped: Mapped, command: RecordPublication, contract: Contract, then: Callable[[], Contract]) -> RecordPublication:
    """The command without what cannot stand beside the contract's state; what is left out is told.

    `then` gives the contract as it stood before anything newer was published: what an older release repeated is judged by that,
    so that it is judged alike whenever it comes.
    """
    command = same_currency(mapped, command, contract)
    command = replace(command, items=tuple(priced(mapped, command, contract)))
    if not contract.exists:
        return command
    late = is_late(contract, command)
    if not late:
        tell_differences(mapped, command, contract)
    if says_only_what_is_known(command, contract):
        return command
    held = then() if late else contract
    names = {(c.name.casefold(), c.role) for c in held.counterparties.values() if c.counterparty_id not in ids(command.counterparties)}
    return replace(
        same_currency(mapped, command, held),
        counterparties=tuple(
            c for c in command.counterparties if c.counterparty_id in contract.counterparties or (c.name.casefold(), c.role) not in names
        ),
        items=tuple(new_by_content("item", command.items, held.items, mapped.places)),
        documents=tuple(new_by_content("document", command.documents, held.documents, mapped.places)),
    )


def ids(counterparties: Iterable[Counterparty]) -> set[str]:
    """The ids of counterparties."""
    return {c.counterparty_id for c in counterparties}


def says_only_what_is_known(command: RecordPublication, contract: Contract) -> bool:
    """Whether the contract has every row that the command has, by its id."""
    return (
        ids(command.counterparties) <= contract.counterparties.keys()
        and all(i.item_id in contract.items for i in command.items)
        and all(d.document_id in contract.documents for d in command.documents)
        and all(p.payment_id in contract.payments for p in command.payments)
    )


def tell_differences(mapped: Mapped, command: RecordPublication, contract: Contract) -> None:
    """Tells what a release says otherwise and cannot change."""
    signed = contract.signatures.get(ALL_PARTIES)
    if signed is not None and command.signed_at not in (None, signed.signed_at):
        day = f"{signed.signed_at:%Y-%m-%d}"
        reason = f"Published as signed on {day} before; a signature stays as it was recorded."
        mapped.node["dateSigned"].notice("signing_date_differs", reason)
    if contract.status is Status.TERMINATED and command.status in (PublishedStatus.ACTIVE, PublishedStatus.PENDING):
        mapped.node["status"].notice("ended_before", "Published as ended before; the contract stays ended.")


def same_currency(mapped: Mapped, command: RecordPublication, contract: Contract) -> RecordPublication:
    """Leaves out a value in another currency than what was paid, and payments in another currency than the contract's."""
    if command.value is not None and contract.payments and contract.currency not in (None, command.value.currency):
        reason = f"The contract was paid in {contract.currency}; a value in {command.value.currency} cannot be counted against it."
        mapped.node["value"].tell(Severity.ERROR, "currency_differs", reason)
        command = replace(command, value=None)
    currency = command.value.currency if command.value is not None else contract.currency
    currency = currency or next((p.amount.currency for p in command.payments), None)
    if all(p.amount.currency == currency for p in command.payments):
        return command
    for payment in command.payments:
        if payment.amount.currency != currency:
            reason = f"The contract is in {currency}; a payment in {payment.amount.currency} cannot be counted against it."
            mapped.places["payment", payment.payment_id].tell(Severity.ERROR, "currency_differs", reason)
    return replace(command, payments=tuple(p for p in command.payments if p.amount.currency == currency))


def priced(mapped: Mapped, command: RecordPublication, contract: Contract) -> Iterator[LineItem]:
    """The items, without prices in another currency than the contract's."""
    currency = command.value.currency if command.value is not None else contract.currency
    for item in command.items:
        stated = mapped.prices.get(item.item_id)
        if stated in (None, currency):
            yield item
        else:
            reason = (
                f"Prices are kept in the currency of the contract's value, {currency}." if currency else "The contract states no value."
            )
            mapped.places["item", item.item_id]["unit"]["value"].skip("currency_differs" if currency else "price_without_value", reason)
            yield replace(item, unit_price=None)


def new_by_content(kind: str, rows: Iterable[T], held: Mapping[str, T], places: Mapping[tuple[str, str], Node]) -> Iterable[T]:
    """The rows but for those that repeat, under a new id, one that the release does not name by its old id any more."""
    rows = list(rows)
    named = {identity(row) for row in rows}
    gone: dict[tuple[object, ...], list[str]] = {}
    for element_id, row in held.items():
        if element_id not in named:
            gone.setdefault(content(row), []).append(element_id)
    for row in rows:
        old = gone.get(content(row)) if identity(row) not in held else None
        if old:
            places[kind, identity(row)].notice("id_changed", f"Says what {old.pop(0)} said; the row stays known under that id.")
        else:
            yield row


def identity(row: LineItem | Document) -> str:
    """The row's own id."""
    return row.item_id if isinstance(row, LineItem) else row.document_id


def content(row: LineItem | Document) -> tuple[object, ...]:
    """What the row says, without its id."""
    return tuple(getattr(row, f.name) for f in fields(row) if f.name not in ("item_id", "document_id"))
