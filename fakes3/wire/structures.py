"""XML trees and the members they stand for, shape by shape."""

from __future__ import annotations

from typing import Any

from fakes3.model.dates import parse_iso8601
from fakes3.model.errors import MalformedXML, NotImplemented_
from fakes3.model.numbers import LARGEST, read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.quirks import OPEN_ENUMS
from fakes3.wire.table import Member, Shape

_TEXT = "#text"


def members_of(tree: Any, shape: Shape, accepted: Accepted) -> Members:
    """The members of a structure, by their API names.

    Raises: MalformedXML for what does not fit the shape, NotImplemented_ for members that are not accepted.
    """
    if tree is None or isinstance(tree, str):
        tree = {_TEXT: tree}
    by_wire_name = {_wire_name(member): member for member in shape.members.values()}
    found: Members = {}
    for name, child in tree.items():
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
            raise NotImplemented_(
                Header=member.name,
                reason=f"fakes3 does not model {member.name} in this document, and accepts nothing to ignore it. "
                "Leave it out.",
            )
        found[member.name] = _value(child, member, accepted[member.name])
    if not shape.required <= found.keys():
        raise MalformedXML
    return found


def _wire_name(member: Member) -> str:
    return _local(f"@{member.wire_name}") if member.is_attribute else member.wire_name


def _local(name: str) -> str:
    """The name of an attribute with a colon for its prefix, whatever that is; of an element, as it is."""
    return f"@:{name.rpartition(':')[2]}" if name.startswith("@") and ":" in name else name


def _value(child: Any, member: Member, accepted: Accepted) -> Any:
    shape = member.shape
    if shape.type == "list":
        inner = shape.member
        if not member.flattened:
            child = _items(child, inner)
        items = child if isinstance(child, list) else [child]
        return [_value(item, inner, accepted) for item in items]
    if isinstance(child, list):
        raise MalformedXML
    if shape.type == "structure":
        return members_of(child, shape, accepted)
    if isinstance(child, dict):
        if not all(name == _TEXT or name.startswith("@xmlns") for name in child):
            raise MalformedXML
        child = child.get(_TEXT)
    return _scalar(child or "", shape)


def _items(child: Any, inner: Member) -> Any:
    """What is in the one element that stands around a list's items, and holds nothing else."""
    if child is None or isinstance(child, str):
        child = {_TEXT: child}
    if isinstance(child, list):
        raise MalformedXML
    for name, content in child.items():
        is_blank = name.startswith("@xmlns") or (name == _TEXT and not (content or "").strip())
        if name != inner.wire_name and not is_blank:
            raise MalformedXML
    return child.get(inner.wire_name, [])


def _scalar(text: str, shape: Shape) -> Any:
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
