"""Reads the rows of a Parquet object with pyarrow, for S3 Select.

S3: userguide/s3-select-sql-reference-data-types.html, userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from fakes3.model.select_errors import ParquetParsingError, ParquetUnsupportedCompressionCodec, UnsupportedParquetType
from fakes3.model.select_timestamps import PARTS, Timestamp
from fakes3.model.select_values import Row, Value

_CODECS = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP"})
_SECOND = PARTS.index("second")


def read_parquet(data: bytes, span: range | None) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the names of the columns, and the rows. With a range, those of the row groups that begin in it.

    Raises: ParquetParsingError, ParquetUnsupportedCompressionCodec, UnsupportedParquetType.
    """
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
    except (pyarrow.ArrowException, OSError):
        raise ParquetParsingError from None
    groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
    for group in groups:
        columns = [group.column(index) for index in range(group.num_columns)]
        if any(each.compression not in _CODECS for each in columns):
            raise ParquetUnsupportedCompressionCodec
        if any(each.physical_type == "INT96" for each in columns):
            raise UnsupportedParquetType
    chosen = [index for index, group in enumerate(groups) if span is None or _start_of(group) in span]
    names = tuple(file.schema_arrow.names)
    return names, _read_rows(file, names, chosen)


def _start_of(group: Any) -> int:
    """Return where a row group begins."""
    first = group.column(0)
    places = (first.dictionary_page_offset, first.data_page_offset)
    return int(min(each for each in places if each is not None))


def _read_rows(file: Any, names: tuple[str, ...], groups: list[int]) -> Iterator[Row]:
    for batch in file.iter_batches(row_groups=groups):
        for record in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Row(names, tuple(_convert(each) for each in record))


def _convert(value: Any) -> Value:
    """Return a value of pyarrow as one of S3 Select."""
    if isinstance(value, datetime):
        return Timestamp(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value, _SECOND, 3, 0)
    if isinstance(value, date):
        return Timestamp(datetime(value.year, value.month, value.day), PARTS.index("day"))
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return [_convert(each) for each in value]
    if isinstance(value, dict):
        return {name: _convert(each) for name, each in value.items()}
    if value is None or isinstance(value, bool | int | float | str | Decimal):
        return value
    raise UnsupportedParquetType
