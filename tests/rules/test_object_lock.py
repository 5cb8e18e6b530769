"""Object Lock: what it forbids, and what it does not. S3: userguide/object-lock.html"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest

from fakes3 import FakeS3
from fakes3.model.clock import Ids
from fakes3.model.lock import Retention
from fakes3.testing.views import ObjectView

PROTECTED = "Access Denied because object protected by object lock."
NO_LOCK = "Bucket is missing Object Lock Configuration"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOMORROW, IN_A_WEEK = NOW + timedelta(days=1), NOW + timedelta(days=7)
GONE = Ids().version_id(10**6)
"""A version id as S3 makes them, of nothing that was ever written."""

Put = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def _noon(s3: FakeS3) -> None:
    s3.clock.freeze(NOW)


@pytest.fixture
def locking(s3: FakeS3) -> str:
    """The name of an empty bucket with Object Lock."""
    s3.create_bucket("locking", object_lock=True)
    return "locking"


@pytest.fixture
def put(locking: str, s3_client) -> Put:
    """Writes an object and answers what names its version."""

    def write(mode: str | None = None, until: datetime = TOMORROW, *, hold: str | None = None) -> dict[str, str]:
        lock: dict[str, Any] = {} if mode is None else {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}
        if hold is not None:
            lock["ObjectLockLegalHoldStatus"] = hold
        answer = s3_client.put_object(Bucket=locking, Key="k", Body=b"kept", **lock)
        return {"Bucket": locking, "Key": "k", "VersionId": answer["VersionId"]}

    return write


def lock_shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name.startswith("ObjectLock")}


def retention(mode: str, until: datetime = TOMORROW) -> dict[str, Any]:
    return {"Mode": mode, "RetainUntilDate": until}


def rule(mode: str = "GOVERNANCE", /, **period: int) -> dict[str, Any]:
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, **period}}}


def crc32_of(body: bytes) -> str:
    return b64encode(crc32(body).to_bytes(4)).decode()


def retentions_of(s3: FakeS3, bucket: str, key: str = "k") -> list[Retention | None]:
    return [entry.retention for entry in s3[bucket].versions(key) if isinstance(entry, ObjectView)]


def ids_of(s3: FakeS3, bucket: str, key: str = "k") -> list[str]:
    return [entry.version_id for entry in s3[bucket].versions(key)]


class TestEnabling:
    """Object Lock is enabled when a bucket is created, or later if versioning is, and never disabled."""

    # S3: API/API_CreateBucket.html, x-amz-bucket-object-lock-enabled
    def test_at_creation_it_enables_versioning(self, s3: FakeS3, s3_client) -> None:
        s3_client.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
        assert "Enabled" == s3_client.get_bucket_versioning(Bucket="vault")["Status"]
        found = s3_client.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"]
        assert {"ObjectLockEnabled": "Enabled"} == found
        assert s3["vault"].object_lock

    def test_false_at_creation_is_none(self, s3: FakeS3, s3_client) -> None:
        s3_client.create_bucket(Bucket="plain", ObjectLockEnabledForBucket=False)
        assert (None, False) == (s3["plain"].versioning, s3["plain"].object_lock)

    def test_later_where_versioning_is_enabled(self, enabled: str, s3_client) -> None:
        s3_client.put_object_lock_configuration(
            Bucket=enabled, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )
        found = s3_client.get_object_lock_configuration(Bucket=enabled)["ObjectLockConfiguration"]
        assert {"ObjectLockEnabled": "Enabled"} == found

    @pytest.mark.parametrize("state", ["bucket", "suspended"])
    @pytest.mark.parametrize("configuration", [{"ObjectLockEnabled": "Enabled"}, {}])
    def test_not_where_it_is_not_enabled(
        self, request: pytest.FixtureRequest, state: str, configuration, s3_client, refused
    ) -> None:
        name = request.getfixturevalue(state)
        text = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        with refused("InvalidBucketState", 409, text):
            s3_client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)

    def test_versioning_cannot_be_suspended_any_more(self, locking: str, s3_client, refused) -> None:
        text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        with refused("InvalidBucketState", 409, text):
            s3_client.put_bucket_versioning(Bucket=locking, VersioningConfiguration={"Status": "Suspended"})
        s3_client.put_bucket_versioning(Bucket=locking, VersioningConfiguration={"Status": "Enabled"})

    # recorded: TestS3ObjectLock::test_get_object_lock_configuration_exc
    def test_without_it_there_is_nothing_to_get(self, any_bucket: str, s3_client, refused) -> None:
        with refused("ObjectLockConfigurationNotFoundError", 404, BucketName=any_bucket):
            s3_client.get_object_lock_configuration(Bucket=any_bucket)
        with refused("NoSuchBucket", 404, BucketName="missing"):
            s3_client.get_object_lock_configuration(Bucket="missing")


class TestConfiguration:
    """A bucket's configuration says that Object Lock is enabled, and which retention versions get by default."""

    @pytest.mark.parametrize("period", [{"Days": 1}, {"Days": 36_500}, {"Years": 1}, {"Years": 100}])
    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_reads_back(self, locking: str, s3_client, mode: str, period: dict[str, int]) -> None:
        wanted = rule(mode, **period)
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=wanted)
        found = s3_client.get_object_lock_configuration(Bucket=locking)["ObjectLockConfiguration"]
        assert wanted == found

    def test_the_default_can_be_removed_and_the_lock_stays(self, locking: str, s3_client) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=1))
        only = {"ObjectLockEnabled": "Enabled"}
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=only)
        assert only == s3_client.get_object_lock_configuration(Bucket=locking)["ObjectLockConfiguration"]

    # recorded: TestS3ObjectLock::test_put_object_lock_configuration_exc
    @pytest.mark.parametrize(
        "configuration",
        [
            {"Rule": rule(Days=1)["Rule"]},
            {},
            {"ObjectLockEnabled": "Enabled", "Rule": {}},
            {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {}}},
            rule(),
            rule("BAD-VALUE", Days=1),
            rule(Days=1, Years=1),
            {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Days": 1}}},
            {"ObjectLockEnabled": "Disabled"},
        ],
    )
    def test_malformed(self, locking: str, s3_client, refused, configuration) -> None:
        with refused("MalformedXML", 400):
            s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=configuration)

    @pytest.mark.parametrize(("name", "value"), [("Days", 0), ("Days", -7), ("Years", 0), ("Years", -1)])
    def test_not_positive(self, locking: str, s3_client, refused, name: str, value: int) -> None:
        text = "Default retention period must be a positive integer value."
        with refused("InvalidArgument", 400, text, ArgumentName=name):
            s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(**{name: value}))

    @pytest.mark.parametrize(("name", "value"), [("Days", 36_501), ("Years", 101)])
    def test_too_large(self, locking: str, s3_client, refused, name: str, value: int) -> None:
        text = "Default retention period too large."
        with refused("InvalidArgument", 400, text, ArgumentName=name, ArgumentValue=str(value)):
            s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(**{name: value}))

    def test_without_a_body(self, locking: str, ask) -> None:
        answer = ask("PUT", f"/{locking}?object-lock").refusal
        assert (400, "MissingRequestBodyError", "Request Body is empty", {}) == answer

    def test_without_a_digest_of_the_body(self, locking: str, ask) -> None:
        body = b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
        text = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        assert (400, "InvalidRequest", text, {}) == ask("PUT", f"/{locking}?object-lock", body=body).refusal

    def test_versions_that_are_there_stay_as_they_are(self, locking: str, put: Put, s3_client) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=1))
        version = put()
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=9))
        assert TOMORROW == s3_client.head_object(**version)["ObjectLockRetainUntilDate"]


