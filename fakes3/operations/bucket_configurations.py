"""The configurations of which a bucket has one, a row each. What a row's attributes mean is in `configurations.py`.

What a configuration does is in the model: `model/lifecycle_rules.py`, `model/lock.py`, `model/ownership.py`, ...
The policy of a bucket is text and not a document of the API, so it has operations of its own (`policies.py`).
Those of which a bucket has several are in `configurations_by_id.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fakes3.model import configurations, encryption, errors, lock, ownership, public_access, tags
from fakes3.model.bucket import Bucket, check_can_accelerate
from fakes3.model.configurations import Document
from fakes3.model.events import TEST
from fakes3.model.identity import canonical_id
from fakes3.model.missing_configurations import (
    NoSuchCORSConfiguration,
    NoSuchLifecycleConfiguration,
    NoSuchPublicAccessBlockConfiguration,
    NoSuchTagSet,
    NoSuchWebsiteConfiguration,
    ObjectLockConfigurationNotFoundError,
    OwnershipControlsNotFoundError,
    ReplicationConfigurationNotFoundError,
    ServerSideEncryptionConfigurationNotFoundError,
)
from fakes3.model.ownership import Ownership
from fakes3.model.versions import Versioning
from fakes3.operations.call import Call
from fakes3.operations.configurations import Configuration, declare
from fakes3.operations.members import Members
from fakes3.operations.mfa import check_mfa, refuse_lifecycle

# A row imports what its own kind needs alone: most tests meet few kinds, and some are long.


@declare
class BucketVersioning(Configuration):
    """Whether versions are kept. It is enabled or suspended; a bucket that had it once cannot go back to neither.

    S3: API/API_PutBucketVersioning.html, userguide/Versioning.html
    """

    name = configurations.VERSIONING
    right = "BucketVersioning"
    member = "VersioningConfiguration"
    beside = ("MFA",)

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse to change MFA delete without a code, and to suspend the versioning of a bucket with Object Lock."""
        if "Status" not in document:
            raise errors.IllegalVersioningConfigurationException
        if document["Status"] == Versioning.SUSPENDED:
            from fakes3.model.replication_rules import check_suspendable

            lock.check_suspendable(bucket.lock)
            check_suspendable(bucket.configurations.replication)
        before = bucket.configurations.get(self.name) or {}
        kept = {name: before[name] for name in ("MFADelete",) if name in before} | document
        enables_mfa = kept.get("MFADelete") == "Enabled"
        check_mfa(s3, bucket, kept.pop("MFA", None), is_needed=enables_mfa or bucket.configurations.has_mfa_delete)
        if enables_mfa and bucket.configurations.lifecycle is not None:
            raise refuse_lifecycle()
        return kept


@declare
class ObjectLockConfiguration(Configuration):
    """Object Lock, once enabled, stays. Versions that exist already are not locked by it.

    S3: API/API_PutObjectLockConfiguration.html, userguide/object-lock.html
    """

    name = configurations.LOCK
    right = "BucketObjectLockConfiguration"
    member = "ObjectLockConfiguration"
    beside = ("RequestPayer",)
    is_wrapped = True
    missing = ObjectLockConfigurationNotFoundError

    def check_bucket(self, bucket: Bucket) -> None:
        """Refuse a bucket without versioning."""
        lock.check_lockable(is_versioned=bucket.versioning is Versioning.ENABLED)

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a default retention that is not one."""
        lock.check_configuration(document)
        document.pop("RequestPayer", None)
        return document


@declare
class BucketLifecycleConfiguration(Configuration):
    """Rules that run from the next midnight on, also on objects that exist already.

    S3: API/API_PutBucketLifecycleConfiguration.html
    """

    name = configurations.LIFECYCLE
    delete_operation = "DeleteBucketLifecycle"
    right = "LifecycleConfiguration"
    member = "LifecycleConfiguration"
    beside = ("TransitionDefaultMinimumObjectSize",)
    returned = ("TransitionDefaultMinimumObjectSize",)
    missing = NoSuchLifecycleConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Give an ID to each rule that has none, and refuse rules with a fault."""
        from fakes3.model import lifecycle_rules

        if bucket.configurations.has_mfa_delete:
            raise refuse_lifecycle()
        if bucket.directory is not None:
            from fakes3.model.directory_configurations import check_directory_lifecycle

            check_directory_lifecycle(document["Rules"])
        rules = _with_ids(s3, document["Rules"])
        minimum = document.get("TransitionDefaultMinimumObjectSize", lifecycle_rules.OF_ALL_CLASSES)
        completed = {"Rules": rules, "TransitionDefaultMinimumObjectSize": minimum}
        lifecycle_rules.check_configuration(completed)
        return completed

    def after_put(self, s3: Call) -> None:
        """Let lifecycle run from the next midnight on."""
        from fakes3.model.lifecycle_run import next_run
        from fakes3.operations.lifecycle import LIFECYCLE

        s3.world = s3.world.with_due(LIFECYCLE, next_run(s3.now))


