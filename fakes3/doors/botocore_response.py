"""Responses as botocore has them, for the doors that answer its clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fakes3.doors.bodies import PIECE, RopeReader
from fakes3.wire.message import Response


def make_response(url: str, response: Response) -> Any:
    """Return botocore's kind of response.

    Args:
        url: The URL of the request.
        response: The response of S3.
    """
    from botocore.awsrequest import AWSResponse

    headers: Any = response.headers  # it copies any mapping
    return AWSResponse(url, response.status, headers, RawBody(response.body))


class RawBody(RopeReader):
    """The body of a response, which is read as urllib3's is."""

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Return the next `amt` bytes, or all that are left if `amt` is None or negative."""
        start = self._position
        stop = len(self._body) if amt is None or amt < 0 else min(start + amt, len(self._body))
        self._position = stop
        return bytes(self._body[start:stop])

    def stream(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the bytes that are left in pieces of `amt` bytes."""
        while data := self.read(amt or PIECE):
            yield data

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._position

    def close(self) -> None:
        """Drop the bytes that are left, as a closed connection does."""
        self._position = len(self._body)

    def release_conn(self) -> None:
        """Do nothing: there is no connection."""

    @property
    def closed(self) -> bool:
        """Whether all bytes were read or dropped."""
        return self._position >= len(self._body)
