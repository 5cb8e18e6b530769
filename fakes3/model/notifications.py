"""The notification configuration of a bucket: who is told of which events.

It has rules and a switch. A rule sends events of some names, of keys with some prefix and suffix, to one queue, topic
or function. The switch sends all events to EventBridge. What is sent is in `event_records.py`.

S3: userguide/EventNotifications.html, API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from fakes3.model.errors import InvalidArgument

_FAMILIES: Final = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "Replication": (
        *("OperationFailedReplication", "OperationNotTracked", "OperationMissedThreshold"),
        "OperationReplicatedAfterThreshold",
    ),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "ObjectTagging": ("Put", "Delete"),
    "ObjectAnnotation": ("Put", "Delete"),
}
_SINGLE: Final = (
    *("s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering", "s3:ObjectAcl:Put"),
    "s3:ObjectRetention:Put",
)
EVENT_NAMES: Final = frozenset(
    [*_SINGLE, *(f"s3:{family}:{each}" for family, names in _FAMILIES.items() for each in (*names, "*"))]
)
"""The names that a configuration may state. S3: API/API_QueueConfiguration.html"""

LONGEST_VALUE: Final = 1024
"""How many bytes the value of a filter rule may have. S3: API/API_FilterRule.html"""


class Kind(NamedTuple):
    """A kind of destination, and what its rules are called."""

    member: str
    """The member of the document with its rules."""
    arn_member: str
    element: str
    """What the API calls the destination in a document: the `ArgumentName` of an error."""
    word: str
    arn: re.Pattern[str]
    action: str
    """The right that S3 needs."""


_ARN = r"arn:(?P<partition>aws[a-z-]*):{service}:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{{12}}):{name}"


def _kind(member: str, element: str, word: str, action: str, name: str) -> Kind:
    service, arn_member = action.partition(":")[0], member.removesuffix("Configurations") + "Arn"
    return Kind(member, arn_member, element, word, re.compile(_ARN.format(service=service, name=name)), action)


TOPICS: Final = _kind("TopicConfigurations", "Topic", "topic", "sns:Publish", r"(?P<name>[A-Za-z0-9_-]{1,256})")
QUEUES: Final = _kind(
    "QueueConfigurations", "Queue", "queue", "sqs:SendMessage", r"(?P<name>[A-Za-z0-9_-]{1,80}(?:\.fifo)?)"
)
FUNCTIONS: Final = _kind(
    *("LambdaFunctionConfigurations", "CloudFunction", "function", "lambda:InvokeFunction"),
    r"function:(?P<name>[A-Za-z0-9_-]{1,140}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,129}))?)",
)
KINDS: Final = (TOPICS, QUEUES, FUNCTIONS)


class Arn(NamedTuple):
    """The ARN of a destination, and what it says."""

    text: str
    partition: str
    region: str
    account: str
    name: str


class Rule(NamedTuple):
    """Which events go to one destination."""

    id: str
    kind: Kind
    arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""
    is_filtered: bool = False

    def matches(self, event: str, key: str) -> bool:
        """Whether an event, named as in records, of this key goes to the destination."""
        return is_wanted(event, self.events) and key.startswith(self.prefix) and key.endswith(self.suffix)


class Notifications(NamedTuple):
    """The rules of a bucket."""

    rules: tuple[Rule, ...]
    has_event_bridge: bool


def is_wanted(event: str, wanted: Iterable[str]) -> bool:
    """Whether an event, named as in records, is one of those that a configuration names.

    >>> is_wanted("ObjectCreated:Put", ["s3:ObjectCreated:*"])
    True
    """
    return any(_share(f"s3:{event}", each) for each in wanted)


def _share(one: str, other: str) -> bool:
    """Whether two names, of which each may end in `*`, stand for a common event."""
    if one.endswith("*"):
        return other.startswith(one[:-1])
    return one == other or (other.endswith("*") and one.startswith(other[:-1]))


def notifications_of(document: Mapping[str, Any]) -> Notifications:
    """Return the rules in a document that is kept."""
    return Notifications(tuple(_rules(document)), "EventBridgeConfiguration" in document)


def _rules(document: Mapping[str, Any]) -> Iterator[Rule]:
    for kind in KINDS:
        for each in document.get(kind.member, ()):
            filters = {rule["Name"]: rule["Value"] for rule in _filter_rules(each)}
            values = filters.get("Prefix", ""), filters.get("Suffix", "")
            yield Rule(each["Id"], kind, each[kind.arn_member], tuple(each["Events"]), *values, any(values))


def _filter_rules(stated: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = stated.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    return found


def parse_arn(kind: Kind, text: str) -> Arn:
    """Return what the ARN of a destination says.

    Raises: InvalidArgument, for an ARN of another service and for no ARN.
    """
    found = kind.arn.fullmatch(text)
    if found is None:
        # recorded: TestS3NotificationsToSQS::test_invalid_sqs_arn and its neighbours
        reason = f"{text!r} is not the ARN of a {kind.word}. Pass the ARN that its service shows."
        raise InvalidArgument("The ARN could not be parsed", kind.element, text, reason=reason)
    return Arn(text, **found.groupdict())


def complete_configuration(
    document: Mapping[str, Any], *, region: str, make_id: Callable[[int], str]
) -> dict[str, Any]:
    """Return a document as a bucket in this region keeps it: each rule has an id, and names of filters are capitalized.

    `make_id` returns an id for the rule with a number. Whether the destinations exist is not looked at here.

    Raises: InvalidArgument.
    """
    kept: dict[str, Any] = {}
    number = 0
    for kind in KINDS:
        for stated in document.get(kind.member, ()):
            number += 1
            arn = parse_arn(kind, stated[kind.arn_member])
            _check_destination(kind, arn, region)
            _check_events(stated["Events"])
            rule = {**stated, "Id": stated.get("Id") or make_id(number)}
            if "Filter" in stated:
                rule["Filter"] = {"Key": {"FilterRules": _complete_filter(_filter_rules(stated))}}
            kept.setdefault(kind.member, []).append(rule)
    if "EventBridgeConfiguration" in document:
        kept["EventBridgeConfiguration"] = {}
    _check_together(list(_rules(kept)))
    return kept


def _check_destination(kind: Kind, arn: Arn, region: str) -> None:
    if kind is QUEUES and arn.name.endswith(".fifo"):
        # S3: userguide/notification-how-to-event-types-and-destinations.html. The text is what users of Terraform saw.
        raise InvalidArgument(
            "FIFO SQS queues are not supported.",
            reason=f"S3 sends no notifications to {arn.text}, since they come in any order. Name a standard queue, or "
            "send events to EventBridge, whose rules have FIFO queues as targets.",
        )
    if arn.region != region:
        raise InvalidArgument(
            "The notification destination service region is not valid for the bucket location constraint",
            reason=f"the bucket is in {region}, and {arn.text} is in {arn.region}. Name a destination in {region}.",
        )


def _check_events(events: Sequence[str]) -> None:
    for event in events:
        if event not in EVENT_NAMES:
            raise InvalidArgument(
                f"The event '{event}' is not supported for notifications",
                reason=f'{event!r} is no event of S3. Name one such as "s3:ObjectCreated:*".',
            )


def _complete_filter(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the rules of a filter as they are kept: at most one of a prefix and one of a suffix.

    recorded: TestS3NotificationsToSQS::test_filter_rules_case_insensitive
    observed: aws/aws-cli#1465, aws/aws-cdk#3347 (more than one rule of a name)
    """
    kept: dict[str, str] = {}
    for rule in rules:
        name, value = rule.get("Name", ""), rule.get("Value", "")
        if name.lower() not in {"prefix", "suffix"}:
            text = "filter rule name must be either prefix or suffix"
            raise InvalidArgument(text, "FilterRule.Name", name)
        if name.capitalize() in kept:
            raise InvalidArgument(f"Cannot specify more than one {name.lower()} rule in a filter.")
        if len(value.encode()) > LONGEST_VALUE:
            raise InvalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation")
        kept[name.capitalize()] = value
    return [{"Name": name, "Value": value} for name, value in kept.items()]


