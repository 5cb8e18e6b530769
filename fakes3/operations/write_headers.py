"""The headers of a write: what they set of the object beside its bytes.

PutObject, CopyObject and CreateMultipartUpload take the same headers, and `prepare_write` judges them in one order.

S3: API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from fakes3.model.acl import CANNED_FOR_OBJECTS, Acl, RequestedAcl, parse_acl_headers
from fakes3.model.bucket import Bucket
from fakes3.model.encryption import AES256, SSE_S3, Encryption
from fakes3.model.identity import canonical_id
from fakes3.model.lock import UNLOCKED, Lock, check_bypass_applies, choose_lock, parse_lock_headers
from fakes3.model.metadata import AWS_CHUNKED, check_redirect, check_size, parse_metadata, remove_aws_chunked
from fakes3.model.ownership import Ownership, check_acl_while_enforced, owner_of_write
from fakes3.model.public_access import check_acl_of_write
from fakes3.model.regions import arn, partition_of
from fakes3.model.storage_classes import STANDARD, check_storage_class
from fakes3.model.tags import check_tags, parse_tagging, sort_tags
from fakes3.model.versions import Attributes, Pairs
from fakes3.operations.call import Call
from fakes3.operations.encryption import read_encryption
from fakes3.operations.members import GRANT_HEADERS, EncryptionHeaders, LockHeaders, ObjectHeaders

DEFAULT_CONTENT_TYPE = "binary/octet-stream"

_SYSTEM = tuple(ObjectHeaders.__annotations__)
_SETTING = frozenset((*_SYSTEM, "StorageClass", "Tagging", "WebsiteRedirectLocation"))
_ACL = frozenset(("ACL", *GRANT_HEADERS))
_LOCK = frozenset(LockHeaders.__annotations__)
_RIGHTS = {
    "s3:PutObjectAcl": _ACL,
    "s3:PutObjectTagging": frozenset({"Tagging"}),
    "s3:PutObjectRetention": _LOCK - {"ObjectLockLegalHoldStatus"},
    "s3:PutObjectLegalHold": frozenset({"ObjectLockLegalHoldStatus"}),
}
"""The actions that a caller must be allowed beside the write itself, each with the headers that need it."""

_NEEDING_RIGHTS = frozenset[str]().union(*_RIGHTS.values())
_ANY_SETTING = frozenset((*_SETTING, *_ACL, *_LOCK, *EncryptionHeaders.__annotations__))
_ONLY_CONTENT_TYPE: Pairs = (("ContentType", DEFAULT_CONTENT_TYPE),)
_PLAIN = Attributes(headers=_ONLY_CONTENT_TYPE)
"""The attributes that most objects have, and share."""


class NewObject(NamedTuple):
    """A new object before its bytes have arrived: the account that will own it, its attributes and its lock."""

    owner: str | None
    """None where an anonymous caller writes it."""
    attributes: Attributes
    lock: Lock


def prepare_write(
    s3: Call,
    bucket: Bucket,
    key: str,
    headers: Mapping[str, Any],
    metadata: Mapping[str, str] | None,
    *,
    action: str = "s3:PutObject",
    ignored: frozenset[str] = frozenset(),
) -> NewObject:
    """Return the new object that the headers of a write describe.

    They are judged in this order: rights, ACL, lock, encryption, then all else. `action` is the one that S3 names where
    it refuses a public ACL or a customer's key. A copy takes the values of the `ignored` members from its source.

    Raises: AccessDenied, AccessControlListNotSupported, InvalidArgument, InvalidRequest, MethodNotAllowed,
        InvalidEncryptionAlgorithmError, KMSNotFoundException, InvalidStorageClass, InvalidRedirectLocation,
        MetadataTooLarge, and the errors of `check_tags`.
    """
    if not metadata and _sets_nothing(headers) and _is_plain(bucket):
        owner = owner_of_write(bucket.ownership, bucket_owner=bucket.owner, writer=s3.caller.account, canned=None)
        return NewObject(owner, _PLAIN, UNLOCKED)  # as most writes
    check_may_set(s3, bucket, key, headers)
    wanted = read_acl(headers, CANNED_FOR_OBJECTS)
    canned = None if wanted is None else wanted.canned
    owner = owner_of_write(bucket.ownership, bucket_owner=bucket.owner, writer=s3.caller.account, canned=canned)
    acl = None
    if wanted is not None:
        by_owner = s3.caller.account == bucket.owner
        acl = judge_acl(s3, bucket, key, wanted, owner, action=action, takes_private=by_owner)
    lock = read_lock(s3, bucket, headers)
    encryption = read_encryption(s3, bucket, headers, key=key, action=action)
    if ignored:
        headers = {name: value for name, value in headers.items() if name not in ignored}
    if bucket.directory is None:
        return NewObject(owner, read_attributes(headers, metadata, encryption, lock, acl), lock)
    only_class = bucket.directory.storage_class
    check_storage_class(headers.get("StorageClass", only_class), {only_class})
    headers = {name: value for name, value in headers.items() if name != "StorageClass"}
    attributes = read_attributes(headers, metadata, encryption)
    return NewObject(owner, replace(attributes, storage_class=only_class), lock)


def _sets_nothing(headers: Mapping[str, Any]) -> bool:
    """Whether the headers of a write set nothing of the object. A coding of the transfer does not."""
    found = headers.keys() & _ANY_SETTING
    return not found or (len(found) == 1 and headers.get("ContentEncoding") == AWS_CHUNKED)


def _is_plain(bucket: Bucket) -> bool:
    """Whether a bucket gives what is written nothing by itself, but SSE-S3."""
    configurations = bucket.configurations
    return configurations.lock is None and bucket.directory is None and configurations.encryption.algorithm == AES256


def read_attributes(
    headers: Mapping[str, Any],
    metadata: Mapping[str, str] | None,
    encryption: Encryption = SSE_S3,
    lock: Lock = UNLOCKED,
    acl: Acl | None = None,
) -> Attributes:
    """Return the attributes that a write's headers and user metadata set, with its encryption, lock and ACL.

    Raises: InvalidStorageClass, InvalidRedirectLocation, MetadataTooLarge, and the errors of `check_tags`.
    """
    if not metadata and lock is UNLOCKED and acl is None and headers.keys().isdisjoint(_SETTING):
        return _PLAIN if encryption is _PLAIN.encryption else replace(_PLAIN, encryption=encryption)
    storage_class, redirect = headers.get("StorageClass", STANDARD), headers.get("WebsiteRedirectLocation")
    check_storage_class(storage_class)
    user_metadata = parse_metadata(metadata or {})
    check_size(user_metadata)
    if redirect is not None:
        check_redirect(redirect)
    tags = parse_tagging(headers.get("Tagging", ""))
    check_tags(tags)
    return Attributes(
        storage_class=storage_class,
        headers=_read_system_metadata(headers),
        metadata=user_metadata,
        redirect=redirect,
        tags=sort_tags(tags),
        encryption=encryption,
        retention=lock.retention,
        legal_hold=lock.legal_hold,
        event_hold=lock.event_hold,
        acl=acl,
    )


def judge_acl(
    s3: Call,
    bucket: Bucket,
    key: str | None,
    wanted: RequestedAcl,
    owner: str | None,
    *,
    action: str,
    takes_private: bool = False,
) -> Acl | None:
    """Return the ACL that an object, or a bucket where `key` is None, has after a request asked for one.

    `owner` is the account that owns it, `action` the one that S3 names where it refuses a public ACL. `takes_private`
    says that `private` is accepted even where ACLs are switched off.

    Raises: AccessControlListNotSupported, AccessDenied where public ACLs are blocked.
    """
    bucket_owner = canonical_id(bucket.owner)
    if bucket.ownership is Ownership.ENFORCED:
        check_acl_while_enforced(wanted, bucket_owner=bucket_owner, takes_private=takes_private)
        return None
    acl = wanted.of(canonical_id(owner), bucket_owner=bucket_owner)
    resource = arn(partition_of(bucket.region), bucket.name, key)
    block = s3.blocked_in(bucket)
    check_acl_of_write(block, acl, caller=s3.caller, owner=bucket.owner, action=action, resource=resource)
    return acl


def read_acl(headers: Mapping[str, object], canned: frozenset[str]) -> RequestedAcl | None:
    """Return the ACL that the headers of a request ask for; None where they ask for none.

    `canned` are the canned ACLs that exist for a bucket, or for an object.

    Raises: InvalidArgument, InvalidRequest, MalformedACLError, MethodNotAllowed.
    """
    if headers.keys().isdisjoint(_ACL):
        return None
    name = str(headers["ACL"]) if "ACL" in headers else None
    grants = {header: str(headers[member]) for member, header in GRANT_HEADERS.items() if member in headers}
    return parse_acl_headers(name, grants, canned)


def check_may_set(s3: Call, bucket: Bucket, key: str, headers: Mapping[str, object]) -> None:
    """Refuse a caller who is not allowed to set what the headers of a write set.

    Raises: AccessDenied.
    S3: API/API_PutObject.html, "Permissions"
    """
    if headers.keys().isdisjoint(_NEEDING_RIGHTS):
        return
    for right, members in _RIGHTS.items():
        if not headers.keys().isdisjoint(members):
            s3.check_may(right, bucket, key, is_new=True)


def read_lock(s3: Call, bucket: Bucket, headers: Mapping[str, Any]) -> Lock:
    """Return the lock of a version that is written: what the headers say, else the bucket's default.

    Raises: InvalidArgument, InvalidRequest.
    """
    asked = UNLOCKED
    if not headers.keys().isdisjoint(_LOCK):
        mode, until = headers.get("ObjectLockMode"), headers.get("ObjectLockRetainUntilDate")
        hold, event_hold = headers.get("ObjectLockLegalHoldStatus"), _read_event_hold(headers)
        asked = parse_lock_headers(mode, until, hold, event_hold, now=s3.now)
    elif bucket.lock is None:
        return UNLOCKED
    return choose_lock(bucket.lock, asked, created=s3.stamp)


def _read_event_hold(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an event hold as the document of PutObjectRetention has them."""
    prefix = "ObjectLockEventHoldDuration"
    duration = {unit: headers[prefix + unit] for unit in ("Days", "Years") if prefix + unit in headers}
    found: dict[str, Any] = {"EventHoldDuration": duration} if duration else {}
    return found | ({"EventHold": headers["ObjectLockEventHold"]} if "ObjectLockEventHold" in headers else {})


def check_bypass(s3: Call, bucket: Bucket, key: str, wanted: bool | None) -> bool:
    """Whether a request bypasses governance retention: it asks for that, and the caller is allowed to.

    Raises: InvalidArgument where the bucket has no Object Lock and the request mentions a bypass; AccessDenied.
    """
    check_bypass_applies(bucket.lock, wanted)
    if wanted:
        s3.check_may("s3:BypassGovernanceRetention", bucket, key)
    return bool(wanted)


def _read_system_metadata(headers: Mapping[str, object]) -> Pairs:
    """Return the system metadata that a write sets, with S3's default Content-Type."""
    sent = [(name, str(headers[name])) for name in _SYSTEM if name in headers]
    if not sent:
        return _ONLY_CONTENT_TYPE
    kept = remove_aws_chunked(sent)
    return kept if "ContentType" in headers else kept + _ONLY_CONTENT_TYPE
