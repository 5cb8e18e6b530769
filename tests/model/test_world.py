"""All of S3 as one value: each change makes another, and leaves the old one as it was."""

from __future__ import annotations

from datetime import UTC, datetime

from fakes3.model.bucket import Bucket
from fakes3.model.world import World

BUCKET = Bucket(name="b", owner="123456789012", region="us-east-1", created=datetime(2026, 1, 1, tzinfo=UTC))


class TestWorld:
    def test_it_begins_empty(self) -> None:
        assert ({}, 0) == (dict(World().buckets), World().sequence)

    def test_each_commit_is_counted(self) -> None:
        world = World().with_bucket(BUCKET)
        assert ({"b": BUCKET}, 1) == (dict(world.buckets), world.sequence)
        gone = world.without_bucket("b")
        assert ({}, 2) == (dict(gone.buckets), gone.sequence)

    def test_the_old_one_is_as_it_was(self) -> None:
        world = World().with_bucket(BUCKET)
        world.without_bucket("b")
        World().with_bucket(BUCKET)
        assert ({"b": BUCKET}, 1) == (dict(world.buckets), world.sequence)
