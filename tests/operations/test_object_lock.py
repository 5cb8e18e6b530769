"""The operations of Object Lock, called without the wire: what they take, keep, and whom they ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes3.model.errors import AccessDenied, NoSuchObjectLockConfiguration
from fakes3.model.lock import DefaultRetention, LegalHold, LockConfiguration, Mode, Retention
from fakes3.model.versions import Version
from fakes3.operations.call import Call
from fakes3.operations.registry import EVERYTHING, REGISTRY
from fakes3.operations.service import Service

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
LOCK = {
    "ObjectLockMode": "GOVERNANCE",
    "ObjectLockRetainUntilDate": "2026-01-02T00:00:00Z",
    "ObjectLockLegalHoldStatus": "OFF",
}
HERE = {"Bucket": "vault", "Key": "k"}

Deny = Callable[[str], None]


@pytest.fixture(autouse=True)
def _vault(perform) -> None:
    perform("CreateBucket", Bucket="vault", ObjectLockEnabledForBucket=True)


@pytest.fixture
def put(perform, sent, service: Service) -> Callable[..., Version]:
    """Writes an object of the bucket "vault" and answers it."""

    def write(**lock: Any) -> Version:
        perform("PutObject", **HERE, Body=sent(b"kept"), ContentMD5="TYtghPPRZ7dsrGaiKpG+Ag==", **lock)
        return service.world.buckets["vault"].versions.current["k"]

    return write


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Deny:
    """Takes the right to one action from everybody."""

    def take(denied: str) -> None:
        check_may = Call.check_may

        def check(self: Call, action: str, *args: Any, **more: Any) -> None:
            if action == denied:
                raise AccessDenied
            check_may(self, action, *args, **more)

        monkeypatch.setattr(Call, "check_may", check)

    return take


class TestMembers:
    """The signatures tell what is taken; what else the API knows is answered with 501."""

    def test_of_documents(self) -> None:
        duration: dict[str, Any] = {"Days": {}, "Years": {}}
        members = {"Mode": {}, "RetainUntilDate": {}, "EventHold": {}, "EventHoldDuration": duration}
        assert members == REGISTRY["PutObjectRetention"].accepts["Retention"]
        assert REGISTRY["PutObjectLegalHold"].accepts["LegalHold"] is EVERYTHING
        assert REGISTRY["PutObjectLockConfiguration"].accepts["ObjectLockConfiguration"] is EVERYTHING

    @pytest.mark.parametrize("name", ["PutObject", "CopyObject", "CreateMultipartUpload"])
    def test_of_writes(self, name: str) -> None:
        assert LOCK.keys() <= REGISTRY[name].accepts.keys()

    @pytest.mark.parametrize("name", ["DeleteObject", "DeleteObjects", "PutObjectRetention"])
    def test_of_bypasses(self, name: str) -> None:
        assert "BypassGovernanceRetention" in REGISTRY[name].accepts


class TestWhatIsKept:
    """A lock is kept with its version, a configuration with its bucket; neither makes a new version."""

    def test_with_a_version(self, put: Callable[..., Version]) -> None:
        attributes = put(**LOCK).attributes
        assert (Retention(Mode.GOVERNANCE, TOMORROW), LegalHold.OFF) == (attributes.retention, attributes.legal_hold)

    def test_in_the_same_place(self, put: Callable[..., Version], perform, document, service: Service) -> None:
        written = put()
        perform("PutObjectLegalHold", **HERE, LegalHold=document(Status="ON"))
        perform("PutObjectRetention", **HERE, Retention=document(Mode="COMPLIANCE", RetainUntilDate=TOMORROW))
        (kept,) = service.world.buckets["vault"].versions.of("k")
        assert isinstance(kept, Version)
        assert (written.sequence, written.id, written.last_modified, written.body) == (
            kept.sequence,
            kept.id,
            kept.last_modified,
            kept.body,
        )
        assert (Mode.COMPLIANCE, TOMORROW) == kept.attributes.retention
        assert LegalHold.ON is kept.attributes.legal_hold

    def test_with_a_bucket(self, perform, document, service: Service) -> None:
        assert LockConfiguration() == service.world.buckets["vault"].lock
        default = {"Mode": "GOVERNANCE", "Years": 2}
        configuration = document(ObjectLockEnabled="Enabled", Rule={"DefaultRetention": default})
        perform("PutObjectLockConfiguration", Bucket="vault", ObjectLockConfiguration=configuration)
        kept = service.world.buckets["vault"].lock
        assert LockConfiguration(DefaultRetention(Mode.GOVERNANCE, years=2)) == kept

    def test_a_bucket_that_is_created_again_stays_as_it_is(self, perform, service: Service) -> None:
        before = service.world
        perform("CreateBucket", Bucket="vault")
        perform("CreateBucket", Bucket="bucket", ObjectLockEnabledForBucket=True)
        assert before is service.world


class TestRights:
    """Each thing that is done to a lock is an action of its own."""

    @pytest.mark.parametrize(
        ("right", "lock"),
        [
            ("s3:PutObjectRetention", {name: LOCK[name] for name in LOCK if "Legal" not in name}),
            ("s3:PutObjectLegalHold", {"ObjectLockLegalHoldStatus": "ON"}),
        ],
    )
    def test_to_lock_what_is_written(
        self, put: Callable[..., Version], deny: Deny, right: str, lock: dict[str, str]
    ) -> None:
        deny(right)
        with pytest.raises(AccessDenied):
            put(**lock)
        put()

    @pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
    def test_without_which_reads_do_not_tell(
        self, put: Callable[..., Version], perform, deny: Deny, operation: str
    ) -> None:
        put(**LOCK)
        assert LOCK.keys() <= perform(operation, **HERE).keys()
        deny("s3:GetObjectRetention")
        assert {"ObjectLockLegalHoldStatus"} == LOCK.keys() & perform(operation, **HERE).keys()
        deny("s3:GetObjectLegalHold")
        assert set() == LOCK.keys() & perform(operation, **HERE).keys()

    def test_to_bypass(self, put: Callable[..., Version], perform, document, deny: Deny) -> None:
        where = HERE | {"VersionId": put(**LOCK).id}
        deny("s3:BypassGovernanceRetention")
        with pytest.raises(AccessDenied):
            perform("DeleteObject", **where, BypassGovernanceRetention=True)
        with pytest.raises(AccessDenied):
            perform("PutObjectRetention", **where, Retention=document(), BypassGovernanceRetention=True)
        named = document(Objects=[{"Key": "k", "VersionId": where["VersionId"]}])
        answer = perform("DeleteObjects", Bucket="vault", Delete=named, BypassGovernanceRetention=True)
        assert ["AccessDenied"] == [error["Code"] for error in answer["Errors"]]
        perform(
            "PutObjectRetention",
            **where,
            Retention=document(Mode="GOVERNANCE", RetainUntilDate=TOMORROW + timedelta(days=1)),
            BypassGovernanceRetention=False,
        )

    @pytest.mark.parametrize("what", ["Retention", "LegalHold"])
    def test_to_read_and_to_set(self, put: Callable[..., Version], perform, document, deny: Deny, what: str) -> None:
        put()
        with pytest.raises(NoSuchObjectLockConfiguration):
            perform(f"GetObject{what}", **HERE)
        deny(f"s3:GetObject{what}")
        deny(f"s3:PutObject{what}")
        with pytest.raises(AccessDenied):
            perform(f"GetObject{what}", **HERE)
        with pytest.raises(AccessDenied):
            perform(f"PutObject{what}", **HERE, **{what: document()})


class TestConcurrency:
    """A put whose body is slow gets the default that the bucket has when it is committed."""

    def test_a_default_set_meanwhile(self, perform, sent, document, service: Service) -> None:
        configuration = document(
            ObjectLockEnabled="Enabled", Rule={"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
        )

        def lock() -> None:
            perform("PutObjectLockConfiguration", Bucket="vault", ObjectLockConfiguration=configuration)

        perform("PutObject", **HERE, Body=sent(b"kept", meanwhile=lock), ContentMD5="TYtghPPRZ7dsrGaiKpG+Ag==")
        kept = service.world.buckets["vault"].versions.current["k"].attributes.retention
        assert Retention(Mode.COMPLIANCE, TOMORROW) == kept
