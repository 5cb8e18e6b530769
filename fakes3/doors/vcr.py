"""The door of vcrpy, whose cassettes record and play what leaves the process: requests for S3 are in none of them.

vcrpy stands above the doors of http.client, aiohttp and httpx. To each request that it must not know it says nothing,
as to one that its own filter drops. So it sends the request on, and the fake answers.
"""

from __future__ import annotations

from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.entrance import Door
from fakes3.doors.messages import join_headers


class VcrDoor(Door):
    """Keeps requests for S3 out of every cassette."""

    module = "vcr.cassette"
    replaces = ("Cassette.append", "Cassette.can_play_response_for", "Cassette.filter_request")

    def replace(self, really: Any) -> Any:
        """Return a method that is given a request, and returns None if it is for S3."""

        @wraps(really)
        def ask(cassette: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            return None if self._is_ours(request) else really(cassette, request, *args, **kwargs)

        return ask

    def _is_ours(self, request: Any) -> bool:
        if self._current() is None:
            return False
        url = urlsplit(request.uri)
        headers = join_headers((name, _text(value)) for name, value in request.headers.items())
        return self._find_endpoint(url.netloc, headers, url.query, stops=False) is not None


def _text(value: Any) -> str:
    """Return the value of a header, which may be bytes, and after `putheader` several values."""
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
