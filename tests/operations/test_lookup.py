"""Which object, version or delete marker a request means, and what is told where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.clock import Ids
from fakes3.model.configurations import VERSIONING
from fakes3.model.errors import InvalidArgument, MethodNotAllowed, NoSuchKey, NoSuchVersion
from fakes3.model.versions import DeleteMarker, Version
from fakes3.operations.call import Ask, Call
from fakes3.operations.lookup import entry_at, object_at, version_for_subresource
from fakes3.operations.service import Service

NEVER_MADE = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
GONE = Ids().version_id(10**6)


@pytest.fixture
def history(service: Service, perform, sent) -> list[str]:
    """The ids of the entries of "k", oldest first: a null version, a version, a delete marker."""
    perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"0"))
    bucket = service.world.buckets["bucket"].configure(VERSIONING, {"Status": "Enabled"})
    service.change_world(lambda world: world.with_bucket(bucket))
    second = perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"1"))["VersionId"]
    return ["null", second, perform("DeleteObject", Bucket="bucket", Key="k")["VersionId"]]


@pytest.fixture
def call(service: Service) -> Any:
    """Looks something up: `call(entry_at, "k", version_id)`."""

    def ask(look_up: Any, key: str, version_id: str | None) -> Any:
        asked = Ask("GetObject", {}, service.root)
        s3 = Call(asked, service.world, service.clock.now(), service.ids, service.settings)
        return look_up(s3, service.world.buckets["bucket"], key, version_id)

    return ask


class TestEntry:
    """A version id names an entry of its key, or one that is gone, or nothing S3 could have made."""

    def test_each(self, call, history: list[str]) -> None:
        found = [call(entry_at, "k", id_) for id_ in history]
        assert history == [entry.id for entry in found]
        assert [Version, Version, DeleteMarker] == [type(entry) for entry in found]

    @pytest.mark.parametrize("key", ["k", "other"])
    def test_one_that_is_gone(self, call, history: list[str], key: str) -> None:
        assert call(entry_at, key, GONE) is None

    def test_one_of_another_key(self, call, history: list[str]) -> None:
        assert [None, None, None] == [call(entry_at, "other", id_) for id_ in history]

    def test_the_sequence_number_of_null_has_no_other_name(self, service: Service, call, history: list[str]) -> None:
        sequence = call(entry_at, "k", "null").sequence
        assert call(entry_at, "k", service.ids.version_id(sequence)) is None

    @pytest.mark.parametrize("id_", ["junk", "", "NULL", NEVER_MADE])
    def test_one_that_s3_could_not_have_made(self, call, history: list[str], id_: str) -> None:
        with pytest.raises(InvalidArgument) as caught:
            call(entry_at, "k", id_)
        assert {"ArgumentName": "versionId", "ArgumentValue": id_} == caught.value.members

    def test_without_versioning_there_is_null_only(self, call, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"0"))
        assert "null" == call(entry_at, "k", "null").id
        with pytest.raises(InvalidArgument):
            call(entry_at, "k", GONE)


class TestObject:
    """A read means an object."""

    def test_behind_a_marker_there_is_none(self, call, history: list[str]) -> None:
        with pytest.raises(NoSuchKey) as caught:
            call(object_at, "k", None)
        assert {"x-amz-delete-marker": "true", "x-amz-version-id": history[2]} == caught.value.headers

    def test_where_nothing_is_there_is_none(self, call, history: list[str]) -> None:
        with pytest.raises(NoSuchKey) as caught:
            call(object_at, "other", None)
        assert ({"Key": "other"}, {}) == (caught.value.members, caught.value.headers)

    def test_a_version_that_is_gone(self, call, history: list[str]) -> None:
        with pytest.raises(NoSuchVersion) as caught:
            call(object_at, "k", GONE)
        assert {"Key": "k", "VersionId": GONE} == caught.value.members

    def test_a_marker_is_no_object(self, call, history: list[str]) -> None:
        with pytest.raises(MethodNotAllowed) as caught:
            call(object_at, "k", history[2])
        assert {
            "Allow": "DELETE",
            "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            "x-amz-delete-marker": "true",
            "x-amz-version-id": history[2],
        } == caught.value.headers

    def test_to_change_one_behind_a_marker_is_not_allowed(self, call, history: list[str]) -> None:
        with pytest.raises(MethodNotAllowed):
            call(version_for_subresource, "k", None)
        assert history[1] == call(version_for_subresource, "k", history[1]).id
