"""Directory buckets (S3 Express One Zone): their names and zones, and what they take of S3's API.

A directory bucket lies in one zone, whose id is part of its name: `logs--use1-az4--x-s3` is in the Availability Zone
`use1-az4`. It has no versions, ACLs or tags. Its ETags are no MD5, and its listings are in no order. Requests on its
objects go to the endpoint of the zone, under the rights of a session; those on the bucket itself to an endpoint of the
region. All that differs from general purpose buckets is data here: the operations of each endpoint, and the members
that they refuse.

S3: userguide/s3-express-differences.html, userguide/directory-bucket-naming-rules.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fakes3.model.errors import InvalidArgument, InvalidBucketName, MalformedXML, NotImplemented_, S3Error
from fakes3.model.names import MOST_LETTERS, RESERVED_PREFIXES
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.regions import PARTITIONS, partition_of

SUFFIX: Final = "--x-s3"

# S3: userguide/directory-bucket-naming-rules.html; the ids of zones: userguide/s3-express-Endpoints.html
_ZONE: Final = r"(?P<prefix>[a-z]+[0-9]+)-(?:[a-z]+[0-9]+-)?az[0-9]+"
_NAME: Final = rf"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?--(?P<zone>{_ZONE}){SUFFIX}"

AVAILABILITY_ZONE: Final = "AvailabilityZone"
LOCAL_ZONE: Final = "LocalZone"


class Directory(NamedTuple):
    """What only a directory bucket has."""

    zone: str
    """The id of its zone, such as `use1-az4` or `usw2-lax1-az1`."""
    renames: OrderedMap[str, tuple[tuple[str, str], ...]] = OrderedMap()
    """The members of each renaming that named a client token, by the token."""

    @property
    def location_type(self) -> str:
        """Whether its zone is an Availability Zone or a Local Zone. The id of the latter has three parts."""
        return LOCAL_ZONE if self.zone.count("-") > 1 else AVAILABILITY_ZONE

    @property
    def data_redundancy(self) -> str:
        """What CreateBucket calls the redundancy of such a bucket."""
        return f"Single{self.location_type}"

    @property
    def storage_class(self) -> str:
        """The only storage class of its objects. S3: API/API_PutObject.html, on x-amz-storage-class"""
        return "ONEZONE_IA" if self.location_type == LOCAL_ZONE else "EXPRESS_ONEZONE"


def is_directory_name(name: str) -> bool:
    """Whether a name is one that only directory buckets have.

    >>> is_directory_name("logs--use1-az4--x-s3")
    True
    """
    return name.endswith(SUFFIX)


def parse_directory(name: str, region: str) -> Directory:
    """Return the directory bucket that a name describes, in a zone of this region.

    Raises: InvalidBucketName.
    """
    found = re.fullmatch(_NAME, name)
    if found is None or len(name) > MOST_LETTERS or name.startswith(RESERVED_PREFIXES):
        raise InvalidBucketName(
            BucketName=name,
            reason="the names of directory buckets are a base name of lower-case letters, digits and hyphens, the id "
            f'of a zone and "{SUFFIX}", {MOST_LETTERS} characters at most. Choose one like '
            f'"logs--{zone_prefix(region)}-az1{SUFFIX}".',
        )
    if found["prefix"] != zone_prefix(region):
        # No page says how S3 refuses a zone of another region.
        raise InvalidBucketName(
            BucketName=name,
            reason=f"the zone {found['zone']} is not in {region}, whose zones begin with {zone_prefix(region)}-. "
            "Choose another zone, or make the client with the region of this one.",
        )
    return Directory(found["zone"])


def zone_prefix(region: str) -> str:
    """Return what the ids of a region's zones begin with.

    S3: userguide/s3-express-Endpoints.html, AWSEC2/latest/UserGuide/using-regions-availability-zones.html

    >>> zone_prefix("us-east-1"), zone_prefix("ap-northeast-2"), zone_prefix("us-gov-west-1")
    ('use1', 'apne2', 'usgw1')
    """
    first, *middle, number = region.split("-")
    return first + "".join(_SHORT.get(word, word[:1]) for word in middle) + number


_SHORT: Final = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}


def directory_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of a directory bucket. S3: userguide/s3-express-security-iam.html

    >>> directory_arn("us-east-1", "123456789012", "b--use1-az4--x-s3")
    'arn:aws:s3express:us-east-1:123456789012:bucket/b--use1-az4--x-s3'
    """
    return f"arn:{partition_of(region)}:s3express:{region}:{account}:bucket/{name}"


