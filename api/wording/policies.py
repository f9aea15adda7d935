"""What the fields of approvals, and of policies that are tried on the past, mean."""

from __future__ import annotations

from typing import Final

# By class and field.
SAID: Final = {
    ("Rejudged", "amount"): "What is judged, in the policy's currency; null where no rate was stated.",
    ("Rejudged", "barred"): "Who would have to decide on what they drafted or submitted.",
    ("Rejudged", "becomes"): "The route that it would take; null where there would be none.",
    ("Rejudged", "gained"): "The approvers that would be added.",
    ("Rejudged", "lost"): "The approvers that would be left out.",
    ("Rejudged", "policy"): "The edition of the policy that was in use then; null where none was.",
    ("Rejudged", "steps_differ"): "Whether the steps have other titles, another order or another quorum.",
    ("Rejudged", "verdict"): "What would become of it: the same approval, another, none, or one that is barred.",
    ("Rejudged", "was"): "The route that it took.",
    ("SimulationPage", "submissions"): "The submissions, in the order in which they were recorded.",
    ("SimulationPage", "totals"): "What would change over the page.",
    ("SimulationTotals", "approvers_differ"): "How many would gain or lose an approver.",
    ("SimulationTotals", "barred"): "How many would wait for whoever drafted or submitted them.",
    ("SimulationTotals", "changed"): "How many would be approved otherwise.",
    ("SimulationTotals", "gained"): "How often each approver would be added.",
    ("SimulationTotals", "lost"): "How often each approver would be left out.",
    ("SimulationTotals", "no_rate"): "How many are in another currency, and no rate was stated then.",
    ("SimulationTotals", "no_route"): "How many no route takes.",
    ("SimulationTotals", "same"): "How many would be approved by the same steps.",
    ("SimulationTotals", "steps_differ"): "How many would have other steps.",
    ("SimulationTotals", "submissions"): "How many submissions.",
    ("Submission", "contract_id"): "The contract's id.",
    ("Submission", "judged"): "What became of it, and what the policy would make of it.",
    ("Submission", "submitted_at"): "When it was recorded.",
    ("Submission", "version"): "The version of the contract that the submission made.",
}
