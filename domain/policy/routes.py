"""The routes of a policy: which contracts each is for, and whether together they leave no contract without exactly one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Final, NamedTuple

from domain.access import Role
from domain.contract.route import ApproverKind, ChosenRoute, Quorum, RouteStep
from domain.contract.vocabulary import Direction, Kind
from domain.facts import value
from domain.money import CURRENCIES, Money
from domain.refusals import Refusal
from domain.text import is_blank

MAX_ROUTES: Final = 100

# Whether a contract deviates, and whether its other side is flagged: neither first, as the example that people know.
_MARKS: Final = tuple(product((False, True), (False, True)))


@value
class Route:
    """Steps, and the contracts that go through them: what is left empty or open does not matter.

    A band of amounts begins with `at_least` and ends before `below`. `deviates` and `counterparty_flagged` ask for contracts that depart
    from what their template locks, or whose other side is flagged, or, if false, for the others. The `otherwise` route takes what no other
    does.
    """

    route_id: str
    steps: tuple[RouteStep, ...]
    kinds: tuple[Kind, ...] = ()
    directions: tuple[Direction, ...] = ()
    departments: tuple[str, ...] = ()
    at_least: Money | None = None
    below: Money | None = None
    otherwise: bool = False
    may_repeat: bool = False
    deviates: bool | None = None
    counterparty_flagged: bool | None = None

    @property
    def chosen(self) -> ChosenRoute:
        """What a submission pins of it."""
        return ChosenRoute(route_id=self.route_id, steps=self.steps, may_repeat=self.may_repeat)

    def takes(self, case: Case) -> bool:
        """Whether it is for such a contract."""
        return (
            (not self.kinds or case.kind in self.kinds)
            and (not self.directions or case.direction in self.directions)
            and (not self.departments or case.department in self.departments)
            and self.deviates in (None, case.deviates)
            and self.counterparty_flagged in (None, case.flagged)
            and _within(case.minor, self.at_least, self.below)
        )


class Case(NamedTuple):
    """What of a contract decides on its route; `minor` in minor units of the policy's currency.

    `deviates` is whether it departs from what its template locks, `flagged` whether any party on the other side is.
    """

    kind: Kind
    direction: Direction
    department: str | None
    minor: int
    deviates: bool = False
    flagged: bool = False


class PolicyNeedsText(Refusal):
    """Titles, ids and names in a policy are not blank."""

    template = "The {field} may not be blank."


class PolicyNotSound(Refusal):
    """The routes of a policy can be told apart and walked to their end."""

    template = "The policy is not sound: {flaw}"


class RoutesOverlap(Refusal):
    """No contract may take either of two routes."""

    template = "The routes {first!r} and {second!r} both take {example}."


class RoutesLeaveGap(Refusal):
    """Every contract has its route."""

    template = "No route takes {example}; add one for it, or a route for everything else."


def choose(routes: Iterable[Route], case: Case) -> Route | None:
    """The route for a contract: the one that takes it, or the one for everything else."""
    last: Route | None = None
    for route in routes:
        if route.otherwise:
            last = route
        elif route.takes(case):
            return route
    return last


def require_sound(currency: str, routes: Sequence[Route]) -> None:
    """Refusals: PolicyNotSound, PolicyNeedsText, RoutesOverlap, RoutesLeaveGap."""
    require_distinct(currency, routes)
    if not any(route.otherwise for route in routes):
        missed = next(_untaken(routes), None)
        if missed is not None:
            raise RoutesLeaveGap(example=_told(missed, currency))


def require_distinct(currency: str, routes: Sequence[Route]) -> None:
    """Whether each route is possible and no contract may take two; some may take none. Refusals: PolicyNotSound, PolicyNeedsText,
    RoutesOverlap.
    """
    if currency not in CURRENCIES:
        raise PolicyNotSound(flaw=f"{currency!r} is not an ISO 4217 currency code.")
    if not 0 < len(routes) <= MAX_ROUTES:
        raise PolicyNotSound(flaw=f"it has {len(routes)} routes; 1 to {MAX_ROUTES} are possible.")
    if len({route.route_id for route in routes}) < len(routes):
        raise PolicyNotSound(flaw="two routes have the same id.")
    for route in routes:
        _require_route(currency, route)
    if sum(route.otherwise for route in routes) > 1:
        raise PolicyNotSound(flaw="two routes are for everything else.")
    ruled = [route for route in routes if not route.otherwise]
    for first, second in combinations(ruled, 2):
        shared = _shared(first, second)
        if shared is not None:
            raise RoutesOverlap(first=first.route_id, second=second.route_id, example=_told(shared, currency))


def _require_route(currency: str, route: Route) -> None:
    name = route.route_id
    if is_blank(name):
        raise PolicyNeedsText(field="route")
    if not route.steps:
        raise PolicyNotSound(flaw=f"the route {name!r} has no steps.")
    for step in route.steps:
        if is_blank(step.title):
            raise PolicyNeedsText(field="title")
        if not step.approvers:
            raise PolicyNotSound(flaw=f"nobody decides the step {step.title!r} of the route {name!r}.")
        if len(set(step.approvers)) < len(step.approvers):
            raise PolicyNotSound(flaw=f"an approver is named twice in the step {step.title!r} of the route {name!r}.")
        for approver in step.approvers:
            if is_blank(approver.name):
                raise PolicyNeedsText(field="approver")
            if approver.kind is ApproverKind.ROLE and approver.name not in set(Role):
                raise PolicyNotSound(flaw=f"there is no role {approver.name!r}.")
            if approver.kind is ApproverKind.ROLE and approver.name == Role.READER:
                raise PolicyNotSound(flaw=f"the step {step.title!r} of the route {name!r} waits for readers, who decide nothing.")
    indispensable = [a.name for s in route.steps if s.quorum is Quorum.ALL for a in s.approvers if a.kind is ApproverKind.PRINCIPAL]
    if not route.may_repeat and len(set(indispensable)) < len(indispensable):
        raise PolicyNotSound(flaw=f"the route {name!r} waits for somebody in two steps, and nobody may decide two of them.")
    _require_band(currency, route)


def _require_band(currency: str, route: Route) -> None:
    name, low, high = route.route_id, route.at_least, route.below
    if any(bound is not None and (bound.currency != currency or bound.minor <= 0) for bound in (low, high)):
        raise PolicyNotSound(flaw=f"the bounds of the route {name!r} are amounts above zero in {currency}.")
    if low is not None and high is not None and low.minor >= high.minor:
        raise PolicyNotSound(flaw=f"the band of the route {name!r} ends before it begins.")
    marks = (route.deviates, route.counterparty_flagged)
    if route.otherwise and (route.kinds or route.directions or route.departments or low or high or marks != (None, None)):
        raise PolicyNotSound(flaw=f"the route {name!r} is for everything else, and states what it is for.")


def _within(minor: int, low: Money | None, high: Money | None) -> bool:
    return (low is None or minor >= low.minor) and (high is None or minor < high.minor)


def _untaken(routes: Sequence[Route]) -> Iterator[Case]:
    """Contracts that none of the routes takes: each step narrows the routes, so that equal cases are looked at once."""
    seen: set[tuple[int, ...]] = set()
    for kind, direction, (deviates, flagged) in product(Kind, Direction, _MARKS):
        ways = [
            r
            for r in routes
            if (not r.kinds or kind in r.kinds)
            and (not r.directions or direction in r.directions)
            and r.deviates in (None, deviates)
            and r.counterparty_flagged in (None, flagged)
        ]
        for department in _departments(ways):
            left = [r for r in ways if not r.departments or department in r.departments]
            mark = tuple(sorted(map(id, left)))
            if mark in seen:
                continue
            seen.add(mark)
            for minor in _turning_points(left):
                if not any(_within(minor, r.at_least, r.below) for r in left):
                    yield Case(kind, direction, department, minor, deviates, flagged)


def _departments(routes: Iterable[Route]) -> list[str | None]:
    """Each department that a route names, and none of them."""
    return [None, *sorted({department for route in routes for department in route.departments})]


def _turning_points(routes: Iterable[Route]) -> list[int]:
    """Nothing, which a small amount may be rounded to, and each amount at which a band begins or has ended."""
    return sorted({0, *(bound.minor for route in routes for bound in (route.at_least, route.below) if bound is not None)})


def _shared(one: Route, other: Route) -> Case | None:
    """A contract that both routes take."""
    kinds = [k for k in Kind if all(not r.kinds or k in r.kinds for r in (one, other))]
    directions = [d for d in Direction if all(not r.directions or d in r.directions for r in (one, other))]
    departments = [d for d in _departments((one, other)) if all(not r.departments or d in r.departments for r in (one, other))]
    amounts = [m for m in _turning_points((one, other)) if all(_within(m, r.at_least, r.below) for r in (one, other))]
    marks = [(d, f) for d, f in _MARKS if all(r.deviates in (None, d) and r.counterparty_flagged in (None, f) for r in (one, other))]
    if not (kinds and directions and departments and amounts and marks):
        return None
    return Case(kinds[0], directions[0], departments[0], amounts[0], *marks[0])


def _told(case: Case, currency: str) -> str:
    department = "no department that is named" if case.department is None else f"department {case.department}"
    marks = (", that deviate from their template" if case.deviates else "") + (", with a flagged counterparty" if case.flagged else "")
    return f"{case.kind} contracts, {case.direction}, of {Money(case.minor, currency)}, {department}{marks}"
