"""The operations and shapes of S3 and of S3 Control, read from `table.json` and `control_table.json` at the first need.

A table says where each member is on the wire, not what an operation does. `regenerate.py` makes both.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

from fakes3.model.data_files import read_beside

Level = Literal["service", "bucket", "key"]

TableName: TypeAlias = Literal["table.json", "control_table.json"]
"""The file of a table. Each has shapes of its own, though some have the same names."""

S3: TableName = "table.json"
CONTROL: TableName = "control_table.json"


class Member(NamedTuple):
    """A member of a structure: its name, its type, and its place on the wire."""

    name: str
    shape: Shape
    location: str
    """`header`, `headers` (a prefix), `querystring`, `uri`, or "" for the body."""
    wire_name: str
    flattened: bool
    is_attribute: bool
    namespace: str | None


class Shape:
    """A type: a structure with members, a list, a map, or a scalar."""

    def __init__(self, name: str, raw: dict[str, Any], table: TableName) -> None:
        self.name = name
        self._table: TableName = table
        self.type: str = raw["type"]
        self.required = frozenset(raw.get("required", ()))
        self.payload: str | None = raw.get("payload")
        self.flattened: bool = raw.get("flattened", False)
        self.is_event_stream: bool = raw.get("eventstream", False)
        self.location_name: str | None = raw.get("locationName")
        self.timestamp_format: str | None = raw.get("timestampFormat")
        self.enum: tuple[str, ...] = tuple(raw.get("enum", ()))
        self._raw = raw

    @cached_property
    def members(self) -> dict[str, Member]:
        """The members of a structure by name, in the API's order."""
        references = self._raw.get("members", {})
        return {name: _member(name, reference, self._table) for name, reference in references.items()}

    @cached_property
    def member(self) -> Member:
        """The items of a list."""
        return _member("member", self._raw["member"], self._table)


class Operation(NamedTuple):
    """An operation: how a request asks for it, and the shapes of its request and response."""

    name: str
    method: str
    path: str
    """The path, with the names of its variable parts in braces: `/{Bucket}/{Key+}`."""
    level: Level
    """What the path addresses. It says nothing of S3 Control."""
    query: dict[str, str | None]
    """The fixed part of the query. The value is None where only the name is fixed."""
    status: int
    input: Shape | None
    output: Shape | None
    deprecated: bool
    namespace: str
    """The XML namespace of its documents."""


@cache
def operations(table: TableName = S3) -> dict[str, Operation]:
    """Return every operation of S3, or of S3 Control, by its name."""
    return {name: _operation(name, raw, table) for name, raw in _raw(table)["operations"].items()}


def find_operation(name: str) -> Operation:
    """Return the operation of S3 or of S3 Control that has this name. No name is in both tables."""
    return operations().get(name) or operations(CONTROL)[name]


@cache
def shape(name: str, table: TableName = S3) -> Shape:
    """Return the shape of this name."""
    return Shape(name, _raw(table)["shapes"][name], table)


@cache
def _raw(table: TableName) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(read_beside(__name__, table))
    return content


def _operation(name: str, raw: dict[str, Any], table: TableName) -> Operation:
    path, _, query = raw["http"]["requestUri"].partition("?")
    fixed: dict[str, str | None] = {}
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        fixed[key] = value if equals else None
    levels: dict[str, Level] = {"/": "service", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "key"}
    return Operation(
        name=name,
        method=raw["http"]["method"],
        path=path,
        level=levels.get(path, "service"),
        query=fixed,
        status=raw["http"].get("responseCode", 200),
        input=shape(raw["input"]["shape"], table) if "input" in raw else None,
        output=shape(raw["output"]["shape"], table) if "output" in raw else None,
        deprecated=raw.get("deprecated", False),
        namespace=_raw(table)["namespace"],
    )


def _member(name: str, reference: dict[str, Any], table: TableName) -> Member:
    target = shape(reference["shape"], table)
    return Member(
        name=name,
        shape=target,
        location=reference.get("location", ""),
        wire_name=reference.get("locationName", target.location_name or name),
        flattened=reference.get("flattened", False) or target.flattened,
        is_attribute=reference.get("xmlAttribute", False),
        namespace=reference.get("xmlNamespace", {}).get("uri"),
    )
