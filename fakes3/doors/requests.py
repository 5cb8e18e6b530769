"""The door of requests: presigned URLs and forms, and every library that uses requests.

The adapter that would open a connection is replaced. So sessions, redirects, hooks and cookies stay real. Another mock
of requests, entered before or after, still receives the requests that are not for S3. A request that no mock answers
goes on to the door of urllib3, which stops those for other services of AWS.
"""

from __future__ import annotations

from typing import Any

from fakes3.doors.entrance import Door
from fakes3.doors.messages import check_as_http_client, check_connection, make_raw, read_prepared
from fakes3.wire.message import Response


class RequestsDoor(Door):
    """Answers every session of requests."""

    module = "requests.adapters"
    replaces: tuple[str, ...] = ("HTTPAdapter.send",)

    def replace(self, really: Any) -> Any:
        """Return a `send` that answers requests for S3 and hands on the others."""

        def send(adapter: Any, prepared: Any, *args: Any, **kwargs: Any) -> Any:
            request = read_prepared(prepared)
            endpoint = self._find_endpoint(request.host, request.headers, request.query, stops=False)
            if endpoint is None:
                return really(adapter, prepared, *args, **kwargs)
            check_as_http_client(request, prepared.headers)
            response = endpoint.handle(request)
            if response.breaks is not None:
                _check_connection(response, prepared)
            return adapter.build_response(prepared, make_raw(response, request.method))

        return send


def _check_connection(response: Response, prepared: Any) -> None:
    """Raise what requests raises where a connection breaks before an answer comes.

    Raises: requests' ConnectionError, ReadTimeout.
    """
    from requests.exceptions import ConnectionError, ReadTimeout
    from urllib3.exceptions import ProtocolError

    try:
        check_connection(response)
    except TimeoutError as error:
        raise ReadTimeout(error, request=prepared) from error
    except OSError as error:
        raise ConnectionError(ProtocolError("Connection aborted.", error), request=prepared) from error


class ResponsesDoor(RequestsDoor):
    """Answers for S3 before a mock of `responses` that was entered after the fake, and so has replaced `send`."""

    module = "responses"
    replaces = ("RequestsMock.unbound_on_send",)

    def replace(self, really: Any) -> Any:
        """Return the method that makes the `send` of such a mock."""
        answer_first = super().replace
        return lambda mock: answer_first(really(mock))
