"""What the headers of a write set of an object, beside its bytes.

PutObject, CopyObject and CreateMultipartUpload take the same headers and judge them in the same way.

S3: API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fakes3.model.bucket import Bucket
from fakes3.model.encryption import SSE_S3, Encryption
from fakes3.model.errors import AccessDenied
from fakes3.model.identity import canonical_id
from fakes3.model.lock import UNLOCKED, Lock, check_bypass_applies, lock_of_write, stated_lock
from fakes3.model.metadata import as_stored, check_size, without_aws_chunked
from fakes3.model.ownership import check_acl_of_write
from fakes3.model.redirects import check_redirect
from fakes3.model.storage_classes import STANDARD, check_storage_class
from fakes3.model.tags import as_kept, check_tags, parsed_header
from fakes3.model.versions import Attributes, Pairs
from fakes3.operations.registry import Call, LockHeaders, Members, ObjectHeaders

DEFAULT_CONTENT_TYPE = "binary/octet-stream"

_SYSTEM = tuple(ObjectHeaders.__annotations__)
_SETTING = frozenset((*_SYSTEM, "StorageClass", "Tagging", "WebsiteRedirectLocation"))
_GRANTS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWriteACP": "x-amz-grant-write-acp",
}
_ACL = frozenset(("ACL", *_GRANTS))
_LOCK = frozenset(LockHeaders.__annotations__)
_ONLY_CONTENT_TYPE: Pairs = (("ContentType", DEFAULT_CONTENT_TYPE),)


def attributes_of(
    headers: Mapping[str, object],
    metadata: Mapping[str, str] | None,
    encryption: Encryption = SSE_S3,
    lock: Lock = UNLOCKED,
) -> Attributes:
    """The attributes that a write's headers and user metadata set, with the encryption and the lock they ask for.

    Raises: InvalidStorageClass, InvalidRedirectLocation, MetadataTooLarge, and what tags are refused with.
    """
    if not metadata and lock is UNLOCKED and headers.keys().isdisjoint(_SETTING):
        return encrypted(_PLAIN, encryption)
    return Attributes(
        storage_class=storage_class_of(headers),
        headers=system_metadata(headers),
        metadata=user_metadata(metadata),
        redirect=redirect_of(headers),
        tags=tags_of(headers),
        encryption=encryption,
        retention=lock.retention,
        legal_hold=lock.legal_hold,
    )


def attributes_of_copy(
    original: Attributes,
    headers: Mapping[str, object],
    metadata: Mapping[str, str] | None,
    encryption: Encryption,
    lock: Lock,
    *,
    replaces_metadata: bool,
    replaces_tags: bool,
) -> Attributes:
    """The attributes of a copy: what travels is of the original, all else is what the copy's own headers say.

    Storage class, redirect, encryption and lock never travel. What its directive says to copy is not looked at in the
    headers, whatever stands there.

    S3: API/API_CopyObject.html
    """
    return Attributes(
        storage_class=storage_class_of(headers),
        headers=system_metadata(headers) if replaces_metadata else original.headers,
        metadata=user_metadata(metadata) if replaces_metadata else original.metadata,
        redirect=redirect_of(headers),
        tags=tags_of(headers) if replaces_tags else original.tags,
        encryption=encryption,
        retention=lock.retention,
        legal_hold=lock.legal_hold,
    )


def check_acl(bucket: Bucket, headers: Mapping[str, object]) -> None:
    """Refuse a write with an ACL that the bucket does not take.

    Raises: AccessControlListNotSupported, InvalidArgument, InvalidRequest, MethodNotAllowed.
    """
    if headers.keys().isdisjoint(_ACL):
        return
    canned = str(headers["ACL"]) if "ACL" in headers else None
    grants = {header: str(headers[member]) for member, header in _GRANTS.items() if member in headers}
    check_acl_of_write(canned, grants, bucket_owner=canonical_id(bucket.owner))


def lock_of(s3: Call, bucket: Bucket, headers: Mapping[str, object]) -> Lock:
    """The lock of a version that is written: what the write's headers say, else the bucket's default.

    Raises: InvalidArgument, InvalidRequest, AccessDenied.
    """
    stated = UNLOCKED
    if not headers.keys().isdisjoint(_LOCK):
        said = {name: str(headers[name]) for name in _LOCK if name in headers}
        mode, until, hold = (said.get(name) for name in LockHeaders.__annotations__)
        stated = stated_lock(mode, until, hold, now=s3.now)
        if stated.retention is not None:
            s3.check_may("s3:PutObjectRetention", bucket)
        if stated.legal_hold is not None:
            s3.check_may("s3:PutObjectLegalHold", bucket)
    elif bucket.lock is None:
        return UNLOCKED
    return lock_of_write(bucket.lock, stated, created=s3.stamp)


def lock_members(s3: Call, bucket: Bucket, attributes: Attributes) -> Members:
    """The members by which reads tell the lock of a version, as far as the caller may know it."""
    answer: Members = {}
    if attributes.retention is not None and _is_permitted(s3, "s3:GetObjectRetention", bucket):
        answer["ObjectLockMode"] = attributes.retention.mode.value
        answer["ObjectLockRetainUntilDate"] = attributes.retention.until
    if attributes.legal_hold is not None and _is_permitted(s3, "s3:GetObjectLegalHold", bucket):
        answer["ObjectLockLegalHoldStatus"] = attributes.legal_hold.value
    return answer


def may_bypass(s3: Call, bucket: Bucket, wanted: bool | None) -> bool:
    """Whether the caller bypasses governance retention, which must be said and permitted.

    Raises: InvalidArgument for saying anything of it to a bucket without Object Lock, AccessDenied for one who says
        so without the permission.
    """
    check_bypass_applies(bucket.lock, wanted)
    if wanted:
        s3.check_may("s3:BypassGovernanceRetention", bucket)
    return bool(wanted)


def _is_permitted(s3: Call, action: str, bucket: Bucket) -> bool:
    try:
        s3.check_may(action, bucket)
    except AccessDenied:
        return False
    return True


def storage_class_of(headers: Mapping[str, object]) -> str:
    """The storage class a write asks for."""
    if "StorageClass" not in headers:
        return STANDARD
    storage_class = str(headers["StorageClass"])
    check_storage_class(storage_class)
    return storage_class


def redirect_of(headers: Mapping[str, object]) -> str | None:
    """The website redirect location a write sets."""
    if "WebsiteRedirectLocation" not in headers:
        return None
    location = str(headers["WebsiteRedirectLocation"])
    check_redirect(location)
    return location


def tags_of(headers: Mapping[str, object]) -> Pairs:
    """The tags a write sets."""
    if "Tagging" not in headers:
        return ()
    tags = parsed_header(str(headers["Tagging"]))
    check_tags(tags)
    return as_kept(tags)


def user_metadata(metadata: Mapping[str, str] | None) -> Pairs:
    """The user metadata a write sets, as S3 keeps it."""
    if not metadata:
        return ()
    kept = as_stored(metadata)
    check_size(kept)
    return kept


def encrypted(attributes: Attributes, encryption: Encryption) -> Attributes:
    """The attributes of an object that is written under this encryption."""
    return attributes if attributes.encryption is encryption else replace(attributes, encryption=encryption)


def system_metadata(headers: Mapping[str, object]) -> Pairs:
    """The headers S3 keeps as they were sent, with its default Content-Type."""
    sent = [(name, str(headers[name])) for name in _SYSTEM if name in headers]
    if not sent:
        return _ONLY_CONTENT_TYPE
    kept = without_aws_chunked(sent)
    return kept if "ContentType" in headers else kept + _ONLY_CONTENT_TYPE


_PLAIN = Attributes(headers=_ONLY_CONTENT_TYPE)
"""What most objects have; they share it."""
