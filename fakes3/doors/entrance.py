"""How client libraries are patched while a fake is entered, and which fake answers.

A door knows one client library and no rule of S3. It turns the library's request into a `Request`, gives it to the
`Endpoint` that is entered, and turns the `Response` into the library's own kind.

Fakes are entered and left in any order and from any thread. The first entry opens the doors and the last exit closes
them, so every patched attribute is restored, however the entries were nested.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any, TypeAlias

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.imports import ImportWatcher

Current: TypeAlias = Callable[[], Endpoint | None]
"""Returns the endpoint that answers this thread or task; None if no fake is entered."""


class Door(ABC):
    """The way in for the requests of one client library.

    A subclass names the module that the library must have imported, and the attributes that are replaced while the
    door is open.

    Args:
        current: Returns the endpoint that answers, or None.
    """

    module: str

    def __init__(self, current: Current) -> None:
        self._current = current

    @abstractmethod
    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the replaced attributes: for each its owner, its name, and its value while the door is open."""


class Entrance:
    """All doors of the process, and the fakes that are entered through them, the latest last.

    Args:
        doors: By the name of each library, a function that makes its doors. It is called once the library is imported.
    """

    def __init__(self, doors: Mapping[str, Callable[[], Iterable[Door]]]) -> None:
        self._makers = doors
        self._doors: dict[str, tuple[Door, ...]] = {}
        self._lock = RLock()
        self._entered: list[Endpoint] = []
        self._substitutes: dict[Endpoint, Endpoint] = {}
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._watcher = ImportWatcher()
        self._mine: ContextVar[tuple[Endpoint, ...]] = ContextVar("fakes3_entered", default=())

    def current(self) -> Endpoint | None:
        """Return the endpoint that answers: the latest one entered by this thread or task, or else the latest of all.

        None if no fake is entered.
        """
        entered = self._entered
        for endpoint in reversed(self._mine.get()):
            if endpoint in entered:
                return self._substitutes.get(endpoint, endpoint)
        try:
            return entered[-1]
        except IndexError:
            return None

    def enter(self, endpoint: Endpoint, *, instead_of: Endpoint | None = None) -> None:
        """Let this endpoint answer, and open the doors if it is the first.

        Args:
            endpoint: The endpoint of a fake.
            instead_of: An entered endpoint. Until the new one is left, it answers wherever the old one would have
                answered, in this and in other threads and tasks.
        """
        with self._lock:
            if not self._entered:
                self._open()
            self._entered.append(endpoint)
            if instead_of is not None:
                self._substitutes[instead_of] = endpoint
        self.adopt(endpoint)

    def leave(self, endpoint: Endpoint) -> None:
        """Let this endpoint answer no more, and close the doors if it was the last."""
        with self._lock:
            self._entered.remove(endpoint)
            self._substitutes = {old: new for old, new in self._substitutes.items() if endpoint not in (old, new)}
            if not self._entered:
                self._close()
        self._mine.set(tuple(each for each in self._mine.get() if each in self._entered))

    def adopt(self, endpoint: Endpoint) -> None:
        """Let an entered endpoint answer this thread or task."""
        self._mine.set((*(each for each in self._mine.get() if each in self._entered), endpoint))

    def is_mine(self, endpoint: Endpoint) -> bool:
        """Whether this thread or task entered this endpoint, or inherited the context of one that did."""
        return endpoint in self._mine.get()

    @property
    def libraries(self) -> tuple[str, ...]:
        """The names of the libraries that have doors."""
        return tuple(self._makers)

    def doors_of(self, library: str) -> tuple[Door, ...]:
        """Return the doors of a library."""
        if library not in self._doors:
            self._doors[library] = tuple(self._makers[library]())
        return self._doors[library]

    def _open(self) -> None:
        self._watcher.waiting = {}
        try:
            for library in self._makers:
                if library in sys.modules:
                    self._open_library(library)
                else:
                    self._watcher.wait_for(library, partial(self._open_library, library))
        except BaseException:
            self._close()
            raise
        if self._watcher.waiting:
            sys.meta_path.insert(0, self._watcher)

    def _open_library(self, library: str, _module: ModuleType | None = None) -> None:
        for door in self.doors_of(library):
            if door.module in sys.modules:
                # Another thread may be importing the module: import_module waits until that is done.
                self._open_door(door, import_module(door.module))
            else:
                self._watcher.wait_for(door.module, partial(self._open_door, door))

    def _open_door(self, door: Door, module: ModuleType) -> None:
        with self._lock:
            for owner, name, new in door.replacements(module):
                self._replaced.append((owner, name, owner.__dict__[name], new))
                setattr(owner, name, new)

    def _close(self) -> None:
        self._watcher.waiting = {}
        if self._watcher in sys.meta_path:
            sys.meta_path.remove(self._watcher)
        for owner, name, old, new in reversed(self._replaced):
            # Another mock may have replaced our function and call it. Then it stays: without a fake it calls the
            # original.
            if owner.__dict__.get(name) is new:
                setattr(owner, name, old)
        self._replaced.clear()
