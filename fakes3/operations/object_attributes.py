"""GetObjectAttributes: facts about an object, each only if the request names it.

S3: API/API_GetObjectAttributes.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from fakes3.model.errors import InvalidArgument, InvalidRequest
from fakes3.model.listing import MOST_KEYS
from fakes3.model.versions import Checksum, ObjectPart, Version
from fakes3.operations.call import Call, action_on
from fakes3.operations.encryption import check_may_decrypt
from fakes3.operations.listings import check_count
from fakes3.operations.lookup import object_at
from fakes3.operations.members import KeyedHeaders, Members
from fakes3.operations.registry import operation
from fakes3.operations.response_members import checksum_members, shown_version_id

NAMES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
"""The names of the attributes, in the order in which they are returned."""

HEADER = "x-amz-object-attributes"


@operation
def get_object_attributes(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    ObjectAttributes: Sequence[str] = (),
    VersionId: str | None = None,
    MaxParts: int = MOST_KEYS,
    PartNumberMarker: int = 0,
    **headers: Unpack[KeyedHeaders],
) -> Members:
    """Return the attributes of an object that the request names. An archived object has them too."""
    check_names(ObjectAttributes)
    check_count("x-amz-max-parts", MaxParts)
    check_count("x-amz-part-number-marker", PartNumberMarker)
    bucket = s3.bucket(Bucket, headers, action_on("s3:GetObject", VersionId), key=Key, version_id=VersionId)
    s3.check_may(action_on("s3:GetObjectAttributes", VersionId), bucket, Key, VersionId)
    version = object_at(s3, bucket, Key, VersionId)
    check_may_decrypt(s3, version.attributes.encryption, headers)
    found: Members = {
        "ETag": version.etag,
        "Checksum": _checksum(version),
        "ObjectParts": part_members(version, most=min(MaxParts, MOST_KEYS), after=PartNumberMarker),
        "StorageClass": version.attributes.storage_class,
        "ObjectSize": version.size,
    }
    answer: Members = {"LastModified": version.last_modified, "VersionId": shown_version_id(bucket, version)}
    return answer | {name: found[name] for name in NAMES if name in ObjectAttributes}


def check_names(wanted: Sequence[str]) -> None:
    """Refuse a request that names no attribute, or one that does not exist."""
    if not wanted:
        raise InvalidRequest(
            f"The {HEADER} header specifying the attributes to be retrieved is either missing or empty"
        )
    if not set(wanted) <= set(NAMES):
        raise InvalidArgument("Invalid attribute name specified.", ArgumentName=HEADER)


def part_members(version: Version, *, most: int, after: int) -> Members | None:
    """Return the members that show the parts of a completed object; None for an object without parts.

    The single parts are shown only where the object has a composite checksum.
    """
    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
    if not version.parts:
        return None
    answer: Members = {"TotalPartsCount": len(version.parts)}
    checksum = version.checksum
    if checksum is None or checksum.type != "COMPOSITE":
        return answer
    following = [part for part in version.parts if part.number > after]
    shown = following[:most]
    return answer | {
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": len(following) > len(shown),
        "Parts": [_part(part, checksum) for part in shown],
    }


def _part(part: ObjectPart, checksum: Checksum) -> Members:
    return {"PartNumber": part.number, "Size": part.size, f"Checksum{checksum.algorithm}": part.checksum}


def _checksum(version: Version) -> Members | None:
    """Return the members that show the checksum; a composite one without the number of parts at its end."""
    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
    checksum = version.checksum
    return None if checksum is None else checksum_members(checksum._replace(value=checksum.value.partition("-")[0]))
