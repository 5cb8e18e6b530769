"""All of S3 as one immutable value.

Whoever holds a world holds everything as it was at one moment: a listing that reads it is consistent, a snapshot is a
reference to it, a fork is a second holder, and an operation that failed has changed nothing, since it never had
anything but a value to read.
"""

from __future__ import annotations

from dataclasses import dataclass

from fakes3.model.bucket import Bucket
from fakes3.model.ordered_map import OrderedMap


@dataclass(frozen=True, slots=True)
class World:
    """Every bucket by name, and the sequence number of the last commit."""

    buckets: OrderedMap[str, Bucket] = OrderedMap()
    sequence: int = 0

    def having(self, bucket: Bucket) -> World:
        """The next world, in which this bucket stands as given."""
        return World(self.buckets.set(bucket.name, bucket), self.sequence + 1)

    def without(self, name: str) -> World:
        """The next world, in which no bucket has this name."""
        return World(self.buckets.delete(name), self.sequence + 1)
