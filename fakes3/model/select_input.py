"""The records of a CSV or JSON object that S3 Select reads.

S3: API/API_InputSerialization.html, API/API_CSVInput.html, API/API_ScanRange.html,
userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

import bz2
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fakes3.model.select_errors import (
    CSVEscapingRecordDelimiter,
    CSVParsingError,
    CSVUnescapedQuote,
    InvalidRequestParameter,
    InvalidScanRange,
    InvalidTextEncoding,
    JSONParsingError,
    OverMaxRecordSize,
    TruncatedInput,
)
from fakes3.model.select_values import Row, Value, read_decimal

LONGEST_RECORD = 1024 * 1024
"""The most characters of a record, of the object or of the result. S3: userguide/selecting-content-from-objects.html"""


def decompress(data: bytes, kind: str) -> bytes:
    """Return the bytes of an object that is compressed. Raises: TruncatedInput."""
    if kind == "NONE":
        return data
    parts = []
    try:
        while data:
            reader: Any = zlib.decompressobj(wbits=31) if kind == "GZIP" else bz2.BZ2Decompressor()
            parts.append(reader.decompress(data))
            if not reader.eof:
                raise TruncatedInput
            data = reader.unused_data
    except (zlib.error, OSError):
        raise TruncatedInput from None
    return b"".join(parts)


def decode(data: bytes) -> str:
    """Return the text of an object. Raises: InvalidTextEncoding."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidTextEncoding from None


def find_range(start: int | None, end: int | None, size: int) -> range:
    """Return the bytes in which a record that is read begins. An end alone counts from the object's end.

    Raises: InvalidScanRange.
    """
    if start is None and end is None:
        raise InvalidScanRange
    if start is None:
        start, end = max(size - (end or 0), 0), size - 1 if end else -1
    last = size - 1 if end is None else min(end, size - 1)
    if start < 0 or last < start:
        raise InvalidScanRange
    return range(start, last + 1)


def cut_range(data: bytes, wanted: range, delimiter: bytes) -> bytes:
    """Return the records that begin within a range of an object."""
    return data[_begin_at(data, wanted.start, delimiter) : _begin_at(data, wanted.stop, delimiter)]


def _begin_at(data: bytes, position: int, delimiter: bytes) -> int:
    """Return where the first record begins at this place or after it."""
    if position == 0:
        return 0
    found = data.find(delimiter, max(position - len(delimiter), 0))
    return len(data) if found == -1 else found + len(delimiter)


class CsvFormat(NamedTuple):
    """How a CSV object is written."""

    record_delimiter: str = "\n"
    field_delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    comments: str = "#"
    allows_quoted_delimiters: bool = False

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> CsvFormat:
        """Return what the members of a request say. Raises: InvalidRequestParameter."""
        found = cls(
            members.get("RecordDelimiter") or "\n",
            members.get("FieldDelimiter") or ",",
            members.get("QuoteCharacter", '"'),
            members.get("QuoteEscapeCharacter", '"'),
            members.get("Comments", "#"),
            members.get("AllowQuotedRecordDelimiter", False),
        )
        if len(found.record_delimiter) > 2 or len(found.field_delimiter) > 1:
            raise InvalidRequestParameter
        if any(len(each) > 1 for each in (found.quote, found.escape, found.comments)):
            raise InvalidRequestParameter
        return found


def read_csv(text: str, form: CsvFormat) -> Iterator[tuple[str, ...]]:
    """Yield the fields of each record, without empty lines and comments.

    Raises: CSVParsingError, CSVUnescapedQuote, CSVEscapingRecordDelimiter, OverMaxRecordSize.
    """
    for record in _cut_records(text, form):
        if len(record) > LONGEST_RECORD:
            raise OverMaxRecordSize
        if record and not (form.comments and record.startswith(form.comments)):
            yield tuple(_cut_fields(record, form))


def _cut_records(text: str, form: CsvFormat) -> Iterator[str]:
    delimiter, position = form.record_delimiter, 0
    while position < len(text):
        end = text.find(delimiter, position)
        if form.allows_quoted_delimiters and form.quote:
            quotes, counted = 0, position
            while end != -1:
                quotes, counted = quotes + _count_quotes(text, counted, end, form), end
                if quotes % 2 == 0:
                    break
                end = text.find(delimiter, end + len(delimiter))
        record = text[position:] if end == -1 else text[position:end]
        yield record.removesuffix("\r") if delimiter == "\n" else record
        position = len(text) if end == -1 else end + len(delimiter)


def _count_quotes(text: str, start: int, end: int, form: CsvFormat) -> int:
    """Return how many quotation marks a part of the text has that are not escaped by another character."""
    escaped = form.escape + form.quote
    others = 0 if form.escape in {"", form.quote} else text.count(escaped, start, end)
    return text.count(form.quote, start, end) - others


def _cut_fields(record: str, form: CsvFormat) -> Iterator[str]:
    delimiter, quote = form.field_delimiter, form.quote
    if not quote or quote not in record:
        yield from record.split(delimiter)
        return
    position = 0
    while True:
        if record.startswith(quote, position):
            field, position = _read_quoted(record, position + 1, form)
            if position < len(record) and record[position] != delimiter:
                raise CSVParsingError
        else:
            end = record.find(delimiter, position)
            end = len(record) if end == -1 else end
            field, position = record[position:end], end
        yield field
        if position >= len(record):
            return
        position += 1
        if position == len(record):
            yield ""
            return


def _read_quoted(record: str, position: int, form: CsvFormat) -> tuple[str, int]:
    """Return the text of a quoted field, and the place after its closing quotation mark."""
    parts: list[str] = []
    while position < len(record):
        letter = record[position]
        if letter == form.escape and record[position + 1 : position + 2] == form.quote:
            parts.append(form.quote)
            position += 2
        elif letter == form.quote:
            return "".join(parts), position + 1
        else:
            parts.append(letter)
            position += 1
    raise CSVUnescapedQuote if form.allows_quoted_delimiters else CSVEscapingRecordDelimiter


def make_rows(records: Iterator[tuple[str, ...]], names: tuple[str, ...] | None) -> Iterator[Row]:
    """Yield records as rows. Columns beyond the names, or without names, have their places for names."""
    known = names or ()
    for values in records:
        if len(known) < len(values):
            known += tuple(f"_{place}" for place in range(len(known) + 1, len(values) + 1))
        yield Row(known[: len(values)], values)


_BLANK = " \t\r\n"


def read_json(text: str, *, is_lines: bool) -> Iterator[Value]:
    """Yield the values of a JSON object: one a line, or one after the other. Raises: JSONParsingError."""
    if is_lines:
        for line in text.split("\n"):
            if len(line) > LONGEST_RECORD:
                raise OverMaxRecordSize
            if line.strip(_BLANK):
                yield from _read_values(line)
    else:
        yield from _read_values(text)


def _read_values(text: str) -> Iterator[Value]:
    position = 0
    while position < len(text):
        if text[position] in _BLANK:
            position += 1
            continue
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            raise JSONParsingError from None
        if end - position > LONGEST_RECORD:
            raise OverMaxRecordSize
        yield value
        position = end


def _refuse_constant(name: str) -> Value:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=read_decimal, parse_constant=_refuse_constant)
