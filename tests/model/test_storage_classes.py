"""Storage classes and restores. S3: userguide/storage-class-intro.html, userguide/restoring-objects.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import (
    InvalidArgument,
    InvalidObjectState,
    InvalidStorageClass,
    ObjectAlreadyInActiveTierError,
    RestoreAlreadyInProgress,
)
from fakes3.model.storage_classes import (
    ACCEPTED,
    RETRIEVALS,
    Restore,
    begin_restore,
    begin_restore_of_tiered,
    check_readable,
    check_restorable,
    check_storage_class,
    expiry,
    format_restore,
    restore_status,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
DAYS = st.integers(1, 1000)
WAYS = st.sampled_from([(name, tier) for name, tiers in RETRIEVALS.items() for tier in tiers])


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def begun() -> Restore:
    """A restore from GLACIER by the Standard tier, for two days, begun at noon."""
    return begin_restore("GLACIER", None, days=2, tier="Standard", now=NOON)


class TestStorageClass:
    """An object has one of eight storage classes."""

    @pytest.mark.parametrize("name", sorted(ACCEPTED))
    def test_accepted(self, name):
        check_storage_class(name)

    @pytest.mark.parametrize(
        "name",
        [
            *("", "standard", "Standard", "STANDARD ", "FakeClass", "OUTPOSTS", "EXPRESS_ONEZONE", "SNOW"),
            *("FSX_OPENZFS", "FSX_ONTAP", "AWS_BACKUP_WARM"),
        ],
    )
    def test_refused(self, name):
        with pytest.raises(InvalidStorageClass) as caught:
            check_storage_class(name)
        assert "The storage class you specified is not valid" == caught.value.message
        assert {"StorageClassRequested": name} == caught.value.members


class TestReading:
    """An archived object can be read while a restored copy of it is there."""

    @pytest.mark.parametrize("name", sorted(ACCEPTED - RETRIEVALS.keys()))
    def test_what_is_not_archived_can_be_read(self, name):
        check_readable(name, None, now=NOON)

    @pytest.mark.parametrize("name", RETRIEVALS)
    def test_what_is_archived_cannot(self, name):
        with pytest.raises(InvalidObjectState) as caught:
            check_readable(name, None, now=NOON)
        assert "The operation is not valid for the object's storage class" == caught.value.message
        assert {"StorageClass": name} == caught.value.members

    @given(way=WAYS, now=MOMENTS, days=DAYS, after=st.timedeltas(timedelta(), timedelta(days=1010)))
    def test_from_ready_until_expired(self, way, now, days, after):
        name, tier = way
        restore = begin_restore(name, None, days=days, tier=tier, now=now)
        moment = now + after
        if restore.ready <= moment < restore.expires:
            check_readable(name, restore, now=moment)
        else:
            with pytest.raises(InvalidObjectState):
                check_readable(name, restore, now=moment)


class TestRestoring:
    """How long a restore takes depends on the tier; the days of the copy count from when it is there."""

    @pytest.mark.parametrize(
        ("name", "tier", "takes"),
        [
            ("GLACIER", "Expedited", minutes(5)),
            ("GLACIER", "Standard", timedelta(hours=5)),
            ("GLACIER", "Bulk", timedelta(hours=12)),
            ("DEEP_ARCHIVE", "Standard", timedelta(hours=12)),
            ("DEEP_ARCHIVE", "Bulk", timedelta(hours=48)),
        ],
    )
    def test_delays(self, name, tier, takes):
        assert NOON + takes == begin_restore(name, None, days=1, tier=tier, now=NOON).ready

    def test_deep_archive_has_no_expedited_retrieval(self):
        with pytest.raises(InvalidArgument) as caught:
            begin_restore("DEEP_ARCHIVE", None, days=1, tier="Expedited", now=NOON)
        assert "Retrieval option is not supported by this storage class" == caught.value.message

    @pytest.mark.parametrize("days", [0, -1])
    def test_a_copy_stays_for_a_day_at_least(self, days):
        with pytest.raises(InvalidArgument) as caught:
            begin_restore("GLACIER", None, days=days, tier="Bulk", now=NOON)
        assert {"ArgumentName": "Days", "ArgumentValue": days} == caught.value.members

    @given(way=WAYS, now=MOMENTS, days=DAYS)
    def test_expires_at_a_midnight_that_gives_the_days_in_full(self, way, now, days):
        restore = begin_restore(way[0], None, days=days, tier=way[1], now=now)
        assert timedelta(days=days) <= restore.expires - restore.ready < timedelta(days=days + 1)
        assert (0, 0, 0, 0) == (
            restore.expires.hour,
            restore.expires.minute,
            restore.expires.second,
            restore.expires.microsecond,
        )

    # S3: userguide/restoring-objects.html has this example
    def test_expiry(self):
        assert datetime(2012, 10, 19, tzinfo=UTC) == expiry(datetime(2012, 10, 15, 10, 30, tzinfo=UTC), 3)

    def test_expiry_of_what_begins_at_midnight(self):
        assert datetime(2012, 10, 18, tzinfo=UTC) == expiry(datetime(2012, 10, 15, tzinfo=UTC), 3)


class TestRestoringAgain:
    """A restore under way can only be made faster; a copy that is there gets its days anew."""

    @pytest.mark.parametrize(
        ("days", "tier"), [(2, "Standard"), (2, "Bulk"), (3, "Standard"), (3, "Expedited"), (1, "Expedited")]
    )
    def test_under_way(self, begun, days, tier):
        with pytest.raises(RestoreAlreadyInProgress):
            begin_restore("GLACIER", begun, days=days, tier=tier, now=NOON + minutes(1))

    def test_faster(self, begun):
        sooner = begin_restore("GLACIER", begun, days=2, tier="Expedited", now=NOON + minutes(10))
        assert NOON + minutes(15) == sooner.ready

    def test_faster_is_never_later(self, begun):
        sooner = begin_restore("GLACIER", begun, days=2, tier="Expedited", now=begun.ready - minutes(1))
        assert begun.ready == sooner.ready

    def test_there_counts_from_now(self, begun):
        later = begun.ready + timedelta(days=1)
        longer = begin_restore("GLACIER", begun, days=10, tier="Standard", now=later)
        assert longer.is_there(later)
        assert expiry(later, 10) == longer.expires

    def test_shorter_too(self, begun):
        shorter = begin_restore("GLACIER", begun, days=1, tier="Standard", now=begun.ready)
        assert datetime(2026, 1, 3, tzinfo=UTC) == shorter.expires < begun.expires

    def test_expired_is_restored_from_the_beginning(self, begun):
        again = begin_restore("GLACIER", begun, days=1, tier="Bulk", now=begun.expires)
        assert begun.expires + timedelta(hours=12) == again.ready


class TestOtherClasses:
    """What is not archived cannot be restored."""

    @pytest.mark.parametrize("name", sorted(ACCEPTED - {"GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"}))
    def test_not_archived(self, name):
        with pytest.raises(InvalidObjectState) as caught:
            check_restorable(name)
        assert "Restore is not allowed for the object's current storage class" == caught.value.message

    @pytest.mark.parametrize("name", [*RETRIEVALS, "INTELLIGENT_TIERING"])
    def test_archived_or_perhaps(self, name):
        check_restorable(name)

    def test_intelligent_tiering_knows_no_days(self):
        with pytest.raises(InvalidArgument) as caught:
            begin_restore_of_tiered(None, days=3, tier="Standard", now=NOON)
        assert caught.value.message.startswith("INTELLIGENT_TIERING objects are not subject to restore expiry.")

    def test_intelligent_tiering_is_active(self):
        with pytest.raises(ObjectAlreadyInActiveTierError):
            begin_restore_of_tiered(None, days=None, tier="Standard", now=NOON)


class TestTelling:
    """Reads and listings tell a restore while it is under way and while its copy is there."""

    def test_none(self):
        assert (None, None) == (format_restore(None, NOON), restore_status(None, NOON))

    def test_under_way(self, begun):
        assert 'ongoing-request="true"' == format_restore(begun, NOON)
        assert {"IsRestoreInProgress": True} == restore_status(begun, NOON)

    def test_there(self, begun):
        expected = 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 00:00:00 GMT"'
        assert expected == format_restore(begun, begun.ready)
        status = {"IsRestoreInProgress": False, "RestoreExpiryDate": datetime(2026, 1, 4, tzinfo=UTC)}
        assert status == restore_status(begun, begun.ready)

    def test_over(self, begun):
        assert (None, None) == (format_restore(begun, begun.expires), restore_status(begun, begun.expires))
