"""Object Lock: retention, legal holds, defaults. S3: userguide/object-lock.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidBucketState,
    InvalidRequest,
    MalformedXML,
)
from fakes3.model.lock import (
    PROTECTED,
    UNLOCKED,
    DefaultRetention,
    LegalHold,
    Lock,
    LockConfiguration,
    Mode,
    Retention,
    check_bypass_applies,
    check_configuration,
    check_has_lock,
    check_lockable,
    check_removable,
    check_retention_change,
    check_suspendable,
    check_verifiable,
    choose_lock,
    configuration_of,
    parse_lock_headers,
    read_retention,
)
from fakes3.model.versions import Attributes, Version

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
DATE = "2026-01-02T12:00:00Z"

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
MODES = st.sampled_from(Mode)
RETENTIONS = st.builds(Retention, MODES, MOMENTS)
HOLDS = st.sampled_from([None, *LegalHold])


def version(retention: Retention | None = None, legal_hold: LegalHold | None = None) -> Version:
    attributes = Attributes(retention=retention, legal_hold=legal_hold)
    return Version(1, "id", NOON, None, Rope.of(b""), "etag", None, attributes)


def configured(mode: str | None, days: int | None, years: int | None) -> LockConfiguration:
    """What a configuration with this default retention says; None for what it does not say."""
    stated = {"Mode": mode, "Days": days, "Years": years}
    default = {name: value for name, value in stated.items() if value is not None}
    document = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": default}}
    check_configuration(document)
    return configuration_of(document)


def is_refused(before: Retention | None, after: Retention | None, *, now: datetime, bypass: bool) -> bool:
    try:
        check_retention_change(before, after, now=now, bypass_governance=bypass)
    except AccessDenied as refusal:
        return refusal.message == PROTECTED
    return False


def is_kept(locked: Version, *, now: datetime, bypass: bool) -> bool:
    try:
        check_removable(locked, now=now, bypass_governance=bypass)
    except AccessDenied as refusal:
        return refusal.message == PROTECTED
    return False


class TestRemoval:
    """A version goes when nothing holds it."""

    @given(HOLDS.filter(lambda hold: hold is not LegalHold.ON), MOMENTS, st.booleans())
    def test_an_unlocked_version_goes(self, hold: LegalHold | None, now: datetime, bypass: bool) -> None:
        assert not is_kept(version(None, hold), now=now, bypass=bypass)

    @given(st.none() | RETENTIONS, MOMENTS, st.booleans())
    def test_a_legal_hold_yields_to_nothing(self, retention: Retention | None, now: datetime, bypass: bool) -> None:
        assert is_kept(version(retention, LegalHold.ON), now=now, bypass=bypass)

    @given(MOMENTS, MOMENTS, st.booleans())
    def test_compliance_yields_to_time_alone(self, until: datetime, now: datetime, bypass: bool) -> None:
        assert (now < until) is is_kept(version(Retention(Mode.COMPLIANCE, until)), now=now, bypass=bypass)

    @given(MOMENTS, MOMENTS, st.booleans())
    def test_governance_yields_to_a_bypass_too(self, until: datetime, now: datetime, bypass: bool) -> None:
        expected = now < until and not bypass
        assert expected is is_kept(version(Retention(Mode.GOVERNANCE, until)), now=now, bypass=bypass)

    def test_the_moment_itself_is_free(self) -> None:
        assert not is_kept(version(Retention(Mode.COMPLIANCE, NOON)), now=NOON, bypass=False)


class TestChangeOfRetention:
    """A retention may be made longer by all, otherwise changed by those who may bypass governance."""

    @given(st.none() | RETENTIONS, st.none() | RETENTIONS, MOMENTS)
    def test_what_protects_nothing_may_be_changed(
        self, before: Retention | None, after: Retention | None, now: datetime
    ) -> None:
        if before is None or before.until <= now:
            assert not is_refused(before, after, now=now, bypass=False)

    @given(RETENTIONS, st.integers(0, 36_500), MOMENTS, st.booleans())
    def test_it_may_be_made_longer(self, before: Retention, days: int, now: datetime, bypass: bool) -> None:
        after = before._replace(until=before.until + timedelta(days=days))
        assert not is_refused(before, after, now=now, bypass=bypass)

    @given(RETENTIONS, st.none() | RETENTIONS, MOMENTS, st.booleans())
    def test_what_comes_of_a_change_protects_as_long(
        self, before: Retention, after: Retention | None, now: datetime, bypass: bool
    ) -> None:
        """Whoever cannot remove a version now cannot do it earlier after any change that is allowed to them."""
        if is_refused(before, after, now=now, bypass=bypass):
            return
        for moment in (now, before.until - timedelta(microseconds=1)):
            if moment >= now and is_kept(version(before), now=moment, bypass=bypass):
                assert is_kept(version(after), now=moment, bypass=bypass)

    @pytest.mark.parametrize("bypass", [False, True])
    @pytest.mark.parametrize(
        "after",
        [
            None,
            Retention(Mode.COMPLIANCE, LATER - timedelta(seconds=1)),
            Retention(Mode.GOVERNANCE, LATER),
            Retention(Mode.GOVERNANCE, LATER + timedelta(days=1)),
        ],
    )
    def test_compliance_is_never_weakened(self, after: Retention | None, bypass: bool) -> None:
        assert is_refused(Retention(Mode.COMPLIANCE, LATER), after, now=NOON, bypass=bypass)

    @pytest.mark.parametrize(
        "after",
        [
            None,
            Retention(Mode.GOVERNANCE, LATER - timedelta(seconds=1)),
            Retention(Mode.COMPLIANCE, LATER - timedelta(seconds=1)),
            Retention(Mode.COMPLIANCE, LATER),
            Retention(Mode.COMPLIANCE, LATER + timedelta(days=1)),
        ],
    )
    def test_governance_is_altered_by_a_bypass(self, after: Retention | None) -> None:
        before = Retention(Mode.GOVERNANCE, LATER)
        assert is_refused(before, after, now=NOON, bypass=False)
        assert not is_refused(before, after, now=NOON, bypass=True)


class TestHeadersOfAWrite:
    """A write names mode and date together, and a legal hold by itself."""

    def test_none(self) -> None:
        assert parse_lock_headers(None, None, None, now=NOON) == UNLOCKED

    @pytest.mark.parametrize("hold", [None, *LegalHold])
    @pytest.mark.parametrize("mode", Mode)
    def test_all(self, mode: Mode, hold: LegalHold | None) -> None:
        assert Lock(Retention(mode, LATER), hold) == parse_lock_headers(mode.value, DATE, hold, now=NOON)

    @pytest.mark.parametrize(
        ("mode", "until", "hold", "text", "members"),
        [
            (
                "GOVERNANCE",
                None,
                None,
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                {"ArgumentName": "x-amz-object-lock-retain-until-date"},
            ),
            (
                None,
                DATE,
                None,
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                {"ArgumentName": "x-amz-object-lock-mode"},
            ),
            (
                "governance",
                DATE,
                None,
                "Unknown wormMode directive.",
                {"ArgumentName": "x-amz-object-lock-mode", "ArgumentValue": "governance"},
            ),
            (
                "COMPLIANCE",
                "Fri, 02 Jan 2026 12:00:00 GMT",
                None,
                "The retain until date must be provided in ISO 8601 format",
                {"ArgumentName": "x-amz-object-lock-retain-until-date"},
            ),
            (
                "COMPLIANCE",
                "2026-01-01T12:00:00Z",
                None,
                "The retain until date must be in the future!",
                {"ArgumentName": "x-amz-object-lock-retain-until-date"},
            ),
            (
                None,
                None,
                "on",
                "Legal Hold must be either of 'ON' or 'OFF'",
                {"ArgumentName": "x-amz-object-lock-legal-hold"},
            ),
        ],
    )
    def test_at_fault(
        self, mode: str | None, until: str | None, hold: str | None, text: str, members: dict[str, str]
    ) -> None:
        with pytest.raises(InvalidArgument) as refused:
            parse_lock_headers(mode, until, hold, now=NOON)
        assert (text, members) == (refused.value.message, refused.value.members)


class TestLockOfAWrite:
    """What a writer states goes before the bucket's default; a hold says nothing of retention."""

    DEFAULT = LockConfiguration(DefaultRetention(Mode.GOVERNANCE, days=1))
    OWN = Retention(Mode.COMPLIANCE, NOON + timedelta(days=9))

    @pytest.mark.parametrize(
        ("configuration", "stated", "expected"),
        [
            (None, UNLOCKED, UNLOCKED),
            (LockConfiguration(), UNLOCKED, UNLOCKED),
            (LockConfiguration(), Lock(OWN, LegalHold.ON), Lock(OWN, LegalHold.ON)),
            (DEFAULT, UNLOCKED, Lock(Retention(Mode.GOVERNANCE, LATER))),
            (DEFAULT, Lock(OWN), Lock(OWN)),
            (
                DEFAULT,
                Lock(None, LegalHold.ON),
                Lock(Retention(Mode.GOVERNANCE, LATER), LegalHold.ON),
            ),
        ],
    )
    def test_is(self, configuration: LockConfiguration | None, stated: Lock, expected: Lock) -> None:
        assert expected == choose_lock(configuration, stated, created=NOON)

    @pytest.mark.parametrize("stated", [Lock(OWN), Lock(None, LegalHold.OFF)])
    def test_needs_a_bucket_with_object_lock(self, stated: Lock) -> None:
        with pytest.raises(InvalidRequest, match="Bucket is missing ObjectLockConfiguration"):
            choose_lock(None, stated, created=NOON)

    @pytest.mark.parametrize("what", ["Put Object", "Put Part"])
    @pytest.mark.parametrize("lock", [Lock(OWN), Lock(None, LegalHold.OFF)])
    def test_locked_bytes_come_with_a_digest(self, lock: Lock, what: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            check_verifiable(lock, is_given=False, what=what)
        assert (
            "Content-MD5 OR x-amz-checksum- HTTP header is required for "
            f"{what} requests with Object Lock parameters" == refused.value.message
        )
        check_verifiable(lock, is_given=True, what=what)

    def test_others_need_none(self) -> None:
        check_verifiable(UNLOCKED, is_given=False, what="Put Object")


class TestDefaultRetention:
    """A default holds so many days, or so many years, from the moment of creation on."""

    @given(MOMENTS, st.integers(1, 36_500))
    def test_days(self, created: datetime, days: int) -> None:
        begun = DefaultRetention(Mode.GOVERNANCE, days=days).begin(created)
        assert Retention(Mode.GOVERNANCE, created + timedelta(days=days)) == begun

    @given(MOMENTS, st.integers(1, 100))
    def test_years_keep_the_calendar_day(self, created: datetime, years: int) -> None:
        until = DefaultRetention(Mode.COMPLIANCE, years=years).begin(created).until
        day = 28 if (created.month, created.day) == (2, 29) and until.day == 28 else created.day
        assert (created.year + years, created.month, day) == (until.year, until.month, until.day)
        assert created.timetz() == until.timetz()

    @pytest.mark.parametrize(("years", "until"), [(1, "2025-02-28"), (4, "2028-02-29")])
    def test_of_a_29_february(self, years: int, until: str) -> None:
        created = datetime(2024, 2, 29, tzinfo=UTC)
        assert until == DefaultRetention(Mode.COMPLIANCE, years=years).begin(created).until.date().isoformat()

    @pytest.mark.parametrize(("days", "years"), [(1, None), (36_500, None), (None, 1), (None, 100)])
    @pytest.mark.parametrize("mode", Mode)
    def test_is_configured(self, mode: Mode, days: int | None, years: int | None) -> None:
        expected = LockConfiguration(DefaultRetention(mode, days, years))
        assert expected == configured(mode.value, days, years)

    @pytest.mark.parametrize(
        ("mode", "days", "years"),
        [(None, 1, None), ("GOVERNANCE", 1, 1), ("GOVERNANCE", None, None)],
    )
    def test_is_malformed(self, mode: str | None, days: int | None, years: int | None) -> None:
        with pytest.raises(MalformedXML):
            configured(mode, days, years)

    @pytest.mark.parametrize(
        ("days", "years", "text", "name"),
        [
            (0, None, "Default retention period must be a positive integer value.", "Days"),
            (None, -1, "Default retention period must be a positive integer value.", "Years"),
            (36_501, None, "Default retention period too large.", "Days"),
            (None, 101, "Default retention period too large.", "Years"),
        ],
    )
    def test_is_out_of_bounds(self, days: int | None, years: int | None, text: str, name: str) -> None:
        with pytest.raises(InvalidArgument) as refused:
            configured("GOVERNANCE", days, years)
        assert (text, name) == (refused.value.message, refused.value.members["ArgumentName"])


class TestStatedRetention:
    """A PutObjectRetention names mode and date, or neither to remove them."""

    def test_neither(self) -> None:
        assert (None, None) == read_retention({}, UNLOCKED, now=NOON)

    def test_both(self) -> None:
        stated = {"Mode": "GOVERNANCE", "RetainUntilDate": LATER}
        assert (Retention(Mode.GOVERNANCE, LATER), None) == read_retention(stated, UNLOCKED, now=NOON)

    @pytest.mark.parametrize(("mode", "until"), [(None, LATER), ("GOVERNANCE", None), ("governance", LATER)])
    def test_one(self, mode: str | None, until: datetime | None) -> None:
        with pytest.raises(MalformedXML):
            stated = {"Mode": mode, "RetainUntilDate": until}
            read_retention({name: value for name, value in stated.items() if value}, UNLOCKED, now=NOON)

    def test_the_past_is_told_in_pacific_time(self) -> None:
        with pytest.raises(InvalidArgument) as refused:
            read_retention({"Mode": "GOVERNANCE", "RetainUntilDate": NOON}, UNLOCKED, now=NOON)
        assert ("The retain until date must be in the future!", "RetainUntilDate", "Thu Jan 01 04:00:00 PST 2026") == (
            refused.value.message,
            *refused.value.members.values(),
        )


class TestBuckets:
    """Object Lock needs versioning, keeps it, and is what locks need."""

    def test_lockable(self) -> None:
        check_lockable(is_versioned=True)
        with pytest.raises(InvalidBucketState, match="Versioning must be 'Enabled' on the bucket to apply"):
            check_lockable(is_versioned=False)

    def test_suspendable(self) -> None:
        check_suspendable(None)
        with pytest.raises(InvalidBucketState, match="so the versioning state cannot be changed"):
            check_suspendable(LockConfiguration())

    def test_has_lock(self) -> None:
        check_has_lock(LockConfiguration())
        with pytest.raises(InvalidRequest, match="Bucket is missing Object Lock Configuration"):
            check_has_lock(None)

    @pytest.mark.parametrize("bypass", [False, True])
    def test_bypass_applies(self, bypass: bool) -> None:
        check_bypass_applies(None, None)
        check_bypass_applies(LockConfiguration(), bypass)
        with pytest.raises(InvalidArgument, match="is only applicable to Object Lock enabled buckets"):
            check_bypass_applies(None, bypass)
