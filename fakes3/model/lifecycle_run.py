"""The daily run of lifecycle: what the rules of a bucket do to its objects as time passes.

S3 looks at each bucket once a day, from midnight UTC on, and does what is due. So here everything happens at midnights:
`run_lifecycle` returns the bucket after the runs at all midnights up to now. Each run sees what the one before has
done. A delete marker that a run writes has the date of the run, and the object below it becomes noncurrent at that
date. Runs that have nothing to do for a key are skipped, so a year costs no more than what happens in it.

Where several steps are due for one version in one run, one is done: removal before a move to the coldest storage class,
and a move before a delete marker.

Objects only move to colder classes. No page answers two questions, which are decided as follows:

- A noncurrent delete marker counts as a noncurrent version, and is removed like one.
- A delete marker has the size 0 and no tags.

S3: userguide/object-lifecycle-mgmt.html, userguide/lifecycle-conflicts.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from fakes3.model.clock import NULL, Ids
from fakes3.model.dates import later
from fakes3.model.lifecycle_rules import (
    BY_CLASS,
    Action,
    Rule,
    Rules,
    abort_date,
    expiries_of,
    midnight_after,
    midnight_before,
)
from fakes3.model.lock import LegalHold
from fakes3.model.storage_classes import STANDARD
from fakes3.model.versions import DeleteMarker, Entry, Version, Versioning, Versions

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket

DAY: Final = timedelta(days=1)

SMALLEST_MOVED = 128 * 1024
"""The fewest bytes of an object that is moved by a rule without sizes."""

_OF_ANY_SIZE = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""The classes to which `varies_by_storage_class` moves small objects too."""


def next_run(now: datetime) -> datetime:
    """Return when lifecycle runs next: at the midnight after a moment.

    >>> from datetime import UTC
    >>> next_run(datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2026-01-02T00:00:00+00:00'
    """
    return later(midnight_before(now), DAY)


def run_lifecycle(
    bucket: Bucket, *, since: datetime, now: datetime, ids: Ids, sequence: int, step: Callable[[], object] = bool
) -> Ran:
    """Return a bucket after its daily runs, and what they did.

    The first run is at the midnight `since`, the last one before `now`. `sequence` is the number of the last commit,
    and the delete markers get the following ones. `step` is called for each key.
    """
    rules = bucket.configurations.lifecycle
    if rules is None:
        return Ran(bucket, sequence)
    last = midnight_before(now)
    runs = _Runs(bucket, rules, ids, sequence)
    versions = bucket.versions
    for key, found in groupby(bucket.versions.scan(("", 0)), key=itemgetter(0)):
        step()
        versions = runs.apply(key, versions, [entry for _, entry in found], since, last)
    after = bucket
    for upload in bucket.uploads.values():
        abandoned = abort_date(upload.key, upload.initiated, rules)
        if abandoned is not None and abandoned[0] <= last:
            after = after.without_upload(upload, now=abandoned[0])
    if versions is bucket.versions and after is bucket:
        return Ran(bucket, sequence)
    return Ran(after._replace(versions=versions), runs.sequence, tuple(runs.done))


REMOVE: Final = "remove"
HIDE: Final = "hide"


class Done(NamedTuple):
    """A step that a run did."""

    at: datetime
    key: str
    entry: Entry
    """The entry that was removed or moved, or the delete marker that now hides the key."""
    to: str
    """REMOVE, HIDE, or the storage class to which the entry was moved."""


class Ran(NamedTuple):
    """A bucket after its runs."""

    bucket: Bucket
    sequence: int
    """The sequence number of the last delete marker that they wrote."""
    done: tuple[Done, ...] = ()


class _Step(NamedTuple):
    """A step that is due for a version or delete marker: remove it, hide it, or move it to a storage class."""

    due: datetime
    entry: Entry
    to: str


