"""A template 合同范本: clauses from which contracts are drafted, in a stream of its own, edition by edition.

Clause texts name what is filled in as `{{buyer}}`: a letter, then letters, digits and underscores, of any script, between double
braces. Each name is declared once with what it takes, and nothing is declared that no clause names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias, assert_never, cast

from domain.contract.vocabulary import Kind, StatedTerm, Topic
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.text import is_blank

_BRACED: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME: Final = re.compile(r"[^\W\d_]\w*")


class Binding(StrEnum):
    """Whether a contract may word a clause otherwise."""

    LOCKED = "locked"
    FILLABLE = "fillable"


class PlaceholderType(StrEnum):
    """What is filled in at a placeholder."""

    TEXT = "text"
    AMOUNT = "amount"
    DATE = "date"
    NUMBER = "number"


class Presence(StrEnum):
    """Whether a placeholder must be filled in."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@value
class TemplateClause:
    """A clause of a template; its text may name placeholders."""

    clause_id: str
    heading: str
    text: str
    binding: Binding = Binding.FILLABLE
    topic: Topic | None = None


@value
class Placeholder:
    """What is filled in where clauses say `{{name}}`."""

    name: str
    takes: PlaceholderType = PlaceholderType.TEXT
    presence: Presence = Presence.REQUIRED
    description: str = ""


