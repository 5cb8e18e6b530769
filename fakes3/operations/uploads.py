"""Multipart uploads: create, upload or copy parts, complete or abort, and the listings of both.

Nothing of an upload is an object, or hides one, until it is completed; then the object is there whole, in one commit.

S3: API/API_CreateMultipartUpload.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Unpack
from urllib.parse import quote

from fakes3.model import checksums
from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL
from fakes3.model.conditions import check_write_syntax
from fakes3.model.errors import InvalidArgument, InvalidRequest, MalformedXML, NoSuchUpload
from fakes3.model.identity import canonical_id
from fakes3.model.listing import MOST_KEYS
from fakes3.model.lock import Lock, check_verifiable
from fakes3.model.names import check_key
from fakes3.model.regions import PARTITIONS, partition_of
from fakes3.model.uploads import (
    ListedPart,
    MultipartUpload,
    Part,
    check_copy_range,
    check_listed,
    check_part_checksum,
    check_part_key,
    check_stated_checksum,
    check_stated_size,
    check_stated_type,
    check_undisturbed,
    checksum_of,
    chosen,
    copy_range,
    declared,
    etag_of,
    owned,
    page_of,
    part_number,
    remembered,
    repeats,
    stated_size,
)
from fakes3.model.versions import Version, Versioning
from fakes3.operations import copies
from fakes3.operations.call import Call
from fakes3.operations.encryption import customer_key_in
from fakes3.operations.integrity import announced
from fakes3.operations.listings import MOST_INTEGER, as_it_is, check_encoding_type, url_encoded
from fakes3.operations.members import (
    Body,
    BucketHeaders,
    Checksums,
    ChecksumValues,
    CustomerKeyHeaders,
    Document,
    Members,
    WriteHeaders,
)
from fakes3.operations.objects import check_condition
from fakes3.operations.registry import operation
from fakes3.operations.response_members import (
    abort_members,
    checksum_members,
    context_members,
    encryption_members,
    expiration_members,
)
from fakes3.operations.write_headers import prepare_write


class CreateHeaders(BucketHeaders, WriteHeaders, total=False):
    """The headers of CreateMultipartUpload that PutObject takes too."""


class PartHeaders(BucketHeaders, Checksums, CustomerKeyHeaders, total=False):
    """The headers of UploadPart."""


class PartCopyHeaders(BucketHeaders, copies.SourceHeaders, CustomerKeyHeaders, total=False):
    """The headers of UploadPartCopy."""


class CompleteHeaders(BucketHeaders, ChecksumValues, CustomerKeyHeaders, total=False):
    """The headers of CompleteMultipartUpload; a checksum is one of the whole object."""


class ListPartsHeaders(BucketHeaders, CustomerKeyHeaders, total=False):
    """The headers of ListParts."""


class UploadSelection(BucketHeaders, total=False):
    """Which uploads a listing is to tell."""

    Prefix: str
    Delimiter: str
    EncodingType: str


@operation
def create_multipart_upload(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    ChecksumAlgorithm: str | None = None,
    ChecksumType: str | None = None,
    Metadata: Mapping[str, str] | None = None,
    **headers: Unpack[CreateHeaders],
) -> Members:
    """Begin an upload in parts; what its headers say of the object holds when it is completed."""
    algorithm, checksum_type = declared(ChecksumAlgorithm, ChecksumType)
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
    return answer | _declaration(upload) | abort_members(bucket, upload)


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
    """Take a part of an upload, in the place of any part with its number."""
    integrity = announced(ContentMD5, headers, Body.announced)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    upload = upload_at(s3, bucket, Key, UploadId)
    number = part_number(PartNumber)
    encryption = upload.attributes.encryption
    check_part_key(encryption, customer_key_in(headers))
    lock = Lock(upload.attributes.retention, upload.attributes.legal_hold)
    check_verifiable(lock, is_given=integrity.is_given, what="Put Part")
    check_part_checksum(upload, integrity.algorithm)
    received = integrity.receive_part(Body, upload.kept_algorithm)
    kept = None if upload.kept_algorithm is None else checksums.encode(received.digests[upload.kept_algorithm])
    part = _take(s3, bucket, upload, number, received.body, received.digests["MD5"], kept)
    answer: Members = {"ETag": f'"{part.etag}"'} | encryption_members(encryption)
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
    """Make a part of the bytes of an object, or of a range of them, copying none."""
    source = copies.parse_source(CopySource)
    span = None if CopySourceRange is None else copy_range(CopySourceRange)
    s3.check_signed(Bucket, headers, copies.NOT_ANONYMOUS)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    original = copies.source_object(s3, source, headers, ExpectedSourceBucketOwner)
    upload = upload_at(s3, bucket, Key, UploadId)
    number = part_number(PartNumber)
    encryption = upload.attributes.encryption
    check_part_key(encryption, customer_key_in(headers))
    if span is not None:
        check_copy_range(span, original.size)
    copies.check_copyable(original.size if span is None else len(span))
    body = original.body if span is None else original.body[span.start : span.stop]
    md5 = copies.md5_of(s3, original, span) if encryption.keeps_md5 else b""
    algorithm = upload.kept_algorithm
    kept = None if algorithm is None else copies.checksum_of(s3, original, algorithm, span).value
    part = _take(s3, bucket, upload, number, body, md5, kept)
    result: Members = {"LastModified": part.last_modified, "ETag": f'"{part.etag}"'}
    answer: Members = {"CopyPartResult": result | _checksum_of_part(upload, part)} | encryption_members(encryption)
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
    """Make an object of the parts that are listed, in one commit, and forget the upload and its other parts."""
    check_write_syntax(IfMatch, IfNoneMatch)
    stated = _stated_checksum(headers)
    size = None if MpuObjectSize is None else stated_size(MpuObjectSize)
    bucket = s3.bucket(Bucket, headers, "s3:PutObject", key=Key)
    upload = _find(s3, bucket, Key, UploadId)
    if upload is None:
        return _completed_before(s3, bucket, Key, UploadId, MultipartUpload)
    if (customer := customer_key_in(headers)).is_given:
        check_part_key(upload.attributes.encryption, customer)
    check_stated_type(upload, ChecksumType)
    check_condition(s3, bucket, Key, IfMatch, IfNoneMatch)
    if IfMatch is not None or IfNoneMatch is not None:
        condition = "If-Match" if IfMatch is not None else "If-None-Match"
        check_undisturbed(upload, bucket.versions.latest(Key), condition)
    if MultipartUpload is None:
        raise InvalidRequest("You must specify at least one part")
    listed = _listed(MultipartUpload)
    check_listed(upload, listed)
    parts = chosen(upload, listed)
    if size is not None:
        check_stated_size(size, parts)
    checksum = checksum_of(upload, parts)
    if stated is not None:
        check_stated_checksum(upload, checksum, *stated)
    owner, attributes = owned(upload, bucket.ownership, bucket_owner=bucket.owner)
    version = Version(
        sequence=s3.sequence,
        id=s3.version_id(bucket.versioning),
        last_modified=upload.initiated,
        owner=owner,
        body=Rope.concat(part.body for part in parts),
        etag=etag_of(part.etag for part in parts),
        checksum=checksum,
        attributes=attributes,
        parts=remembered(parts),
        upload=upload.sequence,
    )
    written = bucket.without_upload(upload)
    s3.commit(written.with_versions(written.versions.written(Key, version, bucket.versioning)))
    return _completed(bucket, Key, version)


@operation
def abort_multipart_upload(
    s3: Call, *, Bucket: str, Key: str, UploadId: str, **headers: Unpack[BucketHeaders]
) -> Members:
    """Forget an upload and its parts."""
    bucket = _bucket_of_upload(s3, Bucket, headers, "s3:AbortMultipartUpload", Key, UploadId)
    s3.commit(bucket.without_upload(upload_at(s3, bucket, Key, UploadId)))
    return {}


@operation
def list_parts(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    MaxParts: int = MOST_KEYS,
    PartNumberMarker: int = 0,
    **headers: Unpack[ListPartsHeaders],
) -> Members:
    """List the parts of an upload that have arrived, by number."""
    _check_count("max-parts", MaxParts)
    _check_count("part-number-marker", PartNumberMarker)
    bucket = _bucket_of_upload(s3, Bucket, headers, "s3:ListMultipartUploadParts", Key, UploadId)
    upload = upload_at(s3, bucket, Key, UploadId)
    if (customer := customer_key_in(headers)).is_given:
        check_part_key(upload.attributes.encryption, customer)
    limit = min(MaxParts, MOST_KEYS)
    found = [part for _, part in islice(upload.parts.scan(PartNumberMarker, after=True), limit + 1)]
    shown = found[:limit]
    answer: Members = {
        "Bucket": Bucket,
        "Key": Key,
        "UploadId": UploadId,
        "PartNumberMarker": PartNumberMarker,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": bool(shown) and len(found) > limit,
        "Parts": [_part_entry(upload, part) for part in shown],
    }
    return answer | _parties(bucket, upload) | _declaration(upload) | abort_members(bucket, upload)


@operation
def list_multipart_uploads(
    s3: Call,
    *,
    Bucket: str,
    KeyMarker: str = "",
    UploadIdMarker: str = "",
    MaxUploads: int = MOST_KEYS,
    **headers: Unpack[UploadSelection],
) -> Members:
    """List uploads in progress by key, then by time of initiation."""
    _check_count("max-uploads", MaxUploads)
    check_encoding_type(headers.get("EncodingType"))
    bucket = s3.bucket(Bucket, headers, "s3:ListBucketMultipartUploads")
    if not KeyMarker:
        UploadIdMarker = ""  # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
    limit = min(MaxUploads, MOST_KEYS)
    found = page_of(
        bucket.uploads,
        prefix=headers.get("Prefix", ""),
        delimiter=headers.get("Delimiter", ""),
        after=KeyMarker,
        after_upload=_marked(s3, KeyMarker, UploadIdMarker) if UploadIdMarker else None,
        limit=limit,
    )
    encoded = url_encoded if headers.get("EncodingType") == "url" else as_it_is
    answer: Members = {
        "Bucket": Bucket,
        "KeyMarker": encoded(KeyMarker),
        "UploadIdMarker": UploadIdMarker,
        "NextKeyMarker": "" if found.closing is None else encoded(found.closing.key),
        "NextUploadIdMarker": "" if found.closing is None else found.closing.id,
    }
    if delimiter := headers.get("Delimiter"):
        answer["Delimiter"] = encoded(delimiter)
    if prefix := headers.get("Prefix"):
        answer["Prefix"] = encoded(prefix)
    if "EncodingType" in headers:
        answer["EncodingType"] = headers["EncodingType"]
    return answer | {
        "MaxUploads": limit,
        "IsTruncated": found.is_truncated,
        "Uploads": [_upload_entry(bucket, upload, encoded(upload.key)) for _, upload in found.items],
        "CommonPrefixes": [{"Prefix": encoded(each)} for each in found.prefixes],
    }


def upload_at(s3: Call, bucket: Bucket, key: str, upload_id: str) -> MultipartUpload:
    """The upload of a key that a request means.

    Raises: NoSuchUpload.
    """
    upload = _find(s3, bucket, key, upload_id)
    if upload is None:
        raise NoSuchUpload(UploadId=upload_id)
    return upload


def _bucket_of_upload(s3: Call, name: str, headers: Mapping[str, Any], action: str, key: str, upload_id: str) -> Bucket:
    """Return the bucket, once the caller is known to be allowed `action` on an upload. Its initiator always is.

    Raises: KeyTooLongError, NoSuchBucket, AccessDenied.
    S3: userguide/mpuoverview.html, "Multipart upload API and permissions"
    """
    check_key(key)
    bucket = s3.existing_bucket(name, headers)
    upload = _find(s3, bucket, key, upload_id)
    s3.check_may(action, bucket, key, initiator=None if upload is None else upload.initiator)
    s3.check_pays(bucket, headers)
    return bucket


def _find(s3: Call, bucket: Bucket, key: str, upload_id: str) -> MultipartUpload | None:
    sequence = _sequence_of(s3, key, upload_id)
    return None if sequence is None else bucket.uploads.get((key, sequence))


def _sequence_of(s3: Call, key: str, upload_id: str) -> int | None:
    """The sequence number in the id of an upload of this key, be it gone; None for what is no such id."""
    sequence = s3.ids.sequence_of(upload_id[:32])
    return sequence if sequence is not None and s3.ids.upload_id(sequence, key) == upload_id else None


def _take(
    s3: Call, bucket: Bucket, upload: MultipartUpload, number: int, body: Rope, md5: bytes, checksum: str | None
) -> Part:
    """Commit a part that has arrived whole."""
    etag = md5.hex() if upload.attributes.encryption.keeps_md5 else s3.ids.opaque("etag", s3.sequence)
    part = Part(number, body, etag, checksum, s3.stamp)
    s3.commit(bucket.with_upload(upload.having(part)))
    return part


def _listed(document: Document[Members]) -> list[ListedPart]:
    """The parts that the body of a request lists. Raises: MalformedXML."""
    parts = document.read().get("Parts", [])
    return [_listed_part(each) for each in parts]


def _listed_part(each: Members) -> ListedPart:
    if "PartNumber" not in each or "ETag" not in each:
        raise MalformedXML
    values = {name.removeprefix("Checksum"): str(value) for name, value in each.items() if name in _CHECKSUMS}
    return ListedPart(each["PartNumber"], each["ETag"].strip('"'), values)


_CHECKSUMS = frozenset(ChecksumValues.__annotations__)


def _stated_checksum(headers: Mapping[str, object]) -> tuple[str, str] | None:
    """The algorithm and value of the checksum a caller states of the whole object, perhaps with a number of parts.

    Raises: InvalidRequest.
    """
    sent = {name: str(value) for name, value in headers.items() if name in _CHECKSUMS}
    algorithm = announced(None, {name: value.partition("-")[0] for name, value in sent.items()}, None).algorithm
    return None if algorithm is None else (algorithm, sent[f"Checksum{algorithm}"])


def _completed_before(
    s3: Call, bucket: Bucket, key: str, upload_id: str, document: Document[Members] | None
) -> Members:
    """The answer once more to a completion that was done, as long as its object is the current one of its key.

    Raises: NoSuchUpload.
    """
    sequence, current = _sequence_of(s3, key, upload_id), bucket.versions.current.get(key)
    if current is None or document is None or sequence is None or current.upload != sequence:
        raise NoSuchUpload(UploadId=upload_id)
    if not repeats(current, _listed(document)):
        raise NoSuchUpload(UploadId=upload_id)
    return _completed(bucket, key, current)


def _completed(bucket: Bucket, key: str, version: Version) -> Members:
    """What a completion answers."""
    suffix = PARTITIONS[partition_of(bucket.region)].suffix
    answer: Members = {
        "Location": f"https://{bucket.name}.s3.{bucket.region}.{suffix}/{quote(key, safe='')}",
        "Bucket": bucket.name,
        "Key": key,
        "ETag": f'"{version.etag}"',
    }
    answer |= _completed_encryption(version) | expiration_members(bucket, key, version)
    if bucket.versioning is Versioning.ENABLED:
        answer["VersionId"] = version.id
    return answer


def _completed_encryption(version: Version) -> Members:
    """What a completion tells of encryption and checksum.

    Under SSE-C neither, and under SSE-KMS no checksum, though reads tell it later.
    recorded: TestS3SSECEncryption::test_multipart_upload_sse_c, TestS3::test_s3_multipart_upload_sse
    """
    encryption = version.attributes.encryption
    if encryption.customer_key_md5 is not None:
        return {}
    shown = checksum_members(version.checksum) if encryption.keeps_md5 else {}
    return shown | encryption_members(encryption)


def _declaration(upload: MultipartUpload) -> Members:
    """The members that tell what checksum an upload declared, if it did."""
    if upload.algorithm is None or upload.type is None:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.type.value}


def _checksum_of_part(upload: MultipartUpload, part: Part) -> Members:
    """The checksum that is told of a part: the declared one, and none that was merely sent."""
    return {} if upload.algorithm is None else {f"Checksum{upload.algorithm}": part.checksum}


def _part_entry(upload: MultipartUpload, part: Part) -> Members:
    entry: Members = {
        "PartNumber": part.number,
        "LastModified": part.last_modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    return entry | _checksum_of_part(upload, part)


def _parties(bucket: Bucket, upload: MultipartUpload) -> Members:
    """Who began an upload, whose the object will be, and in which storage class."""
    initiator = upload.initiator
    return {
        "Initiator": {"ID": initiator.canonical_id, "DisplayName": initiator.account},
        "Owner": {"ID": canonical_id(owned(upload, bucket.ownership, bucket_owner=bucket.owner)[0])},
        "StorageClass": upload.attributes.storage_class,
    }


def _upload_entry(bucket: Bucket, upload: MultipartUpload, key: str) -> Members:
    entry: Members = {"UploadId": upload.id, "Key": key, "Initiated": upload.initiated}
    return entry | _parties(bucket, upload) | _declaration(upload)


def _marked(s3: Call, key: str, upload_id: str) -> int:
    """The sequence number of the upload after which a listing goes on, be that upload gone.

    Raises: InvalidArgument for the id of another key's upload.
    """
    sequence = _sequence_of(s3, key, upload_id)
    if sequence is None:
        # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
        raise InvalidArgument("Invalid uploadId marker", ArgumentName="upload-id-marker", ArgumentValue=upload_id)
    return sequence


def _check_count(name: str, value: int) -> None:
    if not 0 <= value <= MOST_INTEGER:
        raise InvalidArgument(
            f"Argument {name} must be an integer between 0 and {MOST_INTEGER}",
            ArgumentName=name,
            ArgumentValue=value,
        )
