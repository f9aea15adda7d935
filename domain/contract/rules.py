"""Rules that several stages share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from domain.contract.state import Contract
from domain.contract.vocabulary import Instalment, Status
from domain.facts import Occasion
from domain.money import MAX_MINOR, Money
from domain.refusals import Refusal
from domain.text import is_blank

US = "us"
ALL_PARTIES = "all_parties"

# A number of a few letters, such as 1E+999999, can take a gigabyte to write out.
DIGITS_BEFORE_POINT = 18
DIGITS_AFTER_POINT = 6

# What happened earlier than this before it is recorded needs a reason: a month's books are closed by then.
BACKDATED_AFTER = timedelta(days=30)
IMPORT = "import"


# Money may still move, and defects be seen to, while a contract rests and after it ended.
BINDING_OR_ENDED = (Status.IN_FORCE, Status.SUSPENDED, Status.COMPLETED, Status.TERMINATED, Status.EXPIRED)


class NoSuchContract(Refusal):
    """The first command of a contract drafts it."""

    template = "There is no such contract."


class WrongStage(Refusal):
    """A command belongs to certain stages of a contract's life."""

    template = "The contract is {status}; this is possible only while it is {allowed}."


class BackdatedNeedsReason(Refusal):
    """What is recorded more than thirty days after it happened says why; imports are of things past."""

    template = "{effective_at} is {days} days ago; what is recorded that late needs a reason."


class AmountNotPositive(Refusal):
    """Amounts of values, instalments and payments are above zero."""

    template = "The amount {amount} is not above zero."


class SumTooLarge(Refusal):
    """Sums stay within what the ledger keeps exactly, as single amounts do."""

    template = "The {total} would add up to more than the ledger keeps exactly."


class QuantityNotPositive(Refusal):
    """Quantities are above zero, prices and tax rates not below; all are plain decimals."""

    template = (
        "The {element} {element_id!r} has a quantity or price that is not possible: "
        "quantities are above zero, prices not below, both with at most six digits after the point."
    )


class ValueBelowPaid(Refusal):
    """The value is not lowered below what was paid."""

    template = "The value of {value} is below the {paid} already paid."


class ValueBelowRetained(Refusal):
    """The value still covers what was paid and what is held back."""

    template = "The value of {value} does not cover the {paid} already paid and the {retained} held back."


class DefectsOpen(Refusal):
    """While defects are open, a contract is not completed and nothing held back is released."""

    template = "These defects are still to be fixed: {defects}."


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


class NoLastDay(Refusal):
    """Only a period with a last day runs out."""

    template = "The contract's period has no last day."


def require_stage(contract: Contract, *allowed: Status) -> None:
    """Refuses with WrongStage unless the contract is in one of the given stages."""
    if contract.status not in allowed:
        raise WrongStage(status=contract.status.value, allowed=" or ".join(s.value for s in allowed))


def require_last_day(contract: Contract) -> date:
    """The period's last day. Refuses with NoLastDay where it is open."""
    if contract.last_day is None:
        raise NoLastDay
    return contract.last_day


def require_text(field: str, text: str) -> None:
    """Refuses with NeedsText where there is nothing to see."""
    if is_blank(text):
        raise NeedsText(field=field)


def require_change(was: object, becomes: object) -> None:
    """Refuses with NothingChanges a value that is already there."""
    if was == becomes:
        raise NothingChanges


def require_reason(occasion: Occasion) -> None:
    """Refuses with BackdatedNeedsReason."""
    late = occasion.now - occasion.effective_at
    if late > BACKDATED_AFTER and occasion.channel != IMPORT and (occasion.reason is None or is_blank(occasion.reason)):
        raise BackdatedNeedsReason(effective_at=occasion.effective_at.isoformat(), days=late.days)


def require_known(element: str, element_id: str, known: Collection[str]) -> None:
    """Refuses with UnknownElement an id that the contract does not have."""
    if element_id not in known:
        raise UnknownElement(element=element, element_id=element_id)


def require_new(element: str, element_id: str, known: Collection[str]) -> None:
    """Refuses with ElementExists an id that the contract already has."""
    if element_id in known:
        raise ElementExists(element=element, element_id=element_id)


def require_no_defects(contract: Contract) -> None:
    """Refuses with DefectsOpen."""
    if contract.open_defects:
        raise DefectsOpen(defects=", ".join(contract.open_defects))


def require_distinct(element: str, element_ids: Iterable[str]) -> None:
    """Refuses with ElementExists an id that stands for two things within one command."""
    seen: set[str] = set()
    for element_id in element_ids:
        require_new(element, element_id, seen)
        seen.add(element_id)


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
    require_sum("instalments", total)
    if total != value.minor:
        raise ScheduleDoesNotAddUp(sum=Money(total, value.currency), value=value)


def require_sum(total: str, minor: int) -> None:
    """Refuses with SumTooLarge a sum that could not be kept as money."""
    if minor > MAX_MINOR:
        raise SumTooLarge(total=total)


def require_quantity(element: str, element_id: str, quantity: Decimal | None, *prices: Decimal | None) -> None:
    """Refuses with QuantityNotPositive a quantity of zero or less, prices below zero, and what is no plain decimal."""
    numbers = [n for n in (quantity, *prices) if n is not None]
    plain = all(is_plain(n) for n in numbers)
    if not plain or any(n < 0 for n in numbers) or quantity == 0:
        raise QuantityNotPositive(element=element, element_id=element_id)


def is_plain(number: Decimal) -> bool:
    """Whether it is finite, and short when written without an exponent."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DIGITS_AFTER_POINT and number.adjusted() < DIGITS_BEFORE_POINT


def require_covered(contract: Contract, value: Money) -> None:
    """Refuses with ValueBelowPaid or ValueBelowRetained what is below paid and held back, unless a fact says that more may be paid."""
    paid = contract.paid
    if paid is not None and paid > value and not contract.accepts_overpayment:
        raise ValueBelowPaid(value=value, paid=paid)
    retained = contract.retained
    if paid is None or retained is None or retained.minor == 0 or contract.accepts_overpayment:
        return
    if paid.minor + retained.minor > value.minor:
        raise ValueBelowRetained(value=value, paid=paid, retained=retained)


def party_of(contract: Contract, side: str) -> str | None:
    """The registered party that a side is, if it is one."""
    other = contract.counterparties.get(side)
    return None if other is None else other.party_id


def sides(contract: Contract) -> tuple[str, ...]:
    """Everybody who has to sign: ourselves and each counterparty."""
    return (US, *contract.counterparties)
