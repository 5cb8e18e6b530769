"""Multipart uploads: parts that arrive in any order and become one object, whole or not at all.

The request that begins an upload fixes its key, the object's headers and the kind of checksum. Parts then arrive, in
any order, and replace earlier parts of their number. A list of parts completes the upload, or it is aborted. Completing
it reads no byte of the body, since the ETag and the checksum of the object follow from those of its parts:

- The ETag is the MD5 of the parts' ETags, and their number.
- A COMPOSITE checksum is the checksum of the parts' checksums, and their number.
- A FULL_OBJECT checksum is the CRC of the whole body, which follows from the CRCs and sizes of the parts. An upload
  that names no algorithm gets a CRC64NVME of this type, so S3 computes the CRC64NVME of every part that arrives.

S3: userguide/mpuoverview.html, userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import md5
from operator import lt
from typing import NamedTuple

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.checksums import ALGORITHMS, ChecksumType
from fakes3.model.dates import later
from fakes3.model.encryption import CustomerKey, Encryption, check_customer_headers, proven_md5
from fakes3.model.errors import (
    BadDigest,
    ConditionalRequestConflict,
    EntityTooSmall,
    InvalidArgument,
    InvalidPart,
    InvalidPartNumber,
    InvalidPartOrder,
    InvalidRequest,
    MalformedXML,
)
from fakes3.model.identity import Principal
from fakes3.model.listing import LAST, Page, Place, page_of_scan
from fakes3.model.numbers import read_int
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.ownership import Ownership
from fakes3.model.versions import Attributes, Checksum, Entry, ObjectPart, Version

MOST_PARTS = 10_000
"""The largest part number, and so the most parts of an upload."""

KNOWN_FOR = timedelta(hours=24)
"""How long an upload can be aborted once more after it has ended."""


class Part(NamedTuple):
    """A part that has arrived."""

    number: int
    body: Rope
    etag: str
    """The MD5 of its bytes; opaque under encryptions whose ETags are not an MD5."""
    checksum: str | None
    """Its checksum, by the upload's `kept_algorithm`."""
    last_modified: datetime

    @property
    def size(self) -> int:
        """The length of its body in bytes."""
        return len(self.body)


class MultipartUpload(NamedTuple):
    """An upload in progress, as it is at one moment."""

    sequence: int
    """The sequence number of the commit that began it."""
    id: str
    key: str
    initiated: datetime
    initiator: Principal
    owner: str | None
    """The account that will own the object, unless the bucket has BucketOwnerEnforced by then."""
    attributes: Attributes
    algorithm: str | None = None
    """The checksum algorithm that the caller chose; None for none."""
    type: ChecksumType | None = None
    found: int | None = None
    """The sequence number of the key's newest entry when the upload began; None if it had none."""
    parts: OrderedMap[int, Part] = OrderedMap()

    @property
    def kept_algorithm(self) -> str | None:
        """The algorithm of the checksums that S3 keeps of the parts; None if it keeps none.

        An upload under a customer's key has no checksum unless the caller chose an algorithm.
        recorded: TestS3SSECEncryption::test_multipart_upload_sse_c
        """
        if self.algorithm is None and self.attributes.encryption.customer_key_md5 is None:
            return checksums.DEFAULT_ALGORITHM
        return self.algorithm

    def with_part(self, part: Part) -> MultipartUpload:
        """Return the upload with this part instead of any earlier part of its number."""
        return self._replace(parts=self.parts.set(part.number, part))


class EndedUpload(NamedTuple):
    """What S3 still knows of an upload that was completed or aborted."""

    initiator: Principal
    ended: datetime

    def is_known(self, now: datetime) -> bool:
        """Whether S3 still knows the upload. So long it answers an abort as it answers the first one.

        Clients abort in a `finally` after the completion, and that succeeds for about 24 hours. The tests of the AWS
        SDK for .NET do so on S3.
        observed: minio/minio#2250, beyondstorage/go-storage#963
        """
        return now < later(self.ended, KNOWN_FOR)


def owner_and_attributes(
    upload: MultipartUpload, ownership: Ownership | None, *, bucket_owner: str
) -> tuple[str | None, Attributes]:
    """Return the owner and the attributes of the completed object, under the bucket's present Object Ownership.

    The request that begins the upload fixes both. While the bucket has BucketOwnerEnforced, neither its owner nor its
    ACL counts.
    """
    if ownership is not Ownership.ENFORCED:
        return upload.owner, upload.attributes
    attributes = upload.attributes
    return bucket_owner, attributes if attributes.acl is None else replace(attributes, acl=None)


