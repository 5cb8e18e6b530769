"""Block Public Access of buckets.

What the switches do is told in `model/public_access.py`.

S3: userguide/access-control-block-public-access.html, API/API_PutPublicAccessBlock.html and its neighbours
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

from fakes3.model.errors import NoSuchPublicAccessBlockConfiguration
from fakes3.model.public_access import block_of, check_configuration, members_of
from fakes3.operations.registry import Call, Document, ExpectedOwner, Members, operation


class PublicAccessBlockConfiguration(TypedDict, total=False):
    """The body of PutPublicAccessBlock; a switch that is not named is off."""

    BlockPublicAcls: bool
    IgnorePublicAcls: bool
    BlockPublicPolicy: bool
    RestrictPublicBuckets: bool


@operation
def put_public_access_block(
    s3: Call,
    *,
    Bucket: str,
    PublicAccessBlockConfiguration: Document[PublicAccessBlockConfiguration],
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set all four switches of a bucket."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketPublicAccessBlock", **headers)
    wanted = PublicAccessBlockConfiguration.read()
    check_configuration(wanted)
    s3.commit(replace(bucket, public_access=block_of(wanted)))
    return {}


@operation
def get_public_access_block(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer the switches of a bucket; those of its owner's account, which may block more, are not told here."""
    block = s3.bucket(Bucket, to="s3:GetBucketPublicAccessBlock", **headers).public_access
    if block is None:
        raise NoSuchPublicAccessBlockConfiguration(BucketName=Bucket)
    return {"PublicAccessBlockConfiguration": members_of(block)}


@operation
def delete_public_access_block(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Take the configuration away, and with it everything it blocks. It can be done again and again."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketPublicAccessBlock", **headers)
    s3.commit(replace(bucket, public_access=None))
    return {}
