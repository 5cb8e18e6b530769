"""Object Lock: what protects a version from being removed, and who is allowed to remove the protection.

Two independent things protect a version. A *retention* has a mode, and protects until a moment. A *legal hold* protects
until it is taken off. Both belong to one version of a key. A new version or a delete marker may be written on top of a
locked version at any time, since nothing is lost by that.

An *event hold* moves the end of a retention: while it is on, the retention ends so many days or years from now,
whenever now is. Once it is released, the end stands still.

- GOVERNANCE yields to callers who are allowed to bypass it and ask for that.
- COMPLIANCE yields to nobody. It can be made longer, never shorter.
- A retention whose moment has passed protects nothing, but it can still be read.

S3: userguide/object-lock.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from fakes3.model.dates import LATEST, format_iso8601, format_pacific_time, later, parse_iso8601, whole_millisecond
from fakes3.model.errors import AccessDenied, InvalidArgument, InvalidBucketState, InvalidRequest, MalformedXML

if TYPE_CHECKING:
    from fakes3.model.versions import Version

PROTECTED = "Access Denied because object protected by object lock."
IN_THE_FUTURE = "The retain until date must be in the future!"

MODE_HEADER = "x-amz-object-lock-mode"
DATE_HEADER = "x-amz-object-lock-retain-until-date"
HOLD_HEADER = "x-amz-object-lock-legal-hold"
EVENT_HEADER = "x-amz-object-lock-event-hold"
BYPASS_HEADER = "x-amz-bypass-governance-retention"

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_MOST = {"Days": 36_500, "Years": 100}


class Mode(StrEnum):
    """How strict a retention is."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class Period(NamedTuple):
    """So many days or so many years, never both."""

    days: int | None = None
    years: int | None = None

    def after(self, moment: datetime) -> datetime:
        """Return the moment so much later.

        A year later means the same day of the calendar. No page says which day follows from a 29 February: here it is
        the last day of that month.

        >>> Period(years=1).after(datetime(2024, 2, 29)).isoformat()
        '2025-02-28T00:00:00'
        """
        if self.years is None:
            return later(moment, self.days or 0)
        year = moment.year + self.years
        if year > LATEST.year:
            return LATEST
        try:
            return moment.replace(year=year)
        except ValueError:
            return moment.replace(year=year, day=28)


class LegalHold(StrEnum):
    """The legal hold of a version; None stands for "never set"."""

    ON = "ON"
    OFF = "OFF"


class Retention(NamedTuple):
    """How strictly a version is protected, and until when."""

    mode: Mode
    until: datetime

    def is_active(self, now: datetime) -> bool:
        """Whether it still protects the version."""
        return now < self.until


class EventHold(NamedTuple):
    """The event hold of a version, which moves the end of its retention while it is on."""

    duration: Period | None = None
    """How long the retention lasts from now on; None once the hold was released."""

    @property
    def is_on(self) -> bool:
        """Whether it was not released."""
        return self.duration is not None

    @property
    def status(self) -> str:
        """S3's word for it."""
        return "ON" if self.is_on else "OFF"

    def extend(self, retention: Retention | None, now: datetime) -> Retention | None:
        """Return a retention as it is now."""
        if retention is None or self.duration is None:
            return retention
        return retention._replace(until=max(retention.until, self.duration.after(now)))


class Lock(NamedTuple):
    """What protects a version."""

    retention: Retention | None = None
    """A retention; with an event hold, until when it lasts at least."""
    legal_hold: LegalHold | None = None
    event_hold: EventHold | None = None

    @property
    def is_held(self) -> bool:
        """Whether an event hold is on, which moves the end of the retention with the clock."""
        return self.event_hold is not None and self.event_hold.is_on

    def retention_at(self, now: datetime) -> Retention | None:
        """Return the retention as it is now."""
        return self.retention if self.event_hold is None else self.event_hold.extend(self.retention, now)


UNLOCKED = Lock()


class DefaultRetention(NamedTuple):
    """The retention that a bucket gives to versions whose writer names none: in days or in years, never both."""

    mode: Mode
    days: int | None = None
    years: int | None = None
    event_hold: Period | None = None
    """The duration of the event hold that comes with it, or instead of days and years."""

    def begin(self, created: datetime) -> Retention:
        """Return the retention of a version that was created at this moment."""
        return Retention(self.mode, Period(self.days, self.years).after(created))


class LockConfiguration(NamedTuple):
    """The Object Lock of a bucket. It stays once it is enabled; only its default retention can be removed."""

    default: DefaultRetention | None = None


# ---- Buckets ----


