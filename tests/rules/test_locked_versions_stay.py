"""No sequence of API calls removes or weakens a locked version before its time.

A machine writes, overwrites, copies, deletes, configures and lets time pass, whole requests through the one path of
every request. Beside the fake it keeps what each version is owed: its bytes, the strictest lock it was given, and until
when. What is owed shrinks only by what a lock allows: time, which stands still under an event hold, a bypass of
governance, and the end of a legal hold.

S3: userguide/object-lock.html
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from fakes3 import FakeS3
from fakes3.model.versions import Version

from ..ask import Answer, Ask

BUCKET = "/vault"
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
Named = tuple[str, str]
"""A key and a version id."""

KEYS = st.sampled_from(["a", "b"])
BODIES = st.binary(max_size=4)
MODES = st.sampled_from(["GOVERNANCE", "COMPLIANCE"])
DAYS = st.integers(1, 3)
SPANS = st.integers(1, 100).map(lambda hours: timedelta(hours=hours))
LOCKS = st.none() | st.tuples(MODES, SPANS)
HOLDS = st.sampled_from([None, "ON", "OFF"])
BYPASSES = st.sampled_from([None, "true", "false"])


@dataclass(frozen=True)
class Owed:
    """What a version is owed."""

    body: bytes
    mode: str | None = None
    until: datetime = BEGINNING
    is_held: bool = False
    days: int | None = None
    """The duration of the event hold that is on it."""

    def ends(self, now: datetime) -> datetime:
        return self.until if self.days is None else max(self.until, now + timedelta(days=self.days))

    def is_retained(self, now: datetime) -> bool:
        return self.mode is not None and now < self.ends(now)

    def is_locked(self, now: datetime) -> bool:
        return self.is_held or self.is_retained(now)


class Intruder(RuleBasedStateMachine):
    """Tries everything to be rid of versions that are locked."""

    versions: Bundle[Named] = Bundle("versions")
    uploads: Bundle[tuple[str, str, Owed]] = Bundle("uploads")

    def __init__(self) -> None:
        super().__init__()
        self.s3 = FakeS3()
        self.s3.clock.freeze(BEGINNING)
        self.owed: dict[Named, Owed] = {}
        self.default: tuple[str, timedelta] | None = None
        self.default_days: int | None = None

    @property
    def now(self) -> datetime:
        return self.s3.clock.now()

    def ask(self, method: str, target: str, headers: dict[str, str | None] | None = None, body: bytes = b"") -> Answer:
        digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        sent = {"content-length": str(len(body)), "content-md5": digest} | (headers or {})
        return Ask(self.s3.service)(method, target, sent, body)

    def lock_headers(self, lock: tuple[str, timedelta] | None, hold: str | None) -> dict[str, str | None]:
        headers: dict[str, str | None] = {"x-amz-object-lock-legal-hold": hold}
        if lock is not None:
            headers["x-amz-object-lock-mode"] = lock[0]
            headers["x-amz-object-lock-retain-until-date"] = f"{self.now + lock[1]:%Y-%m-%dT%H:%M:%SZ}"
        return headers

    def owe(self, answer: Answer, key: str, body: bytes, lock: tuple[str, timedelta] | None, hold: str | None) -> Named:
        """Note a version that was written now, with this lock or the bucket's default."""
        assert answer.status == 200
        mode, span = lock or self.default or (None, timedelta())
        named = (key, answer.headers["x-amz-version-id"])
        self.owed[named] = Owed(body, mode, self.now + span, hold == "ON", None if lock else self.default_days)
        return named

    # ---- What is there to begin with: also a "null" version, from before versioning ----

    @initialize(target=versions)
    def found(self) -> Named:
        self.ask("PUT", BUCKET)
        self.ask("PUT", f"{BUCKET}/a", body=b"old")
        assert 200 == self.configured("versioning", "<VersioningConfiguration><Status>Enabled</Status>")
        assert 200 == self.configured(
            "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
        )
        self.owed["a", "null"] = Owed(b"old")
        return "a", "null"

    def configured(self, what: str, document: str) -> int:
        root = document[1 : document.index(">")]
        return self.ask("PUT", f"{BUCKET}?{what}", body=f"{document}</{root}>".encode()).status

    # ---- Writing ----

    @rule(target=versions, key=KEYS, body=BODIES, lock=LOCKS, hold=HOLDS)
    def put(self, key: str, body: bytes, lock: tuple[str, timedelta] | None, hold: str | None) -> Named:
        answer = self.ask("PUT", f"{BUCKET}/{key}", self.lock_headers(lock, hold), body)
        return self.owe(answer, key, body, lock, hold)

    @rule(target=versions, key=KEYS, body=BODIES, mode=MODES, days=DAYS, hold=HOLDS)
    def put_with_event_hold(self, key: str, body: bytes, mode: str, days: int, hold: str | None) -> Named:
        headers = self.lock_headers(None, hold) | {
            "x-amz-object-lock-mode": mode,
            "x-amz-object-lock-event-hold": "ON",
            "x-amz-object-lock-event-hold-duration-days": str(days),
        }
        named = self.owe(self.ask("PUT", f"{BUCKET}/{key}", headers, body), key, body, None, hold)
        self.owed[named] = Owed(body, mode, self.now, hold == "ON", days)
        return named

    @rule(named=versions, key=KEYS, lock=LOCKS, hold=HOLDS)
    def copy(self, named: Named, key: str, lock: tuple[str, timedelta] | None, hold: str | None) -> None:
        """Copy a version, perhaps onto itself."""
        source, version_id = named
        headers = self.lock_headers(lock, hold) | {
            "x-amz-copy-source": f"vault/{source}?versionId={version_id}",
            "x-amz-metadata-directive": "REPLACE",
            "content-length": None,
        }
        answer = self.ask("PUT", f"{BUCKET}/{key}", headers)
        if answer.status == 200:
            self.owe(answer, key, self.owed[named].body, lock, hold)

    @rule(target=uploads, key=KEYS, lock=LOCKS, hold=HOLDS)
    def begin_upload(self, key: str, lock: tuple[str, timedelta] | None, hold: str | None) -> tuple[str, str, Owed]:
        body = bytes(self.ask("POST", f"{BUCKET}/{key}?uploads", self.lock_headers(lock, hold)).body).decode()
        found = re.search("<UploadId>(.*)</UploadId>", body)
        assert found is not None
        mode, span = lock or self.default or (None, timedelta())
        return key, found[1], Owed(b"", mode, self.now + span, hold == "ON", None if lock else self.default_days)

    @rule(target=versions, upload=consumes(uploads), body=BODIES)
    def complete_upload(self, upload: tuple[str, str, Owed], body: bytes) -> Named:
        key, id_, owed = upload
        etag = self.ask("PUT", f"{BUCKET}/{key}?partNumber=1&uploadId={id_}", body=body).headers["ETag"]
        part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
        document = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
        answer = self.ask("POST", f"{BUCKET}/{key}?uploadId={id_}", {"content-md5": None}, document.encode())
        assert 200 == answer.status
        named = (key, answer.headers["x-amz-version-id"])
        self.owed[named] = replace(owed, body=body)
        return named

    @rule(named=versions)
    def change_tags(self, named: Named) -> None:
        document = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
        self.ask("PUT", f"{BUCKET}/{named[0]}?tagging&versionId={named[1]}", body=document)

    # ---- Deleting ----

    @rule(key=KEYS, bypass=BYPASSES)
    def hide(self, key: str, bypass: str | None) -> None:
        assert 204 == self.ask("DELETE", f"{BUCKET}/{key}", {"x-amz-bypass-governance-retention": bypass}).status

    @rule(named=versions, bypass=BYPASSES)
    def remove(self, named: Named, bypass: str | None) -> None:
        key, version_id = named
        self.ask("DELETE", f"{BUCKET}/{key}?versionId={version_id}", {"x-amz-bypass-governance-retention": bypass})
        self.forgive(named, bypass)

    @rule(several=st.lists(versions, min_size=1, max_size=4), bypass=BYPASSES)
    def remove_several(self, several: list[Named], bypass: str | None) -> None:
        names = "".join(f"<Object><Key>{key}</Key><VersionId>{id_}</VersionId></Object>" for key, id_ in several)
        document = f"<Delete>{names}</Delete>".encode()
        answer = self.ask("POST", f"{BUCKET}?delete", {"x-amz-bypass-governance-retention": bypass}, document)
        assert 200 == answer.status
        for named in several:
            self.forgive(named, bypass)

    def forgive(self, named: Named, bypass: str | None) -> None:
        """Owe nothing more to a version that was to be removed, and could be."""
        owed = self.owed[named]
        yields = bypass == "true" and owed.mode == "GOVERNANCE"
        if not owed.is_held and (yields or not owed.is_retained(self.now)):
            self.owed[named] = Owed(owed.body)

    @rule()
    def remove_bucket(self) -> None:
        if any(owed.is_locked(self.now) for owed in self.owed.values()):
            assert 409 == self.ask("DELETE", BUCKET, {"content-length": None}).status

    # ---- Weakening ----

    @rule(named=versions, lock=LOCKS, bypass=BYPASSES, is_current=st.booleans())
    def change_retention(
        self, named: Named, lock: tuple[str, timedelta] | None, bypass: str | None, is_current: bool
    ) -> None:
        key, version_id = named
        until = self.now + (lock[1] if lock else timedelta())
        inside = "" if lock is None else f"<Mode>{lock[0]}</Mode><RetainUntilDate>{until.isoformat()}</RetainUntilDate>"
        which = "" if is_current else f"&versionId={version_id}"
        if is_current:
            current = self.s3.service.world.buckets["vault"].versions.current.get(key)
            named = (key, "" if current is None else current.id)
        answer = self.ask(
            "PUT",
            f"{BUCKET}/{key}?retention{which}",
            {"x-amz-bypass-governance-retention": bypass},
            f"<Retention>{inside}</Retention>".encode(),
        )
        if answer.status != 200:
            return
        owed = self.owed[named]
        mode = None if lock is None else lock[0]
        is_longer = mode == owed.mode and until >= owed.ends(self.now)
        yields = bypass == "true" and owed.mode == "GOVERNANCE"
        if is_longer or yields or not owed.is_retained(self.now):
            self.owed[named] = replace(owed, mode=mode, until=until, days=None if mode is None else owed.days)

    @rule(named=versions, mode=MODES, days=st.none() | DAYS, bypass=BYPASSES)
    def change_event_hold(self, named: Named, mode: str, days: int | None, bypass: str | None) -> None:
        """Put an event hold on a version, or release it. That needs a bypass only where the mode changes."""
        inside = "<EventHold>OFF</EventHold>"
        if days is not None:
            duration = f"<EventHoldDuration><Days>{days}</Days></EventHoldDuration>"
            inside = f"<EventHold>ON</EventHold>{duration}"
        answer = self.ask(
            "PUT",
            f"{BUCKET}/{named[0]}?retention&versionId={named[1]}",
            {"x-amz-bypass-governance-retention": bypass},
            f"<Retention><Mode>{mode}</Mode>{inside}</Retention>".encode(),
        )
        if answer.status != 200:
            return
        owed = self.owed[named]
        yields = bypass == "true" and owed.mode == "GOVERNANCE"
        if mode == owed.mode or yields or not owed.is_retained(self.now):
            until = owed.ends(self.now) if owed.mode is not None else self.now
            self.owed[named] = replace(owed, mode=mode, until=until, days=days)

    @rule(named=versions, status=st.sampled_from(["ON", "OFF"]))
    def change_hold(self, named: Named, status: str) -> None:
        document = f"<LegalHold><Status>{status}</Status></LegalHold>".encode()
        answer = self.ask("PUT", f"{BUCKET}/{named[0]}?legal-hold&versionId={named[1]}", body=document)
        if answer.status == 200:
            self.owed[named] = replace(self.owed[named], is_held=status == "ON")

    @rule(state=st.sampled_from(["Suspended", "Enabled"]))
    def change_versioning(self, state: str) -> None:
        expected = 409 if state == "Suspended" else 200
        assert expected == self.configured("versioning", f"<VersioningConfiguration><Status>{state}</Status>")

    @rule(mode=MODES, days=st.integers(0, 3), held=st.none() | DAYS)
    def change_default(self, mode: str, days: int, held: int | None) -> None:
        """Change the default, which locks no version and unlocks none; or take it away."""
        inside = f"<Mode>{mode}</Mode>" + (f"<Days>{days}</Days>" if days else "")
        inside += "" if held is None else f"<DefaultEventHold><Days>{held}</Days></DefaultEventHold>"
        has_default = days > 0 or held is not None
        wanted = f"<Rule><DefaultRetention>{inside}</DefaultRetention></Rule>" if has_default else ""
        assert 200 == self.configured(
            "object-lock", f"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>{wanted}"
        )
        self.default = (mode, timedelta(days=days)) if has_default else None
        self.default_days = held

    @rule()
    def expire_everything(self) -> None:
        """Ask for a lifecycle that would remove everything after a day."""
        everything = "<ID>all</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
        current = "<Expiration><Days>1</Days></Expiration>"
        past = "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"
        self.configured("lifecycle", f"<LifecycleConfiguration><Rule>{everything}{current}{past}</Rule>")

    @rule(step=st.integers(1, 30))
    def wait(self, step: int) -> None:
        self.s3.clock.advance(hours=step)

    # ---- What must hold after every request ----

    @invariant()
    def locked_versions_are_there_and_locked(self) -> None:
        bucket = self.s3.service.world.buckets.get("vault")
        there = {} if bucket is None else {(key, entry.id): entry for key in "ab" for entry in bucket.versions.of(key)}
        for named, owed in self.owed.items():
            if not owed.is_locked(self.now):
                continue
            version = there.get(named)
            assert isinstance(version, Version), f"{named} is gone, but was owed {owed}"
            assert owed.body == bytes(version.body)
            if owed.is_held:
                assert "ON" == version.attributes.legal_hold
            if owed.is_retained(self.now):
                kept = version.attributes.lock.retention_at(self.now)
                assert kept is not None
                assert (owed.mode, True) == (kept.mode, kept.until >= owed.ends(self.now))

    def teardown(self) -> None:
        """Every locked version can still be read; and in the end time alone frees what no hold is on."""
        for (key, version_id), owed in self.owed.items():
            if owed.is_locked(self.now):
                answer = self.ask("GET", f"{BUCKET}/{key}?versionId={version_id}", {"content-md5": None})
                assert (200, owed.body) == (answer.status, answer.body)
        self.s3.clock.advance(days=365)
        for named, owed in self.owed.items():
            if not owed.is_held and (owed.mode is None or owed.days is None):
                assert 204 == self.ask("DELETE", f"{BUCKET}/{named[0]}?versionId={named[1]}").status


IS_LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"

TestLockedVersionsStay = Intruder.TestCase
TestLockedVersionsStay.settings = settings(
    max_examples=200 if IS_LONG else 60, stateful_step_count=200 if IS_LONG else 50
)
