"""Read-only attributes that a class lists in a table, one on each line, instead of defining a method for each."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, Never, Protocol, TypeVar, cast

Value = TypeVar("Value", covariant=True)


class Unchanged(Enum):
    """The type of `UNCHANGED`."""

    UNCHANGED = "as it is"


UNCHANGED: Final = Unchanged.UNCHANGED
"""The default of an argument that leaves an attribute as it is."""


class Shown(Protocol[Value]):
    """What type checkers know of such an attribute."""

    def __get__(self, owner: object, kind: type, /) -> Value: ...
    def __set__(self, owner: object, value: Never, /) -> None: ...


def shown(read: Callable[[Any], Value], doc: str) -> Shown[Value]:
    """Return a property with this docstring, whose value is what `read` returns for the object."""
    return cast(Shown[Value], property(read, doc=doc))
