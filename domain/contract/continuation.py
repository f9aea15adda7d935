"""Continuation: a contract in force rests for a while and goes on, or goes on for another period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import operations, rules
from domain.contract.amendment import OPEN, TouchedByOpenAmendment
from domain.contract.drafting import require_period
from domain.contract.state import AgreedTerm, Contract, RenewalNotice
from domain.contract.vocabulary import Period, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.terms import renewal
from domain.terms.calendar import shift
from domain.terms.renewal import Outlook, Renewal, RenewalStanding


@fact("contract.suspended")
class ContractSuspended(Fact):
    """Performance rests: nothing is delivered meanwhile, while payments may still be made; open amendments stay open."""

    why: str
    until: date | None = None


@fact("contract.resumed")
class ContractResumed(Fact):
    """Performance goes on."""

    note: str | None = None


@fact("contract.renewal_notice_given")
class RenewalNoticeGiven(Fact):
    """A side said whether it goes on after the present period: `us`, or a counterparty's id."""

    party: str
    renews: bool
    note: str | None = None


@fact("contract.renewed")
class ContractRenewed(Fact):
    """The contract goes on for another period, under the renewal term of that id and version where it has one."""

    period: Period
    previous: Period
    term_id: str | None = None
    term_version: int | None = None
    note: str | None = None


ContinuationFact: TypeAlias = ContractSuspended | ContractResumed | RenewalNoticeGiven | ContractRenewed


@value
class SuspendContract(Command):
    """Let a contract rest, such as in a case of force majeure; deliveries wait until it is resumed."""

    why: str
    until: date | None = None


@value
class ResumeContract(Command):
    """Go on with a suspended contract."""

    note: str | None = None


@value
class GiveRenewalNotice(Command):
    """Record that a side gave notice whether it goes on after the present period."""

    party: str
    renews: bool
    note: str | None = None


@value
class RenewContract(Command):
    """Go on for another period, which begins the day after the present one ends."""

    period: Period
    note: str | None = None


ContinuationCommand: TypeAlias = SuspendContract | ResumeContract | GiveRenewalNotice | RenewContract


class SuspensionEndsInThePast(Refusal):
    """A contract does not rest until a day before the one on which it begins to."""

    template = "The contract would rest from {since} until {until}."


class PeriodDoesNotFollow(Refusal):
    """A renewed period begins on the day after the present one ends."""

    template = "The next period begins on {expected}."


class RenewalNotDue(Refusal):
    """A contract with a renewal term is renewed when the term says that it is."""

    template = "The term {term_id!r} does not renew the contract now: {formula}."


class RenewalOutsideTerm(Refusal):
    """A renewed period is as long as the renewal term says."""

    template = "Under the term {term_id!r} the next period ends on {expected}."


def agreed_renewal(contract: Contract) -> tuple[AgreedTerm, Renewal] | None:
    """The renewal term that the contract has, if any; there is never a second."""
    return next(((held, held.term) for held in contract.terms.values() if isinstance(held.term, Renewal)), None)


@value
class Reckoned:
    """What a renewal term is asked with: the first period's end, the renewals since, and the first notice that counts."""

    term: Renewal
    first_end: date
    renewed: int
    notice_on: date | None


def reckoned(contract: Contract, term: Renewal, last_day: date) -> Reckoned:
    """From which end on the periods under a renewal term are reckoned. Refuses with BeyondCalendar."""
    renewed = len(contract.earlier_periods)
    first_end = contract.earlier_periods[0].end if contract.earlier_periods else last_day
    if first_end is None or renewal.period_end(term, first_end, renewed) != last_day:
        # An amendment moved the end meanwhile: what follows is reckoned from there, and the renewals that were used stay used.
        left = None if term.times is None else max(term.times - renewed, 0)
        term, first_end, renewed = replace(term, times=left), last_day, 0
    # Notice counts only where it changes what happens without it.
    noticed = [n.given_at.date() for n in contract.renewal_notices.values() if n.renews is not term.automatic]
    return Reckoned(term=term, first_end=first_end, renewed=renewed, notice_on=min(noticed, default=None))


