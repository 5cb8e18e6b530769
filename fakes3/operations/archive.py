"""Archived objects: RestoreObject. What a restore is, and how long it takes, is in `model/storage_classes.py`.

S3: API/API_RestoreObject.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from fakes3.model.dates import LATEST
from fakes3.model.errors import MalformedXML
from fakes3.model.event_records import restored_data
from fakes3.model.storage_classes import (
    DEFAULT_TIER,
    INTELLIGENT_TIERING,
    Archive,
    Restore,
    begin_restore,
    begin_restore_of_tiered,
    check_restorable,
)
from fakes3.model.versions import Entry, Version
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call
from fakes3.operations.lookup import version_for_subresource
from fakes3.operations.members import BucketHeaders, Document, Members
from fakes3.operations.registry import operation


class GlacierJobParameters(TypedDict):
    """How fast the object is retrieved."""

    Tier: Required[str]


class RestoreRequest(TypedDict, total=False):
    """The body of RestoreObject. Its other members belong to S3 Select, which is closed to new customers."""

    Days: int
    GlacierJobParameters: GlacierJobParameters
    Tier: str


@operation
def restore_object(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    VersionId: str | None = None,
    RestoreRequest: Document[RestoreRequest] | None = None,
    **headers: Unpack[BucketHeaders],
) -> Members:
    """Begin to restore an archived object, or set how long its restored copy stays."""
    bucket = s3.bucket(Bucket, headers, "s3:RestoreObject", key=Key, version_id=VersionId)
    version = version_for_subresource(s3, bucket, Key, VersionId)
    storage_class = version.attributes.storage_class
    wanted = None if RestoreRequest is None else RestoreRequest.read()
    check_restorable(storage_class)
    if wanted is None or "Tier" in wanted:
        # Seen in the field: the tier stands in GlacierJobParameters; a `Tier` beside it is malformed.
        raise MalformedXML
    tier = wanted["GlacierJobParameters"]["Tier"] if "GlacierJobParameters" in wanted else DEFAULT_TIER
    begun: Archive | Restore
    if storage_class == INTELLIGENT_TIERING:
        begun = begin_restore_of_tiered(version.archive, days=wanted.get("Days"), tier=tier, now=s3.now)
        changed = version.became(archive=begun)
    elif "Days" in wanted:
        begun = begin_restore(storage_class, version.restore, days=wanted["Days"], tier=tier, now=s3.now)
        changed = version.became(restore=begun)
    else:
        raise MalformedXML
    restored = bucket.with_versions(bucket.versions.replaced(Key, version, changed))
    s3.commit(restored, "ObjectRestore:Post", Key, version)
    for _, at, _ in _moments(changed):
        if at > s3.now:
            s3.world = s3.world.with_due(RESTORES, at)
    return {"IsRestoreInProgress": True} if begun.is_ongoing(s3.now) else {}


RESTORES = "restores"


@background(RESTORES, latest=lambda _: LATEST)
def announce_restores(s3: Call, *, until: datetime, step: Step) -> datetime | None:
    """Say of each restored copy that it appeared or disappeared, from `s3.now` until then.

    Nothing changes by that: what a copy is follows from the clock.
    """
    following = LATEST
    for bucket in s3.world.buckets.values():
        for key, entry in bucket.versions.scan(("", 0)):
            step()
            for name, at, told in _moments(entry):
                if s3.now <= at <= until:
                    s3.announce(f"ObjectRestore:{name}", bucket, key, entry, at, told)
                elif at > until:
                    following = min(following, at)
    return None if following == LATEST else following


def _moments(entry: Entry) -> Iterator[tuple[str, datetime, Mapping[str, Any]]]:
    """Yield when the restored copy of an object appears and disappears, and what the events of that say.

    An object of INTELLIGENT_TIERING comes back to stay.
    """
    if not isinstance(entry, Version):
        return
    restore, archive = entry.restore, entry.archive
    if restore is not None:
        yield "Completed", restore.ready, restored_data(entry.attributes.storage_class, restore)
        yield "Delete", restore.expires, {}
    if archive is not None and archive.ready is not None:
        yield "Completed", archive.ready, {}
