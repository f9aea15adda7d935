"""One alert rule: what it watches for, within which bounds, and whether a set of rules can be watched by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from domain.alert.vocabulary import AlertKind, AlertSeverity
from domain.contract.state import Contract
from domain.contract.vocabulary import Kind
from domain.facts import value
from domain.money import CURRENCIES, Money
from domain.refusals import Refusal
from domain.text import is_blank

MAX_RULES: Final = 200
MAX_DAYS: Final = 3_650
MAX_PERCENT: Final = 1_000
MAX_POINTS: Final = 100_000
MAX_HOURS: Final = 24 * 365
MAX_TOLD: Final = 50
MAX_ROWS: Final = 100_000_000
_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")


@value
class AlertRule:
    """A rule that raises an alert for each cause that it finds; what is left empty or open does not matter.

    `days`, `amount`, `percent`, `points`, `rows` and `hours` (such as 22:00-07:00, in `zone` or else in UTC) bound what is found, as the
    kind says; `amount` is in the rules' currency, and amounts in another are never above it. It counts for contracts of the `kinds` alone.
    Told are the contract's owner and those of `tell`; after `escalate_after_hours` without an acknowledgement those of `escalate_to`.
    """

    rule_id: str
    title: str
    kind: AlertKind
    severity: AlertSeverity = AlertSeverity.WARNING
    days: int | None = None
    amount: Money | None = None
    percent: int | None = None
    points: int | None = None
    kinds: tuple[Kind, ...] = ()
    tell: tuple[str, ...] = ()
    escalate_after_hours: int | None = None
    escalate_to: tuple[str, ...] = ()
    rows: int | None = None
    hours: str | None = None
    zone: str | None = None

    def counts_for(self, contract: Contract) -> bool:
        """Whether contracts of this kind are watched."""
        return not self.kinds or contract.kind in self.kinds

    def reaches(self, amount: Money | None) -> bool:
        """Whether an amount is not below the rule's, where it has one."""
        return self.amount is None or (amount is not None and amount.currency == self.amount.currency and amount.minor >= self.amount.minor)


class Bounds(NamedTuple):
    """Which bounds rules of a kind have to state, and which others they may."""

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


def _bounds(needs: str = "", takes: str = "") -> Bounds:
    return Bounds(frozenset(needs.split()), frozenset(takes.split()))


BOUNDS: Final[Mapping[AlertKind, Bounds]] = {
    AlertKind.PAYMENT_DUE: _bounds("days", "amount"),
    AlertKind.PAYMENT_OVERDUE: _bounds("days", "amount"),
    AlertKind.PAYMENT_SHORT: _bounds("", "percent amount"),
    AlertKind.PAYMENT_BEFORE_TRIGGER: _bounds("", "amount"),
    AlertKind.PAYMENT_DUPLICATE: _bounds("days", "amount"),
    AlertKind.PAYMENT_ABOVE_VALUE: _bounds("", "percent amount"),
    AlertKind.ACCOUNT_CHANGED: _bounds("days", "amount"),
    AlertKind.DELIVERY_DUE: _bounds("days"),
    AlertKind.DELIVERY_LATE: _bounds("days"),
    AlertKind.DELIVERY_REJECTED: _bounds(),
    AlertKind.ACCEPTANCE_CLOSING: _bounds("days"),
    AlertKind.DEFECT_OVERDUE: _bounds("days"),
    AlertKind.RETENTION_DUE: _bounds("days", "amount"),
    AlertKind.APPROVAL_STUCK: _bounds("days"),
    AlertKind.SIGNATURE_LATE: _bounds("days"),
    AlertKind.CONTRACT_EXPIRING: _bounds("days", "amount"),
    AlertKind.RENEWAL_NOTICE: _bounds("days", "amount"),
    AlertKind.ORIGINAL_MISSING: _bounds("days", "amount"),
    AlertKind.TERM_CHANGED: _bounds("", "amount"),
    AlertKind.VALUE_RAISED: _bounds("percent", "amount"),
    AlertKind.SELF_APPROVED: _bounds("", "amount"),
    AlertKind.DELEGATION_EXPIRED: _bounds(),
    AlertKind.CONTRACTS_SPLIT: _bounds("days amount"),
    AlertKind.PARTY_CHANGED: _bounds(),
    AlertKind.PARTY_FLAGGED: _bounds(),
    AlertKind.RISK_ABOVE: _bounds("points"),
    AlertKind.REVIEW_OVERDUE: _bounds("days"),
    AlertKind.BACKDATED: _bounds("days"),
    AlertKind.RECONCILIATION_BROKEN: _bounds(),
    AlertKind.BREACH_DECLARED: _bounds(),
    AlertKind.DISPUTE_OPENED: _bounds("", "amount"),
    AlertKind.BULK_EXPORT: _bounds("rows"),
    AlertKind.ODD_HOURS: _bounds("hours", "zone"),
}
# These look at what is done at the ledger's door, whichever contracts that is about.
OF_VISITS: Final = frozenset({AlertKind.BULK_EXPORT, AlertKind.ODD_HOURS})
_MOST: Final = {"days": MAX_DAYS, "percent": MAX_PERCENT, "points": MAX_POINTS, "rows": MAX_ROWS}
_STATED: Final = ("days", "amount", "percent", "points", "rows", "hours", "zone")


