"""Exclusions from replication: a rule copies nothing that matches what stands in the Not of its Filter.

S3: API/API_ReplicationRuleFilter.html, API/API_ReplicationRuleNotOperator.html, API/API_ReplicationRuleOrOperator.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3

from .conftest import Head, Replicate
from .test_replication import to
from .test_replication_configuration import ON

TAG = {"Key": "copy", "Value": "no"}
OTHER_TAG = {"Key": "copy", "Value": "never"}
OBJECTS = {"data/a": "", "data/no": "copy=no", "data/tmp/b": "", "tmp/c": "copy=yes", "logs/d": "copy=never"}
"""The objects that are written, each with its tags."""


class TestNot:
    """A rule copies what does not match its Not: a prefix, a tag, or one of the filters of an Or."""

    @pytest.mark.parametrize(
        ("conditions", "copied"),
        [
            ({"Not": {"Prefix": "tmp/"}}, ["data/a", "data/no", "data/tmp/b", "logs/d"]),
            ({"Not": {"Prefix": ""}}, []),
            ({"Not": {"Tag": TAG}}, ["data/a", "data/tmp/b", "logs/d", "tmp/c"]),
            ({"Not": {"Or": {"Prefixes": ["tmp/", "logs/"]}}}, ["data/a", "data/no", "data/tmp/b"]),
            ({"Not": {"Or": {"Tags": [TAG, OTHER_TAG]}}}, ["data/a", "data/tmp/b", "tmp/c"]),
            ({"Not": {"Or": {"Prefixes": ["data/tmp/"], "Tags": [TAG]}}}, ["data/a", "logs/d", "tmp/c"]),
            ({"And": {"Prefix": "data/", "Not": {"Prefix": "data/tmp/"}}}, ["data/a", "data/no"]),
            (
                {"And": {"Prefix": "data/", "Not": {"Or": {"Prefixes": ["data/tmp/"], "Tags": [TAG]}}}},
                ["data/a"],
            ),
            ({"And": {"Tags": [TAG], "Not": {"Prefix": "tmp/"}}}, ["data/no"]),
        ],
    )
    def test_what_is_copied(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head, conditions: Any, copied: list[str]
    ) -> None:
        replicate(to() | {"Filter": conditions})
        for key, tags in OBJECTS.items():
            s3_client.put_object(Bucket="src", Key=key, Tagging=tags)
        s3.clock.advance(minutes=15)
        assert copied == list(s3["dst"])
        statuses = {key for key in OBJECTS if "ReplicationStatus" in head("src", key)}
        assert set(copied) == statuses

    def test_leaves_an_object_to_the_next_rule(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        warm = to(StorageClass="STANDARD_IA") | {"ID": "b", "Priority": 2, "Filter": {"Not": {"Prefix": "tmp/"}}}
        replicate(to(StorageClass="GLACIER_IR"), warm)
        for key in ("a", "tmp/a"):
            s3_client.put_object(Bucket="src", Key=key)
        s3.clock.advance(minutes=15)
        found = [head("dst", key)["StorageClass"] for key in ("a", "tmp/a")]
        assert ["STANDARD_IA", "GLACIER_IR"] == found

    def test_of_delete_markers_too(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to() | {"Filter": {"Not": {"Prefix": "tmp/"}}, "DeleteMarkerReplication": ON})
        for key in ("a", "tmp/a"):
            s3_client.delete_object(Bucket="src", Key=key)
        s3.clock.advance(minutes=15)
        markers = s3_client.list_object_versions(Bucket="dst")["DeleteMarkers"]
        assert ["a"] == [each["Key"] for each in markers]
