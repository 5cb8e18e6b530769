"""How rows of Parquet are read, with a stand-in for pyarrow: the real one reads in tests/rules/test_select.py.

S3: userguide/s3-select-sql-reference-data-types.html, userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from fakes3.model.errors import S3Error
from fakes3.model.select_values import Row, to_text
from fakes3.operations.select_parquet import read_parquet


class Column(NamedTuple):
    """A column of a row group."""

    compression: str = "SNAPPY"
    physical_type: str = "INT64"
    dictionary_page_offset: int | None = None
    data_page_offset: int = 4


class Group(NamedTuple):
    """A row group with one column."""

    values: list[Any]
    about: Column = Column()
    num_columns: int = 1

    def column(self, _: int) -> Column:
        return self.about


class File:
    """A Parquet file with one column, n."""

    def __init__(self, groups: list[Group]) -> None:
        self.groups = groups
        self.num_row_groups = len(groups)
        self.metadata = SimpleNamespace(row_group=lambda index: groups[index])
        self.schema_arrow = SimpleNamespace(names=["n"])

    def iter_batches(self, row_groups: list[int]) -> Iterator[Any]:
        for index in row_groups:
            yield SimpleNamespace(columns=[SimpleNamespace(to_pylist=lambda values=self.groups[index].values: values)])


class BrokenFileError(Exception):
    """Stands for an error of pyarrow."""


Read = Callable[..., list[Row]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads a file of these row groups; none make a broken file."""

    def rows(*groups: Group, span: range | None = None) -> list[Row]:
        def opened(_: object) -> File:
            if not groups:
                raise BrokenFileError
            return File(list(groups))

        library = SimpleNamespace(BufferReader=bytes, ArrowException=BrokenFileError)
        monkeypatch.setitem(sys.modules, "pyarrow", library)
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", SimpleNamespace(ParquetFile=opened))
        names, found = read_parquet(b"", span)
        assert ("n",) == names
        return list(found)

    return rows


def test_values(read: Read) -> None:
    given = [1, None, [b"x"], {"a": True}, date(2020, 2, 1), datetime(2020, 2, 1), datetime(2020, 2, 1, tzinfo=UTC)]
    values = [row.values[0] for row in read(Group(given))]
    assert [1, None, ["x"], {"a": True}] == values[:4]
    midnight = "2020-02-01T00:00:00.000Z"
    assert ["2020-02-01", midnight, midnight] == [to_text(each) for each in values[4:]]


def test_row_groups_that_begin_in_a_range(read: Read) -> None:
    groups = Group([1]), Group([2], Column(dictionary_page_offset=90, data_page_offset=99))
    assert [Row(("n",), (2,))] == read(*groups, span=range(50, 95))


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ((), "ParquetParsingError"),
        ((Group([], Column("ZSTD")),), "ParquetUnsupportedCompressionCodec"),
        ((Group([], Column(physical_type="INT96")),), "UnsupportedParquetType"),
        ((Group([time(1)]),), "UnsupportedParquetType"),
    ],
)
def test_what_is_not_read(read: Read, groups: tuple[Group, ...], code: str) -> None:
    with pytest.raises(S3Error) as caught:
        read(*groups)
    assert code == caught.value.code
