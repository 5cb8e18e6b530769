"""Rules of notification configurations: which are refused, and which events they match."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import InvalidArgument
from fakes3.model.notifications import (
    EVENT_NAMES,
    FUNCTIONS,
    QUEUES,
    TOPICS,
    complete_configuration,
    is_wanted,
    notifications_of,
    parse_arn,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:queue"
keys = st.text("ab/", max_size=6)


def rule(*events: str, prefix: str = "", suffix: str = "", **others: Any) -> dict[str, Any]:
    filters = [{"Name": name, "Value": value} for name, value in (("prefix", prefix), ("suffix", suffix)) if value]
    made = {"QueueArn": QUEUE, "Events": list(events or ["s3:ObjectCreated:*"])} | others
    return made | ({"Filter": {"Key": {"FilterRules": filters}}} if filters else {})


def complete(*rules: dict[str, Any], region: str = "eu-west-1", **others: Any) -> dict[str, Any]:
    document = ({"QueueConfigurations": list(rules)} if rules else {}) | others
    return complete_configuration(document, region=region, make_id=lambda number: f"made {number}")


class TestEventNames:
    @pytest.mark.parametrize(
        ("event", "wanted"),
        [
            ("ObjectCreated:Put", "s3:ObjectCreated:Put"),
            ("ObjectCreated:Put", "s3:ObjectCreated:*"),
            ("LifecycleTransition", "s3:LifecycleTransition"),
        ],
    )
    def test_wanted(self, event: str, wanted: str) -> None:
        assert is_wanted(event, ["s3:ObjectAcl:Put", wanted])

    @pytest.mark.parametrize("wanted", ["s3:ObjectCreated:Copy", "s3:ObjectRemoved:*", "s3:ObjectAcl:Put"])
    def test_not_wanted(self, wanted: str) -> None:
        assert not is_wanted("ObjectCreated:Put", [wanted])

    def test_families_have_a_wildcard(self) -> None:
        assert {"s3:ObjectTagging:*", "s3:ObjectRestore:*", "s3:Replication:*"} < EVENT_NAMES
        assert "s3:*" not in EVENT_NAMES


class TestArns:
    @pytest.mark.parametrize(
        ("kind", "text", "name"),
        [
            (QUEUES, QUEUE, "queue"),
            (TOPICS, "arn:aws-cn:sns:cn-north-1:123456789012:t", "t"),
            (FUNCTIONS, "arn:aws:lambda:eu-west-1:123456789012:function:f", "f"),
            (FUNCTIONS, "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST", "f:$LATEST"),
            (FUNCTIONS, "arn:aws:lambda:eu-west-1:123456789012:function:f:live", "f:live"),
        ],
    )
    def test_of_a_destination(self, kind: Any, text: str, name: str) -> None:
        arn = parse_arn(kind, text)
        assert (text, name, "123456789012") == (arn.text, arn.name, arn.account)

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (QUEUES, "queue"),
            (QUEUES, ""),
            (QUEUES, QUEUE + "\n"),
            (QUEUES, QUEUE.replace("sqs", "sns")),
            (QUEUES, QUEUE.replace("123456789012", "1")),
            (TOPICS, "arn:aws:sns:eu-west-1:123456789012:t.fifo"),
            (FUNCTIONS, "arn:aws:lambda:eu-west-1:123456789012:f"),
        ],
    )
    def test_of_nothing(self, kind: Any, text: str) -> None:
        with pytest.raises(InvalidArgument, match="The ARN could not be parsed") as refusal:
            parse_arn(kind, text)
        assert {"ArgumentName": kind.element, "ArgumentValue": text} == refusal.value.members


class TestDocuments:
    def test_ids_are_made_where_there_is_none(self) -> None:
        kept = complete(rule(), rule("s3:ObjectRemoved:*", Id=""), rule("s3:ObjectAcl:Put", Id="mine"))
        assert ["made 1", "made 2", "mine"] == [each["Id"] for each in kept["QueueConfigurations"]]

    def test_no_member_is_an_empty_document(self) -> None:
        assert {} == complete()
        assert {} == complete(QueueConfigurations=[])

    def test_the_switch(self) -> None:
        kept = complete(EventBridgeConfiguration={})
        assert {"EventBridgeConfiguration": {}} == kept
        assert ((), True) == notifications_of(kept)

    # recorded: TestS3NotificationsToSQS::test_filter_rules_case_insensitive
    @pytest.mark.parametrize("name", ["prefix", "Prefix", "PREFIX"])
    def test_names_of_filters_have_any_case(self, name: str) -> None:
        kept = complete(rule(Filter={"Key": {"FilterRules": [{"Name": name, "Value": "a/"}]}}))
        (made,) = notifications_of(kept).rules
        assert [{"Name": "Prefix", "Value": "a/"}] == kept["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"]
        assert ("a/", "") == (made.prefix, made.suffix)

    # recorded: TestS3NotificationsToSQS::test_filter_rules_empty_value
    @pytest.mark.parametrize("value", [{"Value": ""}, {}])
    def test_a_filter_without_a_value_is_kept(self, value: dict[str, str]) -> None:
        kept = complete(rule(Filter={"Key": {"FilterRules": [{"Name": "suffix"} | value]}}))
        assert [{"Name": "Suffix", "Value": ""}] == kept["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"]

    @pytest.mark.parametrize("stated", [{}, {"Key": {}}])
    def test_a_filter_without_rules_matches_everything(self, stated: dict[str, Any]) -> None:
        (made,) = notifications_of(complete(rule(Filter=stated))).rules
        assert made.matches("ObjectCreated:Put", "any")


class TestRefusals:
    @pytest.mark.parametrize(
        ("stated", "message", "members"),
        [
            pytest.param(
                [{"Name": "infix", "Value": "a"}],
                "filter rule name must be either prefix or suffix",
                {"ArgumentName": "FilterRule.Name", "ArgumentValue": "infix"},
                id="name",
            ),
            pytest.param(
                [{"Name": "prefix", "Value": "a"}, {"Name": "Prefix", "Value": "b"}],
                "Cannot specify more than one prefix rule in a filter.",
                {},
                id="two prefixes",
            ),
            pytest.param(
                [{"Name": "Suffix", "Value": "a"}, {"Name": "suffix", "Value": "a"}],
                "Cannot specify more than one suffix rule in a filter.",
                {},
                id="two suffixes",
            ),
            pytest.param(
                [{"Name": "suffix", "Value": "é" * 513}],
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                {},
                id="length",
            ),
        ],
    )
    def test_of_filters(self, stated: list[dict[str, str]], message: str, members: dict[str, str]) -> None:
        with pytest.raises(InvalidArgument) as refusal:
            complete(rule(Filter={"Key": {"FilterRules": stated}}))
        assert (message, members) == (refusal.value.message, refusal.value.members)

    def test_of_an_event(self) -> None:
        with pytest.raises(InvalidArgument) as refusal:
            complete(rule("s3:ObjectCreated"))
        assert "The event 's3:ObjectCreated' is not supported for notifications" == refusal.value.message

    def test_of_a_region(self) -> None:
        with pytest.raises(InvalidArgument) as refusal:
            complete(rule(), region="us-east-1")
        text = "The notification destination service region is not valid for the bucket location constraint"
        assert text == refusal.value.message

    def test_of_a_fifo_queue(self) -> None:
        with pytest.raises(InvalidArgument, match=r"FIFO SQS queues are not supported\.") as refusal:
            complete(rule(QueueArn=f"{QUEUE}.fifo"))
        assert str(refusal.value.reason).endswith("whose rules have FIFO queues as targets.")

    def test_of_two_rules_with_an_id(self) -> None:
        with pytest.raises(InvalidArgument, match=r"Same ID used for multiple configurations\. IDs must be unique\."):
            complete(rule(Id="a"), rule("s3:ObjectRemoved:*", Id="a"))

    def test_of_two_rules_for_an_event(self) -> None:
        with pytest.raises(InvalidArgument) as refusal:
            complete(rule("s3:ObjectRemoved:*"), rule("s3:ObjectRemoved:*"))
        text = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
        assert text == refusal.value.message
        # observed: minio/minio#2472
        members = {"ArgumentName": "Event", "ArgumentValue": "s3:ObjectRemoved:*, s3:ObjectRemoved:*"}
        assert members == refusal.value.members

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param({}, {"prefix": "images"}, id="the root prefix overlaps with any other"),
            pytest.param({"suffix": "jpg"}, {"suffix": "pg"}, id="a string can end with both"),
            pytest.param({"prefix": "images", "suffix": "jpg"}, {"suffix": "jpg"}, id="prefix and suffix"),
            pytest.param({"prefix": "images/"}, {"suffix": "jpg"}, id="a prefix and a suffix"),
        ],
    )
    def test_of_rules_whose_filters_overlap(self, one: dict[str, str], other: dict[str, str]) -> None:
        """S3: userguide/notification-how-to-filtering.html, "invalid prefix and suffix overlapping"."""
        text = "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes"
        for pair in ((one, other), (other, one)):
            with pytest.raises(InvalidArgument, match=text):
                complete(*(rule(event, **each) for event, each in zip(["s3:ObjectCreated:*", PUT], pair, strict=True)))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"prefix": "images/"}, {"prefix": "logs/"}),
            ({"suffix": ".jpg"}, {"suffix": ".png"}),
            ({"prefix": "images", "suffix": ".jpg"}, {"prefix": "images", "suffix": ".png"}),
        ],
    )
    def test_not_of_those_that_do_not(self, one: dict[str, str], other: dict[str, str]) -> None:
        """S3: userguide/notification-how-to-filtering.html, "valid notification configurations"."""
        assert 2 == len(complete(rule(PUT, **one), rule(PUT, **other))["QueueConfigurations"])

    def test_not_of_different_events(self) -> None:
        assert 2 == len(complete(rule(PUT, prefix="image/"), rule("s3:ObjectRemoved:*", prefix="image/"))[MEMBER])


PUT = "s3:ObjectCreated:Put"
MEMBER = "QueueConfigurations"


@given(keys, st.tuples(keys, keys), st.tuples(keys, keys))
def test_no_key_goes_to_two_rules(key: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """Two rules for one event are refused, or no key matches both."""
    stated = [rule(PUT, prefix=prefix, suffix=suffix) for prefix, suffix in (one, other)]
    try:
        rules = notifications_of(complete(*stated)).rules
    except InvalidArgument:
        return
    assert sum(each.matches("ObjectCreated:Put", key) for each in rules) < 2
