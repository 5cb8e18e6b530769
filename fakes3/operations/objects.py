"""Objects: put, get, head, delete.

A put writes an object whole or not at all: it commits once, after the body has arrived and its digests agree with the
headers.

S3: API/API_PutObject.html and its neighbours
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_read, check_write, check_write_syntax
from fakes3.model.dates import LATEST, format_http_date, parse_http_date
from fakes3.model.directory import check_deletable
from fakes3.model.errors import (
    InvalidArgument,
    InvalidRequest,
    MalformedXML,
    NoSuchVersion,
    NotModified,
    PreconditionFailed,
    S3Error,
)
from fakes3.model.header_text import is_header_value
from fakes3.model.lock import UNLOCKED, check_bypass_applies, check_removable, check_verifiable
from fakes3.model.names import check_key
from fakes3.model.not_modelled import not_of
from fakes3.model.numbers import read_int
from fakes3.model.ownership import owner_of_write
from fakes3.model.ranges import parse_range
from fakes3.model.storage_classes import INTELLIGENT_TIERING, check_readable
from fakes3.model.versions import Checksum, DeleteMarker, Version, Versioning
from fakes3.operations.call import Call, action_on
from fakes3.operations.encryption import check_key_is_usable, check_may_decrypt
from fakes3.operations.integrity import Integrity, ReceivedObject, judge_headers
from fakes3.operations.lookup import entry_at, note_access, object_at
from fakes3.operations.members import Body, BucketHeaders, Checksums, Document, KeyedHeaders, Members, WriteHeaders
from fakes3.operations.mfa import check_mfa
from fakes3.operations.registry import operation
from fakes3.operations.response_members import (
    checksum_members,
    context_members,
    describe,
    encryption_members,
    expiration_members,
)
from fakes3.operations.write_headers import NewObject, check_bypass, prepare_write

if TYPE_CHECKING:
    from fakes3.model.annotations import Annotations

REMOVED = "ObjectRemoved:Delete"
"""The event of an object, a version or a delete marker that is gone for good."""

MOST_DELETES = 1000
"""The most objects that one DeleteObjects may name."""


class PutHeaders(WriteHeaders, Checksums, total=False):
    """The headers of PutObject that other operations share."""


class ReadHeaders(KeyedHeaders, total=False):
    """The members that GetObject and HeadObject share."""

    IfMatch: str
    IfModifiedSince: str
    IfNoneMatch: str
    IfUnmodifiedSince: str
    VersionId: str
    Range: str
    PartNumber: str
    ChecksumMode: str
    ResponseCacheControl: str
    ResponseContentDisposition: str
    ResponseContentEncoding: str
    ResponseContentLanguage: str
    ResponseContentType: str
    ResponseExpires: str


_OVERRIDES = tuple(name for name in ReadHeaders.__annotations__ if name.startswith("Response"))
_ANY_OVERRIDE = frozenset(_OVERRIDES)
_CONDITIONS = {
    "if_match": "IfMatch",
    "if_none_match": "IfNoneMatch",
    "if_modified_since": "IfModifiedSince",
    "if_unmodified_since": "IfUnmodifiedSince",
}
_ANY_CONDITION = frozenset(_CONDITIONS.values())


class ObjectIdentifier(TypedDict, total=False):
    """One object that DeleteObjects names."""

    Key: Required[str]
    VersionId: str
    ETag: str
    LastModifiedTime: datetime
    Size: int


class DeleteList(TypedDict, total=False):
    """The body of DeleteObjects."""

    Objects: list[ObjectIdentifier]
    Quiet: bool


@operation
def put_object(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    Body: Body,
    ContentMD5: str | None = None,
    IfMatch: str | None = None,
    IfNoneMatch: str | None = None,
    Metadata: Mapping[str, str] | None = None,
    WriteOffsetBytes: str | None = None,
    **headers: Unpack[PutHeaders],
) -> Members:
    """Write an object, whole or not at all, or append to one. The last writer of a key wins."""
    integrity = judge_headers(ContentMD5, headers, Body.announced)
    check_write_syntax(IfMatch, IfNoneMatch)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    new = prepare_write(s3, bucket, Key, headers, Metadata)
    if new.lock is not UNLOCKED:
        check_verifiable(new.lock, is_given=integrity.is_given, what="Put Object")
    check_condition(s3, bucket, Key, IfMatch, IfNoneMatch)
    if WriteOffsetBytes is None:
        event = "ObjectCreated:Post" if s3.transport.is_form else "ObjectCreated:Put"
        version = write(s3, bucket, Key, new, integrity.receive(Body), event)
        answer: Members = {"ETag": f'"{version.etag}"'}
    else:
        version = _write_at(s3, bucket, Key, WriteOffsetBytes, new, integrity, Body)
        answer = {"ETag": f'"{version.etag}"', "Size": version.size}
    encryption, versioning = new.attributes.encryption, bucket.configurations.versioning
    answer.update(encryption_members(encryption))
    answer.update(checksum_members(version.checksum))
    if versioning is Versioning.ENABLED:
        # The "null" of a suspended bucket is not shown here, though copies and reads show it.
        answer["VersionId"] = version.id
    if encryption.context is not None:
        answer.update(context_members(bucket, Key, encryption))
    answer.update(expiration_members(bucket, Key, version))
    return answer


@operation
def get_object(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[ReadHeaders]) -> Members:
    """Return an object's metadata and its bytes, or a range of them."""
    answer, version, span = select_object(s3, Bucket, Key, headers, with_body=True)
    answer["Body"] = version.body if span is None else version.body[span.start : span.stop]
    if version.attributes.storage_class == INTELLIGENT_TIERING:
        note_access(s3, Bucket, Key, version)
    return answer


