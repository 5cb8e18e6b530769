"""Calls functions when modules are imported, so that a door opens as soon as its library is there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class ImportWatcher(MetaPathFinder):
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
