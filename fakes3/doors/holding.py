"""Stops calls that hold the lock of the interpreter while they wait for S3.

Until such a call returns, nothing else in this process runs, so no fake in this process can answer it: it would wait
until its client gives up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any

from fakes3.doors.entrance import Door, Replacements
from fakes3.doors.loopback import loopback
from fakes3.model.errors import UnmockedRequest


class HoldingDoor(Door):
    """Stops the calls of one library. A subclass names them in `replaces`, and says what to do instead."""

    remedy: str = ""

    def replacements(self, module: Any) -> Replacements:
        """Return the functions and methods that this version of the library has."""
        for path in self.replaces:
            class_name, _, name = path.rpartition(".")
            owner = getattr(module, class_name, None) if class_name else module
            really = getattr(owner, "__dict__", {}).get(name)
            if isinstance(really, staticmethod):
                yield owner, name, staticmethod(self.replace(really.__func__))
            elif really is not None:
                yield owner, name, self.replace(really)

    def replace(self, really: Any) -> Any:
        """Return a function that calls another one where it would ask S3."""

        @wraps(really)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._current() is not None and self.asks_s3(*args, *kwargs.values()):
                return self.call_instead(really, *args, **kwargs)
            return really(*args, **kwargs)

        return call

    def call_instead(self, really: Any, *_args: Any, **_kwargs: Any) -> Any:
        """Raise UnmockedRequest. A door that knows another way to the same result returns it."""
        raise UnmockedRequest(
            f"{really.__qualname__} was stopped: it holds the lock of the interpreter while it waits for S3, so no "
            f"fake in this process can answer. {self.remedy}"
        )

    def asks_s3(self, *given: Any) -> bool:
        """Whether a call with these arguments would ask S3, or a server of this process, and not one of another."""
        server = loopback(self._current)
        return any("s3://" in text for each in given for text in texts_of(each)) and not any(
            server.is_here(endpoint) and not server.is_of_this_process(endpoint)
            for each in given
            for endpoint in endpoints_of(each)
        )


def texts_of(given: Any) -> Iterable[str]:
    """Return what an argument says of places: a path, a query, or where a table or file is."""
    found = (given, getattr(given, "path", None), getattr(_table_of(given), "table_uri", None))
    return (each for each in found if isinstance(each, str))


def endpoints_of(given: Any) -> Iterable[str]:
    """Return the endpoints in storage options, given as they are or to a table, and in a configuration of daft's."""
    options = given if isinstance(given, dict) else getattr(_table_of(given), "_storage_options", None)
    found = [value for name, value in (options or {}).items() if "endpoint" in str(name).lower()]
    of_daft = getattr(getattr(given, "s3", None), "endpoint_url", None)
    return found if of_daft is None else [*found, of_daft]


def _table_of(given: Any) -> Any:
    """Return the Delta table that an argument is, or that it changes."""
    return getattr(given, "table", given)
