"""The door of s3fs, which keeps file systems and their listings for the life of the process.

The doors of the libraries under s3fs answer its requests. This one only keeps listings of one test's fake from showing
up in another test.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from fakes3.doors.entrance import Door


class S3fsDoor(Door):
    """Gives file systems that are made under the mock a cache of their own, and empties the listings of older ones."""

    module = "s3fs.core"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the cache of file systems."""
        older = module.S3FileSystem._cache
        for each in list(older.values()):
            each.invalidate_cache()
        yield module.S3FileSystem, "_cache", type(older)()
