"""Stand-ins for classes and functions of compiled libraries, whose attributes cannot be replaced.

A module that was imported earlier may hold the class under any name, as after `from pyarrow.fs import S3FileSystem`. So
the stand-in takes the place of the class in each module that holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import update_wrapper
from types import ModuleType
from typing import Any


class StandIn:
    """Takes the place of a class. What it makes are instances of the class itself.

    Args:
        really: The class.
        lead: Called with the arguments by name; returns those that the class is called with.
        positional: The names of the arguments that may be given by position, in order.
    """

    def __init__(
        self, really: type, lead: Callable[[dict[str, Any]], dict[str, Any]], positional: tuple[str, ...] = ()
    ) -> None:
        self._really = really
        self._lead = lead
        self._positional = positional
        update_wrapper(self, really, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(self._positional):
            return self._really(*args, **kwargs)  # which says what is wrong with them
        return self._really(**self._lead({**dict(zip(self._positional, args, strict=False)), **kwargs}))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._really, name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._really)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._really)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self._really,)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._really

    def __hash__(self) -> int:
        return hash(self._really)

    def __or__(self, other: Any) -> Any:
        return self._really | other

    def __ror__(self, other: Any) -> Any:
        return other | self._really

    def __repr__(self) -> str:
        return repr(self._really)


class StandIns:
    """The stand-ins that a door has made, each made once."""

    def __init__(self) -> None:
        self._made: dict[Any, tuple[Holders, Any]] = {}

    def replace(self, really: Any, make: Callable[[Any], Any]) -> Iterator[tuple[ModuleType, str, Any]]:
        """Yield each module that holds a class or function, its name there, and what takes its place.

        Args:
            really: The class or function.
            make: Returns its stand-in.
        """
        if really not in self._made:
            self._made[really] = Holders(really), make(really)
        holders, new = self._made[really]
        for module, name in holders.find():
            yield module, name, new


class Holders:
    """The modules that hold a class or function, and under which name. Each module is searched once.

    The compiled module that defines it is left out: what is compiled may use it as the class that it is.

    Args:
        sought: The class or function.
    """

    def __init__(self, sought: Any) -> None:
        self._sought = sought
        self._searched = {sought.__module__}
        self._found: list[tuple[ModuleType, str]] = []
        self._modules = 0
        """How many modules there were at the last search. To compare their names takes a tenth of a mock's entry."""

    def find(self) -> Iterator[tuple[ModuleType, str]]:
        """Yield each module that holds the object now, and its name there."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            self._search(sys.modules.keys() - self._searched)
        for module, key in self._found:
            if module.__dict__.get(key) is self._sought:
                yield module, key

    def _search(self, names: set[str]) -> None:
        for name in names:
            module = sys.modules.get(name)
            if isinstance(module, ModuleType):
                held = list(module.__dict__.items())
                self._found += [(module, key) for key, value in held if value is self._sought]
        self._searched |= names
