"""Archived objects: RestoreObject. What a restore is, and how long it takes, is in `model/storage_classes.py`.

S3: API/API_RestoreObject.html
"""

from __future__ import annotations

from typing import Required, TypedDict, Unpack

from fakes3.model.errors import MalformedXML
from fakes3.model.storage_classes import (
    DEFAULT_TIER,
    INTELLIGENT_TIERING,
    Archive,
    Restore,
    begin_restore,
    begin_restore_of_tiered,
    check_restorable,
)
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
    return {"IsRestoreInProgress": True} if begun.is_ongoing(s3.now) else {}
