"""The door beside moto, which answers botocore's clients before they send. With this door, the fake answers for S3.

Requests that clients of requests send to moto go through `responses`, and the door of requests takes care of those.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from fakes3.doors.entrance import Door
from fakes3.doors.prepared import read_prepared


class MotoDoor(Door):
    """Keeps moto from answering for S3 while a fake is entered, whichever of the two was entered first."""

    module = "moto.core.botocore_stubber"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return moto's listener to the event `before-send` of every client."""
        stubber_class = module.BotocoreStubber
        really_call = stubber_class.__call__

        def call(stubber: Any, event_name: str, request: Any, **context: Any) -> Any:
            endpoint = self._current()
            if endpoint is not None:
                read = read_prepared(request)
                if endpoint.claims(read.host, read.headers, read.query):
                    return None
            return really_call(stubber, event_name, request, **context)

        yield stubber_class, "__call__", call
