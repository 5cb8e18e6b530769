"""Object Ownership of buckets.

What the setting does is told in `model/ownership.py`.

S3: userguide/about-object-ownership.html, API/API_PutBucketOwnershipControls.html and its neighbours
"""

from __future__ import annotations

from dataclasses import replace
from typing import Required, TypedDict, Unpack

from fakes3.model.errors import MalformedXML, OwnershipControlsNotFoundError
from fakes3.model.identity import canonical_id
from fakes3.model.ownership import Ownership, check_acl_of_bucket
from fakes3.operations.registry import Call, Document, ExpectedOwner, Members, operation


class OwnershipControlsRule(TypedDict):
    """The one rule of a bucket."""

    ObjectOwnership: Required[str]


class OwnershipControls(TypedDict):
    """The body of PutBucketOwnershipControls."""

    Rules: Required[list[OwnershipControlsRule]]


@operation
def put_bucket_ownership_controls(
    s3: Call,
    *,
    Bucket: str,
    OwnershipControls: Document[OwnershipControls],
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set who owns what is written, and whether ACLs mean anything. Owners and ACLs that are there are kept."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketOwnershipControls", **headers)
    rules = OwnershipControls.read()["Rules"]
    if len(rules) != 1:
        raise MalformedXML
    ownership = Ownership(rules[0]["ObjectOwnership"])
    check_acl_of_bucket(ownership, bucket.acl, owner=canonical_id(bucket.owner))
    s3.commit(replace(bucket, ownership=ownership))
    return {}


@operation
def get_bucket_ownership_controls(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer the setting, also where nobody ever put it."""
    ownership = s3.bucket(Bucket, to="s3:GetBucketOwnershipControls", **headers).ownership
    if ownership is None:
        raise OwnershipControlsNotFoundError(BucketName=Bucket)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership.value}]}}


@operation
def delete_bucket_ownership_controls(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Take the setting away: the bucket is then as with ObjectWriter. It can be done again and again."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketOwnershipControls", **headers)
    s3.commit(replace(bucket, ownership=None))
    return {}