def _check_together(rules: Sequence[Rule]) -> None:
    """Refuse rules with the same id, and two rules that one event of one key would match.

    S3: userguide/notification-how-to-filtering.html
    """
    if len({rule.id for rule in rules}) < len(rules):
        raise InvalidArgument("Same ID used for multiple configurations. IDs must be unique.")
    for one, other in combinations(rules, 2):
        if _overlap(one, other):
            shared = [pair for pair in ((a, b) for a in one.events for b in other.events) if _share(*pair)]
            if shared:
                _refuse_overlap(one, other, shared[0])


def _overlap(one: Rule, other: Rule) -> bool:
    """Whether a key can have the prefixes and the suffixes of both."""
    prefixes, suffixes = sorted([one.prefix, other.prefix], key=len), sorted([one.suffix, other.suffix], key=len)
    return prefixes[1].startswith(prefixes[0]) and suffixes[1].endswith(suffixes[0])


def _refuse_overlap(one: Rule, other: Rule, shared: tuple[str, str]) -> None:
    """Refuse two rules for the same events and keys. S3's text depends on whether one of them has a filter."""
    reason = (
        f"the configurations {one.id} and {other.id} are both for {' and '.join(dict.fromkeys(shared))} of the same "
        "keys. Give them prefixes or suffixes that no key can have at once, or let one topic pass the events on."
    )
    if one.is_filtered or other.is_filtered:
        # observed: aws/aws-cli#2387, where one of two rules has a prefix
        raise InvalidArgument(
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
            "overlapping for the same event type.",
            reason=reason,
        )
    # observed: minio/minio#2472
    text = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    raise InvalidArgument(text, "Event", ", ".join(shared), reason=reason)
