"""Why a figure is what it is: the entries that made it so, by how much each, in an order that adds up to it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from domain.contract import fold, obligations, triggers
from domain.contract.correction import FactCorrected
from domain.contract.figures import (
    MONTH,
    NO_CURRENCY,
    SUMMED,
    Amounts,
    Definition,
    Figure,
    Stands,
    Unit,
    definition,
    figures,
    name_of_claim,
    name_of_month,
    parts,
    reckon,
)
from domain.contract.receivables import CALENDAR, ClaimKind, claims
from domain.contract.state import Contract
from domain.facts import Entry, value
from domain.refusals import Refusal
from domain.terms.rules import Term, sort_of


@value
class Sum:
    """An amount of money in a currency, or a quantity without one."""

    amount: Decimal
    currency: str | None = None


@value
class Summand:
    """A figure that this one is the sum of: added, or taken off where `sign` is -1."""

    sign: int
    figure: str
    of: str | None
    amounts: tuple[Sum, ...]


@value
class Contribution:
    """What an entry added to a figure, or took from it below zero; to a word it moved it from `was` to `becomes`.

    `formula` is the one that the entry cites, with the term it reckoned by. `corrects` is the version of the entry that it corrects,
    `corrected_by` those of the entries that correct it.
    """

    position: int
    version: int
    fact: str
    actor: str
    on_behalf_of: str | None
    effective_at: datetime
    recorded_at: datetime
    reason: str | None
    amount: Decimal | None
    currency: str | None
    was: str | None
    becomes: str | None
    formula: str | None
    term_id: str | None
    term_version: int | None
    corrects: int | None
    corrected_by: tuple[int, ...]


@value
class CitedTerm:
    """A term that the figure rests on, as the entry of that version made it."""

    term_id: str
    version: int
    term: str | None


@value
class Explanation:
    """A figure on a day, what it means, and the entries whose contributions add up to it.

    `corrections` are the versions of the entries that corrected something in it.
    """

    figure: str
    of: str | None
    on: date
    unit: Unit
    formula: str
    amounts: tuple[Sum, ...]
    word: str | None
    sum_of: tuple[Summand, ...]
    contributions: tuple[Contribution, ...]
    terms: tuple[CitedTerm, ...]
    corrections: tuple[int, ...]


@value
class ListedFigure:
    """A figure that can be asked about, and what it comes to."""

    figure: str
    of: str | None
    unit: Unit
    formula: str
    amounts: tuple[Sum, ...]
    word: str | None


class NoSuchFigure(Refusal):
    """What is explained is a figure that the contract has, or had."""

    template = "The contract has no figure {figure!r} of {of!r}."


class Moved(NamedTuple):
    """By how much, or from which word to which."""

    amount: Decimal | None = None
    currency: str | None = None
    was: str | None = None
    becomes: str | None = None


def explain(entries: Sequence[Entry], figure: Figure, on: date) -> Explanation:
    """Why the figure is what it is on a day, by the entries of one contract in their order. Refuses with NoSuchFigure.

    What an entry contributes is what the figure comes to with it less what it came to before it, so that contributions always add
    up, whatever the entry said: also a correction, or an acceptance with which an instalment fell due.
    """
    means = definition(figure)
    contract, before = Contract(), Stands({})
    seen = figure.of is None
    contributions: list[Contribution] = []
    corrected = correcting(entries)
    for entry in entries:
        fold(contract, entry)
        after = Stands({}) if means is None else reckon(contract, figure, on)
        seen = seen or figure.of in parts(contract)
        contributions += contributed(entry, before, after, corrected.get(entry.version, ()))
        before = after
    if means is None or not seen:
        raise NoSuchFigure(figure=figure.name, of=figure.of or "the contract")
    cited = dict.fromkeys([(c.term_id, c.term_version) for c in contributions if c.term_id is not None and c.term_version is not None])
    cited |= dict.fromkeys(scheduled(contract, figure))
    return Explanation(
        figure=figure.name,
        of=figure.of,
        on=on,
        unit=means.unit,
        formula=formula(contract, figure, means),
        amounts=sums(before.amounts),
        word=before.word,
        sum_of=tuple(summands(contract, figure, means, on)),
        contributions=tuple(contributions),
        terms=tuple(CitedTerm(term_id=i, version=v, term=sort(entries, v)) for i, v in cited),
        corrections=tuple(c.version for c in contributions if c.corrects is not None),
    )


def listed(contract: Contract, on: date) -> Iterator[ListedFigure]:
    """Every figure of a contract and what it comes to on a day."""
    for figure in figures(contract):
        means, stands = definition(figure), reckon(contract, figure, on)
        if means is not None:
            yield ListedFigure(
                figure=figure.name, of=figure.of, unit=means.unit, formula=means.formula, amounts=sums(stands.amounts), word=stands.word
            )


def correcting(entries: Iterable[Entry]) -> dict[int, tuple[int, ...]]:
    """By the version of a corrected entry, those that correct it."""
    found: dict[int, tuple[int, ...]] = {}
    for entry in entries:
        if isinstance(entry.fact, FactCorrected):
            found[entry.fact.corrects] = (*found.get(entry.fact.corrects, ()), entry.version)
    return found


def contributed(entry: Entry, before: Stands, after: Stands, corrected_by: tuple[int, ...]) -> Iterator[Contribution]:
    """What an entry made of a figure, in each currency."""
    nothing = Decimal(0)
    for currency in dict.fromkeys([*before.amounts, *after.amounts]):
        amount = after.amounts.get(currency, nothing) - before.amounts.get(currency, nothing)
        if amount:
            yield contribution(entry, corrected_by, Moved(amount, currency or None))
    if before.word != after.word:
        yield contribution(entry, corrected_by, Moved(was=before.word, becomes=after.word))


def contribution(entry: Entry, corrected_by: tuple[int, ...], moved: Moved) -> Contribution:
    """An entry and what it contributed."""
    happened = entry.fact
    return Contribution(
        position=entry.position,
        version=entry.version,
        fact=happened.NAME,
        actor=entry.meta.actor,
        on_behalf_of=entry.meta.on_behalf_of,
        effective_at=entry.effective_at,
        recorded_at=entry.recorded_at,
        reason=entry.meta.reason or getattr(happened, "why", None),
        amount=moved.amount,
        currency=moved.currency,
        was=moved.was,
        becomes=moved.becomes,
        formula=getattr(happened, "formula", None),
        term_id=getattr(happened, "term_id", None),
        term_version=getattr(happened, "term_version", None),
        corrects=happened.corrects if isinstance(happened, FactCorrected) else None,
        corrected_by=corrected_by,
    )


def sums(amounts: Amounts) -> tuple[Sum, ...]:
    """Amounts by currency."""
    return tuple(Sum(amount=amount, currency=None if currency == NO_CURRENCY else currency) for currency, amount in amounts.items())


def summands(contract: Contract, figure: Figure, means: Definition, on: date) -> Iterator[Summand]:
    """The figures that it is the sum of; of the claims of a contract, those that come to something."""
    in_month = figure.of is not None and figure.of.startswith(f"{MONTH}:")
    if in_month or (figure.of is None and figure.name in SUMMED):
        of_claims = dict.fromkeys(name_of_claim(claim) for claim in claims(contract) if not in_month or name_of_month(claim) == figure.of)
        wanted = [(1, Figure("open" if figure.name == "undated" else figure.name, of)) for of in of_claims]
        if figure.name == "undated":
            undated = {name_of_claim(claim) for claim in claims(contract) if claim.due is None}
            wanted = [(sign, part) for sign, part in wanted if part.of in undated]
    else:
        wanted = [(sign, Figure(name, figure.of)) for sign, name in means.sum]
    for sign, part in wanted:
        amounts = reckon(contract, part, on).amounts
        if any(amounts.values()) or means.sum:
            yield Summand(sign=sign, figure=part.name, of=part.of, amounts=sums(amounts))


def formula(contract: Contract, figure: Figure, means: Definition) -> str:
    """The formula in words; of an instalment that follows from an agreed schedule also the reckoning of that."""
    if figure.of is None or figure.name not in ("amount", "due") or contract.instalments:
        return means.formula
    kind, _, subject = figure.of.partition(":")
    if kind != ClaimKind.INSTALMENT or triggers.agreed_schedule(contract) is None:
        return means.formula
    try:
        part = dict(obligations.parts(contract, CALENDAR)).get(subject)
    except Refusal:
        # A schedule that the value does not bear out has no instalments.
        return means.formula
    return means.formula if part is None else f"{means.formula}: {part.formula}"


def scheduled(contract: Contract, figure: Figure) -> Iterator[tuple[str, int]]:
    """The agreed payment schedule, where the figure follows from it."""
    agreed = triggers.agreed_schedule(contract)
    of_instalments = figure.of is None or figure.of.startswith((f"{ClaimKind.INSTALMENT}:", f"{MONTH}:"))
    if agreed is not None and of_instalments and figure.name in ("amount", "due", "open", "overdue", "undated", "expected"):
        yield agreed[0].term_id, agreed[0].version


def sort(entries: Iterable[Entry], version: int) -> str | None:
    """What sort of term the entry of a version made, where it made one by itself."""
    for entry in entries:
        term = getattr(entry.fact, "term", None) if entry.version == version else None
        if isinstance(term, Term):
            return sort_of(type(term))
    return None
