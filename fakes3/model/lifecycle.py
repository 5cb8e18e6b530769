"""Lifecycle: the rules of a bucket, and what becomes of its objects by them as time goes by.

S3 looks at a bucket once a day, from midnight UTC on, and does what is due. So here, too, all that happens happens at
midnights: `aged` makes of a bucket what the runs at the midnights up to now make of it. What one run makes, the next
one sees. A delete marker that a run puts on top of an object is dated by that run, and the object's days as a
noncurrent version count from there. Runs at which nothing is due for a key are skipped, so a year costs no more than
what happens in it.

What comes first where several things are due for one version in one run: to remove it for good, then to move it to
another storage class, the coldest if several ask, then to hide it behind a delete marker.

Moves only go to colder classes. What the pages leave open is decided so:

- A noncurrent delete marker counts as a noncurrent version, and goes as one.
- A delete marker has the size 0 and no tags.

S3: userguide/object-lifecycle-mgmt.html, userguide/lifecycle-conflicts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from fakes3.model.clock import NULL, Ids
from fakes3.model.dates import as_http_date, format_pacific_time
from fakes3.model.errors import InvalidArgument, InvalidRequest, MalformedXML
from fakes3.model.lock import LegalHold
from fakes3.model.storage_classes import STANDARD, expiry
from fakes3.model.tags import check_tags
from fakes3.model.versions import DeleteMarker, Entry, Pairs, Version, Versioning, Versions

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket
    from fakes3.model.uploads import MultipartUpload

DAY: Final = timedelta(days=1)

MOST_RULES = 1000
LONGEST_ID = 255
MOST_NEWER_VERSIONS = 100
MOST_INTEGER = 2**31 - 1

SMALLEST_MOVED = 128 * 1024
"""The fewest bytes of an object that is moved by a rule which says nothing of sizes."""

OF_ALL_CLASSES = "all_storage_classes_128K"
BY_CLASS = "varies_by_storage_class"
_OF_ANY_SIZE = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""The classes to which `varies_by_storage_class` moves small objects too."""


# ---- Configurations ----


class Filter(NamedTuple):
    """The objects that a rule is for: by the prefix of their keys, their tags, and their size in bytes.

    A filter holds one condition, or several inside its `every`, which S3 calls And.
    """

    prefix: str | None = None
    tags: Pairs = ()
    larger_than: int | None = None
    smaller_than: int | None = None
    every: Filter | None = None

    @property
    def conditions(self) -> int:
        """How many conditions it states, its And counted as one."""
        stated = (self.prefix, self.larger_than, self.smaller_than, self.every)
        return sum(each is not None for each in stated) + len(self.tags)


class Expiration(NamedTuple):
    """When current objects expire, or whether delete markers go that hide nothing."""

    days: int | None = None
    date: datetime | None = None
    expired_delete_marker: bool | None = None


class Transition(NamedTuple):
    """When current objects move to another storage class."""

    storage_class: str | None
    days: int | None = None
    date: datetime | None = None


class NoncurrentVersionExpiration(NamedTuple):
    """When noncurrent versions are removed, and how many of the newest stay."""

    days: int | None = None
    newer_versions: int | None = None


class NoncurrentVersionTransition(NamedTuple):
    """When noncurrent versions move to another storage class, and how many of the newest stay where they are."""

    storage_class: str | None
    days: int | None = None
    newer_versions: int | None = None


class AbortIncompleteMultipartUpload(NamedTuple):
    """When multipart uploads that nobody completed are aborted."""

    days: int | None = None


@dataclass(frozen=True)
class Rule:
    """One rule: which objects it is for, and what becomes of them."""

    id: str
    is_enabled: bool
    filter: Filter | None = None
    prefix: str | None = None
    """The prefix of a rule written the old way, without a filter."""
    expiration: Expiration | None = None
    transitions: tuple[Transition, ...] = ()
    noncurrent_expiration: NoncurrentVersionExpiration | None = None
    noncurrent_transitions: tuple[NoncurrentVersionTransition, ...] = ()
    abort: AbortIncompleteMultipartUpload | None = None

    @cached_property
    def conditions(self) -> Filter:
        """Its conditions, however they were written."""
        if self.filter is None:
            return Filter(self.prefix)
        return self.filter.every or self.filter

    @property
    def names_sizes(self) -> bool:
        """Whether it says anything of sizes."""
        return self.conditions.larger_than is not None or self.conditions.smaller_than is not None

    def matches(self, key: str, entry: Entry) -> bool:
        """Whether it is for this version or delete marker of a key. Sizes are strict: neither limit is included."""
        conditions = self.conditions
        if not key.startswith(conditions.prefix or ""):
            return False
        size, tags = (entry.size, entry.attributes.tags) if isinstance(entry, Version) else (0, ())
        if conditions.larger_than is not None and size <= conditions.larger_than:
            return False
        if conditions.smaller_than is not None and size >= conditions.smaller_than:
            return False
        return all(tag in tags for tag in conditions.tags)


