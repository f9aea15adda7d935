"""Which roles may do what; whatever is not said here is denied."""

from __future__ import annotations

from typing import Final

from domain.access import Role

Roles = frozenset[Role]

DRAFTERS: Final[Roles] = frozenset({Role.DRAFTER})
APPROVERS: Final[Roles] = frozenset({Role.APPROVER})
FINANCE: Final[Roles] = frozenset({Role.FINANCE})
# What comes back from the other side, or ends the contract, is entered by whoever works on it or answers for it.
DRAFTERS_AND_APPROVERS: Final[Roles] = DRAFTERS | APPROVERS
WRITERS: Final[Roles] = DRAFTERS | APPROVERS | FINANCE

# Who sells and buys lists products; a price, once recorded, is what contracts are drafted at.
CATALOGUERS: Final[Roles] = DRAFTERS | FINANCE
# Whoever finds that a party is not to be trusted says so, auditors too; to lift a flag takes somebody who answers for it.
FLAGGERS: Final[Roles] = APPROVERS | FINANCE | {Role.AUDITOR}
# Who brings a party in does not also say that it is what it claims to be.
VERIFIERS: Final[Roles] = APPROVERS | FINANCE
DRAFTERS_AND_FINANCE: Final[Roles] = DRAFTERS | FINANCE

ADMINS: Final[Roles] = frozenset({Role.ADMIN})
UNFLAGGERS: Final[Roles] = APPROVERS | ADMINS
# Who had access, and who let them in, is an auditor's question too.
KEY_READERS: Final[Roles] = ADMINS | {Role.AUDITOR}
# Whoever writes policies, or judges those who do.
SIMULATORS: Final[Roles] = ADMINS | {Role.AUDITOR}
READERS: Final[Roles] = frozenset(Role)
# Which of them decides a step is for its route to say; who only reads decides nothing.
DECIDERS: Final[Roles] = READERS - {Role.READER}
# The history names the people behind each entry.
HISTORY_READERS: Final[Roles] = READERS - {Role.READER}
# Account numbers are read by those who pay, who compare them, and who look over their shoulders.
ACCOUNT_READERS: Final[Roles] = FINANCE | APPROVERS | {Role.AUDITOR}
