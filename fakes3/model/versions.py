"""Versions of objects, and what "null" is.

A key of a bucket has at most one *current object*. Beside it there may be *past* entries: versions that a newer write
made noncurrent, and delete markers. Every entry has a sequence number, its place in the order of all commits; newer
is larger. A replica has the version id and the sequence number of what it copies. Both are unique among all buckets, so
a replica is found by its id like every version, and lies among the others of its key by the time of the first write.

Objects written while versioning was off or suspended have the version id "null", and a key has at most one such
entry. It is an ordinary entry in the order of writes: only its *replacement* is special, since the next "null" write
takes it away, wherever in the key's history it lies.

So the versions of all keys of a bucket are three maps:

- `current`: key -> the current object. All that a bucket without versioning ever has, and all that listings of
  objects read: a million keys hidden by delete markers cost a listing nothing.
- `past`: (key, -sequence) -> a noncurrent version or a delete marker. Its order is ListObjectVersions's: by key,
  newest first.
- `nulls`: key -> the sequence number of a "null" entry that lies in `past`.

S3: userguide/versioning-workflows.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import md5
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from zlib import crc32

from fakes3.model.acl import Acl
from fakes3.model.bytes_rope import LateRope, Piece, Rope
from fakes3.model.checksums import encode
from fakes3.model.clock import NULL
from fakes3.model.encryption import SSE_S3, Encryption
from fakes3.model.lock import EventHold, LegalHold, Lock, Retention
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.storage_classes import STANDARD, Archive, Restore

if TYPE_CHECKING:
    from fakes3.model.annotations import Annotations

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values that never change, in order."""


class Versioning(StrEnum):
    """The versioning state of a bucket that ever had one; None stands for "never enabled"."""

    ENABLED = "Enabled"
    SUSPENDED = "Suspended"


class Checksum(NamedTuple):
    """A checksum S3 keeps with an object: of all its bytes, or composed of those of its parts."""

    algorithm: str
    value: str
    type: str = "FULL_OBJECT"


class ObjectPart(NamedTuple):
    """What S3 keeps of a part once its multipart upload is completed: its size and its checksum."""

    number: int
    size: int
    checksum: str | None
    """Its checksum, by the algorithm of the object's; None where the object has none."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a writer sets of an object beside its bytes, by a put, a copy, or the beginning of a multipart upload."""

    headers: Pairs = ()
    """System metadata by the API's names (`ContentType`, `CacheControl`, ...), as it was sent."""
    metadata: Pairs = ()
    """User metadata by lower-case name."""
    tags: Pairs = ()
    """Object tags, sorted by key."""
    storage_class: str = STANDARD
    redirect: str | None = None
    """The website redirect location."""
    encryption: Encryption = SSE_S3
    retention: Retention | None = None
    legal_hold: LegalHold | None = None
    """None while it never had one; S3 still shows one that was taken off."""
    event_hold: EventHold | None = None
    """None while it never had one; S3 still shows one that was released."""
    acl: Acl | None = None
    """Its ACL, as it was set; None for the default ACL, which grants everything to its owner."""

    @property
    def lock(self) -> Lock:
        """What protects the object."""
        return Lock(self.retention, self.legal_hold, self.event_hold)


@dataclass(frozen=True, slots=True)
class Since:
    """What has become of an object since it was written. Most objects share one of these, in which nothing has."""

    restore: Restore | None = None
    archive: Archive | None = None
    replication: str | None = None
    accessed: datetime | None = field(default=None, compare=False)
    """When an object of INTELLIGENT_TIERING was read last, to the day. A read does not make it another object."""
    annotations: Annotations = ()
    """The annotations that were attached to it, by name."""


NOTHING_SINCE = Since()


