"""A bucket as it is at one moment."""

from __future__ import annotations

from datetime import UTC, datetime

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.configurations import BUCKET_OWNER
from fakes3.model.encryption import BucketEncryption
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import ALL_BLOCKED
from fakes3.model.versions import Attributes, Version, Versions

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
BUCKET = Bucket(name="b", owner="123456789012", region="eu-west-1", created=WHEN, location="EU")


class TestBucket:
    def test_it_begins_without_versioning_and_without_objects(self) -> None:
        assert (None, False) == (BUCKET.versioning, bool(BUCKET.versions))

    def test_it_begins_as_new_buckets_do(self) -> None:
        assert (BucketEncryption(), ALL_BLOCKED) == (BUCKET.encryption, BUCKET.public_access)
        assert (Ownership.ENFORCED, BUCKET_OWNER) == (BUCKET.ownership, BUCKET.payer)
        assert (None, None) == (BUCKET.lock, BUCKET.configurations.lifecycle)

    def test_other_versions_change_nothing_else(self) -> None:
        version = Version(1, "null", WHEN, BUCKET.owner, Rope(), "etag", None, Attributes())
        versions = Versions().written("k", version, None)
        assert BUCKET._replace(versions=versions) == BUCKET.with_versions(versions)
        assert not BUCKET.versions
