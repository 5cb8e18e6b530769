"""Pages of keys: order, prefixes, delimiters, markers and tokens, the same for every listing of S3.

Keys are listed in the order of their UTF-8 bytes, which is the order of `str`. With a delimiter, the keys that share a
prefix up to it are one *common prefix*. It is listed once, counts as one, and is skipped as a whole. So a common prefix
of a million keys costs as much as one key.

S3: userguide/using-prefixes.html
"""

from __future__ import annotations

import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Generic, TypeAlias, TypeVar

from fakes3.model.ordered_map import OrderedMap

V = TypeVar("V")

Place: TypeAlias = tuple[str, int]
"""A key, and a place among the entries of that key."""

Scan: TypeAlias = Callable[[Place], Iterator[tuple[str, V]]]

FIRST = -(1 << 62)
LAST = 1 << 62
"""The places before and after all entries of a key."""

MOST_KEYS = 1000
"""The most keys and common prefixes of a page."""


class Page(Generic[V]):
    """One page of a listing."""

    __slots__ = ("closing", "is_truncated", "items", "last", "prefixes")

    def __init__(self, *, is_truncated: bool = False) -> None:
        self.items: list[tuple[str, V]] = []
        self.prefixes: list[str] = []
        self.last: str | None = None
        """The key or common prefix the page ends with."""
        self.closing: V | None = None
        """The entry that the page ends with; None if it is empty, or ends with a common prefix."""
        self.is_truncated = is_truncated
        """Whether anything follows the page."""


def page(
    entries: OrderedMap[str, V],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str | None = None,
    limit: int = MOST_KEYS,
) -> Page[V]:
    """Return the first `limit` keys and common prefixes that begin with `prefix` and come after `after`."""

    def scan(place: Place) -> Iterator[tuple[str, V]]:
        return entries.scan(place[0], after=place[1] == LAST)

    return page_of_scan(scan, prefix=prefix, delimiter=delimiter, after=after, limit=limit)


def page_of_scan(
    scan: Scan[V],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str | None = None,
    within: int = LAST,
    limit: int = MOST_KEYS,
) -> Page[V]:
    """Return a page of the entries that a scan finds. A key may have several entries.

    Args:
        scan: Returns the entries strictly after a place, in order.
        prefix: The prefix of all keys.
        delimiter: The end of a common prefix.
        after: The key, or common prefix, after which the page begins.
        within: The place among the entries of that key after which the page begins; by default after all of them.
        limit: The most entries and common prefixes of the page.
    """
    found: Page[V] = Page()
    if limit <= 0:
        return found
    start: Place | None = (prefix, FIRST)
    if after is not None and after >= prefix:
        group = common_prefix(after, prefix, delimiter)
        # A marker inside a group, or a marker that is the group, was listed with it.
        start = (after, within) if group is None else _after(group)
    room = limit
    while start is not None:
        group = None
        for key, value in scan(start):
            if not key.startswith(prefix):
                return found
            if not room:
                found.is_truncated = True
                return found
            room -= 1
            group = common_prefix(key, prefix, delimiter)
            if group is not None:
                break
            found.items.append((key, value))
            found.last, found.closing = key, value
        if group is None:
            return found
        found.prefixes.append(group)
        found.last, found.closing = group, None
        start = _after(group)
    return found


def _after(group: str) -> Place | None:
    """Return the place after all keys of a common prefix; None if nothing can be there."""
    following = end_of(group)
    return None if following is None else (following, FIRST)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix under which a key is listed; None if it is listed itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def end_of(prefix: str) -> str | None:
    """Return the least string after every string with this prefix; None if nothing can come after them.

    >>> end_of("photos/")
    'photos0'
    """
    head = prefix.rstrip(chr(sys.maxunicode))
    return head[:-1] + chr(ord(head[-1]) + 1) if head else None


def token_of(position: str) -> str:
    """Return the continuation token for the page after a key or common prefix: opaque, with a check sum."""
    raw = position.encode()
    return urlsafe_b64encode(blake2b(raw, digest_size=6).digest() + raw).decode()


def position_of(token: str) -> str | None:
    """Return the key or common prefix of a continuation token; None for a token that S3 never returned."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
        position = raw[6:].decode()
    except (UnicodeError, NotBase64):
        return None
    return position if token_of(position) == token else None
