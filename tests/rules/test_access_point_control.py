"""S3 Control makes access points, shows, lists and deletes them, and keeps their policies.

S3: userguide/creating-access-points.html, API/API_control_CreateAccessPoint.html and its neighbours
observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.operations import access_points

ACCOUNT = "123456789012"
OTHER = "210987654321"
WAY: dict[str, Any] = {"AccountId": ACCOUNT, "Name": "way"}
ALL_ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@cache
def client_of(region: str) -> Any:
    session = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region)
    return session.client("s3control")


@pytest.fixture
def control(s3: FakeS3) -> Any:
    return client_of(s3.region)


@pytest.fixture
def arn(control: Any, bucket: str) -> str:
    """An access point `way` at the bucket."""
    return str(control.create_access_point(**WAY, Bucket=bucket)["AccessPointArn"])


def policy(arn: str, *, principal: Any = "*", action: str = "s3:GetObject", effect: str = "Allow") -> str:
    of_objects = {"Effect": effect, "Principal": principal, "Action": action, "Resource": f"{arn}/object/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [of_objects]})


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def names(answer: dict[str, Any]) -> list[str]:
    return [each["Name"] for each in answer["AccessPointList"]]


class TestCreate:
    def test_it_is_shown(self, s3, control, bucket):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        created = control.create_access_point(**WAY, Bucket=bucket)
        arn = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/way"
        assert {"AccessPointArn": arn, "Alias": created["Alias"]} == without_metadata(created)
        assert created["Alias"].startswith("way-")
        assert created["Alias"].endswith("-s3alias")
        found = without_metadata(control.get_access_point(**WAY))
        assert "2026-01-01T00:00:00+00:00" == found.pop("CreationDate").isoformat()
        assert {
            "Name": "way",
            "Bucket": bucket,
            "NetworkOrigin": "Internet",
            "PublicAccessBlockConfiguration": ALL_ON,
            **without_metadata(created),
            "BucketAccountId": ACCOUNT,
            "Endpoints": {
                "ipv4": "s3-accesspoint.us-east-1.amazonaws.com",
                "fips": "s3-accesspoint-fips.us-east-1.amazonaws.com",
                "fips_dualstack": "s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
                "dualstack": "s3-accesspoint.dualstack.us-east-1.amazonaws.com",
            },
        } == found

    def test_for_a_vpc(self, control, bucket):
        control.create_access_point(
            **WAY, Bucket=bucket, VpcConfiguration={"VpcId": "vpc-1"}, PublicAccessBlockConfiguration={}
        )
        found = control.get_access_point(**WAY)
        assert ("VPC", {"VpcId": "vpc-1"}) == (found["NetworkOrigin"], found["VpcConfiguration"])
        assert dict.fromkeys(ALL_ON, False) == found["PublicAccessBlockConfiguration"]

    def test_at_a_bucket_of_another_account(self, s3, control):
        s3.account(OTHER).client().create_bucket(Bucket="theirs")
        with pytest.raises(ClientError, match="BucketAccountId parameter should be same as the AWS Account Id"):
            control.create_access_point(**WAY, Bucket="theirs")
        control.create_access_point(**WAY, Bucket="theirs", BucketAccountId=OTHER)
        assert OTHER == control.get_access_point(**WAY)["BucketAccountId"]

    def test_the_same_once_more(self, control, arn, bucket):
        with pytest.raises(ClientError, match="AccessPointAlreadyOwnedByYou") as caught:
            control.create_access_point(**WAY, Bucket=bucket)
        assert 409 == caught.value.response["ResponseMetadata"]["HTTPStatusCode"]

    def test_another_alias_after_a_deletion(self, control, arn, bucket):
        first = control.get_access_point(**WAY)["Alias"]
        control.delete_access_point(**WAY)
        assert first != control.create_access_point(**WAY, Bucket=bucket)["Alias"]

    def test_each_region_has_its_own(self, s3, control, arn):
        s3.create_bucket("far", region="eu-west-1")
        far = client_of("eu-west-1")
        far.create_access_point(**WAY, Bucket="far")
        assert "far" == far.get_access_point(**WAY)["Bucket"]
        assert ["way"] == names(control.list_access_points(AccountId=ACCOUNT))
        with pytest.raises(ClientError, match="can only be created for bucket in the same region"):
            control.create_access_point(AccountId=ACCOUNT, Name="near", Bucket="far")

    @pytest.mark.parametrize(
        ("code", "text", "asked"),
        [
            ("InvalidRequest", "Amazon S3 AccessPoint can only be created for existing bucket", {"Bucket": "none"}),
            ("InvalidRequest", "Request invalid", {"BucketAccountId": "me"}),
            ("InvalidRequest", "Your Amazon S3 AccessPoint name is invalid", {"Name": "way-"}),
            ("InvalidRequest", "Your Amazon S3 AccessPoint name is invalid", {"Name": "way-s3alias"}),
            ("InvalidURI", "Couldn't parse the specified URI.", {"Name": "Way"}),
            ("AccessDenied", "Access Denied", {"AccountId": OTHER}),
            ("NotImplemented", "Tags", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ],
    )
    def test_refusals(self, s3, control, bucket, code, text, asked):
        before = s3.snapshot()
        with pytest.raises(ClientError) as caught:
            control.create_access_point(**WAY | {"Bucket": bucket} | asked)
        assert code == caught.value.response["Error"]["Code"]
        assert text in caught.value.response["Error"]["Message"]
        before.assert_same(s3.snapshot())

    def test_a_configuration_that_names_no_vpc(self, ask, bucket):
        body = (
            f'<CreateAccessPointRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Bucket>{bucket}</Bucket>'
            "<VpcConfiguration/></CreateAccessPointRequest>"
        )
        host = f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com"
        headers = {"x-amz-account-id": ACCOUNT}
        answer = ask("PUT", "/v20180820/accesspoint/way", headers, body.encode(), host=host)
        assert 400 == answer.status
        assert "<Code>InvalidRequest</Code><Message>Request invalid</Message>" in answer.text

    def test_no_more_than_the_quota(self, control, arn, bucket, monkeypatch):
        monkeypatch.setattr(access_points, "MOST_POINTS", 2)
        control.create_access_point(AccountId=ACCOUNT, Name="two", Bucket=bucket)
        with pytest.raises(ClientError, match="TooManyAccessPoints"):
            control.create_access_point(AccountId=ACCOUNT, Name="three", Bucket=bucket)


class TestGetAndList:
    def test_by_alias(self, s3, control, bucket):
        alias = s3.account().access_point("as-long-as-a-name-can-be", bucket).alias
        assert "as-long-as-a-name-can-be" == control.get_access_point(AccountId=ACCOUNT, Name=alias)["Name"]
        with pytest.raises(ClientError, match="InvalidURI"):
            control.delete_access_point(AccountId=ACCOUNT, Name=alias)
        with pytest.raises(ClientError, match="NoSuchAccessPoint"):
            control.get_access_point(AccountId=ACCOUNT, Name="other-x-s3alias")

    def test_that_nobody_made(self, control):
        with pytest.raises(ClientError, match="NoSuchAccessPoint") as caught:
            control.get_access_point(**WAY)
        error: Any = caught.value.response["Error"]
        assert "way" == error["AccessPointName"]
        assert 404 == caught.value.response["ResponseMetadata"]["HTTPStatusCode"]

    def test_pages(self, s3, control, bucket):
        s3.create_bucket("second")
        for name in ("one", "two", "three"):
            control.create_access_point(AccountId=ACCOUNT, Name=name, Bucket=bucket)
        control.create_access_point(AccountId=ACCOUNT, Name="four", Bucket="second")
        s3.account(OTHER).access_point("theirs", bucket)
        first = control.list_access_points(AccountId=ACCOUNT, MaxResults=3)
        rest = control.list_access_points(AccountId=ACCOUNT, NextToken=first["NextToken"])
        assert (["four", "one", "three"], ["two"]) == (names(first), names(rest))
        assert "NextToken" not in rest
        assert ["four"] == names(control.list_access_points(AccountId=ACCOUNT, Bucket="second"))
        for wrong in ({"NextToken": "x"}, {"NextToken": first["NextToken"], "Bucket": bucket}):
            with pytest.raises(ClientError, match="Invalid nextToken"):
                control.list_access_points(AccountId=ACCOUNT, **wrong)

    @pytest.mark.parametrize("most", [0, 1001])
    def test_any_number_of_results(self, control, arn, most):
        assert ["way"] == names(control.list_access_points(AccountId=ACCOUNT, MaxResults=most))

    def test_sources_of_data(self, control, arn):
        (found,) = control.list_access_points(AccountId=ACCOUNT, DataSourceType="S3")["AccessPointList"]
        assert "S3" == found["DataSourceType"]
        with pytest.raises(ClientError, match="DataSourceType must not be S3 if DataSourceId is provided"):
            control.list_access_points(AccountId=ACCOUNT, DataSourceType="S3", DataSourceId="x")
        for other in ({"DataSourceType": "FSX_OPENZFS"}, {"DataSourceId": "x"}):
            with pytest.raises(ClientError, match="fakes3 does not model access points at anything but buckets"):
                control.list_access_points(AccountId=ACCOUNT, **other)

    def test_of_a_bucket_that_is_not_there(self, control):
        with pytest.raises(ClientError, match="No access point attached to this bucket"):
            control.list_access_points(AccountId=ACCOUNT, Bucket="none")

    def test_only_those_of_the_own_account(self, control):
        with pytest.raises(ClientError, match="AccessDenied"):
            control.list_access_points(AccountId=OTHER)


class TestDelete:
    def test_once(self, control, arn):
        assert 204 == control.delete_access_point(**WAY)["ResponseMetadata"]["HTTPStatusCode"]
        with pytest.raises(ClientError, match="NoSuchAccessPoint"):
            control.delete_access_point(**WAY)

    def test_the_bucket_stays_as_long(self, s3_client, control, arn, bucket):
        with pytest.raises(ClientError, match="BucketHasAccessPointsAttached") as caught:
            s3_client.delete_bucket(Bucket=bucket)
        assert 400 == caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
        control.delete_access_point(**WAY)
        s3_client.delete_bucket(Bucket=bucket)

    def test_an_access_point_of_another_account_does_not_keep_the_bucket(self, s3, s3_client, bucket):
        other = s3.account(OTHER)
        point = other.access_point("theirs", bucket)
        s3_client.delete_bucket(Bucket=bucket)
        with pytest.raises(ClientError, match="NoSuchBucket"):
            other.client().list_objects_v2(Bucket=point.arn)
        assert bucket == point.bucket
        other.client().create_bucket(Bucket=bucket)  # a later one of the same name is not its bucket
        with pytest.raises(ClientError, match="NoSuchBucket"):
            other.client().list_objects_v2(Bucket=point.arn)


class TestPolicy:
    def test_it_comes_back_without_white_space(self, control, arn):
        answer = control.put_access_point_policy(**WAY, Policy=policy(arn, principal={"AWS": ACCOUNT}))
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        found = control.get_access_point_policy(**WAY)["Policy"]
        assert json.dumps(json.loads(found), separators=(",", ":")) == found
        assert {"IsPublic": False} == control.get_access_point_policy_status(**WAY)["PolicyStatus"]
        for _ in range(2):
            answer = control.delete_access_point_policy(**WAY)
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        for read in (control.get_access_point_policy, control.get_access_point_policy_status):
            with pytest.raises(ClientError, match="NoSuchAccessPointPolicy"):
                read(**WAY)

    @pytest.mark.parametrize(
        ("resource", "action"),
        [
            ("arn:aws:s3:::never/*", "s3:GetObject"),
            ("{arn}", "s3:GetObject"),
            ("{arn}/object/*", "s3:ListBucket"),
            ("arn:aws:s3:us-east-1:123456789012:accesspoint/other/object/*", "s3:GetObject"),
        ],
    )
    def test_resources_are_its_own(self, control, arn, resource, action):
        text = policy(arn, principal={"AWS": ACCOUNT}, action=action)
        with pytest.raises(ClientError, match="MalformedPolicy"):
            control.put_access_point_policy(
                **WAY, Policy=text.replace(f"{arn}/object/*", resource.replace("{arn}", arn))
            )

    def test_public_where_that_is_allowed(self, control, bucket):
        created = control.create_access_point(**WAY, Bucket=bucket, PublicAccessBlockConfiguration={})
        with pytest.raises(ClientError, match="AccessDenied"):  # the bucket blocks it
            control.put_access_point_policy(**WAY, Policy=policy(created["AccessPointArn"]))

    def test_public_is_blocked_by_the_access_point_itself(self, s3, s3_client, control, bucket):
        s3_client.delete_public_access_block(Bucket=bucket)
        point = control.create_access_point(**WAY, Bucket=bucket)["AccessPointArn"]
        with pytest.raises(ClientError, match="AccessDenied"):
            control.put_access_point_policy(**WAY, Policy=policy(point))
        control.delete_access_point(**WAY)
        control.create_access_point(**WAY, Bucket=bucket, PublicAccessBlockConfiguration={})
        s3.account().public_access_block = {"BlockPublicPolicy": True}
        with pytest.raises(ClientError, match="AccessDenied"):
            control.put_access_point_policy(**WAY, Policy=policy(point))
        s3.account().public_access_block = None
        control.put_access_point_policy(**WAY, Policy=policy(point))
        assert {"IsPublic": True} == control.get_access_point_policy_status(**WAY)["PolicyStatus"]

    def test_that_of_a_vpc_is_never_public(self, control, bucket):
        point = control.create_access_point(**WAY, Bucket=bucket, VpcConfiguration={"VpcId": "vpc-1"})
        control.put_access_point_policy(**WAY, Policy=policy(point["AccessPointArn"]))
        assert {"IsPublic": False} == control.get_access_point_policy_status(**WAY)["PolicyStatus"]

    def test_a_user_needs_the_right(self, s3, bucket):
        point = s3.account().access_point("way", bucket)
        user = s3.user("maker")
        control = boto3.client(
            "s3control",
            region_name="us-east-1",
            aws_access_key_id=user.access_key_id,
            aws_secret_access_key=user.secret_access_key,
        )
        with pytest.raises(ClientError, match=r"s3:GetAccessPointPolicy on resource: .*accesspoint/way"):
            control.get_access_point_policy(**WAY)
        user.policy = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:*",
                    "Resource": point.arn,
                    "Condition": {"StringEquals": {"s3:AccessPointNetworkOrigin": "Internet"}},
                }
            ]
        }
        control.put_access_point_policy(**WAY, Policy=policy(point.arn, effect="Deny"))
        assert point.policy is not None
