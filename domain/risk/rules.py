"""One risk rule: when it holds for a contract, and whether a set of rules can be assessed by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.contract.vocabulary import Kind
from domain.facts import value
from domain.money import CURRENCIES, Money
from domain.refusals import Refusal
from domain.terms.rules import Term
from domain.text import is_blank

MAX_RULES: Final = 100
MAX_POINTS: Final = 1_000
MAX_DAYS: Final = 36_500
MAX_MONTHS: Final = 120


@value
class RiskRule:
    """Points for contracts of which all that is stated here is true; what is left empty or open does not matter.

    `value_at_least` is in the rules' currency. `lacks_term` is the stored name of a sort of term; `longer_than_days` counts the days of the
    period, the first and the last included, and an open period is longer than any. `counterparty_flagged`, `deviates` and
    `without_template` ask for contracts of which it is so.
    """

    rule_id: str
    title: str
    points: int
    kinds: tuple[Kind, ...] = ()
    value_at_least: Money | None = None
    counterparty_flagged: bool = False
    deviates: bool = False
    without_template: bool = False
    lacks_term: str | None = None
    longer_than_days: int | None = None

    @property
    def asks(self) -> bool:
        """Whether it asks for anything that not every contract is."""
        stated = (self.value_at_least, self.lacks_term, self.longer_than_days)
        return bool(self.kinds or self.counterparty_flagged or self.deviates or self.without_template) or any(s is not None for s in stated)

    def holds(self, case: RiskCase) -> bool:
        """Whether it gives points to such a contract."""
        return (
            (not self.kinds or case.kind in self.kinds)
            and (self.value_at_least is None or (case.minor is not None and case.minor >= self.value_at_least.minor))
            and (case.flagged or not self.counterparty_flagged)
            and (case.deviates or not self.deviates)
            and not (case.templated and self.without_template)
            and self.lacks_term not in case.terms
            and (self.longer_than_days is None or case.days is None or case.days > self.longer_than_days)
        )


class RiskCase(NamedTuple):
    """What of a contract the rules look at.

    `minor` is its value in minor units of the rules' currency, None where none is stated; `days` how long its period is, None where it is
    open; `terms` the sorts of terms that it has.
    """

    kind: Kind
    minor: int | None
    flagged: bool
    deviates: bool
    templated: bool
    terms: frozenset[str | None]
    days: int | None


class RiskNeedsText(Refusal):
    """Titles, ids and reasons are not blank."""

    template = "The {field} of risk rules may not be blank."


class RiskRulesNotSound(Refusal):
    """Each rule can be told from the others, asks for something, and counts."""

    template = "The risk rules are not sound: {flaw}"


def require_sound(currency: str, levels: RiskLevels, rules: Sequence[RiskRule]) -> None:
    """Refusals: RiskRulesNotSound, RiskNeedsText."""
    if currency not in CURRENCIES:
        raise RiskRulesNotSound(flaw=f"{currency!r} is not an ISO 4217 currency code.")
    if not 0 < levels.medium < levels.high:
        raise RiskRulesNotSound(flaw="the medium level begins above zero points, and the high level above the medium one.")
    if not 0 < len(rules) <= MAX_RULES:
        raise RiskRulesNotSound(flaw=f"there are {len(rules)} rules; 1 to {MAX_RULES} are possible.")
    for rule in rules:
        _require_rule(currency, rule)
    if len({rule.rule_id for rule in rules}) < len(rules):
        raise RiskRulesNotSound(flaw="two rules have the same id.")


def require_months(months: ReviewMonths | None) -> None:
    """Refuses with RiskRulesNotSound months that are not possible, and riskier contracts looked at more seldom."""
    if months is not None and not 0 < months.high <= months.medium <= months.low <= MAX_MONTHS:
        flaw = f"reviews come after 1 to {MAX_MONTHS} months, and for a higher level not later than for a lower one."
        raise RiskRulesNotSound(flaw=flaw)


def _require_rule(currency: str, rule: RiskRule) -> None:
    for name, text in (("rule", rule.rule_id), ("title", rule.title)):
        if is_blank(text):
            raise RiskNeedsText(field=name)
    name = repr(rule.rule_id)
    if not 0 < rule.points <= MAX_POINTS:
        raise RiskRulesNotSound(flaw=f"the rule {name} gives {rule.points} points; 1 to {MAX_POINTS} are possible.")
    if not rule.asks:
        raise RiskRulesNotSound(flaw=f"the rule {name} asks for nothing, and so holds for every contract.")
    least = rule.value_at_least
    if least is not None and (least.currency != currency or least.minor <= 0):
        raise RiskRulesNotSound(flaw=f"the value of the rule {name} is an amount above zero in {currency}.")
    if rule.lacks_term is not None and rule.lacks_term not in Term.KINDS:
        raise RiskRulesNotSound(flaw=f"the rule {name} asks for a term {rule.lacks_term!r}, which there is not.")
    if rule.longer_than_days is not None and not 0 < rule.longer_than_days <= MAX_DAYS:
        raise RiskRulesNotSound(flaw=f"the days of the rule {name} are 1 to {MAX_DAYS}.")
