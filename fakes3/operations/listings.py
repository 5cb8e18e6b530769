"""Listings of objects, in both versions of the API.

Both return the same page of keys. They differ in how the next page is asked for, and in when they show owners.

S3: API/API_ListObjectsV2.html, API/API_ListObjects.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypedDict, Unpack
from urllib.parse import quote_plus

from fakes3.model.bucket import Bucket
from fakes3.model.directory_listing import MOST, check_directory_selection, prefixes_of_uploads, unordered
from fakes3.model.errors import InvalidArgument
from fakes3.model.identity import canonical_id
from fakes3.model.listing import MOST_KEYS, Page, page, position_of, token_of
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.storage_classes import restore_status
from fakes3.model.versions import Version
from fakes3.operations.call import Call
from fakes3.operations.members import BucketHeaders, Members
from fakes3.operations.registry import operation

MOST_INTEGER = 2**31 - 1

_URL = "url"
"""The only encoding of keys that a listing can have."""

_SAFE = re.compile(r"[A-Za-z0-9_.~/-]*").fullmatch


class Selection(TypedDict, total=False):
    """Which keys a listing shows, and how many at a time."""

    Prefix: str
    Delimiter: str
    MaxKeys: int
    EncodingType: str


class ListHeaders(BucketHeaders, Selection, total=False):
    """The members that both listings of objects take."""

    OptionalObjectAttributes: list[str]


@operation
def list_objects(s3: Call, *, Bucket: str, Marker: str | None = None, **headers: Unpack[ListHeaders]) -> Members:
    """List the current objects of a bucket by key, from after `Marker`."""
    found, answer, contents = _list_page(s3, Bucket, headers, after=Marker or None, with_owner=True)
    encoded = encoder(headers)
    answer["Marker"] = encoded(Marker or "")
    if found.is_truncated and headers.get("Delimiter") and found.last is not None:
        answer["NextMarker"] = encoded(found.last)
    return answer | contents


@operation
def list_objects_v2(
    s3: Call,
    *,
    Bucket: str,
    ContinuationToken: str | None = None,
    StartAfter: str | None = None,
    FetchOwner: bool = False,
    **headers: Unpack[ListHeaders],
) -> Members:
    """List the current objects of a bucket by key, from a continuation token on or after the key `StartAfter`."""
    after = StartAfter or None if ContinuationToken is None else read_token(ContinuationToken)
    found, answer, contents = _list_page(s3, Bucket, headers, after=after, with_owner=FetchOwner)
    answer["KeyCount"] = len(found.items) + len(found.prefixes)
    if ContinuationToken is not None:
        answer["ContinuationToken"] = ContinuationToken
    elif StartAfter is not None:
        answer["StartAfter"] = encoder(headers)(StartAfter)
    if found.is_truncated and found.last is not None:
        answer["NextContinuationToken"] = token_of(found.last)
    return answer | contents


def read_token(token: str | None) -> str | None:
    """Return the key or name after which a continuation token goes on; None where there is no token.

    Raises: InvalidArgument for a token that S3 did not give out.
    """
    place = None if token is None else position_of(token)
    if token is not None and place is None:
        raise InvalidArgument("The continuation token provided is incorrect", ArgumentName="continuation-token")
    return place


def check_count(name: str, count: int) -> None:
    """Refuse a number in a parameter of a listing that S3 does not take."""
    if not 0 <= count <= MOST_INTEGER:
        raise InvalidArgument(
            f"Argument {name} must be an integer between 0 and {MOST_INTEGER}", ArgumentName=name, ArgumentValue=count
        )


def check_encoding_type(encoding_type: str | None) -> None:
    """Refuse every encoding of keys but `url`. Case does not matter: the AWS SDK for .NET 3 can only send `Url`."""
    if encoding_type is not None and encoding_type.lower() != _URL:
        raise InvalidArgument(
            "Invalid Encoding Method specified in Request", ArgumentName="encoding-type", ArgumentValue=encoding_type
        )


def url_encoded(key: str) -> str:
    """Return a key as `encoding-type=url` shows it: percent-encoded UTF-8, but slashes unchanged and spaces as `+`."""
    return key if _SAFE(key) else quote_plus(key, safe="/")


def encoder(headers: Mapping[str, object]) -> Callable[[str], str]:
    """Return the function that encodes keys as the request asks."""
    return url_encoded if "EncodingType" in headers else str


def check_selection(
    headers: ListHeaders, *, negative: str = f"Argument maxKeys must be an integer between 0 and {MOST_INTEGER}"
) -> int:
    """Return the most entries of a page, once the parameters of a listing are known to be right.

    `negative` is S3's text for a wrong number, which differs between listings.

    Raises: InvalidArgument.
    """
    max_keys = headers.get("MaxKeys", MOST_KEYS)
    if not 0 <= max_keys <= MOST_INTEGER:
        raise InvalidArgument(negative, ArgumentName="maxKeys", ArgumentValue=max_keys)
    check_encoding_type(headers.get("EncodingType"))
    _check_attributes(headers.get("OptionalObjectAttributes", []))
    return min(max_keys, MOST_KEYS)


def page_members(headers: Mapping[str, Any], found: Page[Any]) -> Members:
    """Return the members that all listings of a bucket have."""
    encoded = encoder(headers)
    prefixes = [{"Prefix": encoded(each)} for each in found.prefixes]
    answer: Members = {"IsTruncated": found.is_truncated, "CommonPrefixes": prefixes}
    if delimiter := headers.get("Delimiter"):
        answer["Delimiter"] = encoded(delimiter)
    if "EncodingType" in headers:
        answer["EncodingType"] = _URL
    return answer


def key_page_members(bucket_name: str, headers: Mapping[str, Any], found: Page[Any], limit: int) -> Members:
    """Return the members that listings of objects and of versions have."""
    prefix = encoder(headers)(headers.get("Prefix", ""))
    return {"Name": bucket_name, "Prefix": prefix, "MaxKeys": limit} | page_members(headers, found)


def entry_members(
    key: str, version: Version, *, owner: str | None = None, restore_at: datetime | None = None
) -> Members:
    """Return the members by which listings describe an object: its key as it is shown, and the rest.

    `owner` is a canonical id, `restore_at` the moment for which the restore is shown; None where it is not shown.
    """
    entry: Members = {
        "Key": key,
        "LastModified": version.last_modified,
        "ETag": f'"{version.etag}"',
        "Size": version.size,
        "StorageClass": version.attributes.storage_class,
    }
    if version.checksum is not None:
        entry["ChecksumAlgorithm"] = (version.checksum.algorithm,)
        entry["ChecksumType"] = version.checksum.type
    if owner is not None:
        entry["Owner"] = {"ID": owner}
    if restore_at is not None:
        entry["RestoreStatus"] = restore_status(version.restore, restore_at)
    return entry


def _list_page(
    s3: Call, bucket_name: str, headers: ListHeaders, *, after: str | None, with_owner: bool
) -> tuple[Page[Version], Members, Members]:
    """Return a page of objects, and the members of it that both listings return: those that come first, and the last.

    The objects come last, since clients read a document from its beginning: the AWS SDK for Java decodes a key by the
    encoding type before it. A request that nobody signed is told no owner.
    """
    limit = check_selection(headers)
    bucket = s3.bucket(bucket_name, headers, "s3:ListBucket")
    find = page if bucket.directory is None else partial(_find_unordered, s3, bucket)
    found = find(
        bucket.versions.current,
        prefix=headers.get("Prefix", ""),
        delimiter=headers.get("Delimiter", ""),
        after=after,
        limit=min(limit, s3.settings.longest_page),
    )
    encoded = encoder(headers)
    restore_at = s3.now if headers.get("OptionalObjectAttributes") else None
    with_owner = with_owner and s3.caller.account is not None
    contents = [
        entry_members(
            encoded(key),
            version,
            owner=canonical_id(bucket.owner_of(version)) if with_owner else None,
            restore_at=restore_at,
        )
        for key, version in found.items
    ]
    first: Members = {"BucketRegion": bucket.region} | key_page_members(bucket_name, headers, found, limit)
    return found, first, {"Contents": contents}


def _find_unordered(
    s3: Call,
    bucket: Bucket,
    entries: OrderedMap[str, Version],
    *,
    prefix: str,
    delimiter: str,
    after: str | None,
    limit: int,
) -> Page[Version]:
    """Return a page of a directory bucket, with the common prefixes of its uploads in progress."""
    check_directory_selection(prefix, delimiter)
    whole = page(entries, prefix=prefix, delimiter=delimiter, limit=MOST)
    also = prefixes_of_uploads(bucket.uploads, prefix, delimiter)
    return unordered(whole, also=also, after=after, limit=limit, rank=rank_by(s3))


def rank_by(s3: Call) -> Callable[[str], str]:
    """Return what the names in a listing of a directory bucket are ordered by."""
    return lambda name: s3.ids.opaque(name, 0)


def _check_attributes(wanted: list[str]) -> None:
    """Refuse attributes that listings do not have. `RestoreStatus` is shown only for archived objects."""
    for each in wanted:
        if each != "RestoreStatus":
            raise InvalidArgument(
                "Invalid attribute name specified.", ArgumentName="x-amz-optional-object-attributes", ArgumentValue=each
            )
