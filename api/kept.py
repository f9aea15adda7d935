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
from weakref import WeakKeyDictionary

import psycopg2
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
# What the objects around an answer's bytes take.
AROUND: Final = 2_000
# So that what was to be forgotten is, also where nobody asks for it any more.
KEPT_S: Final = 60.0
# It takes less than a thousandth of this; but who waits longer for the database than for an answer should ask it for the answer.
LOOK_WITHIN_S: Final = 0.5
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


class _Turns:
    """The look that is under way in an event loop, and the one for which those wait who came since."""

    def __init__(self) -> None:
        self.under_way: asyncio.Future[Moment] | None = None
        self.following: asyncio.Future[Moment] | None = None


class Lookout:
    """Looks where ledger and views stand. Who comes while a look is under way waits for the next, and shares it with all who do."""

    def __init__(self, opened: Opened) -> None:
        """Looks at nothing yet."""
        self._opened = opened
        self._eyes: ThreadPoolExecutor | None = None
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()

    async def now(self) -> Moment:
        """How it stands, looked at no earlier than now. Raises StoreUnavailable, Overloaded."""
        turns = self._turns.setdefault(asyncio.get_running_loop(), _Turns())
        if turns.following is None:
            turns.following = asyncio.ensure_future(self._look(turns))
        # Whoever goes away must not take the look from the others.
        return await asyncio.shield(turns.following)

    async def _look(self, turns: _Turns) -> Moment:
        if turns.under_way is not None:
            await asyncio.wait([turns.under_way])
        turns.under_way, turns.following = turns.following, None
        if self._eyes is None:
            # Not the threads of those who answer, all of whom may be waiting for the database.
            self._eyes = ThreadPoolExecutor(1, thread_name_prefix="lookout")
        return await asyncio.get_running_loop().run_in_executor(self._eyes, self._see)

    def _see(self) -> Moment:
        quarter = int(self._opened.ledger.clock().timestamp()) // QUARTER_HOUR_S
        return Moment(read_standing(self._opened), quarter)

    def close(self) -> None:
        """Looks no more, unless somebody asks again."""
        if self._eyes is not None:
            # One that waits for the database is nobody's any more.
            self._eyes.shutdown(wait=False)
            self._eyes = None


class Kept:
    """The answers of a moment. They are given while it lasts, and dropped with the first look that finds it over, or a minute later."""

    def __init__(self, door: Door, *, kept_bytes: int = KEPT_BYTES) -> None:
        """Keeps nothing yet, and never more than about so many bytes."""
        self._door = door
        self._lookout = Lookout(door.opened)
        self._kept_bytes = kept_bytes
        self._moment: Moment | None = None
        self._told: OrderedDict[Question, Told] = OrderedDict()
        self._size = 0
        self._asked: OrderedDict[Question, None] = OrderedDict()
        self._ends: asyncio.TimerHandle | None = None

    async def find(self, scope: Scope) -> Told | None:
        """The answer, where it was given at this very moment to the same key, which still opens the door.

        Otherwise lets `put` know what is asked. Only for what was answered before with something that lasts is there a look: most is
        never asked for again, and much never lasts.
        """
        try:
            shown = presented(Headers(scope=scope).get("authorization"))
        except NotSignedIn:
            return None
        question = Question(scope["path"], scope["query_string"], shown.key_id)
        state = scope.setdefault("state", {})
        if len(question.path) + len(question.query) > LONGEST:
            return None
        state["question"] = question
        if question not in self._asked:
            return None
        try:
            moment = await asyncio.wait_for(self._lookout.now(), LOOK_WITHIN_S)
        # What is wrong with the database is said by whoever reads from it now.
        except (TimeoutError, StoreUnavailable, Overloaded, psycopg2.Error):
            return None
        self._turn_to(moment)
        state.update(moment=moment, standing=moment.standing)
        told = self._told.get(question)
        if told is None or not await self._opens_door(shown, told):
            return None
        # At the door others may have seen that the moment is over; it was not when this one came.
        if question in self._told:
            self._told.move_to_end(question)
        return told

    def put(self, scope: Scope, begin: Message, body: Message, tag: str) -> None:
        """Keeps an answer that says of itself that it lasts, told from what stood at the moment when it was looked for or later.

        Should that have been later, then the moment is over, which the next look will see: nobody will ever be given the answer.
        """
        state: Mapping[str, Any] = scope.get("state", {})
        views, moment, question = frozenset[str](state.get("lasts", ())), state.get("moment"), state.get("question")
        if question is None or not views or state.get("noted") or len(body["body"]) > LARGEST:
            return
        self._note_asked(question)
        if moment is None or self._moment is None:
            return
        moved = self._moment.moved(moment)
        if moved is None or moved & views:
            return
        self._drop(question)
        self._told[question] = Told(state["principal"], views, begin, body, tag)
        self._size += _weight(question, begin, body)
        while self._size > self._kept_bytes:
            self._drop(next(iter(self._told)))
        if self._ends is None:
            self._ends = asyncio.get_running_loop().call_later(KEPT_S, self._end)

    def close(self) -> None:
        """Keeps nothing any more, unless somebody asks again."""
        if self._ends is not None:
            self._ends.cancel()
        self._end()
        self._lookout.close()

    def _end(self) -> None:
        self._ends = None
        self._told.clear()
        self._size = 0

    async def _opens_door(self, shown: Presented, told: Told) -> bool:
        # Who is not to be let in, or cannot be, hears of it at the door of the endpoint.
        with suppress(NotSignedIn, StoreUnavailable, Overloaded):
            principal = sign_in(await ring_for(self._door, shown), shown)
            noted = self._door.opened.witness.has_noted(principal.asker, SignedIn(key_id=principal.key_id))
            return noted and principal == told.principal
        return False

    def _note_asked(self, question: Question) -> None:
        self._asked[question] = None
        self._asked.move_to_end(question)
        if len(self._asked) > ASKED:
            self._asked.popitem(last=False)

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
            self._size -= _weight(question, told.begin, told.body)


def _weight(question: Question, begin: Message, body: Message) -> int:
    texts = len(question.path) + len(question.query) + sum(len(name) + len(value) for name, value in begin["headers"])
    return len(body["body"]) + texts + AROUND
