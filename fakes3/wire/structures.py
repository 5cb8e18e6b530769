"""From XML trees to the members of the API, shape by shape."""

from __future__ import annotations

from functools import cache
from typing import Any

from fakes3.model.dates import parse_iso8601
from fakes3.model.errors import MalformedXML
from fakes3.model.numbers import LARGEST, read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.quirks import EMPTY_WHERE_MISSING, ONLY_ONCE, OPEN_ENUMS, not_modelled
from fakes3.wire.table import Member, Shape

_TEXT = "#text"


def read_members(tree: Any, shape: Shape, accepted: Accepted) -> Members:
    """Return the members of a structure, by their API names and in the API's order, whatever the order of the document.

    Raises: MalformedXML for what does not fit the shape, NotImplemented_ for members that are not accepted.
    """
    by_wire_name = _by_wire_name(shape)
    found: Members = {}
    for name, child in _children(tree).items():
        if name == _TEXT:
            if child is not None and child.strip():
                raise MalformedXML
            continue
        if name.startswith("@xmlns"):
            continue
        member = by_wire_name.get(_local(name))
        if member is None:
            raise MalformedXML
        if member.name not in accepted:
            raise not_modelled(member.name, f"{member.name} in this document")
        if isinstance(child, list) and (shape.name, member.name) in ONLY_ONCE:
            raise ONLY_ONCE[shape.name, member.name]()
        found[member.name] = _read_value(child, member, accepted[member.name])
    if shape.name in EMPTY_WHERE_MISSING:
        found.setdefault(EMPTY_WHERE_MISSING[shape.name], [])
    if not shape.required <= found.keys():
        raise MalformedXML
    return {name: found[name] for name in shape.members if name in found} if len(found) > 1 else found


@cache
def _by_wire_name(shape: Shape) -> dict[str, Member]:
    """Return the members of a structure by the names of their elements and attributes."""
    return {
        _local(f"@{member.wire_name}") if member.is_attribute else member.wire_name: member
        for member in shape.members.values()
    }


def _children(content: Any) -> dict[str, Any]:
    """Return what is in an element by name, also if that is nothing but text."""
    if isinstance(content, list):
        raise MalformedXML
    return content if isinstance(content, dict) else {_TEXT: content}


def _local(name: str) -> str:
    """Return an element's name as it is, and an attribute's with a colon for its prefix, which the sender chooses."""
    return f"@:{name.rpartition(':')[2]}" if name.startswith("@") and ":" in name else name


def _read_value(child: Any, member: Member, accepted: Accepted) -> Any:
    shape = member.shape
    if shape.type == "list":
        inner = shape.member
        items = child if member.flattened else _read_items(child, inner)
        return [_read_value(item, inner, accepted) for item in (items if isinstance(items, list) else [items])]
    if shape.type == "structure":
        return read_members(child, shape, accepted)
    content = _children(child)
    if not all(name == _TEXT or name.startswith("@xmlns") for name in content):
        raise MalformedXML
    return _read_scalar(content.get(_TEXT) or "", shape)


def _read_items(child: Any, inner: Member) -> Any:
    """Return the items in the one element around a list, which may hold nothing else."""
    content = _children(child)
    for name, value in content.items():
        is_blank = name.startswith("@xmlns") or (name == _TEXT and not (value or "").strip())
        if name != inner.wire_name and not is_blank:
            raise MalformedXML
    return content.get(inner.wire_name, [])


def _read_scalar(text: str, shape: Shape) -> Any:
    if shape.type == "string":
        if shape.enum and text not in shape.enum and shape.name not in OPEN_ENUMS:
            raise MalformedXML
        return text
    text = text.strip()
    value: object = None
    if shape.type in {"integer", "long"}:
        number = read_int(text, signed=True)
        value = None if number in {LARGEST, -LARGEST} else number
    elif shape.type == "timestamp":
        value = parse_iso8601(text)
    elif shape.type == "boolean":
        value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        raise MalformedXML
    return value
