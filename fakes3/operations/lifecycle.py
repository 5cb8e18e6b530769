"""The daily run of lifecycle over all buckets. What it does to one bucket is in `model/lifecycle_run.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fakes3.model.access_log import LIFECYCLE as LIFECYCLE_REQUESTER
from fakes3.model.access_log import Record
from fakes3.model.bucket import Bucket
from fakes3.model.event_records import transition_data
from fakes3.model.lifecycle_run import HIDE, REMOVE, Done, Ran, next_run, run_lifecycle
from fakes3.model.versions import Entry, Version
from fakes3.operations.access_logs import log
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call

LIFECYCLE = "lifecycle"

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
    """Do what the runs at all midnights from `s3.now` until then do."""
    world = s3.world
    buckets, sequence = world.buckets, world.sequence
    done: list[tuple[Bucket, Done]] = []
    records: list[tuple[str, Record]] = []
    for bucket in world.buckets.values():
        ran = run_lifecycle(bucket, since=s3.now, now=until, ids=s3.ids, sequence=sequence, step=step)
        done += ((bucket, each) for each in ran.done)
        if bucket.configurations.logging is not None:
            records += _records(s3, bucket, ran)
        if ran.bucket is not bucket:
            buckets, sequence = buckets.set(bucket.name, ran.bucket), ran.sequence
    if buckets is not world.buckets:
        s3.world = log(replace(world, buckets=buckets, sequence=sequence + 1), records)
    for bucket, (at, key, entry, to) in done:
        name = _NAMES.get(to, MOVED)
        s3.announce(name, bucket, key, entry, at, transition_data(to) if name == MOVED else {})
    return next_run(until)


def _records(s3: Call, bucket: Bucket, ran: Ran) -> list[tuple[str, Record]]:
    """Return what the access log of a bucket says of its runs.

    S3: userguide/lifecycle-and-other-bucket-config.html, "S3 Lifecycle and logging"
    """
    found: list[tuple[datetime, str, str, Entry | None]] = [
        (done.at, _LOGGED[done.to], done.key, done.entry) for done in ran.done
    ]
    found += [
        (ended.ended, "S3.DELETE.UPLOAD", key, None)
        for (key, number), ended in ran.bucket.ended_uploads.items()
        if (key, number) in bucket.uploads
    ]
    return [
        (
            bucket.name,
            Record(
                at=at,
                operation=operation,
                requester=LIFECYCLE_REQUESTER,
                request_id=s3.ids.opaque(f"{operation} {key} {number}", s3.sequence)[:16].upper(),
                key=key,
                size=entry.size if isinstance(entry, Version) else None,
            ),
        )
        for number, (at, operation, key, entry) in enumerate(found)
    ]
