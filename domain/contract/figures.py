"""The figures of a contract that can be asked why: what each is called, what it is of, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from domain.contract.charges import Charge, charges
from domain.contract.forecast import Per, expected, span
from domain.contract.progress import Progress, overall, progress
from domain.contract.receivables import Claim, ClaimKind, claims, overdue_since
from domain.contract.state import Contract
from domain.money import Money, exponent

# By currency; quantities, which have none, under an empty text.
Amounts: TypeAlias = dict[str, Decimal]
NO_CURRENCY: Final = ""


class Unit(StrEnum):
    """What a figure is told in: amounts of money, a quantity, or a word such as a status or a day."""

    MONEY = "money"
    QUANTITY = "quantity"
    WORD = "word"


class Figure(NamedTuple):
    """A figure of the whole contract, or `of` a part of it, such as `instalment:i2` or `delivery:d1`."""

    name: str
    of: str | None = None


class Stands(NamedTuple):
    """What a figure comes to: amounts, or a word, None where there is none."""

    amounts: Amounts
    word: str | None = None


class Definition(NamedTuple):
    """What a figure means: in words, and as a sum of others of the same part, each added (1) or taken off (-1)."""

    unit: Unit
    formula: str
    sum: tuple[tuple[int, str], ...] = ()


NOTHING: Final = Stands({})
MONEY, QUANTITY, WORD = Unit.MONEY, Unit.QUANTITY, Unit.WORD

OF_CONTRACT: Final[Mapping[str, Definition]] = {
    "status": Definition(WORD, "where the contract stands, as the last entry that moved it says"),
    "value": Definition(MONEY, "the value as it was last stated, amended, adjusted or published"),
    "paid": Definition(MONEY, "payments in the contract's currency as recorded and corrected − those reversed − what was refunded"),
    "invoiced": Definition(MONEY, "invoices as registered and corrected − those voided"),
    "retained": Definition(MONEY, "what was held back − what was released"),
    "balance": Definition(MONEY, "value − paid − retained", ((1, "value"), (-1, "paid"), (-1, "retained"))),
    "open": Definition(MONEY, "the sum of what is open of each claim"),
    "overdue": Definition(MONEY, "the sum of what is open of the claims that were due before the day"),
    "undated": Definition(MONEY, "the sum of what is open of the claims that have no day yet"),
    "expected": Definition(MONEY, "the sum of what is expected of each claim, which is what is open"),
    "settled": Definition(MONEY, "the sum of what needs no payment any more of each claim"),
    "penalties": Definition(MONEY, "damages for late deliveries as last reckoned − waived"),
    "interest": Definition(MONEY, "interest on late payments as last reckoned − waived"),
    "service_credits": Definition(MONEY, "credits granted for missed service levels, the last total of each month"),
    "earnings": Definition(MONEY, "shares of profits and pay for key figures, the last total of each"),
    "progress": Definition(QUANTITY, "the mean of the percent of each planned delivery from which termination did not free"),
}
OF_CLAIM: Final[Mapping[str, Definition]] = {
    "amount": Definition(MONEY, "what it came to as agreed, held back, reckoned or granted"),
    "invoiced": Definition(MONEY, "what standing invoices cover of it; they fill the instalments in their order, then the rest"),
    "paid": Definition(MONEY, "what stands of the payments that name it, up to its amount; what names no instalment is paid of the rest"),
    "settled": Definition(MONEY, "what needs no payment any more: nothing is left of the value to be paid, or termination freed from it"),
    "open": Definition(MONEY, "amount − paid − settled", ((1, "amount"), (-1, "paid"), (-1, "settled"))),
    "overdue": Definition(MONEY, "what is open, where it was due before the day"),
    "expected": Definition(
        MONEY,
        "what is open − what is set off against it: what takes from what is owed is set off against what falls due first, then against "
        "what has no day yet, at last against what is held back",
    ),
    "due": Definition(WORD, "its day, once what it waits for has come about"),
}
OF_MONTH: Final[Mapping[str, Definition]] = {
    "expected": Definition(MONEY, "the sum of what is expected of the claims that fall due in the month"),
}
OF_CHARGE: Final[Mapping[str, Definition]] = {
    "accrued": Definition(MONEY, "the total of the last reckoning under the term"),
    "waived": Definition(MONEY, "what was waived of it, up to the total"),
    "standing": Definition(MONEY, "accrued − waived", ((1, "accrued"), (-1, "waived"))),
}
OF_DELIVERY: Final[Mapping[str, Definition]] = {
    "planned": Definition(QUANTITY, "the quantity as last planned"),
    "delivered": Definition(QUANTITY, "what came and was not rejected; a delivery that states no quantity brings all that was missing"),
    "accepted": Definition(QUANTITY, "what of that was accepted"),
    "rejected": Definition(QUANTITY, "what came and was rejected"),
    "percent": Definition(QUANTITY, "delivered ÷ planned in percent, at most 100; 100 once all of it came"),
    "due": Definition(WORD, "its day as last planned"),
    "came_on": Definition(WORD, "the day on which the last of it came"),
}
# What of the whole contract is the sum of the same over its claims.
SUMMED: Final = ("open", "overdue", "undated", "settled", "expected")
MONTH: Final = "month"


def definition(figure: Figure) -> Definition | None:
    """What a figure means; None where there is no such figure."""
    if figure.of is None:
        return OF_CONTRACT.get(figure.name)
    kind = figure.of.partition(":")[0]
    if kind == "delivery":
        return OF_DELIVERY.get(figure.name)
    if kind == MONTH:
        return OF_MONTH.get(figure.name)
    claimed = OF_CLAIM.get(figure.name) if kind in tuple(ClaimKind) else None
    return claimed or (OF_CHARGE.get(figure.name) if kind in _CHARGED else None)


_CHARGED: Final = ("penalty", "interest", "service_credit", "profit_share", "performance_pay")


def name_of_claim(claim: Claim) -> str:
    """How a claim is named among the parts of its contract."""
    return f"{claim.kind}:{claim.subject}" if claim.subject else claim.kind.value


def name_of_month(claim: Claim) -> str | None:
    """How the month is named in which a claim falls due."""
    return None if claim.due is None else f"{MONTH}:{span(Per.MONTH, claim.due).name}"


def name_of_charge(charge: Charge) -> str:
    """How a charge is named."""
    return f"{charge.kind}:{charge.subject}"


def name_of_delivery(one: Progress) -> str:
    """How a planned or unplanned delivery is named."""
    return f"delivery:{one.delivery_id}"


def reckon(contract: Contract, figure: Figure, on: date) -> Stands:
    """What a figure comes to on a day; nothing where the contract has no such part."""
    if figure.of is None:
        return of_contract(contract, figure.name, on)
    if figure.of.startswith("delivery:"):
        return summed(
            (of_delivery(one, figure.name) for one in progress(contract) if name_of_delivery(one) == figure.of),
            figure.name in ("due", "came_on"),
        )
    if figure.name == "expected":
        return summed(expects(contract, figure.of), word=False)
    if figure.name in OF_CHARGE:
        found = (of_charge(one, figure.name) for one in charges(contract) if name_of_charge(one) == figure.of)
        return summed(found, word=False)
    return summed(
        (of_claim(one, figure.name, on) for one in claims(contract) if name_of_claim(one) == figure.of), word=figure.name == "due"
    )


def summed(found: Iterator[Stands], word: bool) -> Stands:  # noqa: FBT001 - said by its name
    """Several together: amounts add up by currency, of words the first counts."""
    amounts: Amounts = {}
    for one in found:
        if word:
            return one
        for currency, amount in one.amounts.items():
            amounts[currency] = amounts.get(currency, Decimal(0)) + amount
    return Stands(amounts)


def exact(minor: int, currency: str) -> Amounts:
    """Minor units as an exact decimal."""
    return {currency: Decimal(minor).scaleb(-exponent(currency))}


def total(amounts: Iterator[Money]) -> Stands:
    """Amounts added up by currency."""
    return summed((Stands(exact(one.minor, one.currency)) for one in amounts), word=False)


def of_contract(contract: Contract, name: str, on: date) -> Stands:
    """A figure of the whole contract."""
    if name == "expected":
        return summed(expects(contract, None), word=False)
    if name in SUMMED:
        return summed((of_claim(one, name, on) for one in claims(contract)), word=False)
    return _WHOLE[name](contract)


def balance(contract: Contract) -> Stands:
    """Value less what was paid and is held back, in the value's currency."""
    known = [(sign, of_contract(contract, part, date.min)) for sign, part in OF_CONTRACT["balance"].sum]
    if contract.value is None:
        return NOTHING
    nothing = Decimal(0)
    return Stands({
        contract.value.currency: sum((sign * one.amounts.get(contract.value.currency, nothing) for sign, one in known), nothing)
    })  # fmt: skip


