"""Snapshots of a fake, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from fakes3.model.bucket import Bucket
from fakes3.model.ordered_map import ABSENT, Absent, OrderedMap
from fakes3.model.uploads import MultipartUpload
from fakes3.model.versions import Entry, Version, Versions
from fakes3.model.world import World


class Change(NamedTuple):
    """Something that is in one snapshot and not, or otherwise, in another."""

    bucket: str
    key: str | None = None
    """None where the bucket itself, or a configuration of it, changed."""
    version_id: str | None = None
    what: str = "object"
    """`bucket`, `object` (any version of one), `delete marker`, `multipart upload`, or a configuration's name."""


class Difference(NamedTuple):
    """What it takes to get from one snapshot to another."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return any(tuple(self))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole content of a fake at one moment. Taking one copies nothing."""

    world: World

    def diff(self, other: Snapshot) -> Difference:
        """What is new, gone, or otherwise in `other`. Walks only what the two do not share."""
        added: list[Change] = []
        removed: list[Change] = []
        changed: list[Change] = []
        for name, mine, theirs in self.world.buckets.diff(other.world.buckets):
            before = None if mine is ABSENT else mine
            after = None if theirs is ABSENT else theirs
            if before is None or after is None:
                (removed if after is None else added).append(Change(name, what="bucket"))
            else:
                changed.extend(_configurations(before, after))
            for change, was_there, is_there in _uploads(name, before, after):
                (added if not was_there else removed if not is_there else changed).append(change)
            for change, was, now in _entries(name, before, after):
                (added if was is None else removed if now is None else changed).append(change)
        return Difference(tuple(added), tuple(removed), tuple(changed))


_NO_VERSIONS = Versions()
_NO_UPLOADS: OrderedMap[tuple[str, int], MultipartUpload] = OrderedMap()
_NOT_CONFIGURATION = {"name", "uploads", "versions"}


def _configurations(before: Bucket, after: Bucket) -> Iterator[Change]:
    for name in Bucket.__dataclass_fields__:
        if name not in _NOT_CONFIGURATION and getattr(before, name) != getattr(after, name):
            yield Change(before.name, what=name)


def _entries(
    name: str, before: Bucket | None, after: Bucket | None
) -> Iterator[tuple[Change, Entry | None, Entry | None]]:
    """Every version and delete marker that differs. One that only ceased to be the current one does not."""
    old = _NO_VERSIONS if before is None else before.versions
    new = _NO_VERSIONS if after is None else after.versions
    was: dict[tuple[str, str], Entry] = {}
    now: dict[tuple[str, str], Entry] = {}
    for key, mine, theirs in old.current.diff(new.current):
        _note(was, key, mine)
        _note(now, key, theirs)
    for (key, _), past_mine, past_theirs in old.past.diff(new.past):
        _note(was, key, past_mine)
        _note(now, key, past_theirs)
    for place in sorted(was.keys() | now.keys()):
        key, version_id = place
        entry, successor = was.get(place), now.get(place)
        if entry is not successor:
            what = "object" if isinstance(successor or entry, Version) else "delete marker"
            yield Change(name, key, version_id, what), entry, successor


def _uploads(name: str, before: Bucket | None, after: Bucket | None) -> Iterator[tuple[Change, bool, bool]]:
    """Every multipart upload under way that differs; its id stands where others have a version id."""
    old = _NO_UPLOADS if before is None else before.uploads
    new = _NO_UPLOADS if after is None else after.uploads
    for (key, _), mine, theirs in old.diff(new):
        upload = theirs if mine is ABSENT else mine
        if not isinstance(upload, Absent):
            yield Change(name, key, upload.id, "multipart upload"), mine is not ABSENT, theirs is not ABSENT


def _note(entries: dict[tuple[str, str], Entry], key: str, entry: Entry | Absent) -> None:
    if not isinstance(entry, Absent):
        entries[key, entry.id] = entry