_NO_LOCK = (
    "the bucket has no Object Lock. Create it with ObjectLockEnabledForBucket=True, or enable its versioning and then "
    "call PutObjectLockConfiguration."
)


def check_lockable(*, is_versioned: bool) -> None:
    """Refuse to enable Object Lock where versioning is not enabled."""
    if not is_versioned:
        raise InvalidBucketState(
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            reason="Object Lock locks versions, and the bucket makes none. Enable its versioning first.",
        )


def check_suspendable(lock: LockConfiguration | None) -> None:
    """Refuse to suspend the versioning of a bucket with Object Lock."""
    if lock is not None:
        raise InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            reason="the versioning of a bucket with Object Lock stays enabled. Use a bucket without Object Lock.",
        )


def check_has_lock(lock: LockConfiguration | None) -> None:
    """Refuse to read or set locks of objects where the bucket has no Object Lock."""
    if lock is None:
        raise InvalidRequest("Bucket is missing Object Lock Configuration", reason=_NO_LOCK)


def check_bypass_applies(lock: LockConfiguration | None, bypass: bool | None) -> None:
    """Refuse a delete that mentions bypassing retention, even to decline it, where the bucket has no Object Lock.

    recorded: TestS3ObjectLock::test_delete_object_with_no_locking
    """
    if bypass is not None and lock is None:
        raise InvalidArgument(
            f"{BYPASS_HEADER} is only applicable to Object Lock enabled buckets.",
            ArgumentName=BYPASS_HEADER,
            reason=_NO_LOCK,
        )


def check_configuration(document: Mapping[str, Any]) -> None:
    """Refuse a configuration that does not enable Object Lock, or whose default retention is wrong.

    Raises: MalformedXML for a default without a mode, with both days and years, or with neither; InvalidArgument.
    S3: API/API_PutObjectLockConfiguration.html, API/API_DefaultRetention.html
    """
    if "ObjectLockEnabled" not in document:
        raise MalformedXML
    if "Rule" not in document:
        return
    default = document["Rule"].get("DefaultRetention", {})
    is_held = "DefaultEventHold" in default
    if "Mode" not in default or ("Days" in default and "Years" in default):
        raise MalformedXML
    if "Days" not in default and "Years" not in default and not is_held:
        raise MalformedXML
    for name, most in _MOST.items():
        value = default.get(name)
        if value is not None and value <= 0:
            raise InvalidArgument("Default retention period must be a positive integer value.", ArgumentName=name)
        if value is not None and value > most:
            raise InvalidArgument("Default retention period too large.", ArgumentName=name, ArgumentValue=value)
    if is_held:
        read_duration(default["DefaultEventHold"], "Default event hold duration")


def configuration_of(document: Mapping[str, Any]) -> LockConfiguration:
    """Return what a configuration says."""
    if "Rule" not in document:
        return LockConfiguration()
    default = document["Rule"]["DefaultRetention"]
    hold = default.get("DefaultEventHold")
    duration = None if hold is None else Period(hold.get("Days"), hold.get("Years"))
    days, years = default.get("Days"), default.get("Years")
    return LockConfiguration(DefaultRetention(Mode(default["Mode"]), days, years, duration))


# ---- Writes ----


def parse_lock_headers(
    mode: str | None, until: str | None, hold: str | None, event_hold: Mapping[str, Any] = _NOTHING, *, now: datetime
) -> Lock:
    """Return the lock that the headers of a write ask for.

    `event_hold` has the members of an event hold as PutObjectRetention names them.

    Raises: InvalidArgument, InvalidRequest, MalformedXML.
    S3: API/API_PutObject.html
    """
    retention, event = _parse_retention(mode, until, event_hold, now)
    if hold is not None and hold not in set(LegalHold):
        raise InvalidArgument("Legal Hold must be either of 'ON' or 'OFF'", ArgumentName=HOLD_HEADER)
    return Lock(retention, None if hold is None else LegalHold(hold), event)


def _parse_retention(
    mode: str | None, until: str | None, event_hold: Mapping[str, Any], now: datetime
) -> tuple[Retention | None, EventHold | None]:
    if mode is None and until is None and not event_hold:
        return None, None
    _check_event_headers(mode, until, event_hold)
    if (mode is None or until is None) and not event_hold:
        # recorded: TestS3ObjectLockRetention::test_s3_object_lock_mode_validation; the missing one is named
        raise InvalidArgument(
            f"{DATE_HEADER} and {MODE_HEADER} must both be supplied",
            ArgumentName=MODE_HEADER if mode is None else DATE_HEADER,
        )
    if mode not in set(Mode):
        raise InvalidArgument("Unknown wormMode directive.", ArgumentName=MODE_HEADER, ArgumentValue=mode)
    moment = None if until is None else parse_iso8601(until)
    if until is not None and moment is None:
        raise InvalidArgument("The retain until date must be provided in ISO 8601 format", ArgumentName=DATE_HEADER)
    if moment is not None:
        moment = whole_millisecond(moment)
        if moment <= now:
            raise InvalidArgument(IN_THE_FUTURE, ArgumentName=DATE_HEADER)
    return _begin(Mode(mode), moment, event_hold, UNLOCKED, now)


