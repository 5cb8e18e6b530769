"""Transfer Acceleration: a bucket has the accelerate endpoint while it is enabled.

S3: userguide/transfer-acceleration.html, API/API_PutBucketAccelerateConfiguration.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from fakes3 import FakeS3

from ..ask import Ask
from .conftest import Refused

PERIODS = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"


def accelerate(client: Any, bucket: str, status: str) -> None:
    client.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})


def status_of(client: Any, bucket: str) -> str | None:
    status: str | None = client.get_bucket_accelerate_configuration(Bucket=bucket).get("Status")
    return status


@pytest.fixture
def fast(s3: FakeS3) -> Any:
    """A client that calls the accelerate endpoint."""
    return s3.client(config=Config(s3={"use_accelerate_endpoint": True}))


class TestConfiguration:
    """It is enabled or suspended; of a bucket where it was never set, nothing is said."""

    def test_it_is_kept(self, s3_client: Any, bucket: str) -> None:
        assert status_of(s3_client, bucket) is None
        for status in ("Enabled", "Suspended", "Enabled"):
            accelerate(s3_client, bucket, status)
            assert status == status_of(s3_client, bucket)

    # recorded: TestS3BucketAccelerateConfiguration::test_bucket_acceleration_configuration_exc
    @pytest.mark.parametrize("status", ["enabled", "random", "Disabled", ""])
    def test_another_status_is_malformed(self, s3_client: Any, bucket: str, refused: Refused, status: str) -> None:
        with refused("MalformedXML", 400):
            accelerate(s3_client, bucket, status)

    def test_a_status_is_needed(self, bucket: str, ask: Ask) -> None:
        answer = ask("PUT", f"/{bucket}?accelerate", body=b"<AccelerateConfiguration/>")
        assert (400, "MalformedXML") == (answer.status, answer.code)

    # recorded: TestS3BucketAccelerateConfiguration::test_bucket_acceleration_configuration_exc
    # observed: hashicorp/terraform-provider-aws#25048, for Suspended
    @pytest.mark.parametrize("status", ["Enabled", "Suspended"])
    def test_a_name_with_periods(self, s3: FakeS3, s3_client: Any, refused: Refused, status: str) -> None:
        s3.create_bucket("a.b.c")
        with refused("InvalidRequest", 400, PERIODS):
            accelerate(s3_client, "a.b.c", status)

    def test_the_bucket_must_exist(self, s3_client: Any, refused: Refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            accelerate(s3_client, "nowhere", "Enabled")


class TestEndpoint:
    """The accelerate endpoint answers while acceleration is enabled."""

    def test_it_follows_the_configuration(
        self, s3: FakeS3, s3_client: Any, fast: Any, bucket: str, refused: Refused
    ) -> None:
        with refused("InvalidRequest", 400, "S3 Transfer Acceleration is not configured on this bucket"):
            fast.put_object(Bucket=bucket, Key="k", Body=b"x")
        accelerate(s3_client, bucket, "Enabled")
        fast.put_object(Bucket=bucket, Key="k", Body=b"x")
        assert b"x" == fast.get_object(Bucket=bucket, Key="k")["Body"].read()
        accelerate(s3_client, bucket, "Suspended")
        with refused("InvalidRequest", 400, "S3 Transfer Acceleration is disabled on this bucket"):
            fast.get_object(Bucket=bucket, Key="k")
        assert b"x" == s3[bucket]["k"].body

    @pytest.mark.parametrize("host", ["s3-accelerate.amazonaws.com", "s3-accelerate.dualstack.amazonaws.com"])
    def test_it_takes_a_bucket_of_any_region(self, s3: FakeS3, ask: Ask, host: str) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"k": "far away"})
        accelerate(s3.client(region_name="eu-west-1"), "far", "Enabled")
        signed = s3.client(region_name="eu-west-1", config=Config(s3={"use_accelerate_endpoint": True}))
        assert b"far away" == signed.get_object(Bucket="far", Key="k")["Body"].read()
        wrong = ask("GET", "/k", host=f"far.{host}")
        assert ("AuthorizationHeaderMalformed", "eu-west-1") == (wrong.code, wrong.error["Region"])

    # S3: userguide/transfer-acceleration.html, "Requirements for using Amazon S3 Transfer Acceleration"
    def test_it_neither_creates_nor_deletes_buckets(
        self, s3_client: Any, fast: Any, bucket: str, refused: Refused
    ) -> None:
        told = "The accelerate endpoint has no {}. Make the client for it without use_accelerate_endpoint."
        accelerate(s3_client, bucket, "Enabled")
        with refused("NotImplemented", 501, told.format("CreateBucket"), Header="Host"):
            fast.create_bucket(Bucket="new")
        with refused("NotImplemented", 501, told.format("DeleteBucket"), Header="Host"):
            fast.delete_bucket(Bucket=bucket)

    def test_it_lists_no_buckets(self, s3_client: Any, fast: Any, bucket: str) -> None:
        assert [bucket] == [each["Name"] for each in fast.list_buckets()["Buckets"]]

    # S3: API/API_CopyObject.html, which gives the status alone
    @pytest.mark.parametrize("source", ["far/k", "/far/k"])
    def test_it_copies_within_a_region_only(
        self, s3: FakeS3, s3_client: Any, fast: Any, bucket: str, refused: Refused, source: str
    ) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"k": "far away"})
        s3.create_bucket("near", objects={"k": "near by"})
        accelerate(s3_client, bucket, "Enabled")
        with refused("InvalidRequest", 400, "Amazon S3 transfer acceleration does not support cross-Region copies."):
            fast.copy_object(Bucket=bucket, Key="k", CopySource=source)
        fast.copy_object(Bucket=bucket, Key="k", CopySource="near/k")
        assert b"near by" == s3[bucket]["k"].body
        s3_client.copy_object(Bucket=bucket, Key="k", CopySource=source)
        assert b"far away" == s3[bucket]["k"].body
