"""Regions and partitions. S3: general/latest/gr/s3.html, userguide/s3-arn-format.html"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.regions import (
    IMPLICIT_REGIONS,
    PARTITIONS,
    REGIONS,
    arn,
    arn_of,
    is_region,
    partition_of,
    takes_version_2,
)


class TestRegions:
    """A region is known, or is spelled as a partition's future regions will be."""

    @pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
    def test_known(self, region: str) -> None:
        assert is_region(region)

    @pytest.mark.parametrize("region", ["eu-north-9", "us-gov-south-1", "cn-east-3"])
    def test_to_come(self, region: str) -> None:
        assert region not in REGIONS
        assert is_region(region)

    # recorded: TestS3ListBuckets::test_list_buckets_region_validation
    @pytest.mark.parametrize(
        "region", ["", "EU", "eu", "aws-global", "us-east", "US-EAST-1", "us-east-1 ", "mars-north-1", "us-east-1\n"]
    )
    def test_neither(self, region: str) -> None:
        assert not is_region(region)

    @given(st.text())
    def test_any_text_may_be_asked_about(self, text: str) -> None:
        assert is_region(text) <= (partition_of(text) in PARTITIONS)


class TestVersion2:
    """Regions that opened before February 2014 take signatures of version 2."""

    @pytest.mark.parametrize("region", ["us-east-1", "sa-east-1", "us-gov-west-1"])
    def test_old(self, region: str) -> None:
        assert takes_version_2(region)

    @pytest.mark.parametrize("region", ["eu-central-1", "us-east-2", "cn-north-1", "us-gov-east-1", "eu-north-9"])
    def test_new(self, region: str) -> None:
        assert not takes_version_2(region)


class TestPartitions:
    """Buckets and credentials never cross partitions."""

    @pytest.mark.parametrize(
        ("region", "partition"),
        [
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("cn-east-3", "aws-cn"),
            ("aws-global", "aws"),
            ("aws-cn-global", "aws-cn"),
            ("nowhere", "aws"),
        ],
    )
    def test_of_a_region(self, region: str, partition: str) -> None:
        assert partition == partition_of(region)

    @pytest.mark.parametrize(
        ("partition", "region"),
        [
            ("aws", "us-east-1"),
            ("aws-cn", "cn-northwest-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-eusc", "eusc-de-east-1"),
            ("aws-iso", "us-iso-east-1"),
            ("aws-iso-b", "us-isob-east-1"),
            ("aws-iso-e", "eu-isoe-west-1"),
            ("aws-iso-f", "us-isof-south-1"),
        ],
    )
    def test_the_global_endpoint_is_answered_by_one_region(self, partition: str, region: str) -> None:
        assert (region, partition) == (IMPLICIT_REGIONS[partition], partition_of(region))

    @pytest.mark.parametrize(
        ("partition", "suffix"),
        [
            ("aws", "amazonaws.com"),
            ("aws-cn", "amazonaws.com.cn"),
            ("aws-us-gov", "amazonaws.com"),
            ("aws-eusc", "amazonaws.eu"),
            ("aws-iso", "c2s.ic.gov"),
            ("aws-iso-b", "sc2s.sgov.gov"),
            ("aws-iso-e", "cloud.adc-e.uk"),
            ("aws-iso-f", "csp.hci.ic.gov"),
        ],
    )
    def test_each_has_its_host_names(self, partition: str, suffix: str) -> None:
        assert suffix == PARTITIONS[partition].suffix

    def test_every_region_is_of_its_partition(self) -> None:
        assert REGIONS == {region: partition_of(region) for region in REGIONS}


class TestArns:
    """An ARN names a bucket or an object within its partition, without region or account."""

    def test_of_a_bucket(self) -> None:
        assert "arn:aws:s3:::b" == arn_of("eu-west-1", "b") == arn("aws", "b")

    def test_of_an_object(self) -> None:
        assert "arn:aws-us-gov:s3:::b/a//k" == arn("aws-us-gov", "b", "a//k")

    def test_of_a_bucket_in_china(self) -> None:
        assert "arn:aws-cn:s3:::b" == arn_of("cn-north-1", "b")