def _check_event_headers(mode: str | None, until: str | None, event_hold: Mapping[str, Any]) -> None:
    """Refuse headers of an event hold without those that they need.

    observed: radkawar/stackd, testdata/aws/s3/object_lock_controls_replay.json
    """
    if not event_hold:
        return
    status = event_hold.get("EventHold")
    if status is None:
        raise InvalidRequest(f"Event hold duration requires {EVENT_HEADER}:ON.")
    if status not in {"ON", "OFF"}:
        text = "Event hold must be either of 'ON' or 'OFF'"
        raise InvalidArgument(text, ArgumentName=EVENT_HEADER, ArgumentValue=status)
    if mode is None:
        raise InvalidRequest(f"{MODE_HEADER} is required when {EVENT_HEADER} is supplied.")
    if status == "OFF" and until is None:
        raise InvalidRequest(f"{DATE_HEADER} is required when {EVENT_HEADER} is OFF.")


def choose_lock(configuration: LockConfiguration | None, asked: Lock, *, created: datetime) -> Lock:
    """Return the lock of a version that is written: what its writer asks for, with the bucket's default retention.

    Raises: InvalidRequest where the writer asks for a lock and the bucket has no Object Lock.
    """
    if configuration is None:
        if asked != UNLOCKED:
            # In the text about locks of existing objects, the last word of this one is three words.
            raise InvalidRequest("Bucket is missing ObjectLockConfiguration", reason=_NO_LOCK)
        return UNLOCKED
    default = configuration.default
    if asked.retention is None and default is not None:
        hold = None if default.event_hold is None else EventHold(default.event_hold)
        return asked._replace(retention=default.begin(created), event_hold=hold)
    return asked


def check_verifiable(lock: Lock, *, is_given: bool, what: str) -> None:
    """Refuse to write a locked object whose bytes come without a Content-MD5 or a checksum (`is_given`).

    `what` is the kind of request: "Put Object" or "Put Part".

    S3: userguide/object-lock-managing.html
    """
    if lock != UNLOCKED and not is_given:
        raise InvalidRequest(
            f"Content-MD5 OR x-amz-checksum- HTTP header is required for {what} requests with Object Lock parameters",
            reason="the writer or the bucket's default locks the new version, and S3 locks only bytes that come with a "
            'checksum. Send one, such as ChecksumAlgorithm="CRC32", or a Content-MD5.',
        )


# ---- Existing versions ----


def check_removable(version: Version, *, now: datetime, bypass_governance: bool) -> None:
    """Refuse to remove a version that a legal hold or unexpired retention protects.

    Governance retention yields to a caller allowed to bypass it. Compliance yields to nobody.
    S3: userguide/object-lock.html
    """
    if version.attributes.legal_hold is LegalHold.ON:
        raise AccessDenied(
            PROTECTED,
            reason=f"a legal hold is on the version {version.id}. Take it off with PutObjectLegalHold, Status OFF.",
        )
    lock = version.attributes.lock
    retention = lock.retention_at(now)
    if retention is None or not retention.is_active(now) or (retention.mode is Mode.GOVERNANCE and bypass_governance):
        return
    raise AccessDenied(PROTECTED, reason=_retained(retention, f"the version {version.id}", is_held=lock.is_held))


def check_retention_change(
    before: Retention | None,
    after: Retention | None,
    *,
    now: datetime,
    bypass_governance: bool,
    is_held: bool = False,
) -> None:
    """Refuse a change of retention that the version's present retention forbids. `after` is None to remove it.

    Everybody may make a retention longer in the same mode. Every other change needs a bypass of governance, and is
    impossible in compliance mode. No page says that a change from governance to compliance needs a bypass even where
    the retention gets no shorter. It follows from "users can't [...] alter its lock settings" without that right, and
    servers that test against S3 have it so.

    S3: userguide/object-lock.html, "Retention modes"
    """
    if before is None or not before.is_active(now):
        return
    if after is not None and after.mode is before.mode and after.until >= before.until:
        return
    if before.mode is Mode.COMPLIANCE or not bypass_governance:
        what = "the retention can only be extended in its mode, since the version"
        raise AccessDenied(PROTECTED, reason=_retained(before, what, is_held=is_held))


