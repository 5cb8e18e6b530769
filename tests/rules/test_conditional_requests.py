"""Conditional reads, writes and deletes. S3: userguide/conditional-requests.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.dates import format_http_date

WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ETAG = '"8d777f385d3dfec8815d20f7496026dc"'  # of b"data"
OTHER = '"0123456789abcdef0123456789abcdef"'
DID_NOT_HOLD = "At least one of the pre-conditions you specified did not hold"
NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented"


@pytest.fixture
def data(s3: FakeS3) -> str:
    """The name of a bucket whose object "k" holds "data", written a day ago."""
    s3.clock.freeze(WRITTEN)
    s3.create_bucket("data", objects={"k": "data"})
    s3.clock.advance(days=1)
    return "data"


class TestReads:
    """A read whose condition does not hold is answered with 412, or with 304 where the caller has the object."""

    # recorded: TestS3::test_s3_get_object_preconditions[get_object], TestS3::test_precondition_failed_error
    @pytest.mark.parametrize(
        ("condition", "conditions"),
        [
            ("If-Match", {"IfMatch": OTHER}),
            ("If-Match", {"IfMatch": OTHER, "IfNoneMatch": ETAG}),
            ("If-Unmodified-Since", {"IfUnmodifiedSince": WRITTEN - SECOND}),
            ("If-Unmodified-Since", {"IfUnmodifiedSince": WRITTEN - SECOND, "IfNoneMatch": ETAG}),
        ],
    )
    def test_of_another_object(self, data: str, s3_client, refused, condition: str, conditions: dict[str, Any]) -> None:
        with refused("PreconditionFailed", 412, DID_NOT_HOLD, Condition=condition):
            s3_client.get_object(Bucket=data, Key="k", **conditions)
        with refused("412", 412):
            s3_client.head_object(Bucket=data, Key="k", **conditions)

    # recorded: TestS3::test_s3_get_object_preconditions[get_object], TestS3::test_s3_get_object_headers
    @pytest.mark.parametrize(
        "conditions",
        [
            {"IfNoneMatch": ETAG},
            {"IfNoneMatch": ETAG.strip('"')},
            {"IfNoneMatch": "*"},
            {"IfModifiedSince": WRITTEN},
            {"IfModifiedSince": WRITTEN + SECOND},
            {"IfMatch": ETAG, "IfModifiedSince": WRITTEN},
            {"IfMatch": ETAG, "IfNoneMatch": ETAG, "IfUnmodifiedSince": WRITTEN - SECOND},
            {"IfNoneMatch": ETAG, "IfModifiedSince": WRITTEN - SECOND},
        ],
    )
    @pytest.mark.parametrize("operation", ["get_object", "head_object"])
    def test_of_the_same_object(
        self, data: str, s3_client, refused, operation: str, conditions: dict[str, Any]
    ) -> None:
        with refused("304", 304, headers={"etag": ETAG, "last-modified": format_http_date(WRITTEN)}):
            getattr(s3_client, operation)(Bucket=data, Key="k", **conditions)

    # recorded: TestS3::test_s3_get_object_preconditions[head_object]
    @pytest.mark.parametrize(
        "conditions",
        [
            {"IfMatch": ETAG},
            {"IfMatch": ETAG.strip('"')},
            {"IfMatch": "*"},
            {"IfMatch": ETAG, "IfUnmodifiedSince": WRITTEN - SECOND},
            {"IfNoneMatch": OTHER},
            {"IfNoneMatch": OTHER, "IfModifiedSince": WRITTEN},
            {"IfModifiedSince": WRITTEN - SECOND},
            {"IfModifiedSince": WRITTEN + timedelta(days=2)},
            {"IfUnmodifiedSince": WRITTEN},
        ],
    )
    @pytest.mark.parametrize("operation", ["get_object", "head_object"])
    def test_that_hold(self, data: str, s3_client, operation: str, conditions: dict[str, Any]) -> None:
        assert ETAG == getattr(s3_client, operation)(Bucket=data, Key="k", **conditions)["ETag"]

    @pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since"])
    @pytest.mark.parametrize("junk", ["yesterday", "", f"Wed, 21 Oct {'9' * 20} 07:28:00 GMT"])
    def test_what_is_no_date_is_ignored(self, data: str, ask, header: str, junk: str) -> None:
        assert 200 == ask("GET", f"/{data}/k", {header: junk}).status

    def test_a_304_has_no_body_and_the_headers_of_caches(self, enabled: str, s3: FakeS3, ask) -> None:
        s3.clock.freeze(WRITTEN)
        put = ask(
            "PUT", f"/{enabled}/k", {"Cache-Control": "max-age=1", "Expires": "0", "Content-Language": "de"}, b"x"
        )
        response = ask("GET", f"/{enabled}/k", {"If-None-Match": put.headers["ETag"]})
        assert (304, b"") == (response.status, response.body)
        assert {
            "ETag": put.headers["ETag"],
            "Last-Modified": format_http_date(WRITTEN),
            "Cache-Control": "max-age=1",
            "Expires": "0",
            "x-amz-version-id": put.headers["x-amz-version-id"],
            "Date": format_http_date(WRITTEN),
            "Server": "AmazonS3",
        } == {name: value for name, value in response.headers.items() if name not in {"x-amz-request-id", "x-amz-id-2"}}

    def test_of_a_version_they_look_at_that_version(self, enabled: str, s3_client, refused) -> None:
        first = s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")
        second = s3_client.put_object(Bucket=enabled, Key="k", Body=b"2")
        s3_client.get_object(Bucket=enabled, Key="k", VersionId=first["VersionId"], IfMatch=first["ETag"])
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            s3_client.get_object(Bucket=enabled, Key="k", VersionId=first["VersionId"], IfMatch=second["ETag"])

    def test_conditions_come_before_ranges(self, data: str, s3_client, refused) -> None:
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            s3_client.get_object(Bucket=data, Key="k", IfMatch=OTHER, Range="bytes=100-")

    def test_of_no_object_there_is_nothing_to_compare(self, data: str, s3_client, refused) -> None:
        with refused("NoSuchKey", 404, Key="missing"):
            s3_client.get_object(Bucket=data, Key="missing", IfMatch=ETAG)


class TestIfNoneMatchWrites:
    """`If-None-Match: *` writes only where there is no object. S3: userguide/conditional-writes.html"""

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_none_match
    def test_where_there_is_one(self, any_bucket: str, s3_client, refused) -> None:
        s3_client.put_object(Bucket=any_bucket, Key="k", IfNoneMatch="*", Body=b"1")
        with refused("PreconditionFailed", 412, DID_NOT_HOLD, Condition="If-None-Match"):
            s3_client.put_object(Bucket=any_bucket, Key="k", IfNoneMatch="*", Body=b"2")
        assert b"1" == s3_client.get_object(Bucket=any_bucket, Key="k")["Body"].read()

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_none_match
    def test_where_it_was_deleted(self, any_bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=any_bucket, Key="k", Body=b"1")
        s3_client.delete_object(Bucket=any_bucket, Key="k")
        s3_client.put_object(Bucket=any_bucket, Key="k", IfNoneMatch="*", Body=b"2")
        assert b"2" == s3_client.get_object(Bucket=any_bucket, Key="k")["Body"].read()

    @pytest.mark.parametrize("etag", [ETAG, OTHER, ""])
    @pytest.mark.parametrize("key", ["k", "missing"])
    def test_an_etag_is_not_taken(self, data: str, s3_client, refused, key: str, etag: str) -> None:
        with refused(
            "NotImplemented",
            501,
            NOT_IMPLEMENTED,
            Header="If-None-Match",
            additionalMessage="We don't accept the provided value of If-None-Match header for this API",
        ):
            s3_client.put_object(Bucket=data, Key=key, IfNoneMatch=etag)


class TestIfMatchWrites:
    """`If-Match` writes only over the object the caller knows."""

    @pytest.mark.parametrize("etag", [ETAG, ETAG.strip('"')])
    def test_over_that_object(self, data: str, s3_client, etag: str) -> None:
        s3_client.put_object(Bucket=data, Key="k", IfMatch=etag, Body=b"new")
        assert b"new" == s3_client.get_object(Bucket=data, Key="k")["Body"].read()

    def test_over_another(self, data: str, s3_client, refused) -> None:
        with refused("PreconditionFailed", 412, DID_NOT_HOLD, Condition="If-Match"):
            s3_client.put_object(Bucket=data, Key="k", IfMatch=OTHER, Body=b"new")

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_match_validation
    def test_where_there_is_none(self, data: str, s3_client, refused) -> None:
        with refused("NoSuchKey", 404, "The specified key does not exist.", Key="missing"):
            s3_client.put_object(Bucket=data, Key="missing", IfMatch="nonsense")

    def test_where_it_is_behind_a_delete_marker(self, versioned: str, s3_client, refused) -> None:
        etag = s3_client.put_object(Bucket=versioned, Key="k", Body=b"1")["ETag"]
        s3_client.delete_object(Bucket=versioned, Key="k")
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.put_object(Bucket=versioned, Key="k", IfMatch=etag)

    def test_noncurrent_versions_are_not_looked_at(self, enabled: str, s3_client, refused) -> None:
        etag = s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")["ETag"]
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"2")
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            s3_client.put_object(Bucket=enabled, Key="k", IfMatch=etag)

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_match_validation
    @pytest.mark.parametrize("key", ["k", "missing"])
    def test_a_star_is_not_taken(self, data: str, s3_client, refused, key: str) -> None:
        with refused(
            "NotImplemented",
            501,
            NOT_IMPLEMENTED,
            Header="If-Match",
            additionalMessage="We don't accept the provided value of If-Match header for this API",
        ):
            s3_client.put_object(Bucket=data, Key=key, IfMatch="*")

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_match_and_if_none_match_validation
    def test_both_conditions_are_not_taken(self, data: str, s3_client, refused) -> None:
        with refused(
            "NotImplemented",
            501,
            NOT_IMPLEMENTED,
            Header="If-Match,If-None-Match",
            additionalMessage="Multiple conditional request headers present in the request",
        ):
            s3_client.put_object(Bucket=data, Key="k", IfMatch=ETAG, IfNoneMatch="*")


class TestDeletes:
    """`If-Match` deletes only the object the caller knows. S3: userguide/conditional-deletes.html"""

    @pytest.mark.parametrize("condition", [ETAG, ETAG.strip('"'), "*"])
    def test_of_that_object(self, data: str, s3_client, condition: str) -> None:
        s3_client.delete_object(Bucket=data, Key="k", IfMatch=condition)
        assert 0 == s3_client.list_objects_v2(Bucket=data)["KeyCount"]

    # recorded: TestS3DeletePrecondition::test_delete_object_if_match_non_express
    def test_of_another(self, data: str, s3_client, refused) -> None:
        with refused("PreconditionFailed", 412, DID_NOT_HOLD, Condition="If-Match"):
            s3_client.delete_object(Bucket=data, Key="k", IfMatch=OTHER)

    def test_of_any_where_there_is_none(self, data: str, s3_client, refused) -> None:
        with refused("PreconditionFailed", 412, DID_NOT_HOLD, Condition="If-Match"):
            s3_client.delete_object(Bucket=data, Key="missing", IfMatch="*")

    # recorded: TestS3DeletePrecondition::test_delete_object_if_match_size_non_express,
    # TestS3DeletePrecondition::test_delete_object_if_match_modified_non_express
    @pytest.mark.parametrize(
        ("header", "condition"),
        [
            ("x-amz-if-match-size", {"IfMatchSize": 4}),
            ("x-amz-if-match-last-modified-time", {"IfMatchLastModifiedTime": WRITTEN}),
        ],
    )
    def test_size_and_time_are_for_directory_buckets(
        self, data: str, s3_client, refused, header: str, condition: dict[str, Any]
    ) -> None:
        with refused("NotImplemented", 501, NOT_IMPLEMENTED, Header=header):
            s3_client.delete_object(Bucket=data, Key="k", **condition)

    @pytest.mark.parametrize(("etag", "remaining"), [(ETAG, 0), ("*", 0), (OTHER, 1)])
    def test_of_many_each_has_its_own(self, data: str, s3_client, etag: str, remaining: int) -> None:
        answer = s3_client.delete_objects(Bucket=data, Delete={"Objects": [{"Key": "k", "ETag": etag}]})
        assert remaining == s3_client.list_objects_v2(Bucket=data)["KeyCount"]
        expected = [{"Key": "k", "Code": "PreconditionFailed", "Message": DID_NOT_HOLD}] if remaining else []
        assert expected == answer.get("Errors", [])
