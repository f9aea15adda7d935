"""`tally changes`: what was recorded after a position of the ledger, in order, and what is recorded from then on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from scripts.cli.moments import brief
from scripts.cli.refs import resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import one_line, say, usage

if TYPE_CHECKING:
    from domain.facts import Entry
    from infra.opening import Opened
    from projections.feed import Asked

_PIECE: Final = 500
# A view takes in what was recorded moments later, and whatever was not heard is found so late.
_LOOK_S: Final = 0.25


def changes(
    *,
    after: Annotated[int | None, typer.Option(metavar="POSITION", min=0, help="What follows this position; all by default.")] = None,
    last: Annotated[int | None, typer.Option(metavar="N", min=1, help="Begin with the last N entries of the ledger.")] = None,
    contract: Annotated[str | None, typer.Option(metavar="REF", help="Of this contract only, by its number or id.")] = None,
    fact: Annotated[list[str] | None, typer.Option(metavar="NAME", help="These facts only, such as contract.signed.")] = None,
    view: Annotated[str | None, typer.Option("--view", metavar="VIEW", help="Only as far as this view has come, such as register.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Then tell each entry as it is recorded, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document in each line.")] = False,
) -> None:
    """Tell what was recorded, in the order of the ledger.

    One line for each entry: its position, when it was recorded, by whom, in
    which stream, and what it says. Positions have no gaps: go on later with
    --after and the last position, and you miss nothing and read nothing twice.
    Who came and read is left out unless --fact names it: see tally access-log.
    At the end the position that was reached is said on stderr.

    Examples:
      tally changes --last 20
      tally changes --after 4711 --json
      tally changes --contract CG-2025-002 --fact contract.payment_recorded
      tally changes --last 1 --follow
    """
    if after is not None and last is not None:
        raise usage("Give --after or --last, not both.")
    _require_known(fact or [], view)
    from projections.feed import Asked

    with the_ledger() as it:
        stream = None if contract is None else f"contract-{resolve(it, contract)}"
        head = it.store.head()
        begin = max(head - last, 0) if last is not None else after or 0
        if begin > head:
            raise usage(f"The ledger ends at position {head}.")
        asked = Asked(stream, frozenset(fact or ()))
        reached = begin
        try:
            for entries, up_to in _told(it, asked, view, begin, follow=follow):
                for entry in entries:
                    with _undisturbed():
                        typer.echo(_line(entry, as_json=as_json))
                        reached = entry.position
                reached = up_to
        except KeyboardInterrupt:
            # This is how one who follows ends it.
            if not follow:
                raise
        finally:
            say(f"Up to position {reached}.")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C acts at the end of it: a line that was told counts, and none counts that was not."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed and callable(before):
        before(pressed[0], None)


def _require_known(facts: list[str], view: str | None) -> None:
    from domain.facts import FACTS
    from infra import codec  # noqa: F401 - a fact that is not imported is not known
    from projections.known import view_named

    for name in facts:
        if name not in FACTS:
            raise usage(f"There is no fact {name!r}; a name is as in contract.payment_recorded.")
    if view is not None:
        view_named(view)


def _told(it: Opened, asked: Asked, view: str | None, begin: int, *, follow: bool) -> Iterator[tuple[list[Entry], int]]:
    """Pieces, each with the position that it reaches; without an end where they are followed."""
    from infra.news import news

    reached = begin
    if not follow:
        yield from _up_to_now(it, asked, view, reached)
        return
    with closing(news(it, look_s=_LOOK_S)) as heard:
        for something in heard:
            if something or view is not None:
                for found in _up_to_now(it, asked, view, reached):
                    yield found
                    reached = found[1]


def _up_to_now(it: Opened, asked: Asked, view: str | None, after: int) -> Iterator[tuple[list[Entry], int]]:
    from projections.feed import piece
    from projections.view import read_bookmarks

    if view is None:
        until = it.store.head()
    else:
        bookmark = read_bookmarks(it).get(view)
        until = 0 if bookmark is None else bookmark.position
    reached = after
    while reached < until:
        found = piece(it.store, asked, after=reached, until=until, limit=_PIECE)
        reached = found.reached
        yield list(found.entries), reached


def _line(entry: Entry, *, as_json: bool) -> str:
    from infra.render import entry_json, to_json
    from projections.timeline.summary import summary

    if as_json:
        # What a key opens with is nobody's business, not even as a hash.
        said = to_json(entry.fact)
        data = {name: held for name, held in said.items() if name != "secret_sha256"} if isinstance(said, dict) else said
        return msgspec.json.encode({**entry_json(entry), "data": data, "summary": summary(entry.fact)}).decode()
    words = (brief(entry.recorded_at), entry.meta.actor, entry.stream, summary(entry.fact))
    return "  ".join([f"{entry.position:>8}", *map(one_line, words)])
