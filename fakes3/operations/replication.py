"""Replication to other buckets. What is replicated, and when, is in `model/replication.py`.

S3 replicates as the role that the configuration names. A role that was made for the fake is allowed what its policies
say; any other role is allowed everything on its own side. The policy of a bucket of another account has to allow it in
either case.

S3: userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from fakes3.model.bucket import Bucket
from fakes3.model.dates import format_iso8601, later
from fakes3.model.errors import AccessDenied, S3Error
from fakes3.model.event_records import replication_data
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.kms_errors import KMSDisabledException, KMSInvalidStateException, KMSNotFoundException
from fakes3.model.lock import LegalHold
from fakes3.model.regions import arn, partition_of
from fakes3.model.replication import (
    DELAY,
    FAILED,
    WORK,
    Replication,
    find_obstacle,
    replica_of,
    with_change,
    with_status,
)
from fakes3.model.replication_rules import Role, Rule
from fakes3.model.versions import DeleteMarker, Entry, Version, Versioning
from fakes3.operations.background import Step, background
from fakes3.operations.call import Ask, Call
from fakes3.operations.encryption import find_kms_key

SESSION = "s3-replication"
"""The name of the session in which S3 takes on the role."""
# observed: radkawar/stackd, testdata/aws/s3/replication_audit_replay.json

OPERATION_FAILED = "Replication:OperationFailedReplication"
"""The event of a failure, told only where the rule has metrics. S3: userguide/replication-metrics-events.html"""

CREATED = "ObjectCreated:Put"
"""The event of a replica. No page names it; it was seen in the field.

observed: stackoverflow.com, "S3: what event in target bucket is generated when a file is replicated"
"""


def is_versioned(s3: Call, name: str) -> bool | None:
    """Whether the versioning of a bucket is enabled; None where there is no bucket of this name."""
    bucket = s3.world.buckets.get(name)
    return None if bucket is None else bucket.versioning is Versioning.ENABLED


def check_may_pass(s3: Call, role: Role) -> None:
    """Refuse a caller who may not hand this role to S3: one of another account, or without the right to.

    Raises: AccessDenied.
    S3: API/API_PutBucketReplication.html, "Permissions"
    """
    caller, action = s3.caller, "iam:PassRole"
    if role.account != caller.account:
        raise AccessDenied(reason=f"{caller} cannot pass {role.arn}, a role of another account. Name one of its own.")
    if caller.policies is not None:
        from fakes3.model.authorization import judge_identity
        from fakes3.operations.condition_keys import condition_keys_of

        verdict = judge_identity(caller, action, role.arn, lambda: condition_keys_of(s3, None, None, action=action))
        if not verdict.is_allowed:
            because = f"because no {verdict.kind} policy allows the {action} action"
            text = not_authorized(caller.arn, action, role.arn, because)
            raise AccessDenied(text, reason=f"{caller} is not allowed {action} on {role.arn}: {verdict.why}")
    s3.rights.append((action, role.arn, None))


@background(WORK, latest=lambda now: later(now, DELAY))
def replicate_due(s3: Call, *, until: datetime, step: Step) -> datetime | None:
    """Replicate what is due. What a clock of the future has queued, before it was set back, is due now."""
    while (first := s3.world.background.replications.first()) is not None:
        (at, number), wanted = first
        if until < at <= later(s3.now, DELAY):
            return at
        step()
        s3.now = min(at, until)
        queue = s3.world.background.replications.delete((at, number))
        s3.world = s3.world._replace(background=s3.world.background._replace(replications=queue))
        _replicate(s3, wanted)
    return None


def _replicate(s3: Call, wanted: Replication) -> None:
    """Copy an entry, if it is still there, to each of its destinations, and set its status."""
    source = s3.world.buckets.get(wanted.bucket)
    entry = None if source is None else source.versions.find(wanted.key, wanted.sequence)
    if source is None or entry is None:
        return
    status = wanted.done
    for rule in wanted.rules:
        try:
            _copy(s3, wanted, rule, source, entry)
        except (Failed, S3Error) as failure:
            status = FAILED
            if rule.destination.has_metrics:
                s3.announce(OPERATION_FAILED, source, wanted.key, entry, data=_describe(failure, wanted, rule, entry))
    if isinstance(entry, Version):
        s3.world = s3.world.with_bucket(with_status(s3.world.buckets[source.name], wanted.key, entry, status))


class Failed(Exception):
    """A replication failed, for a reason that S3 has a name for. S3: userguide/replication-failure-codes.html"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_NOT_PERMITTED = {
    "GetObjectVersionForReplication": "SrcGetObjectNotPermitted",
    "GetObjectVersionAcl": "SrcGetAclNotPermitted",
    "GetObjectVersionTagging": "SrcGetTaggingNotPermitted",
    "ReplicateObject": "DstPutObjectNotPermitted",
    "ReplicateDelete": "DstDelObjNotPermitted",
    "ReplicateTags": "DstPutTaggingNotPermitted",
    "ObjectOwnerOverrideToBucketOwner": "DstPutAclNotPermitted",
}
"""The reasons where the role lacks the right to an action. S3: the same page"""

