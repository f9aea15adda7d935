"""What the fields of waiting decisions, renewals and duties mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

_LINES: Final[tuple[tuple[str, str, str, object], ...]] = (
    ("DecisionPage", "who", "Whose decisions they are; null for everybody's.", "bob"),
    ("DecisionPage", "approvals", "The decisions that wait.", []),
    ("DecisionLine", "counterparties", "The names of the other side.", ["华东办公设备有限公司"]),
    ("DecisionLine", "matter", "What is to be decided: the contract, an amendment, or a deviation from a locked clause.", "contract"),
    ("DecisionLine", "subject", "The id of the amendment or the deviation; null for the contract itself.", None),
    ("DecisionLine", "seat", "Whose decision is awaited: a person's, or that of whoever has a role.", {"kind": "role", "name": "finance"}),
    ("DecisionLine", "left_to", "Those to whom the seat was left for this contract.", []),
    ("DecisionLine", "since", "Since when it waits: when the step was reached, or the change was asked for.", "2026-03-02T09:00:00Z"),
    ("DecisionLine", "days_waiting", "How many whole days that is by now.", 4),
    ("DecisionLine", "submitted_by", "Who handed it in, proposed or asked for it.", "alice"),
    ("DecisionLine", "amount", "What the policy judged; without a policy the contract's value.", {"amount": "83420.00", "currency": "CNY"}),
    ("DecisionLine", "step", "The number of the step, from 1.", 1),
    ("DecisionLine", "steps", "How many steps the route has.", 2),
    ("DecisionLine", "step_title", "What the step is called; null where there is no route.", "部门 / Heads"),
    ("DecisionLine", "route_id", "The route that the submission took; null where there is none.", "large"),
    ("DecisionLine", "policy", "The edition of the policy that chose it; null without one.", {"policy_id": "approval", "edition": 2}),
    ("DecisionLine", "ways", "By what it is the asked-for person's to decide; empty where everybody's decisions are listed.", []),
    ("DecisionLine", "sheet", "Where the approval sheet is; null for amendments and deviations.", "/api/v1/contracts/c1/approval-sheet"),
    ("DecisionWay", "by", "By name, by a role, because it was left to them, or under a delegation.", "name"),
    ("DecisionWay", "delegation_id", "The delegation to name in the decision; null where it is by none.", None),
    ("DecisionWay", "on_behalf_of", "Who granted it; null where it is by none.", None),
    ("RenewalPage", "on", "The day that was asked about.", "2026-11-20"),
    ("RenewalPage", "renewals", "The contracts.", []),
    ("RenewalAnswer", "counterparties", "The names of the other side.", ["华东办公设备有限公司"]),
    ("RenewalAnswer", "starts", "The first day of the present period; null where none is said.", "2026-01-01"),
    ("RenewalAnswer", "expires", "The last day of the present period.", "2026-12-31"),
    ("RenewalAnswer", "days_left", "How many days that is after the day that was asked about; below zero once it is past.", 41),
    ("RenewalAnswer", "outlook", "What becomes of it then, as of that day; without a renewal term it ends.", "renews_unless_notice"),
    ("RenewalAnswer", "term_id", "The renewal term's id; null without one, and then all of it is.", "renewal"),
    ("RenewalAnswer", "automatic", "Whether it renews unless notice is given; otherwise only if it is.", True),
    ("RenewalAnswer", "notice_days", "How many days before the end notice is due.", 30),
    ("RenewalAnswer", "length_months", "How long a further period is.", 12),
    ("RenewalAnswer", "renewals_used", "How often it was renewed.", 0),
    ("RenewalAnswer", "renewals_left", "How often it still may be; null without limit.", 2),
    ("RenewalAnswer", "notice_opens", "From which day on notice counts for this period; null where no beginning is said.", "2026-01-01"),
    ("RenewalAnswer", "notice_closes", "The last day on which it counts.", "2026-12-01"),
    ("RenewalAnswer", "notice_days_left", "How many days that is after the day that was asked about; below zero once it is too late.", 11),
    ("RenewalAnswer", "noticed_on", "When the first notice was given that changes what happens without one.", None),
    ("RenewalAnswer", "next_start", "The first day of the next period; null where none follows.", "2027-01-01"),
    ("RenewalAnswer", "next_end", "The last day of the next period.", "2027-12-31"),
    ("ConflictPage", "conflicts", "The conflicts.", []),
    ("ConflictAnswer", "counterparties", "The names of the other side.", ["华东办公设备有限公司"]),
    ("ConflictAnswer", "separation", "Which two duties are in one hand.", "approval_and_payment"),
    ("ConflictAnswer", "person", "Whose hand.", "bob"),
    ("ConflictAnswer", "acts", "What they did on both sides, in the order in which it was recorded.", []),
    ("Act", "duty", "What was done.", "approved"),
    ("Act", "subject", "The id of what it was done about, such as a payment; empty for the contract itself.", "p1"),
    ("Act", "person", "Who did it, or on whose behalf it was done.", "bob"),
    ("Act", "fact", "The fact that proves it.", "contract.payment_recorded"),
    ("Act", "at", "When it took place.", "2026-03-09T09:00:00Z"),
    ("Act", "in_name_only", "Whether somebody else did it on their behalf.", False),
)

WITHIN: Final[dict[tuple[str, str], Wording]] = {(owner, field): Wording(says, example) for owner, field, says, example in _LINES}
