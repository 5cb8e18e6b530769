"""How an operation is declared: its name and its signature are its registration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

import pytest

from fakes3.model.clock import Ids
from fakes3.model.errors import AccessDenied, InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.versions import Versioning
from fakes3.model.world import World
from fakes3.operations.registry import (
    REGISTRY,
    Call,
    Common,
    Document,
    Members,
    Operation,
    Settings,
    common,
    operation,
)
from fakes3.operations.service import NOUNS, Service
from fakes3.wire.table import operations

NOW = datetime(2026, 1, 1, 12, 30, 15, 999, tzinfo=UTC)


class Inner(TypedDict, total=False):
    Name: str


class Outer(TypedDict, total=False):
    Inners: list[Inner]
    Plain: str


class Group(Common, total=False):
    Shared: str


class TestOperation:
    """An operation takes what its signature says, and nothing else."""

    @pytest.fixture(autouse=True)
    def _leave_no_trace(self) -> Iterator[None]:
        before = dict(REGISTRY)
        yield
        REGISTRY.clear()
        REGISTRY.update(before)

    def test_its_function_s_name_is_its_own(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str) -> Members:
            return {}

        assert Operation("MakeNoThing", make_no_thing) == REGISTRY["MakeNoThing"]

    def test_members_are_parameters_and_those_of_groups(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str, Own: int | None = None, **headers: Unpack[Group]) -> Members:
            return {}

        names = {"Bucket", "Own", "Shared", "ExpectedBucketOwner", "RequestPayer"}
        assert {name: {} for name in names} == REGISTRY["MakeNoThing"].accepts

    def test_documents_tell_what_is_taken_inside(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Body: Document[Outer] | None = None) -> Members:
            return {}

        assert {"Body": {"Inners": {"Name": {}}, "Plain": {}}} == REGISTRY["MakeNoThing"].accepts


class TestEveryOperation:
    """Every built operation is one of S3's, and takes members that S3's has."""

    def test_is_of_a_noun(self) -> None:
        nouns = {module.__name__ for module in NOUNS}
        assert all(each.function.__module__ in nouns for each in REGISTRY.values())

    @pytest.mark.parametrize("name", sorted(REGISTRY))
    def test_is_in_the_table(self, name: str) -> None:
        shape = operations()[name].input
        known = set() if shape is None else set(shape.members)
        assert set(REGISTRY[name].accepts) <= known

    @pytest.mark.parametrize("name", sorted(REGISTRY))
    def test_takes_what_is_required(self, name: str) -> None:
        shape = operations()[name].input
        required = frozenset() if shape is None else shape.required
        assert required <= set(REGISTRY[name].accepts)


class TestCommon:
    def test_only_what_every_operation_takes_is_passed_on(self) -> None:
        headers = {"RequestPayer": "requester", "ContentType": "text/plain"}
        assert {"RequestPayer": "requester"} == common(headers)


class TestCall:
    """A call sees one world, and makes the next."""

    @pytest.fixture
    def world(self) -> World:
        service = Service()
        service.perform("CreateBucket", {"Bucket": "bucket"}, caller=service.root)
        return service.world

    @staticmethod
    def call(world: World, **different: Any) -> Call:
        root = Principal("123456789012")
        given: dict[str, Any] = {"now": NOW, "caller": root, "ids": Ids(), "region": None, "settings": Settings()}
        return Call(world, **(given | different))

    def test_the_owner_finds_the_bucket(self, world: World) -> None:
        assert world.buckets["bucket"] is self.call(world).bucket("bucket", to="s3:ListBucket")

    def test_there_is_none(self, world: World) -> None:
        with pytest.raises(NoSuchBucket) as caught:
            self.call(world).bucket("nowhere", to="s3:ListBucket")
        assert {"BucketName": "nowhere"} == caught.value.members

    @pytest.mark.parametrize("caller", [ANONYMOUS, Principal("210987654321")])
    def test_a_stranger_is_denied_and_told_the_region(self, world: World, caller: Principal) -> None:
        with pytest.raises(AccessDenied) as caught:
            self.call(world, caller=caller).bucket("bucket", to="s3:ListBucket")
        assert ({}, {"x-amz-bucket-region": "us-east-1"}) == (caught.value.members, caught.value.headers)

    def test_it_is_elsewhere(self, world: World) -> None:
        call = self.call(world, region="eu-west-1")
        with pytest.raises(PermanentRedirect) as caught:
            call.bucket("bucket", to="s3:ListBucket")
        assert {"Endpoint": "bucket.s3-us-east-1.amazonaws.com", "Bucket": "bucket"} == caught.value.members
        assert world.buckets["bucket"] is call.bucket("bucket", to="s3:GetBucketLocation", anywhere=True)

    def test_it_is_another_s_than_expected(self, world: World) -> None:
        with pytest.raises(AccessDenied):
            self.call(world).bucket("bucket", to="s3:ListBucket", ExpectedBucketOwner="210987654321")
        with pytest.raises(InvalidBucketOwnerAWSAccountID):
            self.call(world).bucket("bucket", to="s3:ListBucket", ExpectedBucketOwner="1")

    def test_a_commit_is_of_the_call_only(self, world: World) -> None:
        call = self.call(world)
        changed = replace(world.buckets["bucket"], versioning=Versioning.ENABLED)
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
        second = self.call(world, remembered=first.remembered)
        assert [1, 2] == [second.once("work", work), second.once("other", work)]
