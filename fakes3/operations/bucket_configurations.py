"""The configurations of a bucket, a row each. What a row can say, and in which order it is judged: `configurations.py`.

What a configuration does is in the model: `model/lifecycle_rules.py`, `model/lock.py`, `model/ownership.py`, ...
The policy of a bucket is text and no document of the API, so it has operations of its own (`policies.py`).
"""

from __future__ import annotations

from fakes3.model import configurations, encryption, lifecycle_rules, lock, ownership, public_access
from fakes3.model.bucket import Bucket
from fakes3.model.configurations import Document
from fakes3.model.errors import (
    AccessDenied,
    IllegalVersioningConfigurationException,
    MalformedXML,
    NoSuchLifecycleConfiguration,
    NoSuchPublicAccessBlockConfiguration,
    ObjectLockConfigurationNotFoundError,
    OwnershipControlsNotFoundError,
    ServerSideEncryptionConfigurationNotFoundError,
)
from fakes3.model.identity import canonical_id
from fakes3.model.ownership import Ownership
from fakes3.model.versions import Versioning
from fakes3.operations.call import Call
from fakes3.operations.configurations import Configuration, declare
from fakes3.operations.members import Members

# ---- Versioning. S3: API/API_PutBucketVersioning.html, userguide/Versioning.html ----


def _check_versioning(_: Call, bucket: Bucket, document: Members) -> Members:
    """Versioning is enabled or suspended. There is no way back to a bucket that never had it."""
    if "MFA" in document or document.get("MFADelete") == "Enabled":
        # Only the root user with a device at hand may change MFA delete, and here nobody has a device.
        raise AccessDenied(
            "This operation may only be performed by the bucket owner",
            reason="MFA delete is changed with a device that nobody has here. Leave out MFA and MFADelete.",
        )
    if "Status" not in document:
        raise IllegalVersioningConfigurationException
    if document["Status"] == Versioning.SUSPENDED:
        lock.check_suspendable(bucket.lock)
    return {"Status": document["Status"]}


declare(
    Configuration(
        configurations.VERSIONING,
        "VersioningConfiguration",
        may_put="s3:PutBucketVersioning",
        may_get="s3:GetBucketVersioning",
        beside=("MFA",),
        check=_check_versioning,
    )
)


# ---- Object Lock. S3: API/API_PutObjectLockConfiguration.html, userguide/object-lock.html ----


def _check_lockable(bucket: Bucket) -> None:
    lock.check_lockable(is_versioned=bucket.versioning is Versioning.ENABLED)


def _check_lock(_: Call, _bucket: Bucket, document: Members) -> Members:
    """Object Lock is enabled for good. Versions that exist already stay as they are."""
    lock.check_configuration(document)
    document.pop("RequestPayer", None)
    return document


declare(
    Configuration(
        configurations.LOCK,
        "ObjectLockConfiguration",
        may_put="s3:PutBucketObjectLockConfiguration",
        may_get="s3:GetBucketObjectLockConfiguration",
        missing=ObjectLockConfigurationNotFoundError,
        is_wrapped=True,
        beside=("RequestPayer",),
        applies=_check_lockable,
        check=_check_lock,
    )
)


# ---- Lifecycle. S3: API/API_PutBucketLifecycleConfiguration.html ----


def _check_lifecycle(s3: Call, _: Bucket, document: Members) -> Members:
    """A rule without an ID gets one. Rules run from the next midnight on, also on what exists already."""
    rules = [
        {"ID": rule.get("ID") or s3.ids.opaque(f"rule {number}", s3.sequence)} | _but_id(rule)
        for number, rule in enumerate(document["Rules"])
    ]
    minimum = document.get("TransitionDefaultMinimumObjectSize", lifecycle_rules.OF_ALL_CLASSES)
    completed = {"Rules": rules, "TransitionDefaultMinimumObjectSize": minimum}
    lifecycle_rules.check_configuration(completed)
    return completed


