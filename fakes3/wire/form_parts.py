"""The parts of a browser's form, read as they arrive: first its fields, then its file.

This module imports werkzeug, so only `post_form.py` imports it, which itself is imported with the first form.

S3: API/RESTObjectPOST.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, Field, File, MultipartDecoder, NeedData, State

from fakes3.model.errors import (
    EntityTooLarge,
    InvalidArgument,
    MalformedPOSTRequest,
    MaxPostPreDataLengthExceededError,
    S3Error,
)
from fakes3.model.post_policy import Policy
from fakes3.wire.message import Request
from fakes3.wire.payload import MOST_BYTES, ReceivedBody, read_length, receive_pieces, take_exactly

MOST_PRE_DATA = 20 * 1024
"""The most bytes that may stand before the file of a form."""

_FILENAME = re.compile(r';\s*filename="((?:\\"|[^"])*)"', re.IGNORECASE)
_UNDECIDED = re.compile(rb"-|[ \t]*")
_MOST_PADDING = 1024
_PIECE = 256 * 1024


class Parts:
    """The parts of a form. Each is read from the request when it is asked for."""

    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get("boundary", "")
        if not boundary or not boundary.isascii():
            raise MalformedPOSTRequest
        length = read_length(request.headers)
        if length > MOST_BYTES + MOST_PRE_DATA:
            raise EntityTooLarge(ProposedSize=length, MaxSizeAllowed=MOST_BYTES)
        self._delimiter = b"--" + boundary.encode()
        self._decoder = MultipartDecoder(boundary.encode())
        self._pieces = _cut(take_exactly(request.pieces, length))
        self._fed = 0
        self._events = self._decode()

    def read_fields(self) -> tuple[dict[str, str], str | None]:
        """Return the fields before the file, by their names in lower case, and the name of the file, if any.

        A field that comes twice has both values, with a comma between them, as header lines of one name have. So the
        policy judges all of it. No page says how S3 joins them.

        Raises: MalformedPOSTRequest, MaxPostPreDataLengthExceededError, IncompleteBody, InvalidArgument (no file).
        """
        fields: dict[str, str] = {}
        name, content = "", bytearray()
        for event in self._events:
            if self._fed - len(self._decoder.buffer) > MOST_PRE_DATA:
                raise MaxPostPreDataLengthExceededError
            if isinstance(event, Field | File):
                name, content = _read_name(event), bytearray()
                if name == "file":
                    return fields, _read_filename(event) if isinstance(event, File) else None
            elif isinstance(event, Data):
                content += event.data
                if not event.more_data:
                    value = _decode(bytes(content))
                    fields[name] = f"{fields[name]},{value}" if name in fields else value
        raise _file_count_error(0)

    def read_file(self) -> Iterator[bytes]:
        """Yield the pieces of the file. What follows the file is read to the end and ignored.

        Raises: MalformedPOSTRequest, IncompleteBody, InvalidArgument (a second file).
        """
        files = 1
        inside = True
        for event in self._events:
            if isinstance(event, Data) and inside:
                if event.data:
                    yield event.data
                inside = event.more_data
            elif _begins_file(event):
                files += 1
        if files > 1:
            raise _file_count_error(files)

    def _decode(self) -> Iterator[Event]:
        """Yield the decoder's events up to the end of the form."""
        decoder = self._decoder
        before_file = True
        while decoder.state is not State.EPILOGUE:
            if self._ends_in_delimiter() and (piece := next(self._pieces, None)) is not None:
                self._feed(piece)
                continue
            try:
                event = decoder.next_event()
            except (ValueError, LookupError):  # LookupError: an unknown charset
                raise MalformedPOSTRequest from None
            if not isinstance(event, NeedData):
                before_file = before_file and not _begins_file(event)
                yield event
                continue
            if before_file and self._fed > MOST_PRE_DATA:
                raise MaxPostPreDataLengthExceededError
            self._feed(next(self._pieces, None))
        for _ in self._pieces:
            pass

    def _feed(self, piece: bytes | None) -> None:
        self._fed += 0 if piece is None else len(piece)
        self._decoder.receive_data(piece)

    def _ends_in_delimiter(self) -> bool:
        """Whether the buffer ends in what may be a boundary, so that more must be read before the decoder is asked.

        If it is asked too early, werkzeug 3.1 takes the carriage return before a boundary for the end of the data.
        """
        buffer = self._decoder.buffer
        at = buffer.rfind(self._delimiter, max(0, len(buffer) - len(self._delimiter) - _MOST_PADDING))
        return at >= 0 and _UNDECIDED.fullmatch(buffer, at + len(self._delimiter)) is not None


@dataclass(eq=False)
class FileBody:
    """The file of a form, as the body of a PutObject."""

    _parts: Parts
    _policy: Policy | None
    _received: ReceivedBody | None = None
    announced = None

    def receive(self, *algorithms: str) -> ReceivedBody:
        """Read the whole file, compute its digests, and check its size against the policy.

        Raises: MalformedPOSTRequest, IncompleteBody, InvalidArgument (a second file), EntityTooSmall, EntityTooLarge.
        """
        if self._received is None:
            self._received = receive_pieces(self._read(), algorithms)
        return self._received

    def _read(self) -> Iterator[bytes]:
        """Yield the pieces of the file. Those of a file that is too large are only counted, and then it is refused."""
        largest = None if self._policy is None else self._policy.largest
        most = MOST_BYTES if largest is None else min(largest, MOST_BYTES)
        size = 0
        for piece in self._parts.read_file():
            size += len(piece)
            if size <= most:
                yield piece
        if self._policy is not None:
            self._policy.check_size(size)
        if size > MOST_BYTES:
            raise EntityTooLarge(ProposedSize=size, MaxSizeAllowed=MOST_BYTES)


def _begins_file(event: Event) -> bool:
    return isinstance(event, Field | File) and _read_name(event) == "file"


def _read_name(part: Any) -> str:
    """Return the name of a part in lower case: to S3, `Key` and `key` are the same."""
    if part.name is None:
        raise MalformedPOSTRequest
    return str(part.name).lower()


def _read_filename(part: File) -> str:
    """Return the name of the file. Old browsers send a path here, whose backslashes are not escapes."""
    quoted = _FILENAME.search(part.headers["content-disposition"])
    return part.filename if quoted is None else quoted[1].replace('\\"', '"')


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MalformedPOSTRequest from None


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in small pieces: the decoder copies its buffer, and is slow with large ones."""
    for piece in pieces:
        if len(piece) <= _PIECE:
            yield piece
            continue
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


def _file_count_error(count: int) -> S3Error:
    text = "POST requires exactly one file upload per request."
    return InvalidArgument(text, ArgumentName="file", ArgumentValue=str(count))
