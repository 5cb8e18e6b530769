"""Copies: CopyObject.

A copy shares the bytes of its source. The directives decide whether it keeps the metadata and the tags. It always keeps
the algorithm of the checksum, and never lock, ACL or encryption.

S3: API/API_CopyObject.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict, Unpack
from urllib.parse import unquote_to_bytes

from fakes3.model import checksums
from fakes3.model.access_points import ALIAS_SUFFIX, AccessPoint
from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_copy_source, check_write_syntax
from fakes3.model.directory import refuse_header
from fakes3.model.encryption import Encryption
from fakes3.model.errors import AccessDenied, InvalidArgument, InvalidRequest, MethodNotAllowed, NoSuchBucket
from fakes3.model.names import WELL_FORMED_BUCKET, path_of_source
from fakes3.model.storage_classes import check_readable
from fakes3.model.versions import Attributes, Checksum, Version
from fakes3.model.world import World
from fakes3.operations.call import Call, action_on
from fakes3.operations.encryption import check_key_is_usable, check_may_decrypt
from fakes3.operations.integrity import ReceivedObject
from fakes3.operations.lookup import note_access, object_at
from fakes3.operations.members import EncryptionHeaders, Members, ObjectHeaders, WriteHeaders
from fakes3.operations.objects import check_condition, read_conditions, write
from fakes3.operations.registry import operation
from fakes3.operations.response_members import checksum_members, context_members, encryption_members, expiration_members
from fakes3.operations.write_headers import prepare_write

MOST_BYTES = 5 * 1024**3
"""The largest source of one copy, in bytes."""

NOT_ANONYMOUS = "Anonymous users cannot copy objects. Please authenticate."
"""S3's text for anonymous callers, even where a policy allows everybody."""


NOT_READABLE = "Operation is not valid for the source object's storage class"
"""S3's text for a source that is archived."""

NO_CHANGE = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the "
    "object's metadata, storage class, website redirect location or encryption attributes."
)


class SourceHeaders(TypedDict, total=False):
    """The conditions on the source of a copy, and the customer's key of the source."""

    CopySourceIfMatch: str
    CopySourceIfModifiedSince: str
    CopySourceIfNoneMatch: str
    CopySourceIfUnmodifiedSince: str
    CopySourceSSECustomerAlgorithm: str
    CopySourceSSECustomerKey: str
    CopySourceSSECustomerKeyMD5: str


class CopyHeaders(WriteHeaders, SourceHeaders, total=False):
    """The headers of CopyObject that other operations share."""


class Source(NamedTuple):
    """The object that a copy source header names."""

    bucket: str
    key: str
    version_id: str | None
    point: AccessPoint | None = None
    """The access point through which it is read."""


class Kept(NamedTuple):
    """What a copy keeps of its source."""

    metadata: bool
    tags: bool
    annotations: bool

    @property
    def members(self) -> frozenset[str]:
        """The members of the request that are ignored, since their values come from the source."""
        metadata = ObjectHeaders.__annotations__ if self.metadata else ()
        return frozenset((*metadata, "Tagging") if self.tags else metadata)

    def carry(self, new: Attributes, original: Attributes) -> Attributes:
        """Return the attributes of a copy, with those of its source that it keeps.

        It never keeps storage class, redirect, encryption, lock or ACL.
        """
        if self.metadata:
            new = replace(new, headers=original.headers, metadata=original.metadata)
        return replace(new, tags=original.tags) if self.tags else new


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
    AnnotationDirective: str = "COPY",
    IfMatch: str | None = None,
    IfNoneMatch: str | None = None,
    **headers: Unpack[CopyHeaders],
) -> Members:
    """Write an object that shares the bytes of another."""
    source = find_source(s3.world, CopySource)
    check_write_syntax(IfMatch, IfNoneMatch)
    kept = Kept(
        is_copied("metadata", MetadataDirective),
        is_copied("tagging", TaggingDirective),
        is_copied("object-annotation", AnnotationDirective, otherwise="EXCLUDE"),
    )
    if ChecksumAlgorithm is not None and ChecksumAlgorithm not in checksums.ALGORITHMS:
        raise checksums.unsupported_algorithm()
    s3.check_signed(Bucket, headers, NOT_ANONYMOUS)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    metadata = None if kept.metadata else Metadata
    new = prepare_write(s3, bucket, Key, headers, metadata, action="s3:CopyObject", ignored=kept.members)
    original = source_object(s3, source, headers, ExpectedSourceBucketOwner, to=bucket.region)
    if original.attributes.tags and kept.tags:
        if bucket.directory is not None:
            raise refuse_header("x-amz-tagging")  # S3: API/API_CopyObject.html, on x-amz-tagging-directive
        _check_may_copy_extras(s3, source, bucket, Key, "Tagging")
    annotations = original.annotations if kept.annotations else ()
    if bucket.directory is not None and kept.annotations and (annotations or "AnnotationDirective" in s3.members):
        raise refuse_header("x-amz-object-annotation-directive")  # S3: API/API_CopyObject.html, on this header
    if annotations:
        _check_may_copy_extras(s3, source, bucket, Key, "Annotation")
        from fakes3.model.annotations import check_takes_annotations  # few objects have annotations

        check_takes_annotations(new.attributes.encryption)
    check_copyable(original.size)
    algorithm = ChecksumAlgorithm or (original.checksum.algorithm if original.checksum else checksums.DEFAULT_ALGORITHM)
    if kept.metadata and (source.bucket, source.key) == (Bucket, Key):
        is_named = source.version_id is not None and bucket.versioning is not None
        if not is_named and not _is_change(original, headers, new.attributes.encryption, bucket, algorithm):
            raise InvalidRequest(NO_CHANGE)
    check_condition(s3, bucket, Key, IfMatch, IfNoneMatch)
    encryption = new.attributes.encryption
    md5 = md5_of(s3, original) if encryption.keeps_md5 else b""  # an ETag that is no MD5 needs no hashing
    copied = ReceivedObject(original.body, md5, checksum_of(s3, original, algorithm))
    new = new._replace(attributes=kept.carry(new.attributes, original.attributes))
    version = write(s3, bucket, Key, new, copied, "ObjectCreated:Copy", annotations)
    note_access(s3, source.bucket, source.key, original)
    result = {"LastModified": version.last_modified, "ETag": f'"{version.etag}"'}
    answer: Members = {"CopyObjectResult": result | checksum_members(version.checksum)}
    answer |= encryption_members(encryption) | context_members(bucket, Key, encryption)
    answer |= expiration_members(bucket, Key, version)
    if original.id != NULL:
        answer["CopySourceVersionId"] = original.id
    if bucket.versioning is not None:
        # recorded: a copy to a suspended bucket shows the version id "null", though a put does not
        answer["VersionId"] = version.id
    return answer