def standing(contract: Contract, term: Renewal, last_day: date, as_of: date) -> RenewalStanding:
    """What follows the present period under a renewal term, by the notices that were given."""
    asked = reckoned(contract, term, last_day)
    return renewal.standing(asked.term, first_end=asked.first_end, renewed=asked.renewed, as_of=as_of, notice_on=asked.notice_on)


def renew(contract: Contract, command: RenewContract, occasion: Occasion) -> list[Fact]:
    """Refusals after WrongStage: NoLastDay, TouchedByOpenAmendment, PeriodEndsBeforeItStarts, PeriodDoesNotFollow, then the term's."""
    last_day = rules.require_last_day(contract)
    for amendment in contract.amendments.values():
        if amendment.status in OPEN and ("period", "") in map(operations.subject, amendment.operations):
            raise TouchedByOpenAmendment(other=amendment.amendment_id, element="period", element_id="")
    require_period(command.period)
    next_day = shift(last_day, 1)
    if command.period.start != next_day:
        raise PeriodDoesNotFollow(expected=next_day)
    agreed = agreed_renewal(contract)
    if agreed is None:
        return [ContractRenewed(period=command.period, previous=contract.period, note=command.note)]
    held, term = agreed
    follows = standing(contract, term, last_day, occasion.effective_at.date())
    if follows.outlook is not Outlook.RENEWS:
        raise RenewalNotDue(term_id=held.term_id, formula=follows.formula)
    if command.period.end != follows.next_end:
        raise RenewalOutsideTerm(term_id=held.term_id, expected=follows.next_end)
    return [
        ContractRenewed(period=command.period, previous=contract.period, term_id=held.term_id, term_version=held.version, note=command.note)
    ]


def decide(contract: Contract, command: ContinuationCommand, occasion: Occasion) -> list[Fact]:
    """Whatever rests, open amendments stay open.

    Refusals: WrongStage, then NeedsText and SuspensionEndsInThePast, or UnknownElement, NoLastDay and NothingChanges, or those of renewing.
    """
    match command:
        case SuspendContract(why=why, until=until):
            rules.require_stage(contract, Status.IN_FORCE)
            rules.require_text("reason", why)
            since = occasion.effective_at.date()
            if until is not None and until < since:
                raise SuspensionEndsInThePast(since=since, until=until)
            return [ContractSuspended(why=why, until=until)]
        case ResumeContract(note=note):
            rules.require_stage(contract, Status.SUSPENDED)
            return [ContractResumed(note=note)]
        case GiveRenewalNotice(party=party, renews=renews, note=note):
            rules.require_stage(contract, Status.IN_FORCE)
            rules.require_known("party", party, rules.sides(contract))
            rules.require_last_day(contract)
            said = contract.renewal_notices.get(party)
            rules.require_change(None if said is None else said.renews, renews)
            return [RenewalNoticeGiven(party=party, renews=renews, note=note)]
        case RenewContract():
            rules.require_stage(contract, Status.IN_FORCE)
            return renew(contract, command, occasion)
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: ContinuationFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case ContractSuspended(until=until):
            contract.status = Status.SUSPENDED
            contract.suspended_until = until
        case ContractResumed():
            contract.status = Status.IN_FORCE
            contract.suspended_until = None
        case RenewalNoticeGiven(party=party, renews=renews):
            contract.renewal_notices[party] = RenewalNotice(party=party, renews=renews, given_at=entry.effective_at)
        case ContractRenewed(period=period, previous=previous):
            contract.earlier_periods = (*contract.earlier_periods, previous)
            contract.period = period
            contract.renewal_notices.clear()
        case unreachable:
            assert_never(unreachable)
