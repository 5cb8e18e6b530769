"""What differs between two contents of a fake, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from fakes3.model.annotations import Annotation
from fakes3.model.errors import UsageError
from fakes3.model.versions import DeleteMarker, Version
from fakes3.testing.tables import shorten
from fakes3.testing.tree import facts_of

if TYPE_CHECKING:
    from fakes3.testing.snapshots import Change

LONGEST = 300
"""How many characters of a line are shown."""


def describe(change: Change, before: object, after: object) -> str:
    """Return one line: `+` for what is added, `-` for what is removed, `~` for what is changed."""
    sign = "+" if before is None else "-" if after is None else "~"
    facts = _facts(after if before is None else before)
    if sign == "~":
        try:
            facts = "; ".join(_differing(before, after)) or _UNTOLD.get(change.what, "")
        except UsageError as mistake:  # of a file that is read only now
            facts = str(mistake)
    line = f"{sign} {_place(change)}" + (f": {facts}" if facts else "")
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _place(change: Change) -> str:
    """Return which thing differs, such as `reports: object 'may.txt'`."""
    if change.what == "bucket":
        return f"bucket {change.bucket}"
    place = f"{change.bucket}: {change.what}" if change.bucket else change.what
    return place if change.key is None else f"{place} {shorten(repr(change.key))}"


def _facts(thing: object) -> str:
    return facts_of(thing).removeprefix("delete marker, ") if isinstance(thing, Version | DeleteMarker) else ""


_NOT_TOLD = frozenset({"attributes", "sequence", "since"})
_UNTOLD = {"object": "written again", "multipart upload": "other parts"}


def _differing(before: Any, after: Any) -> Iterator[str]:
    """Yield what two versions do not have alike, in themselves, in their attributes or in what they became since."""
    if not (isinstance(before, Version) and isinstance(after, Version)):
        return
    for one, other in ((before, after), (before.attributes, after.attributes), (before.since, after.since)):
        for name in [each.name for each in fields(one) if each.name not in _NOT_TOLD]:
            old, new = getattr(one, name), getattr(other, name)
            if old != new and name != "accessed":
                yield f"{name} {_value(old)} -> {_value(new)}"


def _value(value: Any) -> str:
    """Return a value in a few words."""
    if hasattr(value, "pieces"):
        return f"{len(value)} bytes {bytes(value[:20])!r}"
    if isinstance(value, tuple) and any(isinstance(each, Annotation) for each in value):
        return shorten(str({each.name: bytes(each.payload[:20]).decode(errors="replace") for each in value}))
    if isinstance(value, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
        return shorten(str(dict(value)))
    return shorten(str(value))
