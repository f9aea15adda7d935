"""What a journal has to come to: balanced, and the same figures as the contract says, reckoned another way."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.contract.journal import Account, Posting, balances
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction
from domain.money import exponent


def require_balanced(lines: Sequence[Posting]) -> None:
    """Debits equal credits after every entry, in every currency; each line has one side, above zero."""
    sums: dict[tuple[int, str], int] = {}
    for line in lines:
        assert {line.debit.minor > 0, line.credit.minor > 0} == {True, False}
        assert min(line.debit.minor, line.credit.minor) == 0
        assert line.debit.currency == line.credit.currency
        key = (line.version, line.debit.currency)
        sums[key] = sums.get(key, 0) + line.debit.minor - line.credit.minor
    assert set(sums.values()) <= {0}


def require_agreement(lines: Sequence[Posting], contract: Contract) -> None:
    """In the contract's currency, each account comes to what the contract says of it."""
    currency = contract.currency
    if currency is None or contract.paid is None or contract.retained is None:
        return
    net = {b.account: b.net for b in balances(lines) if b.currency == currency}
    receivable = contract.direction is Direction.RECEIVABLE
    own, other = (Account.RECEIVABLE, Account.PAYABLE) if receivable else (Account.PAYABLE, Account.RECEIVABLE)
    standing = [i.invoice for i in contract.invoices.values() if i.voided_because is None and i.invoice.amount.currency == currency]
    invoiced = sum(i.amount.minor for i in standing)
    tax = sum(i.tax.minor for i in standing if i.tax is not None)
    credited = sum(c.total.minor for c in contract.service_credits.values())
    totals = (*(p.total for p in contract.profit_shares.values()), *(p.total for p in contract.performance_pay.values()))
    earned = sum(total.minor for total in totals if total.currency == currency)
    penalties = sum(accrual.standing.minor for accrual in contract.penalties.values())
    interest = sum(accrual.standing.minor for accrual in contract.interest.values())
    expected = {
        own: invoiced + earned + interest - contract.paid.minor - contract.retained.minor - credited - penalties,
        other: 0,
        Account.BANK: contract.paid.minor,
        Account.RETENTION: contract.retained.minor,
        Account.TAX: -tax,
        Account.SERVICE_CREDIT: credited,
        Account.EARNING: -earned,
        Account.PENALTY: penalties,
        Account.INTEREST: -interest,
    }
    sign = 1 if receivable else -1
    for account, minor in expected.items():
        assert net.get(account, Decimal()) == Decimal(sign * minor).scaleb(-exponent(currency)), account
    # What was performed and not invoiced is what is between the two.
    rest = net.get(Account.UNBILLED, Decimal()) + net.get(Account.PERFORMANCE, Decimal())
    assert rest == Decimal(-sign * (invoiced - tax)).scaleb(-exponent(currency))