# ---- Rules for beginning an upload ----


def choose_checksum(algorithm: str | None, wanted_type: str | None) -> tuple[str | None, ChecksumType | None]:
    """Return the checksum algorithm and type that the caller chooses for an upload. Case does not matter.

    Raises: InvalidRequest.
    S3: userguide/checking-object-integrity-upload.html, "Full object and composite checksum types"
    """
    if algorithm is None:
        if wanted_type is None:
            return None, None
        raise InvalidRequest(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )
    known = ALGORITHMS.get(algorithm.upper())
    if known is None:
        raise checksums.unsupported_algorithm()
    if wanted_type is None:
        return known.name, known.default_type
    wanted_type = wanted_type.upper()
    if wanted_type not in ChecksumType.__members__:
        raise InvalidRequest("Value for x-amz-checksum-type header is invalid.")
    if wanted_type not in known.types:
        # recorded: TestS3MultipartUploadChecksum::test_multipart_checksum_type_compatibility
        text = f"The {wanted_type} checksum type cannot be used with the {known.name.lower()} checksum algorithm."
        raise InvalidRequest(text)
    return known.name, ChecksumType(wanted_type)


# ---- Rules for a part ----

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]+)", re.ASCII)
_MD5 = re.compile(r"[0-9a-f]{32}")


def parse_part_number(text: str) -> int:
    """Read a part number. Raises: InvalidArgument."""
    number = read_int(text)
    if number is None or not 1 <= number <= MOST_PARTS:
        refusal = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise InvalidArgument(refusal, "partNumber", text)
    return number


def check_part_checksum(upload: MultipartUpload, sent: str | None) -> None:
    """Refuse a part whose checksum is of another algorithm than its upload's.

    S3 computes a missing checksum for a FULL_OBJECT upload. A COMPOSITE upload requires one for each part.
    """
    is_computed = sent is None and upload.type is ChecksumType.FULL_OBJECT
    if upload.algorithm is not None and sent != upload.algorithm and not is_computed:
        raise type_mismatch(upload.algorithm, sent)


def type_mismatch(expected: str | None, actual: str | None) -> InvalidRequest:
    """Return the error for a checksum of another algorithm than the one that is kept."""
    return InvalidRequest(
        f"Checksum Type mismatch occurred, expected checksum Type: {(expected or 'null').lower()}, "
        f"actual checksum Type: {(actual or 'null').lower()}"
    )


def check_part_key(encryption: Encryption, customer: CustomerKey) -> None:
    """Refuse a part without the customer's key of its upload, or with a key where the upload has none.

    Raises: InvalidRequest, and the errors of `check_customer_headers`.
    """
    if customer.is_given != (encryption.customer_key_md5 is not None):
        text = "The multipart upload initiate requested encryption."
        raise InvalidRequest(f"{text} Subsequent part requests must include the appropriate encryption parameters.")
    if customer.is_given:
        check_customer_headers(customer)
        if proven_md5(customer) != encryption.customer_key_md5:
            raise InvalidRequest("The provided encryption parameters did not match the ones used originally.")


def parse_copy_range(header: str) -> range:
    """Read an `x-amz-copy-source-range`, which must name both ends. Raises: InvalidArgument."""
    match = _RANGE.fullmatch(header)
    first, last = map(read_int, match.groups()) if match else (None, None)
    if first is None or last is None or first > last:
        text = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        raise InvalidArgument(text, "x-amz-copy-source-range", header)
    return range(first, last + 1)


def check_copy_range(wanted: range, size: int) -> None:
    """Refuse a range that begins or ends after the source of the copy. Only a range to read may end after it."""
    if wanted.start >= size:
        raise InvalidRequest("The specified copy range is invalid for the source object size")
    if wanted.stop > size:
        text = f"Range specified is not valid for source object of size: {size}"
        raise InvalidArgument(text, "x-amz-copy-source-range", f"bytes={wanted.start}-{wanted.stop - 1}")


# ---- Rules for completing an upload ----


class ListedPart(NamedTuple):
    """A part in the list that completes an upload."""

    number: int
    etag: str
    """Without quotes."""
    checksums: Mapping[str, str]
    """By algorithm. S3 accepts one at most."""


