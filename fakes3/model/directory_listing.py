"""Pages of the listings of directory buckets, which are in no order.

The order here is that of hashes of the names, under the seed of the fake: always the same, and never the alphabet's. So
a test that relies on sorted keys fails here as it does on S3. A page goes on after the hash of the name that the page
before ended with, whether or not that still exists.

S3: API/API_ListObjectsV2.html, API/API_ListMultipartUploads.html, userguide/s3-express-differences.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

from fakes3.model.errors import InvalidRequest
from fakes3.model.listing import Page, common_prefix
from fakes3.model.ordered_map import OrderedMap

V = TypeVar("V")

MOST = sys.maxsize

DELIMITER = "/"
"""The only delimiter of directory buckets."""


def check_directory_selection(prefix: str, delimiter: str) -> None:
    """Refuse a prefix that does not end in the delimiter, and another delimiter.

    Raises: InvalidRequest.
    """
    if prefix and not prefix.endswith(DELIMITER):
        # observed: eclipse-store/store#224, which shows no code
        raise InvalidRequest(
            "This bucket does not support a prefix that does not end in a delimiter. Specify a prefix path ending with "
            "a delimiter and try again.",
            reason='a prefix of a directory bucket ends in "/". List the folder, and select among its keys.',
        )
    if delimiter not in {"", DELIMITER}:
        # No page gives S3's answer.
        raise InvalidRequest(
            "This bucket does not support this delimiter.",
            reason='"/" is the only delimiter of directory buckets. Pass Delimiter="/".',
        )


def unordered(
    whole: Page[V],
    *,
    also: Iterable[str] = (),
    name_of: Callable[[str, V], str] = lambda key, _: key,
    after: str | None,
    limit: int,
    rank: Callable[[str], str],
) -> Page[V]:
    """Return a page of all that a listing finds: those that come after `after` by rank, `limit` at most.

    Args:
        whole: Everything that the listing finds, in any order.
        also: Common prefixes beside those of `whole`.
        name_of: Returns the name of an entry, which no other one has.
        after: The name that the page before ended with.
        limit: The most entries and common prefixes of the page.
        rank: Returns what a name is ordered by.
    """
    entries: dict[str, tuple[str, V] | None] = dict.fromkeys([*whole.prefixes, *also])
    entries |= {name_of(key, value): (key, value) for key, value in whole.items}
    place = None if after is None else (rank(after), after)
    ranked = sorted(each for each in ((rank(name), name) for name in entries) if place is None or each > place)
    page: Page[V] = Page(is_truncated=0 < limit < len(ranked))
    for _, name in ranked[:limit]:
        entry = entries[name]
        if entry is None:
            page.prefixes.append(name)
        else:
            page.items.append(entry)
        page.last = name
    return page


def prefixes_of_uploads(uploads: OrderedMap[tuple[str, int], V], prefix: str, delimiter: str) -> set[str]:
    """Return the common prefixes that uploads in progress have. S3: API/API_ListObjectsV2.html, on delimiter"""
    groups = (common_prefix(key, prefix, delimiter) for key, _ in uploads) if delimiter else ()
    return {group for group in groups if group is not None}
