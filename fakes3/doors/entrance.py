"""How client libraries are patched while a fake is entered, and which fake answers.

A door knows one client library and no rule of S3. It turns the library's request into a `Request`, gives it to the
`Endpoint` that is entered, and turns the `Response` into the library's own kind.

Fakes are entered and left in any order and from any thread. The first entry opens the doors and the last exit closes
them, so every patched attribute is restored, however the entries were nested. A door whose library is not imported yet
opens as soon as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any, TypeAlias

from fakes3.doors.endpoint import CLIENT_HOSTS, Endpoint
from fakes3.doors.environment import set_variables

Current: TypeAlias = Callable[[], Endpoint | None]
"""Returns the endpoint that answers this thread or task; None if no fake is entered."""

Replacements: TypeAlias = Iterable[tuple[Any, str, Any]]
"""Attributes that a door replaces: for each its owner, its name, and its value while the door is open."""


class Door:
    """The way in for the requests of one client library.

    A subclass names the module that the library must have imported, and the attributes of it that are replaced while
    the door is open, by their paths in the module. It overrides `replace`, or else `replacements`.

    Args:
        current: Returns the endpoint that answers, or None.
    """

    module: str
    replaces: tuple[str, ...] = ()

    def __init__(self, current: Current) -> None:
        self._current = current

    def replacements(self, module: Any) -> Replacements:
        """Return the replaced attributes of the module."""
        for path in self.replaces:
            class_name, _, name = path.rpartition(".")
            owner = getattr(module, class_name) if class_name else module
            yield owner, name, self.replace(getattr(owner, name))

    def variables(self) -> Mapping[str, str]:
        """Return the variables of the environment that are set while the door is open."""
        return {}

    def replace(self, really: Any) -> Any:
        """Return what takes the place of a function while the door is open."""
        raise NotImplementedError

    def _find_endpoint(
        self, host: str, headers: Mapping[str, str], query: str, *, stops: bool = True
    ) -> Endpoint | None:
        """Return the endpoint that answers a request; None if the request is not for S3 or no fake is entered.

        Raises: UnmockedRequest, if `stops` is true and the request is for another service of AWS.
        """
        endpoint = self._current()
        if endpoint is None:
            return None
        claims = endpoint.claims_or_stops if stops else endpoint.claims
        return endpoint if claims(host, headers, query) else None


class Entrance:
    """All doors of the process, and the fakes that are entered through them, the latest last.

    Args:
        doors: By the name of each library, a function that returns its doors, the same ones at each call. It is called
            once the library is imported.
    """

    def __init__(self, doors: Mapping[str, Callable[[], Iterable[Door]]]) -> None:
        self.doors = doors
        self._lock = RLock()
        self._entered: list[Endpoint] = []
        self._substitutes: dict[Endpoint, Endpoint] = {}
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._variables: dict[str, str | None] = {}
        """The variables that doors have set, with their values before."""
        self._watcher = _ImportWatcher()
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

    def _open(self) -> None:
        self._watcher.waiting = {}
        try:
            for library in self.doors:
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
        for door in self.doors[library]():
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
            self._variables = {**set_variables(door.variables()), **self._variables}

    def _close(self) -> None:
        CLIENT_HOSTS.forget()
        self._watcher.waiting = {}
        if self._watcher in sys.meta_path:
            sys.meta_path.remove(self._watcher)
        for owner, name, old, new in reversed(self._replaced):
            # Another mock may have replaced our function and call it. Then it stays: without a fake it calls the
            # original.
            if owner.__dict__.get(name) is new:
                setattr(owner, name, old)
        self._replaced.clear()
        set_variables(self._variables)
        self._variables = {}


class _ImportWatcher(MetaPathFinder):
    """Finder for `sys.meta_path`. It finds what the other finders find, and calls functions once that is imported."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[ModuleType], None]]] = {}

    def wait_for(self, name: str, callback: Callable[[ModuleType], None]) -> None:
        """Call a function with the module of this name, once it is imported."""
        self.waiting.setdefault(name, []).append(callback)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.waiting:
            return None
        for finder in list(sys.meta_path):
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find_spec is None else find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                # The spec may be wanted without an import to follow, so the callbacks wait for the loader.
                spec.loader = _NotifyingLoader(spec.loader, self._notify)
                return spec  # type: ignore[no-any-return]
        return None

    def _notify(self, module: ModuleType) -> None:
        for callback in self.waiting.pop(module.__name__, ()):
            callback(module)


class _NotifyingLoader(Loader):
    """Loads a module with its real loader, then calls a function with it."""

    def __init__(self, loader: Loader, callback: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._callback = callback

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._callback(module)
