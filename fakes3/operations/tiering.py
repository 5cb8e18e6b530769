"""Intelligent tiering: the daily move of objects to archive access tiers.

When an object moves is in `model/tierings.py`, how it is brought back in `archive.py`. The reads
that keep it where it is are noted in `lookup.py`.

S3: userguide/intelligent-tiering-overview.html
"""

from __future__ import annotations

from datetime import datetime

from fakes3.model.bucket import Bucket
from fakes3.model.event_records import tiering_data
from fakes3.model.lifecycle_run import next_run
from fakes3.model.storage_classes import Archive
from fakes3.model.tierings import latest_run, moves_of, next_look
from fakes3.model.versions import Version
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call

TIERING_WORK = "intelligent tiering"

ARCHIVED = "IntelligentTiering"
"""The event of an object that moved. S3: userguide/notification-how-to-event-types-and-destinations.html"""


@background(TIERING_WORK, latest=latest_run)
def archive_due(s3: Call, *, until: datetime, step: Step) -> datetime | None:
    """Move what is due at all midnights from `s3.now` until then. It ends where no configuration is enabled."""
    tiering = [bucket for bucket in s3.world.buckets.values() if bucket.configurations.tierings]
    following = [_archive(s3, bucket, until, step) for bucket in tiering]
    return min(following, default=None)


def _archive(s3: Call, bucket: Bucket, until: datetime, step: Step) -> datetime:
    """Move the objects of a bucket that are due from `s3.now` until then. Return when to look at it again."""
    rules, versions = bucket.configurations.tierings, bucket.versions
    again = latest_run(until)
    for key, entry in bucket.versions.scan(("", 0)):
        step()
        if not isinstance(entry, Version):
            continue
        moved = entry
        for at, tier in moves_of(key, entry, rules, s3.now):
            if at <= until:
                before, moved = moved, moved.became(archive=Archive(tier))
                versions = versions.replaced(key, before, moved)
                s3.announce(ARCHIVED, bucket, key, moved, at, tiering_data(tier))
        again = min(again, next_look(key, moved, rules, next_run(until)) or again)
    if versions is not bucket.versions:
        s3.world = s3.world.with_bucket(bucket.with_versions(versions))
    return again
