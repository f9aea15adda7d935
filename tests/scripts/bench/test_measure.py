"""What benchmarks make of their measurements, and that each of them runs."""

from __future__ import annotations

import importlib
import json

import pytest

from scripts.bench.measure import Options, Report, Sample, drive, options, percentiles_ms, rates, take_turns

QUICK = options(["--quick", "--rounds", "3"], "")


def report(wanted: Options = QUICK) -> Report:
    return Report("tested", wanted)


def test_contestants_take_turns_and_nobody_is_always_first() -> None:
    turns: list[str] = []

    def run(name: str) -> Sample:
        turns.append(name)
        return Sample(1.0)

    take_turns("turns", {"a": lambda _: run("a"), "b": lambda _: run("b")}, QUICK)
    assert turns == ["a", "b", *"abbaab"]


def test_a_ratio_is_the_median_of_the_turns_ratios_and_not_the_ratio_of_medians() -> None:
    it = report()
    it.ratio("r", of=[10.0, 30.0, 90.0], to=[10.0, 10.0, 45.0])
    assert (it.ratios[0].value, it.ratios[0].low, it.ratios[0].high) == (2.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("bounds", "met"),
    [({}, None), ({"at_least": 2.0}, True), ({"at_least": 2.1}, False), ({"at_most": 2.0}, True), ({"at_most": 1.9}, False)],
)
def test_a_target_is_met_missed_or_not_set(bounds: dict[str, float], met: object) -> None:
    it = report()
    it.ratio("r", [4.0], [2.0], **bounds)
    assert it.ratios[0].met is met


@pytest.mark.parametrize(("argv", "status"), [(["--json"], 0), (["--json", "--check"], 1)])
def test_a_missed_target_fails_only_those_who_ask(argv: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    it = report(options(argv, ""))
    it.ratio("r", [1.0], [2.0], at_least=1.0)
    assert it.finish() == status
    assert json.loads(capsys.readouterr().out)["ratios"]["r"] == {"value": 0.5, "low": 0.5, "high": 0.5, "at_least": 1.0, "met": False}


def test_percentiles_are_those_of_all_calls() -> None:
    assert percentiles_ms([n / 1_000 for n in range(100, 0, -1)]) == (51.0, 100.0)
    assert percentiles_ms([0.002]) == (2.0, 2.0)


def test_all_threads_work_until_the_time_is_over() -> None:
    seen: set[int] = set()

    def step(number: int) -> int:
        seen.add(number)
        return 3

    sample = drive(4, 0.05, lambda number: lambda: step(number))
    assert seen == {0, 1, 2, 3}
    assert sample.rate > 0
    assert sample.p99_ms >= sample.p50_ms > 0


def test_what_a_thread_runs_into_ends_the_measurement() -> None:
    def step() -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        drive(2, 0.05, lambda _: step)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("program", ["append", "catchup", "decide", "documents", "flat", "import", "read", "served"])
def test_each_program_measures_and_prints_one_object(program: str, capfd: pytest.CaptureFixture[str]) -> None:
    main = importlib.import_module(f"scripts.bench.{program}").main
    assert main(["--json", "--quick", "--rounds", "1", "--seconds", "0.1"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["program"] == program
    assert told["quick"] is True
    assert told["ratios"]
    assert all(figure for figures in told["figures"].values() for figure in figures.values())


def test_rates_are_taken_turn_by_turn() -> None:
    assert rates([Sample(3.0, 1.0, 2.0), Sample(1.0)]) == [3.0, 1.0]
