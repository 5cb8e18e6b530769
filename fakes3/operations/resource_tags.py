"""Tags of buckets by their ARNs. These operations are S3 Control's.

They change single tags, where PutBucketTagging replaces all, and are the only ones that do so where ABAC is enabled.

S3: API/API_control_TagResource.html, userguide/buckets-tagging.html
observed: radkawar/stackd, testdata/aws/s3/abac_controls_replay.json
"""

from __future__ import annotations

import re
from typing import TypedDict

from fakes3.model.bucket import Bucket
from fakes3.model.configurations import TAGGING
from fakes3.model.control_errors import NoSuchResource
from fakes3.model.errors import InternalError, InvalidRequest, InvalidTag, InvalidURI
from fakes3.model.not_modelled import not_modelled
from fakes3.model.regions import partition_of
from fakes3.model.tags import INVALID, OF_RESOURCES, check_count, check_tags, is_key, pairs_of
from fakes3.model.versions import Pairs
from fakes3.operations.accounts import check_account_id
from fakes3.operations.call import Call
from fakes3.operations.members import Document, Members
from fakes3.operations.registry import operation

_BUCKET_ARN = re.compile(r"arn:([^:]+):s3:::([^:/]+)")
_OTHER_ARN = re.compile(r"arn:[^:]+:s3(express:.+|:[^:]+:\d{12}:(accesspoint|access-grants|storage-lens-group)/.+)")
"""The ARNs of the other resources that have tags: directory buckets, access points and so on."""


class TagResourceRequest(TypedDict):
    """The body of TagResource."""

    Tags: list[Members]


@operation
def tag_resource(
    s3: Call, *, AccountId: str, ResourceArn: str, TagResourceRequest: Document[TagResourceRequest]
) -> Members:
    """Add tags to a bucket, or give those that it has already another value."""
    bucket = _find_bucket(s3, AccountId, ResourceArn, "s3:TagResource")
    added = pairs_of(TagResourceRequest.read()["Tags"])
    if not added:
        raise InvalidTag("At least one tag is required.")
    check_tags(added, OF_RESOURCES)
    tags = tuple((dict(bucket.configurations.tags) | dict(added)).items())
    check_count(tags, OF_RESOURCES)
    s3.commit(_with_tags(bucket, tags))
    return {}


@operation
def untag_resource(s3: Call, *, AccountId: str, ResourceArn: str, TagKeys: list[str]) -> Members:
    """Take tags away from a bucket by their keys; it need not have them.

    Of a bucket without tags only an empty key is refused. A key that comes twice makes S3 fail, with nothing changed.
    """
    bucket = _find_bucket(s3, AccountId, ResourceArn, "s3:UntagResource")
    tags = bucket.configurations.tags
    if not TagKeys:
        raise InvalidTag("At least one tag is required.")
    if len(set(TagKeys)) < len(TagKeys):
        # observed: radkawar/stackd, testdata/aws/s3/abac_tag_transitions_replay.json (bucket-untag-duplicate-present)
        raise InternalError(reason="a key comes twice, and S3 fails on that. Name each key once.")
    if "" in TagKeys or (tags and not all(map(is_key, TagKeys))):
        raise InvalidTag(INVALID)
    left = tuple((key, value) for key, value in tags if key not in TagKeys)
    if left != tags:
        s3.commit(_with_tags(bucket, left))
    return {}


@operation
def list_tags_for_resource(s3: Call, *, AccountId: str, ResourceArn: str) -> Members:
    """Return all tags of a bucket; an empty list where it has none."""
    bucket = _find_bucket(s3, AccountId, ResourceArn, "s3:ListTagsForResource")
    return {"Tags": [{"Key": key, "Value": value} for key, value in bucket.configurations.tags]}


def _find_bucket(s3: Call, account: str, resource: str, action: str) -> Bucket:
    """Return the bucket with this ARN, if the caller is allowed the action on it.

    Raises: AccessDenied, InvalidURI, NoSuchResource, InvalidRequest.
    """
    check_account_id(account)
    named = _BUCKET_ARN.fullmatch(resource)
    if named is None and _OTHER_ARN.fullmatch(resource):
        raise not_modelled("ResourceArn", "the tags of other resources than buckets", "Name the ARN of a bucket.")
    if named is None:
        raise InvalidURI(URI=f"tags/{resource}")
    bucket = s3.world.buckets.get(named[2])
    if bucket is None:
        raise NoSuchResource
    if bucket.owner != account:
        raise InvalidRequest(
            "The specified AWS account ID does not own this S3 general purpose bucket. Use the account ID of the S3 "
            "bucket owner, then try again."
        )
    if s3.region is not None and s3.region != bucket.region:
        raise InvalidRequest(f"Try the request again using the bucket's region: {bucket.region}.")
    if named[1] != partition_of(bucket.region):
        raise InvalidRequest("The AWS partition in the resourceArn is invalid.")
    s3.check_may(action, bucket)
    return bucket


def _with_tags(bucket: Bucket, tags: Pairs) -> Bucket:
    """Return a bucket with these tags; without a tag set where there are none."""
    if not tags:
        return bucket._replace(configurations=bucket.configurations.delete(TAGGING))
    return bucket.configure(TAGGING, {"TagSet": [{"Key": key, "Value": value} for key, value in tags]})
