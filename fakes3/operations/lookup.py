"""Find the object, version or delete marker that a request names, or raise S3's error where it does not exist.

Where S3 watches when an object is read, that is noted here too.

S3: userguide/RetrievingObjectVersions.html, userguide/DeleteMarker.html
"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.dates import format_http_date
from fakes3.model.errors import AccessDenied, InvalidArgument, MethodNotAllowed, NoSuchKey, NoSuchVersion
from fakes3.model.lock import check_has_lock
from fakes3.model.storage_classes import INTELLIGENT_TIERING
from fakes3.model.versions import DeleteMarker, Entry, Version
from fakes3.operations.call import Call, action_on
from fakes3.operations.members import OwnedVersion


def entry_at(s3: Call, bucket: Bucket, key: str, version_id: str) -> Entry | None:
    """Return the version or delete marker with this id; None where S3 may have removed it.

    Raises: InvalidArgument for an id that S3 never gave out. A bucket without versioning has only the id "null".
    """
    if version_id == NULL:
        return bucket.versions.null(key)
    if not version_id:
        raise InvalidArgument(
            "Version id cannot be the empty string", ArgumentName="versionId", ArgumentValue=version_id
        )
    sequence = None if bucket.versioning is None else s3.ids.sequence_of(version_id)
    if sequence is None:
        raise InvalidArgument(
            "Invalid version id specified",
            ArgumentName="versionId",
            ArgumentValue=version_id,
            reason="S3 has given no such id to any version. Pass the VersionId of one of its answers.",
        )
    entry = bucket.versions.find(key, sequence)
    return entry if entry is not None and entry.id == version_id else None


def object_at(s3: Call, bucket: Bucket, key: str, version_id: str | None) -> Version:
    """Return the object that a read names: the current one, or the version with this id.

    Raises: NoSuchKey (with the headers of the delete marker that hides the key), NoSuchVersion, InvalidArgument,
        MethodNotAllowed for the version id of a delete marker.
    """
    if version_id is None:
        current = bucket.versions.current.get(key)
        if current is not None:
            return current
        latest = bucket.versions.latest(key)
        check_may_know(s3, bucket)
        raise NoSuchKey(headers=_headers_of(latest) if isinstance(latest, DeleteMarker) else None, Key=key)
    entry = entry_at(s3, bucket, key, version_id)
    if entry is None:
        check_may_know(s3, bucket)
        raise NoSuchVersion(Key=key, VersionId=version_id)
    if isinstance(entry, DeleteMarker):
        raise _refuse_marker(entry)
    return entry


def check_may_know(s3: Call, bucket: Bucket) -> None:
    """Refuse a caller who is not allowed to list the bucket, and so not to know that an object does not exist.

    Raises: AccessDenied.
    S3: API/API_GetObject.html, "Permissions"
    """
    if not s3.may("s3:ListBucket", bucket):
        raise AccessDenied(
            headers={"x-amz-bucket-region": bucket.region},
            reason=f"there is no such object, and {s3.caller} is not allowed to know that: without s3:ListBucket S3 "
            "answers 403 and not 404. Write the object first, or allow s3:ListBucket on the bucket.",
        )


def find_subresource(
    s3: Call, headers: OwnedVersion, action: str, name: str, key: str, *, locks: bool = False
) -> tuple[Bucket, Version]:
    """Return a bucket and the object whose tags, ACL or lock a request is about, if the caller is allowed `action`.

    The actions on tags and ACLs have another name where the request names a version (`action_on`).

    Raises: what `Call.bucket` and `version_for_subresource` raise; InvalidRequest for a lock (`locks`) in a bucket
        without Object Lock.
    """
    version_id = headers.get("VersionId")
    action = action if locks else action_on(action, version_id)
    bucket = s3.bucket(name, headers, action, key=key, version_id=version_id)
    if locks:
        check_has_lock(bucket.lock)
    return bucket, version_for_subresource(s3, bucket, key, version_id)


def version_for_subresource(s3: Call, bucket: Bucket, key: str, version_id: str | None) -> Version:
    """Return the object whose tags, ACL, lock or restore a request is about.

    It is found as for a read, but the answer for a key that a delete marker hides is 405.

    Raises: MethodNotAllowed where a delete marker hides the key, and what `object_at` raises.
    """
    latest = bucket.versions.latest(key) if version_id is None else None
    if isinstance(latest, DeleteMarker):
        raise _refuse_marker(latest)
    return object_at(s3, bucket, key, version_id)


def _refuse_marker(marker: DeleteMarker) -> MethodNotAllowed:
    """Return the error for a request that names a delete marker as an object."""
    headers = {"Allow": "DELETE", "Last-Modified": format_http_date(marker.last_modified)}
    return MethodNotAllowed(headers=headers | _headers_of(marker), ResourceType="DeleteMarker")


def _headers_of(marker: DeleteMarker) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.id}


def note_access(s3: Call, bucket_name: str, key: str, version: Version) -> None:
    """Keep the day on which an object of INTELLIGENT_TIERING is read, if it is still there after the request."""
    if version.attributes.storage_class != INTELLIGENT_TIERING:
        return
    from fakes3.model.tierings import is_monitored, last_access  # it takes a while, and S3 watches few objects

    if not is_monitored(version) or last_access(version).date() >= s3.now.date():
        return
    bucket = s3.world.buckets[bucket_name]
    if bucket.versions.find(key, version.sequence) is version:
        versions = bucket.versions.replaced(key, version, version.became(accessed=s3.now))
        s3.world = s3.world.with_bucket(bucket.with_versions(versions))
