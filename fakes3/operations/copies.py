"""Copies: CopyObject.

A copy shares the bytes of its source. What travels with them is decided piece by piece: user and system metadata by
the metadata directive, the checksum's algorithm always, lock, ACL and encryption never.

S3: API/API_CopyObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict, Unpack
from urllib.parse import unquote_to_bytes

from fakes3.model import checksums
from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_copy_source, check_write_syntax
from fakes3.model.errors import AccessDenied, InvalidArgument, InvalidRequest, MethodNotAllowed
from fakes3.model.storage_classes import check_readable
from fakes3.model.versions import Attributes, Checksum, Version
from fakes3.operations.call import Call, action_on
from fakes3.operations.encryption import check_customer_key
from fakes3.operations.integrity import ReceivedObject
from fakes3.operations.lookup import object_at
from fakes3.operations.members import BucketHeaders, EncryptionHeaders, Members, WriteHeaders
from fakes3.operations.objects import check_condition, write
from fakes3.operations.registry import operation
from fakes3.operations.response_members import (
    checksum_members,
    context_members,
    encryption_members,
    expiration_members,
)
from fakes3.operations.write_headers import KEPT_METADATA, KEPT_TAGS, prepare_write

MOST_BYTES = 5 * 1024**3
"""The largest source of one copy, in bytes."""

NOT_ANONYMOUS = "Anonymous users cannot copy objects. Please authenticate."
"""S3's text for anonymous callers, whatever a policy allows everybody."""


class SourceHeaders(TypedDict, total=False):
    """Conditions on the source of a copy, and the customer's key that opens it."""

    CopySourceIfMatch: str
    CopySourceIfModifiedSince: str
    CopySourceIfNoneMatch: str
    CopySourceIfUnmodifiedSince: str
    CopySourceSSECustomerAlgorithm: str
    CopySourceSSECustomerKey: str
    CopySourceSSECustomerKeyMD5: str


class CopyHeaders(BucketHeaders, WriteHeaders, SourceHeaders, total=False):
    """The headers of CopyObject that other operations share."""


class Source(NamedTuple):
    """What a copy source header names."""

    bucket: str
    key: str
    version_id: str | None


@operation
def copy_object(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    CopySource: str,
    ExpectedSourceBucketOwner: str | None = None,
    ChecksumAlgorithm: str | None = None,
    MetadataDirective: str = "COPY",
    Metadata: Mapping[str, str] | None = None,
    TaggingDirective: str = "COPY",
    IfMatch: str | None = None,
    IfNoneMatch: str | None = None,
    **headers: Unpack[CopyHeaders],
) -> Members:
    """Write an object with the bytes of another, copying none of them."""
    source = parse_source(CopySource)
    check_write_syntax(IfMatch, IfNoneMatch)
    replaces_metadata = is_replacing("metadata", MetadataDirective)
    replaces_tags = is_replacing("tagging", TaggingDirective)
    if ChecksumAlgorithm is not None and ChecksumAlgorithm not in checksums.ALGORITHMS:
        raise checksums.unsupported()
    s3.check_signed(Bucket, headers, NOT_ANONYMOUS)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    kept = (frozenset() if replaces_metadata else KEPT_METADATA) | (frozenset() if replaces_tags else KEPT_TAGS)
    stated_metadata = Metadata if replaces_metadata else None
    new = prepare_write(s3, bucket, Key, headers, stated_metadata, action="s3:CopyObject", keep=kept)
    original = source_object(s3, source, headers, ExpectedSourceBucketOwner)
    if original.attributes.tags and not replaces_tags:
        _check_may_copy_tags(s3, source, bucket, Key)
    check_copyable(original.size)
    algorithm = ChecksumAlgorithm or (original.checksum.algorithm if original.checksum else checksums.DEFAULT_ALGORITHM)
    is_onto_itself = (source.bucket, source.key) == (Bucket, Key) and original is bucket.versions.current.get(Key)
    if is_onto_itself and not (replaces_metadata or _changes(bucket, original, headers, algorithm)):
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    check_condition(s3, bucket, Key, IfMatch, IfNoneMatch)
    encryption = new.attributes.encryption
    md5 = md5_of(s3, original) if encryption.keeps_md5 else b""  # an ETag that is no MD5 needs no hashing
    copied = ReceivedObject(original.body, md5, checksum_of(s3, original, algorithm))
    attributes = _with_kept(new.attributes, original.attributes, metadata=not replaces_metadata, tags=not replaces_tags)
    version = write(s3, bucket, Key, new._replace(attributes=attributes), copied)
    result = {"LastModified": version.last_modified, "ETag": f'"{version.etag}"'}
    answer: Members = {"CopyObjectResult": result | checksum_members(version.checksum)}
    answer |= encryption_members(encryption) | context_members(bucket, Key, encryption)
    answer |= expiration_members(bucket, Key, version)
    if original.id != NULL:
        answer["CopySourceVersionId"] = original.id
    if bucket.versioning is not None:
        # recorded: a suspended bucket's copy answers the version id "null", though a put does not
        answer["VersionId"] = version.id
    return answer


def _with_kept(stated: Attributes, original: Attributes, *, metadata: bool, tags: bool) -> Attributes:
    """Return the attributes of a copy, with the metadata and tags that it keeps of its source.

    Storage class, redirect, encryption, lock and ACL are never those of the source.
    """
    if metadata:
        stated = replace(stated, headers=original.headers, metadata=original.metadata)
    return replace(stated, tags=original.tags) if tags else stated


