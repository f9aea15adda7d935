"""What comes next, made ready in a thread while the database takes in what came before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """One thing that is being made ready, known by a name. Not for several threads at once."""

    def __init__(self) -> None:
        """Begins with nothing. The thread ends when this is not needed any more."""
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._name: object = None
        self._under_way: Future[T] | None = None

    def begin(self, name: object, make: Callable[[], T]) -> None:
        """Begins to make something ready; whatever was begun before and not taken is dropped."""
        if self._under_way is not None:
            self._under_way.cancel()
        self._name, self._under_way = name, self._thread.submit(make)

    def take(self, name: object) -> T | None:
        """What was begun under the name, None where nothing was or it failed: whoever needs it makes it then, and meets what is wrong."""
        begun, self._under_way = self._under_way, None
        if begun is None or self._name != name or begun.exception() is not None:
            return None
        return begun.result()


def ahead(things: Iterator[T]) -> Iterator[T]:
    """The same things, each made ready while the one before is used. Raises what making them raises."""
    end = object()
    with ThreadPoolExecutor(1, "ahead") as thread:
        under_way = thread.submit(next, things, end)
        while (one := under_way.result()) is not end:
            under_way = thread.submit(next, things, end)
            yield one  # type: ignore[misc]
