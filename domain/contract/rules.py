"""Rules that several stages share."""

from __future__ import annotations

from collections.abc import Collection

from domain.contract.state import Contract
from domain.contract.vocabulary import Instalment, Status
from domain.facts import Occasion
from domain.money import Money
from domain.refusals import Refusal

US = "us"


class NoSuchContract(Refusal):
    """The first command of a contract drafts it."""

    template = "There is no such contract."


class WrongStage(Refusal):
    """A command belongs to certain stages of a contract's life."""

    template = "The contract is {status}; this is possible only while it is {allowed}."


class HappensInTheFuture(Refusal):
    """What is recorded as having happened has happened."""

    template = "{effective_at} is in the future; only what has happened can be recorded."


class AmountNotPositive(Refusal):
    """Amounts of values, instalments and payments are above zero."""

    template = "The amount {amount} is not above zero."


class CurrencyDiffers(Refusal):
    """A contract has one currency."""

    template = "The contract is in {expected}; the amount is in {given}."


class ScheduleDoesNotAddUp(Refusal):
    """A payment schedule sums exactly to the contract's value."""

    template = "The instalments sum to {sum}, the contract's value is {value}."


class UnknownElement(Refusal):
    """A command names only what the contract has."""

    template = "The contract has no {element} {element_id!r}."


class ElementExists(Refusal):
    """Ids within a contract are used once."""

    template = "The contract already has the {element} {element_id!r}."


class NothingChanges(Refusal):
    """A command that would change nothing leaves no trace."""

    template = "The contract already says so; nothing changes."


class NeedsText(Refusal):
    """Titles, grounds, opinions and reasons are not blank."""

    template = "The {field} may not be blank."


def require_stage(contract: Contract, *allowed: Status) -> None:
    """Refuses with WrongStage unless the contract is in one of the given stages."""
    if contract.status not in allowed:
        raise WrongStage(status=contract.status.value, allowed=" or ".join(s.value for s in allowed))


def require_text(field: str, text: str) -> None:
    """Refuses with NeedsText where nothing but white space was given."""
    if not text.strip():
        raise NeedsText(field=field)


def require_past(occasion: Occasion) -> None:
    """Refuses with HappensInTheFuture what is said to happen after now."""
    if occasion.effective_at > occasion.now:
        raise HappensInTheFuture(effective_at=occasion.effective_at.isoformat())


def require_known(element: str, element_id: str, known: Collection[str]) -> None:
    """Refuses with UnknownElement an id that the contract does not have."""
    if element_id not in known:
        raise UnknownElement(element=element, element_id=element_id)


def require_new(element: str, element_id: str, known: Collection[str]) -> None:
    """Refuses with ElementExists an id that the contract already has."""
    if element_id in known:
        raise ElementExists(element=element, element_id=element_id)


def require_amount(contract: Contract, amount: Money) -> None:
    """Refuses amounts of zero and less, and those in another currency than the contract's."""
    if amount.minor <= 0:
        raise AmountNotPositive(amount=amount)
    if contract.currency is not None and contract.currency != amount.currency:
        raise CurrencyDiffers(expected=contract.currency, given=amount.currency)


def require_schedule(value: Money | None, instalments: Collection[Instalment]) -> None:
    """Refuses with ScheduleDoesNotAddUp instalments that differ from a stated value; no instalments is no schedule."""
    if value is None or not instalments:
        return
    for instalment in instalments:
        if instalment.amount.currency != value.currency:
            raise CurrencyDiffers(expected=value.currency, given=instalment.amount.currency)
    total = sum(i.amount.minor for i in instalments)
    if total != value.minor:
        raise ScheduleDoesNotAddUp(sum=Money(total, value.currency), value=value)


def sides(contract: Contract) -> tuple[str, ...]:
    """Everybody who has to sign: ourselves and each counterparty."""
    return (US, *contract.counterparties)
