"""Bucket policies: put, get, delete, and whether one is public.

The form of policies is in `model/policy.py`, what they allow in `model/authorization.py`.

S3: userguide/bucket-policies.html, API/API_PutBucketPolicy.html and its neighbours
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.directory import directory_arn
from fakes3.model.errors import MethodNotAllowed, NoSuchBucketPolicy
from fakes3.model.regions import arn_of, partition_of
from fakes3.operations.call import Call
from fakes3.operations.members import Document, ExpectedOwner, Members
from fakes3.operations.registry import operation

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
    """Set the policy of a bucket, in place of an earlier one."""
    # Most tests put no policy, and these modules take long to import.
    from fakes3.model.authorization import check_keeps_access
    from fakes3.model.policy_parser import parse_bucket_policy, parse_directory_policy
    from fakes3.model.policy_status import check_policy_of_write
    from fakes3.operations.condition_keys import condition_keys_of

    bucket = _own_bucket(s3, Bucket, headers, "s3:PutBucketPolicy")
    partition = partition_of(bucket.region)
    if bucket.directory is None:
        resource = arn_of(bucket.region, Bucket)
        policy = parse_bucket_policy(Policy.read(), bucket=Bucket, partition=partition)
    else:
        resource = directory_arn(bucket.region, bucket.owner, Bucket)
        policy = parse_directory_policy(Policy.read(), arn=resource, partition=partition)
    check_policy_of_write(s3.world.blocked_in(bucket), policy, caller=s3.caller, resource=resource)
    if bucket.directory is None and not ConfirmRemoveSelfBucketAccess:
        keys = partial(condition_keys_of, s3, bucket, None, action="s3:PutBucketPolicy")
        check_keeps_access(policy, bucket, s3.caller, keys)
    s3.commit(bucket._replace(policy=policy))
    return {}


@operation
def get_bucket_policy(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return the policy of a bucket, exactly as it was put."""
    bucket = _own_bucket(s3, Bucket, headers, "s3:GetBucketPolicy")
    return {"Policy": _find_policy(bucket).text}


@operation
def delete_bucket_policy(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Delete the policy of a bucket; it need not have one."""
    bucket = _own_bucket(s3, Bucket, headers, "s3:DeleteBucketPolicy")
    if bucket.policy is not None:
        s3.commit(bucket._replace(policy=None))
    return {}


@operation
def get_bucket_policy_status(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return whether the policy of a bucket is public."""
    from fakes3.model.policy_status import is_public

    bucket = s3.bucket(Bucket, headers, "s3:GetBucketPolicyStatus")
    return {"PolicyStatus": {"IsPublic": is_public(_find_policy(bucket))}}


def _find_policy(bucket: Bucket) -> Policy:
    if bucket.policy is None:
        raise NoSuchBucketPolicy(BucketName=bucket.name)
    return bucket.policy


def _own_bucket(s3: Call, name: str, headers: ExpectedOwner, action: str) -> Bucket:
    """Return a bucket, if the caller's own account owns it. Other callers are refused even where a policy allows them.

    Raises: MethodNotAllowed, and what `Call.bucket` raises.
    S3: API/API_PutBucketPolicy.html, "Permissions"
    """
    bucket = s3.bucket(name, headers, action)
    if s3.caller.account != bucket.owner:
        raise MethodNotAllowed(
            reason=f"the policy of a bucket is only for the account that owns it, {bucket.owner}, even where it allows "
            f"{s3.caller} to read or set it. Call with credentials of that account.",
            ResourceType="BUCKETPOLICY",
        )
    return bucket
