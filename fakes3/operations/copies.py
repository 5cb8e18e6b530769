"""Copies: CopyObject.

A copy shares the bytes of its source. What travels with them is decided piece by piece: user and system metadata by
the metadata directive, the checksum's algorithm always, lock, ACL and encryption never.

S3: API/API_CopyObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Unpack
from urllib.parse import unquote_to_bytes

from fakes3.model import checksums
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_copy_source, check_write_syntax
from fakes3.model.errors import InvalidArgument, InvalidRequest, MethodNotAllowed
from fakes3.model.names import check_key
from fakes3.model.versions import Checksum, Version
from fakes3.operations.attributes import attributes_of
from fakes3.operations.integrity import DEFAULT_ALGORITHM, Upload
from fakes3.operations.lookup import object_at
from fakes3.operations.objects import (
    check_condition,
    checksum_members,
    write,
)
from fakes3.operations.registry import Call, Common, Members, ObjectHeaders, common, operation

MOST_BYTES = 5 * 1024**3
"""The largest source of one copy, in bytes."""

_UNSUPPORTED_ALGORITHM = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    f"[{', '.join(sorted(checksums.ALGORITHMS))}]"
)


class CopyHeaders(Common, ObjectHeaders, total=False):
    """The headers of CopyObject that other operations share, and its conditions on the source."""

    CopySourceIfMatch: str
    CopySourceIfModifiedSince: str
    CopySourceIfNoneMatch: str
    CopySourceIfUnmodifiedSince: str


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
    IfMatch: str | None = None,
    IfNoneMatch: str | None = None,
    **headers: Unpack[CopyHeaders],
) -> Members:
    """Write an object with the bytes of another, copying none of them."""
    source = source_of(CopySource)
    check_write_syntax(IfMatch, IfNoneMatch)
    check_key(Key)
    if MetadataDirective not in {"COPY", "REPLACE"}:
        raise InvalidArgument(
            "Unknown metadata directive.",
            ArgumentName="x-amz-metadata-directive",
            ArgumentValue=MetadataDirective,
        )
    if ChecksumAlgorithm is not None and ChecksumAlgorithm not in checksums.ALGORITHMS:
        raise InvalidRequest(_UNSUPPORTED_ALGORITHM)
    bucket = s3.bucket(Bucket, to="s3:PutObject", **common(headers))
    original = source_object(s3, source, headers, ExpectedSourceBucketOwner)
    replaces = MetadataDirective == "REPLACE"
    attributes = attributes_of(headers, Metadata) if replaces else original.attributes
    algorithm = ChecksumAlgorithm or (original.checksum.algorithm if original.checksum else DEFAULT_ALGORITHM)
    current = bucket.versions.current.get(Key)
    onto_itself = original is current and (source.bucket, source.key) == (Bucket, Key)
    same_checksum = original.checksum is not None and algorithm == original.checksum.algorithm
    if onto_itself and not replaces and same_checksum:
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    check_condition(bucket, Key, IfMatch, IfNoneMatch)
    copied = Upload(original.body, md5_of(original), checksum_of(original, algorithm))
    version = write(s3, bucket, Key, copied, attributes)
    result = {"LastModified": version.last_modified, "ETag": f'"{version.etag}"'}
    answer: Members = {
        "CopyObjectResult": result | checksum_members(version.checksum),
        "ServerSideEncryption": "AES256",
    }
    if original.id != NULL:
        answer["CopySourceVersionId"] = original.id
    if bucket.versioning is not None:
        # recorded: a suspended bucket's copy answers the version id "null", though a put does not
        answer["VersionId"] = version.id
    return answer


def source_of(header: str) -> Source:
    """What an `x-amz-copy-source` header names: `bucket/key`, percent-encoded, perhaps with `?versionId=`.

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


def source_object(s3: Call, source: Source, headers: CopyHeaders, expected_owner: str | None) -> Version:
    """The object a copy reads, if the caller may and its conditions hold.

    Raises: NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied, PreconditionFailed, InvalidRequest.
    """
    owner: Common = {} if expected_owner is None else {"ExpectedBucketOwner": expected_owner}
    right = "s3:GetObjectVersion" if source.version_id else "s3:GetObject"
    bucket = s3.bucket(source.bucket, to=right, anywhere=True, **owner)
    try:
        original = object_at(s3, bucket, source.key, source.version_id)
    except MethodNotAllowed:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ) from None
    check_copy_source(
        original.etag,
        original.last_modified,
        now=s3.now,
        if_match=headers.get("CopySourceIfMatch"),
        if_none_match=headers.get("CopySourceIfNoneMatch"),
        if_modified_since=headers.get("CopySourceIfModifiedSince"),
        if_unmodified_since=headers.get("CopySourceIfUnmodifiedSince"),
    )
    if original.size > MOST_BYTES:
        raise InvalidRequest(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {MOST_BYTES}"
        )
    return original


def md5_of(original: Version) -> bytes:
    """The MD5 of an object's bytes, hashed only where its ETag does not tell it."""
    return bytes.fromhex(original.etag)


def checksum_of(original: Version, algorithm: str) -> Checksum:
    """The checksum of all of an object's bytes, hashed only where the object does not have it."""
    known = original.checksum
    if known is not None and known.algorithm == algorithm and known.type == "FULL_OBJECT":
        return known
    return Checksum(algorithm, checksums.encode(checksums.digest_of(algorithm, original.body)))


def _decoded(path: str) -> str:
    try:
        return unquote_to_bytes(path.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise InvalidArgument(
            "Invalid copy source encoding", ArgumentName="x-amz-copy-source", ArgumentValue=path
        ) from None
