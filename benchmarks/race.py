"""Measuring several contenders so that what the machine does meanwhile hits all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from time import process_time

Step = Callable[[int], object]
"""What is repeated, given 0, 1, 2, ..."""


def _nothing(_number: int) -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Runner:
    """One side of a race: where it runs, what it repeats, and what it does before each step without being timed."""

    track: Callable[[], AbstractContextManager[object]]
    step: Step
    prepare: Step = _nothing


def race(runners: Mapping[str, Runner], *, rounds: int, laps: int, budget: float) -> dict[str, list[float]]:
    """Return the seconds of each step, for each runner.

    They are seconds of the processor, of all threads of this process: what else the machine does is not in them.
    Runners take turns, `laps` steps at a time, and in each round another begins. Steps are timed one by one, without
    the garbage collector. A runner that used up its budget of seconds sits the other rounds out; if its first step,
    which warms up and is thrown away otherwise, took it all, that one counts.
    """
    numbers = {name: count() for name in runners}
    first = {name: _steps(runner, numbers[name], 1)[0] for name, runner in runners.items()}
    times: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds):
        for name in _rotated(list(runners), number):
            if first[name] + sum(times[name]) < budget:
                times[name] += _steps(runners[name], numbers[name], laps)
    return {name: times[name] or [first[name]] for name in runners}


def _steps(runner: Runner, numbers: Iterator[int], laps: int) -> list[float]:
    step, taken = runner.step, []
    with runner.track(), _no_collector():
        for _ in range(laps):
            number = next(numbers)
            runner.prepare(number)
            begin = process_time()
            step(number)
            taken.append(process_time() - begin)
    return taken


def _rotated(names: list[str], by: int) -> list[str]:
    at = by % len(names)
    return names[at:] + names[:at]


@contextmanager
def _no_collector() -> Iterator[None]:
    gc.collect(1)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def frozen() -> Iterator[None]:
    """Leave what there is out of the collections in here: what buckets hold is no concern of those between rounds."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
