"""What the headers of a write set of an object, beside its bytes.

PutObject, CopyObject and CreateMultipartUpload take the same headers and judge them in the same way.

S3: API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fakes3.model.acl import CANNED_FOR_OBJECTS, Acl, Wanted, wanted_in_headers
from fakes3.model.bucket import Bucket
from fakes3.model.encryption import SSE_S3, Encryption
from fakes3.model.identity import canonical_id
from fakes3.model.lock import UNLOCKED, Lock, check_bypass_applies, lock_of_write, stated_lock
from fakes3.model.metadata import as_stored, check_redirect, check_size, without_aws_chunked
from fakes3.model.ownership import Ownership, check_says_what_holds, owner_of_write
from fakes3.model.public_access import check_acl_of_write
from fakes3.model.regions import arn, partition_of
from fakes3.model.storage_classes import STANDARD, check_storage_class
from fakes3.model.tags import as_kept, check_tags, parsed_header
from fakes3.model.versions import Attributes, Pairs, Version
from fakes3.operations.registry import Call, LockHeaders, Members, ObjectHeaders

DEFAULT_CONTENT_TYPE = "binary/octet-stream"

_SYSTEM = tuple(ObjectHeaders.__annotations__)
_SETTING = frozenset((*_SYSTEM, "StorageClass", "Tagging", "WebsiteRedirectLocation"))
_GRANTS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}
_ACL = frozenset(("ACL", *_GRANTS))
_LOCK = frozenset(LockHeaders.__annotations__)
_RIGHTS = {
    "s3:PutObjectAcl": _ACL,
    "s3:PutObjectTagging": frozenset({"Tagging"}),
    "s3:PutObjectRetention": frozenset({"ObjectLockMode", "ObjectLockRetainUntilDate"}),
    "s3:PutObjectLegalHold": frozenset({"ObjectLockLegalHoldStatus"}),
}
"""What a write may set beside the object itself, and the action that a caller must be allowed to."""

_NEEDING_RIGHTS = frozenset[str]().union(*_RIGHTS.values())
_ONLY_CONTENT_TYPE: Pairs = (("ContentType", DEFAULT_CONTENT_TYPE),)


def attributes_of(
    headers: Mapping[str, object],
    metadata: Mapping[str, str] | None,
    encryption: Encryption = SSE_S3,
    lock: Lock = UNLOCKED,
    acl: Acl | None = None,
) -> Attributes:
    """The attributes that a write's headers and user metadata set, with what they ask for of encryption, lock, ACL.

    Raises: InvalidStorageClass, InvalidRedirectLocation, MetadataTooLarge, and what tags are refused with.
    """
    if not metadata and lock is UNLOCKED and acl is None and headers.keys().isdisjoint(_SETTING):
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
        acl=acl,
    )


def attributes_of_copy(
    original: Attributes,
    headers: Mapping[str, object],
    metadata: Mapping[str, str] | None,
    encryption: Encryption,
    lock: Lock,
    acl: Acl | None,
    *,
    replaces_metadata: bool,
    replaces_tags: bool,
) -> Attributes:
    """The attributes of a copy: what travels is of the original, all else is what the copy's own headers say.

    Storage class, redirect, encryption, lock and ACL never travel. What its directive says to copy is not looked at in
    the headers, whatever stands there.

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
        acl=acl,
    )


def owner_and_acl(
    s3: Call, bucket: Bucket, key: str, headers: Mapping[str, object], *, action: str = "s3:PutObject"
) -> tuple[str | None, Acl | None]:
    """The account that will own an object that is written to `key`, and the ACL the write gives it.

    Args:
        headers: The members of the request, among them those of `AclHeaders`.
        action: The action that an answer about blocked public ACLs names.

    Raises: AccessControlListNotSupported, InvalidArgument, InvalidRequest, MethodNotAllowed, AccessDenied.
    """
    wanted = wanted_acl(headers, CANNED_FOR_OBJECTS)
    canned = None if wanted is None else wanted.canned
    owner = owner_of_write(bucket.ownership, bucket_owner=bucket.owner, writer=s3.caller.account, canned=canned)
    return owner, None if wanted is None else acl_to_keep(s3, bucket, key, wanted, owner, action=action)