class TestDefaultRetention:
    """A version whose writer names no retention gets the bucket's, from its creation on."""

    @pytest.mark.parametrize(
        ("period", "until"),
        [({"Days": 10}, "2026-01-11T12:00:00+00:00"), ({"Years": 3}, "2029-01-01T12:00:00+00:00")],
    )
    def test_from_creation_on(self, locking: str, put: Put, s3_client, period: dict[str, int], until: str) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(**period))
        moment = datetime.fromisoformat(until)
        assert {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": moment} == lock_shown(
            s3_client.head_object(**put())
        )

    def test_headers_go_before_it(self, locking: str, put: Put, s3_client) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=10))
        shown = lock_shown(s3_client.head_object(**put("COMPLIANCE", TOMORROW)))
        assert {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": TOMORROW} == shown

    def test_a_legal_hold_goes_beside_it(self, locking: str, put: Put, s3_client) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=1))
        shown = lock_shown(s3_client.head_object(**put(hold="ON")))
        assert shown == {
            "ObjectLockMode": "GOVERNANCE",
            "ObjectLockRetainUntilDate": TOMORROW,
            "ObjectLockLegalHoldStatus": "ON",
        }

    def test_delete_markers_have_none(self, locking: str, put: Put, s3: FakeS3, s3_client) -> None:
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule("COMPLIANCE", Days=1))
        version = put()
        marker = s3_client.delete_object(Bucket=locking, Key="k")["VersionId"]
        s3_client.delete_object(Bucket=locking, Key="k", VersionId=marker)
        assert [version["VersionId"]] == ids_of(s3, locking)


