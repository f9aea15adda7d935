"""Agreement: the terms that act, which a draft takes on by id; once in force they change by amendment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias, assert_never

from domain import terms
from domain.contract import rules, triggers
from domain.contract.state import AgreedTerm, Contract, Made
from domain.contract.vocabulary import StatedTerm
from domain.facts import Command, Fact, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import confidentiality, data_return, entitlement, insurance, licence, ownership, performance, schedule, service_level
from domain.terms.rules import Term


@fact("contract.term_agreed")
class TermAgreed(Fact):
    """The draft has one more term that acts."""

    term_id: str
    term: Term


@fact("contract.term_changed")
class TermChanged(Fact):
    """A term of the draft says something else."""

    term_id: str
    term: Term


@fact("contract.term_withdrawn")
class TermWithdrawn(Fact):
    """A term was taken out of the draft."""

    term_id: str


AgreementFact: TypeAlias = TermAgreed | TermChanged | TermWithdrawn


@value
class AgreeTerm(Command):
    """Add a term that acts to the draft, such as damages for late delivery."""

    term_id: str
    term: Term


@value
class ChangeTerm(Command):
    """Change a term of the draft."""

    term_id: str
    term: Term


@value
class WithdrawTerm(Command):
    """Take a term out of the draft."""

    term_id: str


AgreementCommand: TypeAlias = AgreeTerm | ChangeTerm | WithdrawTerm


class TermContradicts(Refusal):
    """Where a second term of the same type would give a second answer to the same question, there is one."""

    template = "The term {other!r} already settles this; together with {term_id!r} there would be two answers."


# Each of these is about a thing of its own, such as one service or one kind of insurance. Of every other type a contract has one.
SEVERAL: Final[tuple[type[Term], ...]] = (
    service_level.ServiceLevel,
    performance.PerformancePay,
    insurance.InsuranceDuty,
    licence.LicenceScope,
    confidentiality.ConfidentialityDuty,
    data_return.DataReturn,
    ownership.IntellectualProperty,
    entitlement.Entitlements,
)

_NOTHING_YET: Final = schedule.Happened(accepted={}, reached={})


def require_consistent(agreed: Iterable[StatedTerm | AgreedTerm], total: Money | None) -> None:
    """Refuses with TermContradicts two answers to one question, and a payment schedule that does not fit a stated value.

    Refusals of a schedule: CurrenciesDiffer, ScheduleMissesValue, InstalmentVanishes.
    """
    settled: dict[type[Term], str] = {}
    for one in agreed:
        kind = type(one.term)
        if kind not in SEVERAL and settled.setdefault(kind, one.term_id) != one.term_id:
            raise TermContradicts(other=settled[kind], term_id=one.term_id)
        if isinstance(one.term, schedule.PaymentSchedule) and total is not None:
            schedule.plan(one.term, total, _NOTHING_YET)


def require_place(contract: Contract, term_id: str, term: Term) -> None:
    """Refuses a term that is senseless by itself, then one that does not go with the others or with the value."""
    terms.check(term)
    others = (held for held in contract.terms.values() if held.term_id != term_id)
    require_consistent((*others, StatedTerm(term_id=term_id, term=term)), contract.value)


def require_terms(contract: Contract) -> None:
    """Refuses a contract whose terms do not go together, or whose payment schedule does not fit its value or its instalments."""
    require_consistent(contract.terms.values(), contract.value)
    triggers.require_agreement(contract)


def revise(contract: Contract, command: AgreementCommand) -> list[Fact]:
    """Refusals: ElementExists or UnknownElement, the term's own, TermContradicts, NothingChanges. That it is a draft was asked before."""
    match command:
        case AgreeTerm(term_id=term_id, term=term):
            rules.require_new("term", term_id, contract.terms)
            require_place(contract, term_id, term)
            return [TermAgreed(term_id=term_id, term=term)]
        case ChangeTerm(term_id=term_id, term=term):
            rules.require_known("term", term_id, contract.terms)
            require_place(contract, term_id, term)
            rules.require_change(contract.terms[term_id].term, term)
            return [TermChanged(term_id=term_id, term=term)]
        case WithdrawTerm(term_id=term_id):
            rules.require_known("term", term_id, contract.terms)
            return [TermWithdrawn(term_id=term_id)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, made: Made, happened: AgreementFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case TermAgreed(term_id=term_id, term=term) | TermChanged(term_id=term_id, term=term):
            contract.terms[term_id] = AgreedTerm(term_id=term_id, term=term, version=made.version, since=made.at)
        case TermWithdrawn(term_id=term_id):
            contract.terms.pop(term_id, None)
        case unreachable:
            assert_never(unreachable)
