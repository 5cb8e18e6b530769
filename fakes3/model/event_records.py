"""What S3 says of an event: the record that queues, topics and functions get, and the other one that EventBridge gets.

Since version 2.4 all events have one version of the structure, which was 2.6 in autumn 2026.

S3: userguide/notification-content-structure.html, userguide/ev-events.html
observed: radkawar/stackd, testdata/aws/s3/multipart_events_replay.json, restore_delivery_replay.json,
acl_notifications_replay.json and object_lock_delivery_replay.json
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote_plus

from fakes3.model.clock import NULL
from fakes3.model.dates import format_iso8601, format_seconds
from fakes3.model.events import Event, Origin
from fakes3.model.identity import retail_id
from fakes3.model.regions import arn_of
from fakes3.model.storage_classes import Restore
from fakes3.model.versions import DeleteMarker, Version

Record: TypeAlias = dict[str, Any]
"""A JSON object."""

VERSION: Final = "2.6"
"""The version of records. observed: the files of radkawar/stackd that stand above"""

DETAIL_VERSION: Final = "1.2"
"""The version of what EventBridge gets. observed: the same files"""

S3: Final = "s3.amazonaws.com"
"""Who does what S3 does by itself, and where from."""

_ETAG_OF_NOTHING: Final = "d41d8cd98f00b204e9800998ecf8427e"
"""The ETag of a new delete marker. recorded: TestS3NotificationsToSQS::test_object_created_put_versioned"""

_RESTORED, _REPLICATION = "ObjectRestore", "Replication"


def record_of(event: Event, origin: Origin, configuration_id: str) -> Record:
    """Return the record of an event, as a queue, a topic or a function gets it in `{"Records": [record]}`."""
    bucket = event.bucket
    # S3: userguide/replication-metrics-events.html, whose example has the digits of the account
    owner = bucket.owner if event.name.startswith(_REPLICATION) else retail_id(bucket.owner)
    is_annotation = event.name.startswith("ObjectAnnotation")
    return {
        "eventVersion": VERSION,
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": format_iso8601(event.at),
        "eventName": event.name,
        "userIdentity": {"principalId": _principal(event, owner)},
        "requestParameters": {"sourceIPAddress": origin.address},
        "responseElements": {"x-amz-request-id": origin.request_id, "x-amz-id-2": origin.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": owner},
                "arn": arn_of(bucket.region, bucket.name),
            },
            "object": {"key": quote_plus(event.key, safe="/")} | _object(event),
            **(event.data if is_annotation else {}),
        },
        **({} if is_annotation else event.data),
    }


def _principal(event: Event, owner: str) -> str:
    """Return who did it."""
    if event.origin is not None:
        return f"AWS:{event.caller.unique_id}"
    return f"AmazonCustomer:{owner}" if event.name.startswith(_RESTORED) else S3


def _object(event: Event) -> Record:
    """Return what a record says of the object, but its key.

    Not all events tell its size or ETag, and only those that write, remove or restore it have a sequencer.
    """
    entry, family = event.entry, event.name.partition(":")[0]
    found: Record = {}
    is_removed = family in {"ObjectRemoved", "LifecycleExpiration"}
    if isinstance(entry, Version) and not is_removed:
        if family not in {"ObjectAcl", "ObjectTagging"}:
            found["size"] = entry.size
        found["eTag"] = entry.etag
    elif isinstance(entry, DeleteMarker) and event.name.endswith("DeleteMarkerCreated"):
        found["eTag"] = _ETAG_OF_NOTHING
    if entry is not None and entry.id != NULL:
        found["versionId"] = entry.id
    if event.name == "ObjectCreated:Copy":
        # S3: userguide/ev-events.html
        found["hasObjectAnnotation"] = isinstance(entry, Version) and bool(entry.annotations)
    if family == _RESTORED and entry is not None:
        found["sequencer"] = _sequencer(entry.sequence, 0)  # that of the write
    elif is_removed or family in {"ObjectCreated", _REPLICATION}:
        found["sequencer"] = _sequencer(event.sequence, event.place)
    return found


def _sequencer(sequence: int, place: int) -> str:
    """Return 18 hex digits. Of two events of a key, the later one has the greater."""
    return f"{sequence:012X}{place:06X}"


def restored_data(storage_class: str, restore: Restore) -> Record:
    """Return what only the record of a completed restore says."""
    expires = format_iso8601(restore.expires)
    data = {"lifecycleRestorationExpiryTime": expires, "lifecycleRestoreStorageClass": storage_class}
    return {"glacierEventData": {"restoreEventData": data}}


def transition_data(storage_class: str) -> Record:
    """Return what only the record of a transition says. S3: userguide/lifecycle-configure-notification.html"""
    return {"lifecycleEventData": {"transitionEventData": {"destinationStorageClass": storage_class}}}


def tiering_data(access_tier: str) -> Record:
    """Return what only the record of a move to an archive access tier says.

    S3: userguide/intelligent-tiering-managing.html
    """
    return {"intelligentTieringEventData": {"destinationAccessTier": access_tier}}


def replication_data(rule_id: str, destination: str, operation: str, requested: str, failure: str) -> Record:
    """Return what only the record of a replication that failed says.

    `destination` is the ARN of a bucket, `operation` such as `OBJECT_PUT`, and `requested` when the object was written.

    S3: userguide/replication-metrics-events.html
    """
    data = {"replicationRuleId": rule_id, "destinationBucket": destination, "s3Operation": operation}
    return {"replicationEventData": data | {"requestTime": requested, "failureReason": failure}}


def retention_data(mode: str, until: str, hold: str | None, duration: Mapping[str, int] | None) -> Record:
    """Return what only the record of a retention that was set says."""
    data: Record = {"mode": mode, "retainUntilDate": until}
    if hold is not None:
        data["eventHold"] = hold
    if duration is not None:
        data["eventHoldDuration"] = dict(duration)
    return {"objectRetentionEventData": data}


def annotation_data(name: str, size: int, etag: str) -> Record:
    """Return what only the record of an annotation says, beside its object.

    observed: aws/aws-sdk-java-v2#7040, which reads these records
    """
    return {"objectAnnotation": [{"name": name, "size": size, "eTag": etag}]}


def test_message(event: Event, origin: Origin) -> Record:
    """Return the message with which S3 tries a destination of a new configuration."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": format_iso8601(event.at),
        "Bucket": event.bucket.name,
        "RequestId": origin.request_id,
        "HostId": origin.host_id,
    }


