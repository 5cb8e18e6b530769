"""Lifecycle configurations: what a rule may say, which objects it applies to, and when it acts.

A rule is kept as the document that was put. `rules_of` reads it for the daily run (`lifecycle_run.py`), and for the
dates of expiry that responses show.

S3: userguide/object-lifecycle-mgmt.html, API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fakes3.model.dates import format_http_date, format_pacific_time
from fakes3.model.errors import InvalidArgument, InvalidRequest, MalformedXML
from fakes3.model.storage_classes import expiry
from fakes3.model.tags import check_tags
from fakes3.model.versions import Entry, Pairs, Version

Document = Mapping[str, Any]

MOST_RULES = 1000
LONGEST_ID = 255
MOST_NEWER_VERSIONS = 100
MOST_INTEGER = 2**31 - 1

OF_ALL_CLASSES = "all_storage_classes_128K"
BY_CLASS = "varies_by_storage_class"


# ---- What a rule says ----


class Conditions(NamedTuple):
    """Which objects a rule applies to: by the prefix of their keys, their tags, and their size in bytes."""

    prefix: str = ""
    tags: Pairs = ()
    larger_than: int | None = None
    smaller_than: int | None = None

    @property
    def name_sizes(self) -> bool:
        """Whether they include a size."""
        return self.larger_than is not None or self.smaller_than is not None

    def hold(self, key: str, entry: Entry) -> bool:
        """Whether this version or delete marker of a key meets all of them. A size equal to a limit does not."""
        if not key.startswith(self.prefix):
            return False
        size, tags = (entry.size, entry.attributes.tags) if isinstance(entry, Version) else (0, ())
        if self.larger_than is not None and size <= self.larger_than:
            return False
        if self.smaller_than is not None and size >= self.smaller_than:
            return False
        return all(tag in tags for tag in self.tags)


class Action(NamedTuple):
    """What a rule does, and when. What the rule does not say is None."""

    days: int | None = None
    """Days since the object was created or became noncurrent, or since the upload was initiated."""
    date: datetime | None = None
    storage_class: str | None = None
    newer_versions: int | None = None
    """How many of the newest noncurrent versions are left as they are."""
    expired_delete_marker: bool | None = None
    """Whether delete markers are removed that hide nothing."""


class Rule(NamedTuple):
    """One rule: which objects it applies to, and what it does to them."""

    id: str
    conditions: Conditions
    expiration: Action | None = None
    transitions: tuple[Action, ...] = ()
    noncurrent_expiration: Action | None = None
    noncurrent_transitions: tuple[Action, ...] = ()
    abort: Action | None = None


class Rules(NamedTuple):
    """The enabled rules of a bucket."""

    enabled: tuple[Rule, ...]
    minimum: str = OF_ALL_CLASSES
    """Which objects are too small for the transitions of rules that name no sizes."""


def rules_of(document: Document) -> Rules:
    """Return what a lifecycle configuration says."""
    enabled = tuple(rule_of(each) for each in document["Rules"] if each["Status"] == "Enabled")
    return Rules(enabled, document.get("TransitionDefaultMinimumObjectSize", OF_ALL_CLASSES))


def rule_of(document: Document) -> Rule:
    """Return what one rule of a configuration says."""
    return Rule(
        id=document.get("ID", ""),
        conditions=conditions_of(document),
        expiration=_action_in(document, "Expiration"),
        transitions=tuple(map(_action_of, document.get("Transitions", ()))),
        noncurrent_expiration=_action_in(document, "NoncurrentVersionExpiration"),
        noncurrent_transitions=tuple(map(_action_of, document.get("NoncurrentVersionTransitions", ()))),
        abort=_action_in(document, "AbortIncompleteMultipartUpload"),
    )


def conditions_of(rule: Document) -> Conditions:
    """Return the conditions of a rule: one in its Filter, several in the Filter's And, or the older Prefix.

    Rules of replication and of intelligent tiering have filters of the same form.
    """
    found = rule.get("Filter", rule)
    found = found.get("And", found)
    return Conditions(
        prefix=found.get("Prefix", ""),
        tags=tags_in(found),
        larger_than=found.get("ObjectSizeGreaterThan"),
        smaller_than=found.get("ObjectSizeLessThan"),
    )


def tags_in(conditions: Document) -> Pairs:
    """Return the tags of a filter, which has one or several."""
    tags = conditions.get("Tags", [conditions["Tag"]] if "Tag" in conditions else [])
    return tuple((tag["Key"], tag["Value"]) for tag in tags)


def _action_in(rule: Document, name: str) -> Action | None:
    return _action_of(rule[name]) if name in rule else None


def _action_of(document: Document) -> Action:
    days = next((document[name] for name in _DAYS if name in document), None)
    return Action(days, *(document.get(name) for name in _BESIDE_DAYS))


_DAYS = ("Days", "NoncurrentDays", "DaysAfterInitiation")
_BESIDE_DAYS = ("Date", "StorageClass", "NewerNoncurrentVersions", "ExpiredObjectDeleteMarker")


# ---- What a rule may say ----


def check_configuration(document: Document) -> None:
    """Refuse a configuration that is malformed, then one whose rules say something wrong.

    Raises: InvalidRequest, MalformedXML, InvalidArgument, InvalidTag.
    S3: API/API_PutBucketLifecycleConfiguration.html
    """
    minimum, rules = document["TransitionDefaultMinimumObjectSize"], document["Rules"]
    if minimum not in {OF_ALL_CLASSES, BY_CLASS}:
        raise InvalidRequest(f"Invalid TransitionDefaultMinimumObjectSize found: {minimum}")
    if not 1 <= len(rules) <= MOST_RULES or not all(map(_is_well_formed, rules)):
        # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc
        raise MalformedXML
    if any("Prefix" in rule for rule in rules) and any("Filter" in rule for rule in rules):
        # observed: aws/aws-sdk-ruby#1653, ansible/ansible#53751
        raise InvalidRequest("Filter element can only be used in Lifecycle V2.")
    seen: set[str] = set()
    for rule in map(rule_of, rules):
        _check_id(rule.id, seen)
        seen.add(rule.id)
        _check_rule(rule)


def _is_well_formed(rule: Document) -> bool:
    """Whether a rule has either a Filter or a Prefix, one condition or an And of several, and complete actions.

    recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc
    """
    if ("Filter" in rule) == ("Prefix" in rule):
        return False
    conditions = rule.get("Filter", {})
    every = conditions.get("And")
    if len(conditions) > 1 or (every is not None and len(every.keys() - {"Tags"}) + len(every.get("Tags", ())) < 2):
        return False
    return all(
        is_complete(action) and all(abs(value) <= MOST_INTEGER for value in action.values() if isinstance(value, int))
        for name, is_complete in _COMPLETE.items()
        for action in _actions_in(rule.get(name))
    )


_COMPLETE: Final[Mapping[str, Callable[[Document], bool]]] = {
    "Expiration": lambda action: len(action) == 1,
    "Transitions": lambda action: "StorageClass" in action and len(action) == 2,
    "NoncurrentVersionExpiration": bool,
    "NoncurrentVersionTransitions": lambda action: "StorageClass" in action and len(action) >= 2,
    "AbortIncompleteMultipartUpload": bool,
}
"""The actions of a rule, each with whether it says enough and not too much: `Days` or `Date`, but never both."""


def _actions_in(member: Document | Sequence[Document] | None) -> Sequence[Document]:
    """Return the actions in a member of a rule, which is one action or a list of them."""
    if member is None:
        return ()
    return (member,) if isinstance(member, Mapping) else member


def _check_id(rule_id: str, seen: set[str]) -> None:
    if len(rule_id) > LONGEST_ID:
        raise InvalidArgument(
            f"ID length should not exceed allowed limit of {LONGEST_ID}", ArgumentName="ID", ArgumentValue=rule_id
        )
    if rule_id in seen:
        raise InvalidArgument(
            "Rule ID must be unique. Found same ID for more than one rule.", ArgumentName="ID", ArgumentValue=rule_id
        )


def _check_rule(rule: Rule) -> None:
    _check_conditions(rule.conditions)
    expiration, removal, abort = rule.expiration, rule.noncurrent_expiration, rule.abort
    if not (expiration or removal or abort or rule.transitions or rule.noncurrent_transitions):
        raise InvalidRequest(
            "At least one action needs to be specified in a rule",
            reason="a rule does something. Give it Expiration, Transitions, NoncurrentVersionExpiration, "
            "NoncurrentVersionTransitions or AbortIncompleteMultipartUpload.",
        )
    if expiration is not None:
        if expiration.expired_delete_marker is not None:
            _check_untagged(rule, "ExpiredObjectDeleteMarker")
        _check_positive("Days", "Expiration", expiration.days)
        _check_midnight(expiration.date)
    if abort is not None:
        _check_untagged(rule, "AbortIncompleteMultipartUpload")
        if rule.conditions.name_sizes:
            raise InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
        _check_positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload", abort.days)
    if removal is not None:
        _check_positive("NoncurrentDays", "NoncurrentVersionExpiration", removal.days)
        _check_newer("NoncurrentVersionExpiration", removal.newer_versions)
    where = f"for filter '(prefix={rule.conditions.prefix})'"
    _check_transitions(rule.transitions, where)
    if expiration is not None:
        _check_days_or_dates(rule.transitions, expiration, where)
        _check_expires_last(rule.transitions, expiration, where)
    _check_noncurrent_transitions(rule.noncurrent_transitions, removal, where)


def _check_conditions(conditions: Conditions) -> None:
    if len(dict(conditions.tags)) < len(conditions.tags):
        raise InvalidRequest("Duplicate Tag Keys are not allowed.")
    for tag in conditions.tags:
        check_tags((tag,))
    larger, smaller = conditions.larger_than, conditions.smaller_than
    if larger is not None and larger < 0:
        raise InvalidRequest("'ObjectSizeGreaterThan' has to be a value greater than or equal to 0")
    if smaller is not None and smaller < 1:
        raise InvalidRequest("'ObjectSizeLessThan' has to be a value greater than 0")
    if larger is not None and smaller is not None and smaller <= larger:
        raise InvalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'")


def _check_untagged(rule: Rule, action: str) -> None:
    if rule.conditions.tags:
        raise InvalidRequest(f"{action} cannot be specified with Tags.")


def _check_positive(name: str, action: str, days: int | None) -> None:
    if days is not None and days < 1:
        raise InvalidArgument(
            f"'{name}' for {action} action must be a positive integer", ArgumentName=name, ArgumentValue=days
        )


def _check_newer(action: str, newer: int | None) -> None:
    if newer is not None and not 1 <= newer <= MOST_NEWER_VERSIONS:
        raise InvalidArgument(
            f"'NewerNoncurrentVersions' for {action} action must be a positive integer",
            ArgumentName="NewerNoncurrentVersions",
            ArgumentValue=newer,
        )


def _check_midnight(date: datetime | None) -> None:
    if date is not None and date != midnight_before(date):
        # S3 shows the date by the clock of its own machines.
        # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc
        raise InvalidArgument(
            "'Date' must be at midnight GMT",
            ArgumentName="Date",
            ArgumentValue=format_pacific_time(date),
            reason=f"the rule says {date:%Y-%m-%dT%H:%M:%SZ}. Say {date:%Y-%m-%d}T00:00:00Z.",
        )


_INFREQUENT = frozenset({"STANDARD_IA", "ONEZONE_IA"})
_FEWEST_DAYS = 30
"""How many days an object stays at least before it moves to a class of infrequent access."""


def _check_transitions(moves: Sequence[Action], where: str) -> None:
    for move in moves:
        _check_midnight(move.date)
        _check_days_before("Days", "Transition", move)
    _check_classes_differ(moves, "Transition", where)
    if any(move.days is not None for move in moves) and any(move.date is not None for move in moves):
        raise InvalidRequest(f"Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule {where}")


def _check_days_or_dates(moves: Sequence[Action], expiration: Action, where: str) -> None:
    """Refuse to expire objects by a date where they move by days, and the reverse."""
    by_days, by_date = (any(move.days is not None for move in moves), any(move.date is not None for move in moves))
    if (by_days and expiration.date is not None) or (by_date and expiration.days is not None):
        raise InvalidRequest(
            f"Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule {where}"
        )


def _check_expires_last(moves: Sequence[Action], expiration: Action, where: str) -> None:
    """Refuse to expire objects before they have moved to every storage class."""
    for move in moves:
        if expiration.days is not None and move.days is not None and expiration.days <= move.days:
            raise InvalidArgument(
                f"'Days' in the Expiration action {where} must be greater than 'Days' in the Transition action"
            )
        if expiration.date is not None and move.date is not None and expiration.date <= move.date:
            raise InvalidArgument(
                f"'Date' in the Expiration action {where} must be later than 'Date' in the Transition action"
            )


def _check_noncurrent_transitions(moves: Sequence[Action], removal: Action | None, where: str) -> None:
    for move in moves:
        _check_days_before("NoncurrentDays", "NoncurrentVersionTransition", move)
        _check_newer("NoncurrentVersionTransition", move.newer_versions)
    _check_classes_differ(moves, "NoncurrentVersionTransition", where)
    days = [move.days for move in moves if move.days is not None]
    if days and removal is not None and removal.days is not None and removal.days <= max(days):
        raise InvalidArgument(
            f"'NoncurrentDays' in the NoncurrentVersionExpiration action {where} must be greater than "
            "'NoncurrentDays' in the NoncurrentVersionTransition action"
        )


def _check_days_before(name: str, action: str, move: Action) -> None:
    """Refuse to move an object too early."""
    if move.days is None:
        return
    if move.days < 0:
        raise InvalidArgument(
            f"'{name}' in {action} action must be nonnegative", ArgumentName=name, ArgumentValue=move.days
        )
    if move.storage_class in _INFREQUENT and move.days < _FEWEST_DAYS:
        raise InvalidArgument(
            f"'{name}' in {action} action must be greater than or equal to {_FEWEST_DAYS} "
            f"for storageClass '{move.storage_class}'",
            ArgumentName=name,
            ArgumentValue=move.days,
        )


def _check_classes_differ(moves: Sequence[Action], action: str, where: str) -> None:
    if len({move.storage_class for move in moves}) < len(moves):
        raise InvalidRequest(f"'StorageClass' must be different for '{action}' actions in same 'Rule' {where}")


# ---- When a rule acts ----


def expiration_header(key: str, version: Version, rules: Rules | None) -> str | None:
    """Return the `x-amz-expiration` of a current object: its earliest expiry and the rule's ID; None for never.

    S3: API/API_HeadObject.html
    """
    found = next_expiry(key, version, rules)
    if found is None:
        return None
    due, rule_id = found
    return f'expiry-date="{format_http_date(due)}", rule-id="{quote(rule_id, safe="")}"'


def next_expiry(key: str, version: Version, rules: Rules | None) -> tuple[datetime, str] | None:
    """Return when a current object expires, and the ID of the rule; None for never."""
    expiries = [
        (due, rule.id)
        for rule in (rules.enabled if rules is not None else ())
        if rule.expiration is not None and rule.conditions.hold(key, version)
        for due in expiries_of(rule.expiration, version.last_modified)
    ]
    return min(expiries, key=itemgetter(0), default=None)


def abort_date(key: str, initiated: datetime, rules: Rules | None) -> tuple[datetime, str] | None:
    """Return when an upload in progress is aborted, and the ID of the rule; None for never.

    S3: API/API_CreateMultipartUpload.html
    """
    dates = [
        (midnight_after(initiated, rule.abort.days), rule.id)
        for rule in (rules.enabled if rules is not None else ())
        if rule.abort is not None and rule.abort.days is not None and key.startswith(rule.conditions.prefix)
    ]
    return min(dates, key=itemgetter(0), default=None)


def expiries_of(expiration: Action, created: datetime) -> Iterator[datetime]:
    """Yield the moment at which an object created at `created` expires; none where only delete markers are removed."""
    if expiration.date is not None:
        yield expiration.date
    elif expiration.days is not None:
        yield midnight_after(created, expiration.days)


def midnight_after(moment: datetime, days: int) -> datetime:
    """Return the moment `days` days later, rounded up to midnight UTC; at most the last midnight of the calendar."""
    return expiry(moment, days)


def midnight_before(moment: datetime) -> datetime:
    """Return the midnight at which the day of a moment began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