def _but_id(rule: Document) -> Members:
    return {name: value for name, value in rule.items() if name != "ID"}


def _run_lifecycle(s3: Call) -> None:
    s3.world = s3.world.with_lifecycle(s3.now)


declare(
    Configuration(
        configurations.LIFECYCLE,
        "LifecycleConfiguration",
        may_put="s3:PutLifecycleConfiguration",
        may_get="s3:GetLifecycleConfiguration",
        may_delete="s3:PutLifecycleConfiguration",
        missing=NoSuchLifecycleConfiguration,
        beside=("TransitionDefaultMinimumObjectSize",),
        check=_check_lifecycle,
        answers=("TransitionDefaultMinimumObjectSize",),
        after=_run_lifecycle,
        deleted_as="BucketLifecycle",
    )
)


# ---- Default encryption. S3: API/API_PutBucketEncryption.html, userguide/bucket-encryption.html ----


def _check_encryption(_: Call, bucket: Bucket, document: Members) -> Members:
    return encryption.complete_configuration(bucket.encryption, document)


def _delete_encryption(s3: Call, bucket: Bucket) -> Document | None:
    """Go back to what new buckets do, SSE-S3. What is blocked stays blocked."""
    if s3.settings.makes_old_buckets and not bucket.encryption.blocks_sse_c:
        return None
    return encryption.encryption_rule(blocks_sse_c=bucket.encryption.blocks_sse_c)


declare(
    Configuration(
        configurations.ENCRYPTION,
        "ServerSideEncryptionConfiguration",
        may_put="s3:PutEncryptionConfiguration",
        may_get="s3:GetEncryptionConfiguration",
        may_delete="s3:PutEncryptionConfiguration",
        missing=ServerSideEncryptionConfigurationNotFoundError,
        is_wrapped=True,
        check=_check_encryption,
        show=encryption.show_configuration,
        delete=_delete_encryption,
    )
)


# ---- Object Ownership. S3: API/API_PutBucketOwnershipControls.html, userguide/about-object-ownership.html ----


def _check_ownership(_: Call, bucket: Bucket, document: Members) -> Members:
    """Owners and ACLs that exist already are kept."""
    if len(document["Rules"]) != 1:
        raise MalformedXML
    setting = Ownership(document["Rules"][0]["ObjectOwnership"])
    ownership.check_acl_of_bucket(setting, bucket.acl, owner=canonical_id(bucket.owner))
    return document


declare(
    Configuration(
        configurations.OWNERSHIP,
        "OwnershipControls",
        may_put="s3:PutBucketOwnershipControls",
        may_get="s3:GetBucketOwnershipControls",
        may_delete="s3:PutBucketOwnershipControls",
        missing=OwnershipControlsNotFoundError,
        is_wrapped=True,
        check=_check_ownership,
    )
)


# ---- Block Public Access. S3: API/API_PutPublicAccessBlock.html ----


def _check_public_access(_: Call, _bucket: Bucket, document: Members) -> Members:
    """All four switches are set: one that is not named is off."""
    public_access.check_configuration(document)
    return public_access.switches_of(public_access.block_of(document))


declare(
    Configuration(
        configurations.PUBLIC_ACCESS,
        "PublicAccessBlockConfiguration",
        may_put="s3:PutBucketPublicAccessBlock",
        may_get="s3:GetBucketPublicAccessBlock",
        may_delete="s3:PutBucketPublicAccessBlock",
        missing=NoSuchPublicAccessBlockConfiguration,
        is_wrapped=True,
        check=_check_public_access,
    )
)


# ---- Who pays. S3: API/API_PutBucketRequestPayment.html, userguide/RequesterPaysBuckets.html ----

declare(
    Configuration(
        configurations.PAYMENT,
        "RequestPaymentConfiguration",
        may_put="s3:PutBucketRequestPayment",
        may_get="s3:GetBucketRequestPayment",
        missing={"Payer": configurations.BUCKET_OWNER},
    )
)