@declare
class BucketEncryption(Configuration):
    """How objects are encrypted by default, and whether customers' keys are blocked.

    S3: API/API_PutBucketEncryption.html, userguide/bucket-encryption.html
    """

    name = configurations.ENCRYPTION
    delete_operation = "DeleteBucketEncryption"
    right = "EncryptionConfiguration"
    member = "ServerSideEncryptionConfiguration"
    is_wrapped = True
    missing = ServerSideEncryptionConfigurationNotFoundError

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Complete a rule by what it leaves as it is."""
        if bucket.directory is not None:
            from fakes3.model.directory_configurations import check_directory_encryption

            check_directory_encryption(bucket.encryption, document)
        return encryption.complete_configuration(bucket.encryption, document)

    def show(self, document: Document) -> Members:
        """Show the default encryption also where nobody set one."""
        return encryption.show_configuration(document)

    def after_delete(self, s3: Call, bucket: Bucket) -> Document | None:
        """Return to the default of new buckets, SSE-S3. Customers' keys stay blocked if they were."""
        blocks_sse_c = bucket.encryption.blocks_sse_c
        if s3.settings.makes_old_buckets and not blocks_sse_c and bucket.directory is None:
            return None
        return encryption.encryption_rule(blocks_sse_c=blocks_sse_c)


@declare
class BucketOwnershipControls(Configuration):
    """Object Ownership. Owners and ACLs that exist already are kept.

    S3: API/API_PutBucketOwnershipControls.html, userguide/about-object-ownership.html
    """

    name = configurations.OWNERSHIP
    delete_operation = "DeleteBucketOwnershipControls"
    right = "BucketOwnershipControls"
    member = "OwnershipControls"
    is_wrapped = True
    missing = OwnershipControlsNotFoundError

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse more than one rule, and to switch ACLs off while the bucket's ACL grants something to others."""
        if len(document["Rules"]) != 1:
            raise errors.MalformedXML
        setting = Ownership(document["Rules"][0]["ObjectOwnership"])
        ownership.check_acl_of_bucket(setting, bucket.acl, owner=canonical_id(bucket.owner))
        return document


@declare
class BucketPublicAccessBlock(Configuration):
    """Block Public Access of a bucket.

    S3: API/API_PutPublicAccessBlock.html
    """

    name = configurations.PUBLIC_ACCESS
    delete_operation = "DeletePublicAccessBlock"
    right = "BucketPublicAccessBlock"
    member = "PublicAccessBlockConfiguration"
    is_wrapped = True
    missing = NoSuchPublicAccessBlockConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Set all four switches: one that the document does not name is off."""
        public_access.check_configuration(document)
        return public_access.switches_of(public_access.block_of(document))


@declare
class BucketRequestPayment(Configuration):
    """Who pays for requests: the bucket's owner, unless it says the requester.

    S3: API/API_PutBucketRequestPayment.html, userguide/RequesterPaysBuckets.html
    """

    name = configurations.PAYMENT
    right = "BucketRequestPayment"
    member = "RequestPaymentConfiguration"
    missing = configurations.freeze({"Payer": configurations.BUCKET_OWNER})


@declare
class BucketAcceleration(Configuration):
    """Whether a bucket has the accelerate endpoint. Nothing says so of a bucket where it was never set.

    S3: API/API_PutBucketAccelerateConfiguration.html, userguide/transfer-acceleration.html
    """

    name = configurations.ACCELERATION
    right = "AccelerateConfiguration"
    member = "AccelerateConfiguration"
    beside_read = ("RequestPayer",)

    def check_bucket(self, bucket: Bucket) -> None:
        """Refuse a bucket whose name has a period."""
        check_can_accelerate(bucket.name)

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a document without a Status."""
        if "Status" not in document:
            raise errors.MalformedXML
        return document


@declare
class BucketAbac(Configuration):
    """Whether policies see the tags of a bucket, so that they can decide who may use it. By default they do not.

    S3: API/API_PutBucketAbac.html, userguide/buckets-tagging-enable-abac.html
    """

    name = configurations.ABAC
    right = "BucketAbac"
    member = "AbacStatus"
    is_wrapped = True
    missing = configurations.freeze({"Status": "Disabled"})

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a document without a Status."""
        if "Status" not in document:
            raise errors.MalformedXML
        return document


@declare
class BucketTagging(Configuration):
    """The tags of a bucket, which are replaced all at once. A bucket without any has no tag set.

    S3: API/API_PutBucketTagging.html, userguide/CostAllocTagging.html
    """

    name = configurations.TAGGING
    delete_operation = "DeleteBucketTagging"
    right = "BucketTagging"
    member = "Tagging"
    missing = NoSuchTagSet

    def check_bucket(self, bucket: Bucket) -> None:
        """Refuse a bucket with ABAC, whose tags others have the right to change.

        observed: radkawar/stackd, testdata/aws/s3/abac_controls_replay.json (legacy-put-enabled); no page has the text
        """
        if bucket.configurations.has_abac:
            raise errors.BadRequest(
                "ABAC is enabled on this bucket. Use TagResource and UntagResource to manage its tags.",
                reason=f"the bucket {bucket.name} has ABAC. Change its tags with tag_resource or untag_resource of the "
                "client s3control.",
            )

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse tags that a bucket cannot have."""
        tags.check_tags(tags.pairs_of(document["TagSet"]), tags.OF_BUCKETS)
        return document if document["TagSet"] else {}