def check_listed(upload: MultipartUpload, listed: Sequence[ListedPart], *, may_have_gaps: bool = True) -> None:
    """Refuse a list of parts that no upload can have.

    Numbers may have gaps, except in a COMPOSITE upload and in a directory bucket, whose `may_have_gaps` is False.
    Raises: MalformedXML, InvalidArgument, InvalidPartOrder.
    S3: API/API_CompleteMultipartUpload.html, API/API_CompletedPart.html, userguide/s3-express-differences.html
    """
    if not listed:
        raise MalformedXML
    numbers = [part.number for part in listed]
    for number in numbers:
        if number < 1:
            raise InvalidArgument("PartNumber must be >= 1", "PartNumber", str(number))
    has_gaps = numbers[-1] != len(numbers)
    may_have_gaps = may_have_gaps and upload.type is not ChecksumType.COMPOSITE
    if not all(map(lt, numbers, numbers[1:])) or (has_gaps and not may_have_gaps):
        raise InvalidPartOrder(UploadId=upload.id)
    for stated in [part.checksums for part in listed if part.checksums]:
        if len(stated) > 1 or not all(map(_is_base64, stated.values())):
            raise InvalidArgument("Invalid Base64 or multiple checksums present in request", "Checksum")


def _is_base64(text: str) -> bool:
    try:
        return bool(a2b_base64(text, strict_mode=True))
    except ValueError:
        return False


def choose_parts(upload: MultipartUpload, listed: Iterable[ListedPart], smallest: int) -> tuple[Part, ...]:
    """Return the parts that a list names. Each must have the ETag and checksum that the list states.

    All but the last must have `smallest` bytes at least.
    Raises: InvalidPart, InvalidRequest, BadDigest, EntityTooSmall.
    """
    arrived = dict(upload.parts.items())
    parts = tuple([_check_part(upload, arrived.get(each.number), each) for each in listed])
    for part in parts[:-1]:
        if len(part.body) < smallest:
            raise EntityTooSmall(
                ETag=part.etag,
                PartNumber=part.number,
                MinSizeAllowed=smallest,
                ProposedSize=part.size,
                reason=f"part {part.number} has {part.size} bytes, and every part but the last needs {smallest}. "
                f"Upload larger parts, or let a test have small ones: mock_s3(min_part_size={part.size}).",
            )
    return parts


def _check_part(upload: MultipartUpload, part: Part | None, listed: ListedPart) -> Part:
    """Return a part that has arrived, if there is one, and it is what the list says it is."""
    number = listed.number
    if part is None or part.etag != listed.etag or (listed.checksums and upload.algorithm is None):
        raise InvalidPart(UploadId=upload.id, PartNumber=number, ETag=listed.etag)
    for algorithm, value in listed.checksums.items():
        if algorithm != upload.algorithm:
            raise BadDigest(f"The {algorithm.lower()} you specified for part {number} did not match what we received.")
        if value != part.checksum:
            raise InvalidPart(UploadId=upload.id, PartNumber=number, ETag=listed.etag)
    if not listed.checksums and upload.type is ChecksumType.COMPOSITE:
        # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
        raise InvalidRequest(
            f"The upload was created using a {(upload.algorithm or '').lower()} checksum. The complete request must "
            f"include the checksum for each part. It was missing for part {number} in the request."
        )
    return part


def check_stated_type(upload: MultipartUpload, stated: str | None) -> None:
    """Refuse to complete an upload with another checksum type than its own."""
    if stated is not None and stated != upload.type:
        text = f"The upload was created using the {upload.type or 'null'} checksum mode."
        raise InvalidRequest(f"{text} The complete request must use the same checksum mode.")


def check_stated_checksum(upload: MultipartUpload, checksum: Checksum | None, algorithm: str, stated: str) -> None:
    """Refuse to complete an upload to an object with another checksum than the caller states.

    A composite checksum may be stated with or without the number of parts. Where the upload declared no algorithm, a
    checksum by another than the one S3 chose is ignored.
    """
    if upload.algorithm is None and (checksum is None or algorithm != checksum.algorithm):
        return
    if checksum is None or algorithm != checksum.algorithm:
        raise type_mismatch(upload.algorithm, algorithm)
    if stated not in {checksum.value, checksum.value.partition("-")[0]}:
        raise BadDigest(f"The {algorithm.lower()} you specified did not match the calculated checksum.")


def parse_stated_size(text: str) -> int:
    """Read an `x-amz-mp-object-size`. Raises: InvalidRequest."""
    size = read_int(text, signed=True)
    if size is None or size < 0:
        problem = "invalid" if size is None else "less than zero"
        raise InvalidRequest(f"Value for x-amz-mp-object-size header is {problem}: '{text}'")
    return size