@fact("template.drafted", schema=2)
class TemplateDrafted(Fact):
    """A template came into being; this is its first edition."""

    name: str
    kind: Kind
    clauses: tuple[TemplateClause, ...]
    placeholders: tuple[Placeholder, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@fact("template.revised", schema=2)
class TemplateRevised(Fact):
    """The template has a new edition, which nobody uses before it is published."""

    edition: int
    name: str
    kind: Kind
    clauses: tuple[TemplateClause, ...]
    placeholders: tuple[Placeholder, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@fact("template.published")
class TemplatePublished(Fact):
    """From now on contracts are drafted from this edition."""

    edition: int


@fact("template.retired")
class TemplateRetired(Fact):
    """No more contracts are drafted from the template."""

    why: str


@fact("template.restored")
class TemplateRestored(Fact):
    """The template is in use again, at the edition last published."""

    why: str


TemplateFact: TypeAlias = TemplateDrafted | TemplateRevised | TemplatePublished | TemplateRetired | TemplateRestored


@value
class DraftTemplate(Command):
    """Draft a template."""

    name: str
    kind: Kind
    clauses: tuple[TemplateClause, ...]
    placeholders: tuple[Placeholder, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@value
class ReviseTemplate(Command):
    """Make a new edition of a template; all of it is given. It has to be published before it is used."""

    name: str
    kind: Kind
    clauses: tuple[TemplateClause, ...]
    placeholders: tuple[Placeholder, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@value
class PublishTemplate(Command):
    """Publish the newest edition of a template, naming it."""

    edition: int


@value
class RetireTemplate(Command):
    """Take a template out of use."""

    why: str


@value
class RestoreTemplate(Command):
    """Bring a retired template back into use."""

    why: str


TemplateCommand: TypeAlias = DraftTemplate | ReviseTemplate | PublishTemplate | RetireTemplate | RestoreTemplate


class NoSuchTemplate(Refusal):
    """The first command of a template drafts it."""

    template = "There is no such template."


class TemplateAlreadyDrafted(Refusal):
    """A template is drafted once, and revised from then on."""

    template = "This template was already drafted, as {name}."


class TemplateIsRetired(Refusal):
    """A retired template is restored before anything else."""

    template = "The template is retired; restore it first."


class TemplateNotRetired(Refusal):
    """Only what is retired can be restored."""

    template = "The template is not retired."


class EditionNotNewest(Refusal):
    """What is published is the newest edition, which the command names."""

    template = "The newest edition is {newest}, not {given}."


class EditionAlreadyPublished(Refusal):
    """An edition is published once."""

    template = "Edition {edition} was already published."


class TemplateNeedsText(Refusal):
    """Names, headings, clauses and reasons are not blank."""

    template = "A template's {field} may not be blank."


class TemplateNeedsClauses(Refusal):
    """A template has text."""

    template = "A template has at least one clause."


class ClauseGivenTwice(Refusal):
    """Clause ids within a template are used once."""

    template = "The clause {clause_id!r} is given twice."


class TermGivenTwice(Refusal):
    """Term ids within a template are used once."""

    template = "The term {term_id!r} is given twice."


class PlaceholderDeclaredTwice(Refusal):
    """A placeholder is declared once."""

    template = "The placeholder {name!r} is declared twice."


class PlaceholderMalformed(Refusal):
    """Double braces hold a placeholder's name and nothing else."""

    template = "The clause {clause_id!r} has double braces that hold no placeholder's name: a letter, then letters, digits, underscores."


class PlaceholderNotDeclared(Refusal):
    """Clauses name only declared placeholders."""

    template = "The clause {clause_id!r} names the placeholder {name!r}, which is not declared."


class PlaceholderNotUsed(Refusal):
    """Nothing is asked for that no clause says."""

    template = "No clause names the placeholder {name!r}."


class TemplateUnchanged(Refusal):
    """An edition that would say the same as the newest is none."""

    template = "The newest edition already says so."


@value
class Edition:
    """What a template says at one edition; the first is 1."""

    number: int
    name: str
    kind: Kind
    clauses: tuple[TemplateClause, ...]
    placeholders: tuple[Placeholder, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@dataclass(slots=True)
class Template:
    """A template's state after its first `version` facts. Contracts are drafted from `published`, and revisions build on `newest`."""

    version: int = 0
    newest: Edition | None = None
    published: Edition | None = None
    retired: bool = False

    @property
    def exists(self) -> bool:
        """Whether it was drafted."""
        return self.version > 0

    def copy(self) -> Template:
        """A state that may be folded further without touching this one."""
        return replace(self)


def placeholders_in(text: str) -> list[str] | None:
    """The names that a clause's text has between double braces, in order; None where its braces are not well formed."""
    names = _BRACED.findall(text)
    rest = _BRACED.sub("", text)
    if "{{" in rest or "}}" in rest or not all(_NAME.fullmatch(name) for name in names):
        return None
    return names


def require_content(command: DraftTemplate | ReviseTemplate) -> None:
    """Refuses text that is blank, given twice, or at odds with the declared placeholders; then terms that make no sense."""
    require_text("name", command.name)
    if not command.clauses:
        raise TemplateNeedsClauses
    seen: set[str] = set()
    for clause in command.clauses:
        require_text("clause", clause.text)
        if clause.clause_id in seen:
            raise ClauseGivenTwice(clause_id=clause.clause_id)
        seen.add(clause.clause_id)
    require_placeholders(command.clauses, command.placeholders)
    require_terms(command.terms)


def require_terms(stated: Iterable[StatedTerm]) -> None:
    """Refuses with TermGivenTwice, with what a term refuses by itself, then with TermContradicts."""
    # Contracts are drafted from templates, and import them in turn.
    from domain import terms  # noqa: PLC0415
    from domain.contract import agreement  # noqa: PLC0415

    held = tuple(stated)
    seen: set[str] = set()
    for one in held:
        if one.term_id in seen:
            raise TermGivenTwice(term_id=one.term_id)
        seen.add(one.term_id)
        terms.check(one.term)
    agreement.require_consistent(held, None)


def require_placeholders(clauses: Iterable[TemplateClause], placeholders: Iterable[Placeholder]) -> None:
    """Refuses with PlaceholderDeclaredTwice, PlaceholderMalformed, PlaceholderNotDeclared, PlaceholderNotUsed."""
    declared: set[str] = set()
    for placeholder in placeholders:
        if placeholder.name in declared:
            raise PlaceholderDeclaredTwice(name=placeholder.name)
        declared.add(placeholder.name)
    named: set[str] = set()
    for clause in clauses:
        names = placeholders_in(clause.text)
        if names is None:
            raise PlaceholderMalformed(clause_id=clause.clause_id)
        for name in names:
            if name not in declared:
                raise PlaceholderNotDeclared(clause_id=clause.clause_id, name=name)
        named.update(names)
    for name in sorted(declared - named):
        raise PlaceholderNotUsed(name=name)


def require_text(field: str, text: str) -> None:
    """Refuses with TemplateNeedsText where there is nothing to see."""
    if is_blank(text):
        raise TemplateNeedsText(field=field)


def decide(template: Template, command: TemplateCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: TemplateAlreadyDrafted or NoSuchTemplate, TemplateIsRetired or TemplateNotRetired, then what is wrong with the content.
    """
    require_past(occasion)
    newest = template.newest
    if isinstance(command, DraftTemplate):
        if newest is not None:
            raise TemplateAlreadyDrafted(name=newest.name)
        require_content(command)
        return [
            TemplateDrafted(
                name=command.name, kind=command.kind, clauses=command.clauses, placeholders=command.placeholders, terms=command.terms
            )
        ]
    if newest is None:
        raise NoSuchTemplate
    if isinstance(command, RestoreTemplate):
        if not template.retired:
            raise TemplateNotRetired
        require_text("reason", command.why)
        return [TemplateRestored(why=command.why)]
    if template.retired:
        raise TemplateIsRetired
    match command:
        case ReviseTemplate():
            return [revision(newest, command)]
        case PublishTemplate(edition=edition):
            if edition != newest.number:
                raise EditionNotNewest(newest=newest.number, given=edition)
            if template.published == newest:
                raise EditionAlreadyPublished(edition=edition)
            return [TemplatePublished(edition=edition)]
        case RetireTemplate(why=why):
            require_text("reason", why)
            return [TemplateRetired(why=why)]
        case unreachable:
            assert_never(unreachable)


def revision(newest: Edition, command: ReviseTemplate) -> TemplateRevised:
    """The next edition. Refuses what require_content refuses, then with TemplateUnchanged."""
    require_content(command)
    said = (command.name, command.kind, command.clauses, command.placeholders, command.terms)
    if said == (newest.name, newest.kind, newest.clauses, newest.placeholders, newest.terms):
        raise TemplateUnchanged
    return TemplateRevised(
        edition=newest.number + 1,
        name=command.name,
        kind=command.kind,
        clauses=command.clauses,
        placeholders=command.placeholders,
        terms=command.terms,
    )


def edition_of(worded: TemplateDrafted | TemplateRevised, number: int) -> Edition:
    """What a template says from this fact on."""
    return Edition(
        number=number,
        name=worded.name,
        kind=worded.kind,
        clauses=worded.clauses,
        placeholders=worded.placeholders,
        terms=worded.terms,
    )


def fold(template: Template, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("TemplateFact", entry.fact)
    match happened:
        case TemplateDrafted():
            template.newest = edition_of(happened, 1)
        case TemplateRevised(edition=number):
            template.newest = edition_of(happened, number)
        case TemplatePublished():
            template.published = template.newest
        case TemplateRetired():
            template.retired = True
        case TemplateRestored():
            template.retired = False
        case unreachable:
            assert_never(unreachable)
    template.version = entry.version


def evolve(template: Template, entries: Iterable[Entry]) -> Template:
    """A new state: the given one with more entries folded in."""
    folded = template.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
