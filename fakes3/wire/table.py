"""S3's operations and shapes, read from `table.json` once, at the first need.

The table says where each member is on the wire, not what an operation does. `regenerate.py` makes it.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

Level = Literal["service", "bucket", "key"]


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

    def __init__(self, name: str, raw: dict[str, Any]) -> None:
        self.name = name
        self.type: str = raw["type"]
        self.required = frozenset(raw.get("required", ()))
        self.payload: str | None = raw.get("payload")
        self.flattened: bool = raw.get("flattened", False)
        self.location_name: str | None = raw.get("locationName")
        self.timestamp_format: str | None = raw.get("timestampFormat")
        self.enum: tuple[str, ...] = tuple(raw.get("enum", ()))
        self._raw = raw

    @cached_property
    def members(self) -> dict[str, Member]:
        """The members of a structure by name, in the API's order."""
        return {name: _member(name, reference) for name, reference in self._raw.get("members", {}).items()}

    @cached_property
    def member(self) -> Member:
        """The items of a list."""
        return _member("member", self._raw["member"])


class Operation(NamedTuple):
    """An operation: how a request asks for it, and the shapes of its request and response."""

    name: str
    method: str
    level: Level
    query: dict[str, str | None]
    """The fixed part of the query. The value is None where only the name is fixed."""
    status: int
    input: Shape | None
    output: Shape | None
    deprecated: bool


@cache
def operations() -> dict[str, Operation]:
    """Return every operation of S3 by its name."""
    return {name: _operation(name, raw) for name, raw in _raw()["operations"].items()}


@cache
def shape(name: str) -> Shape:
    """Return the shape of this name."""
    return Shape(name, _raw()["shapes"][name])


@cache
def _raw() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("table.json").read_bytes())
    return table


def _operation(name: str, raw: dict[str, Any]) -> Operation:
    path, _, query = raw["http"]["requestUri"].partition("?")
    fixed: dict[str, str | None] = {}
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        fixed[key] = value if equals else None
    levels: dict[str, Level] = {"/": "service", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "key"}
    return Operation(
        name=name,
        method=raw["http"]["method"],
        level=levels.get(path, "service"),
        query=fixed,
        status=raw["http"].get("responseCode", 200),
        input=shape(raw["input"]["shape"]) if "input" in raw else None,
        output=shape(raw["output"]["shape"]) if "output" in raw else None,
        deprecated=raw.get("deprecated", False),
    )


def _member(name: str, reference: dict[str, Any]) -> Member:
    target = shape(reference["shape"])
    return Member(
        name=name,
        shape=target,
        location=reference.get("location", ""),
        wire_name=reference.get("locationName", target.location_name or name),
        flattened=reference.get("flattened", False) or target.flattened,
        is_attribute=reference.get("xmlAttribute", False),
        namespace=reference.get("xmlNamespace", {}).get("uri"),
    )
