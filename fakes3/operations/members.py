"""The members that operations take and return, by their API names, in groups that several operations share.

A group is a `TypedDict`. An operation takes it as `**headers: Unpack[ObjectHeaders]`, so its signature says what it
accepts. The values come from the wire: text, numbers, and a `Body` or `Document` that is read when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict, TypeVar

from fakes3.model.bytes_rope import Rope

Members = dict[str, Any]
"""Members by their API names. The wire knows the place of each in a request or response."""


class ExpectedOwner(TypedDict, total=False):
    """The account that the caller expects to own the bucket: a member of every operation on a bucket or object."""

    ExpectedBucketOwner: str


class BucketHeaders(ExpectedOwner, total=False):
    """The members of nearly every operation on objects, with the caller's consent to pay for the request."""

    RequestPayer: str


class OwnedVersion(ExpectedOwner, total=False):
    """The members of operations on tags of an object, which may name a version."""

    VersionId: str


class VersionHeaders(OwnedVersion, BucketHeaders, total=False):
    """The members of operations on tags, ACL or lock of an object, which may name a version."""


class ObjectHeaders(TypedDict, total=False):
    """System metadata: stored as it is sent, returned as it is stored. S3: userguide/UsingMetadata.html"""

    CacheControl: str
    ContentDisposition: str
    ContentEncoding: str
    ContentLanguage: str
    ContentType: str
    Expires: str


class CustomerKeyHeaders(TypedDict, total=False):
    """The customer's own key, with which an object is encrypted. S3: userguide/ServerSideEncryptionCustomerKeys.html"""

    SSECustomerAlgorithm: str
    SSECustomerKey: str
    SSECustomerKeyMD5: str


class KeyedHeaders(BucketHeaders, CustomerKeyHeaders, total=False):
    """The members of operations on an existing object or upload, which may need the customer's key."""


class EncryptionHeaders(CustomerKeyHeaders, total=False):
    """How a write is encrypted. S3: userguide/serv-side-encryption.html"""

    ServerSideEncryption: str
    SSEKMSKeyId: str
    SSEKMSEncryptionContext: str
    BucketKeyEnabled: bool


class AclHeaders(TypedDict, total=False):
    """The ACL of an object that is written: a canned one, or grants. S3: userguide/acl-overview.html"""

    ACL: str
    GrantFullControl: str
    GrantRead: str
    GrantReadACP: str
    GrantWriteACP: str


GRANT_HEADERS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}
"""The members that are grants, each with its header."""


class AnyAclHeaders(AclHeaders, total=False):
    """The ACL of a bucket, or of an object that exists already."""

    GrantWrite: str


class LockHeaders(TypedDict, total=False):
    """The lock of the version that is written. S3: userguide/object-lock.html"""

    ObjectLockMode: str
    ObjectLockRetainUntilDate: str
    ObjectLockLegalHoldStatus: str
    ObjectLockEventHold: str
    ObjectLockEventHoldDurationDays: int
    ObjectLockEventHoldDurationYears: int


class WriteHeaders(BucketHeaders, ObjectHeaders, EncryptionHeaders, AclHeaders, LockHeaders, total=False):
    """What PutObject, CopyObject and CreateMultipartUpload can set of the object they write."""

    StorageClass: str
    Tagging: str
    WebsiteRedirectLocation: str


class ChecksumValues(TypedDict, total=False):
    """A checksum, under the name of its algorithm."""

    ChecksumCRC32: str
    ChecksumCRC32C: str
    ChecksumCRC64NVME: str
    ChecksumSHA1: str
    ChecksumSHA256: str
    ChecksumSHA512: str
    ChecksumMD5: str
    ChecksumXXHASH64: str
    ChecksumXXHASH3: str
    ChecksumXXHASH128: str


class Checksums(ChecksumValues, total=False):
    """The checksum of a body, in a header or in the trailer."""

    ChecksumAlgorithm: str


class Received(Protocol):
    """A body that has arrived whole, with the digests that were asked for."""

    body: Rope
    digests: Mapping[str, bytes]
    trailers: Mapping[str, str]


class Body(Protocol):
    """The body of a request that carries an object's bytes.

    It is read only when the operation asks for it, since S3 judges the bucket and the headers before the body.
    """

    announced: str | None
    """The checksum algorithm of the trailer that `x-amz-trailer` announces, as the API spells it."""

    def receive(self, *algorithms: str) -> Received:
        """Read and hash the whole body. A second call returns the result of the first."""
        ...


Contents = TypeVar("Contents", covariant=True)


class Document(Protocol[Contents]):
    """The document in the body of a request. It is parsed when the operation asks for it.

    `Contents` is a `TypedDict` of the members that the operation accepts, or `Members` where it accepts all of them.
    """

    def read(self) -> Contents:
        """Return its members.

        Raises: MalformedXML, and the errors of a body that does not agree with its headers.
        """
        ...
