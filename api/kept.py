"""Answers that are kept for as long as nothing happens: who asks again what the views have told is not told it anew.

Most of what dashboards ask they have asked before, of a ledger in which nothing was recorded since. One look at where the ledger and
its views stand, which all share who ask at that moment, says whether an answer is still what would be told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, NamedTuple

from starlette.datastructures import Headers
from starlette.types import Message, Scope

from api.door import Door, ring_for
from api.keys import Presented, Principal, presented, sign_in
from api.problems import NotSignedIn
from domain.access.visits import SignedIn
from infra.errors import Overloaded, StoreUnavailable
from infra.opening import Opened
from projections.parts import view_of
from projections.view import Standing, read_standing

KEPT_BYTES: Final = 16_000_000
LARGEST: Final = 1_000_000
ASKED: Final = 4_096
LONGEST: Final = 2_000
# Days begin at these in every zone that there is.
QUARTER_HOUR_S: Final = 900


class Question(NamedTuple):
    """What was asked, by which key; the secret is not kept."""

    path: str
    query: bytes
    key_id: str


class Told(NamedTuple):
    """An answer with its ETag, to whom it was given, and the views of which it tells."""

    principal: Principal
    views: frozenset[str]
    begin: Message
    body: Message
    tag: str


class Moment(NamedTuple):
    """All that an answer depends on which says so: what is recorded, what the views took in, and the day, wherever that is."""

    standing: Standing
    quarter: int

    def moved(self, since: Moment) -> frozenset[str] | None:
        """The views that took in something since; None where more than views moved, on which any answer may depend."""
        if (since.quarter, since.standing.head) != (self.quarter, self.standing.head):
            return None
        before, now = since.standing.bookmarks, self.standing.bookmarks
        # A part of a view moves that view's rows, also where the view's own bookmark waits for other parts.
        return frozenset(view_of(name) for name in {*before, *now} if before.get(name) != now.get(name))


class Lookout:
    """Looks where ledger and views stand. Who comes while a look is under way waits for the next, and shares it with all who do."""

    def __init__(self, opened: Opened) -> None:
        """Looks at nothing yet."""
        self._opened = opened
        # Not the threads of those who answer, all of whom may be waiting for the database.
        self._eyes = ThreadPoolExecutor(1, thread_name_prefix="lookout")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._under_way: asyncio.Future[Moment] | None = None
        self._next: asyncio.Future[Moment] | None = None

    async def now(self) -> Moment:
        """How it stands, looked at no earlier than now. Raises StoreUnavailable, Overloaded."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._under_way, self._next = loop, None, None
        if self._next is None:
            self._next = asyncio.ensure_future(self._look(loop))
        # Whoever goes away must not take the look from the others.
        return await asyncio.shield(self._next)

    async def _look(self, loop: asyncio.AbstractEventLoop) -> Moment:
        if self._under_way is not None:
            await asyncio.wait([self._under_way])
        self._under_way, self._next = self._next, None
        return await loop.run_in_executor(self._eyes, self._see)

    def _see(self) -> Moment:
        quarter = int(self._opened.ledger.clock().timestamp()) // QUARTER_HOUR_S
        return Moment(read_standing(self._opened), quarter)

    def close(self) -> None:
        """Looks no more."""
        self._eyes.shutdown()


class Kept:
    """The answers of this moment. Those that are over are not there any more, and with them is gone what was to be forgotten."""

    def __init__(self, door: Door, *, kept_bytes: int = KEPT_BYTES) -> None:
        """Keeps nothing yet, and never more than so many bytes."""
        self._door = door
        self._lookout = Lookout(door.opened)
        self._kept_bytes = kept_bytes
        self._moment: Moment | None = None
        self._told: OrderedDict[Question, Told] = OrderedDict()
        self._size = 0
        self._asked: OrderedDict[Question, None] = OrderedDict()

    async def find(self, scope: Scope) -> Told | None:
        """The answer, where it was given at this very moment to the same key, which still opens the door.

        Otherwise lets `put` know what is asked, if it was asked before: an answer is seldom kept that nobody asks for again.
        """
        try:
            shown = presented(Headers(scope=scope).get("authorization"))
        except NotSignedIn:
            return None
        question = Question(scope["path"], scope["query_string"], shown.key_id)
        if len(question.path) + len(question.query) > LONGEST or not self._asked_before(question):
            return None
        # What goes wrong with the database is said by whoever reads from it.
        with suppress(StoreUnavailable, Overloaded):
            moment = await self._lookout.now()
            self._turn_to(moment)
            scope.setdefault("state", {}).update(question=question, moment=moment, standing=moment.standing)
            told = self._told.get(question)
            if told is not None and await self._opens_door(shown, told):
                # At the door others may have seen that the moment is over; it was not when this one came.
                if question in self._told:
                    self._told.move_to_end(question)
                return told
        return None

    def put(self, scope: Scope, begin: Message, body: Message, tag: str) -> None:
        """Keeps an answer that says of itself that it lasts, told from what stood at the moment when it was looked for or later.

        Should that have been later, then the moment is over, which the next look will see: nobody will ever be given the answer.
        """
        state: Mapping[str, Any] = scope.get("state", {})
        views, moment = frozenset[str](state.get("lasts", ())), state.get("moment")
        if not views or state.get("noted") or moment is None or self._moment is None or len(body["body"]) > LARGEST:
            return
        moved = self._moment.moved(moment)
        if moved is None or moved & views:
            return
        question = state["question"]
        self._drop(question)
        self._told[question] = Told(state["principal"], views, begin, body, tag)
        self._size += _weight(begin, body)
        while self._size > self._kept_bytes:
            self._drop(next(iter(self._told)))

    def close(self) -> None:
        """Keeps nothing any more."""
        self._lookout.close()

    async def _opens_door(self, shown: Presented, told: Told) -> bool:
        with suppress(NotSignedIn):
            principal = sign_in(await ring_for(self._door, shown), shown)
            noted = self._door.opened.witness.has_noted(principal.asker, SignedIn(key_id=principal.key_id))
            return noted and principal == told.principal
        return False

    def _asked_before(self, question: Question) -> bool:
        before = question in self._asked
        self._asked[question] = None
        self._asked.move_to_end(question)
        if len(self._asked) > ASKED:
            self._asked.popitem(last=False)
        return before

    def _turn_to(self, moment: Moment) -> None:
        if moment == self._moment:
            return
        moved = None if self._moment is None else moment.moved(self._moment)
        self._moment = moment
        if moved is None:
            self._told.clear()
            self._size = 0
            return
        for question in [question for question, told in self._told.items() if told.views & moved]:
            self._drop(question)

    def _drop(self, question: Question) -> None:
        told = self._told.pop(question, None)
        if told is not None:
            self._size -= _weight(told.begin, told.body)


def _weight(begin: Message, body: Message) -> int:
    return len(body["body"]) + sum(len(name) + len(value) for name, value in begin["headers"])
