"""The daily run of lifecycle over all buckets. What it does to one bucket is in `model/lifecycle_run.py`."""

from __future__ import annotations

from datetime import datetime

from fakes3.model.access_log import LIFECYCLE as LIFECYCLE_REQUESTER
from fakes3.model.access_log import Record
from fakes3.model.bucket import Bucket
from fakes3.model.event_records import transition_data
from fakes3.model.lifecycle_run import HIDE, REMOVE, Ran, next_run, run_lifecycle
from fakes3.model.versions import Entry, Version
from fakes3.operations.access_logs import log, logs_into_itself
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call

LIFECYCLE = "lifecycle"

LIFECYCLE_SERVICE = "lifecycle.s3.amazonaws.com"
"""The service of AWS that a directory bucket's policy has to allow."""

MOVED = "LifecycleTransition"

_LOGGED = {
    REMOVE: "S3.EXPIRE.OBJECT",
    HIDE: "S3.CREATE.DELETEMARKER",
    "STANDARD_IA": "S3.TRANSITION_SIA.OBJECT",
    "ONEZONE_IA": "S3.TRANSITION_ZIA.OBJECT",
    "INTELLIGENT_TIERING": "S3.TRANSITION_INT.OBJECT",
    "GLACIER_IR": "S3.TRANSITION_GIR.OBJECT",
    "GLACIER": "S3.TRANSITION.OBJECT",
    "DEEP_ARCHIVE": "S3.TRANSITION_GDA.OBJECT",
}
"""What access logs call the steps."""

_NAMES = {REMOVE: "LifecycleExpiration:Delete", HIDE: "LifecycleExpiration:DeleteMarkerCreated"}
"""The events of the steps. S3: userguide/lifecycle-configure-notification.html"""


@background(LIFECYCLE, latest=next_run)
def run_daily(s3: Call, *, until: datetime, step: Step) -> datetime:
    """Do what the runs at all midnights from `s3.now` until then do, or up to the first that a log is delivered for.

    The log arrives an hour later, and later runs have to see it.
    """
    ran = _run_all(s3, until, step)
    delivered = (
        record.at for bucket, after in ran if _causes_delivery(s3, bucket) for record in _records(s3, bucket, after)
    )
    first = min(delivered, default=until)
    if first < until:
        until, ran = first, _run_all(s3, first, step)
    world = s3.world
    buckets, sequence = world.buckets, world.sequence
    for before, after in ran:
        if after.bucket is not before:
            buckets, sequence = buckets.set(before.name, after.bucket), after.sequence
    if buckets is not world.buckets:
        s3.world = world._replace(buckets=buckets, sequence=sequence + 1)
        for bucket, after in ran:
            records = ((bucket.name, record) for record in _records(s3, bucket, after))
            s3.world = log(s3.world, records, causes_delivery=_causes_delivery(s3, bucket))
    for bucket, done in ((before, done) for before, after in ran for done in after.done):
        name = _NAMES.get(done.to, MOVED)
        s3.announce(name, bucket, done.key, done.entry, done.at, transition_data(done.to) if name == MOVED else {})
    return next_run(until)


def _run_all(s3: Call, until: datetime, step: Step) -> list[tuple[Bucket, Ran]]:
    """Return each bucket with what the runs at all midnights from `s3.now` until then do to it."""
    found, sequence = [], s3.world.sequence
    for bucket in s3.world.buckets.values():
        if bucket.directory is not None and not _may_expire(s3, bucket):
            continue
        ran = run_lifecycle(bucket, since=s3.now, now=until, ids=s3.ids, sequence=sequence, step=step)
        found.append((bucket, ran))
        sequence = ran.sequence
    return found


def _may_expire(s3: Call, bucket: Bucket) -> bool:
    """Whether the policy of a directory bucket lets lifecycle delete objects. Without that its rules have no effect.

    S3: userguide/directory-buckets-objects-lifecycle.html
    """
    if bucket.policy is None or bucket.configurations.lifecycle is None:
        return False
    from fakes3.operations.directory_rights import may_service  # imports what judges policies

    return may_service(s3, bucket, LIFECYCLE_SERVICE)


def _causes_delivery(s3: Call, bucket: Bucket) -> bool:
    """Whether a log is delivered for what lifecycle does to a bucket; else it waits for one that a request causes.

    In a bucket whose log comes back to it, an expired log would lead to a log that expires, for ever.
    """
    return not logs_into_itself(s3.world, bucket.name)


def _records(s3: Call, bucket: Bucket, ran: Ran) -> list[Record]:
    """Return what the access log of a bucket says of its runs.

    S3: userguide/lifecycle-and-other-bucket-config.html, "S3 Lifecycle and logging"
    """
    if bucket.configurations.logging is None:
        return []
    found: list[tuple[datetime, str, str, Entry | None]] = [
        (done.at, _LOGGED[done.to], done.key, done.entry) for done in ran.done
    ]
    found += [
        (ended.ended, "S3.DELETE.UPLOAD", key, None)
        for (key, number), ended in ran.bucket.ended_uploads.items()
        if (key, number) in bucket.uploads
    ]
    return [
        Record(
            at=at,
            operation=operation,
            requester=LIFECYCLE_REQUESTER,
            request_id=s3.ids.opaque_16(f"{operation} {key} {number}", s3.sequence),
            key=key,
            size=entry.size if isinstance(entry, Version) else None,
        )
        for number, (at, operation, key, entry) in enumerate(found)
    ]