class TestLocksOfWrites:
    """PutObject, CopyObject and CreateMultipartUpload take mode and date, and a legal hold."""

    @pytest.fixture(params=["put", "copy", "create"])
    def write(self, request: pytest.FixtureRequest, locking: str, s3: FakeS3, s3_client) -> Callable[..., Any]:
        """Does one of the three with headers; the bucket may be another."""
        s3.create_bucket("source", objects={"k": "kept"})

        def send(bucket: str = locking, **lock: Any) -> Any:
            if request.param == "put":
                return s3_client.put_object(Bucket=bucket, Key="k", Body=b"kept", **lock)
            if request.param == "copy":
                return s3_client.copy_object(Bucket=bucket, Key="k", CopySource="source/k", **lock)
            return s3_client.create_multipart_upload(Bucket=bucket, Key="k", **lock)

        return send

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention, test_s3_copy_object_retention_lock
    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_are_stored(self, put: Put, s3: FakeS3, s3_client, mode: str) -> None:
        version = put(mode, hold="ON")
        expected = {
            "ObjectLockMode": mode,
            "ObjectLockRetainUntilDate": TOMORROW,
            "ObjectLockLegalHoldStatus": "ON",
        }
        assert expected == lock_shown(s3_client.head_object(**version))
        assert expected == lock_shown(s3_client.get_object(**version))
        assert (mode, TOMORROW) == s3["locking"]["k"].retention
        assert s3["locking"]["k"].legal_hold

    # recorded: TestS3ObjectLockRetention::test_s3_object_lock_mode_validation
    def test_a_mode_needs_a_date(self, write, refused) -> None:
        text = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        with refused("InvalidArgument", 400, text, ArgumentName="x-amz-object-lock-retain-until-date"):
            write(ObjectLockMode="GOVERNANCE")
        with refused("InvalidArgument", 400, text, ArgumentName="x-amz-object-lock-mode"):
            write(ObjectLockRetainUntilDate=TOMORROW)

    # recorded: TestS3ObjectLockRetention::test_s3_object_lock_mode_validation
    def test_a_mode_is_one_of_two(self, write, refused) -> None:
        with refused(
            "InvalidArgument",
            400,
            "Unknown wormMode directive.",
            ArgumentName="x-amz-object-lock-mode",
            ArgumentValue="BAD-VALUE",
        ):
            write(ObjectLockMode="BAD-VALUE", ObjectLockRetainUntilDate=TOMORROW)

    @pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1)])
    def test_a_date_is_in_the_future(self, write, refused, until: datetime) -> None:
        text = "The retain until date must be in the future!"
        with refused("InvalidArgument", 400, text, ArgumentName="x-amz-object-lock-retain-until-date"):
            write(ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)

    def test_a_date_is_written_in_iso_8601(self, locking: str, ask) -> None:
        headers = {
            "x-amz-object-lock-mode": "COMPLIANCE",
            "x-amz-object-lock-retain-until-date": "Fri, 02 Jan 2026 12:00:00 GMT",
        }
        text = "The retain until date must be provided in ISO 8601 format"
        name = {"ArgumentName": "x-amz-object-lock-retain-until-date"}
        assert (400, "InvalidArgument", text, name) == ask("PUT", f"/{locking}/k", headers).refusal

    def test_a_hold_is_on_or_off(self, write, refused) -> None:
        text = "Legal Hold must be either of 'ON' or 'OFF'"
        with refused("InvalidArgument", 400, text, ArgumentName="x-amz-object-lock-legal-hold"):
            write(ObjectLockLegalHoldStatus="on")

    @pytest.mark.parametrize(
        "lock",
        [
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": TOMORROW},
            {"ObjectLockLegalHoldStatus": "ON"},
            {"ObjectLockLegalHoldStatus": "OFF"},
        ],
    )
    def test_need_a_bucket_with_object_lock(self, write, any_bucket: str, refused, lock: dict[str, Any]) -> None:
        with refused("InvalidRequest", 400, "Bucket is missing ObjectLockConfiguration"):
            write(any_bucket, **lock)

    # recorded: TestS3ObjectLockRetention::test_s3_copy_object_retention_lock
    # recorded: TestS3ObjectLockLegalHold::test_s3_copy_object_legal_hold
    def test_are_not_copied(self, put: Put, s3_client) -> None:
        original = put("GOVERNANCE", hold="ON")
        s3_client.copy_object(Bucket="locking", Key="copy", CopySource=original)
        assert {} == lock_shown(s3_client.head_object(Bucket="locking", Key="copy"))

    def test_of_a_copy_are_those_it_asks_for_or_its_buckets_default(self, put: Put, s3_client) -> None:
        original = put("COMPLIANCE", hold="ON")
        asked = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": IN_A_WEEK}
        s3_client.copy_object(Bucket="locking", Key="copy", CopySource=original, **asked)
        assert asked == lock_shown(s3_client.head_object(Bucket="locking", Key="copy"))
        s3_client.put_object_lock_configuration(Bucket="locking", ObjectLockConfiguration=rule(Days=1))
        s3_client.copy_object(Bucket="locking", Key="copy", CopySource=original)
        expected = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": TOMORROW}
        assert expected == lock_shown(s3_client.head_object(Bucket="locking", Key="copy"))

    @pytest.mark.parametrize("own", [True, False])
    def test_of_an_upload_in_parts_are_fixed_when_it_begins(
        self, locking: str, s3: FakeS3, s3_client, own: bool
    ) -> None:
        lock: dict[str, Any] = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": TOMORROW}
        if not own:
            s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=1))
        upload = {"Bucket": locking, "Key": "k"}
        upload["UploadId"] = s3_client.create_multipart_upload(**upload, **(lock if own else {}))["UploadId"]
        s3.clock.advance(hours=1)
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule("COMPLIANCE", Days=9))
        part = s3_client.upload_part(**upload, PartNumber=1, Body=b"kept")
        s3_client.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        )
        assert lock == lock_shown(s3_client.head_object(Bucket=locking, Key="k"))


