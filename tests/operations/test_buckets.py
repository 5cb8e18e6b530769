"""The operations of buckets, called without the wire."""

from __future__ import annotations

import pytest

from fakes3.model.errors import IllegalLocationConstraintException, InvalidLocationConstraint
from fakes3.model.identity import Principal
from fakes3.operations.buckets import region_for
from fakes3.operations.service import Service


class TestRegion:
    """Where a bucket is created. S3: API/API_CreateBucket.html, "LocationConstraint" """

    @pytest.mark.parametrize(
        ("constraint", "endpoint", "region"),
        [
            (None, "us-east-1", "us-east-1"),
            ("eu-west-1", "us-east-1", "eu-west-1"),
            ("EU", "us-east-1", "eu-west-1"),
            ("EU", "eu-west-1", "eu-west-1"),
            ("eu-west-1", "eu-west-1", "eu-west-1"),
        ],
    )
    def test_made(self, constraint: str | None, endpoint: str, region: str) -> None:
        assert region == region_for(constraint, endpoint=endpoint)

    @pytest.mark.parametrize("constraint", ["us-east-1", "", "eu", "mars-north-1", "eu-north-9"])
    def test_no_region_of_the_global_endpoint(self, constraint: str) -> None:
        with pytest.raises(InvalidLocationConstraint) as caught:
            region_for(constraint, endpoint="us-east-1")
        assert {"LocationConstraint": constraint} == caught.value.members

    @pytest.mark.parametrize(
        ("constraint", "shown"), [(None, "unspecified"), ("us-east-1", "us-east-1"), ("EU", "EU"), ("junk", "junk")]
    )
    def test_no_region_of_another_endpoint(self, constraint: str | None, shown: str) -> None:
        with pytest.raises(IllegalLocationConstraintException) as caught:
            region_for(constraint, endpoint="us-east-2")
        assert (
            f"The {shown} location constraint is incompatible for the region specific endpoint this request was "
            "sent to."
        ) == caught.value.message


class TestList:
    """ListBuckets tells what is the caller's."""

    def test_buckets_of_others_are_not_told(self, service: Service, perform) -> None:
        perform("CreateBucket", Bucket="theirs", caller=Principal("210987654321"))
        assert ["bucket"] == [each["Name"] for each in perform("ListBuckets")["Buckets"]]
        theirs = perform("ListBuckets", caller=Principal("210987654321"))["Buckets"]
        assert ["theirs"] == [each["Name"] for each in theirs]

    def test_a_page_that_is_full_is_not_the_last(self, perform) -> None:
        for name in ("aaa", "ccc"):
            perform("CreateBucket", Bucket=name)
        told: list[str] = []
        options: dict[str, str] = {}
        while True:
            answer = perform("ListBuckets", MaxBuckets=1, **options)
            told += [each["Name"] for each in answer["Buckets"]]
            if "ContinuationToken" not in answer:
                break
            options = {"ContinuationToken": answer["ContinuationToken"]}
        assert ["aaa", "bucket", "ccc"] == told


class TestMembers:
    """What each answers, by the API's names."""

    def test_of_head(self, perform) -> None:
        assert {
            "BucketRegion": "us-east-1",
            "BucketArn": "arn:aws:s3:::bucket",
            "AccessPointAlias": False,
        } == perform("HeadBucket", Bucket="bucket")

    def test_of_delete(self, service: Service, perform) -> None:
        assert {} == perform("DeleteBucket", Bucket="bucket")
        assert not service.world.buckets

    def test_of_location(self, perform, document) -> None:
        configuration = document(LocationConstraint="eu-west-1")
        perform("CreateBucket", Bucket="there", CreateBucketConfiguration=configuration)
        told = [perform("GetBucketLocation", Bucket=name)["LocationConstraint"] for name in ("bucket", "there")]
        assert [None, "eu-west-1"] == told

    def test_an_arn_begins_with_the_partition(self, perform, document) -> None:
        answer = perform(
            "CreateBucket",
            Bucket="there",
            region="cn-north-1",
            CreateBucketConfiguration=document(LocationConstraint="cn-north-1"),
        )
        assert "arn:aws-cn:s3:::there" == answer["BucketArn"]
