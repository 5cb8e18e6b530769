"""Multipart uploads: parts that arrive in any order and become one object, whole or not at all.

An upload is fixed when it begins: its key, what the object's headers will be, and how it is checked. Its parts come
and are replaced until it is completed with a list of some of them, or aborted. What an object of parts is called and
checked by follows from what its parts are called and checked by, so completing reads no byte of the body:

- The ETag is the MD5 of the parts' ETags, and their number.
- A COMPOSITE checksum is the checksum of the parts' checksums, and their number.
- A FULL_OBJECT checksum is the CRC of the whole body, which follows from the CRCs and sizes of the parts. An upload
  that declared no checksum gets one of these, a CRC64NVME, so S3 takes that of every part that arrives.

S3: userguide/mpuoverview.html, userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import md5
from itertools import pairwise
from typing import NamedTuple

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.checksums import ALGORITHMS, ChecksumType
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
from fakes3.model.listing import LAST, Page, Place, walked
from fakes3.model.numbers import read_int
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.ownership import Ownership
from fakes3.model.versions import Attributes, Checksum, Entry, ObjectPart, Version

SMALLEST_PART = 5 * 1024**2
"""The fewest bytes of a part, the last one aside. S3: userguide/qfacts.html"""

MOST_PARTS = 10_000
"""The largest part number, and so the most parts of an upload."""


class Part(NamedTuple):
    """A part that has arrived."""

    number: int
    body: Rope
    etag: str
    """The MD5 of its bytes, or something opaque where the encryption wants that."""
    checksum: str | None
    """Its checksum by the algorithm that the upload keeps."""
    last_modified: datetime

    @property
    def size(self) -> int:
        """The length of its body in bytes."""
        return len(self.body)


class MultipartUpload(NamedTuple):
    """An upload under way. Every part that arrives makes another value of it."""

    sequence: int
    """The sequence number of the commit that began it."""
    id: str
    key: str
    initiated: datetime
    initiator: Principal
    owner: str | None
    """The account whose the object will be, unless the bucket's owner is enforced by then."""
    attributes: Attributes
    algorithm: str | None = None
    """The checksum algorithm it declared, if it did."""
    type: ChecksumType | None = None
    found: int | None = None
    """The sequence number of the newest entry of its key when it began, if there was one."""
    parts: OrderedMap[int, Part] = OrderedMap()

    @property
    def kept_algorithm(self) -> str | None:
        """The algorithm of the checksums that are taken of its parts.

        An upload under a customer's key has no checksum but a declared one.
        recorded: TestS3SSECEncryption::test_multipart_upload_sse_c
        """
        if self.algorithm is None and self.attributes.encryption.customer_key_md5 is None:
            return checksums.DEFAULT_ALGORITHM
        return self.algorithm

    def having(self, part: Part) -> MultipartUpload:
        """The upload with this part, in the place of any other of its number."""
        return self._replace(parts=self.parts.set(part.number, part))


def owned(upload: MultipartUpload, ownership: Ownership | None, *, bucket_owner: str) -> tuple[str | None, Attributes]:
    """Whose the object of an upload is, and what it is given, in a bucket with this Object Ownership as it is now.

    Owner and ACL are fixed when the upload begins; what is completed while the bucket's owner is enforced has neither.
    """
    if ownership is not Ownership.ENFORCED:
        return upload.owner, upload.attributes
    attributes = upload.attributes
    return bucket_owner, attributes if attributes.acl is None else replace(attributes, acl=None)


# ---- What is judged when an upload begins ----


