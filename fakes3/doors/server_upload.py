"""The body of a request on its way from a connection to an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import NoReturn

from fakes3.model.errors import S3Error

PIECE = 1024 * 1024
"""How many bytes are handed over at a time."""

MOST_WAITING = 8 * PIECE
"""How many bytes may wait for the operation before the client has to wait too."""


_TOLD = MOST_WAITING // 2
"""How many bytes the operation takes before it says so: each time wakes the loop, and the hashing stands meanwhile."""


class BodyWanted(BaseException):
    """The body of a request was asked for, and has not arrived. No part of the fake catches this."""


class Absent:
    """The body of a request that is first answered without it. Most refusals need none."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> NoReturn:
        raise BodyWanted


class Upload:
    """A body that arrives while a thread of its own reads it.

    The connection puts pieces in and ends it. The thread iterates, and waits where nothing has arrived.

    Args:
        took: Called in the thread with a number of bytes whenever it has taken that many more. The last ones are not
            told of, since nobody waits for them.
    """

    def __init__(self, took: Callable[[int], None]) -> None:
        self._arrived: SimpleQueue[list[bytes] | S3Error | None] = SimpleQueue()
        self._gathered: list[bytes] = []
        self._size = 0
        self._took = took
        self.waiting = 0
        """How many bytes were put in, and are not known to be taken. Only the connection reads and writes it."""

    def put(self, piece: bytes) -> None:
        """Hand over a piece, or keep it until there is enough to wake the thread for."""
        self._gathered.append(piece)
        self._size += len(piece)
        self.waiting += len(piece)
        if self._size >= PIECE:
            self._hand_over()

    def end(self, error: S3Error | None = None) -> None:
        """End the body: it has arrived, or, with an error that the thread will raise, it will not."""
        self._hand_over()
        self._arrived.put(error)

    def _hand_over(self) -> None:
        if self._gathered:
            self._arrived.put(self._gathered)
            self._gathered, self._size = [], 0

    def __iter__(self) -> Iterator[bytes]:
        untold = 0
        while True:
            pieces = self._arrived.get()
            if pieces is None:
                return
            if isinstance(pieces, S3Error):
                raise pieces
            untold += sum(map(len, pieces))
            if untold >= _TOLD:
                self._took(untold)
                untold = 0
            while pieces:
                yield pieces.pop(0)
