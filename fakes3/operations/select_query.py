"""What a request of SelectObjectContent asks, read and answered: the input, the statement, the messages.

S3: API/API_SelectObjectContent.html, userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from fakes3.model.errors import NotImplemented_, S3Error
from fakes3.model.select_errors import (
    InvalidCompressionFormat,
    InvalidDataSource,
    InvalidExpressionType,
    InvalidFileHeaderInfo,
    InvalidJsonType,
    MissingRequiredParameter,
    ObjectSerializationConflict,
    UnsupportedScanRangeInput,
)
from fakes3.model.select_evaluator import Record, Source, check_bindings, evaluate
from fakes3.model.select_input import (
    CsvFormat,
    cut_range,
    decode,
    decompress,
    find_range,
    make_rows,
    read_csv,
    read_json,
)
from fakes3.model.select_output import Writer, make_csv_writer, make_json_writer, write_records
from fakes3.model.select_parser import parse_statement
from fakes3.operations.members import Members

PIECE = 64 * 1024
"""The most bytes of one message of records. A record may begin in one and end in the next."""


class Opened(NamedTuple):
    """An object whose format is known."""

    records: Iterator[Record]
    source: Source
    processed: int
    """How many bytes it has when it is decompressed."""


def answer(data: bytes, wanted: Mapping[str, Any], now: datetime) -> list[Members]:
    """Return the messages of the stream. Raises: what is wrong with the request or its statement."""
    if wanted["ExpressionType"].upper() != "SQL":
        raise InvalidExpressionType
    write = _choose_writer(wanted["OutputSerialization"])
    statement = parse_statement(wanted["Expression"])
    opened = _open(data, wanted["InputSerialization"], wanted.get("ScanRange"))
    check_bindings(statement, opened.source)
    found = write_records(evaluate(statement, opened.records, now), write)
    with_progress = wanted.get("RequestProgress", {}).get("Enabled", False)
    return list(_tell(found, len(data), opened.processed, with_progress=with_progress))


def _tell(found: Iterator[bytes], scanned: int, processed: int, *, with_progress: bool) -> Iterator[Members]:
    """Yield the messages of the stream."""
    written = bytearray()
    refusal = None
    try:
        for each in found:
            written += each
    except S3Error as error:
        refusal = error
    for start in range(0, len(written), PIECE):
        yield {"Records": bytes(written[start : start + PIECE])}
    if refusal is not None:
        yield {"Error": refusal}
        return
    counted = {"BytesScanned": scanned, "BytesProcessed": processed, "BytesReturned": len(written)}
    if with_progress:
        yield {"Progress": counted}
    yield {"Stats": counted}
    yield {"End": None}


def _choose_writer(wanted: Mapping[str, Any]) -> Writer:
    if len(wanted) > 1:
        raise ObjectSerializationConflict
    if "CSV" in wanted:
        return make_csv_writer(wanted["CSV"])
    if "JSON" in wanted:
        return make_json_writer(wanted["JSON"])
    raise MissingRequiredParameter


def _open(data: bytes, wanted: Mapping[str, Any], scan: Mapping[str, Any] | None) -> Opened:
    """Return the records of an object in the format that a request says."""
    formats = [each for each in ("CSV", "JSON", "Parquet") if each in wanted]
    compression = wanted.get("CompressionType", "NONE")
    if compression not in {"NONE", "GZIP", "BZIP2"}:
        raise InvalidCompressionFormat
    if len(formats) != 1:
        raise ObjectSerializationConflict if formats else InvalidDataSource
    span = None if scan is None else find_range(scan.get("Start"), scan.get("End"), len(data))
    if formats == ["Parquet"]:
        if compression != "NONE":
            raise InvalidCompressionFormat
        return _open_parquet(data, span)
    if span is not None and compression != "NONE":
        raise UnsupportedScanRangeInput
    plain = decompress(data, compression)
    open_text = _open_csv if formats == ["CSV"] else _open_json
    return open_text(plain, wanted[formats[0]], span)


def _open_csv(data: bytes, members: Mapping[str, Any], span: range | None) -> Opened:
    form, info = CsvFormat.of(members), members.get("FileHeaderInfo", "NONE").upper()
    if info not in {"USE", "IGNORE", "NONE"}:
        raise InvalidFileHeaderInfo
    delimiter, header, size = form.record_delimiter.encode(), None, len(data)
    if span is not None and form.allows_quoted_delimiters:
        raise UnsupportedScanRangeInput
    if info != "NONE" and span is not None:
        begin = data.find(delimiter) + len(delimiter)
        header = next(read_csv(decode(data[:begin]), form), ())
        data = cut_range(data, range(max(span.start, begin), max(span.stop, begin)), delimiter)
    elif span is not None:
        data = cut_range(data, span, delimiter)
    records = read_csv(decode(data), form)
    if info != "NONE" and header is None:
        header = next(records, ())
    names = header if info == "USE" else None
    return Opened(make_rows(records, names), Source(names), size)


def _open_json(data: bytes, members: Mapping[str, Any], span: range | None) -> Opened:
    kind, size = members.get("Type", "").upper(), len(data)
    if kind not in {"LINES", "DOCUMENT"}:
        raise InvalidJsonType
    if span is not None:
        if kind == "DOCUMENT":
            raise UnsupportedScanRangeInput
        data = cut_range(data, span, b"\n")
    records = read_json(decode(data), is_lines=kind == "LINES")
    return Opened(records, Source(has_columns=False), size)


def _open_parquet(data: bytes, span: range | None) -> Opened:
    if find_spec("pyarrow") is None:
        text = (
            'fakes3 reads Parquet with pyarrow, which is not installed. Run pip install "fakes3[select]", or select '
            "from CSV or JSON."
        )
        raise NotImplemented_(text, Header="Parquet", reason=text)
    reader: Any = import_module("fakes3.operations.select_parquet")
    names, records = reader.read_parquet(data, span)
    return Opened(records, Source(names), len(data))
