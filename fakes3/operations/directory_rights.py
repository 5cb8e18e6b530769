"""What callers are allowed in directory buckets.

A session has the rights of its mode on the objects of its bucket, and no others. Other credentials need, for each
request on objects, the right to begin such a session. The rights on the bucket itself have the names that they have for
general purpose buckets, and only policies of the owner's own identities can give them.

S3: userguide/s3-express-security-iam.html, service-authorization/latest/reference/list_amazons3express.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakes3.model.authorization import AccessRequest, Decision, decide
from fakes3.model.bucket import Bucket
from fakes3.model.directory import directory_arn
from fakes3.model.directory_sessions import READ_ONLY, READ_WRITE, DirectorySession
from fakes3.model.errors import AccessDenied
from fakes3.model.identity import Principal
from fakes3.operations.condition_keys import condition_keys_of

if TYPE_CHECKING:
    from fakes3.model.policy_patterns import ConditionKeys
    from fakes3.operations.call import Call

CREATE_SESSION = "s3express:CreateSession"

_ON_BUCKETS = {
    f"s3:{name}": f"s3express:{name}"
    for name in (
        *("DeleteBucket", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
        *("GetEncryptionConfiguration", "PutEncryptionConfiguration"),
        *("GetLifecycleConfiguration", "PutLifecycleConfiguration"),
    )
}
"""The rights on the bucket itself, each by that on a general purpose bucket."""

_READS = frozenset(
    f"s3:{name}"
    for name in (
        *("GetObject", "GetObjectVersion", "GetObjectAttributes", "GetObjectVersionAttributes", "ListBucket"),
        *("ListBucketMultipartUploads", "ListMultipartUploadParts"),
    )
)
"""The rights that a ReadOnly session has. S3: API/API_CreateSession.html, "x-amz-create-session-mode" """


def check_may_in_directory(call: Call, action: str, bucket: Bucket) -> None:
    """Refuse a caller who is not allowed in a directory bucket what `action` is in a general purpose bucket.

    Raises: AccessDenied.
    """
    if action in _ON_BUCKETS:
        _check_may_on_bucket(call, _ON_BUCKETS[action], bucket)
        return
    session = call.caller.directory_session
    modes = (READ_WRITE, READ_ONLY) if action in _READS else (READ_WRITE,)
    if session is None:
        find_mode(call, bucket, modes)
    else:
        _check_session(session, bucket, modes)


def find_mode(call: Call, bucket: Bucket, modes: tuple[str, ...]) -> str:
    """Return the first of these modes in which the caller is allowed to begin a session.

    Raises: AccessDenied.
    """
    refused: Decision | None = None
    for mode in modes:
        keys = partial(_condition_keys, call, bucket, mode)
        decision = decide(
            AccessRequest(call.caller, CREATE_SESSION, bucket, keys, blocked=call.world.blocked_in(bucket))
        )
        if decision.is_allowed:
            call.rights.append((CREATE_SESSION, arn_of_directory(bucket), None))
            return mode
        refused = refused or decision
    assert refused is not None, "some mode is wanted"
    raise AccessDenied(refused.message, reason=refused.reason)


def may_service(call: Call, bucket: Bucket, service: str) -> bool:
    """Whether the policy of a bucket lets a service of AWS write and delete objects."""
    keys = partial(_condition_keys, call, bucket, READ_WRITE)
    return decide(AccessRequest(Principal.of_service(service), CREATE_SESSION, bucket, keys)).is_allowed


def arn_of_directory(bucket: Bucket) -> str:
    """Return the ARN of a directory bucket."""
    return directory_arn(bucket.region, bucket.owner, bucket.name)


def _check_may_on_bucket(call: Call, action: str, bucket: Bucket) -> None:
    if call.caller.account != bucket.owner:
        raise AccessDenied(
            reason=f"the bucket {bucket.name} belongs to the account {bucket.owner}, and only its own identities are "
            f"allowed {action} on a directory bucket. Call with credentials of that account."
        )
    call.check_may_in_account(action, on=arn_of_directory(bucket))


def _check_session(session: DirectorySession, bucket: Bucket, modes: tuple[str, ...]) -> None:
    # No page gives S3's answers for another bucket, or for more than the mode allows.
    if session.bucket != bucket.name:
        raise AccessDenied(
            reason=f"the session is for the bucket {session.bucket}, and the request for {bucket.name}. Create a "
            "session for each bucket."
        )
    if session.mode not in modes:
        raise AccessDenied(
            reason=f"the session is {session.mode}, and may only read objects and list them. Create one with "
            f'SessionMode="{READ_WRITE}".'
        )


_OTHER_NAMES = {
    f"s3:{name}": f"s3express:{name}"
    for name in (
        *("authtype", "signatureage", "signatureversion", "resourceaccount", "x-amz-content-sha256"),
        *("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"),
    )
}
"""The condition keys of S3 that have twins for directory buckets."""


def _condition_keys(call: Call, bucket: Bucket, mode: str) -> ConditionKeys:
    """Return the condition keys of a CreateSession, in lower case."""
    assert bucket.directory is not None, "only directory buckets have sessions"
    every = condition_keys_of(call, bucket, None)
    found = {_OTHER_NAMES.get(key, key): values for key, values in every.items() if not _is_of_s3_alone(key)}
    return found | {"s3express:sessionmode": (mode,), "s3express:locationname": (bucket.directory.zone,)}


def _is_of_s3_alone(key: str) -> bool:
    return key.startswith("s3:") and key not in _OTHER_NAMES