class TestDigests:
    """Bytes that are to be locked come with a Content-MD5 or a checksum."""

    LOCK = {
        "x-amz-object-lock-mode": "GOVERNANCE",
        "x-amz-object-lock-retain-until-date": "2026-01-02T12:00:00Z",
    }
    WHAT = "Content-MD5 OR x-amz-checksum- HTTP header is required for {} requests with Object Lock parameters"

    @pytest.mark.parametrize("headers", [LOCK, {"x-amz-object-lock-legal-hold": "OFF"}])
    def test_of_a_put_with_a_lock(self, locking: str, ask, headers: dict[str, str]) -> None:
        text = self.WHAT.format("Put Object")
        assert (400, "InvalidRequest", text, {}) == ask("PUT", f"/{locking}/k", headers, b"x").refusal

    def test_of_a_put_that_gets_the_default(self, locking: str, ask, s3_client) -> None:
        assert 200 == ask("PUT", f"/{locking}/k", body=b"x").status
        s3_client.put_object_lock_configuration(Bucket=locking, ObjectLockConfiguration=rule(Days=1))
        text = self.WHAT.format("Put Object")
        assert (400, "InvalidRequest", text, {}) == ask("PUT", f"/{locking}/k", body=b"x").refusal

    @pytest.mark.parametrize(
        "digest", [{"content-md5": "nd1Hl2w3GREQfFlzI3VuNw=="}, {"x-amz-checksum-crc32": "AAAAAA=="}]
    )
    def test_either_will_do(self, locking: str, ask, digest: dict[str, str]) -> None:
        assert "BadDigest" == ask("PUT", f"/{locking}/k", self.LOCK | digest, b"x").refusal.code

    def test_of_a_part(self, locking: str, ask, s3_client) -> None:
        upload = s3_client.create_multipart_upload(Bucket=locking, Key="k", ObjectLockLegalHoldStatus="ON")["UploadId"]
        target = f"/{locking}/k?partNumber=1&uploadId={upload}"
        text = self.WHAT.format("Put Part")
        assert (400, "InvalidRequest", text, {}) == ask("PUT", target, body=b"x").refusal
        assert 200 == ask("PUT", target, {"x-amz-checksum-crc32": "jNwWgw=="}, b"x").status