def zonal_host(name: str, region: str, zone: str) -> str:
    """Return the host of a directory bucket's objects. S3: userguide/s3-express-Endpoints.html

    >>> zonal_host("b--use1-az4--x-s3", "us-east-1", "use1-az4")
    'b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com'
    """
    return f"{name}.s3express-{zone}.{region}.{PARTITIONS[partition_of(region)].suffix}"


def check_location(configuration: Mapping[str, Any], directory: Directory) -> None:
    """Refuse a configuration of CreateBucket that does not describe such a directory bucket.

    Raises: MalformedXML for one that lacks something or names a location constraint, InvalidArgument for another place.
    S3: API/API_CreateBucket.html, API/API_BucketInfo.html, API/API_LocationInfo.html
    """
    bucket, location = configuration.get("Bucket"), configuration.get("Location")
    # observed: aws/aws-cli#8502
    if not bucket or not location or "LocationConstraint" in configuration or bucket.get("Type") != "Directory":
        raise MalformedXML(
            reason="a directory bucket is created with CreateBucketConfiguration={"
            f'"Location": {{"Type": "{directory.location_type}", "Name": "{directory.zone}"}}, '
            f'"Bucket": {{"Type": "Directory", "DataRedundancy": "{directory.data_redundancy}"}}}}, and without a '
            "LocationConstraint. Pass that."
        )
    wanted = {
        "Name": (location.get("Name"), directory.zone),
        "Type": (location.get("Type"), directory.location_type),
        "DataRedundancy": (bucket.get("DataRedundancy", directory.data_redundancy), directory.data_redundancy),
    }
    for member, (given, right) in wanted.items():
        if given != right:
            # No page gives S3's answer.
            raise InvalidArgument(
                ArgumentName=member,
                ArgumentValue=given,
                reason=f"the name of the bucket says that its {member} is {right}. Pass that, or choose another name.",
            )


# ---- What directory buckets take ----

