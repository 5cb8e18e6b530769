"""All of S3 as one immutable value.

A world is everything in S3 as it was at one moment, and never changes. So a listing that reads it is consistent, a
snapshot is a reference to it, a fork begins with the same one, and an operation that fails has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from fakes3.model.bucket import Bucket
from fakes3.model.clock import Ids
from fakes3.model.lifecycle_run import next_run, run_lifecycle
from fakes3.model.mfa import MfaDevice
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock


@dataclass(frozen=True, slots=True)
class World:
    """Every bucket by name, the sequence number of the last commit, and when lifecycle runs next."""

    buckets: OrderedMap[str, Bucket] = OrderedMap()
    sequence: int = 0
    lifecycle_due: datetime | None = None
    """The midnight of the next run of lifecycle; None while no bucket ever had a rule."""
    account_blocks: OrderedMap[str, PublicAccessBlock] = OrderedMap()
    """The Block Public Access of accounts, by their 12 digits."""
    mfa_devices: OrderedMap[str, MfaDevice] = OrderedMap()
    """The devices of the root users of accounts."""

    def blocked_in(self, bucket: Bucket) -> PublicAccessBlock:
        """Return what a bucket and its owner's account block of public access to the bucket."""
        return (bucket.public_access or NOTHING_BLOCKED) | self.account_blocks.get(bucket.owner, NOTHING_BLOCKED)

    def with_bucket(self, bucket: Bucket) -> World:
        """Return the next world, with this bucket in place of an earlier state of it."""
        return self._with_buckets(self.buckets.set(bucket.name, bucket), self.sequence + 1)

    def without_bucket(self, name: str) -> World:
        """Return the next world, without the bucket of this name."""
        return self._with_buckets(self.buckets.delete(name), self.sequence + 1)

    def _with_buckets(self, buckets: OrderedMap[str, Bucket], sequence: int) -> World:
        # Every put comes here, and replace() is three times slower.
        return World(buckets, sequence, self.lifecycle_due, self.account_blocks, self.mfa_devices)

    def with_lifecycle(self, now: datetime) -> World:
        """Return the world in which lifecycle runs from the next midnight on, if it does not run yet."""
        return self if self.lifecycle_due is not None else replace(self, lifecycle_due=next_run(now))

    def is_current(self, now: datetime) -> bool:
        """Whether lifecycle has done everything that is due at a moment."""
        return self.lifecycle_due is None or self.lifecycle_due == next_run(now)

    def run_lifecycle(self, now: datetime, ids: Ids, step: Callable[[], object] = bool) -> World:
        """Return the world after all runs of lifecycle up to a moment. `step` is called for each key.

        Where the clock was set back, the next run is at the midnight after that moment.
        """
        if self.lifecycle_due is None or self.is_current(now):
            return self
        buckets, sequence = self.buckets, self.sequence
        if now >= self.lifecycle_due:
            for bucket in self.buckets.values():
                older, sequence = run_lifecycle(
                    bucket, since=self.lifecycle_due, now=now, ids=ids, sequence=sequence, step=step
                )
                if older is not bucket:
                    buckets = buckets.set(bucket.name, older)
        if buckets is not self.buckets:
            sequence += 1
        return replace(self, buckets=buckets, sequence=sequence, lifecycle_due=next_run(now))


EMPTY = World()
"""The world in which every S3 begins."""
