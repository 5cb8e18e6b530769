"""From XML trees to the members of the API, shape by shape."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fakes3.model.dates import parse_http_date, parse_iso8601
from fakes3.model.errors import MalformedXML, S3Error
from fakes3.model.not_modelled import not_modelled
from fakes3.model.numbers import LARGEST, read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.quirks import EMPTY_WHERE_MISSING, LONGEST_LISTS, OLD_ELEMENTS, ONLY_ONCE, OPEN_ENUMS, WHERE_MISSING
from fakes3.wire.table import Member, Shape
from fakes3.wire.xml import local_name

if TYPE_CHECKING:
    from fakes3.wire.xml import Element

MOST_ITEMS = 10_000
"""The most items of any list: the parts of a multipart upload. Longer ones are refused before they are read."""


def read_members(element: Element, shape: Shape, accepted: Accepted) -> Members:
    """Return the members of a structure, by their API names and in the API's order, whatever the order of the document.

    Raises: MalformedXML for what does not fit the shape, NotImplemented_ for members that are not accepted.
    """
    by_wire_name = _by_wire_name(shape)
    if element.text is not None:
        _check_blank(element.text)
    found: Members = {}
    for name, text in element.items():
        member = by_wire_name.get(f"@:{local_name(name)}" if "}" in name else f"@{name}")
        if member is None or member.name not in accepted:
            raise _unknown_error(member)
        found[member.name] = _read_scalar(text, member.shape)
    for child in element:
        if child.tail is not None:
            _check_blank(child.tail)
        member = by_wire_name.get(local_name(child.tag))
        if member is None or (name := member.name) not in accepted:
            raise _unknown_error(member, local_name(child.tag))
        if member.flattened and member.shape.type == "list":
            items = found.setdefault(name, [])
            if len(items) == LONGEST_LISTS.get(member.shape.name, MOST_ITEMS):
                raise MalformedXML
            items.append(_read_value(child, member.shape.member.shape, accepted[name]))
        elif name in found:
            raise ONLY_ONCE.get((shape.name, name), MalformedXML)()
        else:
            found[name] = _read_value(child, member.shape, accepted[name])
    if shape.name in EMPTY_WHERE_MISSING:
        found.setdefault(EMPTY_WHERE_MISSING[shape.name], [])
    if not shape.required <= found.keys():
        name = min(shape.required - found.keys())
        raise WHERE_MISSING.get((shape.name, name), MalformedXML)()
    return {name: found[name] for name in shape.members if name in found} if len(found) > 1 else found


def _unknown_error(member: Member | None, element: str = "") -> S3Error:
    """Return the error for a name of no member, or of a member that is not accepted."""
    if member is None and element not in OLD_ELEMENTS:
        return MalformedXML()
    name = element if member is None else member.name
    return not_modelled(name, f"{name} in this document")


@cache
def _by_wire_name(shape: Shape) -> dict[str, Member]:
    """Return the members of a structure by the names of their elements, and of their attributes after `@:`.

    The colon stands for the prefix, which the sender chooses.
    """
    return {
        f"@:{member.wire_name.rpartition(':')[2]}" if member.is_attribute else member.wire_name: member
        for member in shape.members.values()
    }


def _check_blank(text: str) -> None:
    """Refuse text between elements."""
    if text.strip():
        raise MalformedXML


def _read_value(element: Element, shape: Shape, accepted: Accepted) -> Any:
    if shape.type == "structure":
        return read_members(element, shape, accepted)
    if shape.type == "list":
        return _read_items(element, shape.member, accepted)
    if len(element) or element.keys():
        raise MalformedXML
    return _read_scalar(element.text or "", shape)


def _read_items(element: Element, inner: Member, accepted: Accepted) -> list[Any]:
    """Return the items in the one element around a list, which may hold nothing else."""
    if element.keys() or len(element) > MOST_ITEMS:
        raise MalformedXML
    _check_blank(element.text or "")
    items = []
    for child in element:
        _check_blank(child.tail or "")
        if local_name(child.tag) != inner.wire_name:
            raise MalformedXML
        items.append(_read_value(child, inner.shape, accepted))
    return items


_BEYOND = frozenset({LARGEST, -LARGEST})


def _read_scalar(text: str, shape: Shape) -> Any:
    if shape.type == "string":
        if shape.enum and text not in shape.enum and shape.name not in OPEN_ENUMS:
            raise MalformedXML
        return text
    text = text.strip()
    value: object = None
    if shape.type in {"integer", "long"}:
        number = read_int(text, signed=True)
        value = None if number in _BEYOND else number
    elif shape.type == "timestamp":
        value = parse_iso8601(text)
        if value is None and shape.timestamp_format == "rfc822":
            value = parse_http_date(text)  # as botocore writes it
    elif shape.type == "boolean":
        value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        raise MalformedXML
    return value