class AlertRulesNeedText(Refusal):
    """Titles, ids, names and reasons are not blank."""

    template = "The {field} of alert rules may not be blank."


class AlertRulesNotSound(Refusal):
    """Each rule can be told from the others, and has the bounds of its kind."""

    template = "The alert rules are not sound: {flaw}"


def require_sound(currency: str, rules: Sequence[AlertRule]) -> None:
    """Refusals: AlertRulesNotSound, AlertRulesNeedText."""
    if currency not in CURRENCIES:
        raise AlertRulesNotSound(flaw=f"{currency!r} is not an ISO 4217 currency code.")
    if not 0 < len(rules) <= MAX_RULES:
        raise AlertRulesNotSound(flaw=f"there are {len(rules)} rules; 1 to {MAX_RULES} are possible.")
    for rule in rules:
        _require_rule(currency, rule)
    if len({rule.rule_id for rule in rules}) < len(rules):
        raise AlertRulesNotSound(flaw="two rules have the same id.")


def _require_rule(currency: str, rule: AlertRule) -> None:
    texts = [("rule", rule.rule_id), ("title", rule.title), *(("recipient", name) for name in (*rule.tell, *rule.escalate_to))]
    for name, text in texts:
        if is_blank(text):
            raise AlertRulesNeedText(field=name)
    called, bounds = repr(rule.rule_id), BOUNDS[rule.kind]
    stated = {name for name in _STATED if getattr(rule, name) is not None}
    lacking, surplus = bounds.needs - stated, stated - bounds.needs - bounds.takes
    if lacking:
        raise AlertRulesNotSound(flaw=f"the rule {called} states no {', '.join(sorted(lacking))}, which {rule.kind.value} needs.")
    if surplus:
        raise AlertRulesNotSound(flaw=f"the rule {called} states {', '.join(sorted(surplus))}, which means nothing to {rule.kind.value}.")
    for name, most in _MOST.items():
        if getattr(rule, name) is not None and not 0 < getattr(rule, name) <= most:
            raise AlertRulesNotSound(flaw=f"the {name} of the rule {called} are 1 to {most}.")
    if rule.kinds and rule.kind in OF_VISITS:
        raise AlertRulesNotSound(flaw=f"the rule {called} states kinds of contracts, which mean nothing to {rule.kind.value}.")
    if rule.hours is not None and (_HOURS.fullmatch(rule.hours) is None or len(set(rule.hours.split("-"))) == 1):
        raise AlertRulesNotSound(flaw=f"the hours of the rule {called} are from one to another, such as 22:00-07:00.")
    if rule.amount is not None and (rule.amount.currency != currency or rule.amount.minor <= 0):
        raise AlertRulesNotSound(flaw=f"the amount of the rule {called} is above zero, in {currency}.")
    if max(len(rule.tell), len(rule.escalate_to)) > MAX_TOLD:
        raise AlertRulesNotSound(flaw=f"the rule {called} tells more than {MAX_TOLD} people.")
    after = 1 if rule.escalate_after_hours is None else rule.escalate_after_hours
    if (rule.escalate_after_hours is None) is bool(rule.escalate_to) or not 0 < after <= MAX_HOURS:
        raise AlertRulesNotSound(flaw=f"the rule {called} escalates to somebody after 1 to {MAX_HOURS} hours, or not at all.")