REGIONAL: Final = frozenset(
    (
        *("CreateBucket", "DeleteBucket", "ListDirectoryBuckets"),
        *("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
        *("GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"),
        *("GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
    )
)
"""The operations of the endpoint of a region. S3: userguide/s3-express-APIs.html, here and in the next two lines"""

ZONAL: Final = frozenset(
    (
        *("CreateSession", "HeadBucket", "CopyObject", "UploadPartCopy", "PutObject", "GetObject", "HeadObject"),
        *("DeleteObject", "DeleteObjects", "GetObjectAttributes", "ListObjectsV2", "RenameObject"),
        *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"),
        *("ListParts", "ListMultipartUploads"),
    )
)
"""The operations of the endpoint of a zone."""

ONLY_HERE: Final = frozenset({"CreateSession", "ListDirectoryBuckets", "RenameObject"})
"""The operations that general purpose buckets do not have."""

NOT_BUILT: Final = frozenset(
    f"{verb}Bucket{kind}Configuration{end}"
    for kind in ("Inventory", "Metrics")
    for verb, end in (("Get", ""), ("Put", ""), ("Delete", ""), ("List", "s"))
)
"""The operations that directory buckets have on S3, but not yet here."""

WITHOUT_SESSION: Final = frozenset({"CreateSession", "CopyObject", "UploadPartCopy"})
"""The operations that do not take the credentials of a session where sessions are valid at all.

The page names HeadBucket too. SDKs send that with a session, and S3 takes it.
S3: API/API_CreateSession.html; observed: aws/aws-sdk-go-v2#3204
"""

_NOT_TAKEN: Final = {
    **{"ACL": "x-amz-acl", "GrantFullControl": "x-amz-grant-full-control", "GrantRead": "x-amz-grant-read"},
    **{"GrantReadACP": "x-amz-grant-read-acp", "GrantWrite": "x-amz-grant-write"},
    **{"GrantWriteACP": "x-amz-grant-write-acp", "ObjectOwnership": "x-amz-object-ownership"},
    **{"BucketNamespace": "x-amz-bucket-namespace", "ObjectLockEnabledForBucket": "x-amz-bucket-object-lock-enabled"},
    **{"ObjectLockMode": "x-amz-object-lock-mode", "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold"},
    **{"ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date"},
    **{"ObjectLockEventHold": "x-amz-object-lock-event-hold"},
    **{"ObjectLockEventHoldDurationDays": "x-amz-object-lock-event-hold-duration-days"},
    **{"ObjectLockEventHoldDurationYears": "x-amz-object-lock-event-hold-duration-years"},
    **{"BypassGovernanceRetention": "x-amz-bypass-governance-retention", "MFA": "x-amz-mfa"},
    **{"WebsiteRedirectLocation": "x-amz-website-redirect-location", "RequestPayer": "x-amz-request-payer"},
    **{"SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm"},
    **{"SSECustomerKey": "x-amz-server-side-encryption-customer-key"},
    **{"SSECustomerKeyMD5": "x-amz-server-side-encryption-customer-key-MD5"},
    **{"CopySourceSSECustomerAlgorithm": "x-amz-copy-source-server-side-encryption-customer-algorithm"},
    **{"CopySourceSSECustomerKey": "x-amz-copy-source-server-side-encryption-customer-key"},
    **{"CopySourceSSECustomerKeyMD5": "x-amz-copy-source-server-side-encryption-customer-key-MD5"},
    **{"SSEKMSEncryptionContext": "x-amz-server-side-encryption-context"},
    **{"StartAfter": "start-after", "UploadIdMarker": "upload-id-marker"},
    **{"OptionalObjectAttributes": "x-amz-optional-object-attributes"},
    **{"ConfirmRemoveSelfBucketAccess": "x-amz-confirm-remove-self-bucket-access"},
    **{"TransitionDefaultMinimumObjectSize": "x-amz-transition-default-minimum-object-size"},
}
"""The members that no operation takes for directory buckets, with their names on the wire.

S3: API/API_PutObject.html and its neighbours, "This functionality is not supported for directory buckets"
"""

_EMPTY_TAKEN: Final = {"Tagging": "x-amz-tagging"}
"""The members that must be empty. S3: API/API_CopyObject.html, on x-amz-tagging-directive"""

_CHECKED_BODIES: Final = frozenset({"DeleteObjects", "PutBucketLifecycleConfiguration"})
"""The operations whose document may have a Content-MD5. S3: API/API_DeleteObjects.html"""

# observed: ByConity/ByConity#1798, apache/iceberg#11021
_NO_MD5: Final = "This bucket does not support Content Md5 header."


def check_members(operation: str, members: Mapping[str, Any]) -> None:
    """Refuse members that directory buckets do not take.

    Raises: NotImplemented_.
    S3: userguide/s3-express-differences.html, API/API_DeleteBucket.html, "x-amz-expected-bucket-owner"
    """
    for member in members:
        if member in _NOT_TAKEN:
            raise refuse_header(_NOT_TAKEN[member])
    for member, header in _EMPTY_TAKEN.items():
        if members.get(member):
            raise refuse_header(header)
    if operation in REGIONAL and "ExpectedBucketOwner" in members:
        raise refuse_header("x-amz-expected-bucket-owner")
    if members.get("ContentEncoding", "aws-chunked") != "aws-chunked":
        raise refuse_header("Content-Encoding")


def check_headers(operation: str, headers: Mapping[str, str]) -> None:
    """Refuse a Content-MD5, which only two operations take. Raises: NotImplemented_."""
    if operation not in _CHECKED_BODIES and "content-md5" in headers:
        reason = 'directory buckets compare no MD5. Send a checksum instead, such as ChecksumAlgorithm="CRC32".'
        raise NotImplemented_(_NO_MD5, Header="Content-MD5", reason=reason)


def check_deletable(key: str) -> None:
    """Refuse a key that DeleteObjects does not take: white space alone, or with a control character.

    No page gives the error. Raises: InvalidArgument.
    S3: userguide/s3-express-differences.html, "Object keys in DeleteObjects requests"
    """
    from unicodedata import category  # it takes a while to load, and nothing else needs it

    if not key.strip() or any(category(each) == "Cc" and each not in "\t\n\r" for each in key):
        raise InvalidArgument(ArgumentName="Key", ArgumentValue=key)


def refuse_header(header: str) -> S3Error:
    """Return the error for a header or parameter that directory buckets do not take."""
    reason = f"directory buckets do not take {header}. Leave it out, or use a general purpose bucket."
    return NotImplemented_(Header=header, reason=reason)


def refuse_operation(operation: str, root: str | None) -> S3Error:
    """Return the error for an operation that directory buckets do not have.

    The endpoint of a region takes each PUT of a bucket with a document for a CreateBucket, and tells from the `root` of
    the document that it is none. All others are not implemented.
    """
    reason = f"directory buckets do not have {operation}. Leave it out, or use a general purpose bucket."
    if operation == "ListObjects":
        from fakes3.model.directory_errors import NotSupported

        # observed: boto/boto3#3972, which shows the code alone
        return NotSupported(reason="directory buckets are listed by ListObjectsV2. Call list_objects_v2.")
    if root is not None:
        # observed: hashicorp/terraform-provider-aws, internal/service/s3 (bucket_versioning.go and its neighbours)
        return InvalidArgument(f"{root} is not valid, expected CreateBucketConfiguration", reason=reason)
    # observed: hashicorp/terraform-provider-aws, internal/service/s3/tags.go (GetObjectTagging),
    # object_lock_configuration.go (PutObjectLockConfiguration)
    return NotImplemented_(Header=operation, reason=reason)
