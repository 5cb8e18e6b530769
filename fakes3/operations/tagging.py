"""Tags of objects. They belong to a version; changing them makes no new one, and touches neither ETag nor date.

S3: userguide/object-tagging.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Required, TypedDict, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.errors import NoSuchKey
from fakes3.model.names import check_key
from fakes3.model.tags import as_kept, check_tags
from fakes3.model.versions import Pairs, Version
from fakes3.operations.lookup import object_to_change, shown_id
from fakes3.operations.registry import Call, Common, Document, ExpectedOwner, Members, common, operation


class Tag(TypedDict):
    """A tag of an object."""

    Key: Required[str]
    Value: Required[str]


class Tagging(TypedDict):
    """The body of PutObjectTagging."""

    TagSet: Required[list[Tag]]


@operation
def put_object_tagging(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    Tagging: Document[Tagging],
    VersionId: str | None = None,
    **headers: Unpack[Common],
) -> Members:
    """Set the tags of an object, or of one version of it, in place of all it had."""
    check_key(Key)
    right = "s3:PutObjectTagging" if VersionId is None else "s3:PutObjectVersionTagging"
    bucket = s3.bucket(Bucket, to=right, key=Key, version_id=VersionId, **headers)
    version = object_to_change(s3, bucket, Key, VersionId)
    tags = tuple((tag["Key"], tag["Value"]) for tag in Tagging.read()["TagSet"])
    check_tags(tags)
    return _tagged(s3, bucket, Key, version, as_kept(tags))


@operation
def get_object_tagging(
    s3: Call, *, Bucket: str, Key: str, VersionId: str | None = None, **headers: Unpack[Common]
) -> Members:
    """Answer the tags of an object, or of one version of it, by key; a set without tags where it has none."""
    check_key(Key)
    right = "s3:GetObjectTagging" if VersionId is None else "s3:GetObjectVersionTagging"
    bucket = s3.bucket(Bucket, to=right, key=Key, version_id=VersionId, **headers)
    try:
        version = object_to_change(s3, bucket, Key, VersionId)
    except NoSuchKey as refusal:
        # Of all operations this one names the bucket too. No page says so; other servers found it on S3.
        raise NoSuchKey(headers=refusal.headers, Key=f"{Bucket}/{Key}") from None
    tags = [{"Key": key, "Value": value} for key, value in version.attributes.tags]
    return {"TagSet": tags, "VersionId": shown_id(bucket, version)}


@operation
def delete_object_tagging(
    s3: Call, *, Bucket: str, Key: str, VersionId: str | None = None, **headers: Unpack[ExpectedOwner]
) -> Members:
    """Take all tags from an object, or from one version of it; it need not have any."""
    check_key(Key)
    right = "s3:DeleteObjectTagging" if VersionId is None else "s3:DeleteObjectVersionTagging"
    bucket = s3.bucket(Bucket, to=right, key=Key, version_id=VersionId, **common(headers))
    return _tagged(s3, bucket, Key, object_to_change(s3, bucket, Key, VersionId), ())


def _tagged(s3: Call, bucket: Bucket, key: str, version: Version, tags: Pairs) -> Members:
    """Commit the version with these tags."""
    if tags != version.attributes.tags:
        attributes = replace(version.attributes, tags=tags)
        s3.commit(bucket.having(bucket.versions.replaced(key, version, replace(version, attributes=attributes))))
    return {"VersionId": shown_id(bucket, version)}
