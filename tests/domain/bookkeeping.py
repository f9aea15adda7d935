"""What a journal has to come to: balanced, and the same figures as the contract says, reckoned another way."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.contract.journal import Account, Posting, balances
from domain.contract.receivables import Claim, ClaimKind
from domain.contract.rules import BINDING_OR_ENDED
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction, Status
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


def require_claims_agree(found: Sequence[Claim], lines: Sequence[Posting], contract: Contract) -> None:
    """What is owed part by part comes to what the journal has on the account of claims, and to the value less what was paid.

    The journal knows what was invoiced where the claims know what was agreed; all else is in both.
    """
    if contract.status not in BINDING_OR_ENDED:
        assert not list(found)
        return
    receivable = contract.direction is Direction.RECEIVABLE
    own, sign = (Account.RECEIVABLE, 1) if receivable else (Account.PAYABLE, -1)
    net = {b.currency: b.net for b in balances(lines) if b.account is own}
    for currency in {*net, *(claim.currency for claim in found)}:
        of_it = [claim for claim in found if claim.currency == currency]
        agreed = [claim for claim in of_it if claim.kind in (ClaimKind.INSTALMENT, ClaimKind.REST)]
        held = sum(claim.amount for claim in of_it if claim.kind is ClaimKind.RETENTION)
        since = sum(claim.amount for claim in of_it if claim not in agreed and claim.kind is not ClaimKind.RETENTION)
        expected = sum(claim.invoiced - claim.paid for claim in agreed) - held + since
        assert net.get(currency, Decimal()) == Decimal(sign * expected).scaleb(-exponent(currency)), currency
        stated = contract.value if contract.value is not None and contract.value.currency == currency else None
        if stated is not None and contract.status is not Status.TERMINATED:
            paid = sum(p.standing.minor for p in contract.payments.values() if p.standing.currency == currency)
            assert sum(claim.open for claim in of_it) == stated.minor - paid + since