@operation
def head_object(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[ReadHeaders]) -> Members:
    """Return what GetObject returns, without the bytes."""
    return select_object(s3, Bucket, Key, headers, with_body=False)[0]


@operation
def delete_object(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    VersionId: str | None = None,
    IfMatch: str | None = None,
    IfMatchLastModifiedTime: str | None = None,
    IfMatchSize: str | None = None,
    BypassGovernanceRetention: bool | None = None,
    MFA: str | None = None,
    **headers: Unpack[BucketHeaders],
) -> Members:
    """Hide the key behind a delete marker, or remove one version for good."""
    action = action_on("s3:DeleteObject", VersionId)
    bucket = s3.bucket(Bucket, headers, action, key=Key, version_id=VersionId)
    bypass = check_bypass(s3, bucket, Key, BypassGovernanceRetention)
    check_mfa(s3, bucket, MFA, is_needed=VersionId is not None and bucket.configurations.has_mfa_delete)
    if IfMatch is not None:
        check_delete_condition(s3, bucket, Key, IfMatch)
    if IfMatchSize is not None or IfMatchLastModifiedTime is not None:
        modified = None if IfMatchLastModifiedTime is None else parse_http_date(IfMatchLastModifiedTime) or LATEST
        check_same(bucket, Key, size=IfMatchSize, modified=modified)
    return delete(s3, bucket, Key, VersionId, bypass_governance=bypass)