@dataclass(frozen=True, slots=True)
class Version:
    """An object: its bytes and everything S3 keeps with them. Never changes; a change of tags, say, is a new value."""

    sequence: int
    id: str
    last_modified: datetime
    owner: str | None
    body: Rope
    etag: str
    checksum: Checksum | None
    attributes: Attributes
    parts: tuple[ObjectPart, ...] = ()
    """The parts it was completed from, in order; empty for an object that one request wrote."""
    upload: int | None = None
    """The sequence number of the multipart upload it was completed from."""
    since: Since = NOTHING_SINCE
    """What has become of it since it was written."""

    @property
    def restore(self) -> Restore | None:
        """The last restore of an archived object, with the times of its copy."""
        return self.since.restore

    @property
    def archive(self) -> Archive | None:
        """The archive access tier of INTELLIGENT_TIERING to which it was moved last; None if it never was."""
        return self.since.archive

    @property
    def replication(self) -> str | None:
        """Its replication status; None where no rule of replication selected it. See `replication.py`."""
        return self.since.replication

    @property
    def annotations(self) -> Annotations:
        """The annotations that were attached to it, by name."""
        return self.since.annotations

    def became(self, **changes: Any) -> Version:
        """Return the same version, of which these members of `Since` have changed."""
        return replace(self, since=replace(self.since, **changes))

    @property
    def size(self) -> int:
        """The length of the body in bytes."""
        return len(self.body)


def digests_of(pieces: Iterable[Piece]) -> tuple[str, Checksum]:
    """Return the ETag of bytes that one request puts, and the checksum that boto3 sends with them.

    >>> digests_of([b"he", b"llo"])
    ('5d41402abc4b2a76b9719d911017c592', Checksum(algorithm='CRC32', value='NhCmhg==', type='FULL_OBJECT'))
    """
    hasher, checksum = md5(usedforsecurity=False), 0
    for piece in pieces:
        hasher.update(piece)
        checksum = crc32(piece, checksum)
    return hasher.hexdigest(), Checksum("CRC32", encode(checksum.to_bytes(4)))