def _retained(retention: Retention, what: str, *, is_held: bool) -> str:
    """Return why a retention refuses, and what would allow it. While an event hold is on, no passing of time does."""
    until, mode = format_iso8601(retention.until), retention.mode
    remedy = "Nobody can bypass that. Move the clock"
    if mode is Mode.GOVERNANCE:
        remedy = "Pass BypassGovernanceRetention=True, which needs s3:BypassGovernanceRetention, or move the clock"
    how = f's3.clock.freeze("{until}").'
    if is_held:
        remedy += " once the event hold is released, since until then that end moves along"
        how = f'put_object_retention(..., Retention={{"Mode": "{mode}", "EventHold": "OFF"}}).'
    return f"{what} is retained until {until} in {mode} mode. {remedy}: {how}"


def read_retention(
    wanted: Mapping[str, Any], before: Lock, *, now: datetime, bypass_governance: bool = False
) -> tuple[Retention | None, EventHold | None]:
    """Return the retention in the document of PutObjectRetention, with its event hold.

    An empty document removes both. One that says nothing of an event hold leaves it as it is.

    Raises: MalformedXML, InvalidArgument, InvalidRequest.
    S3: userguide/object-lock-managing.html, "Troubleshooting variable retention".
    observed: radkawar/stackd, testdata/aws/s3/object_lock_controls_replay.json
    """
    if not wanted:
        return None, None
    mode, until = wanted.get("Mode"), wanted.get("RetainUntilDate")
    if mode not in set(Mode):
        raise MalformedXML
    if until is not None:
        until = whole_millisecond(until)
        if until <= now:
            value = format_pacific_time(until)
            raise InvalidArgument(IN_THE_FUTURE, ArgumentName="RetainUntilDate", ArgumentValue=value)
    if "EventHold" in wanted:
        return _begin(Mode(mode), until, wanted, before, now)
    if until is None or "EventHoldDuration" in wanted:
        raise MalformedXML
    present, hold = before.retention_at(now), before.event_hold
    is_shorter = present is not None and until < present.until
    if bypass_governance and is_shorter and hold is not None and hold.is_on:
        raise InvalidRequest(
            "Using the governance mode bypass to shorten the retain-until-date of a retention period in governance "
            "mode with an ON event hold requires the providing of a new ON event hold or a new OFF event hold."
        )
    return Retention(Mode(mode), until), hold


def _begin(
    mode: Mode, until: datetime | None, wanted: Mapping[str, Any], before: Lock, now: datetime
) -> tuple[Retention, EventHold | None]:
    """Return a retention as it begins, with its event hold. Without a date it lasts at least as long as it did."""
    status, duration = wanted.get("EventHold"), wanted.get("EventHoldDuration")
    present = before.retention_at(now)
    if status != "ON":
        if duration is not None:
            raise InvalidRequest("EventHoldDuration must not be supplied with EventHold:OFF.")
        if until is None:
            if present is None or not present.is_active(now):
                raise InvalidRequest(
                    "To turn off an event hold, either provide a retain-until-date in the future in the request or the "
                    "object version must already have a retain-until-date in the future."
                )
            until = present.until
        return Retention(mode, until), None if status is None else EventHold()
    if duration is None:
        raise InvalidRequest("EventHold:ON must be supplied with an EventHoldDuration.")
    period = read_duration(duration, "Event hold duration")
    if until is None:
        until = now if present is None else present.until
    elif until < period.after(now):
        raise InvalidArgument(
            "The retain until date must be equal to or later than the current time plus the event hold duration.",
            ArgumentName="RetainUntilDate",
            ArgumentValue=format_iso8601(until),
        )
    return Retention(mode, until), EventHold(period)


def read_duration(stated: Mapping[str, int], what: str) -> Period:
    """Return the duration of an event hold. `what` is what S3 calls it.

    Raises: MalformedXML for days and years at once, or neither; InvalidArgument.
    """
    if ("Days" in stated) == ("Years" in stated):
        raise MalformedXML
    for name, value in stated.items():
        if value <= 0:
            text = f"{what} must be a positive integer value."
            raise InvalidArgument(text, ArgumentName=name, ArgumentValue=value)
        if value > _MOST[name]:
            text = f"{what} must be at most {_MOST[name]} {name.lower()}."
            raise InvalidArgument(text, ArgumentName=name, ArgumentValue=value)
    return Period(stated.get("Days"), stated.get("Years"))
