"""From XML trees to the members of the API, shape by shape.

The reader of a shape is compiled once, for all documents of an operation. The places of elements are found when a
document first has them: a shape may contain itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from fakes3.model.dates import parse_http_date, parse_iso8601
from fakes3.model.errors import MalformedXML, S3Error
from fakes3.model.not_modelled import not_modelled
from fakes3.model.numbers import LARGEST, read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.quirks import EMPTY_WHERE_MISSING, LONGEST_LISTS, OLD_ELEMENTS, ONLY_ONCE, OPEN_ENUMS, WHERE_MISSING
from fakes3.wire.table import Member, Shape
from fakes3.wire.xml import NAMESPACE, local_name

if TYPE_CHECKING:
    from fakes3.wire.xml import Element

MOST_ITEMS = 10_000
"""The most items of any list: the parts of a multipart upload. Longer ones are refused before they are read."""


ElementReader: TypeAlias = "Callable[[Element], Any]"
"""Returns what an element stands for. Raises: MalformedXML, NotImplemented_."""


def compile_structure(shape: Shape, accepted: Accepted) -> Callable[[Element], Members]:
    """Return a function that returns the members of a structure, by their API names and in the API's order.

    The order of the document makes no difference. The function raises MalformedXML for what does not fit the shape, and
    NotImplemented_ for members that are not accepted.
    """
    slots, required, filled = _Slots(shape, accepted), shape.required, EMPTY_WHERE_MISSING.get(shape.name)
    find_place = {name: place for place, name in enumerate(shape.members)}.__getitem__

    @lru_cache(maxsize=64)  # a client writes the members of every item in one order
    def sort(names: tuple[str, ...]) -> Sequence[str]:
        return sorted(names, key=find_place)

    def read(element: Element) -> Members:
        if element.text is not None:
            _check_blank(element.text)
        found: Members = {}
        latest, is_in_order = -1, True
        for attribute, text in element.items():
            name, place, convert, *_ = slots[f"@:{local_name(attribute)}" if "}" in attribute else f"@{attribute}"]
            found[name] = convert(text)
            is_in_order = is_in_order and place > latest
            latest = place
        for child in element:
            if child.tail is not None:
                _check_blank(child.tail)
            name, place, read_value, most, is_text = slots[child.tag]
            if most:
                items = found.setdefault(name, [])
                if len(items) == most:
                    raise MalformedXML
                items.append(read_value(child))
            elif name in found:
                raise ONLY_ONCE.get((shape.name, name), MalformedXML)()
            elif not is_text:
                found[name] = read_value(child)
            elif len(child) or child.keys():
                raise MalformedXML
            else:
                found[name] = read_value(child.text or "")
            is_in_order = is_in_order and place >= latest  # the items of a list have one place
            latest = place
        if filled is not None and filled not in found:
            found[filled], is_in_order = [], False
        if required and not required <= found.keys():
            name = min(required - found.keys())
            raise WHERE_MISSING.get((shape.name, name), MalformedXML)()
        return found if is_in_order else {name: found[name] for name in sort(tuple(found))}

    return read


class _Slot(NamedTuple):
    """The place of an element or an attribute in a structure."""

    name: str
    """The member, by its API name."""
    place: int
    """The member's number in the API's order."""
    read: Callable[[Any], Any]
    """Returns the value of an element; where `is_text`, of its text."""
    most: int
    """How many such elements are the items of a list; 0 where the element is the whole member."""
    is_text: bool
    """Whether it is an attribute, or an element that holds nothing but text."""


class _Slots(dict[str, _Slot]):
    """The places in a structure by the tags of elements, and by the names of attributes after `@:`.

    A namespace makes no difference to S3. The colon stands for the prefix, which the sender chooses. To look for
    another name raises MalformedXML or NotImplemented_.
    """

    def __init__(self, shape: Shape, accepted: Accepted) -> None:
        self._shape, self._accepted = shape, accepted

    def __missing__(self, tag: str) -> _Slot:
        wire_name = local_name(tag)
        slot = self.get(wire_name) or self._find(wire_name)
        self[wire_name] = slot
        if tag == f"{{{NAMESPACE}}}{wire_name}":  # nothing bounds the number of other namespaces
            self[tag] = slot
        return slot

    def _find(self, wire_name: str) -> _Slot:
        place, member = _by_wire_name(self._shape).get(wire_name, (0, None))
        if member is None or member.name not in self._accepted:
            raise _unknown_error(member, wire_name)
        shape, accepted = member.shape, self._accepted[member.name]
        if member.flattened and shape.type == "list":
            most = LONGEST_LISTS.get(shape.name, MOST_ITEMS)
            return _Slot(member.name, place, _compile_value(shape.member.shape, accepted), most, is_text=False)
        if shape.type in _OF_ELEMENTS:
            return _Slot(member.name, place, _compile_value(shape, accepted), 0, is_text=False)
        return _Slot(member.name, place, _find_converter(shape), 0, is_text=True)


def _unknown_error(member: Member | None, element: str) -> S3Error:
    """Return the error for a name of no member, or of a member that is not accepted."""
    if member is None and element not in OLD_ELEMENTS:
        return MalformedXML()
    name = element if member is None else member.name
    return not_modelled(name, f"{name} in this document")


@cache
def _by_wire_name(shape: Shape) -> dict[str, tuple[int, Member]]:
    """Return the members of a structure with their numbers, by the names in `_Slots`."""
    return {
        f"@:{member.wire_name.rpartition(':')[2]}" if member.is_attribute else member.wire_name: (place, member)
        for place, member in enumerate(shape.members.values())
    }


def _check_blank(text: str) -> None:
    """Refuse text between elements."""
    if text.strip():
        raise MalformedXML


def _compile_value(shape: Shape, accepted: Accepted) -> ElementReader:
    """Return the reader of an element that is a value of this shape."""
    if shape.type == "structure":
        return compile_structure(shape, accepted)
    if shape.type == "list":
        return _compile_list(shape.member, accepted)
    convert = _find_converter(shape)

    def read(element: Element) -> Any:
        if len(element) or element.keys():
            raise MalformedXML
        return convert(element.text or "")

    return read


def _compile_list(inner: Member, accepted: Accepted) -> ElementReader:
    """Return the reader of the one element around the items of a list, which may hold nothing else."""
    read_item = _compile_value(inner.shape, accepted)

    def read(element: Element) -> list[Any]:
        if element.keys() or len(element) > MOST_ITEMS:
            raise MalformedXML
        _check_blank(element.text or "")
        items = []
        for child in element:
            _check_blank(child.tail or "")
            if local_name(child.tag) != inner.wire_name:
                raise MalformedXML
            items.append(read_item(child))
        return items

    return read


def _find_converter(shape: Shape) -> Callable[[str], Any]:
    """Return a function that makes a value of a text, or raises MalformedXML."""
    if shape.type != "string":
        parse = _parse_any_date if shape.timestamp_format == "rfc822" else _PARSERS.get(shape.type, _parse_nothing)
        return _Values(_strip_first(parse)).__getitem__
    if not shape.enum or shape.name in OPEN_ENUMS:
        return str  # every text is the value
    return _Values({text: text for text in shape.enum}.get).__getitem__


def _strip_first(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a function that parses a text without the white space around it, which is no part of it."""
    return lambda text: parse(text.strip())