class TestRetention:
    """PutObjectRetention sets how long a version is kept; GetObjectRetention tells it."""

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention
    def test_is_set_and_told(self, put: Put, s3_client) -> None:
        version = put()
        answer = s3_client.put_object_retention(**version, Retention=retention("GOVERNANCE"))
        assert (200, "0") == (
            answer["ResponseMetadata"]["HTTPStatusCode"],
            answer["ResponseMetadata"]["HTTPHeaders"]["content-length"],
        )
        assert retention("GOVERNANCE") == s3_client.get_object_retention(**version)["Retention"]
        assert {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": TOMORROW} == lock_shown(
            s3_client.head_object(**version)
        )

    def test_is_that_of_the_version_that_is_named(self, put: Put, s3: FakeS3, s3_client) -> None:
        old, new = put(), put()
        s3_client.put_object_retention(**old, Retention=retention("GOVERNANCE"))
        s3_client.put_object_retention(Bucket="locking", Key="k", Retention=retention("COMPLIANCE", IN_A_WEEK))
        assert [new["VersionId"], old["VersionId"]] == ids_of(s3, "locking")
        assert [("COMPLIANCE", IN_A_WEEK), ("GOVERNANCE", TOMORROW)] == retentions_of(s3, "locking")

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc
    def test_never_set(self, put: Put, s3_client, refused) -> None:
        version = put()
        with refused("NoSuchObjectLockConfiguration", 404):
            s3_client.get_object_retention(**version)

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc
    def test_of_what_is_not_there(self, locking: str, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="missing"):
            s3_client.put_object_retention(Bucket="missing", Key="k", Retention=retention("GOVERNANCE"))
        where = {"Bucket": locking, "Key": "k"}
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.put_object_retention(**where, Retention=retention("GOVERNANCE"))
        with refused("NoSuchVersion", 404, Key="k", VersionId=GONE):
            s3_client.put_object_retention(**where, VersionId=GONE, Retention=retention("GOVERNANCE"))

    @pytest.mark.parametrize("is_named", [False, True])
    def test_of_a_delete_marker(self, put: Put, s3_client, refused, is_named: bool) -> None:
        put()
        where = {"Bucket": "locking", "Key": "k"}
        marker = s3_client.delete_object(**where)["VersionId"]
        if is_named:
            where["VersionId"] = marker
        with refused("MethodNotAllowed", 405, Method="PUT", ResourceType="DeleteMarker"):
            s3_client.put_object_retention(**where, Retention=retention("GOVERNANCE"))
        with refused("MethodNotAllowed", 405, Method="GET", ResourceType="DeleteMarker"):
            s3_client.get_object_retention(**where)

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc
    def test_of_a_bucket_without_object_lock(self, any_bucket: str, s3_client, refused) -> None:
        where = {"Bucket": any_bucket, "Key": "k"}
        s3_client.put_object(**where)
        with refused("InvalidRequest", 400, NO_LOCK):
            s3_client.put_object_retention(**where, Retention={})
        with refused("InvalidRequest", 400, NO_LOCK):
            s3_client.get_object_retention(**where)

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc
    @pytest.mark.parametrize("wanted", [{"Mode": "GOVERNANCE"}, {"RetainUntilDate": TOMORROW}, retention("BAD-VALUE")])
    def test_malformed(self, put: Put, s3_client, refused, wanted: dict[str, Any]) -> None:
        version = put()
        with refused("MalformedXML", 400):
            s3_client.put_object_retention(**version, Retention=wanted)

    def test_without_a_body(self, put: Put, ask) -> None:
        put("GOVERNANCE")
        answer = ask("PUT", "/locking/k?retention", {"x-amz-bypass-governance-retention": "true"}).refusal
        assert (400, "MalformedXML") == answer[:2]

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc
    def test_in_the_past(self, put: Put, s3_client, refused) -> None:
        version = put()
        with refused(
            "InvalidArgument",
            400,
            "The retain until date must be in the future!",
            ArgumentName="RetainUntilDate",
            ArgumentValue="Tue Dec 31 16:00:00 PST 2019",
        ):
            s3_client.put_object_retention(
                **version, Retention=retention("GOVERNANCE", datetime(2020, 1, 1, tzinfo=UTC))
            )

    @pytest.mark.parametrize("until", [TOMORROW, IN_A_WEEK])
    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_can_be_made_longer_by_anybody(self, put: Put, s3_client, mode: str, until: datetime) -> None:
        version = put(mode, TOMORROW)
        s3_client.put_object_retention(**version, Retention=retention(mode, until))
        assert retention(mode, until) == s3_client.get_object_retention(**version)["Retention"]

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention, test_s3_object_retention_exc
    @pytest.mark.parametrize("wanted", [retention("GOVERNANCE", TOMORROW), {}, retention("COMPLIANCE", IN_A_WEEK)])
    def test_governance_is_weakened_or_altered_by_a_bypass(
        self, put: Put, s3: FakeS3, s3_client, refused, wanted: dict[str, Any]
    ) -> None:
        version = put("GOVERNANCE", IN_A_WEEK)
        for bypass in ({}, {"BypassGovernanceRetention": False}):
            with refused("AccessDenied", 403, PROTECTED):
                s3_client.put_object_retention(**version, Retention=wanted, **bypass)
        s3_client.put_object_retention(**version, Retention=wanted, BypassGovernanceRetention=True)
        kept = s3["locking"]["k"].retention
        assert wanted == ({} if kept is None else retention(*kept))

    def test_that_was_removed_is_told_no_more(self, put: Put, s3_client, refused) -> None:
        version = put("GOVERNANCE")
        s3_client.put_object_retention(**version, Retention={}, BypassGovernanceRetention=True)
        assert {} == lock_shown(s3_client.head_object(**version))
        with refused("NoSuchObjectLockConfiguration", 404):
            s3_client.get_object_retention(**version)

    @pytest.mark.parametrize("bypass", [False, True])
    @pytest.mark.parametrize(
        "wanted",
        [retention("COMPLIANCE", TOMORROW), retention("GOVERNANCE", IN_A_WEEK + timedelta(days=1)), {}],
    )
    def test_compliance_is_never_weakened(
        self, put: Put, s3_client, refused, wanted: dict[str, Any], bypass: bool
    ) -> None:
        version = put("COMPLIANCE", IN_A_WEEK)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.put_object_retention(**version, Retention=wanted, BypassGovernanceRetention=bypass)

    def test_that_is_over_binds_nobody_but_is_still_told(self, put: Put, s3: FakeS3, s3_client) -> None:
        version = put("COMPLIANCE", TOMORROW)
        s3.clock.advance(days=1)
        assert retention("COMPLIANCE", TOMORROW) == s3_client.get_object_retention(**version)["Retention"]
        s3_client.put_object_retention(**version, Retention=retention("GOVERNANCE", IN_A_WEEK))
        assert ("GOVERNANCE", IN_A_WEEK) == s3["locking"]["k"].retention


