"""Lets botocore's sessions share what they read from botocore's own data files.

A mock removes boto3's default session, so the first `boto3.client("s3")` of a test makes a new one. Its loader would
parse the model of S3 again, which takes most of the time of making a client. The loaders that are made under a mock
find the parsed files in one cache, which is kept from one mock to the next.

Only files of botocore and boto3 are shared, which do not change. A loader with any other search path reads its files
itself: one for `AWS_DATA_PATH`, one whose search paths a program extends, and each one where `~/.aws/models` exists.

botocore itself changes a model only in ways that are the same for all clients: a session shares one among its clients.
"""

from __future__ import annotations

import sys
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

from fakes3.doors.entrance import Door

_SHARED: dict[tuple[str, ...], dict[Any, Any]] = {}
"""What loaders remember, by their search paths and the types of extras that they merge into models."""


class LoaderDoor(Door):
    """Gives each session of botocore that makes its loader under the mock a loader that shares."""

    module = "botocore.session"
    only_spares = True
    replaces = ("create_loader",)

    def replace(self, really: Any) -> Any:
        """Return the function that sessions make their loaders with."""

        def create_loader(search_path_string: str | None = None) -> Any:
            if search_path_string is not None or self._current() is None:
                return really(search_path_string)
            return _loader_class()()

        return create_loader


def make_session() -> Any:
    """Return a session of botocore whose loader shares, also while no mock is entered."""
    from botocore.session import get_session

    session = get_session()
    session.register_component("data_loader", _loader_class()())
    return session


@cache
def _loader_class() -> Any:
    from botocore.loaders import JSONFileLoader, Loader

    class SharingLoader(Loader):
        """A loader of botocore that shares its cache with others."""

        _is_alone = False

        @property
        def _cache(self) -> dict[Any, Any]:
            """Where botocore's loader remembers results."""
            paths = self.search_paths
            if self._is_alone or type(self.file_loader) is not JSONFileLoader or not all(map(_is_shareable, paths)):
                return self._own_cache
            return _SHARED.setdefault((*paths, "", *self.extras_types), {})

        @_cache.setter
        def _cache(self, empty: dict[Any, Any]) -> None:
            self._own_cache = empty

        def list_available_services(self, *args: Any, **kwargs: Any) -> list[str]:
            # A copy, since the caller may change it.
            return list(super().list_available_services(*args, **kwargs))

        def list_api_versions(self, *args: Any, **kwargs: Any) -> list[str]:
            return list(super().list_api_versions(*args, **kwargs))

        def load_service_model(self, *args: Any, **kwargs: Any) -> Any:
            # botocore merges extras into the model after it put the model into the cache. So the model is shared once
            # it is whole. Whoever comes meanwhile loads it too, since waiting could be for ever: while this thread
            # loads, the garbage collector may run a finalizer that waits for another thread.
            shared, whole = self._cache, ("whole", args, *kwargs.items())
            if shared is self._own_cache:
                return super().load_service_model(*args, **kwargs)
            if whole not in shared:
                alone = copy(self)
                alone._is_alone, alone._own_cache = True, {}
                shared.setdefault(whole, alone.load_service_model(*args, **kwargs))
            return shared[whole]

    def _is_shareable(path: str) -> bool:
        if path == Loader.CUSTOMER_DATA_PATH:
            return not _path(path).is_dir()
        boto3: Any = sys.modules.get("boto3")
        return path == Loader.BUILTIN_DATA_PATH or (
            boto3 is not None and path == str(_path(boto3.__file__).with_name("data"))
        )

    return SharingLoader


_path = cache(Path)
