"""The door of s3fs, which remembers file systems and their listings for as long as the process lives.

Its requests come in by the doors of what it stands on. Only what it remembers has to be forgotten: another test's
listing of another fake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from fakes3.doors.door import Door, Endpoint


class S3fsDoor(Door):
    """Gives file systems of the time of the mock their own cache, and empties the listings of older ones.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "s3fs.core"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The cache of instances."""
        older = module.S3FileSystem._cache
        for each in list(older.values()):
            each.invalidate_cache()
        yield module.S3FileSystem, "_cache", type(older)()
