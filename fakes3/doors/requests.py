"""The door of requests: presigned URLs and forms, and all that stands on requests.

The adapter that would open a connection is replaced, so sessions, redirects, hooks and cookies stay real, and a mock of
the user's own, entered before or after, still gets what is not S3's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http.client import responses
from types import ModuleType
from typing import Any

from fakes3.doors.door import Door, Endpoint, request_of
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Response


class RequestsDoor(Door):
    """Answers every session of requests.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "requests.adapters"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The adapter's `send`."""
        adapter_class = module.HTTPAdapter
        really_send = adapter_class.send

        def send(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current()
            if endpoint is None:
                return really_send(adapter, request, *args, **kwargs)
            asked = request_of(request)
            if not endpoint.serves(asked.host, asked.headers, asked.query):
                return really_send(adapter, request, *args, **kwargs)
            return adapter.build_response(request, _received(endpoint.handle(asked), asked.method))

        yield adapter_class, "send", send


def _received(response: Response, method: str) -> Any:
    """The response as urllib3 has it, which expects no body of a HEAD."""
    from urllib3.response import HTTPResponse

    return HTTPResponse(
        body=io.BufferedReader(_RopeReader(response.body)),
        headers=response.headers,
        status=response.status,
        reason=responses.get(response.status),
        preload_content=False,
        request_method=method,
    )


class _RopeReader(io.RawIOBase):
    """Reads a rope as a file."""

    def __init__(self, body: Rope) -> None:
        self._body = body
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = bytes(self._body[self._at : self._at + len(buffer)])
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
