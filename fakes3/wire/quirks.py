"""Oddities of S3's wire that no table has.

If this grows past a few screens, something in it has become a rule and wants a home of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fakes3.model.errors import HomePageRedirect, InvalidRequest, NoLoggingStatusForKey, NotImplemented_, S3Error

ROOTS = {
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
"""The root elements of answers, which the model does not tell. S3: the "Response Syntax" of each operation's page."""

TEXT_ROOTS = {"GetBucketLocation": "LocationConstraint"}
"""Answers whose root element holds the text of this member, and no elements."""

INTERLEAVED = "Entries"
"""What stands in for several lists whose elements S3 gives in one sequence: pairs of a list's member and an item.

ListObjectVersions so tells versions and delete markers. S3: API/API_ListObjectVersions.html, "Examples"
"""

HEADERS_BESIDE = {
    "GetObjectAcl": {"VersionId": "x-amz-version-id"},
    "PutObjectAcl": {"VersionId": "x-amz-version-id"},
}
"""Headers of answers that the model does not tell. S3: the "Examples" of API/API_PutObjectAcl.html"""

TAKEN_UNCHECKED = {"PutBucketAcl", "PutBucketPolicy", "PutObjectAcl"}
"""Operations whose document needs no checksum, though the model has clients send one."""

OTHER_STATUSES = {"PutBucketPolicy": 204}
"""The statuses of answers of which the model tells another. recorded: TestS3BucketPolicy::test_bucket_policy_crud"""

CONTENT_TYPES = {"GetBucketPolicy": "application/json"}
"""What answers are that are neither XML documents nor an object's bytes. S3: API/API_GetBucketPolicy.html"""

PARTIAL_CONTENT = 206
ACCEPTED = 202

STATUSES = {
    "GetObject": ("ContentRange", PARTIAL_CONTENT),
    "HeadObject": ("ContentRange", PARTIAL_CONTENT),
    "RestoreObject": ("IsRestoreInProgress", ACCEPTED),
}
"""Operations with two ways to succeed: the member that tells, and the status when it is answered.

The member need not be one that the answer shows. S3: API/API_GetObject.html, API/API_RestoreObject.html
"""

HEADERS_OF_OTHERS = {
    "PutObject": ("If-Modified-Since", "If-Unmodified-Since", "x-amz-grant-write"),
    "CopyObject": ("If-Modified-Since", "If-Unmodified-Since", "x-amz-grant-write"),
    "CompleteMultipartUpload": ("If-Modified-Since", "If-Unmodified-Since"),
    "CreateMultipartUpload": ("x-amz-grant-write",),
    # recorded: TestS3DeletePrecondition::test_delete_object_if_match_size_non_express (directory buckets take these)
    "DeleteObject": ("x-amz-if-match-size", "x-amz-if-match-last-modified-time"),
}
"""Headers that mean something to other operations. Whoever sends them here expects what will not happen."""

JUDGED_BY_THE_OPERATION = {"MpuObjectSize", "PartNumber"}
"""Integers whose bad values have texts of their own: the operation gets them as they were sent."""

OPEN_ENUMS = {"BucketLocationConstraint"}
"""Lists of words that the table does not close: the operation judges other words, with texts of their own."""

STRICT_BOOLEANS = {"BucketKeyEnabled"}
"""Booleans that must be "true" or "false"; any other word counts as "false" elsewhere."""

ALLOWED_METHODS = {
    "service": "GET",
    "bucket": "HEAD, GET, PUT, POST, DELETE, OPTIONS",
    "key": "HEAD, GET, PUT, POST, DELETE, OPTIONS",
}
RESOURCE_TYPES = {"service": "SERVICE", "bucket": "BUCKET", "key": "OBJECT"}

NOT_OF_A_KEY: dict[str, Callable[[], S3Error]] = {
    "logging": NoLoggingStatusForKey,
    "uploads": lambda: InvalidRequest("Key is not expected for the GET method ?uploads subresource"),
    "versions": lambda: InvalidRequest("There is no such thing as the ?versions sub-resource for a key"),
}
"""What a GET of a key is told that names a sub-resource of buckets."""


HOME_PAGE = "https://aws.amazon.com/s3/"
_OF_BOTOCORE = ("otocore/", "aws-cli/")


def check_home_page(operation: str, headers: Mapping[str, str]) -> None:
    """Send whoever asks for a list of all buckets, and did not sign, to read about S3.

    botocore takes every 307 for one that leads to a bucket, and breaks where there is none. So it gets the refusal that
    the redirect stands for. observed: minio/minio-java#206

    Raises: HomePageRedirect.
    """
    if operation == "ListBuckets" and not any(mark in headers.get("user-agent", "") for mark in _OF_BOTOCORE):
        raise HomePageRedirect(
            headers={"Location": HOME_PAGE}, reason="nobody who did not sign has buckets to list. Sign the request."
        )


def not_built(operation: str) -> S3Error:
    """The answer to an operation that is not built yet."""
    return NotImplemented_(
        Header=operation,
        additionalMessage=f"The fake does not model the operation {operation}.",
        reason=f"fakes3 does not model {operation}, and accepts nothing to ignore it. Leave the call out, or answer it "
        "with botocore's Stubber.",
    )


def not_served(kind: str) -> S3Error:
    """The answer to a host of S3's that is none of general purpose buckets."""
    return NotImplemented_(
        Header="Host",
        additionalMessage=f"The fake does not model {kind} endpoints.",
        reason=f"fakes3 does not model {kind} endpoints. Call the bucket by its own name, at S3's ordinary endpoint.",
    )


def not_of(header: str) -> S3Error:
    """The answer to a header that only other operations know."""
    return NotImplemented_(
        Header=header,
        reason=f"{header} means something to other operations, and nothing to this one. Leave it out.",
    )


def not_taken(operation: str, member: str, wire_name: str) -> S3Error:
    """The answer to a member that a built operation does not take."""
    return NotImplemented_(
        Header=wire_name,
        additionalMessage=f"The fake does not model the member {member} of the operation {operation}.",
        reason=f"fakes3 does not model {member} of {operation}, and accepts nothing to ignore it. Leave it out.",
    )
