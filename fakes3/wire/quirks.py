"""Oddities of S3's wire that are not in the table, and the refusals of what fakes3 does not model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fakes3.model.errors import HomePageRedirect, InvalidRequest, NoLoggingStatusForKey, NotImplemented_, S3Error
from fakes3.model.identity import ANONYMOUS
from fakes3.model.not_modelled import not_modelled
from fakes3.operations.members import Members

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
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    # measured against S3 in brekkylab/backlot, tests of sub-resources: the four lists of configurations
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationsResult",
    "ListBucketIntelligentTieringConfigurations": "ListIntelligentTieringConfigurationsResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
"""The root elements of responses, where the model has another. S3: the "Response Syntax" of each operation's page."""

OTHER_ROOTS = {"SelectObjectContentRequest": "SelectRequest"}
"""Documents of requests that have another root element as well. observed: aws/aws-sdk-net#1296"""

TEXT_ROOTS = {"GetBucketLocation": "LocationConstraint"}
"""Responses whose root element holds the text of this member, and no elements."""

INTERLEAVED = "Entries"
"""The member that replaces several lists whose items S3 writes in one sequence. It holds pairs: a list's name, an item.

ListObjectVersions mixes versions and delete markers like that. S3: API/API_ListObjectVersions.html, "Examples"
"""

HEADERS_BESIDE = {
    "GetObjectAcl": {"VersionId": "x-amz-version-id"},
    "ListObjects": {"BucketRegion": "x-amz-bucket-region"},
    "ListObjectsV2": {"BucketRegion": "x-amz-bucket-region"},
    "PutObjectAcl": {"VersionId": "x-amz-version-id"},
}
"""Response headers that are not in the model. S3: the "Examples" of API/API_PutObjectAcl.html"""

DOCUMENT_LIMITS = {"PutBucketCors": 64 * 1024, "PutBucketReplication": 2 * 1024**2, "PutBucketWebsite": 128 * 1024}
"""How many bytes the documents of these operations may have.

S3: API/API_PutBucketCors.html, API/API_ReplicationConfiguration.html, API/API_PutBucketWebsite.html
"""

CHECKSUM_REQUIRED = {
    *("DeleteObjects", "PutBucketCors", "PutBucketLifecycle", "PutBucketLifecycleConfiguration"),
    *("PutBucketReplication", "PutBucketTagging", "PutObjectLegalHold", "PutObjectLockConfiguration"),
    "PutObjectRetention",
}
"""Operations whose document needs a Content-MD5 or a checksum. The model only says where clients send one.

observed: until 2021 botocore sent Content-MD5 with exactly these documents (`calculate_md5` in its handlers), and the
others were accepted without
"""

OTHER_STATUSES = {
    # recorded: TestS3MetricsConfiguration::test_put_bucket_metrics_configuration
    # observed: radkawar/stackd, testdata/aws/s3/*_replay.json, for the other three
    "PutBucketAnalyticsConfiguration": 204,
    "PutBucketIntelligentTieringConfiguration": 204,
    "PutBucketInventoryConfiguration": 204,
    "PutBucketMetricsConfiguration": 204,
    "PutBucketPolicy": 204,  # recorded: TestS3BucketPolicy::test_bucket_policy_crud
    # observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json, for these three
    "DeleteAccessPoint": 204,
    "DeleteAccessPointPolicy": 204,
    "PutAccessPointPolicy": 204,
    # recorded: TestS3ControlPublicAccessBlock::test_crud_public_access_block
    "DeleteAccountPublicAccessBlock": 204,
    "PutBucketTagging": 204,  # recorded: TestS3BucketObjectTagging::test_put_bucket_tagging_none_value
}
"""The statuses of responses, where the model has another."""

CONTENT_TYPES = {"GetBucketPolicy": "application/json", "HeadBucket": "application/xml"}
"""The types of responses that are neither XML documents nor objects. S3: API/API_GetBucketPolicy.html"""

STATUSES = {
    "GetObject": ("ContentRange", 206),
    "HeadObject": ("ContentRange", 206),
    "RestoreObject": ("IsRestoreInProgress", 202),
}
"""Operations with a second status of success: the response has that status when it has this member.

The member itself need not be visible. S3: API/API_GetObject.html, API/API_RestoreObject.html
"""

HEADERS_OF_OTHERS = {
    "PutObject": ("If-Modified-Since", "If-Unmodified-Since", "x-amz-grant-write"),
    "CopyObject": ("If-Modified-Since", "If-Unmodified-Since", "x-amz-grant-write"),
    "CompleteMultipartUpload": ("If-Modified-Since", "If-Unmodified-Since"),
    "CreateMultipartUpload": ("x-amz-grant-write",),
}
"""Headers that only other operations implement. Here they would have no effect, so S3 refuses them."""

JUDGED_BY_THE_OPERATION = {"IfMatchSize", "MpuObjectSize", "PartNumber", "WriteOffsetBytes"}
"""Integers that the operation reads itself: they may be larger than others, or the texts for wrong ones are unusual."""

OPEN_ENUMS = {
    *("BucketLocationConstraint", "CompressionType", "Event", "ExpressionType", "FileHeaderInfo", "FilterRuleName"),
    *("JSONType", "Protocol", "QuoteFields"),
}
"""Enums that may have other values than the table's. The operation refuses wrong ones, with texts of its own."""

EMPTY_WHERE_MISSING = {"TagResourceRequestDocument": "Tags", "Tagging": "TagSet"}
"""Structures with a list that may be missing, although the model requires it. It is then empty."""


# What few requests need is imported when it is missing.