class LifecycleConfiguration(NamedTuple):
    """The rules of a bucket, and which objects are too small to be moved by rules that say nothing of sizes."""

    rules: tuple[Rule, ...]
    minimum: str = OF_ALL_CLASSES


# ---- What is judged when a configuration is put ----


def check_configuration(configuration: LifecycleConfiguration) -> None:
    """Refuse a configuration with a fault: first what its document must look like, then what its rules say.

    Raises: InvalidRequest, MalformedXML, InvalidArgument, InvalidTag.
    S3: API/API_PutBucketLifecycleConfiguration.html
    """
    if configuration.minimum not in {OF_ALL_CLASSES, BY_CLASS}:
        raise InvalidRequest(f"Invalid TransitionDefaultMinimumObjectSize found: {configuration.minimum}")
    rules = configuration.rules
    if not 1 <= len(rules) <= MOST_RULES:
        raise MalformedXML
    for rule in rules:
        _check_form(rule)
    seen = set()
    for rule in rules:
        if len(rule.id) > LONGEST_ID:
            raise InvalidArgument(
                f"ID length should not exceed allowed limit of {LONGEST_ID}", ArgumentName="ID", ArgumentValue=rule.id
            )
        if rule.id in seen:
            raise InvalidArgument(
                "Rule ID must be unique. Found same ID for more than one rule.",
                ArgumentName="ID",
                ArgumentValue=rule.id,
            )
        seen.add(rule.id)
        _check_rule(rule)


def _check_form(rule: Rule) -> None:
    """Refuse what no document of S3's looks like.

    recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc
    """
    if (rule.filter is None) == (rule.prefix is None):
        raise MalformedXML
    if rule.filter is not None:
        if rule.filter.conditions > 1:
            raise MalformedXML
        if rule.filter.every is not None and rule.filter.every.conditions < 2:
            raise MalformedXML
    if rule.expiration is not None and _given(*rule.expiration) != 1:
        raise MalformedXML
    if rule.noncurrent_expiration is not None and not _given(*rule.noncurrent_expiration):
        raise MalformedXML
    if rule.abort is not None and rule.abort.days is None:
        raise MalformedXML
    for move in rule.transitions:
        if move.storage_class is None or _given(move.days, move.date) != 1:
            raise MalformedXML
    for later in rule.noncurrent_transitions:
        if later.storage_class is None or not _given(later.days, later.newer_versions):
            raise MalformedXML
    if any(abs(number) > MOST_INTEGER for number in _numbers(rule)):
        raise MalformedXML


def _numbers(rule: Rule) -> Iterator[int]:
    actions: Iterable[tuple[object, ...]] = (
        rule.expiration or (),
        rule.noncurrent_expiration or (),
        rule.abort or (),
        *rule.transitions,
        *rule.noncurrent_transitions,
    )
    return (each for action in actions for each in action if isinstance(each, int))


def _given(*values: object) -> int:
    return sum(value is not None for value in values)


def _check_rule(rule: Rule) -> None:
    conditions = rule.conditions
    _check_conditions(conditions)
    expiration, abort = rule.expiration, rule.abort
    actions = (expiration, rule.noncurrent_expiration, abort)
    if not (any(each is not None for each in actions) or rule.transitions or rule.noncurrent_transitions):
        raise InvalidRequest("At least one action needs to be specified in a rule")
    if expiration is not None:
        if expiration.expired_delete_marker is not None:
            _check_untagged(rule, "ExpiredObjectDeleteMarker")
        _check_positive("Days", "Expiration", expiration.days)
        _check_midnight(expiration.date)
    if abort is not None:
        _check_untagged(rule, "AbortIncompleteMultipartUpload")
        if rule.names_sizes:
            raise InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
        _check_positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload", abort.days)
    if rule.noncurrent_expiration is not None:
        _check_positive("NoncurrentDays", "NoncurrentVersionExpiration", rule.noncurrent_expiration.days)
        _check_newer("NoncurrentVersionExpiration", rule.noncurrent_expiration.newer_versions)
    _check_transitions(rule)
    _check_noncurrent_transitions(rule)


