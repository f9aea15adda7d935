"""What stands of what the sides claim of each other: credits, shares, prices, notices and disputes, as they are in the contract's state."""

from __future__ import annotations

from datetime import date

from domain.contract.vocabulary import Period, Resolution
from domain.facts import value
from domain.money import Money
from domain.terms.dispute import Step, StepKind
from domain.terms.notice import Channel


@value
class GrantedCredit:
    """What was granted for a month under a service level. `version` is that of the entry that said so last."""

    term_id: str
    month: date
    fee: Money
    total: Money
    term_version: int
    version: int


@value
class SharedPeriod:
    """What was shared of a period's profit, and the losses before and after it. `version` is that of the entry that said so last."""

    period: Period
    profit: Money
    loss_before: Money
    loss_carried: Money
    total: Money
    term_id: str
    term_version: int
    version: int


@value
class EarnedPay:
    """What a measured key figure added to a fee, or took off. `version` is that of the entry that said so last."""

    term_id: str
    measurement_id: str
    fee: Money
    total: Money
    term_version: int
    version: int


@value
class PriceChange:
    """A price that was adjusted under a term: an item's unit price, or without an item the value or part of it, `since` a day."""

    adjustment_id: str
    before: Money
    after: Money
    since: date
    term_id: str
    term_version: int
    item_id: str | None = None


@value
class ServedNotice:
    """What one side told the other, and when it counts as received; `deemed` where nobody stated the day."""

    notice_id: str
    by: str
    to: str
    channel: Channel
    about: str
    sent_on: date
    received_on: date
    deemed: bool
    document_id: str | None = None


@value
class DisputeStep:
    """A step that a dispute came to."""

    step: StepKind
    entered_on: date
    forum: str | None = None


@value
class DisputeEnd:
    """How a dispute ended, and which side owes what."""

    how: Resolution
    outcome: str
    amount: Money | None = None
    owed_by: str | None = None


@value
class Dispute:
    """What the sides do not agree on, the steps that were agreed for it and those that were taken; `end` once it is over."""

    dispute_id: str
    about: str
    by: str
    opened_on: date
    claim: Money | None = None
    route: tuple[Step, ...] = ()
    law: str | None = None
    steps: tuple[DisputeStep, ...] = ()
    end: DisputeEnd | None = None
