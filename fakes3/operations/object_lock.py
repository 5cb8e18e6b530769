"""Object Lock: the configuration of a bucket, retention and legal holds of versions.

What a lock forbids, and who may change it, is told in `model/lock.py`. Locks that come with a write are read in
`attributes.py`; deletes ask before they remove a version in `objects.py`.

S3: userguide/object-lock.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypedDict, Unpack

from fakes3.model.bucket import Bucket
from fakes3.model.errors import (
    MalformedXML,
    MissingRequestBodyError,
    NoSuchObjectLockConfiguration,
    ObjectLockConfigurationNotFoundError,
)
from fakes3.model.lock import (
    LegalHold as Hold,
)
from fakes3.model.lock import (
    LockConfiguration,
    check_has_lock,
    check_lockable,
    check_retention_change,
    default_retention,
    stated_retention,
)
from fakes3.model.names import check_key
from fakes3.model.versions import Attributes, Version, Versioning
from fakes3.operations.attributes import may_bypass
from fakes3.operations.lookup import object_to_change
from fakes3.operations.registry import Call, Common, Document, ExpectedOwner, Members, operation


class DefaultRetention(TypedDict, total=False):
    """The retention of versions whose writer names none."""

    Mode: str
    Days: int
    Years: int


class ObjectLockRule(TypedDict, total=False):
    """The one rule of a bucket."""

    DefaultRetention: DefaultRetention


class ObjectLockConfiguration(TypedDict, total=False):
    """The body of PutObjectLockConfiguration."""

    ObjectLockEnabled: str
    Rule: ObjectLockRule


class ObjectLockRetention(TypedDict, total=False):
    """The body of PutObjectRetention; an empty one removes the retention."""

    Mode: str
    RetainUntilDate: datetime


class ObjectLockLegalHold(TypedDict, total=False):
    """The body of PutObjectLegalHold."""

    Status: str


@operation
def put_object_lock_configuration(
    s3: Call,
    *,
    Bucket: str,
    ObjectLockConfiguration: Document[ObjectLockConfiguration] | None = None,
    **headers: Unpack[Common],
) -> Members:
    """Enable Object Lock for good, and set or remove the bucket's default retention.

    Versions that are there stay as they are.
    """
    bucket = s3.bucket(Bucket, to="s3:PutBucketObjectLockConfiguration", **headers)
    check_lockable(is_versioned=bucket.versioning is Versioning.ENABLED)
    if ObjectLockConfiguration is None:
        raise MissingRequestBodyError
    s3.commit(replace(bucket, lock=_configured(ObjectLockConfiguration.read())))
    return {}


@operation
def get_object_lock_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer that Object Lock is enabled, and the default retention if there is one."""
    lock = s3.bucket(Bucket, to="s3:GetBucketObjectLockConfiguration", **headers).lock
    if lock is None:
        raise ObjectLockConfigurationNotFoundError(BucketName=Bucket)
    configuration: Members = {"ObjectLockEnabled": "Enabled"}
    if lock.default is not None:
        rule = {"Mode": lock.default.mode.value, "Days": lock.default.days, "Years": lock.default.years}
        configuration["Rule"] = {"DefaultRetention": rule}
    return {"ObjectLockConfiguration": configuration}


@operation
def put_object_retention(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    Retention: Document[ObjectLockRetention] | None = None,
    VersionId: str | None = None,
    BypassGovernanceRetention: bool = False,
    **headers: Unpack[Common],
) -> Members:
    """Set how long a version is kept, or change that as far as its retention allows."""
    check_key(Key)
    bucket = s3.bucket(Bucket, to="s3:PutObjectRetention", key=Key, version_id=VersionId, **headers)
    check_has_lock(bucket.lock)
    version = object_to_change(s3, bucket, Key, VersionId)
    if Retention is None:
        raise MalformedXML
    wanted = Retention.read()
    retention = stated_retention(wanted.get("Mode"), wanted.get("RetainUntilDate"), now=s3.now)
    bypass = may_bypass(s3, bucket, Key, BypassGovernanceRetention)
    check_retention_change(version.attributes.retention, retention, now=s3.now, bypass_governance=bypass)
    _commit(s3, bucket, Key, version, replace(version.attributes, retention=retention))
    return {}


@operation
def get_object_retention(
    s3: Call, *, Bucket: str, Key: str, VersionId: str | None = None, **headers: Unpack[Common]
) -> Members:
    """Answer how long a version is kept, also when that time is over."""
    check_key(Key)
    bucket = s3.bucket(Bucket, to="s3:GetObjectRetention", key=Key, version_id=VersionId, **headers)
    check_has_lock(bucket.lock)
    retention = object_to_change(s3, bucket, Key, VersionId).attributes.retention
    if retention is None:
        raise NoSuchObjectLockConfiguration
    return {"Retention": {"Mode": retention.mode.value, "RetainUntilDate": retention.until}}


@operation
def put_object_legal_hold(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    LegalHold: Document[ObjectLockLegalHold] | None = None,
    VersionId: str | None = None,
    **headers: Unpack[Common],
) -> Members:
    """Put a legal hold on a version, or take it off."""
    check_key(Key)
    bucket = s3.bucket(Bucket, to="s3:PutObjectLegalHold", key=Key, version_id=VersionId, **headers)
    # Here the document comes first. recorded: TestS3ObjectLockLegalHold::test_put_object_legal_hold_exc
    wanted = None if LegalHold is None else LegalHold.read().get("Status")
    if wanted is None:
        raise MalformedXML
    check_has_lock(bucket.lock)
    version = object_to_change(s3, bucket, Key, VersionId)
    _commit(s3, bucket, Key, version, replace(version.attributes, legal_hold=Hold(wanted)))
    return {}


@operation
def get_object_legal_hold(
    s3: Call, *, Bucket: str, Key: str, VersionId: str | None = None, **headers: Unpack[Common]
) -> Members:
    """Answer whether a legal hold is on a version; of one that never had any there is nothing to answer."""
    check_key(Key)
    bucket = s3.bucket(Bucket, to="s3:GetObjectLegalHold", key=Key, version_id=VersionId, **headers)
    check_has_lock(bucket.lock)
    hold = object_to_change(s3, bucket, Key, VersionId).attributes.legal_hold
    if hold is None:
        raise NoSuchObjectLockConfiguration
    return {"LegalHold": {"Status": hold.value}}


def _configured(wanted: ObjectLockConfiguration) -> LockConfiguration:
    """The configuration that a document asks for. Raises: MalformedXML, InvalidArgument."""
    if "ObjectLockEnabled" not in wanted:
        raise MalformedXML
    if "Rule" not in wanted:
        return LockConfiguration()
    default = wanted["Rule"].get("DefaultRetention")
    if default is None:
        raise MalformedXML
    return LockConfiguration(default_retention(default.get("Mode"), default.get("Days"), default.get("Years")))


def _commit(s3: Call, bucket: Bucket, key: str, version: Version, attributes: Attributes) -> None:
    """Commit the version with these attributes, in its very place."""
    s3.commit(bucket.having(bucket.versions.replaced(key, version, replace(version, attributes=attributes))))
