"""Object Lock: retention and legal holds of versions.

What a lock forbids, and who is allowed to change it, is in `model/lock.py`. The configuration of a bucket is in
`bucket_configurations.py`. The lock of a write is read in `write_headers.py`.

S3: userguide/object-lock.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from fakes3.model.dates import format_iso8601
from fakes3.model.errors import MalformedXML, NoSuchObjectLockConfiguration
from fakes3.model.event_records import retention_data
from fakes3.model.lock import EventHold, Retention, check_has_lock, check_retention_change, read_retention
from fakes3.model.lock import LegalHold as Hold
from fakes3.operations.call import Call
from fakes3.operations.lookup import find_subresource, version_for_subresource
from fakes3.operations.members import Document, Members, VersionHeaders
from fakes3.operations.registry import operation
from fakes3.operations.write_headers import check_bypass


class EventHoldDuration(TypedDict, total=False):
    """How long a version is retained once its event hold is released."""

    Days: int
    Years: int


class ObjectLockRetention(TypedDict, total=False):
    """The body of PutObjectRetention; an empty one removes the retention."""

    Mode: str
    RetainUntilDate: datetime
    EventHold: str
    EventHoldDuration: EventHoldDuration


@operation
def put_object_retention(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    Retention: Document[ObjectLockRetention] | None = None,
    BypassGovernanceRetention: bool = False,
    **headers: Unpack[VersionHeaders],
) -> Members:
    """Set the retention of a version, as far as its present retention allows."""
    bucket, version = find_subresource(s3, headers, "s3:PutObjectRetention", Bucket, Key, locks=True)
    if Retention is None:
        raise MalformedXML
    before = version.attributes.lock
    wanted: Members = dict(Retention.read())
    retention, hold = read_retention(wanted, before, now=s3.now, bypass_governance=BypassGovernanceRetention)
    bypass = check_bypass(s3, bucket, Key, BypassGovernanceRetention)
    check_retention_change(
        before.retention_at(s3.now), retention, now=s3.now, bypass_governance=bypass, is_held=before.is_held
    )
    s3.commit(bucket.with_attributes(Key, version, retention=retention, event_hold=hold), None, Key, version)
    s3.announce("ObjectRetention:Put", bucket, Key, version, data=_event_data(retention, hold, s3.now))
    return {}


def _event_data(retention: Retention | None, hold: EventHold | None, now: datetime) -> Members:
    """Return what the event of a new retention says of it; nothing for one that was removed."""
    present = retention if hold is None else hold.extend(retention, now)
    if present is None:
        return {}
    duration = None if hold is None or hold.duration is None else hold.duration._asdict()
    stated = None if duration is None else {name: value for name, value in duration.items() if value is not None}
    until = format_iso8601(present.until)
    return retention_data(present.mode.value, until, None if hold is None else hold.status, stated)


@operation
def get_object_retention(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[VersionHeaders]) -> Members:
    """Return the retention of a version, also after it has ended, with its event hold."""
    _, version = find_subresource(s3, headers, "s3:GetObjectRetention", Bucket, Key, locks=True)
    retention, hold = version.attributes.lock.retention_at(s3.now), version.attributes.event_hold
    if retention is None:
        raise NoSuchObjectLockConfiguration
    answer: Members = {"Mode": retention.mode.value, "RetainUntilDate": retention.until}
    if hold is not None:
        answer["EventHold"] = hold.status
        if hold.duration is not None:
            days, years = hold.duration
            answer["EventHoldDuration"] = {"Days": days} if years is None else {"Years": years}
    return {"Retention": answer}


@operation
def put_object_legal_hold(
    s3: Call, *, Bucket: str, Key: str, LegalHold: Document[Members] | None = None, **headers: Unpack[VersionHeaders]
) -> Members:
    """Put a legal hold on a version, or take it off."""
    version_id = headers.get("VersionId")
    bucket = s3.bucket(Bucket, headers, "s3:PutObjectLegalHold", key=Key, version_id=version_id)
    # Here the document comes first. recorded: TestS3ObjectLockLegalHold::test_put_object_legal_hold_exc
    wanted = None if LegalHold is None else LegalHold.read().get("Status")
    if wanted is None:
        raise MalformedXML
    check_has_lock(bucket.lock)
    version = version_for_subresource(s3, bucket, Key, version_id)
    s3.commit(bucket.with_attributes(Key, version, legal_hold=Hold(wanted)), None, Key, version)
    return {}


@operation
def get_object_legal_hold(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[VersionHeaders]) -> Members:
    """Return whether a legal hold is on a version. A version that never had one is an error."""
    _, version = find_subresource(s3, headers, "s3:GetObjectLegalHold", Bucket, Key, locks=True)
    hold = version.attributes.legal_hold
    if hold is None:
        raise NoSuchObjectLockConfiguration
    return {"LegalHold": {"Status": hold.value}}
