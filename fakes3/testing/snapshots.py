"""Snapshots of a fake, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias, TypeVar

from fakes3.model.bucket import Bucket
from fakes3.model.configurations import ENCRYPTION, LIFECYCLE, LOCK, OWNERSHIP, PAYMENT, PUBLIC_ACCESS, VERSIONING
from fakes3.model.errors import UsageError
from fakes3.model.ordered_map import Absent
from fakes3.model.versions import Entry, Version
from fakes3.model.world import World
from fakes3.testing.differences import describe
from fakes3.testing.tables import html_text

Value = TypeVar("Value")

MOST_LINES = 100
"""How many changes a printed difference shows."""


class Change(NamedTuple):
    """One thing that two snapshots do not have alike."""

    bucket: str
    """Its bucket; empty for a setting of a whole account."""
    key: str | None = None
    """Its key; None for a bucket, a configuration or a setting of an account."""
    version_id: str | None = None
    """Its version id, or the upload id of a multipart upload; None for everything else."""
    what: str = "object"
    """`bucket`, `object` (any version of one), `delete marker`, `multipart upload`, a configuration's name,
    `access point NAME`, or `public_access of account 123456789012`."""


class _Changes(NamedTuple):
    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    changed: tuple[Change, ...]


class Difference(_Changes):
    """The changes that lead from one snapshot to another. It is true if there is any.

    Printed, it is one line for each: `+` for what is added, `-` for what is removed and `~` for what is changed.
    """

    _pairs: Sequence[_Pair] = ()

    @property
    def lines(self) -> list[str]:
        """Each change in words."""
        return [describe(*pair) for pair in self._pairs]

    def __bool__(self) -> bool:
        return any(tuple(self))

    def __str__(self) -> str:
        return self.text() or "nothing differs"

    def text(self, most: int = MOST_LINES) -> str:
        """Return at most this many changes in words, one on each line."""
        lines = [describe(*pair) for pair in self._pairs[:most]]
        more = len(self._pairs) - len(lines)
        return "\n".join([*lines, f"... and {more} more changes"] if more else lines)

    def _repr_html_(self) -> str:
        return html_text(str(self))


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The whole content of a fake at one moment. Taking one copies nothing.

    Two snapshots are equal when nothing differs between them: the same buckets, versions and configurations.
    """

    world: World

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Snapshot):
            return NotImplemented
        return next(_differences(self.world, other.world), None) is None

    __hash__ = None  # type: ignore[assignment]  # equal contents may have been written in another order

    def diff(self, other: Snapshot) -> Difference:
        """Return what is added, removed or changed in `other`. Time is spent only on what the two do not share.

        Raises: UsageError, for what is no snapshot.
        """
        check_snapshot(other)
        pairs = list(_differences(self.world, other.world))
        difference = Difference(
            added=tuple(change for change, before, _ in pairs if before is None),
            removed=tuple(change for change, _, after in pairs if after is None),
            changed=tuple(change for change, before, after in pairs if before is not None and after is not None),
        )
        difference._pairs = pairs
        return difference

    def assert_same(self, other: Snapshot) -> None:
        """Raise AssertionError, with what differs, unless nothing differs in `other`."""
        __tracebackhide__ = True
        difference = self.diff(other)
        if difference:
            raise AssertionError(f"S3 is not the same:\n{difference}")

    def __repr__(self) -> str:
        objects = sum(len(bucket.versions.current) for bucket in self.world.buckets.values())
        return f"<Snapshot: {len(self.world.buckets)} buckets, {objects} objects>"


def check_snapshot(given: object) -> None:
    """Raise UsageError, unless this is a snapshot."""
    if not isinstance(given, Snapshot):
        raise UsageError(f"{given!r} is not a snapshot. Give what s3.snapshot() returned.")


_Pair: TypeAlias = tuple[Change, object, object]
"""A thing that differs, as it was and as it is; None where it is absent."""

_ABSENT = Bucket(name="", owner="", region="", created=datetime.min)
"""Stands for a bucket that is absent: it has no versions and no uploads."""

_APART = {"name", "configurations", "uploads", "ended_uploads", "versions"}
_FIELDS = [name for name in Bucket._fields if name not in _APART]
_SHORT_NAMES = {
    VERSIONING: "versioning",
    ENCRYPTION: "encryption",
    LOCK: "lock",
    LIFECYCLE: "lifecycle",
    OWNERSHIP: "ownership",
    PUBLIC_ACCESS: "public_access",
    PAYMENT: "payer",
}
"""Configurations that are attributes of a bucket. All others are named by their API name, and their id if any."""


def _differences(before: World, after: World) -> Iterator[_Pair]:
    for account, old_block, new_block in before.account_blocks.diff(after.account_blocks):
        yield Change("", what=f"public_access of account {account}"), _or_none(old_block), _or_none(new_block)
    for point, before_it, after_it in before.access_points.by_name.diff(after.access_points.by_name):
        was, now = _or_none(before_it), _or_none(after_it)
        found = now or was
        if found is not None:
            yield Change(found.bucket, what=f"access point {point.name}"), was, now
    for name, mine, theirs in before.buckets.diff(after.buckets):
        old, new = _or_none(mine), _or_none(theirs)
        if old is None or new is None:
            yield Change(name, what="bucket"), old, new
        else:
            yield from _configurations(old, new)
        yield from _uploads(name, old or _ABSENT, new or _ABSENT)
        yield from _entries(name, old or _ABSENT, new or _ABSENT)


def _configurations(before: Bucket, after: Bucket) -> Iterator[_Pair]:
    for name in _FIELDS:
        if getattr(before, name) != getattr(after, name):
            yield Change(before.name, what=name), before, after
    for (name, config_id), _, _ in before.configurations.documents.diff(after.configurations.documents):
        what = f"{_SHORT_NAMES.get(name, name)} {config_id}".rstrip()
        yield Change(before.name, what=what), before, after


def _uploads(name: str, before: Bucket, after: Bucket) -> Iterator[_Pair]:
    """Yield every multipart upload in progress that differs."""
    for (key, _), mine, theirs in before.uploads.diff(after.uploads):
        was, now = _or_none(mine), _or_none(theirs)
        upload = was if now is None else now
        if upload is not None:
            yield Change(name, key, upload.id, "multipart upload"), was, now


def _entries(name: str, before: Bucket, after: Bucket) -> Iterator[_Pair]:
    """Yield every version and delete marker that differs.

    One that differs only in being the current one is left out.
    """
    old, new = before.versions, after.versions
    was: dict[tuple[str, str], Entry] = {}
    now: dict[tuple[str, str], Entry] = {}
    past = ((key, mine, theirs) for (key, _), mine, theirs in old.past.diff(new.past))
    for key, mine, theirs in (*old.current.diff(new.current), *past):
        if not isinstance(mine, Absent):
            was[key, mine.id] = mine
        if not isinstance(theirs, Absent):
            now[key, theirs.id] = theirs
    for place in sorted(was.keys() | now.keys()):
        key, version_id = place
        entry, successor = was.get(place), now.get(place)
        if entry is not successor:
            what = "object" if isinstance(successor or entry, Version) else "delete marker"
            yield Change(name, key, version_id, what), entry, successor


def _or_none(value: Value | Absent) -> Value | None:
    return None if isinstance(value, Absent) else value