@declare
class BucketCors(Configuration):
    """The rules by which a browser lets pages of other origins use a bucket.

    S3: API/API_PutBucketCors.html, userguide/cors.html
    """

    name = configurations.CORS
    delete_operation = "DeleteBucketCors"
    right = "BucketCORS"
    member = "CORSConfiguration"
    missing = NoSuchCORSConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse rules with a fault."""
        from fakes3.model.cors import check_configuration

        check_configuration(document)
        return document


@declare
class BucketWebsite(Configuration):
    """How a bucket is served as a website.

    S3: API/API_PutBucketWebsite.html, userguide/WebsiteHosting.html
    """

    name = configurations.WEBSITE
    delete_operation = "DeleteBucketWebsite"
    right = "BucketWebsite"
    delete_right = "s3:DeleteBucketWebsite"
    member = "WebsiteConfiguration"
    missing = NoSuchWebsiteConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a website with a fault."""
        from fakes3.model.website import check_configuration

        check_configuration(document)
        return document


@declare
class BucketLogging(Configuration):
    """Where the log of the requests to a bucket goes. To put an empty document is to switch it off.

    S3: API/API_PutBucketLogging.html, userguide/ServerLogs.html
    """

    name = configurations.LOGGING
    right = "BucketLogging"
    member = "BucketLoggingStatus"

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a target that cannot take the log."""
        stated = document.get("LoggingEnabled")
        if stated is not None:
            from fakes3.model.access_log import check_logging

            check_logging(stated, bucket, s3.world.buckets.get(stated["TargetBucket"]))
        return document

    def after_put(self, s3: Call) -> None:
        """Let requests be logged from now on."""
        from fakes3.operations.access_logs import begin_logs

        s3.world = begin_logs(s3.world)


@declare
class BucketNotification(Configuration):
    """Who is told of events. To put a document without members tells nobody.

    S3: API/API_PutBucketNotificationConfiguration.html, userguide/EventNotifications.html
    """

    name = configurations.NOTIFICATION
    right = "BucketNotification"
    member = "NotificationConfiguration"
    beside = ("SkipDestinationValidation",)

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Give an id to each rule that has none. Refuse rules with a fault, and destinations that do not take them."""
        from fakes3.model import notifications
        from fakes3.operations.destinations import check_destinations

        skips = document.pop("SkipDestinationValidation", False)
        make_id = lambda number: s3.ids.opaque(f"notification {number}", s3.sequence)  # noqa: E731
        kept = notifications.complete_configuration(document, region=bucket.region, make_id=make_id)
        if not skips:
            check_destinations(notifications.notifications_of(kept), bucket)
        return kept

    def after_put(self, s3: Call) -> None:
        """Try the destinations, as part of their validation."""
        bucket = s3.world.buckets[s3.members["Bucket"]]
        if bucket.configurations.notifications is not None and not s3.members.get("SkipDestinationValidation"):
            s3.announce(TEST, bucket, "", None)


@declare
class BucketReplication(Configuration):
    """Where new objects are copied to. What exists already stays where it is.

    S3: API/API_PutBucketReplication.html, userguide/replication.html
    """

    name = configurations.REPLICATION
    delete_operation = "DeleteBucketReplication"
    right = "ReplicationConfiguration"
    member = "ReplicationConfiguration"
    is_wrapped = True
    missing = ReplicationConfigurationNotFoundError

    def check_bucket(self, bucket: Bucket) -> None:
        """Refuse a bucket without versioning."""
        from fakes3.model.replication_rules import check_replicable

        check_replicable(is_versioned=bucket.versioning is Versioning.ENABLED)

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Give an ID to each rule that has none; refuse faults, a role that may not be passed, and destinations."""
        from fakes3.model import replication_rules
        from fakes3.operations.replication import check_may_pass, is_versioned

        completed = document | {"Rules": _with_ids(s3, document["Rules"])}
        replication_rules.check_configuration(completed, source=bucket.name)
        check_may_pass(s3, replication_rules.read_role(document["Role"]))
        replication_rules.check_destinations(completed, lambda name: is_versioned(s3, name))
        return completed


def _with_ids(s3: Call, rules: Iterable[Mapping[str, Any]]) -> list[Members]:
    """Return rules that each have an ID, as their first member: their own, or a new one."""
    return [
        {"ID": ""} | dict(rule) | {"ID": rule.get("ID") or s3.ids.opaque(f"rule {number}", s3.sequence)}
        for number, rule in enumerate(rules)
    ]
