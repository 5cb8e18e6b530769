"""The listing of all versions of the objects of a bucket.

Its versioning state is in `bucket_configurations.py`.

S3: userguide/Versioning.html, API/API_ListObjectVersions.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.errors import InvalidArgument
from fakes3.model.identity import canonical_id
from fakes3.model.listing import FIRST, LAST, page_of_scan
from fakes3.model.versions import Entry, Version
from fakes3.operations.call import Call
from fakes3.operations.listings import ListHeaders, check_selection, encoder, entry_members, key_page_members
from fakes3.operations.members import Members
from fakes3.operations.registry import operation


@operation
def list_object_versions(
    s3: Call,
    *,
    Bucket: str,
    KeyMarker: str | None = None,
    VersionIdMarker: str | None = None,
    **headers: Unpack[ListHeaders],
) -> Members:
    """List every version and delete marker, by key and then newest first, from after a pair of markers."""
    limit = check_selection(headers, negative="max-keys cannot be negative")
    restore_at = s3.now if headers.get("OptionalObjectAttributes") else None
    _check_markers(KeyMarker, VersionIdMarker)
    bucket = s3.bucket(Bucket, headers, "s3:ListBucketVersions")
    found = page_of_scan(
        bucket.versions.scan,
        prefix=headers.get("Prefix", ""),
        delimiter=headers.get("Delimiter", ""),
        after=KeyMarker or None,
        within=_find_place(s3, bucket, KeyMarker, VersionIdMarker) if KeyMarker and VersionIdMarker else LAST,
        limit=min(limit, s3.settings.longest_page),
    )
    encoded = encoder(headers)
    answer = key_page_members(Bucket, headers, found, limit)
    answer |= {"KeyMarker": encoded(KeyMarker or ""), "VersionIdMarker": VersionIdMarker or ""}
    if found.is_truncated and found.last is not None:
        answer["NextKeyMarker"] = encoded(found.last)
        if found.closing is not None:
            answer["NextVersionIdMarker"] = found.closing.id
    # Versions and delete markers are one sequence here, since S3 lists them mixed.
    answer["Entries"] = [_entry(bucket, key, encoded(key), entry, restore_at) for key, entry in found.items]
    return answer


def _entry(bucket: Bucket, key: str, shown: str, entry: Entry, restore_at: datetime | None) -> tuple[str, Members]:
    about: Members = {"VersionId": entry.id, "IsLatest": bucket.versions.latest(key) is entry}
    owner = canonical_id(bucket.owner_of(entry))
    if isinstance(entry, Version):
        return "Versions", entry_members(shown, entry, owner=owner, restore_at=restore_at) | about
    return "DeleteMarkers", {"Key": shown, **about, "LastModified": entry.last_modified, "Owner": {"ID": owner}}


def _check_markers(key_marker: str | None, version_id_marker: str | None) -> None:
    if version_id_marker is None:
        return
    if not version_id_marker:
        raise InvalidArgument(
            "A version-id marker cannot be empty.", ArgumentName="version-id-marker", ArgumentValue=""
        )
    if not key_marker:
        raise InvalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version_id_marker,
        )


def _find_place(s3: Call, bucket: Bucket, key: str, version_id: str) -> int:
    """Return the place of a version among those of its key, also of a version that was removed.

    Raises: InvalidArgument.
    """
    if version_id == NULL:
        null = bucket.versions.null(key)
        return FIRST if null is None else -null.sequence
    sequence = s3.ids.sequence_of(version_id)
    if sequence is None:
        raise InvalidArgument(
            "Invalid version id specified", ArgumentName="version-id-marker", ArgumentValue=version_id
        )
    return -sequence