@operation
def delete_objects(
    s3: Call,
    *,
    Bucket: str,
    Delete: Document[DeleteList],
    BypassGovernanceRetention: bool | None = None,
    MFA: str | None = None,
    **headers: Unpack[BucketHeaders],
) -> Members:
    """Delete up to 1,000 objects, each by itself: an error of one does not stop the others, but one of MFA does."""
    bucket = s3.existing_bucket(Bucket, headers)
    s3.check_pays(bucket, headers)
    check_bypass_applies(bucket.lock, BypassGovernanceRetention)
    wanted = Delete.read()
    objects = wanted.get("Objects", ())
    if not 1 <= len(objects) <= MOST_DELETES:
        raise MalformedXML
    removes_versions = any("VersionId" in each for each in objects)
    check_mfa(s3, bucket, MFA, is_needed=removes_versions and bucket.configurations.has_mfa_delete)
    deleted: list[Members] = []
    errors: list[Members] = []
    for each in objects:
        try:
            deleted.append(_delete_named(s3, s3.world.buckets[bucket.name], each, BypassGovernanceRetention))
        except S3Error as error:
            named = {"Key": each["Key"], "VersionId": each.get("VersionId")}
            errors.append(named | {"Code": error.code, "Message": error.message})
    answer: Members = {} if wanted.get("Quiet") else {"Deleted": deleted}
    return answer | {"Errors": errors}


def select_object(
    s3: Call, bucket_name: str, key: str, headers: ReadHeaders, *, with_body: bool
) -> tuple[Members, Version, range | None]:
    """Return the members of GetObject and HeadObject, the object, and the requested range; None for all bytes."""
    overrides: dict[str, str] = {}
    if not headers.keys().isdisjoint(_ANY_OVERRIDE):
        overrides = {name: str(headers[name]) for name in _OVERRIDES if name in headers}  # type: ignore[literal-required]
        check_overrides(overrides, is_anonymous=s3.caller.account is None)
    version_id = headers.get("VersionId")
    bucket = s3.bucket(bucket_name, headers, action_on("s3:GetObject", version_id), key=key, version_id=version_id)
    version = object_at(s3, bucket, key, version_id)
    if with_body:
        check_readable(version.attributes.storage_class, version.restore, now=s3.now)
        if version.archive is not None:
            version.archive.check_readable(s3.now)
        check_key_is_usable(version.attributes.encryption)
    check_may_decrypt(s3, version.attributes.encryption, headers)
    if not headers.keys().isdisjoint(_ANY_CONDITION):
        check_conditions(s3, bucket, version, headers)
    number = headers.get("PartNumber")
    span, checksum = _range(version, headers.get("Range")) if number is None else _part(version, number, headers)
    answer = describe(s3, bucket, key, version)
    if version_id is None:
        # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_configuration_object_expiry_versioned
        answer.update(expiration_members(bucket, key, version))
    if span is not None:
        answer["ContentLength"] = len(span)
        if span:
            answer["ContentRange"] = f"bytes {span.start}-{span.stop - 1}/{version.size}"
    if number is not None and version.parts:
        answer["PartsCount"] = len(version.parts)
    if headers.get("ChecksumMode", "").upper() == "ENABLED":
        answer.update(checksum_members(checksum))
    for name, value in overrides.items():
        answer[name.removeprefix("Response")] = value
    return answer, version, span


def check_conditions(s3: Call, bucket: Bucket, version: Version, headers: ReadHeaders) -> None:
    """Refuse a read whose conditions do not hold. A 304 has the headers that caches need."""
    try:
        check_read(version.etag, version.last_modified, now=s3.now, **read_conditions(headers))
    except NotModified as refusal:
        refusal.headers.update(_cache_headers(bucket, version))
        raise


