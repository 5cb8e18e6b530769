"""Where moto is active, its queues, topics, functions and event buses are the destinations of notifications."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.doors.moto_neighbour import Moto

moto = pytest.importorskip("moto")

REGION = "us-east-1"
QUEUE = f"arn:aws:sqs:{REGION}:123456789012:queue"
CREATED = ["s3:ObjectCreated:*"]
NOT_VALID = "Unable to validate the following destination configurations"


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    with moto.mock_aws(config={"lambda": {"use_docker": False}}), mock_s3() as s3:
        s3.create_bucket("pictures")
        yield s3


def client(service: str) -> Any:
    made: Any = boto3.session.Session(region_name=REGION)
    return made.client(service)


def policy(action: str, resource: str, bucket: str = "pictures") -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{bucket}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_queue(*, allows: str | None = "pictures") -> str:
    """Make a queue that takes notifications of a bucket, and return its URL."""
    attributes = {} if allows is None else {"Policy": policy("sqs:SendMessage", QUEUE, allows)}
    url: str = client("sqs").create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]
    return url


def received(url: str) -> list[dict[str, Any]]:
    sqs = client("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def notify(**document: Any) -> None:
    client("s3").put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=document)


def put() -> None:
    client("s3").put_object(Bucket="pictures", Key="my cat.jpg", Body=b"meow")


class TestQueues:
    # recorded: TestS3NotificationsToSQS::test_object_created_put
    def test_get_a_test_message_and_records(self, s3: FakeS3) -> None:
        url = make_queue()
        notify(QueueConfigurations=[{"Id": "q", "QueueArn": QUEUE, "Events": CREATED}])
        put()
        test, message = received(url)
        assert "s3:TestEvent" == test["Event"]
        assert {"Records": [s3.events[0]]} == message
        assert [(QUEUE, None), (QUEUE, None)] == [(each.destination, each.failure) for each in s3.events.deliveries]
        assert ["PutBucketNotificationConfiguration", "PutObject"] == [each.operation for each in s3.calls]

    # recorded: TestS3NotificationsToSQS::test_invalid_sqs_arn
    def test_that_do_not_exist(self, s3: FakeS3) -> None:
        with pytest.raises(ClientError, match=NOT_VALID) as refusal:
            notify(QueueConfigurations=[{"QueueArn": QUEUE, "Events": CREATED}])
        error: Any = refusal.value.response["Error"]
        assert (QUEUE, "The destination queue does not exist") == (error["ArgumentName1"], error["ArgumentValue1"])

    # observed: aws/aws-cli#8162
    @pytest.mark.parametrize("allows", [None, "others"])
    def test_that_do_not_let_s3_in(self, s3: FakeS3, allows: str | None) -> None:
        make_queue(allows=allows)
        with pytest.raises(ClientError, match=NOT_VALID) as refusal:
            notify(QueueConfigurations=[{"QueueArn": QUEUE, "Events": CREATED}])
        error: Any = refusal.value.response["Error"]
        assert (
            "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
            == error["ArgumentValue1"]
        )

    def test_that_are_gone_get_nothing(self, s3: FakeS3) -> None:
        url = make_queue()
        notify(QueueConfigurations=[{"QueueArn": QUEUE, "Events": CREATED}])
        client("sqs").delete_queue(QueueUrl=url)
        put()
        assert ["The destination queue does not exist"] == [each.failure for each in s3.events.deliveries[1:]]

    def test_that_moto_fails_to_send_to(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        make_queue()
        notify(QueueConfigurations=[{"QueueArn": QUEUE, "Events": CREATED}])

        def fail(*_: Any) -> None:
            raise ZeroDivisionError("no")

        monkeypatch.setattr(Moto, "send", fail)
        put()
        assert ["ZeroDivisionError: no"] == [each.failure for each in s3.events.deliveries[1:]]


class TestTopics:
    # recorded: TestS3NotificationsToSns::test_object_created_put
    def test_pass_records_on(self, s3: FakeS3) -> None:
        sns, url = client("sns"), make_queue()
        topic = sns.create_topic(Name="topic")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
        with pytest.raises(ClientError, match=NOT_VALID):
            notify(TopicConfigurations=[{"TopicArn": topic, "Events": CREATED}])
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy("SNS:Publish", topic))
        notify(TopicConfigurations=[{"TopicArn": topic, "Events": CREATED}])
        put()
        test, message = received(url)
        assert "Amazon S3 Notification" == test["Subject"] == message["Subject"]
        assert {"Records": [s3.events[0]]} == json.loads(message["Message"])

    def test_that_do_not_exist(self, s3: FakeS3) -> None:
        topic = f"arn:aws:sns:{REGION}:123456789012:topic"
        for _ in range(2):
            with pytest.raises(ClientError, match=NOT_VALID) as refusal:
                notify(TopicConfigurations=[{"TopicArn": topic, "Events": CREATED}])
            error: Any = refusal.value.response["Error"]
            assert "The destination topic does not exist" == error["ArgumentValue1"]
            client("sns").list_topics()


class TestFunctions:
    @pytest.fixture
    def function(self, s3: FakeS3) -> str:
        role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("lambda_function.py", "def lambda_handler(event, context): return event")
        made = client("lambda").create_function(
            FunctionName="function",
            Runtime="python3.12",
            Role=role,
            Handler="lambda_function.lambda_handler",
            Code={"ZipFile": code.getvalue()},
        )
        arn: str = made["FunctionArn"]
        return arn

    # recorded: TestS3NotificationsToLambda::test_invalid_lambda_arn
    def test_that_do_not_let_s3_in(self, function: str) -> None:
        for arn in (function, f"{function}2"):
            with pytest.raises(ClientError, match=NOT_VALID) as refusal:
                notify(LambdaFunctionConfigurations=[{"LambdaFunctionArn": arn, "Events": CREATED}])
            error: Any = refusal.value.response["Error"]
            assert (f"{arn}, null", f"Not authorized to invoke function [{arn}]") == (
                error["ArgumentName1"],
                error["ArgumentValue1"],
            )

    def test_are_invoked(self, s3: FakeS3, function: str) -> None:
        client("lambda").add_permission(
            FunctionName="function",
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn="arn:aws:s3:::pictures",
        )
        notify(LambdaFunctionConfigurations=[{"LambdaFunctionArn": function, "Events": CREATED}])
        put()
        assert [(function, None)] == [(each.destination, each.failure) for each in s3.events.deliveries]

    def test_that_nobody_ever_made(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "moto.awslambda.models", raising=False)
        arn = f"arn:aws:lambda:{REGION}:123456789012:function:function"
        with pytest.raises(ClientError, match=NOT_VALID):
            notify(LambdaFunctionConfigurations=[{"LambdaFunctionArn": arn, "Events": CREATED}])


class TestEventBridge:
    # recorded: TestS3NotificationsToEventBridge::test_object_created_put
    def test_rules_get_events(self, s3: FakeS3) -> None:
        events, url = client("events"), make_queue()
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
        events.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": QUEUE}])
        notify(EventBridgeConfiguration={})
        put()
        client("s3").delete_object(Bucket="pictures", Key="my cat.jpg")
        (event,) = received(url)
        message = s3.events.deliveries[0].message
        assert (message["detail"], message["time"]) == (event["detail"], event["time"])
        assert [None, None] == [each.failure for each in s3.events.deliveries]

    def test_without_a_rule_nothing_happens(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "moto.events.models", raising=False)
        notify(EventBridgeConfiguration={})
        put()
        assert [None] == [each.failure for each in s3.events.deliveries]


def test_without_moto_everything_is_taken() -> None:
    with mock_s3() as s3:
        s3.create_bucket("pictures")
        assert not Moto().is_active
        notify(QueueConfigurations=[{"QueueArn": QUEUE, "Events": CREATED}])
        put()
        assert [None, None] == [each.failure for each in s3.events.deliveries]


class TestKeys:
    """KMS keys that were made in moto are the keys that S3 encrypts with."""

    def write(self, **members: Any) -> str:
        put = client("s3").put_object
        key: str = put(Bucket="pictures", Key="cat", ServerSideEncryption="aws:kms", **members)["SSEKMSKeyId"]
        return key

    def test_by_each_name_and_in_each_state(self, s3: FakeS3) -> None:
        kms = client("kms")
        made = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/mine", TargetKeyId=made["KeyId"])
        assert {made["Arn"]} == {self.write(SSEKMSKeyId=key) for key in (made["KeyId"], made["Arn"], "alias/mine")}
        kms.disable_key(KeyId=made["KeyId"])
        with pytest.raises(ClientError, match="DisabledException"):
            self.write(SSEKMSKeyId="alias/mine")
        with pytest.raises(ClientError, match="NotFoundException"):
            self.write(SSEKMSKeyId="alias/yours")

    def test_a_replica_has_the_related_multi_region_key_if_there_is_one(self, s3: FakeS3) -> None:
        """S3: API/API_EncryptionConfiguration.html, "UseSourceMultiRegionKey" """
        known = client("s3").meta.service_model.shape_for("EncryptionConfiguration").members
        if "UseSourceMultiRegionKey" not in known:
            pytest.skip(f"botocore {botocore.__version__} does not know the member")
        kms, enabled = client("kms"), {"Status": "Enabled"}
        made = kms.create_key(MultiRegion=True)["KeyMetadata"]
        for name, region in (("src", "us-east-1"), ("dst", "eu-west-1")):
            s3.create_bucket(name, region=region, versioning=True)
        rule = {
            **{"ID": "all", "Priority": 1, "Filter": {}, "DeleteMarkerReplication": {"Status": "Disabled"}},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": enabled},
            "Destination": {
                "Bucket": "arn:aws:s3:::dst",
                "EncryptionConfiguration": {"UseSourceMultiRegionKey": enabled},
            },
        }
        document: Any = {"Role": "arn:aws:iam::123456789012:role/copier", "Rules": [rule | enabled]}
        client("s3").put_bucket_replication(Bucket="src", ReplicationConfiguration=document)

        def copied(key: str) -> list[str]:
            members = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": made["KeyId"]}
            client("s3").put_object(Bucket="src", Key=key, **members)
            s3.clock.advance(minutes=15)
            return list(s3["dst"])

        assert [] == copied("before")
        related = kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
        assert ["after"] == copied("after")
        assert related["Arn"] == client("s3").head_object(Bucket="dst", Key="after")["SSEKMSKeyId"]

    def test_nothing_is_made_there(self, s3: FakeS3) -> None:
        kms = client("kms")
        assert [] == kms.list_keys()["Keys"]
        self.write(SSEKMSKeyId="alias/mine")
        self.write()
        assert [] == kms.list_keys()["Keys"]
        kms.create_key()
        self.write()
        assert 1 == len(kms.list_keys()["Keys"])

    def test_where_nobody_has_called_kms(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "moto.kms.models", raising=False)
        self.write(SSEKMSKeyId="alias/mine")
        assert client("s3").get_object(Bucket="pictures", Key="cat")["Body"].read() == b""
