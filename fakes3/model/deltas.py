"""What leads from one value to the next, for another process that has the first one.

A world shares almost everything with the world before it. Of two processes that hold the same world, one needs to tell
the other only the rest: the fields and the entries of maps that are not the same objects. What a delta holds is pickled
in one piece, so what it shares within itself, such as the bytes of a body and of its copy, stays shared.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from copyreg import dispatch_table
from dataclasses import fields, is_dataclass, replace
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

from fakes3.model.ordered_map import ABSENT, Absent, OrderedMap


class Whole(NamedTuple):
    """Another value takes the place of the whole."""

    value: Any


class Fields(NamedTuple):
    """Fields of a record changed."""

    changes: Mapping[str, Delta]


class Entries(NamedTuple):
    """Entries of a map changed, were added, or are absent from now on."""

    changes: tuple[tuple[Any, Delta | Absent], ...]


Delta: TypeAlias = Whole | Fields | Entries | None
"""What changed; None for nothing."""


def delta_of(before: Any, after: Any) -> Delta:
    """Return what leads from one value to another. Time is spent only on what the two do not share."""
    if after is before:
        return None
    if type(after) is type(before):
        if isinstance(after, OrderedMap):
            return _entries_of(before, after) if before else Whole(after)
        names = _names_of(after)
        if names:
            found = {name: delta_of(getattr(before, name), getattr(after, name)) for name in names}
            return Fields({name: delta for name, delta in found.items() if delta is not None})
    return Whole(after)


def _entries_of(before: OrderedMap[Any, Any], after: OrderedMap[Any, Any]) -> Entries:
    changed = before.diff(after, exactly=True)
    return Entries(tuple((key, new if new is ABSENT else delta_of(old, new)) for key, old, new in changed))


def _names_of(value: Any) -> tuple[str, ...]:
    """Return the names of the fields of a record; none for anything else."""
    if is_dataclass(value):
        return tuple(each.name for each in fields(value))
    names: tuple[str, ...] = getattr(value, "_fields", ())
    return names


def apply_delta(before: Any, delta: Delta) -> Any:
    """Return the value that a delta leads to."""
    match delta:
        case Whole(value):
            return value
        case Fields(changes):
            values = {name: apply_delta(getattr(before, name), each) for name, each in changes.items()}
            change: Any = getattr(before, "_replace", None) or partial(replace, before)
            return change(**values)
        case Entries(changes):
            for key, each in changes:
                before = before.delete(key) if each is ABSENT else before.set(key, apply_delta(before.get(key), each))
    return before


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)  # pickle does not find the class itself, by the name that it has


def _reduce_read_only(values: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    return _read_only, (dict(values),)


_REDUCED: Final[Mapping[type, Any]] = {**dispatch_table, MappingProxyType: _reduce_read_only}
"""How things are pickled that pickle would not take: the read-only mappings of configurations."""

PROTOCOL: Final = 5


def send(pipe: BinaryIO, value: Any) -> None:
    """Write a value to a pipe that leads to a process of our own. Of what cannot be pickled nothing is written."""
    packed = BytesIO()
    pickler = pickle.Pickler(packed, PROTOCOL)
    pickler.dispatch_table = _REDUCED
    pickler.dump(value)
    pipe.write(packed.getbuffer())
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Return the next value from a pipe that comes from a process of our own. Raises: EOFError, where it has ended."""
    return pickle.load(pipe)
