"""What the sides claim of each other, tell each other and dispute, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.credit import CreditFact, ServiceCreditGranted
from domain.contract.disputes import DisputeFact, DisputeOpened, DisputeResolved, DisputeStepEntered
from domain.contract.earnings import EarningFact, PerformancePayEarned, ProfitShared
from domain.contract.notices import NoticeFact, NoticeServed
from domain.contract.pricing import PriceAdjusted, PricingFact
from projections.timeline.summary.phrases import because, short, span, whom


def of_claim(happened: CreditFact | EarningFact | PricingFact | NoticeFact | DisputeFact) -> str:
    """What was granted, repriced, told, disputed and settled."""
    match happened:
        case ServiceCreditGranted(month=month, total=total, change=change, note=note):
            granted = "granted" if change == total else f"changed by {change}"
            return f"Service credit for {month:%Y-%m} {granted}: {total} under {short(happened.term_id)}{because(note)}"
        case ProfitShared(period=period, profit=profit, total=total, change=change, note=note):
            how = "" if change == total else f", a change of {change}"
            return f"Profit of {profit} for {span(period)} shared: {total}{how}{because(note)}"
        case PerformancePayEarned(figure=figure, total=total, change=change, note=note):
            how = "" if change == total else f", a change of {change}"
            return f"Pay for {short(figure.metric)} {figure.measured:f}: {total}{how}{because(note)}"
        case PriceAdjusted(item_id=item_id, before=before, after=after, value=becomes):
            what = "Value" if item_id is None else f"Unit price of {short(item_id)}"
            worth = "" if becomes is None else f", the contract's value is now {becomes}"
            return f"{what} adjusted from {before} to {after}{worth}{because(happened.note)}"
        case NoticeServed(channel=channel, received_on=received_on, about=about):
            between = f"{whom(happened.by)} to {whom(happened.to)} by {channel.value.removeprefix('by_').replace('_', ' ')}"
            return f"Notice {short(happened.notice_id)} from {between}, received on {received_on.isoformat()}{because(about)}"
        case DisputeOpened(dispute_id=dispute_id, by=by, about=about, claim=claim):
            return f"Dispute {short(dispute_id)} opened by {whom(by)}" + ("" if claim is None else f" over {claim}") + because(about)
        case DisputeStepEntered(dispute_id=dispute_id, step=step, forum=forum):
            there = "" if forum is None else f" before {short(forum)}"
            return f"Dispute {short(dispute_id)} came to {step.value}{there}{because(happened.note)}"
        case DisputeResolved(dispute_id=dispute_id, how=way, outcome=outcome, amount=amount, owed_by=owed_by):
            owed = "" if amount is None or owed_by is None else f", {amount} owed by {whom(owed_by)}"
            return f"Dispute {short(dispute_id)} {way.value}{owed}{because(outcome)}"
        case unreachable:
            assert_never(unreachable)