def in_its_currency(contract: Contract, amounts: Iterator[Money]) -> Stands:
    """What counts in the contract's currency."""
    return total(one for one in amounts if one.currency == contract.currency)


def of_claim(claim: Claim, name: str, on: date) -> Stands:
    """A figure of a claim."""
    match name:
        case "due":
            return Stands({}, None if claim.due is None else claim.due.isoformat())
        case "overdue":
            minor = claim.open if overdue_since(claim, on) is not None else 0
        case "undated":
            minor = claim.open if claim.due is None else 0
        case "amount":
            minor = claim.amount
        case "invoiced":
            minor = claim.invoiced
        case "paid":
            minor = claim.paid
        case "settled":
            minor = claim.settled
        case _:
            minor = claim.open
    return Stands(exact(minor, claim.currency))


def expects(contract: Contract, of: str | None) -> Iterator[Stands]:
    """What is expected of each claim of a part, or of the whole contract."""
    found = claims(contract)
    for claim, minor in zip(found, expected(found), strict=True):
        if of is None or of in (name_of_claim(claim), name_of_month(claim)):
            yield Stands(exact(minor, claim.currency))


def of_charge(charge: Charge, name: str) -> Stands:
    """A figure of a charge."""
    minor = {"accrued": charge.accrued, "waived": charge.waived, "standing": charge.standing}[name]
    return Stands(exact(minor, charge.currency))


