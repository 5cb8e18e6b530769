"""Intelligent tiering: after how many days without access an object moves to which archive access tier.

S3 says how many days it waits, and not when on the day it moves objects. Here that is at the first midnight UTC after
the last of these days, as for lifecycle. What is archived stays so until it is restored, whatever becomes of the
configuration.

S3: API/API_Tiering.html, userguide/intelligent-tiering-overview.html
observed: radkawar/stackd, testdata/aws/s3/intelligent_tiering_control_replay.json
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fakes3.model.configuration_errors import InvalidAccessTier
from fakes3.model.dates import later, midnight_from
from fakes3.model.errors import MalformedXML
from fakes3.model.lifecycle_rules import MOST_INTEGER, Conditions, conditions_of, midnight_after
from fakes3.model.storage_classes import ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS, INTELLIGENT_TIERING
from fakes3.model.versions import Version

SMALLEST = 128 * 1024
"""The fewest bytes of an object that is moved."""

_LEAST_DAYS = {ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180}
_MOST_DAYS = 730


def check_tierings(tierings: Sequence[Mapping[str, Any]]) -> None:
    """Refuse no tier, a tier that comes twice, too few or many days, and archive access after deep archive access.

    Raises: MalformedXML, InvalidAccessTier.
    """
    days = {each["AccessTier"]: each["Days"] for each in tierings}
    if not days or any(abs(each["Days"]) > MOST_INTEGER for each in tierings):
        raise MalformedXML
    for tier, least in _LEAST_DAYS.items():
        if days.get(tier, least) < least:
            # observed: aws-cloudformation/cfn-lint#3992, for the text
            raise InvalidAccessTier(f"Days specified in {tier} tier should not be less than {least}")
    archive, deep = (days.get(tier, 0) for tier in _LEAST_DAYS)
    if len(days) < len(tierings) or max(days.values()) > _MOST_DAYS or 0 < deep <= archive:
        raise InvalidAccessTier


class Tierings(NamedTuple):
    """An enabled configuration: which objects it moves, and after how many days to which tier."""

    conditions: Conditions
    days: Mapping[str, int]


def tierings_of(document: Mapping[str, Any]) -> Tierings | None:
    """Return what a configuration says; None where it is not enabled."""
    if document["Status"] != "Enabled":
        return None
    days = {each["AccessTier"]: each["Days"] for each in document["Tierings"]}
    return Tierings(conditions_of({"Filter": document.get("Filter", {})}), days)


def latest_run(now: datetime) -> datetime:
    """Return when S3 has to look at objects again at the latest: what is written now moves no earlier."""
    return later(midnight_from(now), _LEAST_DAYS[ARCHIVE_ACCESS])  # never, where the calendar ends before


def next_look(key: str, version: Version, rules: Sequence[Tierings], since: datetime) -> datetime | None:
    """Return when a version may move next, from the midnight `since` on; None for never.

    Its tags may change until then, so it does not matter what they are now.
    """
    for_all = [rule._replace(conditions=Conditions()) for rule in rules]
    return next((at for at, _ in moves_of(key, version, for_all, since)), None)


def is_monitored(version: Version) -> bool:
    """Whether S3 watches when an object is read."""
    return version.attributes.storage_class == INTELLIGENT_TIERING and version.size >= SMALLEST


def last_access(version: Version) -> datetime:
    """Return when an object was written, read or brought back last."""
    ready = None if version.archive is None else version.archive.ready
    return max(each for each in (version.last_modified, version.since.accessed, ready) if each is not None)


def moves_of(key: str, version: Version, rules: Sequence[Tierings], since: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield when an object moves to each archive access tier if nobody reads it, and not before the midnight `since`.

    Of several configurations the fewest days count. No object moves to a tier above its own.
    """
    if not is_monitored(version):
        return
    accessed = last_access(version)
    holding = [each.days for each in rules if each.conditions.hold(key, version)]
    is_archived = version.archive is not None and version.archive.ready is None
    limit: datetime | None = None
    found: list[tuple[datetime, str]] = []
    for tier in (DEEP_ARCHIVE_ACCESS, ARCHIVE_ACCESS):
        if is_archived and version.archive is not None and version.archive.tier == tier:
            break
        days = min((each[tier] for each in holding if tier in each), default=None)
        at = None if days is None else max(midnight_after(accessed, days), since)
        if at is not None and (limit is None or at < limit):
            found.append((at, tier))
            limit = at
    yield from reversed(found)