class TestLegalHold:
    """A legal hold is on a version until it is taken off, whatever its retention."""

    # recorded: TestS3ObjectLockLegalHold::test_put_get_object_legal_hold
    def test_on_and_off(self, put: Put, s3: FakeS3, s3_client, refused) -> None:
        version = put()
        with refused("NoSuchObjectLockConfiguration", 404):
            s3_client.get_object_legal_hold(**version)
        for status in ("ON", "OFF"):
            s3_client.put_object_legal_hold(**version, LegalHold={"Status": status})
            assert {"Status": status} == s3_client.get_object_legal_hold(**version)["LegalHold"]
            assert {"ObjectLockLegalHoldStatus": status} == lock_shown(s3_client.head_object(**version))
            assert (status == "ON") is s3["locking"]["k"].legal_hold

    # recorded: TestS3ObjectLockLegalHold::test_put_object_legal_hold_exc
    def test_of_what_is_not_there(self, locking: str, s3_client, refused) -> None:
        on = {"LegalHold": {"Status": "ON"}}
        with refused("NoSuchBucket", 404, BucketName="missing"):
            s3_client.put_object_legal_hold(Bucket="missing", Key="k", **on)
        with refused("NoSuchKey", 404, Key="non-existing-key"):
            s3_client.put_object_legal_hold(Bucket=locking, Key="non-existing-key", **on)

    # recorded: TestS3ObjectLockLegalHold::test_put_object_legal_hold_exc
    def test_of_a_bucket_without_object_lock(self, any_bucket: str, s3_client, refused) -> None:
        where = {"Bucket": any_bucket, "Key": "k"}
        s3_client.put_object(**where)
        with refused("InvalidRequest", 400, NO_LOCK):
            s3_client.put_object_legal_hold(**where, LegalHold={"Status": "ON"})
        with refused("MalformedXML", 400):
            s3_client.put_object_legal_hold(**where, LegalHold={})
        with refused("InvalidRequest", 400, NO_LOCK):
            s3_client.get_object_legal_hold(**where)

    @pytest.mark.parametrize("hold", [{}, {"Status": ""}, {"Status": "on"}])
    def test_malformed(self, put: Put, s3_client, refused, hold: dict[str, str]) -> None:
        version = put()
        with refused("MalformedXML", 400):
            s3_client.put_object_legal_hold(**version, LegalHold=hold)

    def test_without_a_body(self, put: Put, ask) -> None:
        put()
        assert (400, "MalformedXML") == ask("PUT", "/locking/k?legal-hold").refusal[:2]

    @pytest.mark.parametrize("is_named", [False, True])
    def test_of_a_delete_marker(self, put: Put, s3_client, refused, is_named: bool) -> None:
        put()
        where = {"Bucket": "locking", "Key": "k"}
        marker = s3_client.delete_object(**where)["VersionId"]
        if is_named:
            where["VersionId"] = marker
        with refused("MethodNotAllowed", 405, Method="PUT", ResourceType="DeleteMarker"):
            s3_client.put_object_legal_hold(**where, LegalHold={"Status": "ON"})

    def test_outlives_retention(self, put: Put, s3: FakeS3, s3_client, refused) -> None:
        version = put("GOVERNANCE", hold="ON")
        s3.clock.advance(days=2)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version)
        s3_client.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
        s3_client.delete_object(**version)
        assert [] == ids_of(s3, "locking")

    def test_changes_no_retention(self, put: Put, s3: FakeS3, s3_client) -> None:
        version = put("GOVERNANCE", hold="ON")
        s3_client.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
        assert ("GOVERNANCE", TOMORROW) == s3["locking"]["k"].retention


