"""What one contract adds to the lines of sums, reckoned by hand from its rows: what the diff of sums is compared with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from typing import Any, TypeAlias

from domain.contract.forecast import Per, span
from domain.contract.history import as_of
from domain.facts import Entry
from projections.fulfilment.ageing import DEFAULT_BOUNDS
from projections.fulfilment.forecast import OVERDUE, UNDATED
from projections.fulfilment.table import EXPECTS
from projections.moving import PastView
from projections.past import Moments
from projections.past.expected import Together
from projections.register import past
from projections.register.statistics import GroupedBy
from projections.register.table import RegisterTold

# What tells a line apart.
Key: TypeAlias = tuple[str | None, ...]
Lines: TypeAlias = dict[Key, dict[str, int]]
# By what is added, what a row adds.
Adds: TypeAlias = tuple[Key, dict[str, int]]


def _open(table: Mapping[str, list[Mapping[str, Any]]], what: str = "open_minor") -> Iterator[Mapping[str, Any]]:
    return (row for row in table["receivables"] if row[what])


def _exposure(rows: Mapping[str, list[Mapping[str, Any]]], on: date) -> Iterator[Adds]:
    for side in rows["sides"]:
        shared = {"shared": int(side["is_shared"])}
        if side["committed_minor"] is not None:
            yield (side["party_key"], side["currency"]), {"committed_minor": side["committed_minor"], **shared}
        for claim in _open(rows):
            way, minor = claim["direction"], claim["open_minor"]
            late = minor if minor > 0 and claim["due"] is not None and claim["due"] < on else 0
            net = minor if way == "receivable" else -minor
            yield (side["party_key"], claim["currency"]), {f"{way}_minor": minor, f"{way}_overdue_minor": late, "net_minor": net, **shared}


def _forecast(rows: Mapping[str, list[Mapping[str, Any]]], on: date) -> Iterator[Adds]:
    for claim in _open(rows, "expected_minor"):
        due, minor = claim["due"], claim["expected_minor"]
        place = UNDATED if due is None else OVERDUE if due < on else span(Per.MONTH, due).first.toordinal()
        way, net = ("inflow_minor", minor) if claim["direction"] == "receivable" else ("outflow_minor", -minor)
        yield (f"{place:07} {claim['currency']}",), {way: minor, "net_minor": net, "claims": 1}


def _ageing(rows: Mapping[str, list[Mapping[str, Any]]], on: date) -> Iterator[Adds]:
    for claim in _open(rows):
        due, minor = claim["due"], claim["open_minor"]
        late = 0 if due is None else (on - due).days
        stands = "undated_minor" if due is None else "overdue_minor" if late > 0 else "not_due_minor"
        adds = {"open_minor": minor, stands: minor}
        if late > 0:
            adds[f"late_{sum(late > bound for bound in DEFAULT_BOUNDS)}"] = minor
        yield (claim["counterparty"], claim["direction"], claim["currency"]), adds


def _progress(rows: Mapping[str, list[Mapping[str, Any]]], on: date) -> Iterator[Adds]:
    for plan in rows["deliveries"]:
        if not plan["is_planned"] or plan["is_released"]:
            continue
        due, there = plan["due"], plan["came_on"] is not None
        is_due = due is not None and due <= on
        yield (
            (f"{plan['number']}\n{plan['contract_id']}", plan["direction"]),
            {
                "deliveries": 1,
                "complete": int(there),
                "late": int(not there and due is not None and due < on),
                "due": int(is_due),
                "undated": int(due is None),
                "percent": plan["percent_hundredth"],
            },
        )


ADDED = {PastView.EXPOSURE: _exposure, PastView.FORECAST: _forecast, PastView.AGEING: _ageing, PastView.PROGRESS: _progress}


MOMENTS = {
    GroupedBy.DRAFTED: "drafted_at",
    GroupedBy.APPROVED: "approved_at",
    GroupedBy.IN_FORCE: "in_force_since",
    GroupedBy.ENDED: "ended_at",
}


def in_common(row: Mapping[str, Any], by: GroupedBy) -> set[str | None]:
    """The groups that a row of the register is in."""
    if by is GroupedBy.COUNTERPARTY:
        return {one["name"] for one in row["counterparties"]} or {None}
    if by is GroupedBy.TAG:
        return set(row["tags"]) or {None}
    held = row[MOMENTS.get(by, by.value)]
    return {None if held is None else f"{held.astimezone(UTC):%Y-%m}" if by in MOMENTS else str(held)}


def counted(row: Mapping[str, Any], by: GroupedBy) -> Lines:
    """What a row of the register adds to statistics; nothing of what comes to nothing."""
    value = row["value_minor"]
    sums = {"without_value": 1} if value is None else {"value": value, "paid": row["paid_minor"]}
    told = {column: number for column, number in {"contracts": 1, **sums}.items() if number}
    return {(key, str(row["direction"]), row["currency"]): told for key in in_common(row, by)}


def added_up(many: Iterable[Lines]) -> Lines:
    """What several contracts add up to."""
    lines: dict[Key, Counter[str]] = {}
    for adds in many:
        for key, line in adds.items():
            lines.setdefault(key, Counter()).update(line)
    return {key: {column: number for column, number in line.items() if number} for key, line in lines.items()}


def added(view: PastView, told: Together | RegisterTold, on: date, by: GroupedBy) -> Lines:
    """What a contract adds, line by line; nothing of what comes to nothing."""
    if isinstance(told, RegisterTold):
        return counted(told.row(), by)
    rows: dict[str, list[Mapping[str, Any]]] = {table: [] for table in EXPECTS.tables}
    for name, row in told.row().items():
        rows[name.partition(" ")[0]].append(row)  # type: ignore[arg-type]
    lines: Lines = {}
    for key, adds in ADDED[view](rows, on):
        line = lines.setdefault(key, {"contracts": 1})
        for column, number in adds.items():
            line[column] = number if column == "shared" else line.get(column, 0) + number
    return {key: {column: number for column, number in line.items() if number} for key, line in lines.items()}


def key_of(view: PastView, group_key: str) -> Key:
    """What tells a line apart."""
    return (group_key,) if view is PastView.FORECAST else tuple(json.loads(group_key))


def moving(
    view: PastView, contract_id: str, entries: Sequence[Entry], sides: tuple[Moments, Moments], on: date, *, by: GroupedBy
) -> dict[Key, set[tuple[str, int]]]:
    """By line that one contract moved, the entries that did it: on which side they count, and their positions."""
    of_register = view is PastView.STATISTICS
    standing = [as_of(entries, valid_at=at.valid_at, known_at=at.known_at) for at in sides]
    only = {e.version for e in standing[0]} ^ {e.version for e in standing[1]}
    ends, steps = list[Lines](), list[tuple[str, int, Lines, Lines]]()
    for side, them in zip(("from", "to"), standing, strict=True):
        told = RegisterTold(contract_id) if of_register else Together(EXPECTS, contract_id)
        adds: Lines = {}
        for entry in them:
            was = adds
            told.fold(entry)
            adds = added(view, told, on, by)
            if entry.version in only and (not of_register or past.tells(entry)):
                steps.append((side, entry.position, was, adds))
        ends.append(adds)
    before, after = ends
    found = {}
    for key in {**before, **after}:
        if before.get(key) != after.get(key):
            movers = {(side, position) for side, position, was, becomes in steps if was.get(key) != becomes.get(key)}
            found[key] = movers or {(side, position) for side, position, _, _ in steps}
    return found
