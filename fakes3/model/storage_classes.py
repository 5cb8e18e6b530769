"""Storage classes, and the temporary copies through which archived objects are read.

An object of an archive class cannot be read until a restore of it is complete. Then a copy can be read for a number of
days, while the object stays archived. A `Restore` keeps the moments at which its copy appears and disappears, and every
read compares them with the clock. Nothing runs in between.

S3 promises no time for a restore. Here it takes the longest time that the User Guide names for the tier:

| tier      | GLACIER   | DEEP_ARCHIVE |
|-----------|-----------|--------------|
| Expedited | 5 minutes | -            |
| Standard  | 5 hours   | 12 hours     |
| Bulk      | 12 hours  | 48 hours     |

S3 archives objects of INTELLIGENT_TIERING only under a bucket's configuration (`tierings.py`). A restore then brings
back the object itself, for good. From ARCHIVE_ACCESS it takes as long as from GLACIER, from DEEP_ARCHIVE_ACCESS as long
as from DEEP_ARCHIVE.

S3: userguide/storage-class-intro.html, userguide/restoring-objects-retrieval-options.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from fakes3.model.dates import format_http_date, later, midnight_from
from fakes3.model.errors import (
    InvalidArgument,
    InvalidObjectState,
    InvalidStorageClass,
    ObjectAlreadyInActiveTierError,
    RestoreAlreadyInProgress,
)

STANDARD: Final = "STANDARD"
INTELLIGENT_TIERING: Final = "INTELLIGENT_TIERING"

DEFAULT_TIER: Final = "Standard"

RETRIEVALS: Final[Mapping[str, Mapping[str, timedelta]]] = {
    "GLACIER": {"Expedited": timedelta(minutes=5), "Standard": timedelta(hours=5), "Bulk": timedelta(hours=12)},
    "DEEP_ARCHIVE": {"Standard": timedelta(hours=12), "Bulk": timedelta(hours=48)},
}
"""How long a restore takes, by archive class and tier."""

_OTHERS: Final = frozenset(
    {STANDARD, "STANDARD_IA", "ONEZONE_IA", "REDUCED_REDUNDANCY", INTELLIGENT_TIERING, "GLACIER_IR"}
)

ACCEPTED: Final = _OTHERS.union(RETRIEVALS)
"""The storage classes of general purpose buckets. The API has more, for other kinds of storage."""


class Restore(NamedTuple):
    """A restore of an archived object."""

    tier: str
    days: int
    ready: datetime
    """When the copy appears."""
    expires: datetime
    """When the copy disappears."""

    def is_ongoing(self, now: datetime) -> bool:
        """Whether the copy has not appeared yet."""
        return now < self.ready

    def is_there(self, now: datetime) -> bool:
        """Whether the copy can be read."""
        return self.ready <= now < self.expires


ARCHIVE_ACCESS: Final = "ARCHIVE_ACCESS"
DEEP_ARCHIVE_ACCESS: Final = "DEEP_ARCHIVE_ACCESS"
"""The archive access tiers of INTELLIGENT_TIERING, the deeper one last."""

_FROM_TIERS: Final = {ARCHIVE_ACCESS: RETRIEVALS["GLACIER"], DEEP_ARCHIVE_ACCESS: RETRIEVALS["DEEP_ARCHIVE"]}


class Archive(NamedTuple):
    """The archive access tier of an object of INTELLIGENT_TIERING, and the restore that brings it back."""

    tier: str
    ready: datetime | None = None
    """When it is back, once a restore has begun."""
    speed: str = DEFAULT_TIER
    """The retrieval tier of that restore."""

    def holds(self, now: datetime) -> bool:
        """Whether the object is archived."""
        return self.ready is None or now < self.ready

    def is_ongoing(self, now: datetime) -> bool:
        """Whether it is being restored."""
        return self.ready is not None and now < self.ready

    def check_readable(self, now: datetime, refusal: str = InvalidObjectState.message) -> None:
        """Refuse to read the object while it is archived. `refusal` is the text of the error.

        S3: API/API_GetObject.html, "InvalidObjectState"
        """
        if self.holds(now):
            raise InvalidObjectState(refusal, StorageClass=INTELLIGENT_TIERING, AccessTier=self.tier)


def check_storage_class(storage_class: str, accepted: Collection[str] = ACCEPTED) -> None:
    """Refuse a storage class that is not for the bucket; by default a general purpose bucket. Case matters."""
    if storage_class not in accepted:
        raise InvalidStorageClass(StorageClassRequested=storage_class)


def check_readable(
    storage_class: str, restore: Restore | None, *, now: datetime, refusal: str = InvalidObjectState.message
) -> None:
    """Refuse to read an archived object without a restored copy. `refusal` is the text of the error.

    S3: userguide/archived-objects.html
    """
    if storage_class in RETRIEVALS and (restore is None or not restore.is_there(now)):
        raise InvalidObjectState(refusal, StorageClass=storage_class)


def check_restorable(storage_class: str) -> None:
    """Refuse to restore an object that is not archived."""
    if storage_class not in RETRIEVALS and storage_class != INTELLIGENT_TIERING:
        text = "Restore is not allowed for the object's current storage class"
        raise InvalidObjectState(text, StorageClass=storage_class)


def begin_restore_of_tiered(archive: Archive | None, *, days: int | None, tier: str, now: datetime) -> Archive:
    """Return the archive access tier of an object of INTELLIGENT_TIERING after a request to restore it.

    Until it is back, another request can only choose a faster retrieval tier.

    Raises: InvalidArgument, ObjectAlreadyInActiveTierError, RestoreAlreadyInProgress.
    S3: API/API_RestoreObject.html
    """
    if days is not None:
        # Seen in the field: https://github.com/s3tools/s3cmd/issues/1377
        text = "INTELLIGENT_TIERING objects are not subject to restore expiry."
        raise InvalidArgument(f"{text} Do not specify Days when restoring this object", "Days", days)
    if archive is None or not archive.holds(now):
        raise ObjectAlreadyInActiveTierError
    takes = _FROM_TIERS[archive.tier]
    check_tier(tier, takes)
    ready = later(now, takes[tier])
    if archive.ready is not None:
        if takes[tier] >= takes[archive.speed]:
            raise RestoreAlreadyInProgress
        ready = min(ready, archive.ready)
    return archive._replace(ready=ready, speed=tier)


def check_tier(tier: str, takes: Mapping[str, timedelta]) -> None:
    """Refuse a retrieval tier that is not among those of what is restored."""
    if tier not in takes:
        raise InvalidArgument("Retrieval option is not supported by this storage class", "Tier", tier)


def begin_restore(storage_class: str, before: Restore | None, *, days: int, tier: str, now: datetime) -> Restore:
    """Return the restore that a request makes of an archived object.

    While a copy can be read, another request only sets a new end for it. Until it appears, another request can only
    choose a faster tier.

    Args:
        storage_class: The object's archive class.
        before: Its last restore.
        days: How many days the copy stays.
        tier: The retrieval tier, which sets how soon the copy appears.
        now: The moment of the request.

    Raises: InvalidArgument, RestoreAlreadyInProgress.
    S3: userguide/restoring-objects.html, userguide/restoring-objects-upgrade-tier.html
    """
    if days < 1:
        raise InvalidArgument("restoration days should be at least 1", "Days", days)
    takes = RETRIEVALS[storage_class]
    check_tier(tier, takes)
    if before is not None and before.is_there(now):
        return Restore(tier, days, before.ready, expiry(now, days))
    ready = later(now, takes[tier])
    if before is not None and before.is_ongoing(now):
        if days != before.days or takes[tier] >= takes[before.tier]:
            raise RestoreAlreadyInProgress
        ready = min(ready, before.ready)
    return Restore(tier, days, ready, expiry(ready, days))


def expiry(moment: datetime, days: int) -> datetime:
    """Return the end of a number of days from a moment, rounded up to midnight, UTC, as far as the calendar goes.

    >>> from datetime import UTC
    >>> expiry(datetime(2012, 10, 15, 10, 30, tzinfo=UTC), 3).isoformat()
    '2012-10-19T00:00:00+00:00'
    """
    return midnight_from(later(moment, days))


ONGOING: Final = 'ongoing-request="true"'
"""The `x-amz-restore` header of an object that is being restored."""


def format_restore(restore: Restore | None, now: datetime) -> str | None:
    """Return the `x-amz-restore` header of an object; None without a restore, and after its copy disappeared.

    S3: API/API_HeadObject.html
    """
    if restore is None or now >= restore.expires:
        return None
    if restore.is_ongoing(now):
        return ONGOING
    return f'ongoing-request="false", expiry-date="{format_http_date(restore.expires)}"'


def restore_status(restore: Restore | None, now: datetime) -> dict[str, object] | None:
    """Return a restore as listings show it; None as in `format_restore`. S3: API/API_RestoreStatus.html"""
    if restore is None or now >= restore.expires:
        return None
    if restore.is_ongoing(now):
        return {"IsRestoreInProgress": True}
    return {"IsRestoreInProgress": False, "RestoreExpiryDate": restore.expires}