class TestDeletes:
    """A locked version cannot be removed; a delete marker can be put on top of it at any time."""

    LOCKED = pytest.mark.parametrize(
        ("mode", "hold"), [("GOVERNANCE", None), ("COMPLIANCE", None), (None, "ON"), ("GOVERNANCE", "ON")]
    )

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention
    # recorded: TestS3ObjectLockLegalHold::test_delete_locked_object
    @LOCKED
    def test_of_a_locked_version(self, put: Put, s3_client, refused, mode: str | None, hold: str | None) -> None:
        version = put(mode, hold=hold)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version)

    @LOCKED
    def test_without_a_version_id_hides_it(
        self, put: Put, s3: FakeS3, s3_client, mode: str | None, hold: str | None
    ) -> None:
        version = put(mode, hold=hold)
        answer = s3_client.delete_object(Bucket="locking", Key="k")
        assert (204, True) == (answer["ResponseMetadata"]["HTTPStatusCode"], answer["DeleteMarker"])
        assert [answer["VersionId"], version["VersionId"]] == ids_of(s3, "locking")
        assert b"kept" == s3_client.get_object(**version)["Body"].read()

    # recorded: TestS3ObjectLockRetention::test_s3_object_retention
    def test_governance_yields_to_a_bypass(self, put: Put, s3: FakeS3, s3_client, refused) -> None:
        version = put("GOVERNANCE")
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version, BypassGovernanceRetention=False)
        answer = s3_client.delete_object(**version, BypassGovernanceRetention=True)
        assert (204, version["VersionId"]) == (answer["ResponseMetadata"]["HTTPStatusCode"], answer["VersionId"])
        assert [] == ids_of(s3, "locking")

    @pytest.mark.parametrize(("mode", "hold"), [("COMPLIANCE", None), ("GOVERNANCE", "ON"), (None, "ON")])
    def test_nothing_else_does(self, put: Put, s3_client, refused, mode: str | None, hold: str | None) -> None:
        version = put(mode, hold=hold)
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**version, BypassGovernanceRetention=True)

    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_of_a_version_whose_time_is_over(self, put: Put, s3: FakeS3, s3_client, mode: str) -> None:
        version = put(mode, TOMORROW)
        s3.clock.advance(days=1)
        s3_client.delete_object(**version)
        assert [] == ids_of(s3, "locking")

    # recorded: TestS3ObjectLockLegalHold::test_delete_locked_object
    def test_of_several_are_refused_one_by_one(self, locking: str, put: Put, s3: FakeS3, s3_client) -> None:
        locked, free = put(hold="ON"), put()
        named = [{"Key": "k", "VersionId": each["VersionId"]} for each in (locked, free)]
        answer = s3_client.delete_objects(Bucket=locking, Delete={"Objects": named})
        assert 200 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert [{"Code": "AccessDenied", "Message": PROTECTED, **named[0]}] == answer["Errors"]
        assert [named[1]] == answer["Deleted"]
        assert [locked["VersionId"]] == ids_of(s3, locking)

    def test_of_several_may_bypass_governance(self, locking: str, put: Put, s3: FakeS3, s3_client) -> None:
        strict, lenient = put("COMPLIANCE"), put("GOVERNANCE")
        named = [{"Key": "k", "VersionId": each["VersionId"]} for each in (strict, lenient)]
        answer = s3_client.delete_objects(Bucket=locking, Delete={"Objects": named}, BypassGovernanceRetention=True)
        assert ([named[1]], [named[0]["VersionId"]]) == (
            answer["Deleted"],
            [error["VersionId"] for error in answer["Errors"]],
        )
        assert [strict["VersionId"]] == ids_of(s3, locking)

    # recorded: TestS3ObjectLock::test_delete_object_with_no_locking
    @pytest.mark.parametrize("bypass", [True, False])
    def test_bypass_means_nothing_without_object_lock(self, any_bucket: str, s3_client, refused, bypass: bool) -> None:
        s3_client.put_object(Bucket=any_bucket, Key="k")
        text = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
        name = {"ArgumentName": "x-amz-bypass-governance-retention"}
        with refused("InvalidArgument", 400, text, **name):
            s3_client.delete_object(Bucket=any_bucket, Key="k", BypassGovernanceRetention=bypass)
        with refused("InvalidArgument", 400, text, **name):
            s3_client.delete_objects(
                Bucket=any_bucket, Delete={"Objects": [{"Key": "k"}]}, BypassGovernanceRetention=bypass
            )

    def test_of_a_bucket_with_versions_left(self, put: Put, s3_client, refused) -> None:
        put("COMPLIANCE")
        s3_client.delete_object(Bucket="locking", Key="k")
        text = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        with refused("BucketNotEmpty", 409, text, BucketName="locking"):
            s3_client.delete_bucket(Bucket="locking")


