"""The door of requests: presigned URLs and forms, and all that stands on requests.

The adapter that would open a connection is replaced, so sessions, redirects, hooks and cookies stay real, and a mock of
the user's own, entered before or after, still gets what is not S3's. What no mock answers comes to the door of urllib3,
on its way out; that one stops what is Amazon's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http.client import responses
from types import ModuleType
from typing import Any

from fakes3.doors.door import Door, Endpoint, RopeReader, request_of
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
            answer = _answer(self._current(), adapter, request)
            return really_send(adapter, request, *args, **kwargs) if answer is None else answer

        yield adapter_class, "send", send


class ResponsesDoor(Door):
    """Answers for S3 above a mock of `responses` that was entered after the fake, and so stands over it.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "responses"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """What such a mock makes to stand where the adapter's `send` stood."""
        mock_class = module.RequestsMock
        really_make = mock_class.unbound_on_send

        def unbound_on_send(mock: Any) -> Callable[..., Any]:
            really_send = really_make(mock)

            def send(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
                answer = _answer(self._current(), adapter, request)
                return really_send(adapter, request, *args, **kwargs) if answer is None else answer

            return send

        yield mock_class, "unbound_on_send", unbound_on_send


def _answer(endpoint: Endpoint | None, adapter: Any, request: Any) -> Any:
    """The fake's answer as requests has it; None for what is not the fake's."""
    if endpoint is None:
        return None
    asked = request_of(request)
    if not endpoint.takes(asked.host, asked.headers, asked.query):
        return None
    return adapter.build_response(request, _received(endpoint.handle(asked), asked.method))


def _received(response: Response, method: str) -> Any:
    """The response as urllib3 has it, which expects no body of a HEAD."""
    from urllib3.response import HTTPResponse

    return HTTPResponse(
        body=io.BufferedReader(RopeReader(response.body)),
        headers=response.headers,
        status=response.status,
        reason=responses.get(response.status),
        preload_content=False,
        request_method=method,
    )
