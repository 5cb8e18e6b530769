"""Notification configurations: what can be put, what is read back, and what is refused.

S3: API/API_PutBucketNotificationConfiguration.html, userguide/EventNotifications.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.notifications import EVENT_NAMES
from fakes3.operations import neighbours
from fakes3.wire.table import operations

from ..ask import Ask
from .conftest import Refused

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:my-lambda"
CREATED = ["s3:ObjectCreated:*"]
NOT_VALID = "Unable to validate the following destination configurations"


class Neighbour:
    """A mock of other services, which has the destinations that it is told of."""

    is_active = True

    def __init__(self) -> None:
        self.policies: dict[str, dict[str, Any]] = {}

    def find_policy(self, _kind: Any, arn: Any) -> dict[str, Any] | None:
        return self.policies.get(arn.text)


@pytest.fixture
def neighbour(monkeypatch: pytest.MonkeyPatch) -> Neighbour:
    """Something that answers for other services."""
    made = Neighbour()
    monkeypatch.setattr(neighbours, "NEIGHBOURS", [made])
    return made


def queue(arn: str = QUEUE, events: list[str] = CREATED, **others: Any) -> dict[str, Any]:
    return {"QueueArn": arn, "Events": events, **others}


def put(client: Any, bucket: str, **members: Any) -> None:
    skips = {"SkipDestinationValidation": members.pop("skips")} if "skips" in members else {}
    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=members, **skips)


def read(client: Any, bucket: str) -> dict[str, Any]:
    answer = client.get_bucket_notification_configuration(Bucket=bucket)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


class TestWhatIsRead:
    """GET returns the configuration as it was put."""

    def test_all_kinds(self, s3_client: Any, bucket: str) -> None:
        document = {
            "TopicConfigurations": [{"Id": "t", "TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}],
            "QueueConfigurations": [queue(Id="q", events=["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"])],
            "LambdaFunctionConfigurations": [
                {"Id": "f", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRestore:Completed"]}
            ],
            "EventBridgeConfiguration": {},
        }
        put(s3_client, bucket, **document)
        assert document == read(s3_client, bucket)

    # recorded: TestS3NotificationsToSQS::test_notifications_with_filter
    def test_names_of_filters_are_capitalized(self, s3_client: Any, bucket: str) -> None:
        rules = [{"Name": "prefix", "Value": "testupload/"}, {"Name": "suffix", "Value": "testfile.txt"}]
        put(s3_client, bucket, QueueConfigurations=[queue(Id="id0002", Filter={"Key": {"FilterRules": rules}})])
        (kept,) = read(s3_client, bucket)["QueueConfigurations"]
        expected = [{"Name": "Prefix", "Value": "testupload/"}, {"Name": "Suffix", "Value": "testfile.txt"}]
        assert expected == kept["Filter"]["Key"]["FilterRules"]

    def test_a_rule_without_an_id_gets_one(self, s3_client: Any, bucket: str) -> None:
        put(s3_client, bucket, QueueConfigurations=[queue(), queue(events=["s3:ObjectAcl:Put"])])
        ids = [each["Id"] for each in read(s3_client, bucket)["QueueConfigurations"]]
        assert 2 == len(set(ids))
        assert all(ids)

    def test_an_empty_configuration_removes_the_one_before(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        before = s3.snapshot()
        put(s3_client, bucket, QueueConfigurations=[queue()])
        assert s3.diff(before)
        put(s3_client, bucket)
        assert {} == read(s3_client, bucket)
        assert not s3.diff(before)

    def test_the_deprecated_call_puts_the_same(self, s3_client: Any, bucket: str) -> None:
        """S3: API/API_PutBucketNotification.html: the document has other members, and the same elements."""
        rule = {"Id": "q", "Queue": QUEUE, "Events": CREATED}
        s3_client.put_bucket_notification(Bucket=bucket, NotificationConfiguration={"QueueConfiguration": rule})
        assert {"QueueConfigurations": [queue(Id="q")]} == read(s3_client, bucket)
        answer = s3_client.get_bucket_notification(Bucket=bucket)
        assert ("q", QUEUE) == (answer["QueueConfiguration"]["Id"], answer["QueueConfiguration"]["Queue"])

    def test_every_event_of_the_api(self, s3_client: Any, bucket: str) -> None:
        shape = operations()["PutBucketNotificationConfiguration"].input
        assert shape is not None
        queues = shape.members["NotificationConfiguration"].shape.members["QueueConfigurations"].shape
        events = queues.member.shape.members["Events"].shape.member.shape
        assert EVENT_NAMES == set(events.enum)
        put(s3_client, bucket, QueueConfigurations=[queue(events=sorted(EVENT_NAMES))])


class TestRefusals:
    """What is wrong with the document is found before its destinations are looked for."""

    # recorded: TestS3NotificationsToSQS::test_invalid_sqs_arn
    # recorded: TestS3NotificationsToSns::test_invalid_topic_arn
    # recorded: TestS3NotificationsToLambda::test_invalid_lambda_arn
    @pytest.mark.parametrize(
        ("member", "arn", "name"),
        [
            ("QueueConfigurations", "QueueArn", "Queue"),
            ("TopicConfigurations", "TopicArn", "Topic"),
            ("LambdaFunctionConfigurations", "LambdaFunctionArn", "CloudFunction"),
        ],
    )
    @pytest.mark.parametrize("skips", [False, True])
    def test_what_is_no_arn(
        self, s3_client: Any, bucket: str, refused: Refused, member: str, arn: str, name: str, skips: bool
    ) -> None:
        told: Any = {"ArgumentName": name, "ArgumentValue": "invalid-queue"}
        with refused("InvalidArgument", 400, "The ARN could not be parsed", **told):
            put(s3_client, bucket, skips=skips, **{member: [{"Id": "id123", arn: "invalid-queue", "Events": CREATED}]})

    # recorded: TestS3NotificationsToSQS::test_multiple_invalid_sqs_arns
    def test_the_first_of_several(self, s3_client: Any, bucket: str, refused: Refused, neighbour: Neighbour) -> None:
        message, removed = "The ARN could not be parsed", ["s3:ObjectRemoved:*"]
        with refused("InvalidArgument", 400, message, ArgumentName="Queue", ArgumentValue="invalid_arn"):
            put(s3_client, bucket, QueueConfigurations=[queue("invalid_arn"), queue("invalid_arn_2", removed)])
        with refused("InvalidArgument", 400, message, ArgumentName="Queue", ArgumentValue="invalid_arn_2"):
            put(s3_client, bucket, QueueConfigurations=[queue(), queue("invalid_arn_2", removed)])
        numbered: Any = {
            "ArgumentName1": QUEUE,
            "ArgumentValue1": "The destination queue does not exist",
            "ArgumentName2": f"{QUEUE}-2",
            "ArgumentValue2": "The destination queue does not exist",
        }
        with refused("InvalidArgument", 400, NOT_VALID, **numbered):
            put(s3_client, bucket, QueueConfigurations=[queue(), queue(f"{QUEUE}-2", removed)])

    # recorded: TestS3NotificationsToSns::test_bucket_not_exist
    def test_no_such_bucket(self, s3_client: Any, refused: Refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="this-bucket-does-not-exist"):
            put(s3_client, "this-bucket-does-not-exist", TopicConfigurations=[{"TopicArn": TOPIC, "Events": CREATED}])

    def test_an_event_that_s3_does_not_have(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("InvalidArgument", 400, "The event 's3:ObjectRead:*' is not supported for notifications"):
            put(s3_client, bucket, QueueConfigurations=[queue(events=["s3:ObjectRead:*"])])

    def test_a_filter_of_another_name(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        told: Any = {"ArgumentName": "FilterRule.Name", "ArgumentValue": "infix"}
        rules = {"Key": {"FilterRules": [{"Name": "infix", "Value": "a"}]}}
        with refused("InvalidArgument", 400, "filter rule name must be either prefix or suffix", **told):
            put(s3_client, bucket, QueueConfigurations=[queue(Filter=rules)])

    def test_rules_that_overlap_say_how_they_could_not(self, s3_client: Any, bucket: str) -> None:
        with pytest.raises(ClientError, match="Configurations overlap") as refusal:
            put(s3_client, bucket, QueueConfigurations=[queue(Id="a"), queue(Id="b", events=["s3:ObjectCreated:Put"])])
        assert [
            "fakes3: the configurations a and b are both for s3:ObjectCreated:* and s3:ObjectCreated:Put of the same "
            "keys. Give them prefixes or suffixes that no key can have at once, or let one topic pass the events on."
        ] == refusal.value.__notes__

    def test_a_document_without_a_destination(self, bucket: str, ask: Ask) -> None:
        event = "<QueueConfiguration><Event>s3:ObjectCreated:*</Event></QueueConfiguration>"
        body = f"<NotificationConfiguration>{event}</NotificationConfiguration>".encode()
        answer = ask("PUT", f"/{bucket}?notification", {"content-length": str(len(body))}, body=body)
        assert (400, "MalformedXML") == (answer.status, answer.code)

    def test_those_without_the_right(self, s3: FakeS3, bucket: str) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            put(s3.user("nobody").client(), bucket, QueueConfigurations=[queue()])


class TestDestinations:
    """Where something answers for a service, its destinations must exist and let S3 in."""

    ALLOW = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "*", "Resource": "*"}

    # recorded: TestS3NotificationsToSQS::test_invalid_sqs_arn
    def test_that_do_not_exist_can_be_named_nevertheless(
        self, s3: FakeS3, s3_client: Any, bucket: str, neighbour: Neighbour
    ) -> None:
        put(s3_client, bucket, skips=True, QueueConfigurations=[queue(Id="id123")])
        assert {"QueueConfigurations": [queue(Id="id123")]} == read(s3_client, bucket)
        assert [] == s3.events.deliveries, "S3 tests a destination as part of its validation"

    # recorded: TestS3NotificationsToLambda::test_invalid_lambda_arn
    def test_a_function_that_does_not_exist(
        self, s3_client: Any, bucket: str, refused: Refused, neighbour: Neighbour
    ) -> None:
        rules = [{"LambdaFunctionArn": FUNCTION, "Events": CREATED, "Id": "id123"}]
        told: Any = {
            "ArgumentName1": f"{FUNCTION}, null",
            "ArgumentValue1": f"Not authorized to invoke function [{FUNCTION}]",
        }
        with refused("InvalidArgument", 400, NOT_VALID, **told):
            put(s3_client, bucket, LambdaFunctionConfigurations=rules)
        put(s3_client, bucket, skips=True, LambdaFunctionConfigurations=rules)
        assert {"LambdaFunctionConfigurations": rules} == read(s3_client, bucket)

    # observed: aws/aws-cli#8162
    @pytest.mark.parametrize("word", ["queue", "topic"])
    def test_that_forbid_it(
        self, s3_client: Any, bucket: str, refused: Refused, neighbour: Neighbour, word: str
    ) -> None:
        member, arn = {"queue": ("QueueConfigurations", QUEUE), "topic": ("TopicConfigurations", TOPIC)}[word]
        rule = {f"{word.capitalize()}Arn": arn, "Events": CREATED}
        neighbour.policies[arn] = {"Statement": []}
        text = f"Permissions on the destination {word} do not allow S3 to publish notifications from this bucket"
        with refused("InvalidArgument", 400, NOT_VALID, ArgumentName1=arn, ArgumentValue1=text):
            put(s3_client, bucket, **{member: [rule]})
        neighbour.policies[arn] = {"Statement": [self.ALLOW]}
        put(s3_client, bucket, skips=True, **{member: [rule]})

    def test_the_refusal_says_what_to_do(self, s3_client: Any, bucket: str, neighbour: Neighbour) -> None:
        with pytest.raises(ClientError, match="Unable to validate") as refusal:
            put(s3_client, bucket, QueueConfigurations=[queue()])
        (note,) = refusal.value.__notes__
        assert note.endswith(
            "Create them in moto, with policies that allow s3.amazonaws.com to send them notifications, or pass "
            "SkipDestinationValidation=True."
        )