class TestOverwrites:
    """A lock is one of a version: a key with a locked version can be written at any time."""

    def test_keep_the_locked_version(self, put: Put, s3: FakeS3, s3_client) -> None:
        locked = put("COMPLIANCE", hold="ON")
        new = s3_client.put_object(Bucket="locking", Key="k", Body=b"other")["VersionId"]
        assert [new, locked["VersionId"]] == ids_of(s3, "locking")
        assert [None, ("COMPLIANCE", TOMORROW)] == retentions_of(s3, "locking")

    def test_a_null_version_can_be_locked_too(self, s3: FakeS3, s3_client, refused) -> None:
        s3.create_bucket("old", objects={"k": "kept"})
        s3_client.put_bucket_versioning(Bucket="old", VersioningConfiguration={"Status": "Enabled"})
        s3_client.put_object_lock_configuration(Bucket="old", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
        null = {"Bucket": "old", "Key": "k", "VersionId": "null"}
        s3_client.put_object_retention(**null, Retention=retention("COMPLIANCE"))
        s3_client.put_object(Bucket="old", Key="k", Body=b"other")
        with refused("AccessDenied", 403, PROTECTED):
            s3_client.delete_object(**null)

    def test_tags_of_a_locked_version_may_change(self, put: Put, s3: FakeS3, s3_client) -> None:
        version = put("COMPLIANCE", hold="ON")
        s3_client.put_object_tagging(**version, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        kept = s3["locking"]["k"]
        assert ({"a": "b"}, ("COMPLIANCE", TOMORROW), True) == (kept.tags, kept.retention, kept.legal_hold)


class TestOtherAccounts:
    """Locks are set, read and bypassed by those who may."""

    def test_a_stranger_may_not(self, put: Put, stranger, refused) -> None:
        version = put("GOVERNANCE", hold="ON")
        for act in (
            lambda: stranger.get_object_retention(**version),
            lambda: stranger.get_object_legal_hold(**version),
            lambda: stranger.put_object_retention(**version, Retention={}, BypassGovernanceRetention=True),
            lambda: stranger.put_object_legal_hold(**version, LegalHold={"Status": "OFF"}),
            lambda: stranger.delete_object(**version, BypassGovernanceRetention=True),
            lambda: stranger.get_object_lock_configuration(Bucket="locking"),
            lambda: stranger.put_object_lock_configuration(Bucket="locking", ObjectLockConfiguration=rule(Days=1)),
        ):
            with refused("AccessDenied", 403):
                act()
