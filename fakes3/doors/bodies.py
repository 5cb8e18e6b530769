"""Bodies as client libraries have them: in pieces, or as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from fakes3.model.bytes_rope import Rope

PIECE = 1024 * 1024
"""How many bytes of a request body are read at a time. botocore's aws-chunked wrapper is quadratic when read whole."""


def cut(body: Rope, most: int) -> Iterator[bytes]:
    """Yield a body in pieces of at most `most` bytes. Bytes are copied only where a piece of the rope is longer."""
    for piece in body.pieces:
        if len(piece) <= most:
            yield piece if isinstance(piece, bytes) else bytes(piece)
        else:
            for start in range(0, len(piece), most):
                yield bytes(piece[start : start + most])


class RopeReader(io.RawIOBase):
    """A file of the bytes of a rope."""

    def __init__(self, body: Rope) -> None:
        super().__init__()
        self._body = body
        self._position = 0

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes, and return how many there were."""
        data = bytes(self._body[self._position : self._position + len(buffer)])
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