def of_delivery(one: Progress, name: str) -> Stands:
    """A figure of a delivery."""
    if name in ("due", "came_on"):
        day = one.due if name == "due" else one.came_on
        return Stands({}, None if day is None else day.isoformat())
    if name == "percent":
        return Stands({NO_CURRENCY: one.percent}) if one.planned_for else NOTHING
    quantity = {"planned": one.planned, "delivered": one.delivered, "accepted": one.accepted, "rejected": one.rejected}[name]
    return NOTHING if quantity is None else Stands({NO_CURRENCY: quantity})


_WHOLE: Final[Mapping[str, Callable[[Contract], Stands]]] = {
    "status": lambda it: Stands({}, it.status.value if it.exists else None),
    "value": lambda it: NOTHING if it.value is None else Stands(exact(it.value.minor, it.value.currency)),
    "paid": lambda it: in_its_currency(it, (p.standing for p in it.payments.values())),
    "invoiced": lambda it: total(i.invoice.amount for i in it.invoices.values() if i.voided_because is None),
    "retained": lambda it: in_its_currency(it, (r.amount for r in it.retentions.values())),
    "balance": balance,
    "penalties": lambda it: total(one.standing for one in it.penalties.values()),
    "interest": lambda it: total(one.standing for one in it.interest.values()),
    "service_credits": lambda it: total(one.total for one in it.service_credits.values()),
    "progress": lambda it: NOTHING if (mean := overall(progress(it))) is None else Stands({NO_CURRENCY: mean}),
    "earnings": lambda it: total(one.total for held in (it.profit_shares, it.performance_pay) for one in held.values()),
}


def figures(contract: Contract) -> Iterator[Figure]:
    """Every figure that the contract has by now, those of the whole first."""
    yield from (Figure(name) for name in OF_CONTRACT)
    names = dict.fromkeys([*OF_CLAIM, *OF_CHARGE, *OF_DELIVERY])
    yield from (Figure(name, of) for of in parts(contract) for name in names if definition(Figure(name, of)) is not None)


def parts(contract: Contract) -> list[str]:
    """The parts of which there are figures: claims, the months in which they fall due, charges and deliveries."""
    owed = claims(contract)
    of_money = (*map(name_of_claim, owed), *filter(None, map(name_of_month, owed)), *map(name_of_charge, charges(contract)))
    return list(dict.fromkeys([*of_money, *map(name_of_delivery, progress(contract))]))