def check_stated_size(stated: int, parts: Iterable[Part]) -> None:
    """Refuse to complete an upload to an object of another size than the caller states."""
    # recorded: TestS3MultipartUploadChecksum::test_multipart_size_validation
    size = sum(part.size for part in parts)
    if stated != size:
        text = f"The provided 'x-amz-mp-object-size' header value {stated} does not match what was computed: {size}"
        raise InvalidRequest(text)


def check_undisturbed(upload: MultipartUpload, latest: Entry | None, condition: str) -> None:
    """Refuse a conditional completion when its key was written or deleted since the upload began.

    It does not matter whether the condition holds again, as after a put of the same bytes. The caller must begin a new
    upload.
    S3: userguide/conditional-writes.html, "Conditional write behavior"
    """
    # recorded: TestS3ObjectWritePrecondition::test_multipart_if_match_with_put_identical
    if (None if latest is None else latest.sequence) != upload.found:
        raise ConditionalRequestConflict(Condition=condition, Key=upload.key)


def is_repetition(version: Version, listed: Sequence[ListedPart]) -> bool:
    """Whether an object was completed with the same list.

    A client that lost the response to its completion may send it again, and gets the same response.
    S3: API/API_CompleteMultipartUpload.html
    """
    etags = [part.etag for part in listed]
    return (
        [part.number for part in listed] == [part.number for part in version.parts]
        and all(map(_MD5.fullmatch, etags))
        and (version.attributes.encryption.has_random_etags or etag_of(etags) == version.etag)
    )


# ---- ETags and checksums of completed objects ----


def etag_of(etags: Iterable[str]) -> str:
    """Return the ETag of an object from the ETags of its parts.

    >>> etag_of(["eee506dd7ada7ded524c77e359a0e7c6"])
    'b972025bc34adf8d76d6d51e93c035cc-1'
    """
    several = list(etags)
    return f"{md5(bytes.fromhex(''.join(several)), usedforsecurity=False).hexdigest()}-{len(several)}"


def checksum_of(upload: MultipartUpload, parts: Iterable[Part | ObjectPart]) -> Checksum | None:
    """Return the checksum of the object that these parts become; None if S3 keeps no checksum of the parts."""
    algorithm = upload.kept_algorithm
    digests = [(a2b_base64(part.checksum), part.size) for part in parts if part.checksum is not None]
    if algorithm is None or not digests:
        return None
    if upload.type is ChecksumType.COMPOSITE:
        value = checksums.composite(algorithm, (digest for digest, _ in digests))
        return Checksum(algorithm, value, ChecksumType.COMPOSITE.value)
    return Checksum(algorithm, checksums.encode(checksums.combine(algorithm, digests)))


def summarize_parts(parts: Iterable[Part]) -> tuple[ObjectPart, ...]:
    """Return what S3 keeps of the parts from which an object was completed."""
    return tuple([ObjectPart(part.number, part.size, part.checksum) for part in parts])


# ---- Reading an object by its parts ----


def span_of(version: Version, number: int) -> range:
    """Return the byte positions of a part of an object. An object written by one request is its own part 1.

    Raises: InvalidPartNumber.
    """
    if not version.parts and number == 1:
        return range(version.size)
    start = 0
    for part in version.parts:
        if part.number == number:
            return range(start, start + part.size)
        start += part.size
    raise InvalidPartNumber(ActualPartCount=len(version.parts) or 1, PartNumberRequested=number)


def part_checksum(version: Version, number: int) -> Checksum | None:
    """Return the checksum in the response to a read of one part of an object.

    recorded: TestS3::test_get_object_part, test_get_object_part_checksum
    """
    whole = version.checksum
    if whole is None or whole.type == ChecksumType.FULL_OBJECT:
        return whole if len(version.parts) <= 1 else None
    part = next(part for part in version.parts if part.number == number)
    return None if part.checksum is None else whole._replace(value=part.checksum)


# ---- Listing uploads ----


def page_of(
    uploads: OrderedMap[tuple[str, int], MultipartUpload],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    after_upload: int | None = None,
    limit: int,
) -> Page[MultipartUpload]:
    """Return the first `limit` uploads and common prefixes that begin with `prefix` and come after the markers.

    `after` skips every upload of that key, and the whole common prefix that contains it. `after_upload`, the sequence
    number of one of the key's uploads, skips the key's uploads only up to that one.
    S3: API/API_ListMultipartUploads.html
    """

    def scan(place: Place) -> Iterator[tuple[str, MultipartUpload]]:
        return ((key, upload) for (key, _), upload in uploads.scan(place, after=True))

    within = LAST if after_upload is None else after_upload
    return page_of_scan(scan, prefix=prefix, delimiter=delimiter, after=after or None, within=within, limit=limit)
