"""Object Lock: what protects a version from being removed, and who is allowed to remove the protection.

Two independent things protect a version. A *retention* has a mode, and protects until a moment. A *legal hold* protects
until it is taken off. Both belong to one version of a key. A new version or a delete marker may be written on top of a
locked version at any time, since nothing is lost by that.

- GOVERNANCE yields to callers who are allowed to bypass it and ask for that.
- COMPLIANCE yields to nobody. It can be made longer, never shorter.
- A retention whose moment has passed protects nothing, but it can still be read.

S3: userguide/object-lock.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
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
BYPASS_HEADER = "x-amz-bypass-governance-retention"

MOST_DAYS = 36_500
MOST_YEARS = 100


class Mode(StrEnum):
    """How strict a retention is."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


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


class Lock(NamedTuple):
    """What protects a version."""

    retention: Retention | None = None
    legal_hold: LegalHold | None = None


UNLOCKED = Lock()


class DefaultRetention(NamedTuple):
    """The retention that a bucket gives to versions whose writer names none: in days or in years, never both."""

    mode: Mode
    days: int | None = None
    years: int | None = None

    def begin(self, created: datetime) -> Retention:
        """Return the retention of a version that was created at this moment.

        A year later means the same day of the calendar. No page says which day follows from a 29 February: here it is
        the last day of that month.

        >>> DefaultRetention(Mode.GOVERNANCE, years=1).begin(datetime(2024, 2, 29)).until.isoformat()
        '2025-02-28T00:00:00'
        """
        if self.years is None:
            return Retention(self.mode, later(created, self.days or 0))
        year = created.year + self.years
        if year > LATEST.year:
            return Retention(self.mode, LATEST)
        try:
            return Retention(self.mode, created.replace(year=year))
        except ValueError:
            return Retention(self.mode, created.replace(year=year, day=28))


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
    if "Mode" not in default or ("Days" in default) == ("Years" in default):
        raise MalformedXML
    for name, most in (("Days", MOST_DAYS), ("Years", MOST_YEARS)):
        value = default.get(name)
        if value is not None and value <= 0:
            raise InvalidArgument("Default retention period must be a positive integer value.", ArgumentName=name)
        if value is not None and value > most:
            raise InvalidArgument("Default retention period too large.", ArgumentName=name, ArgumentValue=value)


def configuration_of(document: Mapping[str, Any]) -> LockConfiguration:
    """Return what a configuration says."""
    if "Rule" not in document:
        return LockConfiguration()
    default = document["Rule"]["DefaultRetention"]
    return LockConfiguration(DefaultRetention(Mode(default["Mode"]), default.get("Days"), default.get("Years")))


# ---- Writes ----


def parse_lock_headers(mode: str | None, until: str | None, hold: str | None, *, now: datetime) -> Lock:
    """Return the lock that the headers of a write ask for.

    Raises: InvalidArgument.
    S3: API/API_PutObject.html
    """
    retention = _parse_retention(mode, until, now)
    if hold is not None and hold not in set(LegalHold):
        raise InvalidArgument("Legal Hold must be either of 'ON' or 'OFF'", ArgumentName=HOLD_HEADER)
    return Lock(retention, None if hold is None else LegalHold(hold))


def _parse_retention(mode: str | None, until: str | None, now: datetime) -> Retention | None:
    if mode is None and until is None:
        return None
    if mode is None or until is None:
        # recorded: TestS3ObjectLockRetention::test_s3_object_lock_mode_validation; the missing one is named
        raise InvalidArgument(
            f"{DATE_HEADER} and {MODE_HEADER} must both be supplied",
            ArgumentName=MODE_HEADER if mode is None else DATE_HEADER,
        )
    if mode not in set(Mode):
        raise InvalidArgument("Unknown wormMode directive.", ArgumentName=MODE_HEADER, ArgumentValue=mode)
    moment = parse_iso8601(until)
    if moment is None:
        raise InvalidArgument("The retain until date must be provided in ISO 8601 format", ArgumentName=DATE_HEADER)
    moment = whole_millisecond(moment)
    if moment <= now:
        raise InvalidArgument(IN_THE_FUTURE, ArgumentName=DATE_HEADER)
    return Retention(Mode(mode), moment)


def choose_lock(configuration: LockConfiguration | None, asked: Lock, *, created: datetime) -> Lock:
    """Return the lock of a version that is written: what its writer asks for, with the bucket's default retention.

    Raises: InvalidRequest where the writer asks for a lock and the bucket has no Object Lock.
    """
    if configuration is None:
        if asked != UNLOCKED:
            # In the text about locks of existing objects, the last word of this one is three words.
            raise InvalidRequest("Bucket is missing ObjectLockConfiguration", reason=_NO_LOCK)
        return UNLOCKED
    if asked.retention is None and configuration.default is not None:
        return asked._replace(retention=configuration.default.begin(created))
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
    retention = version.attributes.retention
    if retention is None or not retention.is_active(now) or (retention.mode is Mode.GOVERNANCE and bypass_governance):
        return
    raise AccessDenied(PROTECTED, reason=_retained(retention, f"the version {version.id}"))


def check_retention_change(
    before: Retention | None, after: Retention | None, *, now: datetime, bypass_governance: bool
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
        raise AccessDenied(
            PROTECTED, reason=_retained(before, "the retention can only be extended in its mode, since the version")
        )


def _retained(retention: Retention, what: str) -> str:
    """Return why a retention refuses, and what would allow it."""
    until = format_iso8601(retention.until)
    remedy = "Nobody can bypass that. Move the clock"
    if retention.mode is Mode.GOVERNANCE:
        remedy = "Pass BypassGovernanceRetention=True, which needs s3:BypassGovernanceRetention, or move the clock"
    return f'{what} is retained until {until} in {retention.mode} mode. {remedy}: s3.clock.freeze("{until}").'


def read_retention(mode: str | None, until: datetime | None, *, now: datetime) -> Retention | None:
    """Return the retention in the document of PutObjectRetention; None for an empty one, which removes the retention.

    Raises: MalformedXML, InvalidArgument.
    """
    if mode is None and until is None:
        return None
    if mode not in set(Mode) or until is None:
        raise MalformedXML
    until = whole_millisecond(until)
    if until <= now:
        raise InvalidArgument(IN_THE_FUTURE, ArgumentName="RetainUntilDate", ArgumentValue=format_pacific_time(until))
    return Retention(Mode(mode), until)