_NOT_USABLE = {
    KMSNotFoundException: "DstKmsKeyNotFound",
    KMSDisabledException: "DstKmsKeyInvalidState",
    KMSInvalidStateException: "DstKmsKeyInvalidState",
}
"""The reasons where the key of a replica cannot be used. S3: the same page"""


def _describe(failure: Exception, wanted: Replication, rule: Rule, entry: Entry) -> Mapping[str, Any]:
    """Return what only the event of a failure says; nothing where no page has the name of the operation or reason."""
    if wanted.is_change or not isinstance(failure, Failed) or not isinstance(entry, Version):
        return {}
    destination = arn(wanted.role.arn.split(":")[1], rule.destination.bucket)
    return replication_data(rule.id, destination, "OBJECT_PUT", format_iso8601(entry.last_modified), failure.reason)


class _Sides(NamedTuple):
    """The two ends of a copy, as the role sees them."""

    role: Call
    source: Bucket
    destination: Bucket
    key: str
    version_id: str

    def check_reads(self, *actions: str) -> None:
        """Refuse a role that is not allowed these actions on the source."""
        for action in actions:
            self._check(action, self.source, version_id=self.version_id)

    def check_writes(self, *actions: str) -> None:
        """Refuse a role that is not allowed these actions on the destination."""
        for action in actions:
            self._check(action, self.destination, is_new=True)

    def _check(self, action: str, bucket: Bucket, *, version_id: str | None = None, is_new: bool = False) -> None:
        try:
            self.role.check_may(f"s3:{action}", bucket, self.key, version_id, is_new=is_new)
        except AccessDenied as refusal:
            if action in _NOT_PERMITTED:
                raise Failed(_NOT_PERMITTED[action]) from refusal
            raise

    def refusal_of_tags(self) -> Failed | None:
        """Return why the role is not allowed to copy tags; None where it is."""
        try:
            self.check_reads("GetObjectVersionTagging")
            self.check_writes("ReplicateTags")
        except Failed as failure:
            return failure
        return None

    def refusal_of_annotations(self) -> AccessDenied | None:
        """Return why the role is not allowed to copy annotations; None where it is. No page names such a failure."""
        try:
            self.check_reads("GetObjectVersionAnnotationForReplication")
            self.check_writes("ReplicateObjectAnnotation")
        except AccessDenied as refusal:
            return refusal
        return None


