"""Drafting from a template: the published edition's clauses, with what is filled in at their placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

# By its name alone: templates share the vocabulary of contracts, and are imported by it in turn.
import domain.template
from domain.contract import rules
from domain.contract.agreement import SEVERAL
from domain.contract.drafting import AlreadyDrafted, DraftContract, TemplateUsed, draft
from domain.contract.state import Contract
from domain.contract.vocabulary import (
    Clause,
    Confidentiality,
    Counterparty,
    Direction,
    Filling,
    Instalment,
    Kind,
    LineItem,
    Period,
    PlannedDelivery,
    StatedTerm,
    TemplateRef,
)
from domain.facts import Command, Fact, Occasion, value
from domain.money import Money, MoneyError
from domain.refusals import Refusal

if TYPE_CHECKING:
    from domain.template import Edition, Placeholder, PlaceholderType

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?", re.ASCII)
_BRACED: Final = re.compile(r"\{\{(\w+)\}\}")


@value
class DraftFromTemplate(Command):
    """Draft a contract from a template's published edition, with its own clauses after those of the template.

    The template's terms are agreed too, but those whose id, or whose question, one of the contract's own terms has.
    """

    template_id: str
    number: str
    title: str
    kind: Kind
    direction: Direction
    our_entity: str
    fillings: tuple[Filling, ...] = ()
    counterparties: tuple[Counterparty, ...] = ()
    value: Money | None = None
    period: Period = Period()
    owner: str | None = None
    department: str | None = None
    confidentiality: Confidentiality = Confidentiality.INTERNAL
    clauses: tuple[Clause, ...] = ()
    items: tuple[LineItem, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    deliveries: tuple[PlannedDelivery, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


TemplatedCommand: TypeAlias = DraftFromTemplate


class TemplateNotPublished(Refusal):
    """Contracts are drafted from what was published."""

    template = "No edition of the template was published."


class PlaceholderNotAsked(Refusal):
    """Only what the template asks for is filled in."""

    template = "The template has no placeholder {name!r}."


class PlaceholderEmpty(Refusal):
    """What the template requires is filled in."""

    template = "The template needs the placeholder {name!r}."


class PlaceholderDoesNotFit(Refusal):
    """What is filled in is of the placeholder's type: `83420.00 CNY`, `2026-12-31`, `1.5`, or any text."""

    template = "The placeholder {name!r} takes {placeholder_type}, which {given!r} is not."


def decide(contract: Contract, command: DraftFromTemplate, occasion: Occasion) -> list[Fact]:
    """Refusals: AlreadyDrafted, NoSuchTemplate, TemplateIsRetired, TemplateNotPublished, those of fill(), then those of any draft."""
    if contract.exists:
        raise AlreadyDrafted(number=contract.number)
    template = occasion.around.state(domain.template.Template, command.template_id)
    if not template.exists:
        raise domain.template.NoSuchTemplate
    if template.retired:
        raise domain.template.TemplateIsRetired
    edition = template.published
    if edition is None:
        raise TemplateNotPublished
    clauses = (*fill(edition, command.fillings), *command.clauses)
    same = {f.name: getattr(command, f.name) for f in fields(DraftContract)}
    agreed = (*default_terms(edition, command.terms), *command.terms)
    drafted, *rest = draft(contract, DraftContract(**{**same, "clauses": clauses, "terms": agreed}))
    locked = tuple(c.clause_id for c in edition.clauses if c.binding is domain.template.Binding.LOCKED)
    used = TemplateRef(template_id=command.template_id, edition=edition.number, locked_clauses=locked)
    return [drafted, TemplateUsed(template=used), *rest]


def default_terms(edition: Edition, own: Iterable[StatedTerm]) -> tuple[StatedTerm, ...]:
    """The edition's terms but those that the contract's own take the place of."""
    stated = tuple(own)
    ids = {one.term_id for one in stated}
    settled = {type(one.term) for one in stated} - set(SEVERAL)
    return tuple(one for one in edition.terms if one.term_id not in ids and type(one.term) not in settled)


def fill(edition: Edition, fillings: Iterable[Filling]) -> tuple[Clause, ...]:
    """The edition's clauses with what was filled in; optional placeholders that were left out are gone.

    Refusals: ElementExists, PlaceholderNotAsked, PlaceholderEmpty, PlaceholderDoesNotFit.
    """
    given = {f.name: f.text for f in fillings}
    rules.require_distinct("placeholder", [f.name for f in fillings])
    asked = {p.name: p for p in edition.placeholders}
    for name in given:
        if name not in asked:
            raise PlaceholderNotAsked(name=name)
    said = {name: filled(placeholder, given.get(name)) for name, placeholder in asked.items()}

    def spoken(text: str) -> str:
        return _BRACED.sub(lambda found: said[found[1]], text)

    return tuple(Clause(clause_id=c.clause_id, heading=c.heading, text=spoken(c.text), topic=c.topic) for c in edition.clauses)


def filled(placeholder: Placeholder, given: str | None) -> str:
    """What stands at a placeholder. Refuses with PlaceholderEmpty and PlaceholderDoesNotFit."""
    text = (given or "").strip()
    if not text:
        if placeholder.presence is domain.template.Presence.REQUIRED:
            raise PlaceholderEmpty(name=placeholder.name)
        return ""
    if not fits(placeholder.takes, text):
        raise PlaceholderDoesNotFit(name=placeholder.name, placeholder_type=placeholder.takes.value, given=text)
    return text


def fits(takes: PlaceholderType, text: str) -> bool:
    """Whether a text is of a placeholder's type."""
    kinds = domain.template.PlaceholderType
    try:
        if takes is kinds.AMOUNT:
            amount, _, currency = text.partition(" ")
            Money.of(amount, currency)
        elif takes is kinds.DATE:
            return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
        elif takes is kinds.NUMBER:
            return _NUMBER.fullmatch(text) is not None
    except (MoneyError, ValueError):
        return False
    return True