def declared(algorithm: str | None, wanted_type: str | None) -> tuple[str | None, ChecksumType | None]:
    """The checksum algorithm and type that an upload declares; upper and lower case are one.

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
        raise checksums.unsupported()
    if wanted_type is None:
        return known.name, known.default_type
    try:
        chosen_type = ChecksumType(wanted_type.upper())
    except ValueError:
        raise InvalidRequest("Value for x-amz-checksum-type header is invalid.") from None
    if chosen_type not in known.types:
        # recorded: TestS3MultipartUploadChecksum::test_multipart_checksum_type_compatibility
        raise InvalidRequest(
            f"The {chosen_type} checksum type cannot be used with the {known.name.lower()} checksum algorithm."
        )
    return known.name, chosen_type


# ---- What is judged when a part arrives ----

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]+)", re.ASCII)


def part_number(text: str) -> int:
    """The part number that a request names.

    Raises: InvalidArgument for what is none.
    """
    number = read_int(text)
    if number is None or not 1 <= number <= MOST_PARTS:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=text,
        )
    return number


def check_part_checksum(upload: MultipartUpload, sent: str | None) -> None:
    """Refuse a part whose checksum is of another algorithm than its upload declared.

    S3 computes what a part of a FULL_OBJECT upload comes without; a COMPOSITE one wants it sent.
    """
    if upload.algorithm is None or sent == upload.algorithm:
        return
    if sent is None and upload.type is ChecksumType.FULL_OBJECT:
        return
    actual = "null" if sent is None else sent.lower()
    raise _type_mismatch(upload.algorithm.lower(), actual)


def _type_mismatch(expected: str, actual: str) -> InvalidRequest:
    return InvalidRequest(
        f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
    )


def check_part_key(encryption: Encryption, customer: CustomerKey) -> None:
    """Refuse a part that does not bring the customer's key its upload began with, or one where none belongs.

    Raises: InvalidRequest, and what is wrong with the headers in themselves.
    """
    if customer.is_given != (encryption.customer_key_md5 is not None):
        raise InvalidRequest(
            "The multipart upload initiate requested encryption. "
            "Subsequent part requests must include the appropriate encryption parameters."
        )
    if customer.is_given:
        check_customer_headers(customer)
        if proven_md5(customer) != encryption.customer_key_md5:
            raise InvalidRequest("The provided encryption parameters did not match the ones used originally.")


def copy_range(header: str) -> range:
    """The byte positions an `x-amz-copy-source-range` names, both ends of which it must.

    Raises: InvalidArgument.
    """
    match = _RANGE.fullmatch(header)
    first, last = map(read_int, match.groups()) if match else (None, None)
    if first is None or last is None or first > last:
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=header,
        )
    return range(first, last + 1)


def check_copy_range(wanted: range, size: int) -> None:
    """Refuse a range that the source of a copy does not have to its end: it is not cut short, as a read's is."""
    if wanted.stop > size:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size}",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=f"bytes={wanted.start}-{wanted.stop - 1}",
        )


# ---- What is judged when an upload is completed ----


class ListedPart(NamedTuple):
    """A part as the list that completes an upload names it."""

    number: int
    etag: str
    """Without quotes."""
    checksums: Mapping[str, str]
    """By algorithm; S3 takes one at most."""


def check_listed(upload: MultipartUpload, listed: Sequence[ListedPart]) -> None:
    """Refuse a list of parts that is wrong in itself, whatever parts there are.

    Numbers may have gaps, but not where each part has a checksum of its own.
    Raises: MalformedXML, InvalidArgument, InvalidPartOrder.
    S3: API/API_CompleteMultipartUpload.html, API/API_CompletedPart.html
    """
    if not listed:
        raise MalformedXML
    for part in listed:
        if part.number < 1:
            raise InvalidArgument("PartNumber must be >= 1", ArgumentName="PartNumber", ArgumentValue=str(part.number))
    numbers = [part.number for part in listed]
    if any(number >= following for number, following in pairwise(numbers)):
        raise InvalidPartOrder(UploadId=upload.id)
    if upload.type is ChecksumType.COMPOSITE and numbers[-1] != len(numbers):
        raise InvalidPartOrder(UploadId=upload.id)
    for part in listed:
        if len(part.checksums) > 1 or not all(map(_is_base64, part.checksums.values())):
            raise InvalidArgument("Invalid Base64 or multiple checksums present in request", ArgumentName="Checksum")


def _is_base64(text: str) -> bool:
    try:
        return bool(b64decode(text, validate=True))
    except ValueError:
        return False


def chosen(upload: MultipartUpload, listed: Iterable[ListedPart]) -> tuple[Part, ...]:
    """The parts that a list names, each of which must be as the list says; others are left behind.

    Raises: InvalidPart, InvalidRequest, BadDigest, EntityTooSmall.
    """
    parts = tuple(_matching(upload, each) for each in listed)
    for part in parts[:-1]:
        if part.size < SMALLEST_PART:
            raise EntityTooSmall(
                ETag=part.etag, PartNumber=part.number, MinSizeAllowed=SMALLEST_PART, ProposedSize=part.size
            )
    return parts


def _matching(upload: MultipartUpload, listed: ListedPart) -> Part:
    part = upload.parts.get(listed.number)
    if part is None or part.etag != listed.etag or (listed.checksums and upload.algorithm is None):
        raise _invalid_part(upload, listed)
    for algorithm, value in listed.checksums.items():
        if algorithm != upload.algorithm:
            raise BadDigest(
                f"The {algorithm.lower()} you specified for part {listed.number} did not match what we received."
            )
        if value != part.checksum:
            raise _invalid_part(upload, listed)
    if not listed.checksums and upload.type is ChecksumType.COMPOSITE:
        # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
        raise InvalidRequest(
            f"The upload was created using a {(upload.algorithm or '').lower()} checksum. The complete request must "
            f"include the checksum for each part. It was missing for part {listed.number} in the request."
        )
    return part


def _invalid_part(upload: MultipartUpload, listed: ListedPart) -> InvalidPart:
    return InvalidPart(UploadId=upload.id, PartNumber=listed.number, ETag=listed.etag)


