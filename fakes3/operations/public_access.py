"""Block Public Access of buckets.

What the switches do is told in `model/public_access.py`.

S3: userguide/access-control-block-public-access.html, API/API_PutPublicAccessBlock.html and its neighbours
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, TypedDict, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.errors import NoSuchPublicAccessBlockConfiguration
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock, check_configuration
from fakes3.model.world import World
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
    block = PublicAccessBlock(
        block_public_acls=wanted.get("BlockPublicAcls", False),
        ignore_public_acls=wanted.get("IgnorePublicAcls", False),
        block_public_policy=wanted.get("BlockPublicPolicy", False),
        restrict_public_buckets=wanted.get("RestrictPublicBuckets", False),
    )
    s3.commit(replace(bucket, public_access=block))
    return {}


@operation
def get_public_access_block(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer the switches of a bucket; those of its owner's account, which may block more, are not told here."""
    block = s3.bucket(Bucket, to="s3:GetBucketPublicAccessBlock", **headers).public_access
    if block is None:
        raise NoSuchPublicAccessBlockConfiguration(BucketName=Bucket)
    configuration = {
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    }
    return {"PublicAccessBlockConfiguration": configuration}


@operation
def delete_public_access_block(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Take the configuration away, and with it everything it blocks. It can be done again and again."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketPublicAccessBlock", **headers)
    s3.commit(replace(bucket, public_access=None))
    return {}


class Holder(Protocol):
    """Whatever has a world: a call, a service."""

    @property
    def world(self) -> World: ...


def blocked_in(holder: Holder, bucket: Bucket) -> PublicAccessBlock:
    """What is blocked in a bucket, by itself or by its owner's account."""
    of_account = holder.world.account_blocks.get(bucket.owner) or NOTHING_BLOCKED
    return (bucket.public_access or NOTHING_BLOCKED) | of_account
