"""The old documents of lifecycle and notifications, at the routes that they share with the new ones.

boto3 still has the four operations. S3 cannot tell which of two was meant: the method and the query are the same.
S3: API/API_PutBucketLifecycle.html, API/API_PutBucketNotification.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

ACCOUNT = "us-east-1:123456789012"
TOPIC, QUEUE = f"arn:aws:sns:{ACCOUNT}:topic", f"arn:aws:sqs:{ACCOUNT}:queue"
FUNCTION = f"arn:aws:lambda:{ACCOUNT}:function:thumbs"


class TestLifecycle:
    """A rule has its prefix directly, and one transition."""

    RULE: dict[str, Any] = {
        "ID": "old",
        "Prefix": "logs/",
        "Status": "Enabled",
        "Transition": {"Days": 30, "StorageClass": "GLACIER"},
        "Expiration": {"Days": 60},
        "NoncurrentVersionTransition": {"NoncurrentDays": 30, "StorageClass": "GLACIER"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 60},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
    }

    def put(self, client: Any, bucket: str, **rule: Any) -> None:
        client.put_bucket_lifecycle(Bucket=bucket, LifecycleConfiguration={"Rules": [self.RULE | rule]})

    def test_it_is_read_back_by_both(self, s3: FakeS3, s3_client, bucket):
        self.put(s3_client, bucket)
        assert [self.RULE] == s3_client.get_bucket_lifecycle(Bucket=bucket)["Rules"]
        (rule,) = s3_client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert ("logs/", [self.RULE["Transition"]]) == (rule["Prefix"], rule["Transitions"])
        assert "Filter" not in rule
        recorded = {"PutBucketLifecycleConfiguration", "GetBucketLifecycleConfiguration"}
        assert recorded == {call.operation for call in s3.calls}

    def test_it_is_run(self, s3: FakeS3, s3_client, bucket):
        self.put(s3_client, bucket)
        for key in ("logs/a", "b"):
            s3_client.put_object(Bucket=bucket, Key=key)
        s3.clock.advance(days=62)
        assert ["b"] == list(s3[bucket])

    def test_the_new_form_is_read_by_the_old_operation(self, s3_client, bucket):
        """boto3 leaves out what the old operation has no member for."""
        rule = {"ID": "new", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 1}}
        s3_client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
        expected = {name: value for name, value in rule.items() if name != "Filter"}
        assert [expected] == s3_client.get_bucket_lifecycle(Bucket=bucket)["Rules"]

    def test_the_same_refusals(self, s3_client, bucket):
        with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
            s3_client.get_bucket_lifecycle(Bucket=bucket)
        with pytest.raises(ClientError, match="InvalidArgument"):
            self.put(s3_client, bucket, Expiration={"Days": -1})


class TestNotifications:
    """One topic, one queue and one function, with one event or several."""

    def put(self, client: Any, bucket: str, **document: Any) -> None:
        client.put_bucket_notification(Bucket=bucket, NotificationConfiguration=document)

    def test_all_three(self, s3_client, bucket):
        document = {
            "TopicConfiguration": {"Id": "t", "Topic": TOPIC, "Event": "s3:ReducedRedundancyLostObject"},
            "QueueConfiguration": {"Id": "q", "Queue": QUEUE, "Events": ["s3:ObjectCreated:Put"]},
            "CloudFunctionConfiguration": {
                "Id": "f",
                "CloudFunction": FUNCTION,
                "Events": ["s3:ObjectCreated:Copy", "s3:ObjectRemoved:*"],
            },
        }
        self.put(s3_client, bucket, **document)
        found = s3_client.get_bucket_notification_configuration(Bucket=bucket)
        assert [{"Id": "t", "TopicArn": TOPIC, "Events": ["s3:ReducedRedundancyLostObject"]}] == (
            found["TopicConfigurations"]
        )
        assert [{"Id": "q", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}] == found["QueueConfigurations"]
        functions = [
            {"Id": "f", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:Copy", "s3:ObjectRemoved:*"]}
        ]
        assert functions == found["LambdaFunctionConfigurations"]
        old = s3_client.get_bucket_notification(Bucket=bucket)
        assert TOPIC == old["TopicConfiguration"]["Topic"]
        assert (QUEUE, ["s3:ObjectCreated:Put"]) == tuple(
            old["QueueConfiguration"][name] for name in ("Queue", "Events")
        )
        assert FUNCTION == old["CloudFunctionConfiguration"]["CloudFunction"]

    def test_they_are_told(self, s3: FakeS3, s3_client, bucket):
        self.put(s3_client, bucket, QueueConfiguration={"Queue": QUEUE, "Event": "s3:ObjectCreated:*"})
        s3_client.put_object(Bucket=bucket, Key="k")
        assert ["ObjectCreated:Put"] == [each["eventName"] for each in s3.events if "eventName" in each]

    def test_none(self, s3_client, bucket):
        self.put(s3_client, bucket)
        assert {"ResponseMetadata"} == s3_client.get_bucket_notification(Bucket=bucket).keys()

    def test_the_role_of_an_old_function_is_named(self, s3_client, bucket):
        function = {
            "CloudFunction": FUNCTION,
            "Event": "s3:ObjectCreated:Put",
            "InvocationRole": "arn:aws:iam::123456789012:role/r",
        }
        with pytest.raises(ClientError, match="fakes3 does not model InvocationRole in this document"):
            self.put(s3_client, bucket, CloudFunctionConfiguration=function)
