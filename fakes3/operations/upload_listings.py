"""Listings of multipart uploads in progress, and of the parts of one.

S3: API/API_ListMultipartUploads.html, API/API_ListParts.html
"""

from __future__ import annotations

from itertools import islice
from typing import Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.directory_listing import MOST, check_directory_selection, unordered
from fakes3.model.errors import InvalidArgument
from fakes3.model.identity import canonical_id
from fakes3.model.listing import MOST_KEYS, position_of, token_of
from fakes3.model.uploads import MultipartUpload, Part, check_part_key, owner_and_attributes, page_of
from fakes3.operations.call import Call
from fakes3.operations.encryption import read_customer_key
from fakes3.operations.listings import check_count, check_encoding_type, encoder, page_members, rank_by
from fakes3.operations.members import BucketHeaders, KeyedHeaders, Members
from fakes3.operations.registry import operation
from fakes3.operations.response_members import abort_members, declared_checksum_members, part_checksum_members
from fakes3.operations.uploads import sequence_of_upload, upload_for


class UploadSelection(BucketHeaders, total=False):
    """Which uploads a listing shows."""

    Prefix: str
    Delimiter: str
    EncodingType: str


@operation
def list_parts(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    MaxParts: int = MOST_KEYS,
    PartNumberMarker: int = 0,
    **headers: Unpack[KeyedHeaders],
) -> Members:
    """List the parts of an upload that have arrived, by number."""
    check_count("max-parts", MaxParts)
    check_count("part-number-marker", PartNumberMarker)
    bucket, upload = upload_for(s3, headers, "s3:ListMultipartUploadParts", Bucket, Key, UploadId)
    if (customer := read_customer_key(s3, headers)).is_given:
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
    return answer | _object_members(bucket, upload) | declared_checksum_members(upload) | abort_members(bucket, upload)


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
    check_count("max-uploads", MaxUploads)
    check_encoding_type(headers.get("EncodingType"))
    bucket = s3.bucket(Bucket, headers, "s3:ListBucketMultipartUploads")
    if not KeyMarker:
        UploadIdMarker = ""  # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
    limit = min(MaxUploads, MOST_KEYS)
    if bucket.directory is not None:
        return _list_unordered(s3, bucket, KeyMarker, headers, limit)
    found = page_of(
        bucket.uploads,
        prefix=headers.get("Prefix", ""),
        delimiter=headers.get("Delimiter", ""),
        after=KeyMarker,
        after_upload=_read_upload_marker(s3, KeyMarker, UploadIdMarker) if UploadIdMarker else None,
        limit=limit,
    )
    encoded = encoder(headers)
    answer: Members = {
        "Bucket": Bucket,
        "KeyMarker": encoded(KeyMarker),
        "UploadIdMarker": UploadIdMarker,
        "NextKeyMarker": "" if found.closing is None else encoded(found.closing.key),
        "NextUploadIdMarker": "" if found.closing is None else found.closing.id,
    }
    if prefix := headers.get("Prefix"):
        answer["Prefix"] = encoded(prefix)
    uploads = [_upload_entry(bucket, upload, encoded(upload.key)) for _, upload in found.items]
    return answer | {"MaxUploads": limit} | page_members(headers, found) | {"Uploads": uploads}


def _list_unordered(s3: Call, bucket: Bucket, marker: str, headers: UploadSelection, limit: int) -> Members:
    """Return a page of the uploads in progress of a directory bucket. Its markers are tokens, and there is no other.

    S3: API/API_ListMultipartUploads.html, "key-marker"
    """
    prefix, delimiter = headers.get("Prefix", ""), headers.get("Delimiter", "")
    check_directory_selection(prefix, delimiter)
    after = position_of(marker) if marker else None
    if marker and after is None:
        raise InvalidArgument(ArgumentName="key-marker", ArgumentValue=marker)
    whole = page_of(bucket.uploads, prefix=prefix, delimiter=delimiter, limit=MOST)
    name_of = lambda _, upload: upload.id  # noqa: E731 - ids have no slash, so no common prefix is one
    found = unordered(whole, name_of=name_of, after=after, limit=limit, rank=rank_by(s3))
    encoded = encoder(headers)
    answer: Members = {"Bucket": bucket.name, "KeyMarker": marker, "MaxUploads": limit}
    if found.is_truncated and found.last is not None:
        answer["NextKeyMarker"] = token_of(found.last)
    if prefix:
        answer["Prefix"] = encoded(prefix)
    uploads = [_upload_entry(bucket, upload, encoded(upload.key)) for _, upload in found.items]
    return answer | page_members(headers, found) | {"Uploads": uploads}


def _part_entry(upload: MultipartUpload, part: Part) -> Members:
    entry: Members = {
        "PartNumber": part.number,
        "LastModified": part.last_modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    return entry | part_checksum_members(upload, part)


def _upload_entry(bucket: Bucket, upload: MultipartUpload, key: str) -> Members:
    entry: Members = {"UploadId": upload.id, "Key": key, "Initiated": upload.initiated}
    return entry | _object_members(bucket, upload) | declared_checksum_members(upload)


def _object_members(bucket: Bucket, upload: MultipartUpload) -> Members:
    """Return the members that show who initiated an upload, and the owner and storage class of its future object."""
    initiator = upload.initiator
    return {
        "Initiator": {"ID": initiator.canonical_id, "DisplayName": initiator.account},
        "Owner": {"ID": canonical_id(owner_and_attributes(upload, bucket.ownership, bucket_owner=bucket.owner)[0])},
        "StorageClass": upload.attributes.storage_class,
    }


def _read_upload_marker(s3: Call, key: str, upload_id: str) -> int:
    """Return the sequence number of the upload after which a listing goes on. It need not be in progress any more.

    Raises: InvalidArgument for the id of another key's upload.
    """
    sequence = sequence_of_upload(s3, key, upload_id)
    if sequence is None:
        # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
        raise InvalidArgument("Invalid uploadId marker", ArgumentName="upload-id-marker", ArgumentValue=upload_id)
    return sequence
