"""`tally warehouse`: fills a DuckDB file from the topics, answers three questions by it, and compares the answers with the API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from infra.settings import Settings
from scripts.cli import moments
from scripts.cli.relay import kafka_settings
from scripts.cli.terminal import REFUSED, AsJson, Column, Stopped, busy, safe, say, table, usage, write_json

if TYPE_CHECKING:
    from infra.kafka.settings import KafkaSettings
    from scripts.analytics.figures import Difference
    from scripts.analytics.warehouse import Warehouse

NEEDS_EXTRA: Final = "The warehouse needs a library that is not installed: pip install 'tallystick[analytics]'."
# While the ledger is written to, its figures move under the comparison.
ROUNDS: Final = 10
_LOOK_S: Final = 0.5


class Question(NamedTuple):
    """A question, how its answer is headed, and the rows of that."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Compared(NamedTuple):
    """The position as of which the two sides were compared, and where they differ."""

    position: int
    differences: list[Difference]


def warehouse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The DuckDB file; made where there is none.")],
    *,
    api: Annotated[str | None, typer.Option(metavar="URL", help="Compare with the ledger that answers here.")] = None,
    key: Annotated[str, typer.Option(envvar="TALLY_KEY", help="The key to it; of somebody who may read every contract.")] = "",
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day that ages are counted to; today in UTC by default.")] = None,
    wait_s: Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for the relay.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Fill a DuckDB file from the Kafka topics, answer three questions by it, and compare the answers with the ledger's own.

    Reads every topic of entries from where the file left off, the first time
    from the start, and passes over what it has by position. TALLY_KAFKA_*
    and TALLY_LEDGER say which topics. Payments by month and penalties are
    reckoned in SQL from the entries; what is open, and since when, by the
    terms of each contract. The exit code is 1 where a figure differs from
    the API's, or where topics have gaps.

    Examples:
      tally warehouse warehouse.duckdb
      TALLY_KEY=... tally warehouse warehouse.duckdb --api http://127.0.0.1:8080
      duckdb warehouse.duckdb "SELECT fact, count(*) FROM facts GROUP BY fact"
    """
    if api is not None and not (api.startswith(("http://", "https://")) and key):
        raise usage("--api is a URL such as http://127.0.0.1:8080, and goes with a key in TALLY_KEY.")
    day = datetime.now(UTC).date() if on is None else moments.day(on, "--on")
    settings = kafka_settings()
    if find_spec("duckdb") is None:
        raise Stopped(NEEDS_EXTRA)
    import duckdb
    from kafka.errors import KafkaError

    from infra.kafka.brokers import BrokersSilent
    from infra.kafka.heard import because
    from scripts.analytics.loading import NothingPublished, load
    from scripts.analytics.warehouse import EntryMissing, Warehouse

    ledger = Settings.from_environment().ledger
    try:
        with Warehouse(file) as held, busy("Reading the topics"):
            position, new = load(held, settings, ledger)
            compared = None if api is None else compare(held, (settings, ledger), (api, key), day, wait_s)
            answers = list(answered(held, day))
    except (KafkaError, BrokersSilent) as error:
        raise Stopped(f"Kafka does not answer: {because(error)}.") from error
    except duckdb.Error as error:
        raise Stopped(f"{safe(str(file))} cannot be used: {safe(str(error))}") from error
    except (NothingPublished, EntryMissing) as error:
        raise Stopped(f"{error}.") from error
    if as_json:
        write_json(_json(position, new, day, answers, compared))
    else:
        _tell(position, new, answers, compared)
    if compared is not None and compared.differences:
        raise typer.Exit(REFUSED)


def compare(held: Warehouse, topics: tuple[KafkaSettings, str], api: tuple[str, str], day: date, wait_s: float) -> Compared:
    """Compares as of one and the same state: the API said the same before and after the topics were read that far.

    Raises Stopped where the relay does not come so far, the API does not answer, or writers leave no pause for it.
    """
    from scripts.analytics.figures import Api, differences, reckoned
    from scripts.analytics.loading import load
    from scripts.analytics.warehouse import newest

    door = Api(*api)
    try:
        before = door.figures(day, 0)
        for _ in range(ROUNDS):
            wanted, deadline = door.position, time.monotonic() + wait_s
            while (published := load(held, *topics)[0]) < wanted:
                if time.monotonic() > deadline:
                    raise Stopped(f"The topics end at position {published:,}; the API answers as of {wanted:,}. Does `tally relay` run?")
                time.sleep(_LOOK_S)
            # The file may hold more than was published when that was asked.
            after = door.figures(day, max(published, newest(held)))
            if after == before:
                return Compared(published, differences(after, reckoned(held, day)))
            before = after
    except OSError as error:
        raise Stopped(f"The API does not answer: {error}.") from error
    raise Stopped(f"The ledger's figures changed {ROUNDS} times while they were compared; try again when less is written.")


def answered(held: Warehouse, day: date) -> Iterator[Question]:
    """The three questions with their answers."""
    from scripts.analytics import questions
    from scripts.analytics.figures import AGES

    whose = ("counterparties", "direction", "currency")
    payments = questions.asked(held, questions.PAYMENTS)
    yield Question("payments by month", ("month", "direction", "currency", "payments", "amount"), payments)
    yield Question(f"open on {day} by age", (*whose, *AGES), questions.asked(held, questions.AGEING, day))
    penalties = questions.asked(held, questions.PENALTIES)
    yield Question("penalties", (*whose, "deliveries", "accrued", "waived", "standing"), penalties)


def _shown(value: Any) -> Any:  # noqa: ANN401 - a cell
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _tell(position: int, new: int, answers: list[Question], compared: Compared | None) -> None:
    for one in answers:
        say(f"{one.name}:")
        columns = [Column(name, right=n > 2) for n, name in enumerate(one.columns)]  # noqa: PLR2004 - what it is of comes first
        table(columns, [tuple(map(_shown, row)) for row in one.rows])
        typer.echo()
    say(f"{new:,} new entries; the topics held everything up to position {position:,}.")
    if compared is None:
        return
    if compared.differences:
        columns = [Column("figure"), Column("API", right=True), Column("warehouse", right=True)]
        table(columns, [(", ".join(one.of), _shown(one.api), _shown(one.warehouse)) for one in compared.differences])
        say(f"{len(compared.differences):,} figures differ as of position {compared.position:,}.")
    else:
        say(f"Every figure is the API's, as of position {compared.position:,}.")


def _json(position: int, new: int, day: date, answers: list[Question], compared: Compared | None) -> dict[str, object]:
    said: dict[str, object] = {
        one.name.split(" on ")[0]: [dict(zip(one.columns, map(_shown, row), strict=True)) for row in one.rows] for one in answers
    }
    differing = compared and {
        "position": compared.position,
        "same": not compared.differences,
        "differences": [{"of": list(one.of), "api": _shown(one.api), "warehouse": _shown(one.warehouse)} for one in compared.differences],
    }
    return {"position": position, "new": new, "on": day.isoformat(), "answers": said, "compared": differing}
