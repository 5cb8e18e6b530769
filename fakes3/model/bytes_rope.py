"""Bodies of objects: bytes in pieces, which copies, ranges and multipart uploads share and never copy.

A rope is a row of pieces that cannot change: `bytes`, or read-only views of a part of some `bytes`. Joining ropes puts
their pieces in one row. A range takes the pieces it touches, and a view of the first and of the last where it cuts
them. So to complete a multipart upload of a gigabyte, to copy it or to read a range of it moves no bytes.

The price: a view keeps alive the whole `bytes` it looks into. Ten bytes cut from a gigabyte hold that gigabyte until
they are gone themselves. To keep a small range for long, and not its source, keep `Rope.of(bytes(small))`. A view also
takes some 300 bytes of its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain
from typing import Any, Final, NoReturn, TypeAlias, cast
from zlib import crc32

Piece: TypeAlias = bytes | memoryview
"""Bytes that cannot change: a view is read-only, of single bytes, without gaps, and of a `bytes` object."""

WINDOW: Final = 64 * 1024
"""How many bytes are compared at once."""

REMEDY: Final = " Take Rope.of(bytes(data))."


class Rope:
    """An immutable body, made of pieces that other bodies may share.

    Length, slices and equality are those of the bytes; iteration is over the pieces. To have all pieces at
    once take `rope.pieces`: `list(rope)` and `tuple(rope)` first make room for `len(rope)` of them.

        >>> rope = Rope.of(b"hello, ") + Rope.of(b"world")
        >>> len(rope), bytes(rope[3:9])
        (12, b'lo, wo')
        >>> rope[7:].pieces
        (b'world',)
    """

    __slots__ = ("_body", "_ends")

    # There may be millions of bodies, most of one piece: it stands here itself, without a tuple around it.
    _body: Piece | tuple[Piece, ...]
    # Where each of several pieces ends; empty for one piece or none.
    _ends: tuple[int, ...]

    def __init__(self, pieces: Iterable[Piece] = ()) -> None:
        """Make a body of these pieces, in O(pieces), and copy none. Empty pieces are left out.

        Raises TypeError for what could change later (a bytearray, or a view of one) or is not a row of bytes.
        """
        _fill(self, tuple([checked for piece in pieces if (checked := _check_piece(piece))]))

    @classmethod
    def of(cls, data: bytes) -> Rope:
        """Make a body of one piece, in O(1)."""
        return _one(data) if type(data) is bytes and data else cls((data,))

    @classmethod
    def concat(cls, ropes: Iterable[Rope]) -> Rope:
        """Join bodies end to end, in O(pieces), and copy no bytes."""
        several = [rope for rope in ropes if rope]
        if len(several) == 1:
            return several[0]
        return _many(tuple(chain.from_iterable([rope.pieces for rope in several])))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces in order, none of them empty: O(1)."""
        body = self._body
        return body if isinstance(body, tuple) else (body,)

    def __iter__(self) -> Iterator[Piece]:
        """Walk the pieces in order."""
        return iter(self.pieces)

    def __len__(self) -> int:
        """Return the number of bytes, in O(1)."""
        return self._ends[-1] if self._ends else len(self._body)

    def __bool__(self) -> bool:
        """Tell whether there is any byte, in O(1)."""
        return bool(self._body)

    def __getitem__(self, cut: slice) -> Rope:
        """Return a range of the body, in O(log pieces + pieces returned), and copy no bytes.

        Follows the rules of Python's slices, but for a step. A range of everything is the rope itself.
        """
        if not isinstance(cut, slice):
            raise TypeError(f"A rope gives ranges only, rope[a:b], not {cut!r}.")
        start, stop, step = cut.indices(len(self))
        if step != 1:
            raise ValueError(f"A rope gives ranges without a step, not with {step}.")
        if start >= stop:
            return _EMPTY
        if stop - start == len(self):
            return self
        ends = self._ends
        if not ends:
            return _one(memoryview(cast(Piece, self._body))[start:stop])
        pieces = self.pieces
        first = bisect_right(ends, start)
        last = bisect_left(ends, stop)
        taken = list(pieces[first : last + 1])
        if stop < ends[last]:
            taken[-1] = memoryview(taken[-1])[: stop - ends[last]]
        begin = ends[first - 1] if first else 0
        if start > begin:
            taken[0] = memoryview(taken[0])[start - begin :]
        return _many(tuple(taken))

    def __add__(self, other: Rope) -> Rope:
        """Join two bodies, in O(pieces), and copy no bytes. For many, `concat` does it in one go."""
        if not isinstance(other, Rope):
            return NotImplemented
        return Rope.concat((self, other))

    def __bytes__(self) -> bytes:
        """Return the whole body in one: the very object where it is one `bytes`, else a copy, in O(n)."""
        body = self._body
        if isinstance(body, bytes):
            return body
        return b"".join(self.pieces)

    def __eq__(self, other: object) -> bool:
        """Tell whether both ropes hold the same bytes, however they are cut, in O(n); joins none of them."""
        if not isinstance(other, Rope):
            return NotImplemented
        if self is other:
            return True
        if len(self) != len(other):
            return False
        if isinstance(self._body, bytes) and isinstance(other._body, bytes):
            return self._body == other._body
        return _same_bytes(iter(self.pieces), iter(other.pieces))

    def __hash__(self) -> int:
        """Return a hash of the bytes, however they are cut, in O(n)."""
        checksum = 0
        for piece in self.pieces:
            checksum = crc32(piece, checksum)
        return hash((len(self), checksum))

    def __repr__(self) -> str:
        return f"<Rope of {len(self)} bytes in {len(self.pieces)} pieces>"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A Rope is immutable.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("A Rope is immutable.")

    def __copy__(self) -> Rope:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Rope:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        # A view cannot be pickled, and its source is not needed on the other side.
        return Rope, (tuple([piece if isinstance(piece, bytes) else bytes(piece) for piece in self.pieces]),)


