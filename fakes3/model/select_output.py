"""Writes the result of S3 Select as CSV or as JSON.

S3: API/API_OutputSerialization.html, API/API_CSVOutput.html, API/API_JSONOutput.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fakes3.model.select_errors import (
    InvalidQuoteFields,
    InvalidRequestParameter,
    OverMaxRecordSize,
    UnsupportedSqlOperation,
)
from fakes3.model.select_input import LONGEST_RECORD
from fakes3.model.select_timestamps import Timestamp
from fakes3.model.select_values import MISSING, Row, Value, is_unknown, to_text

Writer = Callable[[Value], str]
"""Returns a record of the result as text, with its delimiter."""


class _CsvFormat(NamedTuple):
    """How the result is written as CSV."""

    quotes_all: bool
    record_delimiter: str
    field_delimiter: str
    quote: str
    escape: str


def make_csv_writer(members: Mapping[str, Any]) -> Writer:
    """Return what writes CSV as the members of a request say. Raises: InvalidQuoteFields, InvalidRequestParameter."""
    quoting = members.get("QuoteFields", "ASNEEDED")
    if quoting not in {"ALWAYS", "ASNEEDED"}:
        raise InvalidQuoteFields
    form = _CsvFormat(
        quoting == "ALWAYS",
        members.get("RecordDelimiter", "\n"),
        members.get("FieldDelimiter", ","),
        members.get("QuoteCharacter", '"'),
        members.get("QuoteEscapeCharacter", '"'),
    )
    if len(form.quote) > 1 or len(form.escape) > 1:
        raise InvalidRequestParameter

    def write(record: Value) -> str:
        return form.field_delimiter.join(_write_field(each, form) for each in _fields(record)) + form.record_delimiter

    return write


def _fields(record: Value) -> Iterable[Value]:
    if isinstance(record, Row):
        return record.values
    return record.values() if isinstance(record, dict) else (record,)


def _write_field(value: Value, form: _CsvFormat) -> str:
    """Return a field. Raises: UnsupportedSqlOperation, for nested data."""
    if isinstance(value, list | dict | Row):
        raise UnsupportedSqlOperation
    text = "" if is_unknown(value) else to_text(value)
    special = (form.field_delimiter, form.record_delimiter, form.quote, "\r", "\n")
    if form.quote and (form.quotes_all or any(each and each in text for each in special)):
        return form.quote + text.replace(form.quote, form.escape + form.quote) + form.quote
    return text


def make_json_writer(members: Mapping[str, Any]) -> Writer:
    """Return what writes JSON as the members of a request say."""
    delimiter: str = members.get("RecordDelimiter", "\n")

    def write(record: Value) -> str:
        if not isinstance(record, Row | dict):
            record = {} if record is MISSING else {"_1": record}
        return _to_json(record) + delimiter

    return write


def _to_json(value: object) -> str:
    if isinstance(value, Row):
        value = dict(zip(value.names, value.values, strict=True))
    if isinstance(value, dict):
        inside = (f"{_quote(name)}:{_to_json(each)}" for name, each in value.items() if each is not MISSING)
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_to_json(each) for each in value) + "]"
    if isinstance(value, Timestamp):
        return _quote(to_text(value))
    return str(value) if isinstance(value, Decimal) else str(json.dumps(value, ensure_ascii=False))


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def write_records(records: Iterable[Value], write: Writer) -> Iterator[bytes]:
    """Yield the records of the result as bytes. Raises: OverMaxRecordSize."""
    for record in records:
        text = write(record)
        if len(text) > LONGEST_RECORD:
            raise OverMaxRecordSize
        yield text.encode()