class LateVersion(Version):
    """An object whose bytes are not here yet. Its ETag and checksum are made of them at the first need, and kept."""

    __slots__ = ()

    body: LateRope

    @classmethod
    def of(
        cls, sequence: int, id: str, last_modified: datetime, owner: str, body: LateRope, attributes: Attributes
    ) -> LateVersion:
        """Return an object that one request wrote."""
        made = cls(sequence, id, last_modified, owner, body, "", None, attributes)
        for name in _MADE_OF_BYTES:
            object.__delattr__(made, name)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return what a slot holds that is still empty. Python asks here for no others."""
        if name not in _MADE_OF_BYTES:
            raise AttributeError(name)
        etag, checksum = digests_of(self.body.walk())
        object.__setattr__(self, "etag", etag)
        object.__setattr__(self, "checksum", checksum)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        # What one S3 has written differs in the sequence number, so no bytes are fetched to compare it.
        return isinstance(other, LateVersion) and self.sequence == other.sequence and super().__eq__(other)

    __hash__ = Version.__hash__


_MADE_OF_BYTES = ("etag", "checksum")


class DeleteMarker(NamedTuple):
    """A placeholder that hides a key: it has a version id and an owner, but no data."""

    sequence: int
    id: str
    last_modified: datetime
    owner: str | None


Entry: TypeAlias = Version | DeleteMarker


class Versions(NamedTuple):
    """All versions of all keys of one bucket. Every change returns a new value, which shares what did not change."""

    current: OrderedMap[str, Version] = OrderedMap()
    past: OrderedMap[tuple[str, int], Entry] = OrderedMap()
    nulls: OrderedMap[str, int] = OrderedMap()

    def __bool__(self) -> bool:
        return bool(self.current or self.past)

    def latest(self, key: str) -> Entry | None:
        """Return the newest entry of a key: its current object, the delete marker that hides it, or None."""
        return self.current.get(key) or self._newest_past(key)

    def find(self, key: str, sequence: int) -> Entry | None:
        """Return the entry of a key that was written with this sequence number."""
        current = self.current.get(key)
        if current is not None and current.sequence == sequence:
            return current
        return self.past.get((key, -sequence))

    def null(self, key: str) -> Entry | None:
        """Return the entry of a key whose version id is "null"."""
        current = self.current.get(key)
        if current is not None and current.id == NULL:
            return current
        sequence = self.nulls.get(key)
        return None if sequence is None else self.past.get((key, -sequence))

    def of(self, key: str) -> Iterator[Entry]:
        """Yield every entry of a key, newest first."""
        current = self.current.get(key)
        if current is not None:
            yield current
        for (owner, _), entry in self.past.scan((key, -_NEWEST)):
            if owner != key:
                return
            yield entry

    def scan(self, place: tuple[str, int]) -> Iterator[tuple[str, Entry]]:
        """Return every entry strictly after a place, (key, -sequence): by key, newest first."""
        current = (((key, -one.sequence), one) for key, one in self.current.scan(place[0]))
        merged = merge(
            ((at, one) for at, one in current if at > place), self.past.scan(place, after=True), key=itemgetter(0)
        )
        return ((key, entry) for (key, _), entry in merged)

    def written(self, key: str, version: Version, versioning: Versioning | None) -> Versions:
        """Make `version` the current object, keeping what the bucket's versioning state keeps."""
        if versioning is None:
            return Versions(self.current.set(key, version), self.past, self.nulls)
        kept = self._shelve(key, replace_null=version.id == NULL)
        return Versions(kept.current.set(key, version), kept.past, kept.nulls)

    def hidden(self, key: str, marker: DeleteMarker) -> Versions:
        """Put a delete marker on top of a key of a bucket whose versioning is enabled or suspended."""
        kept = self._shelve(key, replace_null=marker.id == NULL)
        return kept._with_past(key, marker)

    def inserted(self, key: str, entry: Entry) -> Versions:
        """Put a replica into the history of a key of a versioned bucket, at the place of its sequence number."""
        latest = self.latest(key)
        if latest is not None and latest.sequence > entry.sequence:
            return self._with_past(key, entry)
        if isinstance(entry, Version):
            return self.written(key, entry, Versioning.ENABLED)
        return self.hidden(key, entry)

    def without(self, key: str, entry: Entry) -> Versions:
        """Remove one entry for good; the newest that is left, if it is an object, becomes current."""
        current, past, nulls = self.current, self.past, self.nulls
        if current.get(key) is entry:
            current = current.delete(key)
        else:
            past = past.delete((key, -entry.sequence))
            if entry.id == NULL:
                nulls = nulls.delete(key)
        return Versions(current, past, nulls)._promote(key)

    def replaced(self, key: str, old: Entry, new: Version) -> Versions:
        """Put `new` in the very place of `old`: the same version with other tags, say."""
        if self.current.get(key) is old:
            return Versions(self.current.set(key, new), self.past, self.nulls)
        return Versions(self.current, self.past.set((key, -old.sequence), new), self.nulls)

    def _newest_past(self, key: str) -> Entry | None:
        found = self.past.first((key, -_NEWEST)) if self.past else None
        return found[1] if found is not None and found[0][0] == key else None

    def _with_past(self, key: str, entry: Entry) -> Versions:
        nulls = self.nulls.set(key, entry.sequence) if entry.id == NULL else self.nulls
        return Versions(self.current, self.past.set((key, -entry.sequence), entry), nulls)

    def _shelve(self, key: str, *, replace_null: bool) -> Versions:
        """Move the current object of a key to the past, or drop it if it is the "null" that is replaced."""
        kept = self
        if replace_null and (sequence := self.nulls.get(key)) is not None:
            kept = Versions(kept.current, kept.past.delete((key, -sequence)), kept.nulls.delete(key))
        current = kept.current.get(key)
        if current is None:
            return kept
        kept = Versions(kept.current.delete(key), kept.past, kept.nulls)
        return kept if replace_null and current.id == NULL else kept._with_past(key, current)

    def _promote(self, key: str) -> Versions:
        if key in self.current:
            return self
        newest = self._newest_past(key)
        if not isinstance(newest, Version):
            return self
        nulls = self.nulls.delete(key) if newest.id == NULL else self.nulls
        return Versions(self.current.set(key, newest), self.past.delete((key, -newest.sequence)), nulls)


_NEWEST = 1 << 62
"""A sequence number larger than any: (key, -_NEWEST) sorts before every entry of the key."""