def read_conditions(headers: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the conditions on an object, by the parameters of `check_read`; their members begin with `prefix`."""
    return {name: headers.get(prefix + member) for name, member in _CONDITIONS.items()}


def _cache_headers(bucket: Bucket, version: Version) -> dict[str, str]:
    """Return the headers of a 304, beside the ETag, that the full response would have. S3: RFC 7232 section 4.1"""
    stored = dict(version.attributes.headers)
    found = {"Last-Modified": format_http_date(version.last_modified)}
    found |= {header: stored[name] for name, header in _OF_CACHES.items() if name in stored}
    if bucket.versioning is not None:
        found["x-amz-version-id"] = version.id
    return found


_OF_CACHES = {"CacheControl": "Cache-Control", "Expires": "Expires"}


def check_overrides(overrides: Mapping[str, str], *, is_anonymous: bool) -> None:
    """Refuse to override headers of the response for an anonymous reader, or with values that no header can hold.

    S3: API/API_GetObject.html, "Overriding response header values"
    """
    if is_anonymous:
        raise InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
    for name, value in overrides.items():
        if not is_header_value(value):
            # recorded: TestS3PresignedUrl::test_get_response_overrides_unicode_metadata_with_sig_s3
            raise InvalidArgument(
                "Header value cannot be represented using ISO-8859-1.",
                ArgumentName=_PARAMETER_WORDS.sub(r"-\1", name).lower().removeprefix("-"),
                ArgumentValue=value,
            )


_PARAMETER_WORDS = re.compile("([A-Z])")


def _range(version: Version, wanted: str | None) -> tuple[range | None, Checksum | None]:
    """Return the requested range (None for all bytes) and the checksum that is shown: only that of all bytes."""
    if wanted is None:
        return None, version.checksum
    span = parse_range(wanted, version.size)
    return span, version.checksum if span is None or len(span) == version.size else None


def _part(version: Version, number: str, headers: ReadHeaders) -> tuple[range, Checksum | None]:
    """Return the range of one part, and the checksum that is shown with it. S3: API/API_GetObject.html"""
    if "Range" in headers:
        raise InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    from fakes3.model.uploads import parse_part_number, part_checksum, span_of  # few reads name a part

    span = span_of(version, part := parse_part_number(number))
    return span, part_checksum(version, part)


def write(
    s3: Call,
    bucket: Bucket,
    key: str,
    new: NewObject,
    received: ReceivedObject,
    event: str,
    annotations: Annotations = (),
) -> Version:
    """Commit an object that has arrived whole as the current one of its key, and return it."""
    versioning, sequence = bucket.configurations.versioning, s3.sequence
    owner, attributes, _ = new
    etag = received.md5.hex() if attributes.encryption.keeps_md5 else s3.ids.opaque("etag", sequence)
    version_id, body = s3.version_id(versioning), received.body
    version = Version(sequence, version_id, s3.stamp, owner, body, etag, received.checksum, attributes)
    if annotations:
        version = version.became(annotations=annotations)
    s3.commit(bucket.with_versions(bucket.versions.written(key, version, versioning)), event, key, version)
    return version


def delete(s3: Call, bucket: Bucket, key: str, version_id: str | None, *, bypass_governance: bool = False) -> Members:
    """Delete as the bucket's versioning says: remove the object, hide it, or remove one version.

    To remove a version that is gone succeeds, and changes nothing.

    Raises: AccessDenied where the version is locked, InvalidArgument for an id that S3 never gave out.
    """
    versions = bucket.versions
    if bucket.versioning is None and version_id in {None, NULL}:
        current = versions.current.get(key)
        if current is not None:
            s3.commit(bucket.with_versions(versions.without(key, current)), REMOVED, key, current)
        return {}
    if version_id is None:
        owner = owner_of_write(bucket.ownership, bucket_owner=bucket.owner, writer=s3.caller.account)
        marker = DeleteMarker(s3.sequence, s3.version_id(bucket.versioning), s3.stamp, owner)
        s3.commit(bucket.with_versions(versions.hidden(key, marker)), "ObjectRemoved:DeleteMarkerCreated", key, marker)
        return {"DeleteMarker": True, "VersionId": marker.id}
    entry = entry_at(s3, bucket, key, version_id)
    if entry is None:
        return {"VersionId": version_id}
    if isinstance(entry, Version):
        check_removable(entry, now=s3.now, bypass_governance=bypass_governance)
    s3.commit(bucket.with_versions(versions.without(key, entry)), REMOVED, key, entry)
    return {"VersionId": entry.id} | ({"DeleteMarker": True} if isinstance(entry, DeleteMarker) else {})


def check_condition(s3: Call, bucket: Bucket, key: str, if_match: str | None, if_none_match: str | None) -> None:
    """Refuse a write whose condition on the current object does not hold.

    An If-Match needs the right to read the object.

    S3: userguide/conditional-writes.html
    """
    if if_match is not None:
        s3.check_may("s3:GetObject", bucket, key)
    if if_match is not None or if_none_match is not None:
        current = bucket.versions.current.get(key)
        etag = None if current is None else current.etag
        check_write(key, etag, if_match=if_match, if_none_match=if_none_match)


def check_delete_condition(s3: Call, bucket: Bucket, key: str, if_match: str) -> None:
    """Refuse a conditional delete where the current object has another ETag.

    An ETag needs the right to read the object. `*` demands only that there is an object.
    S3: userguide/conditional-deletes.html
    """
    if if_match != "*":
        s3.check_may("s3:GetObject", bucket, key)
    current = bucket.versions.current.get(key)
    if current is None and if_match == "*":
        raise PreconditionFailed(Condition="If-Match")
    check_write(key, None if current is None else current.etag, if_match=if_match, if_none_match=None)


def check_same(bucket: Bucket, key: str, *, size: str | None, modified: datetime | None) -> None:
    """Refuse to delete an object of a directory bucket that has another size or date. One that is gone is no error.

    Raises: NotImplemented_ for a general purpose bucket, PreconditionFailed.
    S3: API/API_DeleteObject.html
    """
    if bucket.directory is None:
        raise not_of(_SAME_SIZE if size is not None else _SAME_TIME)
    current = bucket.versions.current.get(key)
    if current is None:
        return
    if size is not None and read_int(size) != current.size:
        raise PreconditionFailed(Condition=_SAME_SIZE)
    if modified is not None and modified != current.last_modified:
        raise PreconditionFailed(Condition=_SAME_TIME)


_SAME_SIZE, _SAME_TIME = "x-amz-if-match-size", "x-amz-if-match-last-modified-time"


def _write_at(
    s3: Call, bucket: Bucket, key: str, offset: str, new: NewObject, integrity: Integrity, body: Body
) -> Version:
    """Write an object whose bytes begin at an offset: append them, or begin the object."""
    from fakes3.operations import appends  # few tests append

    current = appends.find_appended(bucket, key, offset, new, s3.members, integrity)
    received = appends.receive_appended(integrity, body, current)
    if current is None:
        return write(s3, bucket, key, new, received, "ObjectCreated:Put")
    return appends.append(s3, bucket, key, current, received)


def _delete_named(s3: Call, bucket: Bucket, each: ObjectIdentifier, bypass_wanted: bool | None) -> Members:
    """Delete one object that DeleteObjects names, and return its entry in the response."""
    key, version_id, etag = each["Key"], each.get("VersionId"), each.get("ETag")
    check_key(key)
    if bucket.directory is not None:
        check_deletable(key)
    s3.check_may(action_on("s3:DeleteObject", version_id), bucket, key, version_id)
    bypass = check_bypass(s3, bucket, key, bypass_wanted)
    if etag is not None:
        check_delete_condition(s3, bucket, key, etag)
    if "Size" in each or "LastModifiedTime" in each:
        size = str(each["Size"]) if "Size" in each else None
        check_same(bucket, key, size=size, modified=each.get("LastModifiedTime"))
    try:
        deleted = delete(s3, bucket, key, version_id, bypass_governance=bypass)
    except InvalidArgument:
        # recorded: TestS3ObjectCRUD::test_delete_objects and its neighbours; no id is "invalid" here
        raise NoSuchVersion(Key=key, VersionId=version_id) from None
    answer: Members = {"Key": key}
    if version_id is not None:
        answer["VersionId"] = version_id
    if deleted.get("DeleteMarker"):
        answer |= {"DeleteMarker": True, "DeleteMarkerVersionId": deleted["VersionId"]}
    return answer
