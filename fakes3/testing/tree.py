"""A readable tree of everything in a fake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from fakes3.model.bucket import Bucket
from fakes3.model.lock import LegalHold
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import ALL_BLOCKED
from fakes3.model.versions import Entry, Version
from fakes3.model.world import World

MOST_KEYS = 200
"""How many keys of a bucket a tree shows."""


def tree_of(world: World) -> str:
    """Return the buckets, keys and versions of a world, one on each line.

    >>> tree_of(World())
    'S3 is empty.'
    """
    lines = [line for bucket in world.buckets.values() for line in _bucket(bucket)]
    return "\n".join(lines) or "S3 is empty."


def _bucket(bucket: Bucket) -> Iterator[str]:
    count = len(bucket.versions.current)
    facts = [bucket.region, f"{count} object{'' if count == 1 else 's'}"]
    if bucket.versioning is not None:
        facts.append(f"versioning {bucket.versioning}")
    if bucket.configurations.has_mfa_delete:
        facts.append("MFA delete")
    if bucket.lock is not None:
        facts.append("Object Lock")
    facts.extend(_access(bucket))
    yield f"{bucket.name} ({', '.join(facts)})"
    keys = _keys(bucket)
    for number, key in enumerate(keys):
        if number == MOST_KEYS:
            yield f"└── ... more than {MOST_KEYS} keys"
            return
        last = number == len(keys) - 1
        entries = list(bucket.versions.of(key))
        yield f"{'└──' if last else '├──'} {key!r} {_facts(entries[0])}"
        for older in entries[1:]:
            yield f"{'   ' if last else '│  '}     older: {_facts(older)}"


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


def _keys(bucket: Bucket) -> list[str]:
    """Return the first keys with a current object or a past entry, in order: at most one more than are shown."""
    current = bucket.versions.current.scan()
    past = bucket.versions.past.scan()
    # That many of each contain the first keys of both together.
    found = {key for key, _ in islice(current, MOST_KEYS + 1)} | {key for (key, _), _ in islice(past, MOST_KEYS + 1)}
    return sorted(found)[: MOST_KEYS + 1]


def _facts(entry: Entry) -> str:
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