class _Runs:
    """The runs of lifecycle in one bucket."""

    def __init__(self, bucket: Bucket, rules: Rules, ids: Ids, sequence: int) -> None:
        self._rules = rules
        self._versioning = bucket.versioning
        self._owner = bucket.owner
        self._ids = ids
        self.sequence = sequence
        self.done: list[Done] = []

    def apply(self, key: str, versions: Versions, entries: list[Entry], since: datetime, last: datetime) -> Versions:
        """Return the versions after the runs from `since` to `last` have looked at one key."""
        rules = [rule for rule in self._rules.enabled if key.startswith(rule.conditions.prefix)]
        if not rules:
            return versions
        run = since
        while steps := list(self._steps(rules, key, entries)):
            run = max(run, min(step.due for step in steps))
            if run > last:
                break
            by_sequence: dict[int, _Step] = {}
            for step in sorted((each for each in steps if each.due <= run), key=lambda each: _RANKS[each.to]):
                by_sequence[step.entry.sequence] = step
            # The oldest entry first, so that the delete marker on top of the newest comes last.
            for _, step in sorted(by_sequence.items()):
                versions = self._do(step, key, versions, run)
            entries = list(versions.of(key))
            run = later(run, DAY)
        return versions

    def _do(self, step: _Step, key: str, versions: Versions, run: datetime) -> Versions:
        entry = step.entry
        if step.to == REMOVE:
            after = versions.without(key, entry)
        elif step.to == HIDE:
            self.sequence += 1
            version_id = self._ids.version_id(self.sequence) if self._versioning is Versioning.ENABLED else NULL
            entry = DeleteMarker(self.sequence, version_id, run, self._owner)
            after = versions.hidden(key, entry)
        else:
            assert isinstance(entry, Version)
            attributes = replace(entry.attributes, storage_class=step.to)
            moved = replace(entry, attributes=attributes).became(archive=None, accessed=run)
            after, entry = versions.replaced(key, entry, moved), moved
        self.done.append(Done(run, key, entry, step.to))
        return after

    def _steps(self, rules: list[Rule], key: str, entries: list[Entry]) -> Iterator[_Step]:
        """Yield every step that becomes due for a key if nothing else happens before."""
        for place, entry in enumerate(entries):
            for rule in rules:
                if not rule.conditions.hold(key, entry):
                    continue
                if place > 0:
                    yield from self._steps_of_noncurrent(rule, entry, place - 1, entries[place - 1].last_modified)
                elif isinstance(entry, Version):
                    yield from self._steps_of_current(rule, entry)
                elif len(entries) == 1 and rule.expiration is not None:
                    yield from _steps_of_lone_marker(rule.expiration, entry)

    def _steps_of_current(self, rule: Rule, version: Version) -> Iterator[_Step]:
        if rule.expiration is not None:
            to = REMOVE if self._versioning is None else HIDE
            for due in expiries_of(rule.expiration, version.last_modified):
                yield _Step(due, version, to)
        for move in rule.transitions:
            if self._may_move(rule, version, move.storage_class):
                due = move.date or midnight_after(version.last_modified, move.days or 0)
                yield _Step(due, version, str(move.storage_class))

    def _steps_of_noncurrent(self, rule: Rule, entry: Entry, newer: int, since: datetime) -> Iterator[_Step]:
        """Yield the steps for an entry that is noncurrent since `since`, below `newer` newer noncurrent entries."""
        removal = rule.noncurrent_expiration
        if removal is not None and newer >= (removal.newer_versions or 0):
            unlocked = _unlocked_at(entry)
            if unlocked is not None:
                yield _Step(max(midnight_after(since, removal.days or 0), unlocked), entry, REMOVE)
        if isinstance(entry, Version):
            for move in rule.noncurrent_transitions:
                if newer >= (move.newer_versions or 0) and self._may_move(rule, entry, move.storage_class):
                    yield _Step(midnight_after(since, move.days or 0), entry, str(move.storage_class))

    def _may_move(self, rule: Rule, version: Version, to: str | None) -> bool:
        """Whether a version is large enough to move to this storage class, and in a warmer one."""
        if to is None or not is_colder(to, version.attributes.storage_class):
            return False
        if rule.conditions.name_sizes or version.size >= SMALLEST_MOVED:
            return True
        return self._rules.minimum == BY_CLASS and to in _OF_ANY_SIZE


def _steps_of_lone_marker(expiration: Action, marker: DeleteMarker) -> Iterator[_Step]:
    """Yield the removal of a delete marker that hides nothing: at once, or after the days of an expiration."""
    if expiration.expired_delete_marker:
        yield _Step(midnight_after(marker.last_modified, 0), marker, REMOVE)
    for due in expiries_of(expiration, marker.last_modified):
        yield _Step(due, marker, REMOVE)


def _unlocked_at(entry: Entry) -> datetime | None:
    """Return the moment from which Object Lock allows to remove an entry; None while a hold is on it.

    Lifecycle does not bypass retention. S3: userguide/object-lock-managing.html, "Object Lock and lifecycle"
    """
    if not isinstance(entry, Version):
        return entry.last_modified
    hold = entry.attributes.event_hold
    if entry.attributes.legal_hold is LegalHold.ON or (hold is not None and hold.is_on):
        return None
    retention = entry.attributes.retention
    return entry.last_modified if retention is None else midnight_after(retention.until, 0)


_COLDER: Final = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_COLDNESS: Final = {STANDARD: 0, "REDUCED_REDUNDANCY": 0} | {name: rank for rank, name in enumerate(_COLDER, 1)}
_RANKS: Final = {HIDE: -1, **_COLDNESS, REMOVE: 100}
"""The ranks of the steps for one entry in one run, by where they take it: the highest is done."""


def is_colder(to: str, than: str) -> bool:
    """Whether lifecycle moves objects from the second storage class to the first.

    S3: userguide/lifecycle-transition-general-considerations.html, the "waterfall model"
    """
    if (than, to) == ("ONEZONE_IA", "GLACIER_IR"):
        return False
    return _COLDNESS[to] > _COLDNESS[than]
