"""Whether a history of concurrent calls is linearizable: as if each had happened at one moment of the time it took.

The search is that of Wing and Gong, with the memory of Lowe: it looks for an order in which each answer is the one that
a sequential model gives, and never goes on twice from the same calls and the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

UNKNOWN: Final = "unknown"
"""The answer to a call that nobody heard: it was cancelled, or its connection broke."""


@dataclass(frozen=True, slots=True)
class Event:
    """One call: what was asked and answered, and when it began and ended."""

    begin: float
    end: float
    call: tuple[Any, ...]
    answer: Hashable
    client: int = 0

    @property
    def is_optional(self) -> bool:
        """Whether it may have had no effect."""
        return self.answer == UNKNOWN


Step = Callable[[Any, tuple[Any, ...]], tuple[Any, Hashable]]
"""Returns the state after a call, and the answer to it. States are values that can be hashed."""


def is_linearizable(history: Iterable[Event], state: Hashable, step: Step) -> bool:
    """Whether there is an order of the calls in which a model gives all their answers, from this state on.

    A call without an answer may have happened until its end, or not at all.
    """
    events = sorted(history, key=lambda event: event.begin)
    return _search(events, state, step)


def _search(events: Sequence[Event], state: Hashable, step: Step) -> bool:
    needed = sum(1 << place for place, event in enumerate(events) if not event.is_optional)
    pending: list[tuple[int, Hashable, float]] = [(0, state, -inf)]
    seen: set[tuple[int, Hashable, float]] = set()
    while pending:
        done, state, latest_begin = position = pending.pop()
        if done & needed == needed:
            return True
        if position in seen:
            continue
        seen.add(position)
        # The last one is tried first: it ended first, and had an effect for sure.
        places = _next_places(events, done, latest_begin)
        for place in sorted(places, key=lambda place: (not events[place].is_optional, -events[place].end)):
            event = events[place]
            after, answer = step(state, event.call)
            if event.is_optional or event.answer == answer:
                pending.append((done | 1 << place, after, max(latest_begin, event.begin)))
    return False


def _next_places(events: Sequence[Event], done: int, latest_begin: float) -> Iterable[int]:
    """Yield the calls that can be the next: no other one ended before they began, and none after them began."""
    left = [place for place in range(len(events)) if not done >> place & 1]
    first_end = min((events[place].end for place in left if not events[place].is_optional), default=inf)
    for place in left:
        event = events[place]
        if event.begin > first_end:
            return
        if event.end >= latest_begin:
            yield place


def partition(
    history: Iterable[Event], keys_of: Callable[[tuple[Any, ...]], Iterable[str] | None]
) -> list[list[Event]]:
    """Return the history in parts that have no key in common; each is linearizable for itself, or the whole is not.

    `keys_of` returns the keys that a call is about; None for all of them.
    """
    events = list(history)
    if any(keys_of(event.call) is None for event in events):
        return [events]
    parts: list[tuple[set[str], list[Event]]] = []
    for event in events:
        names, found = set(keys_of(event.call) or ()), [event]
        for part in [part for part in parts if part[0] & names]:
            names |= part[0]
            found += part[1]
            parts.remove(part)
        parts.append((names, found))
    return [found for _, found in parts]
