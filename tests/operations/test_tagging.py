"""The operations of tags, called without the wire."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.versions import Version
from fakes3.operations.call import Ask
from fakes3.operations.registry import EVERYTHING, REGISTRY
from fakes3.operations.service import Service
from fakes3.testing.seeds import filled


class Body:
    """An XML document that was read already."""

    def __init__(self, **contents: Any) -> None:
        self.contents = contents

    def read(self) -> dict[str, Any]:
        return self.contents


@pytest.fixture
def service() -> Service:
    made = Service()
    made.perform(Ask("CreateBucket", {"Bucket": "bucket"}, made.root))
    return made


@pytest.fixture
def perform(service: Service) -> Any:
    def ask(name: str, **parameters: Any) -> dict[str, Any]:
        return service.perform(Ask(name, {"Bucket": "bucket", "Key": "k"} | parameters, service.root)).members

    return ask


@pytest.fixture
def stored(service: Service, perform) -> Version:
    """An object without tags."""
    bucket = service.world.buckets["bucket"]
    made = filled(bucket, {"k": b"x"}, clock=service.clock, ids=service.ids, sequence=service.world.sequence)
    service.replace_world(service.world.with_bucket(made))
    return service.world.buckets["bucket"].versions.current["k"]


class TestTagging:
    """Changing tags replaces the version in its place."""

    def test_members(self):
        assert {"Bucket", "Key", "VersionId", "Tagging", "ExpectedBucketOwner", "RequestPayer"} == set(
            REGISTRY["PutObjectTagging"].accepts
        )
        assert REGISTRY["PutObjectTagging"].accepts["Tagging"] is EVERYTHING
        assert "RequestPayer" not in REGISTRY["DeleteObjectTagging"].accepts

    def test_sorted_in_the_same_place(self, service, perform, stored):
        tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
        assert {"VersionId": None} == perform("PutObjectTagging", Tagging=Body(TagSet=tags))
        now = service.world.buckets["bucket"].versions.current["k"]
        assert (("a", "1"), ("b", "2")) == now.attributes.tags
        assert (stored.sequence, stored.body) == (now.sequence, now.body)
        assert {"TagSet": tags[::-1], "VersionId": None} == perform("GetObjectTagging")

    def test_the_same_tags_commit_nothing(self, service, perform, stored):
        before = service.world
        perform("DeleteObjectTagging")
        assert before is service.world