def _check_conditions(conditions: Filter) -> None:
    keys = [key for key, _ in conditions.tags]
    if len(set(keys)) < len(keys):
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
    if date is not None and date != _midnight_of(date):
        # The date is told as the clock of S3's own machines shows it.
        # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc
        raise InvalidArgument(
            "'Date' must be at midnight GMT", ArgumentName="Date", ArgumentValue=format_pacific_time(date)
        )


_INFREQUENT = frozenset({"STANDARD_IA", "ONEZONE_IA"})
_FEWEST_DAYS = 30
"""How long an object stays before it moves to a class of infrequent access."""


def _check_transitions(rule: Rule) -> None:
    where = f"for filter '(prefix={rule.conditions.prefix or ''})'"
    moves, expiration = rule.transitions, rule.expiration
    for move in moves:
        _check_midnight(move.date)
        _check_days_before("Days", "Transition", move.days, move.storage_class)
    _check_classes_differ([move.storage_class for move in moves], "Transition", where)
    days = [move.days for move in moves if move.days is not None]
    dates = [move.date for move in moves if move.date is not None]
    if days and dates:
        raise InvalidRequest(f"Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule {where}")
    if expiration is None:
        return
    if (days and expiration.date is not None) or (dates and expiration.days is not None):
        raise InvalidRequest(
            f"Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule {where}"
        )
    if days and expiration.days is not None and expiration.days <= max(days):
        raise InvalidArgument(
            f"'Days' in the Expiration action {where} must be greater than 'Days' in the Transition action"
        )
    if dates and expiration.date is not None and expiration.date <= max(dates):
        raise InvalidArgument(
            f"'Date' in the Expiration action {where} must be later than 'Date' in the Transition action"
        )


def _check_noncurrent_transitions(rule: Rule) -> None:
    where = f"for filter '(prefix={rule.conditions.prefix or ''})'"
    moves, expiration = rule.noncurrent_transitions, rule.noncurrent_expiration
    for move in moves:
        _check_days_before("NoncurrentDays", "NoncurrentVersionTransition", move.days, move.storage_class)
        _check_newer("NoncurrentVersionTransition", move.newer_versions)
    _check_classes_differ([move.storage_class for move in moves], "NoncurrentVersionTransition", where)
    days = [move.days for move in moves if move.days is not None]
    if days and expiration is not None and expiration.days is not None and expiration.days <= max(days):
        raise InvalidArgument(
            f"'NoncurrentDays' in the NoncurrentVersionExpiration action {where} must be greater than "
            "'NoncurrentDays' in the NoncurrentVersionTransition action"
        )


def _check_days_before(name: str, action: str, days: int | None, storage_class: str | None) -> None:
    """Refuse to move too early."""
    if days is None:
        return
    if days < 0:
        raise InvalidArgument(f"'{name}' in {action} action must be nonnegative", ArgumentName=name, ArgumentValue=days)
    if storage_class in _INFREQUENT and days < _FEWEST_DAYS:
        raise InvalidArgument(
            f"'{name}' in {action} action must be greater than or equal to {_FEWEST_DAYS} "
            f"for storageClass '{storage_class}'",
            ArgumentName=name,
            ArgumentValue=days,
        )


def _check_classes_differ(classes: Sequence[str | None], action: str, where: str) -> None:
    if len(set(classes)) < len(classes):
        raise InvalidRequest(f"'StorageClass' must be different for '{action}' actions in same 'Rule' {where}")


# ---- What is told ahead ----


def expiration_header(key: str, version: Version, configuration: LifecycleConfiguration | None) -> str | None:
    """When a current object expires, as `x-amz-expiration` tells it: by the rule that comes first; None for never.

    S3: API/API_HeadObject.html
    """
    if configuration is None:
        return None
    told = [
        (due, rule.id)
        for rule in configuration.rules
        if rule.is_enabled and rule.expiration is not None and rule.matches(key, version)
        for due in _expiries(rule.expiration, version.last_modified)
    ]
    if not told:
        return None
    due, rule_id = min(told, key=itemgetter(0))
    return f'expiry-date="{as_http_date(due)}", rule-id="{quote(rule_id, safe="")}"'