def acl_to_keep(
    s3: Call, bucket: Bucket, key: str | None, wanted: Wanted, owner: str | None, *, action: str
) -> Acl | None:
    """The ACL that a request gives to a bucket, or to an object of this owner in it.

    Raises: AccessControlListNotSupported, AccessDenied where it would be public and such ACLs are blocked.
    """
    bucket_owner = canonical_id(bucket.owner)
    if bucket.ownership is Ownership.ENFORCED:
        check_says_what_holds(wanted, bucket_owner=bucket_owner)
        return None
    acl = wanted.of(canonical_id(owner), bucket_owner=bucket_owner)
    resource = arn(partition_of(bucket.region), bucket.name, key)
    block = s3.world.blocked_in(bucket)
    check_acl_of_write(block, acl, caller=s3.caller, owner=bucket.owner, action=action, resource=resource)
    return acl


def wanted_acl(headers: Mapping[str, object], known: frozenset[str]) -> Wanted | None:
    """The ACL that the headers of a request ask for; None where they ask for none.

    Args:
        headers: The members of the request.
        known: The canned ACLs there are for what is written.

    Raises: InvalidArgument, InvalidRequest, MalformedACLError, MethodNotAllowed.
    """
    if headers.keys().isdisjoint(_ACL):
        return None
    canned = str(headers["ACL"]) if "ACL" in headers else None
    granted = {header: str(headers[member]) for member, header in _GRANTS.items() if member in headers}
    return wanted_in_headers(canned, granted, known)


def check_may_set(s3: Call, bucket: Bucket, key: str, headers: Mapping[str, object]) -> None:
    """Refuse a write whose caller may write the object, but not set what else the headers say of it.

    Raises: AccessDenied.
    S3: API/API_PutObject.html, "Permissions"
    """
    if headers.keys().isdisjoint(_NEEDING_RIGHTS):
        return
    for right, members in _RIGHTS.items():
        if not headers.keys().isdisjoint(members):
            s3.check_may(right, bucket, key, is_new=True)


def lock_of(s3: Call, bucket: Bucket, headers: Mapping[str, object]) -> Lock:
    """The lock of a version that is written: what the write's headers say, else the bucket's default.

    Raises: InvalidArgument, InvalidRequest, AccessDenied.
    """
    stated = UNLOCKED
    if not headers.keys().isdisjoint(_LOCK):
        said = {name: str(headers[name]) for name in _LOCK if name in headers}
        mode, until, hold = (said.get(name) for name in LockHeaders.__annotations__)
        stated = stated_lock(mode, until, hold, now=s3.now)
    elif bucket.lock is None:
        return UNLOCKED
    return lock_of_write(bucket.lock, stated, created=s3.stamp)


def lock_members(s3: Call, bucket: Bucket, key: str, version: Version) -> Members:
    """The members by which reads tell the lock of a version, as far as the caller may know it."""
    answer: Members = {}
    attributes = version.attributes
    if attributes.retention is not None and s3.may("s3:GetObjectRetention", bucket, key, version.id):
        answer["ObjectLockMode"] = attributes.retention.mode.value
        answer["ObjectLockRetainUntilDate"] = attributes.retention.until
    if attributes.legal_hold is not None and s3.may("s3:GetObjectLegalHold", bucket, key, version.id):
        answer["ObjectLockLegalHoldStatus"] = attributes.legal_hold.value
    return answer


def may_bypass(s3: Call, bucket: Bucket, key: str, wanted: bool | None) -> bool:
    """Whether the caller bypasses governance retention, which must be said and permitted.

    Raises: InvalidArgument for saying anything of it to a bucket without Object Lock, AccessDenied for one who says
        so without the permission.
    """
    check_bypass_applies(bucket.lock, wanted)
    if wanted:
        s3.check_may("s3:BypassGovernanceRetention", bucket, key)
    return bool(wanted)


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