def _is_change(original: Version, headers: CopyHeaders, encryption: Encryption, bucket: Bucket, algorithm: str) -> bool:
    """Whether to copy an object onto itself, with its metadata, changes anything. `encryption` is that of the copy.

    A source named by its version id needs no change: a copy of a noncurrent version onto its key makes it current
    again, and the current one may be named, too.
    """
    return (
        not headers.keys().isdisjoint(_CHANGING)
        or encryption.algorithm != original.attributes.encryption.algorithm
        or bucket.encryption.is_set
        or original.restore is not None
        or original.checksum is None
        or original.checksum.algorithm != algorithm
    )


_CHANGING = frozenset(("StorageClass", "WebsiteRedirectLocation", *EncryptionHeaders.__annotations__))
"""The headers that count as a change of the object, even with the values it already has."""


def is_copied(what: str, directive: str, otherwise: str = "REPLACE") -> bool:
    """Whether a directive says to copy the source's metadata, tags or annotations, and not to take the request's.

    Raises: InvalidArgument.
    """
    if directive not in {"COPY", otherwise}:
        raise InvalidArgument(
            f"Unknown {what} directive.", ArgumentName=f"x-amz-{what}-directive", ArgumentValue=directive
        )
    return directive == "COPY"


def parse_source(header: str) -> Source:
    """Return the object that an `x-amz-copy-source` names: `bucket/key`, percent-encoded, perhaps with `?versionId=`.

    The question mark before a version id is not encoded; one that belongs to the key is.

    Raises: InvalidArgument.
    """
    path, _, version_id = path_of_source(header).partition("?versionId=")
    decoded = _decode(path).removeprefix("/")
    by_arn = re.fullmatch(_AT_POINT, decoded, re.DOTALL)
    name, slash, key = (by_arn[1], "/", by_arn[2]) if by_arn is not None else decoded.partition("/")
    if not slash or not key:
        # recorded: the header's name stands where its value should
        raise _refuse_source("object key", "x-amz-copy-source")
    if not WELL_FORMED_BUCKET(name) and not name.startswith("arn:"):
        raise _refuse_source("bucket name", header)
    return Source(name, key, version_id or None)


_AT_POINT = "(arn:[^:]+:s3:[^:]*:[^:]*:accesspoint[:/][^:/]+)/object/(.*)"
"""An object as the ARNs of access points name it. S3: API/API_CopyObject.html, "x-amz-copy-source" """


def find_source(world: World, header: str) -> Source:
    """Return the object that an `x-amz-copy-source` names, in the bucket to which an access point leads.

    Raises: InvalidArgument; NoSuchBucket for the ARN of an access point that does not exist.
    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (deleted-arn)
    """
    source = parse_source(header)
    points, name = world.access_points, source.bucket
    by_arn = re.match("arn:[^:]+:s3:[^:]*:[^:]*:accesspoint", name) is not None
    if not by_arn and not name.endswith(ALIAS_SUFFIX):
        return source
    point = points.with_arn(name) if by_arn else points.with_alias(name)
    if point is None and by_arn:
        raise NoSuchBucket(
            BucketName=name, reason=f"there is no access point {name}. Create it with CreateAccessPoint."
        )
    return source if point is None else source._replace(bucket=point.bucket, point=point)


