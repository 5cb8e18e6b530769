"""Tags of objects. They belong to a version. To change them makes no new version, and changes neither ETag nor date.

S3: userguide/object-tagging.html
"""

from __future__ import annotations

from typing import Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.errors import NoSuchKey
from fakes3.model.tags import check_tags, pairs_of, sort_tags
from fakes3.model.versions import Pairs, Version
from fakes3.operations.call import Call
from fakes3.operations.lookup import find_subresource
from fakes3.operations.members import Document, Members, OwnedVersion, VersionHeaders
from fakes3.operations.registry import operation
from fakes3.operations.response_members import shown_version_id


@operation
def put_object_tagging(
    s3: Call, *, Bucket: str, Key: str, Tagging: Document[Members], **headers: Unpack[VersionHeaders]
) -> Members:
    """Set the tags of an object, or of one version of it, in place of all others."""
    bucket, version = find_subresource(s3, headers, "s3:PutObjectTagging", Bucket, Key)
    tags = pairs_of(Tagging.read()["TagSet"])
    check_tags(tags)
    return _commit_tags(s3, bucket, Key, version, sort_tags(tags), "ObjectTagging:Put")


@operation
def get_object_tagging(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[VersionHeaders]) -> Members:
    """Return the tags of an object, or of one version of it, by key; an empty set where it has none."""
    try:
        bucket, version = find_subresource(s3, headers, "s3:GetObjectTagging", Bucket, Key)
    except NoSuchKey as refusal:
        # Only this operation names the bucket too. No page says so; other servers found it on S3.
        raise NoSuchKey(headers=refusal.headers, Key=f"{Bucket}/{Key}") from None
    tags = [{"Key": key, "Value": value} for key, value in version.attributes.tags]
    return {"TagSet": tags, "VersionId": shown_version_id(bucket, version)}


@operation
def delete_object_tagging(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[OwnedVersion]) -> Members:
    """Remove all tags of an object, or of one version of it; it need not have any."""
    bucket, version = find_subresource(s3, headers, "s3:DeleteObjectTagging", Bucket, Key)
    return _commit_tags(s3, bucket, Key, version, (), "ObjectTagging:Delete")


def _commit_tags(s3: Call, bucket: Bucket, key: str, version: Version, tags: Pairs, event: str) -> Members:
    """Commit the version with these tags."""
    if tags != version.attributes.tags:
        s3.commit(bucket.with_attributes(key, version, tags=tags), event, key, version)
    else:
        s3.announce(event, bucket, key, version)
    return {"VersionId": shown_version_id(bucket, version)}