# ---- EventBridge ----

_DETAIL_TYPES: Final = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "LifecycleExpiration": "Object Deleted",
    "LifecycleTransition": "Object Storage Class Changed",
    "IntelligentTiering": "Object Access Tier Changed",
    "ObjectAcl": "Object ACL Updated",
    "ObjectRetention": "Object Retention Updated",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}
"""What EventBridge calls events, by their name or its beginning. Others are not sent to it.

S3: userguide/ev-mapping-troubleshooting.html
"""

_REASONS: Final = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved": "DeleteObject",
    "LifecycleExpiration": "Lifecycle Expiration",
}

_OBJECT_NAMES: Final = {
    "eTag": "etag",
    "versionId": "version-id",
    "hasObjectAnnotation": "has-object-annotation",
}
_RETENTION_NAMES: Final = {
    "retainUntilDate": "retain-until-date",
    "eventHold": "event-hold",
    "eventHoldDuration": "event-hold-duration",
}


def event_bridge_message(event: Event, origin: Origin, event_id: str) -> Record | None:
    """Return an event as EventBridge gets it; None for events that it does not get."""
    detail_type = _find(_DETAIL_TYPES, event.name)
    if detail_type is None:
        return None
    bucket = event.bucket
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": bucket.owner,
        "time": format_seconds(event.at),
        "region": bucket.region,
        "resources": [arn_of(bucket.region, bucket.name)],
        "detail": _detail(event, origin),
    }


def _detail(event: Event, origin: Origin) -> Record:
    described = {"key": event.key} | {_OBJECT_NAMES.get(name, name): value for name, value in _object(event).items()}
    if event.name.startswith(_RESTORED):
        described.pop("sequencer", None)
    detail: Record = {
        "version": "0",
        "event-version": DETAIL_VERSION,
        "bucket": {"name": event.bucket.name},
        "object": described,
        "request-id": origin.request_id,
        "requester": S3 if event.origin is None else event.caller.account or event.caller.unique_id,
    }
    if event.origin is not None:
        detail["source-ip-address"] = origin.address
    reason = _find(_REASONS, event.name)
    if reason is not None:
        detail["reason"] = reason
    if reason in {"DeleteObject", "Lifecycle Expiration"}:
        is_marker = event.name.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    return detail | _detail_data(event)


def _detail_data(event: Event) -> Record:
    """Return what only some events say to EventBridge."""
    found: Record = {}
    for name, data in event.data.items():
        if name == "glacierEventData":
            expires = data["restoreEventData"].get("lifecycleRestorationExpiryTime")
            found |= {} if expires is None else {"restore-expiry-time": expires.replace(".000Z", "Z")}
        elif name == "lifecycleEventData":
            found["destination-storage-class"] = data["transitionEventData"]["destinationStorageClass"]
        elif name == "intelligentTieringEventData":
            found["destination-access-tier"] = data["destinationAccessTier"]
        elif name == "objectRetentionEventData":
            renamed = {_RETENTION_NAMES.get(each, each): value for each, value in data.items()}
            found["object-retention-event-data"] = renamed
    if event.name.startswith(_RESTORED) and isinstance(event.entry, Version):
        found["source-storage-class"] = event.entry.attributes.storage_class
    return found


def _find(names: Mapping[str, str], event: str) -> str | None:
    return names.get(event, names.get(event.partition(":")[0]))
