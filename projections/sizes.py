"""How much room views take on disk: the rows of each of their tables, and each index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from infra.opening import Opened
from projections.view import View


class TableSize(NamedTuple):
    """Bytes of a table's rows, with what is kept beside them because it is long, and of its indexes by their names."""

    rows: int
    indexes: Mapping[str, int]

    @property
    def total(self) -> int:
        """Bytes of all of it."""
        return self.rows + sum(self.indexes.values())


class ViewSize(NamedTuple):
    """What each of a view's tables takes; one that is not there takes nothing."""

    tables: Mapping[str, TableSize]

    @property
    def total(self) -> int:
        """Bytes of all of it."""
        return sum(table.total for table in self.tables.values())

    @property
    def indexes(self) -> int:
        """Bytes of the indexes."""
        return sum(sum(table.indexes.values()) for table in self.tables.values())


def on_disk(opened: Opened, view: View) -> ViewSize:
    """What a view takes. Raises StoreUnavailable."""
    found: dict[str, TableSize] = {}
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        for table, place in view.placed(opened).items():
            cursor.execute(
                """SELECT pg_table_size(t.oid),
                          (SELECT coalesce(json_object_agg(i.indexrelid::regclass::text, pg_total_relation_size(i.indexrelid)), '{}')
                           FROM pg_index i WHERE i.indrelid = t.oid)
                   FROM (SELECT to_regclass(%s)::oid) t(oid)""",
                (place,),
            )
            (rows, indexes) = cursor.fetchone() or (None, {})
            found[table] = TableSize(rows or 0, {name.rpartition(".")[2]: size for name, size in sorted(indexes.items())})
    return ViewSize(found)
