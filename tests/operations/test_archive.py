"""RestoreObject, called without the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes3.model.errors import MalformedXML, RestoreAlreadyInProgress
from fakes3.operations.call import Ask
from fakes3.operations.registry import REGISTRY
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
    """An S3 whose object "k" is of DEEP_ARCHIVE."""
    made = Service()
    made.clock.freeze("2026-01-01T00:00:00Z")
    made.perform(Ask("CreateBucket", {"Bucket": "bucket"}, made.root))
    bucket = made.world.buckets["bucket"]
    bucket = filled(bucket, {"k": b"x"}, clock=made.clock, ids=made.ids, sequence=made.world.sequence)
    version = bucket.versions.current["k"]
    cold = replace(version, attributes=replace(version.attributes, storage_class="DEEP_ARCHIVE"))
    made.replace_world(made.world.with_bucket(bucket.with_versions(bucket.versions.replaced("k", version, cold))))
    return made


@pytest.fixture
def restore(service: Service) -> Any:
    def ask(**wanted: Any) -> dict[str, Any]:
        parameters = {"Bucket": "bucket", "Key": "k", "RestoreRequest": Body(**wanted)}
        return service.perform(Ask("RestoreObject", parameters, service.root)).members

    return ask


class TestRestoreObject:
    """What is answered tells whether the copy is still to come."""

    def test_members(self):
        accepted = REGISTRY["RestoreObject"].accepts["RestoreRequest"]
        assert {"Days": {}, "GlacierJobParameters": {"Tier": {}}, "Tier": {}} == accepted

    def test_in_progress_then_there(self, service, restore):
        assert {"IsRestoreInProgress": True} == restore(Days=1)
        with pytest.raises(RestoreAlreadyInProgress):
            restore(Days=1)
        service.clock.advance(hours=12)
        assert {} == restore(Days=1)

    def test_the_record_is_kept_with_the_version(self, service, restore):
        restore(Days=1, GlacierJobParameters={"Tier": "Bulk"})
        kept = service.world.buckets["bucket"].versions.current["k"].restore
        assert ("Bulk", 1) == (kept.tier, kept.days)
        assert "2026-01-03T00:00:00+00:00" == kept.ready.isoformat()
        assert "2026-01-04T00:00:00+00:00" == kept.expires.isoformat()

    @pytest.mark.parametrize("wanted", [{}, {"Days": 1, "Tier": "Bulk"}, {"GlacierJobParameters": {"Tier": "Bulk"}}])
    def test_malformed(self, service, restore, wanted):
        before = service.world
        with pytest.raises(MalformedXML):
            restore(**wanted)
        assert before is service.world

    def test_a_fork_goes_its_own_way(self, service, restore):
        twin = service.fork()
        restore(Days=1)
        assert twin.world.buckets["bucket"].versions.current["k"].restore is None