def _missing_analysis() -> S3Error:
    from fakes3.model.configuration_errors import MissingStorageClassAnalysis

    return MissingStorageClassAnalysis()


def _missing_key() -> S3Error:
    from fakes3.model.encryption_updates import NO_KEY

    return InvalidRequest(NO_KEY)  # S3: API/API_UpdateObjectEncryption.html


def _missing_parameter() -> S3Error:
    from fakes3.model.select_errors import MissingRequiredParameter

    return MissingRequiredParameter()


WHERE_MISSING: dict[tuple[str, str], Callable[[], S3Error]] = {
    ("AnalyticsConfiguration", "StorageClassAnalysis"): _missing_analysis,
    ("SSEKMSEncryption", "KMSKeyArn"): _missing_key,
    ("VpcConfiguration", "VpcId"): lambda: InvalidRequest("Request invalid"),
    **{
        ("SelectObjectContentRequestDocument", each): _missing_parameter
        for each in ("Expression", "ExpressionType", "InputSerialization", "OutputSerialization")
    },
}
"""The errors for required members of a structure that are missing, where that is not MalformedXML.

S3: API/ErrorResponses.html, "List of SELECT Object Content Error Codes"
observed: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json (raw-missing-analysis),
testdata/aws/s3control/access_point_control_replay.json (raw-empty-vpc)
"""

OLD_ELEMENTS = {"InvocationRole"}
"""Elements that only the deprecated operation of a route has, and that are not modelled.

The role that invokes a function is of a time before functions had policies. S3: API/API_CloudFunctionConfiguration.html
"""

LONGEST_LISTS = {"LifecycleRules": 1000, "ObjectIdentifierList": 1000}
"""How many items these lists may have: a longer one is MalformedXML, and is not read to its end.

S3: API/API_DeleteObjects.html, API/API_PutBucketLifecycleConfiguration.html
"""

ONLY_ONCE: dict[tuple[str, str], Callable[[], S3Error]] = {
    ("LifecycleRuleAndOperator", "Prefix"): lambda: InvalidRequest("An And operator may only contain one 'Prefix'.")
}
"""The errors for members of a structure that come twice, where that is not MalformedXML.

observed: the tests of the AWS SDK for .NET (LifecycleTests), which run against S3
"""

STRICT_BOOLEANS = {"BucketKeyEnabled"}
"""Booleans that must be "true" or "false". In others, any other word counts as "false"."""

BORROWED = {"DeleteObjectAnnotation": ("DeleteObject", "BypassGovernanceRetention")}
"""Headers that an operation takes though the model does not have them: the operation and member of the same header.

S3: API/API_DeleteObjectAnnotation.html
"""

RESOURCE_TYPES = {"service": "SERVICE", "bucket": "BUCKET", "key": "OBJECT"}

NOT_OF_A_KEY: dict[str, Callable[[], S3Error]] = {
    "logging": NoLoggingStatusForKey,
    "uploads": lambda: InvalidRequest("Key is not expected for the GET method ?uploads subresource"),
    "versions": lambda: InvalidRequest("There is no such thing as the ?versions sub-resource for a key"),
}
"""The errors of a GET of a key with a sub-resource that only buckets have."""


HOME_PAGE = "https://aws.amazon.com/s3/"
_OF_BOTOCORE = ("otocore/", "aws-cli/")
_OF_USERS = {"custom", "not-aws"}
NO_BUCKETS: Members = {"Owner": {"ID": ANONYMOUS.canonical_id}, "Buckets": []}


def is_probe(kind: str, method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request that nobody signed, for no bucket, only asks whether a server is there.

    Scripts, containers and health checks do, at endpoints that are not Amazon's: they get a list of no buckets, and are
    not sent out into the internet. botocore asks for buckets, and is refused as by S3.
    """
    is_read = method in {"GET", "HEAD"}
    return is_read and kind in _OF_USERS and not _is_of_botocore(headers)


def check_home_page(operation: str, headers: Mapping[str, str]) -> None:
    """Redirect anonymous callers of ListBuckets to the web page about S3.

    botocore takes every 307 for a redirect to a bucket, and fails where there is no bucket. So it gets the AccessDenied
    that the redirect stands for. observed: minio/minio-java#206

    Raises: HomePageRedirect.
    """
    if operation == "ListBuckets" and not _is_of_botocore(headers):
        raise HomePageRedirect(
            headers={"Location": HOME_PAGE}, reason="an anonymous caller has no buckets to list. Sign the request."
        )


def _is_of_botocore(headers: Mapping[str, str]) -> bool:
    return any(mark in headers.get("user-agent", "") for mark in _OF_BOTOCORE)


def not_built(operation: str, *, is_control: bool = False) -> S3Error:
    """Return the error for an operation that fakes3 does not model. moto has some of S3 Control's."""
    remedy = "Leave the call out, or answer it with a stub of your client, such as botocore's Stubber."
    if is_control:
        remedy = f"moto's mock_aws, entered beside mock_s3, answers some operations of S3 Control. {remedy}"
    return not_modelled(operation, operation, remedy)


def not_served(kind: str) -> S3Error:
    """Return the error for a host that is no endpoint of general purpose buckets."""
    text = f"fakes3 does not model {kind} endpoints. Address the bucket by its own name, at an ordinary endpoint of S3."
    return NotImplemented_(text, Header="Host", reason=text)


def not_taken(operation: str, member: str, wire_name: str) -> S3Error:
    """Return the error for a member that fakes3 does not model, of an operation that it does."""
    return not_modelled(wire_name, f"{member} of {operation}")
