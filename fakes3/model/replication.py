"""Replication: what S3 copies to other buckets some time after it was written.

A write that a rule selects is PENDING. Fifteen minutes later it is copied, at once to all of its destinations. Then the
source is COMPLETED, or FAILED where one destination did not take it. Within fifteen minutes S3 Replication Time Control
promises to replicate nearly all objects; without it, S3 promises no time.

Which rules select a version, and what they say, is decided at the write. What the version is by then is copied.

Its tags, its annotations, its lock and its ACL are copied again whenever they are changed. A version that is PENDING
has one thing to come, which takes its latest state: so the queue holds each version once. Replicas have the status
REPLICA and are not replicated further, but a rule may copy changes of them.

S3: userguide/replication.html, userguide/replication-status.html, userguide/replication-time-control.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from fakes3.model.dates import later
from fakes3.model.encryption import DSSE, KMS, UNENCRYPTED, Encryption, choose_encryption
from fakes3.model.errors import AccessDenied
from fakes3.model.kms_errors import KMSNotFoundException
from fakes3.model.kms_keys import related_arn
from fakes3.model.lock import UNLOCKED, check_retention_change, choose_lock
from fakes3.model.ownership import Ownership
from fakes3.model.replication_rules import MINUTES, ReplicationRules, Role, Rule
from fakes3.model.versions import DeleteMarker, Entry, Since, Version, Versioning

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket
    from fakes3.model.world import World

PENDING: Final = "PENDING"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
REPLICA: Final = "REPLICA"

WORK: Final = "replication"
"""The name of the work that replicates."""

DELAY: Final = timedelta(minutes=MINUTES)

_CHANGES: Final = frozenset({None, "ObjectAcl:Put", "ObjectTagging:Put", "ObjectTagging:Delete"})
"""The events of changes that are copied; those of locks and annotations are committed before they are announced."""


class Replication(NamedTuple):
    """An entry that will be replicated."""

    bucket: str
    key: str
    sequence: int
    role: Role
    rules: tuple[Rule, ...]
    is_change: bool = False
    """Whether replicas exist already, and only their tags, lock and ACL are to be changed."""
    done: str = COMPLETED
    """The status of the entry once everything is copied."""


def schedule(world: World, bucket: Bucket, key: str, entry: Entry, event: str | None, now: datetime) -> World:
    """Return the world in which what happened to an entry is replicated later, where rules of its bucket say so."""
    rules = bucket.configurations.replication
    entry_now = bucket.versions.find(key, entry.sequence)
    if rules is None or entry_now is None:
        return world
    wanted = _select(rules, key, entry_now, event)
    if not wanted.rules:
        return world
    at = later(now, DELAY)
    queue = world.background.replications.set((at, world.sequence), wanted._replace(bucket=bucket.name))
    buckets = world.buckets
    if isinstance(entry_now, Version):
        buckets = buckets.set(bucket.name, with_status(bucket, key, entry_now, PENDING))
    background = world.background._replace(replications=queue).with_due(WORK, at)
    return world._replace(buckets=buckets, background=background)


def _select(rules: ReplicationRules, key: str, entry: Entry, event: str | None) -> Replication:
    """Return how an entry is replicated after an event. Without rules, it is not."""
    nothing = Replication("", key, entry.sequence, rules.role, ())
    if isinstance(entry, DeleteMarker):
        return nothing._replace(rules=rules.for_marker(key, entry))
    if event is not None and event.startswith("ObjectCreated:"):
        return nothing._replace(rules=rules.for_object(key, entry))
    if event not in _CHANGES or entry.replication in {None, PENDING}:
        return nothing
    is_replica = entry.replication == REPLICA
    selected = rules.for_change(key, entry, is_replica=is_replica)
    return nothing._replace(rules=selected, is_change=True, done=REPLICA if is_replica else COMPLETED)


def with_status(bucket: Bucket, key: str, version: Version, status: str) -> Bucket:
    """Return the bucket in which a version has this replication status."""
    return bucket.with_versions(bucket.versions.replaced(key, version, version.became(replication=status)))


# ---- Replicas ----


def find_obstacle(source: Bucket, destination: Bucket) -> str | None:
    """Return why a bucket takes no replicas of another: it keeps no versions, or no locks of a source with Object Lock.

    S3: userguide/replication-failure-codes.html
    """
    if destination.versioning is not Versioning.ENABLED:
        return "DstBucketUnversioned"
    if source.lock is not None and destination.lock is None:
        return "DstBucketObjectLockConfigMissing"
    return None


class FindKey(Protocol):
    """Returns the ARN of a KMS key that is named by its id, alias or ARN."""

    def __call__(self, key: str, *, region: str, account: str) -> str: ...


def replica_of(version: Version, source: Bucket, destination: Bucket, rule: Rule, find_key: FindKey) -> Version:
    """Return the replica of a version in a destination: the same version, but for what the rule changes.

    A replica has the lock of its source or, where that has none, the default of its own bucket.

    Raises: AccessDenied where the destination blocks customers' keys, KMSNotFoundException, what `find_key` raises.
    S3: userguide/replication-what-is-isnot-replicated.html
    """
    attributes = version.attributes
    lock = choose_lock(destination.lock, attributes.lock, created=version.last_modified)
    takes_over = rule.destination.changes_owner or destination.ownership is Ownership.ENFORCED
    return replace(
        version,
        owner=destination.owner if takes_over else source.owner_of(version),
        attributes=replace(
            attributes,
            storage_class=rule.destination.storage_class or attributes.storage_class,
            encryption=_encryption_of(attributes.encryption, source, destination, rule, find_key),
            acl=None if takes_over else attributes.acl,
            retention=lock.retention,
            legal_hold=lock.legal_hold,
            event_hold=lock.event_hold,
        ),
        upload=None,
        since=Since(replication=REPLICA, annotations=version.annotations),
    )


def _encryption_of(
    encryption: Encryption, source: Bucket, destination: Bucket, rule: Rule, find_key: FindKey
) -> Encryption:
    """Return the encryption of a replica: of the kind of its source, with the rule's key where that is a KMS key.

    An object without encryption gets the destination's default.

    S3: userguide/bucket-encryption.html, "Using default encryption with replication"
    """
    if encryption.customer_key_md5 is not None and destination.encryption.blocks_sse_c:
        # observed: radkawar/stackd, testdata/aws/s3/customer_encryption_replication_replay.json
        raise AccessDenied
    if encryption == UNENCRYPTED:
        find_default = partial(find_key, region=destination.region, account=destination.owner)
        return choose_encryption(destination.encryption, None, None, None, bucket_key=None, find_key=find_default)
    if encryption.algorithm in {KMS, DSSE}:
        key = _replica_key(encryption, destination.region, rule)
        if key is not None:
            return encryption._replace(kms_key=find_key(key, region=destination.region, account=source.owner))
    return encryption


def _replica_key(encryption: Encryption, region: str, rule: Rule) -> str | None:
    """Return the KMS key by which a rule encrypts the replica of an object with a KMS key; None where it names none.

    Where the rule uses the related key, that comes first, and the rule's own key is for objects whose key has no
    related one. No page says what has precedence, nor what becomes of an object for which there is neither: here it is
    as with a key that does not exist.

    Raises: KMSNotFoundException.
    S3: API/API_EncryptionConfiguration.html
    """
    to = rule.destination
    if not to.uses_related_key:
        return to.kms_key
    related = None if encryption.kms_key is None else related_arn(encryption.kms_key, region)
    if related is None and to.kms_key is None:
        raise KMSNotFoundException
    return related or to.kms_key


def with_change(replica: Version, version: Version, *, with_tags: bool, with_acl: bool, now: datetime) -> Version:
    """Return a replica with the present lock of a version, and its tags and ACL where these are copied.

    Where the version has no lock, the replica keeps the one that its own bucket gave it.

    Raises: AccessDenied where the replica's lock yields to nobody.
    """
    changed, attributes = replica.attributes, version.attributes
    changed = replace(
        changed,
        tags=attributes.tags if with_tags else changed.tags,
        acl=attributes.acl if with_acl else changed.acl,
    )
    if attributes.lock != UNLOCKED:
        before = changed.lock
        after = attributes.lock.retention_at(now)
        check_retention_change(before.retention_at(now), after, now=now, bypass_governance=True, is_held=before.is_held)
        retention, legal_hold, event_hold = attributes.lock
        changed = replace(changed, retention=retention, legal_hold=legal_hold, event_hold=event_hold)
    return replace(replica, attributes=changed)
