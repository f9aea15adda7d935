"""Delays in a contract's state: what they came to, what could not be helped, what fell due, and what was broken."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.facts import value
from domain.money import Money


class ObligationKind(StrEnum):
    """What is owed: a delivery, an instalment, judging what came, fixing a defect, or releasing what is held back."""

    DELIVERY = "delivery"
    INSTALMENT = "instalment"
    ACCEPTANCE = "acceptance"
    DEFECT = "defect"
    RELEASE = "release"


@value
class Obligation:
    """Which obligation of a contract: its kind, and the id of what is owed among those of the kind."""

    kind: ObligationKind
    obligation_id: str


@value
class Accrual:
    """What a delay has come to by the last reckoning of it, through a day. `version` is the entry that says so."""

    total: Money
    through: date
    term_id: str
    term_version: int
    version: int
    waived: Money | None = None

    @property
    def standing(self) -> Money:
        """What is left of it once waivers are taken off; never below nothing, where a later reckoning came to less than was waived."""
        return self.total if self.waived is None else Money(max(self.total.minor - self.waived.minor, 0), self.total.currency)


@value
class Relief:
    """What a side could not help, and whether the days of it count. Without an end it goes on; no deliveries named is all of them."""

    party: str
    event: str
    start: date
    end: date | None = None
    deliveries: tuple[str, ...] = ()
    granted: bool | None = None

    def covers(self, delivery_id: str) -> bool:
        """Whether it was granted, for this delivery."""
        return self.granted is True and (not self.deliveries or delivery_id in self.deliveries)


@value
class FallenDue:
    """That something fell due on a day, and whether it was found overdue. `version` is the entry that said so last."""

    due: date
    ours: bool
    overdue: bool
    version: int


@value
class Breach:
    """What a side says that the other broke, and how it was put right."""

    by: str
    against: str
    about: str
    obligation: Obligation | None = None
    cure_by: date | None = None
    remedied_how: str | None = None