class LateRope(Rope):
    """A body whose bytes are fetched at the first need of them, and then kept. Its length is known before.

    >>> rope = LateRope(5, lambda: [b"he", b"llo"])
    >>> len(rope), rope.is_here, bytes(rope[1:3]), rope.is_here
    (5, False, b'el', True)
    """

    __slots__ = ("_fetch", "_size")

    _fetch: Callable[[], Iterable[Piece]]
    _size: int

    def __init__(self, size: int, fetch: Callable[[], Iterable[Piece]]) -> None:
        """Make a body of `size` bytes, which is more than none. `fetch` returns them all each time it is called."""
        _set_size(self, size)
        _set_fetch(self, fetch)

    def __getattr__(self, name: str) -> Any:
        """Return what a slot holds that is still empty. Python asks here for no others."""
        if name not in Rope.__slots__:
            raise AttributeError(name)
        _fill(self, tuple(self._fetch()))
        return object.__getattribute__(self, name)

    @property
    def is_here(self) -> bool:
        """Whether its bytes were fetched."""
        try:
            object.__getattribute__(self, "_body")
        except AttributeError:
            return False
        return True

    def walk(self) -> Iterable[Piece]:
        """Return the pieces once, for who only looks at them: those that are not here yet are not kept."""
        return self.pieces if self.is_here else self._fetch()

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return super().__repr__() if self.is_here else f"<Rope of {self._size} bytes that are not here yet>"


# A rope refuses attributes; only the slots themselves still take them, and only here.
_set_body = Rope.__dict__["_body"].__set__
_set_ends = Rope.__dict__["_ends"].__set__
_set_fetch = LateRope.__dict__["_fetch"].__set__
_set_size = LateRope.__dict__["_size"].__set__


def _fill(rope: Rope, pieces: tuple[Piece, ...]) -> None:
    several = len(pieces) > 1
    _set_body(rope, pieces[0] if len(pieces) == 1 else pieces)
    _set_ends(rope, tuple(accumulate(map(len, pieces))) if several else ())


def _one(piece: Piece) -> Rope:
    rope = object.__new__(Rope)
    _set_body(rope, piece)
    _set_ends(rope, ())
    return rope


def _many(pieces: tuple[Piece, ...]) -> Rope:
    rope = object.__new__(Rope)
    _fill(rope, pieces)
    return rope


_EMPTY: Final = _many(())


def _check_piece(piece: object) -> Piece:
    """Return a piece that cannot change, or raise TypeError."""
    if isinstance(piece, bytes):
        return piece
    if not isinstance(piece, memoryview):
        raise TypeError(f"A rope is made of bytes and views of bytes, not of {type(piece).__name__}.{REMEDY}")
    source = piece.obj
    # A read-only view of a bytearray still changes with it.
    if not isinstance(source, bytes):
        kind = type(source).__name__
        raise TypeError(f"A rope is made of bytes and views of bytes, not of views of {kind}.{REMEDY}")
    if piece.format != "B" or piece.ndim != 1 or not piece.c_contiguous:
        raise TypeError(f"A view in a rope has format 'B', one dimension and no gaps.{REMEDY}")
    # A view of the whole would only cost more than its source; one of our own stays when theirs is released.
    return source if len(piece) == len(source) else piece[:]


def _same_bytes(one: Iterator[Piece], other: Iterator[Piece]) -> bool:
    """Compare two rows of pieces of the same total length."""
    mine = theirs = memoryview(b"")
    while True:
        if not mine:
            piece = next(one, None)
            if piece is None:
                return True
            mine = memoryview(piece)
        if not theirs:
            theirs = memoryview(next(other))
        size = min(len(mine), len(theirs), WINDOW)
        # Python compares views byte by byte; to copy a little at a time and compare that is ten times faster.
        if bytes(mine[:size]) != bytes(theirs[:size]):
            return False
        mine, theirs = mine[size:], theirs[size:]
