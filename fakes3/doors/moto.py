"""The door beside moto, which answers botocore's clients before anything is sent: S3 it leaves to the fake.

What a client of requests sends to moto goes through `responses`, and the door of requests sees to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from fakes3.doors.door import Door, Endpoint, request_of


class MotoDoor(Door):
    """Keeps moto from answering for S3 while a fake is entered, whichever of the two was entered first.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "moto.core.botocore_stubber"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """What moto registers with every client to be asked `before-send`."""
        stubber_class = module.BotocoreStubber
        really_call = stubber_class.__call__

        def call(stubber: Any, event_name: str, request: Any, **context: Any) -> Any:
            endpoint = self._current()
            if endpoint is not None:
                asked = request_of(request)
                if endpoint.takes(asked.host, asked.headers, asked.query):
                    return None
            return really_call(stubber, event_name, request, **context)

        yield stubber_class, "__call__", call
