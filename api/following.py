"""Who follows the ledger over this process: how many at once, woken together by one connection, and let go when the server stops."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from typing import Final

import anyio
import psycopg2

from api.problems import TooManyFollow
from infra.errors import LedgerError
from infra.news import news
from infra.opening import Opened

# Each is one of the requests that may be inside at once; most of those must remain for those who ask and go.
MAX_FOLLOWERS: Final = 64
# They read with threads of their own, so that they take none from those who ask, and few of them, so that not all read at once.
READERS: Final = 4
RETRY_S: Final = 1.0


class Follower:
    """One who follows: the bell rings when there may be something new, or when it is over."""

    __slots__ = ("bell", "over")

    def __init__(self) -> None:
        """The bell rings once at the beginning, for what was recorded between a first look and this."""
        self.bell = asyncio.Event()
        self.bell.set()
        self.over: str | None = None

    def let_go(self, why: str) -> None:
        """Says that it is over, and why."""
        self.over = self.over or why
        self.bell.set()


class Following:
    """All who follow. Of one event loop, but for the thread that listens while there is anybody."""

    def __init__(self, opened: Opened, *, at_most: int = MAX_FOLLOWERS) -> None:
        """Listens to nothing before somebody follows."""
        self._opened = opened
        self._at_most = at_most
        self._followers: set[Follower] = set()
        self._stopping: threading.Event | None = None
        self._ended = False
        self.readers: anyio.CapacityLimiter | None = None

    def enter(self) -> Follower:
        """One more who follows, until `leave`. Raises TooManyFollow."""
        if self._ended:
            raise TooManyFollow("The server stops.")
        if len(self._followers) >= self._at_most:
            raise TooManyFollow(f"{self._at_most} follow already, which is as many as can.")
        follower = Follower()
        self._followers.add(follower)
        self.readers = self.readers or anyio.CapacityLimiter(READERS)
        if self._stopping is None:
            self._stopping = threading.Event()
            listening = threading.Thread(
                target=self._listen, args=(asyncio.get_running_loop(), self._stopping), name="changes-listen", daemon=True
            )
            listening.start()
        return follower

    def leave(self, follower: Follower) -> None:
        """Follows no more; after the last one nothing listens."""
        self._followers.discard(follower)
        if not self._followers and self._stopping is not None:
            self._stopping.set()
            self._stopping = None

    def end(self) -> None:
        """Lets all go, and nobody in any more."""
        self._ended = True
        for follower in self._followers:
            follower.let_go("the server stops")

    def _ring(self) -> None:
        for follower in self._followers:
            follower.bell.set()

    def _listen(self, loop: asyncio.AbstractEventLoop, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                with closing(news(self._opened)) as heard:
                    for something in heard:
                        if stopping.is_set():
                            return
                        if something:
                            loop.call_soon_threadsafe(self._ring)
            except (LedgerError, psycopg2.Error, OSError):
                # Those who follow look by themselves meanwhile, and wait for the database as this does.
                stopping.wait(RETRY_S)
            except RuntimeError:
                # The loop is closed: the server has ended.
                return
