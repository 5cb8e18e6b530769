"""All of S3 as one immutable value.

Whoever holds a world holds everything as it was at one moment: a listing that reads it is consistent, a snapshot is a
reference to it, a fork is a second holder, and an operation that failed has changed nothing, since it never had
anything but a value to read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fakes3.model.bucket import Bucket
from fakes3.model.clock import Ids
from fakes3.model.lifecycle_run import DAY, next_run, run_lifecycle
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock


@dataclass(frozen=True, slots=True)
class World:
    """Every bucket by name, the sequence number of the last commit, and when lifecycle runs next."""

    buckets: OrderedMap[str, Bucket] = OrderedMap()
    sequence: int = 0
    lifecycle_due: datetime | None = None
    """The midnight of the next run of lifecycle; None as long as no bucket ever had a rule."""
    account_blocks: OrderedMap[str, PublicAccessBlock] = OrderedMap()
    """The Block Public Access of whole accounts, by their 12 digits."""

    def blocked_in(self, bucket: Bucket) -> PublicAccessBlock:
        """Return what is blocked of public access to a bucket, by itself or by its owner's account."""
        return (bucket.public_access or NOTHING_BLOCKED) | self.account_blocks.get(bucket.owner, NOTHING_BLOCKED)

    def with_bucket(self, bucket: Bucket) -> World:
        """Return the next world, in which this bucket stands as given."""
        return World(self.buckets.set(bucket.name, bucket), self.sequence + 1, self.lifecycle_due, self.account_blocks)

    def without_bucket(self, name: str) -> World:
        """Return the next world, in which no bucket has this name."""
        return World(self.buckets.delete(name), self.sequence + 1, self.lifecycle_due, self.account_blocks)

    def with_lifecycle(self, now: datetime) -> World:
        """Return the same world, in which lifecycle runs from the next midnight on, if it does not yet."""
        return self if self.lifecycle_due is not None else replace(self, lifecycle_due=next_run(now))

    def is_current(self, now: datetime) -> bool:
        """Whether lifecycle has done everything that was due up to a moment."""
        return self.lifecycle_due is None or self.lifecycle_due - DAY <= now < self.lifecycle_due

    def run_lifecycle(self, now: datetime, ids: Ids) -> World:
        """Return the world after all runs of lifecycle up to a moment.

        Where the clock was set back, the runs begin anew with the next midnight it comes to.
        """
        if self.lifecycle_due is None or self.is_current(now):
            return self
        buckets, sequence = self.buckets, self.sequence
        if now >= self.lifecycle_due:
            for bucket in self.buckets.values():
                older, sequence = run_lifecycle(bucket, since=self.lifecycle_due, now=now, ids=ids, sequence=sequence)
                if older is not bucket:
                    buckets = buckets.set(bucket.name, older)
        if buckets is not self.buckets:
            sequence += 1
        return World(buckets, sequence, next_run(now), self.account_blocks)
