"""JSON documents that callers send, read more strictly than Python reads them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn


class Number(NamedTuple):
    """A number as the document writes it. However long it is, reading it takes no time."""

    text: str


class DuplicateName(ValueError):
    """An object of the document has two members of one name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def load(text: str) -> Any:
    """Return what a JSON text says, with a `Number` for each number.

    Raises: DuplicateName; ValueError for text that is not JSON, or nests too deep.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_reject_duplicate_names,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_reject_constant,
        )
    except RecursionError:
        raise ValueError("too deep") from None


def describe(value: Any) -> str:
    """Return how an error names a wrong value: a list or object, which may be large, by its type alone."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, list | dict):
        return "List" if isinstance(value, list) else "Object"
    return value if isinstance(value, str) else json.dumps(value)


def _reject_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. JSON would keep only the last of two equal names, and so could lose a Deny."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise DuplicateName(name)
        found[name] = value
    return found


def _reject_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)
