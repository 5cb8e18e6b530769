"""Finding the object, version or delete marker that a request means, with S3's answer where there is none.

S3: userguide/RetrievingObjectVersions.html, userguide/DeleteMarker.html
"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.dates import as_http_date
from fakes3.model.errors import AccessDenied, InvalidArgument, MethodNotAllowed, NoSuchKey, NoSuchVersion
from fakes3.model.versions import DeleteMarker, Entry, Version
from fakes3.operations.registry import Call


def entry_at(s3: Call, bucket: Bucket, key: str, version_id: str) -> Entry | None:
    """The version or delete marker with this id; None for an id that S3 could have given out, but that is gone.

    Raises: InvalidArgument for what no bucket, or not this never versioned one, could have given out.
    """
    if version_id == NULL:
        return bucket.versions.null(key)
    if not version_id:
        raise InvalidArgument(
            "Version id cannot be the empty string", ArgumentName="versionId", ArgumentValue=version_id
        )
    sequence = None if bucket.versioning is None else s3.ids.sequence_of(version_id)
    if sequence is None:
        raise InvalidArgument("Invalid version id specified", ArgumentName="versionId", ArgumentValue=version_id)
    entry = bucket.versions.find(key, sequence)
    return entry if entry is not None and entry.id == version_id else None


def object_at(s3: Call, bucket: Bucket, key: str, version_id: str | None) -> Version:
    """The object a read means: the current one, or the version with this id.

    Raises: NoSuchKey (with the delete marker's headers, where one hides the key), NoSuchVersion, InvalidArgument,
        MethodNotAllowed for the version id of a delete marker.
    """
    if version_id is None:
        current = bucket.versions.current.get(key)
        if current is not None:
            return current
        latest = bucket.versions.latest(key)
        check_may_know(s3, bucket)
        if isinstance(latest, DeleteMarker):
            raise NoSuchKey(headers=_headers_of(latest), Key=key)
        raise NoSuchKey(Key=key)
    entry = entry_at(s3, bucket, key, version_id)
    if entry is None:
        check_may_know(s3, bucket)
        raise NoSuchVersion(Key=key, VersionId=version_id)
    if isinstance(entry, DeleteMarker):
        raise _of_a_marker(entry)
    return entry


def check_may_know(s3: Call, bucket: Bucket) -> None:
    """Refuse to tell a caller who may not list the bucket that there is no such object.

    Raises: AccessDenied.
    S3: API/API_GetObject.html, "Permissions"
    """
    if not s3.may("s3:ListBucket", bucket):
        raise AccessDenied(
            headers={"x-amz-bucket-region": bucket.region},
            reason=f"there is no such object, and {s3.caller} may not know it: S3 answers 403 and not 404 to whoever "
            "may not list the bucket. Write the object first, or allow s3:ListBucket on the bucket.",
        )


def object_to_change(s3: Call, bucket: Bucket, key: str, version_id: str | None) -> Version:
    """The object whose tags are read or set, or which is to be restored: as for a read, but hidden ones are told apart.

    Raises: MethodNotAllowed where a delete marker hides the key, too; else what `object_at` raises.
    """
    latest = bucket.versions.latest(key) if version_id is None else None
    if isinstance(latest, DeleteMarker):
        raise _of_a_marker(latest)
    return object_at(s3, bucket, key, version_id)


def shown_id(bucket: Bucket, entry: Entry) -> str | None:
    """The version id an answer shows: none at all in a bucket that never had versioning."""
    return None if bucket.versioning is None else entry.id


def _of_a_marker(marker: DeleteMarker) -> MethodNotAllowed:
    headers = {"Allow": "DELETE", "Last-Modified": as_http_date(marker.last_modified)}
    return MethodNotAllowed(headers=headers | _headers_of(marker), ResourceType="DeleteMarker")


def _headers_of(marker: DeleteMarker) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.id}
