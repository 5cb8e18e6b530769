"""The Range header. S3 reads one range of bytes, and ignores a header of any other form.

S3: API/API_GetObject.html, "Range"
"""

from __future__ import annotations

import re

from fakes3.model.errors import InvalidRange
from fakes3.model.numbers import read_int

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII).fullmatch


def parse_range(header: str | None, size: int) -> range | None:
    """Return the byte positions that a Range header names in a body of `size` bytes; None for the whole body.

    A header that is malformed, backwards or names several ranges is ignored. A range may end after the last byte,
    but must begin before it. The last bytes of an empty object are its whole body; every other range of it is wrong.

    Raises: InvalidRange (416) when no byte of the body is in the range.

    >>> parse_range("bytes=-10", 100)
    range(90, 100)
    """
    match = _ONE_RANGE(header) if header is not None else None
    if match is None:
        return None
    first, last = map(read_int, match.groups())
    if first is not None:
        if last is not None and last < first:
            return None
        start, stop = first, size if last is None else min(last + 1, size)
    elif last is not None:
        if last and not size:
            return None
        start, stop = max(size - last, 0), size
    else:
        return None
    if start >= stop:
        raise InvalidRange(headers={"Content-Range": f"bytes */{size}"}, RangeRequested=header, ActualObjectSize=size)
    return range(start, stop)
