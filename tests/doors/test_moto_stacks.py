"""What templates of CloudFormation say of buckets and their policies is in the fake, once moto has made the stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.entrance import Current
from fakes3.doors.moto import MotoStacksDoor
from fakes3.doors.moto_stacks import BUCKET, POLICY, StackBuckets, StackPolicies

models: Any = pytest.importorskip("moto.s3.models")
errors: Any = pytest.importorskip("moto.s3.exceptions")

WHERE = ("123456789012", "us-east-1")
TAG = {"Key": "team", "Value": "a"}


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    with mock_s3() as s3:
        yield s3


def make(name: str = "store", region: str = "us-east-1", **properties: Any) -> Any:
    resource = {"Properties": properties}
    return StackBuckets(models).create_from_cloudformation_json(name, resource, WHERE[0], region, LogicalId="Store")


def change(bucket: Any, **properties: Any) -> Any:
    resource = {"Properties": properties}
    return StackBuckets(models).update_from_cloudformation_json(bucket, "new", resource, *WHERE)


def get(operation: str) -> dict[str, Any]:
    answer = getattr(boto3.client("s3", region_name="us-east-1"), f"get_{operation}")(Bucket="store")
    for rule in answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ()):
        rule.pop("BlockedEncryptionTypes", None)  # which botocore of two years ago does not know
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def code(call: Any, *args: Any, **properties: Any) -> str:
    with pytest.raises(errors.S3ClientError) as refusal:
        call(*args, **properties)
    return str(getattr(refusal.value, "error_type", refusal.value.code))  # as older moto has it


PROPERTIES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    # S3: AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html: what is asked, said, and answered
    "VersioningConfiguration": ("bucket_versioning", {"Status": "Enabled"}, {"Status": "Enabled"}),
    "AccelerateConfiguration": (
        "bucket_accelerate_configuration",
        {"AccelerationStatus": "Enabled"},
        {"Status": "Enabled"},
    ),
    "Tags": ("bucket_tagging", [TAG], {"TagSet": [TAG]}),
    "PublicAccessBlockConfiguration": (
        "public_access_block",
        {"BlockPublicAcls": True, "IgnorePublicAcls": "true"},
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": False,
                "RestrictPublicBuckets": False,
            }
        },
    ),
    "OwnershipControls": (
        "bucket_ownership_controls",
        {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
    ),
    "BucketEncryption": (
        "bucket_encryption",
        {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
            ]
        },
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                        "BucketKeyEnabled": True,
                    }
                ]
            }
        },
    ),
    "CorsConfiguration": (
        "bucket_cors",
        {
            "CorsRules": [
                {
                    "AllowedMethods": ["GET", "PUT"],
                    "AllowedOrigins": ["*"],
                    "ExposedHeaders": ["ETag"],
                    "Id": "r",
                    "MaxAge": "300",
                }
            ]
        },
        {
            "CORSRules": [
                {
                    "ID": "r",
                    "AllowedMethods": ["GET", "PUT"],
                    "AllowedOrigins": ["*"],
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 300,
                }
            ]
        },
    ),
    "LoggingConfiguration": (
        "bucket_logging",
        {"LogFilePrefix": "log/"},
        {"LoggingEnabled": {"TargetBucket": "store", "TargetPrefix": "log/"}},
    ),
    "NotificationConfiguration": (
        "bucket_notification_configuration",
        {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        {"EventBridgeConfiguration": {}},
    ),
    "WebsiteConfiguration": (
        "bucket_website",
        {
            "IndexDocument": "index.html",
            "ErrorDocument": "error.html",
            "RoutingRules": [
                {
                    "RedirectRule": {"ReplaceKeyPrefixWith": "b/"},
                    "RoutingRuleCondition": {"KeyPrefixEquals": "a/"},
                }
            ],
        },
        {
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
            "RoutingRules": [{"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}],
        },
    ),
}


TAKEN_AWAY = {
    "AccelerateConfiguration": {"Status": "Suspended"},
    "OwnershipControls": "OwnershipControlsNotFoundError",
    "PublicAccessBlockConfiguration": "NoSuchPublicAccessBlockConfiguration",
    "VersioningConfiguration": {"Status": "Suspended"},
}
"""What is left where that is not what a bucket begins with."""


class TestBuckets:
    @pytest.mark.parametrize("name", PROPERTIES)
    def test_each_property_is_put_and_taken_away(self, s3: FakeS3, name: str) -> None:
        operation, stated, expected = PROPERTIES[name]
        make()
        before = state_of(operation)
        s3.reset()
        bucket = make(**{name: stated})
        assert expected == get(operation)
        bucket = change(bucket, **{name: stated})
        assert expected == get(operation)
        change(bucket)
        assert TAKEN_AWAY.get(name, before) == state_of(operation)

    def test_what_a_bucket_is_made_of(self, s3: FakeS3) -> None:
        retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
        bucket = make(region="eu-west-1", ObjectLockEnabled=True, ObjectLockConfiguration=retention)
        assert "eu-west-1" == s3["store"].region
        assert ("arn:aws:s3:::store", "store") == (bucket.arn, bucket.physical_resource_id)
        assert StackBuckets(models).has_cfn_attr("Arn")
        assert {"ObjectLockConfiguration": retention} == get("object_lock_configuration")
        change(bucket, ObjectLockEnabled=True)
        assert {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}} == get("object_lock_configuration")

    def test_a_canned_acl(self, s3: FakeS3) -> None:
        make(AccessControl="Private")
        assert 1 == len(get("bucket_acl")["Grants"])
        s3.reset()
        owned = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        bucket = make(AccessControl="LogDeliveryWrite", OwnershipControls=owned)
        assert 3 == len(get("bucket_acl")["Grants"])
        change(bucket, OwnershipControls=owned)
        assert 1 == len(get("bucket_acl")["Grants"])

    def test_rules_of_a_lifecycle(self, s3: FakeS3) -> None:
        rules: list[dict[str, Any]] = [
            {"ExpirationInDays": "30", "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 10}},
            {"Prefix": "x/", "TagFilters": [TAG], "NoncurrentVersionExpirationInDays": 5},
            {"TagFilters": [TAG], "ExpirationDate": "2030-01-01T00:00:00Z"},
            {
                "ObjectSizeGreaterThan": "1000",
                "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 3}],
            },
        ]
        make(
            LifecycleConfiguration={
                "Rules": [{"Id": str(number), "Status": "Enabled", **rule} for number, rule in enumerate(rules)]
            }
        )
        found = get("bucket_lifecycle_configuration")["Rules"]
        assert [
            {"Prefix": ""},
            {"And": {"Prefix": "x/", "Tags": [TAG]}},
            {"Tag": TAG},
            {"ObjectSizeGreaterThan": 1000},
        ] == [rule["Filter"] for rule in found]
        assert ({"Days": 30}, [{"Days": 10, "StorageClass": "GLACIER"}]) == (
            found[0]["Expiration"],
            found[0]["Transitions"],
        )
        assert {"NoncurrentDays": 5} == found[1]["NoncurrentVersionExpiration"]
        assert 2030 == found[2]["Expiration"]["Date"].year
        assert [{"NoncurrentDays": 3, "StorageClass": "GLACIER"}] == found[3]["NoncurrentVersionTransitions"]

    def test_notifications_to_destinations(self, s3: FakeS3) -> None:
        queue, function = "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:lambda:us-east-1:123456789012:function:f"
        rules = {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".jpg"}]}}
        make(
            NotificationConfiguration={
                "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": queue, "Filter": rules}],
                "LambdaConfigurations": [{"Event": "s3:ObjectRemoved:*", "Function": function}],
                "EventBridgeConfiguration": {"EventBridgeEnabled": False},
            }
        )
        found = get("bucket_notification_configuration")
        assert "EventBridgeConfiguration" not in found
        ((to_queue,), (to_function,)) = found["QueueConfigurations"], found["LambdaFunctionConfigurations"]
        assert (queue, ["s3:ObjectCreated:*"]) == (to_queue["QueueArn"], to_queue["Events"])
        assert [{"Name": "Suffix", "Value": ".jpg"}] == to_queue["Filter"]["Key"]["FilterRules"]
        assert function == to_function["LambdaFunctionArn"]

    def test_another_name_is_another_bucket(self, s3: FakeS3) -> None:
        bucket = change(make(BucketName="store"), BucketName="new")
        assert (["new"], "new") == (list(s3.buckets), bucket.name)
        StackBuckets(models).delete_from_cloudformation_json("new", {"Properties": {}}, *WHERE)
        assert [] == list(s3.buckets)

    def test_what_s3_refuses_leaves_nothing(self, s3: FakeS3) -> None:
        rule = {"Status": "Enabled"}
        assert "InvalidRequest" == code(make, LifecycleConfiguration={"Rules": [rule]})
        for wrong in ({"Status": "On"}, {"Colour": "red"}, "Enabled"):
            assert "MalformedXML" == code(make, VersioningConfiguration=wrong)
        assert [] == list(s3.buckets)

    def test_a_bucket_that_exists(self, s3: FakeS3) -> None:
        s3.create_bucket("store")
        with pytest.raises(errors.BucketAlreadyExists):
            make()
        assert ["store"] == list(s3.buckets)

    def test_a_property_that_is_not_read_is_refused_by_name(self, s3: FakeS3) -> None:
        with pytest.raises(UnmockedRequest) as refusal:
            make(InventoryConfigurations=[], AbacStatus="Enabled")
        assert (
            "A template of CloudFormation gives a bucket AbacStatus, InventoryConfigurations, which fakes3 does not "
            "read from templates, and never ignores. Leave it out of the template, and set it by a client of boto3."
        ) == str(refusal.value)
        assert [] == list(s3.buckets)


def state_of(operation: str) -> Any:
    """What the bucket has, or the code of the refusal where it has nothing."""
    client: Any = boto3.client("s3", region_name="us-east-1")
    try:
        return get(operation)
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


class TestPolicies:
    def policy(self, bucket: str, action: str = "s3:GetObject") -> dict[str, Any]:
        return {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": action,
                "Resource": f"arn:aws:s3:::{bucket}/*",
            },
        }

    def resource(self, bucket: str, policy: Any) -> dict[str, Any]:
        return {"Properties": {"Bucket": bucket, "PolicyDocument": policy}}

    def test_put_changed_moved_and_deleted(self, s3: FakeS3) -> None:
        s3.create_bucket("store")
        s3.create_bucket("other")
        policies, text = StackPolicies(models), json.dumps(self.policy("store", "s3:PutObject"))
        put = self.resource("store", self.policy("store"))
        made = policies.create_from_cloudformation_json("stack-policy", put, *WHERE, LogicalId="Policy")
        assert (True, "store", POLICY) == (made.is_created(), made.physical_resource_id, made.type)
        assert self.policy("store") == s3["store"].policy
        made = policies.update_from_cloudformation_json(made, "x", self.resource("store", text), *WHERE)
        assert json.loads(text) == s3["store"].policy
        moved = self.resource("other", self.policy("other"))
        made = policies.update_from_cloudformation_json(made, "x", moved, *WHERE)
        assert s3["store"].policy is None
        assert self.policy("other") == s3["other"].policy
        policies.delete_from_cloudformation_json("other", moved, *WHERE)
        assert s3["other"].policy is None

    def test_stacks_may_delete_the_bucket_first(self, s3: FakeS3) -> None:
        StackPolicies(models).delete_from_cloudformation_json("gone", {}, *WHERE)
        assert not StackPolicies(models).has_cfn_attr("Arn")

    def test_a_wrong_one(self, s3: FakeS3) -> None:
        s3.create_bucket("store")
        put = StackPolicies(models).create_from_cloudformation_json
        assert "MalformedPolicy" == code(put, "p", self.resource("store", "{"), *WHERE)


class TestDoor:
    """It stands before moto's choice of a class, while a fake is entered."""

    @staticmethod
    def choose(current: Current, kind: str) -> Any:
        module = SimpleNamespace(resource_class_from_type=lambda kind: kind)
        ((_, _, choose),) = MotoStacksDoor(current).replacements(module)
        return choose(kind)

    def test_buckets_and_policies(self) -> None:
        entered: Any = lambda: object()  # noqa: E731
        assert isinstance(self.choose(entered, BUCKET), StackBuckets)
        assert isinstance(self.choose(entered, POLICY), StackPolicies)
        assert "AWS::SQS::Queue" == self.choose(entered, "AWS::SQS::Queue")

    def test_without_a_fake(self) -> None:
        assert BUCKET == self.choose(lambda: None, BUCKET)
