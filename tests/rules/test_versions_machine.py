"""Buckets in every versioning state beside a small oracle: a list of entries for each key, and nothing more.

The machine puts, deletes, deletes by version, changes the versioning state, lets time pass and looks, through a boto3
client. The oracle keeps each key's entries newest first, as the User Guide tells it in a few sentences.

S3: userguide/versioning-workflows.html
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fakes3 import FakeS3

BUCKET = "pictures"
KEYS = st.sampled_from(["a", "a/b", "b"])
LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"


@dataclass(frozen=True)
class Kept:
    """What the oracle knows of a version or, with no body, of a delete marker."""

    id: str
    body: bytes | None
    at: datetime


class Versions(RuleBasedStateMachine):
    """Drives one bucket."""

    def __init__(self) -> None:
        super().__init__()
        self.s3 = FakeS3()
        self.s3.clock.freeze("2026-01-01T00:00:00Z")
        self.client = self.s3.client()
        self.keys: dict[str, list[Kept]] = {}
        self.state: str | None = None
        self.count = 0

    @initialize(state=st.sampled_from([None, "Enabled", "Suspended"]))
    def create(self, state: str | None) -> None:
        self.client.create_bucket(Bucket=BUCKET)
        if state is not None:
            self.set_versioning(state)

    @rule(state=st.sampled_from(["Enabled", "Suspended"]))
    def set_versioning(self, state: str) -> None:
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": state})
        self.state = state

    @rule(seconds=st.integers(1, 200_000))
    def wait(self, seconds: int) -> None:
        self.s3.clock.advance(timedelta(seconds=seconds))

    @rule(key=KEYS)
    def put(self, key: str) -> None:
        self.count += 1
        body = b"%d" % self.count
        answer = self.client.put_object(Bucket=BUCKET, Key=key, Body=body)
        assert (self.state == "Enabled") == ("VersionId" in answer)
        self.add(key, Kept(answer.get("VersionId", "null"), body, self.s3.clock.now()))

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        answer = self.client.delete_object(Bucket=BUCKET, Key=key)
        if self.state is None:
            assert "VersionId" not in answer
            self.keys.pop(key, None)
            return
        assert answer["DeleteMarker"]
        assert (self.state == "Suspended") == (answer["VersionId"] == "null")
        self.add(key, Kept(answer["VersionId"], None, self.s3.clock.now()))

    @precondition(lambda self: any(self.keys.values()))
    @rule(data=st.data())
    def delete_version(self, data: st.DataObject) -> None:
        key, kept = data.draw(self.any_entry())
        answer = self.client.delete_object(Bucket=BUCKET, Key=key, VersionId=kept.id)
        if self.state is not None:
            assert kept.id == answer["VersionId"]
            assert (kept.body is None) == answer.get("DeleteMarker", False)
        self.keys[key].remove(kept)

    @precondition(lambda self: any(self.keys.values()))
    @rule(data=st.data())
    def get_version(self, data: st.DataObject) -> None:
        key, kept = data.draw(self.any_entry())
        if kept.body is None:
            with pytest.raises(ClientError, match="MethodNotAllowed"):
                self.client.get_object(Bucket=BUCKET, Key=key, VersionId=kept.id)
        else:
            answer = self.client.get_object(Bucket=BUCKET, Key=key, VersionId=kept.id)
            assert (kept.body, kept.at) == (answer["Body"].read(), answer["LastModified"])

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        entries = self.keys.get(key)
        if not entries or entries[0].body is None:
            with pytest.raises(ClientError, match="NoSuchKey"):
                self.client.get_object(Bucket=BUCKET, Key=key)
        else:
            answer = self.client.get_object(Bucket=BUCKET, Key=key)
            assert entries[0].body == answer["Body"].read()
            assert (None if self.state is None else entries[0].id) == answer.get("VersionId")

    @rule(size=st.integers(1, 5))
    def list_versions(self, size: int) -> None:
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=BUCKET, PaginationConfig={"PageSize": size}
        )
        found: list[Any] = []
        for page in pages:
            for name in ("Versions", "DeleteMarkers"):
                found.extend((each, name == "DeleteMarkers") for each in page.get(name, ()))
        told = {(each["Key"], each["VersionId"]): (is_marker, each["IsLatest"]) for each, is_marker in found}
        assert len(told) == len(found), "an entry was listed twice"
        assert told == {
            (key, kept.id): (kept.body is None, place == 0)
            for key, entries in self.keys.items()
            for place, kept in enumerate(entries)
        }

    @invariant()
    def the_current_objects_are_listed(self) -> None:
        if BUCKET not in self.s3:
            return
        bucket = self.s3[BUCKET]
        visible = [key for key, entries in sorted(self.keys.items()) if entries and entries[0].body is not None]
        assert visible == list(bucket)
        for key, entries in self.keys.items():
            assert [kept.id for kept in entries] == [each.version_id for each in bucket.versions(key)]

    def add(self, key: str, new: Kept) -> None:
        entries = self.keys.setdefault(key, [])
        if new.id == "null":
            entries[:] = [kept for kept in entries if kept.id != "null"]
        entries.insert(0, new)

    def any_entry(self) -> st.SearchStrategy[tuple[str, Kept]]:
        return st.sampled_from([(key, kept) for key, entries in sorted(self.keys.items()) for kept in entries])


TestVersions = Versions.TestCase
TestVersions.settings = settings(
    deadline=None, max_examples=200 if LONG else 20, stateful_step_count=200 if LONG else 50
)
