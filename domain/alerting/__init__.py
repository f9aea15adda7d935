"""Alert rules 预警规则: what is watched for. One stream holds the editions for contracts; an edition never changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Final, TypeAlias, assert_never, cast

from domain.alert.vocabulary import AlertRuleRef
from domain.alerting.rules import AlertRule, AlertRulesNeedText, require_sound
from domain.contract import days
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.text import is_blank

CONTRACTS: Final = "contracts"


@fact("alerting.rules_published", schema=2)
class AlertRulesPublished(Fact):
    """An edition of the rules; what is recorded from then on is watched by them. Their amounts are in `currency`."""

    edition: int
    title: str
    currency: str
    rules: tuple[AlertRule, ...]


@fact("alerting.rules_retired")
class AlertRulesRetired(Fact):
    """Nothing is watched by the rules any more."""

    edition: int
    why: str


AlertRulesFact: TypeAlias = AlertRulesPublished | AlertRulesRetired


@value
class PublishAlertRules(Command):
    """Publish the next edition of the alert rules; all of them are given."""

    title: str
    currency: str
    rules: tuple[AlertRule, ...]


@value
class RetireAlertRules(Command):
    """Take the alert rules out of use; what was raised by them stays."""

    why: str


AlertRulesCommand: TypeAlias = PublishAlertRules | RetireAlertRules


class AlertRulesNotInUse(Refusal):
    """Only rules that are in use can be retired."""

    template = "No alert rules are in use."


class AlertRulesUnchanged(Refusal):
    """An edition that says what the one before said leaves no trace."""

    template = "Edition {edition} of the alert rules already says so; nothing changes."


@dataclass(slots=True)
class AlertRules:
    """The rules after the first `version` facts; `since` is by rule the edition in which it came to read as it does now."""

    version: int = 0
    edition: int = 0
    title: str = ""
    currency: str = ""
    rules: tuple[AlertRule, ...] = ()
    in_use: bool = False
    since: dict[str, int] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether an edition was ever published."""
        return self.version > 0

    @property
    def watching(self) -> tuple[AlertRule, ...]:
        """The rules that count now."""
        return self.rules if self.in_use else ()

    def ref(self, rule: AlertRule) -> AlertRuleRef:
        """How alerts name one of the rules."""
        return AlertRuleRef(rule_id=rule.rule_id, edition=self.since.get(rule.rule_id, self.edition))

    def says(self, command: PublishAlertRules) -> bool:
        """Whether the edition already says what would be published."""
        return all(getattr(self, f.name) == getattr(command, f.name) for f in fields(command))

    def copy(self) -> AlertRules:
        """A state that may be folded further without touching this one."""
        return replace(self, since=dict(self.since))


@value
class AlertRulesEdition:
    """An edition, the version of the stream that it made, when and by whom it was published, and whether it is in use."""

    edition: int
    version: int
    title: str
    currency: str
    rules: tuple[AlertRule, ...]
    published_at: datetime
    published_by: str
    in_use: bool


def editions(entries: Iterable[Entry]) -> tuple[AlertRulesEdition, ...]:
    """The editions in order, those that are not used any more included."""
    told = list(entries)
    last = max((entry.version for entry in told if isinstance(entry.fact, AlertRulesPublished)), default=0)
    retired = any(isinstance(entry.fact, AlertRulesRetired) and entry.version > last for entry in told)
    return tuple(
        AlertRulesEdition(
            edition=entry.fact.edition,
            version=entry.version,
            title=entry.fact.title,
            currency=entry.fact.currency,
            rules=entry.fact.rules,
            published_at=entry.recorded_at,
            published_by=entry.meta.actor,
            in_use=entry.version == last and not retired,
        )
        for entry in told
        if isinstance(entry.fact, AlertRulesPublished)
    )


def decide(book: AlertRules, command: AlertRulesCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: AlertRulesNeedText, what `require_sound` refuses, ZoneNotKnown, AlertRulesUnchanged; AlertRulesNotInUse, AlertRulesNeedText.
    """
    require_past(occasion)
    match command:
        case PublishAlertRules():
            if is_blank(command.title):
                raise AlertRulesNeedText(field="title")
            require_sound(command.currency, command.rules)
            for rule in command.rules:
                if rule.zone is not None:
                    days.counted(occasion, days.ROUND_THE_CLOCK, rule.zone)
            if book.in_use and book.says(command):
                raise AlertRulesUnchanged(edition=book.edition)
            return [
                AlertRulesPublished(edition=book.edition + 1, title=command.title, currency=command.currency, rules=command.rules),
            ]
        case RetireAlertRules(why=why):
            if not book.in_use:
                raise AlertRulesNotInUse
            if is_blank(why):
                raise AlertRulesNeedText(field="reason")
            return [AlertRulesRetired(edition=book.edition, why=why)]
        case unreachable:
            assert_never(unreachable)


def fold(book: AlertRules, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("AlertRulesFact", entry.fact)
    match happened:
        case AlertRulesPublished():
            before = {rule.rule_id: rule for rule in book.rules}
            same_currency = book.currency == happened.currency
            book.since = {
                rule.rule_id: book.since[rule.rule_id] if same_currency and before.get(rule.rule_id) == rule else happened.edition
                for rule in happened.rules
            }
            book.edition = happened.edition
            book.title = happened.title
            book.currency = happened.currency
            book.rules = happened.rules
            book.in_use = True
        case AlertRulesRetired():
            book.in_use = False
        case unreachable:
            assert_never(unreachable)
    book.version = entry.version
