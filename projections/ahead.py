"""What comes next, made ready in a thread while the database takes in what came before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Generic, TypeVar

from infra.errors import Overloaded

AT_ONCE: Final = 4

T = TypeVar("T")


class Ahead(Generic[T]):
    """A few things that are being made ready, each known by a name. Not for several threads at once."""

    def __init__(self) -> None:
        """Begins with nothing. The thread ends when this is not needed any more."""
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._under_way: dict[object, Future[T]] = {}

    def begin(self, name: object, make: Callable[[], T]) -> None:
        """Begins to make something ready, unless that was begun before. The oldest one is dropped where nobody takes them."""
        if name in self._under_way:
            return
        # A process that ends takes on nothing any more.
        with suppress(RuntimeError):
            self._under_way[name] = self._thread.submit(make)
        if len(self._under_way) > AT_ONCE:
            self._under_way.pop(next(iter(self._under_way))).cancel()

    def take(self, name: object) -> T | None:
        """What was begun under the name. None where nothing was, where others come first, or where it failed.

        Whoever needs it makes it then, and meets what is wrong. Raises Overloaded, for which it has waited long enough.
        """
        begun = self._under_way.pop(name, None)
        if begun is None or begun.cancel():
            return None
        error = begun.exception()
        if isinstance(error, Overloaded):
            raise error
        return None if error is not None else begun.result()


def ahead(things: Iterator[T]) -> Iterator[T]:
    """The same things, each made ready while the one before is used. Raises what making them raises."""
    end = object()
    with ThreadPoolExecutor(1, "ahead") as thread:
        under_way = thread.submit(next, things, end)
        while (one := under_way.result()) is not end:
            under_way = thread.submit(next, things, end)
            yield one  # type: ignore[misc]
