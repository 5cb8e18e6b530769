"""How client libraries are patched while a fake is entered, and which fake answers.

A door knows one client library and no rule of S3. It turns the library's request into a `Request`, gives it to the
`Endpoint` that is entered, and turns the `Response` into the library's own kind.

Fakes are entered and left in any order and from any thread. The first entry opens the doors and the last exit closes
them, so every patched attribute is restored, however the entries were nested. A door whose library is not imported yet
opens as soon as it is.

A door may be needed by some fakes only. It opens with the first of these and closes with the last of them, while the
others stay open.

Guards alone stay: after the last fake is left they stop what is signed with the mock's dummy key.

A signal may raise at any line. So entering undoes what it began, and each step of leaving may be done again: what is
replaced is noted before it is replaced, and a fake counts as entered until all else of it is undone.

The lock is held for these steps, but not while modules are imported: their import may wait for another thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from operator import attrgetter
from threading import RLock
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

from fakes3.doors.endpoint import CLIENT_HOSTS, Endpoint, check_key
from fakes3.doors.environment import read_variables, restore_variables, set_variables
from fakes3.doors.locks import give_lock

Current: TypeAlias = Callable[[], Endpoint | None]
"""Returns the endpoint that answers this thread or task; None if no fake is entered."""

Replacements: TypeAlias = Iterable[tuple[Any, str, Any]]
"""Attributes that a door replaces: for each its owner, its name, and its value while the door is open."""


_INHERITED = object()
"""In place of the value of an attribute that its owner has only from another class."""

_MOST_COVERED = 256

Subject = TypeVar("Subject")


class Door:
    """The way in for the requests of one client library.

    A subclass names the module that the library must have imported, and the attributes of it that are replaced while
    the door is open, by their paths in the module. It overrides `replace`, or `replace_at` where each is replaced in
    its own way, or else `replacements`.

    Args:
        current: Returns the endpoint that answers, or None.
    """

    module: str
    replaces: tuple[str, ...] = ()
    stays = False
    """Whether its attributes stay replaced after the last fake is left."""
    needs: tuple[str, ...] = ()
    """What else of the module it needs to replace them."""
    is_direct = False
    """Whether it opens only for fakes that want calls answered above HTTP."""
    sets_variables = False
    """Whether `variables` has any. A door that is not for all fakes has none."""
    only_spares = False
    """Whether it only spares the library work. Then a release that lacks an attribute does all of its work."""

    def __init__(self, current: Current) -> None:
        self._current = current
        owners = {path.rpartition(".")[0] for path in self.replaces} - {""}
        self._find = attrgetter(*owners, *self.needs, *self.replaces) if self.replaces else None
        self._remembered: tuple[Any, tuple[tuple[Any, str, Any], ...]] = None, ()
        """The attributes when they were last looked at, with their classes and the module, and what was made for them.

        It is set at once: of two variables a signal, or another thread, could leave one that is not the other's.
        """
        self._made: dict[str, tuple[Any, Any]] = {}

    def opens_for(self, endpoints: Iterable[Endpoint]) -> bool:
        """Whether the door is open while these endpoints are entered."""
        return any(each.direct or not self.is_direct for each in endpoints)

    def replacements(self, module: Any) -> Replacements:
        """Return the replaced attributes of the module. They are made again where another program changed one."""
        if self._find is None:
            return ()
        try:
            found = module, self._find(module)
        except AttributeError:
            if not self.only_spares:
                raise
            return ()
        known, replacements = self._remembered
        if found != known:  # which compares by identity first
            replacements = tuple(self._replace_each(module))
            self._remembered = found, replacements
        return replacements

    def _replace_each(self, module: Any) -> Replacements:
        for path in self.replaces:
            class_name, _, name = path.rpartition(".")
            owner = getattr(module, class_name) if class_name else module
            really = getattr(owner, name)
            new = self.replace_at(path, really)
            if new is not really:
                yield owner, name, new

    def replace_again(self, path: str, really: Any, replace: Callable[[Any], Any]) -> Any:
        """Return what took the place of this function when the door was open before, or else make it."""
        known, made = self._made.get(path, (None, None))
        if known is not really:
            made = replace(really)
            self._made[path] = really, made
        return made

    def variables(self) -> Mapping[str, str]:
        """Return the variables of the environment that are set while the door is open."""
        return {}

    def replace(self, really: Any) -> Any:
        """Return what takes the place of a function while the door is open."""
        raise NotImplementedError

    def replace_at(self, _path: str, really: Any) -> Any:
        """Return what takes the place of the attribute at a path; itself to leave it there."""
        return self.replace(really)

    def forget(self) -> None:
        """Let the library forget what it remembers of S3. Called whenever a fake is entered or left."""

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


class Guard(Door):
    """Keeps the mock's dummy key in this process once no fake is entered: a late thread or client may sign with it.

    It replaces a method of the library that no door and no other mock replaces, below them all, for the life of the
    process. While a fake is entered, and for every other key, the method does what it always did.
    """

    stays = True

    def replace(self, really: Any) -> Any:
        """Return a function that sends, and first looks which key its request is signed with."""

        @wraps(really)
        def send(*args: Any, **kwargs: Any) -> Any:
            if self._current() is None:
                check_key(*self.read(*args, **kwargs))
            return really(*args, **kwargs)

        return send

    def read(self, *args: Any, **kwargs: Any) -> tuple[str, Any, str]:
        """Return the host, the header Authorization and the query of a request, given what the function is given."""
        raise NotImplementedError


class Entrance:
    """All doors of the process, and the fakes that are entered through them, the latest last.

    Args:
        doors: By the name of each library, a function that returns its doors, the same ones at each call. It is called
            once the library is imported.
    """

    def __init__(self, doors: Mapping[str, Callable[[], Iterable[Door]]]) -> None:
        self.doors = doors
        self._lock: RLock
        give_lock(self)
        self._entered: list[Endpoint] = []
        self._substitutes: dict[Endpoint, Endpoint] = {}
        self._replaced: list[tuple[Door, Any, str, Any, Any]] = []
        self._covered: list[tuple[Any, str, Any, Any]] = []
        """What could not be restored, since another mock had replaced it in turn."""
        self._variables: dict[str, str | None] = {}
        """The variables that doors have set, with their values before."""
        self._standing: set[Door] = set()
        """The doors that are open for the life of the process."""
        self._open: set[Door] = set()
        self._idle: set[Door] = set()
        """The doors that were closed since no entered endpoint needs them."""
        self._imported: dict[str, ModuleType] = {}
        """The modules that are known to be imported to their end."""
        self._is_all_open = False
        self._watcher = ImportWatcher(self._open_module)
        self._waiting: dict[str, list[Door]] = {}
        """The doors that open once the module of this name is imported."""
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
        try:
            with self._lock:
                self._entered.append(endpoint)
                if instead_of is not None:
                    self._substitutes[instead_of] = endpoint
            if not self._is_all_open:
                self._open_doors()
            else:
                for door in tuple(self._idle):
                    self._open_door(door, self._import(door.module))
            self._forget()
            self.adopt(endpoint)
        except BaseException:
            self.leave(endpoint)
            raise

    def leave(self, endpoint: Endpoint) -> None:
        """Let this endpoint answer no more, if it does, and close the doors if it was the last."""
        finish(self._leave, endpoint)

    def _leave(self, endpoint: Endpoint) -> None:
        with self._lock:
            if self._entered == [endpoint]:
                self._close_all_doors()
            elif endpoint in self._entered:
                self._close_doors_but_for([each for each in self._entered if each is not endpoint])
            if self._substitutes:
                self._substitutes = {old: new for old, new in self._substitutes.items() if endpoint not in (old, new)}
            if endpoint in self._entered:
                self._entered.remove(endpoint)
            self._forget()
        self._mine.set(tuple(each for each in self._mine.get() if each in self._entered))

    def adopt(self, endpoint: Endpoint) -> None:
        """Let an entered endpoint answer this thread or task."""
        self._mine.set((*(each for each in self._mine.get() if each in self._entered), endpoint))

    def is_mine(self, endpoint: Endpoint) -> bool:
        """Whether this thread or task entered this endpoint, or inherited the context of one that did."""
        return endpoint in self._mine.get()

    def _open_doors(self) -> None:
        """Open every door that is not open. A thread that enters while another opens them does not wait for it."""
        self._uncover()
        if self._watcher not in sys.meta_path:
            sys.meta_path.insert(0, self._watcher)
        self._watcher.names.update(self.doors)  # first, since another thread may import one now
        for library in self.doors:
            if library in sys.modules:
                self._open_library(library)
        with self._lock:
            self._is_all_open = bool(self._entered)
            if not (self._is_all_open and self._watcher.names):
                self._watcher.remove()

    def _open_module(self, module: ModuleType) -> None:
        """Open the doors that have waited for this module."""
        name = module.__name__
        if name in self.doors:
            self._open_library(name)
        for door in tuple(self._waiting.get(name, ())):
            self._open_door(door, module)

    def _open_library(self, library: str) -> None:
        self._watcher.names.discard(library)
        for door in self.doors[library]():
            if door in self._standing:
                continue
            if door.module not in sys.modules:
                self._waiting.setdefault(door.module, []).append(door)
                self._watcher.names.add(door.module)
            if door.module in sys.modules:  # by now
                self._watcher.names.discard(door.module)
                self._open_door(door, self._import(door.module))

    def _import(self, name: str) -> ModuleType:
        """Return a module. Another thread may be importing it for the first time: wait for it."""
        module = sys.modules.get(name)
        if module is None or self._imported.get(name) is not module:
            __import__(name)
            module = self._imported[name] = sys.modules[name]
        return module

    def _open_door(self, door: Door, module: ModuleType) -> None:
        if door in self._open or door in self._standing:
            return
        replacements = tuple(door.replacements(module))
        with self._lock:
            entered = self._entered
            if not entered or door in self._open or door in self._standing:
                return
            if door.is_direct and not door.opens_for(entered):
                self._idle.add(door)
                return
            self._replace(door, replacements)
            (self._standing if door.stays else self._open).add(door)
            self._idle.discard(door)

    def _replace(self, door: Door, replacements: Replacements) -> None:
        """Put these attributes of a door in place, and its variables."""
        for owner, name, new in replacements:
            if not door.stays:
                self._replaced.append((door, owner, name, owner.__dict__.get(name, _INHERITED), new))
            setattr(owner, name, new)
        if door.sets_variables:
            variables = door.variables()
            present = read_variables(variables)
            self._variables = present | self._variables
            set_variables(variables, present)

    def _forget(self) -> None:
        for door in tuple(self._open):
            door.forget()

    def _close_doors_but_for(self, endpoints: Sequence[Endpoint]) -> None:
        """Close the doors that these endpoints do not need."""
        doors = {door for door, *_ in self._replaced if not door.opens_for(endpoints)}
        if doors:
            self._idle |= doors
            self._open -= doors
            self._restore([each for each in self._replaced if each[0] in doors])
            self._replaced = [each for each in self._replaced if each[0] not in doors]

    def _close_all_doors(self) -> None:
        self._is_all_open = False
        self._forget()
        self._open.clear()
        self._idle.clear()
        self._waiting.clear()
        self._watcher.remove()
        self._restore(self._replaced)
        self._replaced.clear()
        restore_variables(self._variables)
        self._variables = {}
        CLIENT_HOSTS.forget()

    def _restore(self, replaced: Sequence[tuple[Door, Any, str, Any, Any]]) -> None:
        """Restore attributes that doors have replaced.

        Another mock may have replaced our function and call it. Then it stays: without a fake it calls the original.
        """
        for _door, owner, name, old, new in reversed(replaced):
            found = owner.__dict__.get(name, _INHERITED)
            if found is new:
                _put_back(owner, name, old)
            elif found is not old:
                self._covered.append((owner, name, old, new))
        del self._covered[:-_MOST_COVERED]  # some never come back: what had covered them went first

    def _uncover(self) -> None:
        """Restore what another mock had replaced when our doors closed, and has put back since."""
        if not self._covered:
            return
        with self._lock:
            uncovered = [each for each in self._covered if each[0].__dict__.get(each[1]) is each[3]]
            for owner, name, old, _new in uncovered:
                _put_back(owner, name, old)
            self._covered = [each for each in self._covered if each not in uncovered]


def _put_back(owner: Any, name: str, value: Any) -> None:
    """Put back the value of an attribute. This may be done again, as after a signal."""
    if value is not _INHERITED:
        setattr(owner, name, value)
    elif name in owner.__dict__:
        delattr(owner, name)


def finish(step: Callable[[Subject], object], subject: Subject) -> None:
    """Do a step that may be repeated, to its end: also where a signal raises meanwhile, which is raised afterwards."""
    try:
        step(subject)
    except BaseException:
        step(subject)
        raise


class ImportWatcher(MetaPathFinder):
    """Finder for `sys.meta_path`. It finds what the other finders find, and calls a function once that is imported.

    Args:
        imported: Called with each module whose name is among `names`, once. Then it is taken out of them.
    """

    def __init__(self, imported: Callable[[ModuleType], None]) -> None:
        self.names: set[str] = set()
        self._imported = imported

    def remove(self) -> None:
        """Watch no imports any more."""
        self.names.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        for finder in list(sys.meta_path):
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find_spec is None else find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                # The spec may be wanted without an import to follow, so it is the loader that notifies.
                spec.loader = _NotifyingLoader(spec.loader, self._notify)
                return spec  # type: ignore[no-any-return]
        return None

    def _notify(self, module: ModuleType) -> None:
        if module.__name__ in self.names:
            self.names.discard(module.__name__)
            self._imported(module)


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
