"""Multipart uploads: create one, upload or copy its parts, complete or abort it.

Until an upload is completed, its parts are no object and hide none. The completion writes the whole object in one
commit.

S3: API/API_CreateMultipartUpload.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack
from urllib.parse import quote

from fakes3.model import checksums, uploads
from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_write_syntax
from fakes3.model.dates import parse_http_date
from fakes3.model.directory import zonal_host
from fakes3.model.encryption import check_signed_for_kms
from fakes3.model.errors import InvalidRequest, MalformedXML, NoSuchUpload, PreconditionFailed
from fakes3.model.lock import check_verifiable
from fakes3.model.names import check_key
from fakes3.model.not_modelled import not_of
from fakes3.model.regions import PARTITIONS, partition_of
from fakes3.model.uploads import EndedUpload, ListedPart, MultipartUpload, Part
from fakes3.model.versions import Version, Versioning
from fakes3.operations import copies
from fakes3.operations.call import Call
from fakes3.operations.encryption import read_customer_key
from fakes3.operations.integrity import judge_headers
from fakes3.operations.lookup import note_access
from fakes3.operations.members import (
    Body,
    BucketHeaders,
    Checksums,
    ChecksumValues,
    Document,
    KeyedHeaders,
    Members,
    WriteHeaders,
)
from fakes3.operations.objects import check_condition
from fakes3.operations.registry import operation
from fakes3.operations.response_members import (
    abort_members,
    checksum_members,
    context_members,
    declared_checksum_members,
    encryption_members,
    expiration_members,
    part_checksum_members,
)
from fakes3.operations.write_headers import prepare_write


class PartHeaders(KeyedHeaders, Checksums, total=False):
    """The headers of UploadPart."""


class PartCopyHeaders(KeyedHeaders, copies.SourceHeaders, total=False):
    """The headers of UploadPartCopy."""


class CompleteHeaders(KeyedHeaders, ChecksumValues, total=False):
    """The headers of CompleteMultipartUpload. A checksum is that of the whole object."""


@operation
def create_multipart_upload(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    ChecksumAlgorithm: str | None = None,
    ChecksumType: str | None = None,
    Metadata: Mapping[str, str] | None = None,
    **headers: Unpack[WriteHeaders],
) -> Members:
    """Begin an upload in parts. Its headers set the attributes of the object that is completed later."""
    algorithm, checksum_type = uploads.choose_checksum(ChecksumAlgorithm, ChecksumType)
    s3.check_signed(Bucket, headers, "Anonymous users cannot initiate multipart uploads. Please authenticate.")
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    new = prepare_write(s3, bucket, Key, headers, Metadata)
    latest = bucket.versions.latest(Key)
    upload = MultipartUpload(
        sequence=s3.sequence,
        id=s3.ids.upload_id(s3.sequence, Key),
        key=Key,
        initiated=s3.stamp,
        initiator=s3.caller,
        owner=new.owner,
        attributes=new.attributes,
        algorithm=algorithm,
        type=checksum_type,
        found=None if latest is None else latest.sequence,
    )
    s3.commit(bucket.with_upload(upload))
    encryption = new.attributes.encryption
    answer: Members = {"Bucket": Bucket, "Key": Key, "UploadId": upload.id}
    answer |= encryption_members(encryption) | context_members(bucket, Key, encryption)
    return answer | declared_checksum_members(upload) | abort_members(bucket, upload)


@operation
def upload_part(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    PartNumber: str,
    Body: Body,
    ContentMD5: str | None = None,
    **headers: Unpack[PartHeaders],
) -> Members:
    """Receive a part of an upload, in place of an earlier part of its number."""
    integrity = judge_headers(ContentMD5, headers, Body.announced)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    upload, number = _find_place(s3, bucket, Key, UploadId, PartNumber, headers)
    check_verifiable(upload.attributes.lock, is_given=integrity.is_given, what="Put Part")
    uploads.check_part_checksum(upload, integrity.algorithm)
    received = integrity.receive_part(Body, upload.kept_algorithm)
    kept = None if upload.kept_algorithm is None else checksums.encode(received.digests[upload.kept_algorithm])
    part = _commit_part(s3, bucket, upload, number, received.body, received.digests["MD5"], kept)
    answer: Members = {"ETag": f'"{part.etag}"'} | encryption_members(upload.attributes.encryption)
    if algorithm := integrity.algorithm or upload.algorithm:
        answer[f"Checksum{algorithm}"] = checksums.encode(received.digests[algorithm])
    return answer


@operation
def upload_part_copy(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    PartNumber: str,
    CopySource: str,
    CopySourceRange: str | None = None,
    ExpectedSourceBucketOwner: str | None = None,
    **headers: Unpack[PartCopyHeaders],
) -> Members:
    """Make a part that shares the bytes of an object, or a range of them."""
    source = copies.find_source(s3.world, CopySource)
    span = None if CopySourceRange is None else uploads.parse_copy_range(CopySourceRange)
    s3.check_signed(Bucket, headers, copies.NOT_ANONYMOUS)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    original = copies.source_object(s3, source, headers, ExpectedSourceBucketOwner, to=bucket.region)
    upload, number = _find_place(s3, bucket, Key, UploadId, PartNumber, headers)
    encryption = upload.attributes.encryption
    if span is not None:
        uploads.check_copy_range(span, original.size)
    copies.check_copyable(original.size if span is None else len(span))
    body = original.body if span is None else original.body[span.start : span.stop]
    md5 = copies.md5_of(s3, original, span) if encryption.keeps_md5 else b""
    algorithm = upload.kept_algorithm
    kept = None if algorithm is None else copies.checksum_of(s3, original, algorithm, span).value
    part = _commit_part(s3, bucket, upload, number, body, md5, kept)
    note_access(s3, source.bucket, source.key, original)
    result: Members = {"LastModified": part.last_modified, "ETag": f'"{part.etag}"'}
    answer: Members = {"CopyPartResult": result | part_checksum_members(upload, part)} | encryption_members(encryption)
    if original.id != NULL:
        answer["CopySourceVersionId"] = original.id
    return answer


@operation
def complete_multipart_upload(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    MultipartUpload: Document[Members] | None = None,
    ChecksumType: str | None = None,
    MpuObjectSize: str | None = None,
    IfMatch: str | None = None,
    IfNoneMatch: str | None = None,
    **headers: Unpack[CompleteHeaders],
) -> Members:
    """Make an object of the listed parts, in one commit, and remove the upload with its other parts."""
    check_write_syntax(IfMatch, IfNoneMatch)
    stated = _read_checksum(headers)
    size = None if MpuObjectSize is None else uploads.parse_stated_size(MpuObjectSize)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    upload = find_upload(s3, bucket, Key, UploadId)
    if upload is None:
        return _complete_again(s3, bucket, Key, UploadId, MultipartUpload)
    if (customer := read_customer_key(s3, headers)).is_given:
        uploads.check_part_key(upload.attributes.encryption, customer)
    uploads.check_stated_type(upload, ChecksumType)
    check_condition(s3, bucket, Key, IfMatch, IfNoneMatch)
    if IfMatch is not None or IfNoneMatch is not None:
        condition = "If-Match" if IfMatch is not None else "If-None-Match"
        uploads.check_undisturbed(upload, bucket.versions.latest(Key), condition)
    if MultipartUpload is None:
        raise InvalidRequest("You must specify at least one part")
    listed = _read_parts(MultipartUpload)
    uploads.check_listed(upload, listed, may_have_gaps=bucket.directory is None)
    parts = uploads.choose_parts(upload, listed, s3.settings.min_part_size)
    if size is not None:
        uploads.check_stated_size(size, parts)
    kept = uploads.summarize_parts(parts)
    checksum = uploads.checksum_of(upload, kept)
    if stated is not None:
        uploads.check_stated_checksum(upload, checksum, *stated)
    owner, attributes = uploads.owner_and_attributes(upload, bucket.ownership, bucket_owner=bucket.owner)
    is_random = attributes.encryption.has_random_etags
    version = Version(
        sequence=s3.sequence,
        id=s3.version_id(bucket.versioning),
        last_modified=upload.initiated,
        owner=owner,
        body=Rope.concat(part.body for part in parts),
        etag=s3.ids.opaque("etag", s3.sequence) if is_random else uploads.etag_of(part.etag for part in parts),
        checksum=checksum,
        attributes=attributes,
        parts=kept,
        upload=upload.sequence,
    )
    versions = bucket.versions.written(Key, version, bucket.versioning)
    completed = bucket.without_upload(upload, now=s3.now).with_versions(versions)
    s3.commit(completed, "ObjectCreated:CompleteMultipartUpload", Key, version)
    return _completion_members(s3, bucket, Key, version)


@operation
def abort_multipart_upload(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    IfMatchInitiatedTime: str | None = None,
    **headers: Unpack[BucketHeaders],
) -> Members:
    """Remove an upload and its parts. For 24 hours after its end, an upload can be aborted once more."""
    bucket, upload = _upload_or_ended(s3, headers, "s3:AbortMultipartUpload", Bucket, Key, UploadId)
    if IfMatchInitiatedTime is not None and bucket.directory is None:
        raise not_of("x-amz-if-match-initiated-time")
    if upload is None and IfMatchInitiatedTime is not None:
        return {}  # S3: API/API_AbortMultipartUpload.html: an upload that is gone has no other date
    if upload is None:
        raise NoSuchUpload(UploadId=UploadId)
    if isinstance(upload, MultipartUpload):
        if IfMatchInitiatedTime is not None and parse_http_date(IfMatchInitiatedTime) != upload.initiated:
            raise PreconditionFailed(Condition="x-amz-if-match-initiated-time")
        s3.commit(bucket.without_upload(upload, now=s3.now))
    return {}


def upload_for(
    s3: Call, headers: Mapping[str, Any], action: str, bucket_name: str, key: str, upload_id: str
) -> tuple[Bucket, MultipartUpload]:
    """Return a bucket and an upload in progress, once the caller is known to be allowed `action` on the upload.

    The initiator of the upload always is.

    Raises: KeyTooLongError, NoSuchBucket, AccessDenied, NoSuchUpload.
    S3: userguide/mpuoverview.html, "Multipart upload API and permissions"
    """
    bucket, upload = _upload_or_ended(s3, headers, action, bucket_name, key, upload_id)
    if not isinstance(upload, MultipartUpload):
        raise NoSuchUpload(UploadId=upload_id)
    return bucket, upload


def _upload_or_ended(
    s3: Call, headers: Mapping[str, Any], action: str, bucket_name: str, key: str, upload_id: str
) -> tuple[Bucket, MultipartUpload | EndedUpload | None]:
    """Return what `upload_for` does, and also an upload that S3 still knows after its end; None where there is none."""
    check_key(key)
    bucket = s3.existing_bucket(bucket_name, headers)
    upload = find_upload(s3, bucket, key, upload_id) or _find_ended(s3, bucket, key, upload_id)
    s3.check_may(action, bucket, key, initiator=None if upload is None else upload.initiator)
    s3.check_pays(bucket, headers)
    return bucket, upload


def find_upload(s3: Call, bucket: Bucket, key: str, upload_id: str) -> MultipartUpload | None:
    """Return the upload of a key in progress with this id; None where there is none."""
    sequence = sequence_of_upload(s3, key, upload_id)
    return None if sequence is None else bucket.uploads.get((key, sequence))


def _find_ended(s3: Call, bucket: Bucket, key: str, upload_id: str) -> EndedUpload | None:
    """Return the past upload of a key with this id; None where there is none, or it has ended long ago."""
    sequence = sequence_of_upload(s3, key, upload_id)
    ended = None if sequence is None else bucket.ended_uploads.get((key, sequence))
    return ended if ended is not None and ended.is_known(s3.now) else None


def sequence_of_upload(s3: Call, key: str, upload_id: str) -> int | None:
    """Return the sequence number of an upload of this key, perhaps a past one; None where the id names none."""
    sequence = s3.ids.sequence_of(upload_id[:32])
    return sequence if sequence is not None and s3.ids.upload_id(sequence, key) == upload_id else None


def _find_place(
    s3: Call, bucket: Bucket, key: str, upload_id: str, number: str, headers: Mapping[str, object]
) -> tuple[MultipartUpload, int]:
    """Return the upload of a part and the part's number, once the customer's key is known to be that of the upload.

    Raises: NoSuchUpload, InvalidArgument, InvalidRequest.
    """
    upload = find_upload(s3, bucket, key, upload_id)
    if upload is None:
        raise NoSuchUpload(UploadId=upload_id)
    place = uploads.parse_part_number(number)
    encryption = upload.attributes.encryption
    uploads.check_part_key(encryption, read_customer_key(s3, headers))
    check_signed_for_kms(encryption.algorithm, has_version_4=s3.transport.has_version_4)
    return upload, place


def _commit_part(
    s3: Call, bucket: Bucket, upload: MultipartUpload, number: int, body: Rope, md5: bytes, checksum: str | None
) -> Part:
    """Commit a part that has arrived whole, and return it."""
    etag = md5.hex() if upload.attributes.encryption.keeps_md5 else s3.ids.opaque("etag", s3.sequence)
    part = Part(number, body, etag, checksum, s3.stamp)
    s3.commit(bucket.with_upload(upload.with_part(part)))
    return part


def _read_parts(document: Document[Members]) -> list[ListedPart]:
    """Return the parts that the document of a completion lists. Raises: MalformedXML."""
    return [_read_part(each) for each in document.read().get("Parts", [])]


def _read_part(each: Members) -> ListedPart:
    try:
        number, etag = each["PartNumber"], each["ETag"]
    except KeyError:
        raise MalformedXML from None
    values = {_CHECKSUMS[name]: value for name, value in each.items() if name in _CHECKSUMS} if len(each) > 2 else {}
    return ListedPart(number, etag.strip('"'), values)


_CHECKSUMS = {name: name.removeprefix("Checksum") for name in ChecksumValues.__annotations__}
"""The algorithms by the names of the members that are their checksums."""


def _read_checksum(headers: Mapping[str, object]) -> tuple[str, str] | None:
    """Return the algorithm and value of the caller's checksum of the whole object; the value may name a part count.

    Raises: InvalidRequest.
    """
    sent = {name: str(value) for name, value in headers.items() if name in _CHECKSUMS}
    algorithm = judge_headers(None, {name: value.partition("-")[0] for name, value in sent.items()}, None).algorithm
    return None if algorithm is None else (algorithm, sent[f"Checksum{algorithm}"])


def _complete_again(s3: Call, bucket: Bucket, key: str, upload_id: str, document: Document[Members] | None) -> Members:
    """Return the response to a repeated completion, as long as its object is the current one of its key.

    Raises: NoSuchUpload.
    """
    sequence, current = sequence_of_upload(s3, key, upload_id), bucket.versions.current.get(key)
    if current is None or document is None or sequence is None or current.upload != sequence:
        raise NoSuchUpload(UploadId=upload_id)
    if not uploads.is_repetition(current, _read_parts(document)):
        raise NoSuchUpload(UploadId=upload_id)
    return _completion_members(s3, bucket, key, current)


def _completion_members(s3: Call, bucket: Bucket, key: str, version: Version) -> Members:
    """Return the members of the response to a completion."""
    answer: Members = {
        "Location": f"https://{_host_of(s3, bucket)}/{quote(key, safe='')}",
        "Bucket": bucket.name,
        "Key": key,
        "ETag": f'"{version.etag}"',
    }
    answer |= _integrity_members(version) | expiration_members(bucket, key, version)
    if bucket.versioning is Versioning.ENABLED:
        answer["VersionId"] = version.id
    return answer


def _host_of(s3: Call, bucket: Bucket) -> str:
    """Return the host under which a completed object is found: that of the access point by which it was completed.

    observed: radkawar/stackd, testdata/aws/s3control/access_point_multipart_replay.json (complete-alias and
    arn-completion-location)
    """
    if bucket.directory is not None:
        return zonal_host(bucket.name, bucket.region, bucket.directory.zone)
    point = s3.access_point
    if point is not None and not s3.by_alias:
        return point.host
    name = bucket.name if point is None else point.alias
    return f"{name}.s3.{bucket.region}.{PARTITIONS[partition_of(bucket.region)].suffix}"


def _integrity_members(version: Version) -> Members:
    """Return the members that show the encryption and checksum of a completed object.

    Under SSE-C there are none, and under SSE-KMS no checksum, though reads show it.
    recorded: TestS3SSECEncryption::test_multipart_upload_sse_c, TestS3::test_s3_multipart_upload_sse
    """
    encryption = version.attributes.encryption
    if encryption.customer_key_md5 is not None:
        return {}
    shown = {} if encryption.kms_key is not None else checksum_members(version.checksum)
    return shown | encryption_members(encryption)
