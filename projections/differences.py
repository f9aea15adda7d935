"""What moved in a view between two moments: which rows, from what to what, and which entries moved them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.opening import Opened
from projections.moved import DifferenceQuery, MovedRow, MovedStream, bookmarks_of, fetched, holding, moved, streams_of
from projections.moving import LISTS, PastView
from projections.paging import Listed, Where, require_limit
from projections.parts import Reached
from projections.past import RowName
from projections.summed import SumDifferences
from projections.sums import SUMS


class Differences:
    """What moved in the views of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._opened = opened

    def find(self, query: DifferenceQuery) -> Listed[MovedRow]:
        """One page; of sums it may end early. Raises BadQuery."""
        if query.view in SUMS:
            return SumDifferences(self._opened).find(query)
        require_limit(query.limit)
        order, (differing, values) = query.order, self._differing(query)
        found = fetched(self._opened, LISTS[query.view].view, f"{differing} ORDER BY key LIMIT %s", [*values, query.limit + 1])
        page = found[: query.limit]
        keys, kept = dict.fromkeys(of for _, of, *_ in page), LISTS[query.view]
        streams = streams_of(self._opened, kept.past, keys, Reached.read(kept.view.name, page[0][2]), query) if page else {}
        listed = tuple(_moved(query, key, streams[of], *_sides(query.view, both)) for key, of, _, *both in page)
        return Listed(listed, order.cursor_of(page[-1][0], page[-1][0]) if len(found) > query.limit else None)

    def count(self, query: DifferenceQuery) -> int:
        """How many rows moved. Raises BadQuery."""
        if query.view in SUMS:
            return SumDifferences(self._opened).count(query)
        differing, values = self._differing(query)
        ((counted,),) = fetched(self._opened, LISTS[query.view].view, f"SELECT count(*) FROM ({differing}) AS moved", values)
        return int(counted)

    def _differing(self, query: DifferenceQuery) -> tuple[str, list[object]]:
        """A SELECT of the rows that differ, and its values.

        Most rows of the past hold on both sides or on neither: those are passed over first, and only what is left is compared.
        """
        kept, table = LISTS[query.view], LISTS[query.view].table
        (before, before_values), (after, after_values) = holding(query.before), holding(query.after)
        both = [*before_values, *after_values]
        (asked,) = query.order.stretches(Where([f"({before}) <> ({after})"], both), query.cursor)
        told = [f"{name}::text" if kind == "json" else name for name, kind in table.columns.items()]
        was, becomes = (f"({', '.join(f'{side}.{name}' for name in told)})" for side in ("was", "becomes"))
        columns = ", ".join(f"{side}.{name}" for side in ("was", "becomes") for name in kept.columns)
        return (
            f"""
            WITH sides AS MATERIALIZED (
                SELECT *, ({before}) AS stood, ({after}) AS stands FROM {kept.view.placed(self._opened)[table.name]} {asked.sql}
            )
            SELECT coalesce(was.{table.key}, becomes.{table.key}) AS key, coalesce(was.{table.of}, becomes.{table.of}) AS stream,
                   ({bookmarks_of(self._opened, kept.view)}),
                   was.{table.key} IS NOT NULL, becomes.{table.key} IS NOT NULL, {columns}
            FROM (SELECT * FROM sides WHERE stood) AS was FULL JOIN (SELECT * FROM sides WHERE stands) AS becomes USING ({table.key})
            WHERE {was} IS DISTINCT FROM {becomes}
            """,
            [*both, *asked.values],
        )


def _sides(view: PastView, both: Sequence[Any]) -> tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]:
    """The row of either side, where it is there."""
    width, (was, becomes, *values) = len(LISTS[view].columns), both
    return tuple(values[:width]) if was else None, tuple(values[width:]) if becomes else None


def _moved(query: DifferenceQuery, key: str, stream: MovedStream, was: tuple[Any, ...] | None, becomes: tuple[Any, ...] | None) -> MovedRow:
    kept = LISTS[query.view]
    row = RowName(kept.table.name, key)
    before, after = (None if side is None else kept.told(side) for side in (was, becomes))
    movers = stream.movers(lambda step: step.was.get(row) != step.becomes.get(row))
    return moved(key, before, after, stream.key if kept.is_of_contracts else None, movers)
