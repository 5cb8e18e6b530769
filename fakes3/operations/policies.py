"""Bucket policies: put, get, delete, and whether one is public.

What policies say is told in `model/policy.py`, who may do what by them in `model/authorization.py`.

S3: userguide/bucket-policies.html, API/API_PutBucketPolicy.html and its neighbours
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.errors import NoSuchBucketPolicy
from fakes3.model.owners import check_of_own_account
from fakes3.model.regions import arn_of, partition_of
from fakes3.operations.registry import Call, Document, ExpectedOwner, Members, operation

if TYPE_CHECKING:
    from fakes3.model.policy import Policy


@operation
def put_bucket_policy(
    s3: Call,
    *,
    Bucket: str,
    Policy: Document[str],
    ConfirmRemoveSelfBucketAccess: bool = False,
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set the policy of a bucket, in place of the one it had."""
    # Most tests never put one, and all about them takes longest to import.
    from fakes3.model.authorization import check_keeps_access
    from fakes3.model.policy_parser import parse_bucket_policy
    from fakes3.model.policy_status import check_policy_of_write
    from fakes3.operations.context import context_of

    bucket = s3.bucket(Bucket, to="s3:PutBucketPolicy", **headers)
    check_of_own_account(s3.caller, bucket)
    policy = parse_bucket_policy(Policy.read(), bucket=Bucket, partition=partition_of(bucket.region))
    resource = arn_of(bucket.region, Bucket)
    check_policy_of_write(s3.world.blocked_in(bucket), policy, caller=s3.caller, resource=resource)
    if not ConfirmRemoveSelfBucketAccess:
        check_keeps_access(policy, bucket, s3.caller, lambda: context_of(s3, bucket, None, action="s3:PutBucketPolicy"))
    s3.commit(replace(bucket, policy=policy))
    return {}


@operation
def get_bucket_policy(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer the policy of a bucket, in the very words in which it was put."""
    bucket = s3.bucket(Bucket, to="s3:GetBucketPolicy", **headers)
    check_of_own_account(s3.caller, bucket)
    return {"Policy": _policy_of(bucket).text}


@operation
def delete_bucket_policy(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Take the policy of a bucket away. It can be done again and again."""
    bucket = s3.bucket(Bucket, to="s3:DeleteBucketPolicy", **headers)
    check_of_own_account(s3.caller, bucket)
    if bucket.policy is not None:
        s3.commit(replace(bucket, policy=None))
    return {}


@operation
def get_bucket_policy_status(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Tell whether the policy of a bucket is public."""
    from fakes3.model.policy_status import is_public

    bucket = s3.bucket(Bucket, to="s3:GetBucketPolicyStatus", **headers)
    return {"PolicyStatus": {"IsPublic": is_public(_policy_of(bucket))}}


def _policy_of(bucket: Bucket) -> Policy:
    if bucket.policy is None:
        raise NoSuchBucketPolicy(BucketName=bucket.name)
    return bucket.policy
