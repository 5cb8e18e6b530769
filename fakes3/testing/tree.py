"""A readable tree of everything in a fake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from fakes3.model.access_points import AccessPoint
from fakes3.model.bucket import Bucket
from fakes3.model.lock import LegalHold
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import ALL_BLOCKED
from fakes3.model.versions import Entry, Version
from fakes3.model.world import World
from fakes3.testing.tables import html_text, shorten

MOST_KEYS = 200
"""How many keys of a bucket a tree shows."""


class Tree(str):
    """A tree as text, which a notebook shows with its lines."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html_text(self)


class Bounds(NamedTuple):
    """How much a tree shows; None for all."""

    buckets: int | None = None
    keys: int = MOST_KEYS
    versions: int | None = None


_USUAL = Bounds()


def tree_of(world: World, bounds: Bounds = _USUAL) -> Tree:
    """Return the buckets, keys and versions of a world, one on each line.

    >>> tree_of(World())
    'S3 is empty.'
    """
    lines = [line for bucket in islice(world.buckets.values(), bounds.buckets) for line in _bucket(bucket, bounds)]
    points = world.access_points.by_name.values()
    lines += [f"access point {each.id.name} at {each.bucket} ({_point_facts(each)})" for each in points]
    if bounds.buckets is not None and len(world.buckets) > bounds.buckets:
        lines.append(f"... and {len(world.buckets) - bounds.buckets} more buckets")
    return Tree("\n".join(lines) or "S3 is empty.")


def _point_facts(point: AccessPoint) -> str:
    """Return what one wants to know of an access point: account, region, VPC, and whether it has a policy."""
    facts = [point.id.account, point.id.region or "multi-region"]
    facts += [] if point.vpc is None else [point.vpc]
    return ", ".join(facts if point.policy is None else [*facts, "policy"])


def _bucket(bucket: Bucket, bounds: Bounds) -> Iterator[str]:
    yield f"{bucket.name} ({bucket_facts(bucket)})"
    keys = _keys(bucket, bounds.keys)
    for number, key in enumerate(keys):
        if number == bounds.keys:
            yield f"└── ... more than {bounds.keys} keys"
            return
        last = number == len(keys) - 1
        entries = bucket.versions.of(key)
        yield f"{'└──' if last else '├──'} {shorten(repr(key))} {facts_of(next(entries))}"
        indent = "   " if last else "│  "
        for older in islice(entries, bounds.versions):
            yield f"{indent}     older: {facts_of(older)}"
        if next(entries, None) is not None:
            yield f"{indent}     ... more than {bounds.versions} older"


def bucket_facts(bucket: Bucket) -> str:
    """Return what one wants to know of a bucket: its region, its size and its settings, but for the usual ones."""
    count = len(bucket.versions.current)
    place = bucket.region if bucket.directory is None else f"directory bucket, {bucket.directory.zone}"
    facts = [place, f"{count} object{'' if count == 1 else 's'}"]
    if bucket.versioning is not None:
        facts.append(f"versioning {bucket.versioning}")
    if bucket.configurations.has_mfa_delete:
        facts.append("MFA delete")
    if bucket.lock is not None:
        facts.append("Object Lock")
    if bucket.uploads:
        count = len(bucket.uploads)
        facts.append(f"{count} upload{'' if count == 1 else 's'} in progress")
    facts.extend(_access(bucket))
    return ", ".join(facts)


def _access(bucket: Bucket) -> Iterator[str]:
    """Yield the settings of a bucket's access that differ from those of a new bucket."""
    if bucket.ownership is not Ownership.ENFORCED:
        yield "no Object Ownership" if bucket.ownership is None else bucket.ownership.value
    if bucket.acl is not None:
        yield "ACL"
    if bucket.public_access is None:
        yield "no public access block"
    elif bucket.public_access != ALL_BLOCKED:
        yield "public access blocked in part"


def _keys(bucket: Bucket, most: int) -> list[str]:
    """Return the first keys with a current object or a past entry, in order: at most one more than are shown."""
    current = bucket.versions.current.scan()
    past = bucket.versions.past.scan()
    # That many of each contain the first keys of both together.
    found = {key for key, _ in islice(current, most + 1)} | {key for (key, _), _ in islice(past, most + 1)}
    return sorted(found)[: most + 1]


def facts_of(entry: Entry) -> str:
    """Return what one wants to know of a version or a delete marker: size, type, time, version id and locks."""
    when = f"{entry.last_modified:%Y-%m-%d %H:%M:%S}"
    version = "" if entry.id == "null" else f", version {entry.id}"
    if not isinstance(entry, Version):
        return f"delete marker, {when}{version}"
    attributes = entry.attributes
    facts = f"{entry.size} B, {dict(attributes.headers).get('ContentType', '')}, {when}{version}"
    if attributes.retention is not None:
        facts += f", {attributes.retention.mode} until {attributes.retention.until:%Y-%m-%d %H:%M:%S}"
    if attributes.event_hold is not None and attributes.event_hold.is_on:
        facts += " at least, event hold"
    if attributes.legal_hold is LegalHold.ON:
        facts += ", legal hold"
    return facts if attributes.acl is None else f"{facts}, ACL"
