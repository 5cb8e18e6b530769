"""Races: several callables use one S3 at the same time, in every order that matters, and a check looks at each outcome.

The callables run in threads of their own, of which only one runs at any moment. At named points of its requests a
callable stops, and the scheduler says who goes on. So a schedule is a list of choices, and the same choices have the
same outcome. All schedules are tried, those with few changes first; or random ones, by a seed.

S3 does a request in one step: it reads one world, and its commit counts only if that world is still the current one. So
all that a callable can notice depends on the order in which requests are done, and it is enough to stop where a request
is received. The other points are there to prove just that.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fakes3.model.errors import UsageError
from fakes3.testing.moments import Moment

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3

POINTS: Final = ("received", "read", "checked", "committed", "answered")
"""The points of a request at which a callable can stop: it has arrived; its body has been read; it was checked, and is
about to be committed; it was committed; its response is about to be returned."""

_FEWEST, _MOST = 2, 4
_PATIENCE = 20.0
"""How many seconds a callable may take from one point to the next."""


class RaceLost(AssertionError):  # it is a finding
    """The check failed after one schedule. The text shows the schedule, and how to replay it."""


class Raced(NamedTuple):
    """What was tried."""

    schedules: int
    """How many schedules were tried."""
    is_exhaustive: bool
    """Whether these were all that there are."""


@dataclass(eq=False)
class _Actor:
    """A callable on its way."""

    number: int
    """From 1 on."""
    work: Callable[[], Any]
    go: Semaphore = field(default_factory=lambda: Semaphore(0))
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None


_ACTING: ContextVar[tuple[_Run, _Actor] | None] = ContextVar("fakes3_acting", default=None)
"""The run and the actor to which this thread belongs."""


class _Run:
    """One schedule, from the first choice to the last."""

    def __init__(self, s3: FakeS3, works: Sequence[Callable[[], Any]], points: frozenset[str]) -> None:
        self._s3 = s3
        self._points = points
        self._stopped = Semaphore(0)
        self.actors = [_Actor(number, work) for number, work in enumerate(works, 1)]
        self.steps: list[str] = []
        """A line about each request, in the order of their responses."""

    def play(self, choose: Callable[[list[int]], int]) -> None:
        """Run all callables to their end. `choose` is given the numbers of those that can go on, and returns one."""
        threads = [Thread(target=self._act, args=(actor,), daemon=True, name="fakes3-race") for actor in self.actors]
        for thread in threads:
            thread.start()
        while waiting := [actor.number for actor in self.actors if not actor.is_done]:
            actor = self.actors[choose(waiting) - 1]
            actor.go.release()
            if not self._stopped.acquire(timeout=_PATIENCE):
                raise UsageError(
                    f"The callable {actor.number} of a race did not come to its next request within {_PATIENCE:.0f} s: "
                    "it waits for something outside S3, perhaps for another one of the callables, which stands still. "
                    "Let the callables share nothing but S3."
                )

    def _act(self, actor: _Actor) -> None:
        _ACTING.set((self, actor))
        actor.go.acquire()
        try:
            actor.result = actor.work()
        except BaseException as error:
            actor.error = error
        actor.is_done = True
        self._stopped.release()

    def stop_at(self, actor: _Actor, point: str) -> None:
        """Stop at a point until the scheduler lets this callable go on."""
        if point == "answered" and self._s3.service.calls:
            call = self._s3.service.calls[-1]
            place = "/".join(str(call.parameters[name]) for name in ("Bucket", "Key") if name in call.parameters)
            self.steps.append(f"{actor.number}: {call.operation} {place} -> {call.error or call.status}")
        if point in self._points:
            self._stopped.release()
            actor.go.acquire()

    @property
    def outcomes(self) -> list[Any]:
        """What each callable returned, or the exception that it raised."""
        return [actor.result if actor.error is None else actor.error for actor in self.actors]


def _stop(point: str) -> None:
    acting = _ACTING.get()
    if acting is not None:
        run, actor = acting
        run.stop_at(actor, point)


class _Choices:
    """One schedule: the choices that were made, and those that could have been made instead."""

    def __init__(self, first: Sequence[int]) -> None:
        self._first = first
        self.made: list[int] = []
        self.others: list[list[int]] = []
        """At each choice, who else could have gone on."""

    def choose(self, waiting: list[int]) -> int:
        """Follow the first choices; then let the same callable go on for as long as it can."""
        place = len(self.made)
        chosen = self.made[-1] if self.made and self.made[-1] in waiting else waiting[0]
        if place < len(self._first):
            chosen = self._first[place]
            if chosen not in waiting:
                raise UsageError(
                    f"The schedule {''.join(map(str, self._first))!r} does not fit these callables: at step "
                    f"{place + 1}, {chosen} has ended. Replay it with the callables and points that it was found with."
                )
        self.made.append(chosen)
        self.others.append([each for each in waiting if each != chosen])
        return chosen


def race(
    s3: FakeS3,
    callables: Sequence[Callable[..., Any]],
    *,
    check: Callable[..., Any] | None,
    points: Sequence[str],
    most: int,
    seed: int | None,
    replay: str | None,
) -> Raced:
    """Do what `FakeS3.races` says."""
    _check_usage(callables, check, points, most, replay)
    works = [_prepare(s3, each) for each in callables]
    start = Moment(s3)
    service = s3.service
    if service.pause is not None:
        raise UsageError("This S3 has a race already. Start the second one when the first has ended.")

    def play(first: Sequence[int], choose: Callable[[list[int]], int] | None = None) -> _Choices:
        start.put_back()
        choices, run = _Choices(first), _Run(s3, works, frozenset(points))
        service.pause = _stop
        try:
            run.play(lambda waiting: choices.choose(waiting) if choose is None else _note(choices, choose, waiting))
        finally:
            service.pause = None
        _judge(run, choices, check)
        return choices

    try:
        if replay is not None:
            play([int(each) for each in replay])
            return Raced(1, False)
        if seed is not None:
            random = Random(seed)  # no secret
            for _ in range(most):
                play((), random.choice)
            return Raced(most, False)
        return _play_all(play, most)
    finally:
        start.put_back()


def _note(choices: _Choices, choose: Callable[[list[int]], int], waiting: list[int]) -> int:
    choices.made.append(choose(waiting))
    return choices.made[-1]


def _play_all(play: Callable[[Sequence[int]], _Choices], most: int) -> Raced:
    """Play every schedule, each once, up to `most`."""
    unplayed: list[tuple[int, ...]] = [()]
    played = 0
    while unplayed:
        if played == most:
            return Raced(played, False)
        first = unplayed.pop()
        choices = play(first)
        played += 1
        for place in range(len(first), len(choices.made)):
            unplayed += [(*choices.made[:place], other) for other in choices.others[place]]
    return Raced(played, True)


def _judge(run: _Run, choices: _Choices, check: Callable[..., Any] | None) -> None:
    """Look at the outcome of a schedule. Raises: RaceLost."""
    takes_outcomes = check is not None and bool(inspect.signature(check).parameters)
    try:
        if not takes_outcomes:
            for actor in run.actors:
                if actor.error is not None:
                    raise actor.error
        if check is not None:
            check(*([run.outcomes] if takes_outcomes else []))
    except Exception as problem:
        text = f"{type(problem).__name__}: {problem}"
        lines = "\n".join(f"  {step}" for step in run.steps)
        schedule = "".join(map(str, choices.made))
        raise RaceLost(
            f"The check fails in one order of the requests:\n{lines}\n{text}\n"
            f'Replay this order alone with s3.races(..., replay="{schedule}").'
        ) from problem


def _prepare(s3: FakeS3, given: Callable[..., Any]) -> Callable[[], Any]:
    """Return a callable without parameters. One that takes a client gets one of its own, the same in each schedule."""
    arguments = [s3.client()] if inspect.signature(given).parameters else []
    if inspect.iscoroutinefunction(given):
        return lambda: asyncio.run(given(*arguments))
    return lambda: given(*arguments)


def _check_usage(callables: Sequence[object], check: object, points: object, most: object, replay: object) -> None:
    for holds, problem in _problems(callables, check, points, most, replay):
        if not holds:
            raise UsageError(problem)


def _problems(
    callables: Sequence[object], check: object, points: object, most: object, replay: object
) -> Iterator[tuple[bool, str]]:
    yield (
        _FEWEST <= len(callables) <= _MOST and all(map(callable, callables)),
        f"A race is of two to four callables, and these are {len(callables)}. Give functions, or coroutine functions.",
    )
    yield check is None or callable(check), f"check= cannot be {check!r}. Give a function that asserts what must hold."
    known = ", ".join(f'"{each}"' for each in POINTS)
    are_points = isinstance(points, Collection) and bool(points) and all(each in POINTS for each in points)
    yield are_points, f"points= cannot be {points!r}. Give some of {known}."
    is_number = isinstance(most, int) and not isinstance(most, bool) and most > 0
    yield is_number, f"most= cannot be {most!r}. Give how many schedules to try at the most."
    numbers = {str(number) for number in range(1, len(callables) + 1)}
    yield (
        replay is None or (isinstance(replay, str) and set(replay) <= numbers),
        f"replay= cannot be {replay!r}. Give the schedule that the report of a lost race shows.",
    )
