"""Appending to objects of directory buckets: a PutObject with an offset.

The object gets the new bytes at its end, as a further part, in one commit. It keeps its metadata, and has a new ETag.

S3: userguide/directory-buckets-objects-append.html, API/API_PutObject.html
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fakes3.model import checksums
from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.directory_errors import EncryptionTypeMismatch, InvalidWriteOffset, TooManyParts
from fakes3.model.errors import InvalidRequest
from fakes3.model.not_modelled import not_modelled, not_of
from fakes3.model.numbers import read_int
from fakes3.model.uploads import MOST_PARTS, type_mismatch
from fakes3.model.versions import Checksum, ObjectPart, Version
from fakes3.operations.call import Call
from fakes3.operations.integrity import Integrity, ReceivedObject
from fakes3.operations.members import Body, ObjectHeaders
from fakes3.operations.write_headers import NewObject

OFFSET = "x-amz-write-offset-bytes"


def find_appended(
    bucket: Bucket, key: str, offset: str, new: NewObject, members: Mapping[str, Any], integrity: Integrity
) -> Version | None:
    """Return the object to which a request appends; None where it begins a new one.

    `members` are those of the request, `new` is the object that they describe.

    Raises: NotImplemented_ for a general purpose bucket and for metadata that the object does not have,
        InvalidWriteOffset, InvalidRequest, EncryptionTypeMismatch, TooManyParts.
    """
    if bucket.directory is None:
        raise not_of(OFFSET)
    current = bucket.versions.current.get(key)
    size = 0 if current is None else current.size
    if read_int(offset) != size:
        raise InvalidWriteOffset(
            reason=f"the object has {size} bytes, and data is appended at its end. Pass WriteOffsetBytes={size}."
        )
    if current is None:
        return None
    if members.get("Metadata"):
        raise InvalidRequest(
            "Cannot specify both a write offset value and user-defined object metadata for existing objects."
        )
    stored = dict(current.attributes.headers)
    for name in ObjectHeaders.__annotations__:
        # The only Content-Encoding that directory buckets take is that of the transfer.
        if name != "ContentEncoding" and name in members and members[name] != stored.get(name):
            raise not_modelled(name, f"{name} of data that is appended to an object with another")
    if new.attributes.encryption != current.attributes.encryption:
        raise EncryptionTypeMismatch
    kept = None if current.checksum is None else current.checksum.algorithm
    if integrity.algorithm is not None and kept is not None and integrity.algorithm != kept:
        raise type_mismatch(kept, integrity.algorithm)
    if max(1, len(current.parts)) >= MOST_PARTS:
        raise TooManyParts
    return current


def receive_appended(integrity: Integrity, body: Body, current: Version | None) -> ReceivedObject:
    """Read the bytes that are appended, with a checksum by the algorithm of the object's.

    Raises: InvalidRequest for none, and what `Integrity.receive` raises.
    """
    kept = None if current is None or current.checksum is None else current.checksum.algorithm
    if integrity.algorithm is not None or kept is None:
        received = integrity.receive(body)
    else:
        arrived = body.receive("MD5", kept)
        checksum = Checksum(kept, checksums.encode(arrived.digests[kept]))
        received = ReceivedObject(arrived.body, arrived.digests["MD5"], checksum)
    if not received.body:
        raise InvalidRequest("Request body cannot be empty when 'write offset' is specified.")
    return received


def append(s3: Call, bucket: Bucket, key: str, current: Version, received: ReceivedObject) -> Version:
    """Commit an object with the bytes that are appended to it, and return it."""
    body = Rope.concat((current.body, received.body))
    parts = current.parts or (_part(1, current.size, current.checksum),)
    version = replace(
        current,
        sequence=s3.sequence,
        last_modified=s3.stamp,
        body=body,
        etag=s3.ids.opaque("etag", s3.sequence),
        checksum=_checksum(current, received, body),
        parts=(*parts, _part(parts[-1].number + 1, len(received.body), received.checksum)),
        upload=None,
    )
    versions = bucket.versions.written(key, version, bucket.versioning)
    s3.commit(bucket.with_versions(versions), "ObjectCreated:Put", key, version)
    return version


def _part(number: int, size: int, checksum: Checksum | None) -> ObjectPart:
    return ObjectPart(number, size, None if checksum is None else checksum.value)


def _checksum(current: Version, received: ReceivedObject, body: Rope) -> Checksum:
    """Return the checksum of the whole object: that of a CRC follows from those of both ends."""
    first, second = current.checksum, received.checksum
    algorithm = second.algorithm
    combines = checksums.ChecksumType.FULL_OBJECT in checksums.ALGORITHMS[algorithm].types
    if first is None or first.type != "FULL_OBJECT" or not combines:
        return Checksum(algorithm, checksums.encode(checksums.digest_of(algorithm, body)))
    pieces = (b64decode(first.value), current.size), (b64decode(second.value), len(received.body))
    whole = checksums.combine(algorithm, pieces)
    return Checksum(algorithm, checksums.encode(whole))
