"""Whether the policies of queues, topics and functions allow S3 to send notifications."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.destination_policies import allows_s3

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:queue"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}


def allowed(*statements: dict[str, Any]) -> bool:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return allows_s3(policy, "sqs:SendMessage", QUEUE, source="arn:aws:s3:::pictures", account="123456789012")


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}},
        {"Action": ["SQS:SendMessage"]},
        {"Action": "*"},
        {"Resource": "arn:aws:sqs:*:*:*"},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:pictures"}}},
        {"Condition": {"StringEquals": {"AWS:SourceAccount": ["123456789012"]}}},
    ],
)
def test_allowed(others: dict[str, Any]) -> None:
    assert allowed(ALLOW | others)


@pytest.mark.parametrize(
    "others",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Action": "sqs:ReceiveMessage"},
        {"Resource": f"{QUEUE}2"},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::others"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
        {"Condition": {"Nonsense": {"aws:SourceAccount": "123456789012"}}},
    ],
)
def test_not_allowed(others: dict[str, Any]) -> None:
    assert not allowed(ALLOW | others)


def test_a_resource_that_is_not_named_is_the_destination() -> None:
    assert allowed({name: value for name, value in ALLOW.items() if name != "Resource"})


@pytest.mark.parametrize("name", ["Principal", "Action", "Resource"])
def test_all_but_those_that_are_named(name: str) -> None:
    others = {"Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:Receive*", "Resource": f"{QUEUE}2"}
    stated = {each: value for each, value in ALLOW.items() if each != name}
    assert allowed(stated | {f"Not{name}": others[name]})
    assert not allowed(stated | {f"Not{name}": ALLOW[name]})


def test_a_deny_wins() -> None:
    assert not allowed(ALLOW, ALLOW | {"Effect": "Deny"})


def test_one_statement_needs_no_list() -> None:
    assert allows_s3({"Statement": ALLOW}, "sqs:SendMessage", QUEUE, source="", account="")
    assert not allows_s3({}, "sqs:SendMessage", QUEUE, source="", account="")


@pytest.mark.parametrize(
    "policy",
    [
        [],
        "text",
        {"Statement": "text"},
        {"Statement": [ALLOW, 1]},
        {"Statement": ALLOW | {"Condition": "text"}},
        {"Statement": ALLOW | {"Condition": {"ArnLike": "text"}}},
    ],
    ids=str,
)
def test_what_cannot_be_read_allows_nothing(policy: Any) -> None:
    """Another mock may keep a policy that its service would refuse."""
    assert not allows_s3(policy, "sqs:SendMessage", QUEUE, source="arn:aws:s3:::pictures", account="123456789012")