class _Values(dict[str, Any]):
    """The values of texts. To look for another text parses it, and raises MalformedXML where that gives None."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        self._parse = parse

    def __missing__(self, text: str) -> Any:
        value = self._parse(text)
        if value is None:
            raise MalformedXML
        if len(text) <= _LONGEST_KEPT and len(self) < _MOST_KEPT:  # most documents have the same numbers
            self[text] = value
        return value


def _parse_nothing(_text: str) -> None:
    """Return None: no document has a value of this type."""


def _parse_number(text: str) -> int | None:
    number = read_int(text, signed=True)
    return None if number in _BEYOND else number


def _parse_boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _parse_any_date(text: str) -> datetime | None:
    """Return a date that is written as the model says, or as botocore writes it."""
    return parse_iso8601(text) or parse_http_date(text)


_OF_ELEMENTS = frozenset({"structure", "list"})
"""The types of values that are written as elements in an element."""

_MOST_KEPT = 1024
"""How many texts have their values remembered."""
_LONGEST_KEPT = 40
"""How many characters each of them has at most."""

_BEYOND = frozenset({LARGEST, -LARGEST})
_PARSERS: dict[str, Callable[[str], Any]] = {
    "boolean": _parse_boolean,
    "integer": _parse_number,
    "long": _parse_number,
    "timestamp": parse_iso8601,
}