def abortion(
    key: str, initiated: datetime, configuration: LifecycleConfiguration | None
) -> tuple[datetime, str] | None:
    """When an upload is aborted if nobody completes it, and by which rule; None for never.

    S3: API/API_CreateMultipartUpload.html
    """
    if configuration is None:
        return None
    told = [
        (_after(initiated, rule.abort.days), rule.id)
        for rule in configuration.rules
        if rule.is_enabled
        and rule.abort is not None
        and rule.abort.days is not None
        and key.startswith(rule.conditions.prefix or "")
    ]
    return min(told, key=itemgetter(0), default=None)


# ---- What time does ----


def next_run(now: datetime) -> datetime:
    """The midnight after a moment: when lifecycle runs next.

    >>> next_run(datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2026-01-02T00:00:00+00:00'
    """
    return _midnight_of(now) + DAY


def aged(bucket: Bucket, *, since: datetime, now: datetime, ids: Ids, sequence: int) -> tuple[Bucket, int]:
    """What the daily runs make of a bucket, and the sequence number of the last thing they made.

    Args:
        bucket: The bucket as the first of the runs finds it.
        since: The midnight of the first run.
        now: No run is later.
        ids: What version ids of delete markers are made from.
        sequence: The sequence number of the last commit. What the runs make takes those behind it.
    """
    configuration = bucket.lifecycle
    if configuration is None:
        return bucket, sequence
    last = _midnight_of(now)
    life = _Life(bucket, configuration, ids, sequence)
    versions = bucket.versions
    for key, found in groupby(bucket.versions.scan(("", 0)), key=itemgetter(0)):
        versions = life.lived(key, versions, [entry for _, entry in found], since, last)
    uploads = bucket.uploads
    for place, upload in bucket.uploads.items():
        if _is_abandoned(upload, configuration, last):
            uploads = uploads.delete(place)
    if versions is bucket.versions and uploads is bucket.uploads:
        return bucket, sequence
    return replace(bucket, versions=versions, uploads=uploads), life.sequence


def _is_abandoned(upload: MultipartUpload, configuration: LifecycleConfiguration, last: datetime) -> bool:
    told = abortion(upload.key, upload.initiated, configuration)
    return told is not None and told[0] <= last


_REMOVED: Final = "removed"
_HIDDEN: Final = "hidden"


class _Step(NamedTuple):
    """Something that is due for a version or delete marker: it is removed, hidden, or moved to a storage class."""

    due: datetime
    entry: Entry
    to: str

    @property
    def rank(self) -> int:
        """What is done where several steps are due at once: that of the highest rank."""
        if self.to == _REMOVED:
            return 100
        return 0 if self.to == _HIDDEN else 1 + _COLDNESS[self.to]


