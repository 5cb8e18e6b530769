"""The configurations of which a bucket has one, a row each. What a row's attributes mean is in `configurations.py`.

What a configuration does is in the model: `model/lifecycle_rules.py`, `model/lock.py`, `model/ownership.py`, ...
The policy of a bucket is text and not a document of the API, so it has operations of its own (`policies.py`).
Those of which a bucket has several are in `configurations_by_id.py`.
"""

from __future__ import annotations

from fakes3.model import (
    configurations,
    cors,
    encryption,
    errors,
    lifecycle_rules,
    lock,
    notifications,
    ownership,
    public_access,
    tags,
    website,
)
from fakes3.model.bucket import Bucket, check_can_accelerate
from fakes3.model.configurations import Document
from fakes3.model.events import TEST
from fakes3.model.identity import canonical_id
from fakes3.model.lifecycle_run import next_run
from fakes3.model.missing_configurations import (
    MetadataConfigurationNotFound,
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
from fakes3.model.not_modelled import not_modelled
from fakes3.model.ownership import Ownership
from fakes3.model.versions import Versioning
from fakes3.operations.call import Call
from fakes3.operations.configurations import Configuration, declare, declare_reads
from fakes3.operations.destinations import check_destinations
from fakes3.operations.lifecycle import LIFECYCLE
from fakes3.operations.members import Members
from fakes3.operations.mfa import check_mfa, refuse_lifecycle


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
            lock.check_suspendable(bucket.lock)
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
        if bucket.configurations.has_mfa_delete:
            raise refuse_lifecycle()
        rules = [
            {"ID": ""} | rule | {"ID": rule.get("ID") or s3.ids.opaque(f"rule {number}", s3.sequence)}
            for number, rule in enumerate(document["Rules"])
        ]
        minimum = document.get("TransitionDefaultMinimumObjectSize", lifecycle_rules.OF_ALL_CLASSES)
        completed = {"Rules": rules, "TransitionDefaultMinimumObjectSize": minimum}
        lifecycle_rules.check_configuration(completed)
        return completed

    def after_put(self, s3: Call) -> None:
        """Let lifecycle run from the next midnight on."""
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
        return encryption.complete_configuration(bucket.encryption, document)

    def show(self, document: Document) -> Members:
        """Show the default encryption also where nobody set one."""
        return encryption.show_configuration(document)

    def after_delete(self, s3: Call, bucket: Bucket) -> Document | None:
        """Return to the default of new buckets, SSE-S3. Customers' keys stay blocked if they were."""
        blocks_sse_c = bucket.encryption.blocks_sse_c
        if s3.settings.makes_old_buckets and not blocks_sse_c:
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
    """Whether the tags of a bucket decide who may use it. By default they do not, and here they never do.

    S3: API/API_PutBucketAbac.html, userguide/buckets-tagging-enable-abac.html
    """

    name = "BucketAbac"
    right = "BucketAbac"
    member = "AbacStatus"
    is_wrapped = True
    missing = configurations.freeze({"Status": "Disabled"})

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse to enable it: policies would then see the bucket's tags, and PutBucketTagging would be refused."""
        if "Status" not in document:
            raise errors.MalformedXML
        if document["Status"] == "Enabled":
            raise not_modelled("AbacStatus", "ABAC of buckets", "Leave it Disabled, and name buckets in policies.")
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
        cors.check_configuration(document)
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
        website.check_configuration(document)
        return document


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


# ---- Configurations that nobody can make yet: they can be read, and to put one is answered with 501 ----


@declare_reads
class BucketReplication(Configuration):
    """Where objects are copied to. S3: API/API_GetBucketReplication.html"""

    name = "BucketReplication"
    right = "ReplicationConfiguration"
    missing = ReplicationConfigurationNotFoundError


@declare_reads
class BucketLogging(Configuration):
    """Where access logs go. S3: API/API_GetBucketLogging.html"""

    name = "BucketLogging"
    right = "BucketLogging"


@declare_reads
class BucketMetadata(Configuration):
    """Tables of the metadata of objects. S3: API/API_GetBucketMetadataConfiguration.html"""

    name = "BucketMetadataConfiguration"
    right = "BucketMetadataTableConfiguration"
    member = "GetBucketMetadataConfigurationResult"
    is_wrapped = True
    missing = MetadataConfigurationNotFound


@declare_reads
class BucketMetadataTable(Configuration):
    """The same, as before July 2025. S3: API/API_GetBucketMetadataTableConfiguration.html"""

    name = "BucketMetadataTableConfiguration"
    right = "BucketMetadataTableConfiguration"
    member = "GetBucketMetadataTableConfigurationResult"
    is_wrapped = True
    missing = MetadataConfigurationNotFound
