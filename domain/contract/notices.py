"""Notices: what one side told the other, by which channel, and when it counts as received."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from domain.contract import days, rules
from domain.contract.claims import ServedNotice
from domain.contract.state import AgreedTerm, Contract
from domain.facts import Command, Fact, Occasion, fact, value
from domain.moments import HappensInTheFuture
from domain.refusals import Refusal
from domain.terms import notice
from domain.terms.calendar import local_day
from domain.terms.notice import Channel, NoticeRules


@fact("contract.notice_served")
class NoticeServed(Fact):
    """A side gave the other notice: `us`, or a counterparty's id. `received_on` was stated, or is `deemed` to be by the cited term.

    `document_sha256` is what the document that was sent had been when the notice was recorded.
    """

    notice_id: str
    by: str
    to: str
    channel: Channel
    about: str
    sent_on: date
    received_on: date
    deemed: bool
    calendar: str
    term_id: str | None = None
    term_version: int | None = None
    formula: str | None = None
    document_id: str | None = None
    document_sha256: str | None = None
    note: str | None = None


NoticeFact: TypeAlias = NoticeServed


@value
class ServeNotice(Command):
    """Record a notice that one side sent to the other when this took place.

    Without a day of receipt it counts as received when the agreed term on notices says, in working days of the calendar.
    """

    notice_id: str
    by: str
    to: str
    channel: Channel
    about: str
    received_on: date | None = None
    document_id: str | None = None
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC
    note: str | None = None


NoticeCommand: TypeAlias = ServeNotice


class NoticeToOneself(Refusal):
    """A notice goes from one side to another."""

    template = "A notice goes to another side than {by!r}."


class ReceiptNotKnown(Refusal):
    """Where no term says when a notice counts as received, the day is stated."""

    template = "The contract has no term on notices: the day of receipt has to be stated."


class ReceivedBeforeSent(Refusal):
    """A notice is received on the day on which it is sent, or later."""

    template = "The notice was sent on {sent_on}; it cannot have been received on {received_on}."


def agreed_rules(contract: Contract) -> tuple[AgreedTerm, NoticeRules] | None:
    """The term on notices that the contract has, if any; there is never a second."""
    return next(((held, held.term) for held in contract.terms.values() if isinstance(held.term, NoticeRules)), None)


def decide(contract: Contract, command: NoticeCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, ElementExists, UnknownElement of either side, NoticeToOneself, NeedsText, UnknownElement of the document.

    Then those of the calendar and of the term; ReceiptNotKnown, ReceivedBeforeSent and HappensInTheFuture of the receipt.
    """
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    rules.require_new("notice", command.notice_id, contract.notices)
    for side in (command.by, command.to):
        rules.require_known("party", side, rules.sides(contract))
    if command.by == command.to:
        raise NoticeToOneself(by=command.by)
    rules.require_text("subject", command.about)
    if command.document_id is not None:
        rules.require_known("document", command.document_id, contract.documents)
    calendar = days.counted(occasion, command.calendar, command.zone)
    held = agreed_rules(contract)
    deemed = None if held is None else notice.deemed_receipt(held[1], calendar, channel=command.channel, sent_at=occasion.effective_at)
    sent_on = local_day(calendar, occasion.effective_at)
    received_on = command.received_on or (None if deemed is None else deemed.received_on)
    if received_on is None:
        raise ReceiptNotKnown
    if received_on < sent_on:
        raise ReceivedBeforeSent(sent_on=sent_on, received_on=received_on)
    if command.received_on is not None and received_on > local_day(calendar, occasion.now):
        raise HappensInTheFuture(effective_at=received_on.isoformat())
    return [
        NoticeServed(
            notice_id=command.notice_id,
            by=command.by,
            to=command.to,
            channel=command.channel,
            about=command.about,
            sent_on=sent_on,
            received_on=received_on,
            deemed=command.received_on is None,
            calendar=calendar.name,
            term_id=None if held is None else held[0].term_id,
            term_version=None if held is None else held[0].version,
            formula=None if deemed is None or command.received_on is not None else deemed.formula,
            document_id=command.document_id,
            document_sha256=None if command.document_id is None else contract.documents[command.document_id].sha256,
            note=command.note,
        )
    ]


def evolve(contract: Contract, happened: NoticeFact) -> None:
    """Folds a fact of this stage."""
    contract.notices[happened.notice_id] = ServedNotice(
        notice_id=happened.notice_id,
        by=happened.by,
        to=happened.to,
        channel=happened.channel,
        about=happened.about,
        sent_on=happened.sent_on,
        received_on=happened.received_on,
        deemed=happened.deemed,
        document_id=happened.document_id,
    )
