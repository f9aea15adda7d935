"""The timeline's table, and how pages of the log become its rows."""

from __future__ import annotations

from domain.access.visits import AccessDenied, CommandRefused, ListExported, SensitiveRead
from domain.facts import Entry, Fact
from infra.opening import Opened
from projections.columns import joined, shown, unnested
from projections.erasure import retold
from projections.log import Page
from projections.timeline.summary import summary
from projections.view import Cursor, Row, RowPerEntry, Tables, View

DDL = """
CREATE TABLE {timeline} (
    position     bigint      NOT NULL PRIMARY KEY,
    stream       text        NOT NULL,
    -- What it is about: its own stream, or what somebody read, took away or was refused.
    subject      text        NOT NULL,
    version      integer     NOT NULL,
    fact         text        NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    on_behalf_of text,
    credential   text        NOT NULL,
    channel      text        NOT NULL,
    reason       text,
    command_id   text        NOT NULL,
    summary      text        NOT NULL
)
"""
INDEXES = """
CREATE INDEX ON {timeline} (subject COLLATE "C", position);
CREATE INDEX ON {timeline} (recorded_at);
CREATE INDEX ON {timeline} (position) WHERE fact LIKE 'access.%';
CREATE INDEX ON {timeline} (actor COLLATE "C", position);
CREATE INDEX ON {timeline} (on_behalf_of COLLATE "C", position) WHERE on_behalf_of IS NOT NULL
"""


def subject(happened: Fact) -> str | None:
    """What a visit was about; None for what is about its own stream."""
    match happened:
        case SensitiveRead(subject=subject) | ListExported(subject=subject) | AccessDenied(subject=subject):
            return subject
        case CommandRefused(stream=stream):
            return stream
        case _:
            return None


class TimelineProjection:
    """Writes the timeline."""

    def __init__(self, opened: Opened, tables: Tables) -> None:
        """Writes to the given table."""
        # What the store has as columns of its own is taken from there; only what has to be decoded travels.
        self._opened = opened
        self._retell = f"UPDATE {tables['timeline']} SET summary = %s WHERE position = %s"
        self._insert = f"""
            INSERT INTO {tables["timeline"]}
            SELECT e.position, e.stream, coalesce(t.subject, e.stream), e.version, e.fact, e.effective_at, e.recorded_at,
                   t.actor, t.on_behalf_of, t.credential, t.channel, t.reason, e.command_id, t.summary
            FROM {opened.names.ledger}.entries e
            JOIN {unnested(("text",) * 7)} WITH ORDINALITY
              AS t(subject, actor, on_behalf_of, credential, channel, reason, summary, n)
              ON e.position = %s + t.n
            WHERE e.position > %s AND e.position <= %s
        """

    def forget(self) -> None:
        """Remembers nothing."""

    def project(self, cursor: Cursor, page: Page) -> None:
        """Writes a row for each entry."""
        metas = [e.meta for e in page.entries]
        cursor.execute(
            self._insert,
            (
                joined([subject(e.fact) for e in page.entries]),
                joined([m.actor for m in metas]),
                joined([m.on_behalf_of for m in metas]),
                joined([m.credential for m in metas]),
                joined([m.channel for m in metas]),
                joined([m.reason for m in metas]),
                joined([summary(e.fact) for e in page.entries]),
                page.after,
                page.after,
                page.last,
            ),
        )
        for one in retold(self._opened, page):
            cursor.execute(self._retell, (shown(summary(one.fact)), one.position))


def row_of(entry: Entry, topic: str) -> Row:
    """The row that should stand for an entry."""
    columns: Row = {
        "position": entry.position,
        "stream": entry.stream,
        "subject": subject(entry.fact) or entry.stream,
        "version": entry.version,
        "fact": topic,
        "effective_at": entry.effective_at,
        "recorded_at": entry.recorded_at,
        "actor": entry.meta.actor,
        "on_behalf_of": entry.meta.on_behalf_of,
        "credential": entry.meta.credential,
        "channel": entry.meta.channel,
        "reason": entry.meta.reason,
        "command_id": entry.command_id,
        "summary": summary(entry.fact),
    }
    return {c: shown(v) if isinstance(v, str) else v for c, v in columns.items()}


TIMELINE = View(
    name="timeline",
    version=2,
    tables=("timeline",),
    ddl=DDL,
    indexes=INDEXES,
    projection=TimelineProjection,
    expects=RowPerEntry(table="timeline", row=row_of),
    can_be_parted=False,
)
