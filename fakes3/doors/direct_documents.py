"""Makes of the members that S3 writes a document of what botocore would read of the document, without the text.

To write a document and to read it again takes twenty times as long. Only values that come through both as they are, or
that are known to come out as others, are taken over. The rest botocore reads of the text: characters that XML changes
or refuses, and kinds of values that none of S3's documents have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fakes3.model.dates import format_iso8601
from fakes3.wire.quirks import INTERLEAVED

Convert = Callable[[Any], Any]


class OnlyAsTextError(Exception):
    """A value is not known to be the same once it was written and read."""


def make_reader(shape: Any, read_time: Convert) -> Convert | None:
    """Return a function that makes a response's members, as botocore has them, of a document's.

    `read_time` is botocore's way to read a time. The function raises `OnlyAsTextError`. None is returned for responses
    whose body is no document, or one that only botocore reads.
    """
    payload = shape.serialization.get("payload")
    try:
        if payload is None:
            return _structure(shape, read_time)
        if shape.members[payload].type_name == "structure":
            inside = _structure(shape.members[payload], read_time)
            return lambda members: {payload: inside(members[payload])}
    except OnlyAsTextError:
        pass
    return None


def _make_converter(shape: Any, read_time: Convert) -> Convert:
    """Return the conversion of a value. Raises OnlyAsTextError, if botocore alone knows how to read it."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, read_time)
    if kind == "list":
        return _list(shape, read_time)
    if kind == "timestamp":
        return _time(read_time)
    if kind not in _SCALARS or shape.serialization.get("eventstream"):
        raise OnlyAsTextError
    return _SCALARS[kind]


def _structure(shape: Any, read_time: Convert) -> Convert:
    if getattr(shape, "is_tagged_union", False) or shape.metadata.get("exception"):
        raise OnlyAsTextError
    members = {name: each for name, each in shape.members.items() if each.serialization.get("location") is None}
    if len({_element_of(name, each) for name, each in members.items()}) < len(members):
        raise OnlyAsTextError  # botocore reads such an element as each of the members that have its name
    fields = [(name, _make_converter(each, read_time), _leaves_out_empty(each)) for name, each in members.items()]

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise OnlyAsTextError
        if INTERLEAVED in value:
            value = _sorted_by_name(value)
        made = {}
        for name, convert_member, leaves_out_empty in fields:
            item = value.get(name)
            if item is None or (leaves_out_empty and not item):
                continue
            made[name] = convert_member(item)
        return made

    return convert


def _element_of(name: str, member: Any) -> str:
    """Return the name of the elements of a member. That of a list without an element around it is that of its items."""
    of_items = member.member.serialization.get("name") if _leaves_out_empty(member) else None
    return str(of_items or member.serialization.get("name", name))


def _leaves_out_empty(member: Any) -> bool:
    """Whether an empty value has no element: a list without one around its items."""
    return member.type_name == "list" and bool(member.serialization.get("flattened"))


def _sorted_by_name(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return members whose entries, which a document mixes, stand in a list for each kind."""
    sorted_members: dict[str, Any] = {name: value for name, value in members.items() if name != INTERLEAVED}
    for name, item in members[INTERLEAVED]:
        sorted_members.setdefault(name, []).append(item)
    return sorted_members


def _list(shape: Any, read_time: Convert) -> Convert:
    convert_item = _make_converter(shape.member, read_time)

    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise OnlyAsTextError
        return [convert_item(item) for item in value]

    return convert


def _time(read_time: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, datetime):
            raise OnlyAsTextError
        return read_time(format_iso8601(value))

    return convert


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise OnlyAsTextError
    return value if type(value) is str else str(value)


def _number(value: Any) -> int:
    if type(value) is not int:
        raise OnlyAsTextError
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise OnlyAsTextError
    return value


_SCALARS: dict[str, Convert] = {"string": _text, "integer": _number, "long": _number, "boolean": _truth}
"""The conversions of values, by botocore's names of their kinds."""
