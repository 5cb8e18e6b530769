"""Hashing a large body in two threads at once.

S3 keeps the MD5 of a body beside another checksum, and a signed body has its SHA-256 too. MD5 takes longer than all the
others together, and hashlib lets other threads run meanwhile. So it has a thread of its own, where a body is so large
that this is worth a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeAlias

Update: TypeAlias = Callable[[bytes], None]


@contextmanager
def beside(updates: list[Update]) -> Iterator[None]:
    """Let the first update, which must not raise, run in a thread of its own. Leaving waits until it is done.

    What was handed to it and is not yet done is kept, however much it is: whoever hashes a body keeps it anyway.

    >>> first: list[bytes] = []
    >>> updates = [first.append]
    >>> with beside(updates):
    ...     updates[0](b"a")
    ...     updates[0](b"b")
    >>> first
    [b'a', b'b']
    """
    update = updates[0]
    pieces: SimpleQueue[bytes | None] = SimpleQueue()

    def run() -> None:
        for piece in iter(pieces.get, None):
            update(piece)

    thread = Thread(target=run, name="fakes3-digest", daemon=True)
    with suppress(RuntimeError):  # none can start while the interpreter ends
        thread.start()
        updates[0] = pieces.put
    try:
        yield
    finally:
        pieces.put(None)
        if thread.is_alive():
            thread.join()
