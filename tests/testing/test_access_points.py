"""Access points in the testing API: `s3.account().access_point(...)`, their views, and where else they show."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3, UsageError
from fakes3.testing.admin_state import tell_bucket

OTHER = "111122223333"
DENY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:eu-west-1:123456789012:accesspoint/way/object/*",
    },
}


@pytest.fixture
def s3() -> FakeS3:
    s3 = FakeS3()
    s3.clock.freeze("2026-01-01T00:00:00Z")
    s3.create_bucket("pictures", region="eu-west-1", objects={"cat": "meow"})
    return s3


class TestViews:
    def test_what_it_shows(self, s3):
        point = s3.account().access_point("way", "pictures", DENY, "vpc-1")
        assert ("way", s3.account_id, "eu-west-1") == (point.name, point.account_id, point.region)
        assert ("pictures", "vpc-1", DENY) == (point.bucket, point.vpc, point.policy)
        assert f"arn:aws:s3:eu-west-1:{s3.account_id}:accesspoint/way" == point.arn
        assert "2026-01-01T00:00:00+00:00" == point.created.isoformat()
        assert "<access point 'way' of account 123456789012>" == repr(point)

    def test_its_policy_changes(self, s3):
        point = s3.account().access_point("way", "pictures")
        assert point.policy is None
        point.policy = DENY
        assert DENY == point.policy
        with pytest.raises(UsageError, match="MalformedPolicy"):
            point.policy = "{}"
        point.policy = None
        assert point.policy is None

    def test_all_of_an_account(self, s3):
        way = s3.account().access_point("way", "pictures")
        theirs = s3.account(OTHER).access_point("theirs", "pictures")
        everywhere = s3.account().access_point("all", "pictures", multi_region=True)
        assert [everywhere, way] == s3.account().access_points
        assert [theirs] == s3.account(OTHER).access_points
        assert {way: 1, theirs: 2}[s3.account().access_points[1]] == 1
        assert way != "way"

    def test_one_that_is_deleted(self, s3):
        point = s3.account().access_point("way", "pictures")
        point.delete()
        assert [] == s3.account().access_points
        with pytest.raises(UsageError, match="no access point 'way' any more"):
            point.arn  # noqa: B018

    @pytest.mark.parametrize(
        ("name", "bucket", "problem"),
        [
            ("Way", "pictures", "no access point can be called 'Way'"),
            ("way", "none", "there is no bucket none"),
            ("there", "pictures", "there is an access point there in eu-west-1"),
        ],
    )
    def test_what_s3_would_refuse(self, s3, name, bucket, problem):
        s3.account().access_point("there", "pictures")
        before = s3.snapshot()
        with pytest.raises(UsageError, match=problem):
            s3.account().access_point(name, bucket)
        before.assert_same(s3.snapshot())

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"name": 5}, "name= cannot be 5. Give a text, such as 'finance'."),
            ({"bucket": None}, "bucket= cannot be None. Give a text, such as 'reports'."),
            ({"vpc": 5}, "vpc= cannot be 5. Give a text, such as 'vpc-1a2b3c'."),
            ({"multi_region": "yes"}, "multi_region= cannot be 'yes'. Give True or False."),
        ],
    )
    def test_what_is_of_another_kind(self, s3, given, told):
        with pytest.raises(UsageError) as caught:
            s3.account().access_point(**{"name": "way", "bucket": "pictures"} | given)
        assert told == str(caught.value)

    def test_a_request_from_within_what_is_no_vpc(self, s3):
        with pytest.raises(UsageError, match=r"^vpc= cannot be None\. Give a text, such as 'vpc-1a2b3c'\.$"):
            s3.inside_vpc(None).__enter__()

    def test_a_public_policy(self, s3):
        allow = DENY | {"Statement": DENY["Statement"] | {"Effect": "Allow"}}
        with pytest.raises(UsageError, match="BlockPublicPolicy is on"):
            s3.account().access_point("way", "pictures", allow)


class TestElsewhere:
    def test_the_tree(self, s3):
        s3.account().access_point("way", "pictures", DENY, "vpc-1")
        s3.account().access_point("all", "pictures", multi_region=True)
        assert [
            "access point all at pictures (123456789012, multi-region)",
            "access point way at pictures (123456789012, eu-west-1, vpc-1, policy)",
        ] == s3.tree().splitlines()[-2:]

    def test_a_difference(self, s3):
        before = s3.snapshot()
        point = s3.account().access_point("way", "pictures")
        made = s3.snapshot()
        point.policy = DENY
        changed = s3.snapshot()
        point.delete()
        told = [
            [
                (kind, each.bucket, each.what)
                for kind, found in zip("+-~", one.diff(other), strict=True)
                for each in found
            ]
            for one, other in ((before, made), (made, changed), (changed, s3.snapshot()))
        ]
        assert [[(kind, "pictures", "access point way")] for kind in "+~-"] == told

    def test_a_fork_has_its_own(self, s3):
        point = s3.account().access_point("way", "pictures")
        fork = s3.fork()
        (copy,) = fork.account().access_points
        copy.policy = DENY
        assert point.policy is None
        assert point.alias == copy.alias
        assert point != copy
        assert b"meow" == s3.client().get_object(Bucket=point.arn, Key="cat")["Body"].read()

    def test_reset(self, s3):
        s3.account().access_point("way", "pictures")
        s3.reset()
        assert [] == s3.account().access_points

    def test_the_admin_api(self, s3):
        point = s3.account().access_point("way", "pictures", vpc="vpc-1")
        assert [
            {"name": "way", "account": s3.account_id, "arn": point.arn, "alias": point.alias, "vpc": "vpc-1"}
        ] == tell_bucket(s3["pictures"])["access_points"]
