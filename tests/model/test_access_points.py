"""Access points as values: their names, ARNs and aliases, and how they are found by each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.access_points import (
    EVERY_REGION,
    NO_POINTS,
    AccessPoint,
    PointName,
    check_point_name,
    endpoints_in,
    make_alias,
)
from fakes3.model.clock import Ids
from fakes3.model.control_errors import NoSuchAccessPoint
from fakes3.model.errors import InvalidRequest, InvalidURI

ACCOUNT = "123456789012"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WAY = PointName(ACCOUNT, "eu-west-1", "way")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


def made(name: PointName = WAY, alias: str = "way-x-s3alias") -> AccessPoint:
    return AccessPoint(name, alias, "pictures", ACCOUNT, NOW)


class TestNames:
    @pytest.mark.parametrize("name", ["abc", "a" * 50, "0-0", "finance-reports"])
    def test_that_may_be(self, name: str) -> None:
        check_point_name(name)

    @pytest.mark.parametrize("name", ["", "ab", "a" * 51, "Way", "a_b", "a b", "é" * 3, "a/b", "abc\n"])
    def test_that_are_not_even_read(self, name: str) -> None:
        with pytest.raises(InvalidURI):
            check_point_name(name)

    @pytest.mark.parametrize("name", ["a.b", "-ab", "ab-", "ab-s3alias", "ab--xa-s3"])
    def test_that_are_refused(self, name: str) -> None:
        with pytest.raises(InvalidRequest):
            check_point_name(name)


class TestArn:
    @pytest.mark.parametrize(
        ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
    )
    def test_of_a_region(self, region: str, partition: str) -> None:
        point = made(PointName(ACCOUNT, region, "way"))
        assert f"arn:{partition}:s3:{region}:{ACCOUNT}:accesspoint/way" == point.arn == point.arn_of(None)
        assert f"{point.arn}/object/a/b" == point.arn_of("a/b")

    def test_of_every_region(self) -> None:
        point = made(PointName(ACCOUNT, EVERY_REGION, "way"), "mabc.mrap")
        assert f"arn:aws:s3::{ACCOUNT}:accesspoint/mabc.mrap" == point.arn
        assert "mabc.mrap.accesspoint.s3-global.amazonaws.com" == point.host

    def test_hosts(self) -> None:
        assert f"way-{ACCOUNT}.s3-accesspoint.eu-west-1.amazonaws.com" == made().host
        assert (
            "s3-accesspoint-fips.dualstack.cn-north-1.amazonaws.com.cn" == endpoints_in("cn-north-1")["fips_dualstack"]
        )


@given(st.text(LETTERS, min_size=3, max_size=50).filter(lambda name: name[0] != "-" != name[-1]), st.integers(1, 9**9))
def test_an_alias_is_a_name_that_a_bucket_could_have(name: str, sequence: int) -> None:
    """But no bucket is called so, and no second access point gets it."""
    opaque = Ids(1).opaque
    place = PointName(ACCOUNT, "us-east-1", name)
    alias = make_alias(place, sequence, opaque)
    assert len(alias) <= 63
    assert alias.endswith("-s3alias")
    assert alias.startswith(name[:20].rstrip("-"))
    assert set(alias) <= set(LETTERS)
    assert alias != make_alias(place, sequence + 1, opaque)
    assert alias == make_alias(place, sequence, opaque)


class TestPoints:
    def test_found_by_each_of_its_names(self) -> None:
        point, world = made(), made(PointName(ACCOUNT, EVERY_REGION, "all"), "mabc.mrap")
        points = NO_POINTS.with_point(point).with_point(world)
        assert point is points.get(WAY) is points.find(WAY) is points.with_alias("way-x-s3alias")
        assert point is points.with_arn(point.arn) is points.with_arn(point.arn.replace("/", ":"))
        assert point is points.with_label(f"way-{ACCOUNT}", "eu-west-1") is points.with_label(f"way-{ACCOUNT}", None)
        assert world is points.with_arn(world.arn)
        assert [world, point] == list(points.of_account(ACCOUNT))
        assert [point] == list(points.of_account(ACCOUNT, "eu-west-1"))
        assert [] == list(points.of_account(ACCOUNT, "eu-west-1", "way"))
        assert [] == list(points.of_account("210987654321"))
        assert [world, point] == list(points.at("pictures", ACCOUNT))
        assert [] == list(points.at("pictures", "210987654321"))

    def test_not_found_by_others(self) -> None:
        points = NO_POINTS.with_point(made()).with_point(made(PointName(ACCOUNT, EVERY_REGION, "all"), "mabc.mrap"))
        for arn in ("arn:aws:s3:::way", "arn:aws:s3:us-east-1:123456789012:accesspoint/way", "way", f"{made().arn}/x"):
            assert points.with_arn(arn) is None
        assert points.with_arn("arn:aws:s3::210987654321:accesspoint/mabc.mrap") is None
        assert points.with_label("way", "eu-west-1") is None
        assert points.with_label(f"other-{ACCOUNT}", None) is None
        assert points.with_alias("other") is None
        with pytest.raises(NoSuchAccessPoint):
            points.find(WAY._replace(name="other"))

    def test_one_that_is_taken_out_leaves_no_alias(self) -> None:
        points = NO_POINTS.with_point(made())
        without = points.without(made())
        assert [] == list(without.by_name)
        assert without.with_alias("way-x-s3alias") is None

    def test_a_bucket_of_the_same_name_may_be_another(self) -> None:
        point = made()
        assert point.leads_to(ACCOUNT, "eu-west-1")
        assert not point.leads_to("210987654321", "eu-west-1")
        assert not point.leads_to(ACCOUNT, "us-east-1")
        assert made(PointName(ACCOUNT, EVERY_REGION, "all")).leads_to(ACCOUNT, "us-east-1")
