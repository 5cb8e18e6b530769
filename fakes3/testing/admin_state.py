"""What is in an S3, as the admin API tells it: buckets, their keys and versions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fakes3.model.configurations import thaw
from fakes3.model.listing import FIRST, LAST, Page, Place, page_of_scan
from fakes3.model.storage_classes import format_restore
from fakes3.model.versions import DeleteMarker, Entry, Versions
from fakes3.testing.fake import FakeS3
from fakes3.testing.views import BucketView, DeleteMarkerView, ObjectView

MOST_LISTED = 1000
"""The most keys, versions, uploads or calls of one answer."""

_MOST_LOOKED_AT = 100_000
"""The most versions that one search looks at, so that it keeps nobody waiting."""


def tell_buckets(fake: FakeS3) -> dict[str, Any]:
    """Return what is to be told of a whole S3."""
    buckets = [_tell_of_bucket(each) for each in fake.buckets.values()]
    return {"account": fake.account_id, "region": fake.region, "buckets": buckets}


def tell_bucket(view: BucketView) -> dict[str, Any]:
    """Return what is to be told of a bucket beside its keys."""
    bucket = view._bucket
    documents = bucket.configurations.documents.items()
    uploads = islice(bucket.uploads.values(), MOST_LISTED)
    return _tell_of_bucket(view) | {
        "configurations": [{"name": name, "id": id, "document": thaw(given)} for (name, id), given in documents],
        "policy": view.policy,
        "acl": _tell_grants(view),
        "access_points": [
            {"name": each.id.name, "account": each.id.account, "arn": each.arn, "alias": each.alias, "vpc": each.vpc}
            for each in view._service.world.access_points.at(bucket.name, bucket.owner)
        ],
        "uploads": [
            {"key": each.key, "upload_id": each.id, "initiated": each.initiated, "parts": len(each.parts)}
            for each in uploads
        ],
    }


def tell_keys(
    view: BucketView, *, limit: int, prefix: str = "", delimiter: str = "", after: str | None = None, search: str = ""
) -> dict[str, Any]:
    """Return a page of keys, those that a delete marker hides among them, and where the next one begins.

    Args:
        view: The bucket.
        limit: The most keys and common prefixes of the page.
        prefix: What all keys begin with.
        delimiter: The end of a common prefix.
        after: The key or common prefix after which the page begins.
        search: What all keys contain, in upper or lower case. Then no prefixes are told.
    """
    versions = view._bucket.versions
    if search:
        found, following = _search(versions, prefix, after, search.casefold(), limit)
    else:
        found = page_of_scan(
            lambda place: _newest(versions, place), prefix=prefix, delimiter=delimiter, after=after, limit=limit
        )
        following = found.last if found.is_truncated else None
    keys = [{"key": key} | _tell_newest(entry) for key, entry in found.items]
    return {"prefixes": found.prefixes, "keys": keys, "next": following}


def tell_versions(view: BucketView, key: str) -> dict[str, Any]:
    """Return what is to be told of the versions and delete markers of a key, newest first."""
    found = view.versions(key)
    told = [_tell_version(each, view) | {"is_latest": each is found[0]} for each in found[:MOST_LISTED]]
    return {"bucket": view.name, "key": key, "count": len(found), "versions": told}


def _tell_of_bucket(view: BucketView) -> dict[str, Any]:
    return {
        "name": view.name,
        "region": view.region,
        "owner": view.owner,
        "created": view.created,
        "objects": len(view),
        "versioning": view.versioning,
        "object_lock": view.object_lock,
        "ownership": view.ownership,
    }


def _newest(versions: Versions, place: Place) -> Iterator[tuple[str, Entry]]:
    """Yield the newest entry of each key after a place."""
    last: str | None = None
    for key, entry in versions.scan(place):
        if key != last:
            yield key, entry
        last = key


def _search(
    versions: Versions, prefix: str, after: str | None, wanted: str, limit: int
) -> tuple[Page[Entry], str | None]:
    """Return the next keys that contain a text, and the key after which to go on; None if there is no more."""
    found: Page[Entry] = Page()
    place = (prefix, FIRST) if after is None or after < prefix else (after, LAST)
    for number, (key, entry) in enumerate(_newest(versions, place), 1):
        if not key.startswith(prefix):
            break
        if wanted in key.casefold():
            found.items.append((key, entry))
        if len(found.items) == limit or number == _MOST_LOOKED_AT:
            return found, key
    return found, None


def _tell_newest(entry: Entry) -> dict[str, Any]:
    """Return what is to be told of the newest version of a key in a list of keys."""
    told: dict[str, Any] = {"version_id": entry.id, "last_modified": entry.last_modified}
    if isinstance(entry, DeleteMarker):
        return told | {"delete_marker": True}
    lock = entry.attributes.lock
    is_locked = bool(lock.retention or lock.legal_hold or lock.event_hold)
    return told | {
        "delete_marker": False,
        "size": entry.size,
        "storage_class": entry.attributes.storage_class,
        "lock": is_locked,
    }


def _tell_version(each: ObjectView | DeleteMarkerView, view: BucketView) -> dict[str, Any]:
    told: dict[str, Any] = {
        "version_id": each.version_id,
        "delete_marker": each.is_delete_marker,
        "last_modified": each.last_modified,
        "owner": each.owner,
    }
    if isinstance(each, DeleteMarkerView):
        return told
    version, retention, checksum = each._version, each.retention, each.checksum
    encryption = version.attributes.encryption
    return told | {
        "size": each.size,
        "etag": each.etag,
        "storage_class": each.storage_class,
        "headers": each.headers,
        "metadata": each.metadata,
        "tags": each.tags,
        "checksum": None if checksum is None else {"algorithm": checksum[0], "value": checksum[1]},
        "encryption": {
            "algorithm": encryption.algorithm,
            "kms_key": encryption.kms_key,
            "customer_key": encryption.customer_key_md5 is not None,
        },
        "retention": None if retention is None else {"mode": retention.mode, "until": retention.until},
        "legal_hold": each.legal_hold,
        "event_hold": each.event_hold,
        "redirect": version.attributes.redirect,
        "parts": len(version.parts),
        "restore": format_restore(version.restore, view._service.clock.now()),
        "acl": _tell_grants(each),
    }


def _tell_grants(view: BucketView | ObjectView) -> list[dict[str, str]]:
    return [{"grantee": grantee, "permission": permission} for grantee, permission in view.acl]
