"""The daily run of lifecycle over all buckets. What it does to one bucket is in `model/lifecycle_run.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fakes3.model.bucket import Bucket
from fakes3.model.event_records import transition_data
from fakes3.model.lifecycle_run import HIDE, REMOVE, Done, next_run, run_lifecycle
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call

LIFECYCLE = "lifecycle"

MOVED = "LifecycleTransition"
_NAMES = {REMOVE: "LifecycleExpiration:Delete", HIDE: "LifecycleExpiration:DeleteMarkerCreated"}
"""The events of the steps. S3: userguide/lifecycle-configure-notification.html"""


@background(LIFECYCLE, latest=next_run)
def run_daily(s3: Call, *, until: datetime, step: Step) -> datetime:
    """Do what the runs at all midnights from `s3.now` until then do."""
    world = s3.world
    buckets, sequence = world.buckets, world.sequence
    done: list[tuple[Bucket, Done]] = []
    for bucket in world.buckets.values():
        ran = run_lifecycle(bucket, since=s3.now, now=until, ids=s3.ids, sequence=sequence, step=step)
        done += ((bucket, each) for each in ran.done)
        if ran.bucket is not bucket:
            buckets, sequence = buckets.set(bucket.name, ran.bucket), ran.sequence
    if buckets is not world.buckets:
        s3.world = replace(world, buckets=buckets, sequence=sequence + 1)
    for bucket, (at, key, entry, to) in done:
        name = _NAMES.get(to, MOVED)
        s3.announce(name, bucket, key, entry, at, transition_data(to) if name == MOVED else {})
    return next_run(until)
