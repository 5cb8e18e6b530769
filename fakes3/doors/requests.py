"""The door of requests: presigned URLs and forms, and every library that uses requests.

The adapter that would open a connection is replaced. So sessions, redirects, hooks and cookies stay real. Another mock
of requests, entered before or after, still receives the requests that are not for S3. A request that no mock answers
goes on to the door of urllib3, which stops those for other services of AWS.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from fakes3.doors.bodies import RopeReader
from fakes3.doors.entrance import Door
from fakes3.doors.http1 import reason_phrase
from fakes3.doors.prepared import read_prepared
from fakes3.wire.message import Response


class RequestsDoor(Door):
    """Answers every session of requests."""

    module = "requests.adapters"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the adapter's `send`."""
        yield module.HTTPAdapter, "send", self.answer_first(module.HTTPAdapter.send)

    def answer_first(self, really_send: Callable[..., Any]) -> Callable[..., Any]:
        """Return a `send` that answers requests for S3 and hands on the others."""

        def send(adapter: Any, prepared: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current()
            if endpoint is not None:
                request = read_prepared(prepared)
                if endpoint.claims(request.host, request.headers, request.query):
                    return adapter.build_response(prepared, _make_response(endpoint.handle(request), request.method))
            return really_send(adapter, prepared, *args, **kwargs)

        return send


class ResponsesDoor(RequestsDoor):
    """Answers for S3 before a mock of `responses` that was entered after the fake, and so has replaced `send`."""

    module = "responses"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the method that makes the `send` of such a mock."""
        mock_class = module.RequestsMock
        really_make = mock_class.unbound_on_send

        def unbound_on_send(mock: Any) -> Callable[..., Any]:
            return self.answer_first(really_make(mock))

        yield mock_class, "unbound_on_send", unbound_on_send


def _make_response(response: Response, method: str) -> Any:
    """Return urllib3's kind of response, which expects no body after HEAD."""
    from urllib3.response import HTTPResponse

    return HTTPResponse(
        body=io.BufferedReader(RopeReader(response.body)),
        headers=response.headers,
        status=response.status,
        reason=reason_phrase(response.status),
        preload_content=False,
        request_method=method,
    )