def _refuse_source(what: str, value: str) -> InvalidArgument:
    return InvalidArgument(f"Invalid copy source {what}", ArgumentName="x-amz-copy-source", ArgumentValue=value)


def source_object(
    s3: Call, source: Source, headers: Mapping[str, Any], expected_owner: str | None, *, to: str
) -> Version:
    """Return the source of a copy, if the caller is allowed to read it and the conditions on it hold.

    `to` is the region of the copy.

    Raises: NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied, InvalidObjectState, PreconditionFailed,
        InvalidRequest.
    """
    shared = {"RequestPayer": headers["RequestPayer"]} if "RequestPayer" in headers else {}
    if expected_owner is not None:
        shared["ExpectedBucketOwner"] = expected_owner
    action = action_on("s3:GetObject", source.version_id)
    try:
        with s3.through(source.point):
            name, key, version_id = source[:3]
            bucket = s3.bucket(name, shared, action, key=key, version_id=version_id, anywhere=True)
            _check_same_region(source.point, bucket.region, to)
            original = object_at(s3, bucket, key, version_id)
    except MethodNotAllowed:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ) from None
    check_readable(original.attributes.storage_class, original.restore, now=s3.now, refusal=NOT_READABLE)
    if original.archive is not None:
        original.archive.check_readable(s3.now, NOT_READABLE)
    check_may_decrypt(
        s3, original.attributes.encryption, headers, prefix="CopySourceSSECustomer", refusal=AccessDenied.message
    )
    check_key_is_usable(original.attributes.encryption)
    conditions = read_conditions(headers, prefix="CopySource")
    check_copy_source(original.etag, original.last_modified, now=s3.now, **conditions)
    return original


def _check_same_region(point: AccessPoint | None, region: str, to: str) -> None:
    """Refuse a copy into another region whose source is read through an access point.

    observed: radkawar/stackd, testdata/aws/s3control/access_point_region_replay.json (copy-cross-region-arn)
    """
    if point is not None and region != to:
        raise AccessDenied(
            "Cannot access through this access point",
            reason=f"access points take part in copies within a region only, and the source is in {region}, the copy "
            f"in {to}. Name the source by its bucket.",
        )


def _check_may_copy_extras(s3: Call, source: Source, bucket: Bucket, key: str, kind: str) -> None:
    """Refuse to copy tags or annotations that the caller is not allowed to read at the source, or to set on the copy.

    `kind` is as the actions on them are named: "Tagging" or "Annotation".
    S3: API/API_CopyObject.html
    """
    action, source_bucket = action_on(f"s3:GetObject{kind}", source.version_id), s3.world.buckets[source.bucket]
    with s3.through(source.point):
        s3.check_may(action, source_bucket, source.key, source.version_id)
    s3.check_may(f"s3:PutObject{kind}", bucket, key, is_new=True)


def check_copyable(size: int) -> None:
    """Refuse to copy more bytes at once than S3 allows."""
    if size > MOST_BYTES:
        raise InvalidRequest(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {MOST_BYTES}"
        )


def md5_of(s3: Call, original: Version, span: range | None = None) -> bytes:
    """Return the MD5 of an object's bytes, or of a range of them; hashed only where its ETag is not the MD5."""
    is_whole = span is None or len(span) == original.size
    if is_whole and original.attributes.encryption.keeps_md5 and not original.parts:
        return bytes.fromhex(original.etag)
    return _hash(s3, original, span, "MD5")


def checksum_of(s3: Call, original: Version, algorithm: str, span: range | None = None) -> Checksum:
    """Return the checksum of an object's bytes, or of a range of them; hashed only where the object has no such one."""
    known = original.checksum
    is_whole = span is None or len(span) == original.size
    if is_whole and known is not None and known.algorithm == algorithm and known.type == "FULL_OBJECT":
        return known
    return Checksum(algorithm, checksums.encode(_hash(s3, original, span, algorithm)))


def _hash(s3: Call, original: Version, span: range | None, algorithm: str) -> bytes:
    body = original.body if span is None else original.body[span.start : span.stop]
    # The result keeps the original, so that no other one has its id by the next try.
    found = s3.once(("hashed", id(original), span, algorithm), lambda: (original, checksums.digest_of(algorithm, body)))
    return found[1]


def _decode(path: str) -> str:
    if _BROKEN_ESCAPE.search(path):
        raise _refuse_source("encoding", path)
    try:
        return unquote_to_bytes(path.replace("+", " ")).decode()
    except UnicodeError:
        raise _refuse_source("encoding", path) from None


_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
