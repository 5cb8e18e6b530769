"""A request as its operation sees it."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes3.model.access_points import NO_POINTS, AccessPoint, PointName
from fakes3.model.clock import Ids
from fakes3.model.configurations import VERSIONING
from fakes3.model.errors import AccessDenied, InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.versions import Versioning
from fakes3.model.world import World
from fakes3.operations.call import Ask, Call, Through
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings

NOW = datetime(2026, 1, 1, 12, 30, 15, 999, tzinfo=UTC)
ROOT = Principal("123456789012")


class TestCall:
    """A call sees one world, and makes the next."""

    @pytest.fixture
    def world(self) -> World:
        service = Service()
        service.perform(Ask("CreateBucket", {"Bucket": "bucket"}, service.root))
        return service.world

    @staticmethod
    def call(
        world: World, caller: Principal = ROOT, region: str | None = None, results: dict[Hashable, Any] | None = None
    ) -> Call:
        return Call(Ask("ListObjects", {}, caller, region), world, NOW, Ids(), Settings(), results)

    def test_the_owner_finds_the_bucket(self, world: World) -> None:
        assert world.buckets["bucket"] is self.call(world).bucket("bucket", {}, "s3:ListBucket")

    def test_there_is_none(self, world: World) -> None:
        with pytest.raises(NoSuchBucket) as caught:
            self.call(world).bucket("nowhere", {}, "s3:ListBucket")
        assert {"BucketName": "nowhere"} == caught.value.members

    @pytest.mark.parametrize("caller", [ANONYMOUS, Principal("210987654321")])
    def test_a_stranger_is_denied_and_told_the_region(self, world: World, caller: Principal) -> None:
        with pytest.raises(AccessDenied) as caught:
            self.call(world, caller=caller).bucket("bucket", {}, "s3:ListBucket")
        assert ({}, {"x-amz-bucket-region": "us-east-1"}) == (caught.value.members, caught.value.headers)

    def test_the_access_point_leads_elsewhere_by_now(self, world: World) -> None:
        name = PointName(ROOT.account or "", "us-east-1", "way")
        ask = Ask("ListObjects", {"Bucket": "bucket"}, ROOT, through=Through(name))
        with pytest.raises(NoSuchBucket):
            Call(ask, world, NOW, Ids(), Settings())
        for bucket in ("bucket", "other"):
            points = NO_POINTS.with_point(AccessPoint(name, "way-x-s3alias", bucket, name.account, NOW))
            later = world.with_access_points(points)
            expected = nullcontext() if bucket == "bucket" else pytest.raises(NoSuchBucket)
            with expected:
                assert points.get(name) is Call(ask, later, NOW, Ids(), Settings()).access_point

    def test_it_is_elsewhere(self, world: World) -> None:
        call = self.call(world, region="eu-west-1")
        with pytest.raises(PermanentRedirect) as caught:
            call.bucket("bucket", {}, "s3:ListBucket")
        assert {"Endpoint": "bucket.s3.amazonaws.com", "Bucket": "bucket"} == caught.value.members
        assert world.buckets["bucket"] is call.bucket("bucket", {}, "s3:GetBucketLocation", anywhere=True)

    def test_it_is_another_s_than_expected(self, world: World) -> None:
        with pytest.raises(AccessDenied):
            self.call(world).bucket("bucket", {"ExpectedBucketOwner": "210987654321"}, "s3:ListBucket")
        with pytest.raises(InvalidBucketOwnerAWSAccountID):
            self.call(world).bucket("bucket", {"ExpectedBucketOwner": "1"}, "s3:ListBucket")

    def test_a_commit_is_of_the_call_only(self, world: World) -> None:
        call = self.call(world)
        changed = world.buckets["bucket"].configure(VERSIONING, {"Status": "Enabled"})
        assert world.sequence + 1 == call.sequence
        call.commit(changed)
        assert changed is call.world.buckets["bucket"] is not world.buckets["bucket"]
        assert world.sequence + 2 == call.sequence

    def test_version_ids_are_made_while_versioning_is_enabled(self, world: World) -> None:
        call = self.call(world)
        assert ["null", "null"] == [call.version_id(None), call.version_id(Versioning.SUSPENDED)]
        assert call.sequence == call.ids.sequence_of(call.version_id(Versioning.ENABLED))

    def test_its_stamp_has_whole_seconds(self, world: World) -> None:
        assert NOW.replace(microsecond=0) == self.call(world).stamp

    def test_long_work_is_done_once(self, world: World) -> None:
        done: list[str] = []

        def work() -> int:
            done.append("work")
            return len(done)

        first = self.call(world)
        assert [1, 1] == [first.once("work", work), first.once("work", work)]
        second = self.call(world, results=first.results)
        assert [1, 2] == [second.once("work", work), second.once("other", work)]
