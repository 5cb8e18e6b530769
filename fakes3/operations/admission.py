"""What an access point lets through to its bucket: which operations, from where, by whom.

The bucket judges each request as well, so an access point adds no right.

S3: userguide/access-points-service-api-support.html, userguide/access-points-restrictions-limitations-naming-rules.html
observed: radkawar/stackd, testdata/aws/s3control/access_point_authority_replay.json and access_point_audit_replay.json
"""

from __future__ import annotations

from fakes3.model.access_points import AccessPoint
from fakes3.model.authorization import AccessRequest, decide
from fakes3.model.errors import AccessDenied, InvalidRequest, MethodNotAllowed
from fakes3.model.identity import not_authorized
from fakes3.model.policy_patterns import ConditionKeys
from fakes3.operations.call import Call

MULTI_REGION_OPERATIONS = frozenset(
    (
        *("AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload", "DeleteObject"),
        *("DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectLegalHold", "GetObjectRetention"),
        *("GetObjectTagging", "HeadObject", "ListMultipartUploads", "ListObjectsV2", "ListParts", "PutObject"),
        *("PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "RestoreObject"),
        "UploadPart",
    )
)
"""The operations that multi-region access points support. S3: userguide/MrapOperations.html"""

OPERATIONS = MULTI_REGION_OPERATIONS.union(
    (
        *("CopyObject", "DeleteObjects", "GetBucketAcl", "GetBucketCors", "GetBucketLocation"),
        *("GetBucketNotificationConfiguration", "GetBucketPolicy", "GetObjectAttributes", "HeadBucket", "ListObjects"),
        *("ListObjectVersions", "UploadPartCopy"),
    )
)
"""The operations that regional access points support.

S3: userguide/access-points-service-api-support.html, "Access points compatibility with S3 operations"
"""

_OF_BUCKETS = ("aws:resourcetag/", "s3:buckettag/")


def check_admitted(s3: Call, point: AccessPoint, asked: AccessRequest) -> None:
    """Refuse an action on a bucket that the access point does not let through.

    Raises: AccessDenied, InvalidRequest without a signature of version 4, MethodNotAllowed.
    """
    _check_signed(s3)
    _check_supported(s3, point, asked)
    _check_origin(s3, point)

    def condition_keys() -> ConditionKeys:
        found = {key: value for key, value in asked.condition_keys().items() if not key.startswith(_OF_BUCKETS)}
        return found | dict.fromkeys(("s3:resourceaccount", "aws:resourceaccount"), (point.id.account,))

    decision = decide(asked._replace(point=point, initiator=None, condition_keys=condition_keys))
    if not decision.is_allowed:
        headers = {"x-amz-bucket-region": asked.bucket.region}
        raise AccessDenied(decision.message, headers=headers, reason=decision.reason)
    s3.rights.append((asked.action, point.arn, asked.key))


def _check_signed(s3: Call) -> None:
    """Refuse a form without a signature of version 4. Other requests without one have not come so far."""
    if not s3.transport.has_version_4:
        raise InvalidRequest(
            "Please use Signature Version 4",
            reason="access points take no anonymous forms, and none signed with Signature Version 2, whatever policies "
            'allow. Make the form with Config(signature_version="s3v4").',
        )


def _check_supported(s3: Call, point: AccessPoint, asked: AccessRequest) -> None:
    """Refuse an operation that such access points do not support. S3 denies it, as if by a policy."""
    operation = s3.operation
    if operation in (MULTI_REGION_OPERATIONS if point.is_multi_region else OPERATIONS):
        if operation == "GetBucketLocation" and not s3.by_alias:
            raise MethodNotAllowed(
                reason="an access point tells its bucket's location only where its alias is named. Pass the alias as "
                "Bucket.",
                ResourceType="ACCESSPOINT",
            )
        return
    raise unsupported(s3, point, asked.action)


def unsupported(s3: Call, point: AccessPoint, action: str) -> AccessDenied:
    """Return the error for an operation that such access points do not support."""
    because = "with an explicit deny in a resource-based policy"
    is_own = s3.caller.account == point.id.account
    return AccessDenied(
        not_authorized(s3.caller.arn, action, point.arn, because) if is_own else AccessDenied.message,
        reason=f"{'multi-region ' if point.is_multi_region else ''}access points do not support {s3.operation}, and "
        f"allow it to nobody. Call it with the bucket's name, {point.bucket}.",
    )


def _check_origin(s3: Call, point: AccessPoint) -> None:
    """Refuse a request from outside the VPC that an access point is for. S3: userguide/access-points-vpc.html"""
    if point.vpc is not None and s3.condition_keys().get("aws:sourcevpc") != (point.vpc,):
        raise AccessDenied(
            reason=f"the access point {point.id.name} takes requests only from within {point.vpc}. Send this one from "
            f'there: with s3.inside_vpc("{point.vpc}").'
        )