def _changes(bucket: Bucket, original: Version, headers: CopyHeaders, algorithm: str) -> bool:
    """Whether a copy of an object onto itself, with its metadata, changes anything."""
    return (
        not headers.keys().isdisjoint(_CHANGING)
        or bucket.encryption.is_set
        or original.restore is not None
        or original.checksum is None
        or original.checksum.algorithm != algorithm
    )


_CHANGING = frozenset(("StorageClass", "WebsiteRedirectLocation", *EncryptionHeaders.__annotations__))
"""The headers by which a copy onto itself changes something, even if they say what is so already."""


def is_replacing(what: str, directive: str) -> bool:
    """Whether a directive of a copy says to take the request's own tags or metadata, and not the source's."""
    if directive not in {"COPY", "REPLACE"}:
        raise InvalidArgument(
            f"Unknown {what} directive.", ArgumentName=f"x-amz-{what}-directive", ArgumentValue=directive
        )
    return directive == "REPLACE"


def parse_source(header: str) -> Source:
    """Return what an `x-amz-copy-source` header names: `bucket/key`, percent-encoded, perhaps with `?versionId=`.

    The question mark before a version id stands as it is; one that belongs to the key is encoded.
    """
    path, _, version_id = header.partition("?versionId=")
    name, slash, key = _decoded(path).removeprefix("/").partition("/")
    if not slash or not key:
        raise InvalidArgument(
            "Invalid copy source object key",
            ArgumentName="x-amz-copy-source",
            # recorded: the header's name stands where its value should
            ArgumentValue="x-amz-copy-source",
        )
    if not name:
        raise InvalidArgument("Invalid copy source bucket name", ArgumentName="x-amz-copy-source", ArgumentValue=header)
    return Source(name, key, version_id or None)


def source_object(s3: Call, source: Source, headers: Mapping[str, Any], expected_owner: str | None) -> Version:
    """The object a copy reads, if the caller may and its conditions hold.

    Raises: NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied, InvalidObjectState, PreconditionFailed,
        InvalidRequest.
    """
    shared = {"RequestPayer": headers["RequestPayer"]} if "RequestPayer" in headers else {}
    if expected_owner is not None:
        shared["ExpectedBucketOwner"] = expected_owner
    action = action_on("s3:GetObject", source.version_id)
    bucket = s3.bucket(source.bucket, shared, action, key=source.key, version_id=source.version_id, anywhere=True)
    try:
        original = object_at(s3, bucket, source.key, source.version_id)
    except MethodNotAllowed:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ) from None
    check_readable(
        original.attributes.storage_class,
        original.restore,
        now=s3.now,
        refusal="Operation is not valid for the source object's storage class",
    )
    check_customer_key(
        original.attributes.encryption, headers, prefix="CopySourceSSECustomer", refusal=AccessDenied.message
    )
    check_copy_source(
        original.etag,
        original.last_modified,
        now=s3.now,
        if_match=headers.get("CopySourceIfMatch"),
        if_none_match=headers.get("CopySourceIfNoneMatch"),
        if_modified_since=headers.get("CopySourceIfModifiedSince"),
        if_unmodified_since=headers.get("CopySourceIfUnmodifiedSince"),
    )
    return original


def _check_may_copy_tags(s3: Call, source: Source, bucket: Bucket, key: str) -> None:
    """Refuse to copy tags that the caller may not read there, or not set here. S3: API/API_CopyObject.html"""
    s3.check_may(
        action_on("s3:GetObjectTagging", source.version_id),
        s3.world.buckets[source.bucket],
        source.key,
        source.version_id,
    )
    s3.check_may("s3:PutObjectTagging", bucket, key, is_new=True)


def check_copyable(size: int) -> None:
    """Refuse to copy more bytes at once than S3 does."""
    if size > MOST_BYTES:
        raise InvalidRequest(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {MOST_BYTES}"
        )


def md5_of(s3: Call, original: Version, span: range | None = None) -> bytes:
    """The MD5 of an object's bytes, or of a range of them; hashed only where its ETag does not tell it."""
    is_whole = span is None or len(span) == original.size
    if is_whole and original.attributes.encryption.keeps_md5 and not original.parts:
        return bytes.fromhex(original.etag)
    return _hashed(s3, original, span, "MD5")


def checksum_of(s3: Call, original: Version, algorithm: str, span: range | None = None) -> Checksum:
    """The checksum of an object's bytes, or of a range of them; hashed only where the object does not have it."""
    known = original.checksum
    is_whole = span is None or len(span) == original.size
    if is_whole and known is not None and known.algorithm == algorithm and known.type == "FULL_OBJECT":
        return known
    return Checksum(algorithm, checksums.encode(_hashed(s3, original, span, algorithm)))


def _hashed(s3: Call, original: Version, span: range | None, algorithm: str) -> bytes:
    body = original.body if span is None else original.body[span.start : span.stop]
    return s3.once(("hashed", id(original), span, algorithm), lambda: checksums.digest_of(algorithm, body))


def _decoded(path: str) -> str:
    try:
        return unquote_to_bytes(path.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise InvalidArgument(
            "Invalid copy source encoding", ArgumentName="x-amz-copy-source", ArgumentValue=path
        ) from None