def check_stated_type(upload: MultipartUpload, stated: str | None) -> None:
    """Refuse to complete an upload with another checksum type than it began with."""
    if stated is not None and stated != upload.type:
        raise InvalidRequest(
            f"The upload was created using the {upload.type or 'null'} checksum mode. "
            "The complete request must use the same checksum mode."
        )


def check_stated_checksum(upload: MultipartUpload, checksum: Checksum | None, algorithm: str, stated: str) -> None:
    """Refuse to complete an upload to another object than the caller's checksum of all of it says.

    A composite checksum may be stated with or without the number of parts.
    """
    if checksum is None or algorithm != checksum.algorithm:
        raise _type_mismatch((upload.algorithm or "null").lower(), algorithm.lower())
    if stated not in {checksum.value, checksum.value.partition("-")[0]}:
        raise BadDigest(f"The {algorithm.lower()} you specified did not match the calculated checksum.")


def stated_size(text: str) -> int:
    """The size that an `x-amz-mp-object-size` states.

    Raises: InvalidRequest for what is none.
    """
    header = "Value for x-amz-mp-object-size header is"
    size = read_int(text, signed=True)
    if size is None:
        raise InvalidRequest(f"{header} invalid: '{text}'")
    if size < 0:
        raise InvalidRequest(f"{header} less than zero: '{text}'")
    return size


def check_stated_size(stated: int, parts: Iterable[Part]) -> None:
    """Refuse to complete an upload to an object of another size than the caller states."""
    # recorded: TestS3MultipartUploadChecksum::test_multipart_size_validation
    size = sum(part.size for part in parts)
    if stated != size:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {stated} does not match what was computed: {size}"
        )


def check_undisturbed(upload: MultipartUpload, latest: Entry | None, condition: str) -> None:
    """Refuse a conditional completion when its key was written or deleted since the upload began.

    The condition may well hold again: somebody may have put the very same bytes. The upload must be begun anew.
    S3: userguide/conditional-writes.html, "Conditional write behavior"
    """
    # recorded: TestS3ObjectWritePrecondition::test_multipart_if_match_with_put_identical
    if (None if latest is None else latest.sequence) != upload.found:
        raise ConditionalRequestConflict(Condition=condition, Key=upload.key)


def repeats(version: Version, listed: Sequence[ListedPart]) -> bool:
    """Say whether a list is the one that an object was completed with.

    A client that did not get the answer to its completion asks again, and gets it.
    S3: API/API_CompleteMultipartUpload.html
    """
    return (
        [part.number for part in listed] == [part.number for part in version.parts]
        and all(map(_is_md5, (part.etag for part in listed)))
        and etag_of(part.etag for part in listed) == version.etag
    )


def _is_md5(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


# ---- What an object of parts is called and checked by ----


def etag_of(etags: Iterable[str]) -> str:
    """The ETag of an object, of the ETags of its parts.

    >>> etag_of(["eee506dd7ada7ded524c77e359a0e7c6"])
    'b972025bc34adf8d76d6d51e93c035cc-1'
    """
    digests = [bytes.fromhex(etag) for etag in etags]
    return f"{md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def checksum_of(upload: MultipartUpload, parts: Iterable[Part]) -> Checksum | None:
    """The checksum of the object that these parts of an upload become; none where S3 keeps none of them."""
    algorithm = upload.kept_algorithm
    digests = [(b64decode(part.checksum), part.size) for part in parts if part.checksum is not None]
    if algorithm is None or not digests:
        return None
    if upload.type is ChecksumType.COMPOSITE:
        value = checksums.composite(algorithm, (digest for digest, _ in digests))
        return Checksum(algorithm, value, ChecksumType.COMPOSITE.value)
    whole = digests[0][0]
    for digest, size in digests[1:]:
        whole = checksums.combine(algorithm, whole, digest, size)
    return Checksum(algorithm, checksums.encode(whole))


def remembered(parts: Iterable[Part]) -> tuple[ObjectPart, ...]:
    """What an object remembers of the parts it was completed from."""
    return tuple(ObjectPart(part.number, part.size, part.checksum) for part in parts)


# ---- Reading an object by its parts ----


def span_of(version: Version, number: int) -> range:
    """The byte positions of a part of an object. One that was written in one go is its own first part.

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
    """The checksum that is told with one part of an object.

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
    """The first `limit` uploads and common prefixes that begin with `prefix` and come after the markers.

    `after` steps over every upload of that key, and over the whole common prefix it lies in; with `after_upload`, the
    sequence number of one of the key's uploads, the key's later ones are still told.
    S3: API/API_ListMultipartUploads.html
    """

    def scan(place: Place) -> Iterator[tuple[str, MultipartUpload]]:
        return ((key, upload) for (key, _), upload in uploads.scan(place, after=True))

    within = LAST if after_upload is None else after_upload
    return walked(scan, prefix=prefix, delimiter=delimiter, after=after or None, within=within, limit=limit)
