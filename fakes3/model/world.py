"""All of S3 as one immutable value.

A world is everything in S3 as it was at one moment, and never changes. So a listing that reads it is consistent, a
snapshot is a reference to it, a fork begins with the same one, and an operation that fails has changed nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from fakes3.model.access_points import NO_POINTS, Points
from fakes3.model.background import IDLE, Background
from fakes3.model.bucket import Bucket
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock

if TYPE_CHECKING:
    from fakes3.model.mfa import MfaDevice


class World(NamedTuple):
    """Every bucket by name, the sequence number of the last commit, and what S3 will do by itself."""

    buckets: OrderedMap[str, Bucket] = OrderedMap()
    sequence: int = 0
    background: Background = IDLE
    account_blocks: OrderedMap[str, PublicAccessBlock] = OrderedMap()
    """The Block Public Access of accounts, by their 12 digits."""
    mfa_devices: OrderedMap[str, MfaDevice] = OrderedMap()
    """The devices of the root users of accounts."""
    access_points: Points = NO_POINTS

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
        # Every put comes here, and World() takes three times as long.
        return tuple.__new__(World, (buckets, sequence, *self[2:]))

    def with_access_points(self, points: Points) -> World:
        """Return the next world, with these access points."""
        return self._replace(access_points=points, sequence=self.sequence + 1)

    def with_due(self, work: str, at: datetime) -> World:
        """Return the world in which a kind of work is due at this moment, or earlier if it was."""
        background = self.background.with_due(work, at)
        return self if background is self.background else self._replace(background=background)


EMPTY = World()
"""The world in which every S3 begins."""