def _copy(s3: Call, wanted: Replication, rule: Rule, source: Bucket, entry: Entry) -> None:
    """Copy an entry to the destination of one rule.

    Tags and annotations that the role may not copy are left out, and the replication fails nevertheless.

    Raises: Failed, and the S3 errors by which it fails for a reason without a name.
    S3: userguide/replication-failure-codes.html
    observed: radkawar/stackd, testdata/aws/s3/replication_authority_replay.json
    """
    name = rule.destination.bucket
    destination, key = s3.world.buckets.get(name), wanted.key
    if source.configurations.replication is None:
        raise Failed("SrcBucketReplicationConfigMissing")
    if destination is None:
        raise Failed("DstBucketNotFound")
    reason = find_obstacle(source, destination)
    if reason is not None:
        raise Failed(reason)
    caller = _session_of(s3, source, wanted.role)
    role = Call(Ask("Replication", {}, caller), s3.world, s3.now, s3.ids, s3.settings)
    sides = _Sides(role, source, destination, key, entry.id)
    if isinstance(entry, DeleteMarker):
        sides.check_writes("ReplicateDelete")
        if rule.destination.changes_owner:
            entry = entry._replace(owner=destination.owner)
        _commit(s3, destination, key, entry, "ObjectRemoved:DeleteMarkerCreated")
        return
    _check_may_copy(sides, entry, rule, is_change=wanted.is_change)
    refusal: Exception | None
    if wanted.is_change:
        refusal = _change(s3, sides, rule, entry)
    else:
        refusal = sides.refusal_of_tags() if entry.attributes.tags else None
        replica = _make_replica(sides, entry, rule)
        if refusal is not None:
            replica = replace(replica, attributes=replace(replica.attributes, tags=()))
        if entry.annotations and (refused := sides.refusal_of_annotations()) is not None:
            replica, refusal = replica.became(annotations=()), refusal or refused
        if entry.attributes.encryption.keeps_md5 and not replica.attributes.encryption.keeps_md5:
            replica = replace(replica, etag=s3.ids.opaque("etag", entry.sequence))
        _commit(s3, destination, key, replica, CREATED)
    if refusal is not None:
        raise refusal


def _check_may_copy(sides: _Sides, version: Version, rule: Rule, *, is_change: bool) -> None:
    """Refuse a role that may not copy a version, or its lock. Raises: Failed, AccessDenied."""
    sides.check_reads("GetObjectVersionForReplication", "GetObjectVersionAcl")
    if version.attributes.retention is not None:
        sides.check_reads("GetObjectRetention")
    if version.attributes.legal_hold is LegalHold.ON:
        sides.check_reads("GetObjectLegalHold")
    if not is_change:
        sides.check_writes("ReplicateObject")
    if rule.destination.changes_owner:
        if rule.destination.account != sides.destination.owner:
            raise AccessDenied
        sides.check_writes("ObjectOwnerOverrideToBucketOwner")


def _make_replica(sides: _Sides, version: Version, rule: Rule) -> Version:
    """Return the replica of a version. Raises: Failed, AccessDenied."""
    try:
        return replica_of(version, sides.source, sides.destination, rule, find_kms_key)
    except tuple(_NOT_USABLE) as refusal:
        raise Failed(_NOT_USABLE[type(refusal)]) from refusal


def _change(s3: Call, sides: _Sides, rule: Rule, version: Version) -> Exception | None:
    """Give a replica the present tags, annotations, lock and ACL of its source.

    Return why the tags or annotations may not be copied.

    Raises: Failed, AccessDenied.
    """
    replica = sides.destination.versions.find(sides.key, version.sequence)
    if not isinstance(replica, Version):
        raise Failed("DstVersionNotFound")
    refusal = None if replica.attributes.tags == version.attributes.tags else sides.refusal_of_tags()
    with_acl = not rule.destination.changes_owner and replica.owner == sides.source.owner_of(version)
    changed = with_change(replica, version, with_tags=refusal is None, with_acl=with_acl, now=s3.now)
    of_annotations = None if replica.annotations == version.annotations else sides.refusal_of_annotations()
    if of_annotations is None:
        changed = changed.became(annotations=version.annotations)
    versions = sides.destination.versions.replaced(sides.key, replica, changed)
    s3.world = s3.world.with_bucket(sides.destination.with_versions(versions))
    return refusal or of_annotations


def _session_of(s3: Call, source: Bucket, role: Role) -> Principal:
    """Return the session in which S3 replicates as a role."""
    known = s3.find_role(role.account, role.name.rpartition("/")[2])
    policies = None if known is None else known.policies
    partition = partition_of(source.region)
    return Principal(role.account, partition, role=role.name, session=SESSION, policies=policies)


def _commit(s3: Call, destination: Bucket, key: str, entry: Entry, event: str) -> None:
    """Put an entry into a destination, and announce it there."""
    s3.world = s3.world.with_bucket(destination.with_versions(destination.versions.inserted(key, entry)))
    s3.announce(event, s3.world.buckets[destination.name], key, entry)
