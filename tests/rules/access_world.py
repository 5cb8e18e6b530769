"""What `test_access_machine.py` stands on: two buckets, what is known of them, and requests of everybody.

The requests themselves are in `access_configurations.py`, `access_objects.py` and the test.
"""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import md5
from typing import Any
from urllib.parse import quote

from hypothesis.stateful import RuleBasedStateMachine, invariant

from fakes3 import FakeS3
from fakes3.model.identity import AccessKey
from fakes3.model.versions import Version

from ..ask import Answer, Ask
from .access_oracle import (
    DEN,
    GROUPS,
    OF_THE_BUCKET,
    OURS,
    OWNERS,
    THEIRS,
    VAULT,
    Asking,
    Entry,
    Grants,
    Kept,
    Need,
    Who,
    everybody,
    explanation,
    is_denied,
    may,
)
from .access_strategies import (
    OPEN,
    canned_grants,
)


class World(RuleBasedStateMachine):
    """Two buckets of two accounts, what the test knows of them, and everybody who asks."""

    def __init__(self) -> None:
        super().__init__()
        self.s3 = FakeS3(region="us-east-1")
        self.s3.clock.freeze("2026-01-01T00:00:00Z")
        self.people = everybody()
        self.buckets = {
            DEN: Kept(DEN, OURS, grants=((OURS, "FULL_CONTROL"),)),
            VAULT: Kept(VAULT, THEIRS, grants=((THEIRS, "FULL_CONTROL"),), versioning="Enabled"),
        }
        self.blocks: dict[str, tuple[bool, ...]] = dict.fromkeys(OWNERS.values(), OPEN)
        self.is_trial = False
        for who in self.people:
            self.introduce(who)
        ours, theirs = self.people[1], self.people[2]
        assert 200 == self.send(ours, Asking("PUT", f"/{DEN}", ())).status
        locking = {"x-amz-bucket-object-lock-enabled": "true"}
        assert 200 == self.send(theirs, Asking("PUT", f"/{VAULT}", (), locking)).status

    def introduce(self, who: Who) -> None:
        if who.account is not None:
            key = f"AKIA{who.name.upper()}"
            self.s3.service.access_keys[key] = AccessKey(key, None, who.principal())

    def send(self, who: Who, asking: Asking) -> Answer:
        body = asking.body.encode()
        headers: dict[str, str | None] = dict(asking.headers)
        if asking.method in ("PUT", "POST"):
            headers["content-md5"] = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        by = Ask(self.s3.service, f"AKIA{who.name.upper()}")
        return by(asking.method, asking.target, headers, body, signed=who.account is not None)

    def ask(self, asking: Asking, chosen: int) -> None:
        """Let everybody try it on the world as it is; then one of those who may, or of all, really does it."""
        service = self.s3.service
        before = service.world
        succeeded = []
        for who in self.people:
            answer = self.send(who, asking)
            self.check(who, asking, answer, changed=service.world is not before)
            service.world = before
            if answer.status < 300:
                succeeded.append(who)
        service.calls.clear()
        if self.is_trial:
            return
        among = succeeded or self.people
        who = among[chosen % len(among)]
        answer = self.send(who, asking)
        if answer.status < 300:
            asking.effect(who, answer)

    def check(self, who: Who, asking: Asking, answer: Answer, *, changed: bool) -> None:
        """Hold an answer against the explanation."""
        tells = f"{who.name} got {answer.status} for {asking.method} {asking.target}: {answer.text}"
        if asking.deletes:
            self.check_deletes(who, asking, answer, tells)
            return
        explained = may(who, asking, self.blocks)
        succeeded = answer.status < 300
        missed = [
            need.bucket
            for need in asking.needs
            if need.key is not None and need.entry is None and not need.is_new and need.action not in OF_THE_BUCKET
        ]
        assert changed <= succeeded, f"was refused, and changed something: {tells}"
        if succeeded:
            assert asking.why_impossible(who) is None, f"{asking.impossible}: {tells}"
            assert explained or self.is_unrestricted(who, asking), f"unexplained: {tells}"
            assert not any(is_denied(who, need, asking) for need in asking.needs), f"denied: {tells}"
        elif not explained and not self.is_unrestricted(who, asking):
            # What is not there can be told to whoever may list; a policy is for the owner's account, whatever it says.
            is_wrong = asking.why_impossible(who) or (
                missed and "x-amz-copy-source" in asking.headers
            )  # of a delete marker
            expected = {403, 405} | ({404} if missed else set()) | ({400} if is_wrong else set())
            assert answer.status in expected, tells
        if answer.status == 404 and missed and "if-match" not in asking.headers:  # to tell is the sense of a condition
            quiet = replace(asking, target="", version_id=None)
            listings = [Need("s3:ListBucket", each) for each in missed]
            known = [each for each in listings if explanation(who, each, quiet, self.blocks[each.bucket.owner])]
            assert known, f"may not know that it is not there: {tells}"
        if answer.status == 403 and b"<Code>AccessDenied<" in answer.body:
            assert not self.must_succeed(who, asking), f"the owner was refused: {tells}"

    def check_deletes(self, who: Who, asking: Asking, answer: Answer, tells: str) -> None:
        """Hold each of many deletes against the explanation."""
        text = answer.text
        deleted = re.findall("<Deleted>(.*?)</Deleted>", text, re.DOTALL)
        for need, (key, version_id) in zip(asking.needs, asking.deletes, strict=True):
            wanted = f"<Key>{key}</Key>" + ("" if version_id is None else f"<VersionId>{version_id}</VersionId>")
            gone = any(
                each.startswith(wanted) and ("<VersionId>" in each) == (version_id is not None) for each in deleted
            )
            alone = replace(asking, needs=(need,), version_id=version_id)
            assert not gone or may(who, alone, self.blocks), f"unexplained delete of {key} {version_id}: {tells}"

    def is_unrestricted(self, who: Who, asking: Asking) -> bool:
        """Whether it is the root user of the owner of all that is asked for, and nothing denies it."""
        return (
            who.kind == "root"
            and all(need.bucket.owner == who.account for need in asking.needs)
            and not any(is_denied(who, need, asking) for need in asking.needs)
            and all(
                need.entry is None or need.bucket.enforced or need.entry.owner == who.account for need in asking.needs
            )
        )

    def must_succeed(self, who: Who, asking: Asking) -> bool:
        """Whether nothing could refuse: the owner's root user, no Deny, all ACLs are off or grant it everything."""
        full = (who.account, "FULL_CONTROL")
        return (
            asking.why_impossible(who) is None
            and bool(asking.needs)
            and self.is_unrestricted(who, asking)
            and all(need.bucket.enforced or full in need.bucket.grants for need in asking.needs)
            and all(
                need.action in OF_THE_BUCKET
                or need.key is None
                or need.is_new
                or (need.entry is not None and (need.bucket.enforced or full in need.entry.grants))
                for need in asking.needs
            )
            and not any(need.bucket.name == VAULT and need.action == "s3:DeleteObjectVersion" for need in asking.needs)
        )

    def why_no_acl(self, bucket: Kept, acl: Any, grants: Grants) -> str | None:
        """Why nobody can set this ACL there."""
        if bucket.enforced:
            says_what_holds = acl == "bucket-owner-full-control" or grants == ((bucket.owner, "FULL_CONTROL"),)
            return None if says_what_holds and acl != "private" else "ACLs are switched off"
        blocked = bucket.block[0] or self.blocks[bucket.owner][0]
        return "public ACLs are blocked" if blocked and any(who in GROUPS for who, _ in grants) else None

    def why_no_write(self, bucket: Kept, acl: Any) -> str | None:
        if acl is None:
            return None
        grants = canned_grants(acl, "writer", bucket.owner) if isinstance(acl, str) else tuple(acl)
        return self.why_no_acl(bucket, acl, grants)

    def alone_may_write(self, bucket: Kept, acl: Any) -> str | None:
        """The account whose own writes may say `private`, which is what holds."""
        return bucket.owner if bucket.enforced and acl == "private" else None

    def entry(self, bucket: Kept, who: Who, acl: Any, tagged: bool) -> Entry:
        """What somebody writes, and whose it is."""
        gives_away = bucket.ownership == "BucketOwnerPreferred" and acl == "bucket-owner-full-control"
        owner = bucket.owner if bucket.enforced or gives_away else who.account
        grants: Grants = ((owner, "FULL_CONTROL"),)
        if acl is not None and not bucket.enforced:
            grants = canned_grants(acl, owner, bucket.owner) if isinstance(acl, str) else tuple(acl)
        return Entry("null", owner, grants, {"team": "red"} if tagged else {})

    def reading(self, bucket: Kept, key: str, version_id: str | None, entry: Entry | None) -> list[Need]:
        return [Need("s3:GetObject" if version_id is None else "s3:GetObjectVersion", bucket, key, entry)]

    @invariant()
    def the_records_are_right(self) -> None:
        """Whatever the explanation says would be worth nothing if the test were wrong about what there is."""
        for name, bucket in self.buckets.items():
            kept = self.s3.service.world.buckets[name]
            assert len(bucket.uploads) == len(kept.uploads)
            for key, entries in bucket.keys.items():
                there = list(kept.versions.of(key))
                assert [(each.id, each.owner) for each in entries] == [(each.id, each.owner) for each in there]
                assert [each.is_marker for each in entries] == [not isinstance(each, Version) for each in there]

    def version_of(self, bucket: Kept, key: str, which: Any) -> tuple[str | None, Entry | None]:
        """The version id that is asked for, and the version that is meant; None where there is none."""
        entries = bucket.keys.get(key) or []
        version_id = which if which in (None, "null") else entries[which].id if which < len(entries) else None
        return version_id, bucket.find(key, version_id)

    def versioned(self, version_id: str | None) -> str:
        return "" if version_id is None else f"&versionId={version_id}"


def paying(pays: bool) -> dict[str, str]:
    return {"x-amz-request-payer": "requester"} if pays else {}


def copying(source: str, key: str, version_id: str | None) -> dict[str, str]:
    suffix = "" if version_id is None else f"?versionId={version_id}"
    return {"x-amz-copy-source": f"{source}/{quote(key)}{suffix}"}
