"""Event holds: a version is retained for as long as a hold is on it, and for a duration from its release on.

S3: userguide/object-lock-managing.html, "Troubleshooting variable retention" and "Setting limits on retention periods
with a bucket policy". observed: radkawar/stackd, testdata/aws/s3/object_lock_controls_replay.json
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.lock import PROTECTED

from .conftest import Refused
from .test_needed_permissions import allow, policy

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = {"Bucket": "vault", "Key": "k"}
HELD = {"ObjectLockMode": "COMPLIANCE", "ObjectLockEventHold": "ON", "ObjectLockEventHoldDurationDays": 10}
OFF = {"Mode": "COMPLIANCE", "EventHold": "OFF"}
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


@pytest.fixture(autouse=True)
def vault(s3: FakeS3) -> None:
    s3.clock.freeze(NOW)
    s3.create_bucket("vault", object_lock=True)


def on(mode: str = "COMPLIANCE", until: datetime | None = None, **duration: int) -> dict[str, Any]:
    stated = {"Mode": mode, "EventHold": "ON", "EventHoldDuration": duration}
    return stated if until is None else stated | {"RetainUntilDate": until}


def put(client: Any, **lock: Any) -> dict[str, str]:
    return HERE | {"VersionId": client.put_object(**HERE, Body=b"kept", **lock)["VersionId"]}


def retain(client: Any, retention: dict[str, Any], **more: Any) -> None:
    client.put_object_retention(**HERE, Retention=retention, **more)


def told(client: Any) -> dict[str, Any]:
    """What GetObjectRetention tells; HeadObject and GetObject tell the same."""
    retention: dict[str, Any] = client.get_object_retention(**HERE)["Retention"]
    duration = retention.get("EventHoldDuration", {})
    shown = {
        "ObjectLockMode": retention["Mode"],
        "ObjectLockRetainUntilDate": retention["RetainUntilDate"],
        "ObjectLockEventHold": retention.get("EventHold"),
        "ObjectLockEventHoldDurationDays": duration.get("Days"),
        "ObjectLockEventHoldDurationYears": duration.get("Years"),
    }
    for read in (client.head_object, client.get_object):
        answer = {name: value for name, value in read(**HERE).items() if name.startswith("ObjectLock")}
        assert {name: value for name, value in shown.items() if value is not None} == answer
    return retention


class TestWhileItIsOn:
    """S3 computes the retain-until-date from the present time, so it never comes."""

    def test_the_date_moves(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, **HELD)
        for days in (0, 1, 5000):
            s3.clock.freeze(NOW + days * DAY)
            assert on(until=NOW + (days + 10) * DAY, Days=10) == told(s3_client)
        assert s3["vault"]["k"].event_hold
        assert "event hold" in s3.tree()

    def test_years_are_of_the_calendar(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, ObjectLockMode="GOVERNANCE", ObjectLockEventHold="ON", ObjectLockEventHoldDurationYears=3)
        assert on("GOVERNANCE", NOW.replace(year=2029), Years=3) == told(s3_client)

    def test_the_version_stays(self, s3: FakeS3, s3_client: Any, refused: Refused) -> None:
        version = put(s3_client, **HELD)
        s3.clock.advance(days=5000)
        for more in ({}, {"BypassGovernanceRetention": True}):
            with refused("AccessDenied", 403, PROTECTED):
                s3_client.delete_object(**version, **more)
        s3_client.delete_object(**HERE)

    def test_governance_yields_to_a_bypass(self, s3: FakeS3, s3_client: Any, refused: Refused) -> None:
        version = put(s3_client, **HELD | {"ObjectLockMode": "GOVERNANCE"})
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version)
        s3_client.delete_object(**version, BypassGovernanceRetention=True)
        assert "k" not in s3["vault"]

    def test_lifecycle_does_not_remove_it(self, s3: FakeS3, s3_client: Any) -> None:
        rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}}
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": 1}
        s3_client.put_bucket_lifecycle_configuration(Bucket="vault", LifecycleConfiguration={"Rules": [rule]})
        version = put(s3_client, **HELD)
        s3_client.put_object(**HERE, Body=b"new")
        s3.clock.advance(days=100)
        s3_client.head_object(**version)
        s3_client.put_object_retention(**version, Retention=OFF)
        s3.clock.advance(days=9)
        s3_client.head_object(**version)
        s3.clock.advance(days=2)
        with pytest.raises(ClientError, match="404"):
            s3_client.head_object(**version)

    def test_a_legal_hold_goes_beside_it(self, s3: FakeS3, s3_client: Any, refused: Refused) -> None:
        version = put(s3_client, **HELD, ObjectLockLegalHoldStatus="ON")
        retain(s3_client, OFF)
        s3.clock.advance(days=11)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version)
        s3_client.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
        s3_client.delete_object(**version)


class TestRelease:
    """The retain-until-date is set to the time of the release plus the duration, and stands still."""

    def test_the_date_stands_still(self, s3: FakeS3, s3_client: Any, refused: Refused) -> None:
        version = put(s3_client, **HELD)
        s3.clock.advance(days=100)
        retain(s3_client, OFF)
        s3.clock.advance(days=9)
        assert OFF | {"RetainUntilDate": NOW + 110 * DAY} == told(s3_client)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version)
        s3.clock.advance(days=1)
        s3_client.delete_object(**version)
        assert "k" not in s3["vault"]

    def test_a_later_date_that_was_stated_stays(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, **HELD, ObjectLockRetainUntilDate=NOW + 50 * DAY)
        assert on(until=NOW + 50 * DAY, Days=10) == told(s3_client)
        retain(s3_client, OFF)
        assert OFF | {"RetainUntilDate": NOW + 50 * DAY} == told(s3_client)

    def test_with_a_date(self, s3_client: Any, refused: Refused) -> None:
        put(s3_client, **HELD)
        with refused("AccessDenied", 403, PROTECTED):
            retain(s3_client, OFF | {"RetainUntilDate": NOW + 9 * DAY})
        retain(s3_client, OFF | {"RetainUntilDate": NOW + 20 * DAY})
        assert OFF | {"RetainUntilDate": NOW + 20 * DAY} == told(s3_client)

    def test_governance_may_be_shortened_by_a_bypass(self, s3_client: Any, refused: Refused) -> None:
        put(s3_client, **HELD | {"ObjectLockMode": "GOVERNANCE"})
        shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": NOW + DAY}
        message = (
            "Using the governance mode bypass to shorten the retain-until-date of a retention period in governance "
            "mode with an ON event hold requires the providing of a new ON event hold or a new OFF event hold."
        )
        with refused("InvalidRequest", 400, message):
            retain(s3_client, shorter, BypassGovernanceRetention=True)
        retain(s3_client, shorter | {"EventHold": "OFF"}, BypassGovernanceRetention=True)
        assert shorter | {"EventHold": "OFF"} == told(s3_client)
        retain(s3_client, {}, BypassGovernanceRetention=True)
        with refused("NoSuchObjectLockConfiguration", 404):
            s3_client.get_object_retention(**HERE)

    def test_what_was_never_held(self, s3_client: Any, refused: Refused) -> None:
        put(s3_client)
        message = (
            "To turn off an event hold, either provide a retain-until-date in the future in the request or the object "
            "version must already have a retain-until-date in the future."
        )
        with refused("InvalidRequest", 400, message):
            retain(s3_client, OFF)


class TestChange:
    """A hold may be put on a version that is retained, and its duration may be changed."""

    def test_of_a_fixed_retention(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=NOW + 5 * DAY)
        retain(s3_client, on(Days=1))
        assert on(until=NOW + 5 * DAY, Days=1) == told(s3_client)
        s3.clock.advance(days=30)
        assert on(until=NOW + 31 * DAY, Days=1) == told(s3_client)

    def test_a_shorter_duration_does_not_move_the_date_back(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, **HELD)
        retain(s3_client, on(Days=1))
        assert on(until=NOW + 10 * DAY, Days=1) == told(s3_client)
        s3.clock.advance(days=20)
        assert on(until=NOW + 21 * DAY, Days=1) == told(s3_client)

    def test_a_date_alone_leaves_the_hold(self, s3_client: Any, refused: Refused) -> None:
        put(s3_client, **HELD)
        retain(s3_client, {"Mode": "COMPLIANCE", "RetainUntilDate": NOW + 40 * DAY})
        assert on(until=NOW + 40 * DAY, Days=10) == told(s3_client)
        with refused("AccessDenied", 403, PROTECTED):
            retain(s3_client, {"Mode": "COMPLIANCE", "RetainUntilDate": NOW + 39 * DAY})

    @pytest.mark.parametrize("bypass", [False, True])
    @pytest.mark.parametrize("retention", [{}, on("GOVERNANCE", Days=10)])
    def test_compliance_is_never_weakened(
        self, s3_client: Any, refused: Refused, retention: dict[str, Any], *, bypass: bool
    ) -> None:
        put(s3_client, **HELD)
        with refused("AccessDenied", 403, PROTECTED):
            retain(s3_client, retention, BypassGovernanceRetention=bypass)


class TestRefusals:
    """A hold needs a mode and one duration, and a release needs no duration."""

    @pytest.mark.parametrize(
        ("retention", "code", "message", "members"),
        [
            ({"EventHold": "ON", "EventHoldDuration": {"Days": 1}}, "MalformedXML", MALFORMED, {}),
            ({"Mode": "COMPLIANCE", "EventHoldDuration": {"Days": 1}}, "MalformedXML", MALFORMED, {}),
            (on(Days=1, Years=1), "MalformedXML", MALFORMED, {}),
            (on(), "MalformedXML", MALFORMED, {}),
            (
                {"Mode": "COMPLIANCE", "EventHold": "ON"},
                "InvalidRequest",
                "EventHold:ON must be supplied with an EventHoldDuration.",
                {},
            ),
            (
                OFF | {"EventHoldDuration": {"Days": 1}},
                "InvalidRequest",
                "EventHoldDuration must not be supplied with EventHold:OFF.",
                {},
            ),
            (
                on(Days=0),
                "InvalidArgument",
                "Event hold duration must be a positive integer value.",
                {"ArgumentName": "Days", "ArgumentValue": "0"},
            ),
            (
                on(Years=101),
                "InvalidArgument",
                "Event hold duration must be at most 100 years.",
                {"ArgumentName": "Years", "ArgumentValue": "101"},
            ),
            (
                on(until=NOW + DAY, Days=2),
                "InvalidArgument",
                "The retain until date must be equal to or later than the current time plus the event hold duration.",
                {"ArgumentName": "RetainUntilDate", "ArgumentValue": "2026-01-02T12:00:00.000Z"},
            ),
        ],
    )
    def test_of_a_document(
        self,
        s3_client: Any,
        refused: Refused,
        retention: dict[str, Any],
        code: str,
        message: str,
        members: dict[str, Any],
    ) -> None:
        put(s3_client)
        with refused(code, 400, message, **members):
            retain(s3_client, retention)

    @pytest.mark.parametrize("operation", ["put_object", "copy_object", "create_multipart_upload"])
    @pytest.mark.parametrize(
        ("lock", "code", "message", "members"),
        [
            (
                {"ObjectLockEventHold": "ON", "ObjectLockEventHoldDurationDays": 1},
                "InvalidRequest",
                "x-amz-object-lock-mode is required when x-amz-object-lock-event-hold is supplied.",
                {},
            ),
            (
                {"ObjectLockMode": "COMPLIANCE", "ObjectLockEventHold": "OFF"},
                "InvalidRequest",
                "x-amz-object-lock-retain-until-date is required when x-amz-object-lock-event-hold is OFF.",
                {},
            ),
            (
                {"ObjectLockMode": "COMPLIANCE", "ObjectLockEventHoldDurationDays": 1},
                "InvalidRequest",
                "Event hold duration requires x-amz-object-lock-event-hold:ON.",
                {},
            ),
            (
                {"ObjectLockMode": "COMPLIANCE", "ObjectLockEventHold": "on"},
                "InvalidArgument",
                "Event hold must be either of 'ON' or 'OFF'",
                {"ArgumentName": "x-amz-object-lock-event-hold", "ArgumentValue": "on"},
            ),
        ],
    )
    def test_of_a_write(
        self,
        s3_client: Any,
        refused: Refused,
        operation: str,
        lock: dict[str, Any],
        code: str,
        message: str,
        members: dict[str, Any],
    ) -> None:
        put(s3_client)
        more = {"CopySource": "vault/k"} if operation == "copy_object" else {}
        with refused(code, 400, message, **members):
            getattr(s3_client, operation)(Bucket="vault", Key="new", **more, **lock)

    def test_where_the_bucket_has_no_lock(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("InvalidRequest", 400, "Bucket is missing ObjectLockConfiguration"):
            s3_client.put_object(Bucket=bucket, Key="k", **HELD)


class TestDefault:
    """A bucket can give each new version an event hold, unless its writer states a retention."""

    def default(self, client: Any, **default: Any) -> None:
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", **default}}
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        client.put_object_lock_configuration(Bucket="vault", ObjectLockConfiguration=configuration)
        assert configuration == client.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"]

    def test_a_hold_alone(self, s3: FakeS3, s3_client: Any) -> None:
        self.default(s3_client, DefaultEventHold={"Days": 2})
        put(s3_client)
        s3.clock.advance(days=7)
        assert on("GOVERNANCE", NOW + 9 * DAY, Days=2) == told(s3_client)

    def test_a_hold_beside_a_period(self, s3: FakeS3, s3_client: Any) -> None:
        self.default(s3_client, Days=5, DefaultEventHold={"Days": 2})
        put(s3_client)
        assert on("GOVERNANCE", NOW + 5 * DAY, Days=2) == told(s3_client)
        s3.clock.advance(days=7)
        assert on("GOVERNANCE", NOW + 9 * DAY, Days=2) == told(s3_client)

    def test_not_where_the_writer_states_a_retention(self, s3_client: Any) -> None:
        self.default(s3_client, DefaultEventHold={"Years": 2})
        put(s3_client, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=NOW + DAY)
        assert {"Mode": "COMPLIANCE", "RetainUntilDate": NOW + DAY} == told(s3_client)

    @pytest.mark.parametrize(
        ("hold", "code", "message", "members"),
        [
            ({}, "MalformedXML", MALFORMED, {}),
            ({"Days": 1, "Years": 1}, "MalformedXML", MALFORMED, {}),
            (
                {"Years": 0},
                "InvalidArgument",
                "Default event hold duration must be a positive integer value.",
                {"ArgumentName": "Years", "ArgumentValue": "0"},
            ),
            (
                {"Days": 36_501},
                "InvalidArgument",
                "Default event hold duration must be at most 36500 days.",
                {"ArgumentName": "Days", "ArgumentValue": "36501"},
            ),
        ],
    )
    def test_refused(
        self,
        s3_client: Any,
        refused: Refused,
        hold: dict[str, int],
        code: str,
        message: str,
        members: dict[str, Any],
    ) -> None:
        with refused(code, 400, message, **members):
            self.default(s3_client, DefaultEventHold=hold)


class TestOtherWrites:
    """Copies and uploads in parts take the same headers. A copy takes no hold from its source."""

    def test_of_a_copy(self, s3_client: Any) -> None:
        put(s3_client, **HELD)
        s3_client.copy_object(**HERE, CopySource="vault/k", MetadataDirective="REPLACE", **HELD)
        assert on(until=NOW + 10 * DAY, Days=10) == told(s3_client)
        s3_client.copy_object(**HERE, CopySource="vault/k", MetadataDirective="REPLACE")
        assert "ObjectLockEventHold" not in s3_client.head_object(**HERE)

    def test_of_an_upload_in_parts(self, s3: FakeS3, s3_client: Any) -> None:
        upload = HERE | {"UploadId": s3_client.create_multipart_upload(**HERE, **HELD)["UploadId"]}
        s3.clock.advance(days=3)
        part = s3_client.upload_part(**upload, PartNumber=1, Body=b"kept")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3_client.complete_multipart_upload(**upload, MultipartUpload=parts)
        assert on(until=NOW + 13 * DAY, Days=10) == told(s3_client)


class TestRights:
    """A hold is set, released and read with the rights of a retention; policies can ask about it."""

    def test_to_set_one_with_a_write(self, s3: FakeS3) -> None:
        client = s3.user("ada", policy=policy(allow("s3:PutObject"))).client()
        with pytest.raises(ClientError, match="s3:PutObjectRetention"):
            put(client, **HELD)

    def test_to_read_it(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, **HELD)
        answer = s3.user("ada", policy=policy(allow("s3:GetObject"))).client().head_object(**HERE)
        assert [] == [name for name in answer if name.startswith("ObjectLock")]

    def test_a_policy_may_deny_a_release(self, s3: FakeS3, s3_client: Any) -> None:
        put(s3_client, **HELD)
        off = {"StringEquals": {"s3:object-lock-event-hold": "OFF"}}
        statements = allow("s3:*"), allow("s3:PutObjectRetention", effect="Deny", Condition=off)
        client = s3.user("ada", policy=policy(*statements)).client()
        with pytest.raises(ClientError, match="AccessDenied"):
            retain(client, OFF)
        retain(client, on(Days=20))

    @pytest.mark.parametrize(
        ("duration", "is_allowed"), [({"Days": 89}, False), ({"Days": 90}, True), ({"Years": 1}, True)]
    )
    def test_a_policy_may_demand_a_duration(
        self, s3: FakeS3, s3_client: Any, duration: dict[str, Any], *, is_allowed: bool
    ) -> None:
        put(s3_client)
        short = {"NumericLessThan": {"s3:object-lock-event-hold-duration-days": "90"}}
        statements = allow("s3:*"), allow("s3:PutObject", "s3:PutObjectRetention", effect="Deny", Condition=short)
        client = s3.user("ada", policy=policy(*statements)).client()
        lock = {f"ObjectLockEventHoldDuration{unit}": value for unit, value in duration.items()}
        for ask in (
            lambda: retain(client, on(**duration)),
            lambda: put(client, ObjectLockMode="COMPLIANCE", ObjectLockEventHold="ON", **lock),
        ):
            if is_allowed:
                ask()
            else:
                with pytest.raises(ClientError, match="AccessDenied"):
                    ask()