class _Life:
    """The runs of lifecycle in one bucket."""

    def __init__(self, bucket: Bucket, configuration: LifecycleConfiguration, ids: Ids, sequence: int) -> None:
        self._rules = [rule for rule in configuration.rules if rule.is_enabled]
        self._minimum = configuration.minimum
        self._versioning = bucket.versioning
        self._owner = bucket.owner
        self._ids = ids
        self.sequence = sequence

    def lived(self, key: str, versions: Versions, entries: list[Entry], since: datetime, last: datetime) -> Versions:
        """What the runs from `since` to `last` make of a key."""
        prefix_rules = [rule for rule in self._rules if key.startswith(rule.conditions.prefix or "")]
        if not prefix_rules:
            return versions
        run = since
        while steps := list(self._steps(prefix_rules, key, entries)):
            run = max(run, min(step.due for step in steps))
            if run > last:
                break
            chosen: dict[int, _Step] = {}
            for step in sorted((each for each in steps if each.due <= run), key=lambda each: each.rank):
                chosen[step.entry.sequence] = step
            # The oldest first: what hides the newest version comes last.
            for _, step in sorted(chosen.items()):
                versions = self._done(step, key, versions, run)
            entries = list(versions.of(key))
            run += DAY
        return versions

    def _done(self, step: _Step, key: str, versions: Versions, run: datetime) -> Versions:
        if step.to == _REMOVED:
            return versions.without(key, step.entry)
        if step.to == _HIDDEN:
            self.sequence += 1
            version_id = self._ids.version_id(self.sequence) if self._versioning is Versioning.ENABLED else NULL
            return versions.hidden(key, DeleteMarker(self.sequence, version_id, run, self._owner))
        assert isinstance(step.entry, Version)
        attributes = replace(step.entry.attributes, storage_class=step.to)
        return versions.replaced(key, step.entry, replace(step.entry, attributes=attributes))

    def _steps(self, rules: list[Rule], key: str, entries: list[Entry]) -> Iterator[_Step]:
        """All that is due for a key at some time, if nothing else happens to it before."""
        for place, entry in enumerate(entries):
            for rule in rules:
                if not rule.matches(key, entry):
                    continue
                if place > 0:
                    yield from self._of_noncurrent(rule, entry, place - 1, entries[place - 1].last_modified)
                elif isinstance(entry, Version):
                    yield from self._of_current(rule, entry)
                elif len(entries) == 1 and rule.expiration is not None:
                    yield from _of_lone_marker(rule.expiration, entry)

    def _of_current(self, rule: Rule, version: Version) -> Iterator[_Step]:
        if rule.expiration is not None:
            to = _REMOVED if self._versioning is None else _HIDDEN
            for due in _expiries(rule.expiration, version.last_modified):
                yield _Step(due, version, to)
        for move in rule.transitions:
            if self._may_move(rule, version, move.storage_class):
                due = move.date or _after(version.last_modified, move.days or 0)
                yield _Step(due, version, str(move.storage_class))

    def _of_noncurrent(self, rule: Rule, entry: Entry, newer: int, since: datetime) -> Iterator[_Step]:
        """What is due for an entry that is not the newest: so many noncurrent ones are newer, and since when it is."""
        removal = rule.noncurrent_expiration
        if removal is not None and newer >= (removal.newer_versions or 0):
            freed = _freed(entry)
            if freed is not None:
                yield _Step(max(_after(since, removal.days or 0), freed), entry, _REMOVED)
        if isinstance(entry, Version):
            for move in rule.noncurrent_transitions:
                if newer >= (move.newer_versions or 0) and self._may_move(rule, entry, move.storage_class):
                    yield _Step(_after(since, move.days or 0), entry, str(move.storage_class))

    def _may_move(self, rule: Rule, version: Version, to: str | None) -> bool:
        """Whether a version is warm and large enough for a move to this storage class."""
        if to is None or not is_colder(to, version.attributes.storage_class):
            return False
        if rule.names_sizes or version.size >= SMALLEST_MOVED:
            return True
        return self._minimum == BY_CLASS and to in _OF_ANY_SIZE


def _of_lone_marker(expiration: Expiration, marker: DeleteMarker) -> Iterator[_Step]:
    """What is due for a delete marker that hides nothing: to go, at once or with its days."""
    if expiration.expired_delete_marker:
        yield _Step(_after(marker.last_modified, 0), marker, _REMOVED)
    for due in _expiries(expiration, marker.last_modified):
        yield _Step(due, marker, _REMOVED)


def _expiries(expiration: Expiration, created: datetime) -> Iterator[datetime]:
    """The one moment at which what was created then expires; none where only delete markers are spoken of."""
    if expiration.date is not None:
        yield expiration.date
    elif expiration.days is not None:
        yield _after(created, expiration.days)


def _freed(entry: Entry) -> datetime | None:
    """From when on Object Lock lets lifecycle remove an entry; None for not before somebody lifts its legal hold.

    Lifecycle bypasses nothing. S3: userguide/object-lock-managing.html, "Object Lock and lifecycle"
    """
    if not isinstance(entry, Version):
        return entry.last_modified
    if entry.attributes.legal_hold is LegalHold.ON:
        return None
    retention = entry.attributes.retention
    return entry.last_modified if retention is None else _after(retention.until, 0)


_COLDNESS: Final = {
    STANDARD: 0,
    "REDUCED_REDUNDANCY": 0,
    "STANDARD_IA": 1,
    "INTELLIGENT_TIERING": 2,
    "ONEZONE_IA": 3,
    "GLACIER_IR": 4,
    "GLACIER": 5,
    "DEEP_ARCHIVE": 6,
}


def is_colder(to: str, than: str) -> bool:
    """Whether lifecycle moves objects of the second storage class to the first.

    S3: userguide/lifecycle-transition-general-considerations.html, the "waterfall model"
    """
    if (than, to) == ("ONEZONE_IA", "GLACIER_IR"):
        return False
    return _COLDNESS[to] > _COLDNESS[than]


def _after(moment: datetime, days: int) -> datetime:
    """So many days after a moment, rounded up to midnight, or the last midnight there is."""
    try:
        return expiry(moment, days)
    except OverflowError:
        return _LAST


_LAST = datetime.max.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)


def _midnight_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
