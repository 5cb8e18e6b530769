"""Nobody gets in unexplained: whatever buckets are set to, whoever is let in was granted it, and was not denied it.

The machine sets two buckets of two accounts to anything: Object Ownership back and forth, ACLs canned, by headers and
by documents, bucket policies, Block Public Access, versioning, requester pays, with objects and multipart uploads of
everybody's. Then everybody tries every request, each on the same world: root users, users, sessions of roles, and
those who do not sign. What they are answered is held against the explanation of `access_oracle.py`, which knows nothing
of how the fake decides.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import md5
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes3 import FakeS3
from fakes3.model.identity import AccessKey
from fakes3.model.public_access import PublicAccessBlock
from fakes3.model.versions import Version

from ..ask import Answer, Ask
from .access_oracle import (
    DEN,
    GROUPS,
    KEYS,
    OF_THE_BUCKET,
    OURS,
    OWNERS,
    RETAINED,
    THEIRS,
    VAULT,
    Asking,
    Document,
    Entry,
    Grants,
    Kept,
    Need,
    Upload,
    Who,
    everybody,
    explanation,
    is_denied,
    is_public,
    may,
)
from .access_strategies import (
    ACLS,
    ACLS_OF_WRITES,
    BLOCKS,
    BOOLEANS,
    BUCKETS,
    CANNED,
    CHOSEN,
    EVERYTHING,
    OPEN,
    READS,
    SOME_KEY,
    WAYS_TO_LIST,
    WAYS_TO_READ,
    WHICH,
    WRITES,
    acl_document,
    acl_headers,
    canned_grants,
    placed,
    policies,
)

LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"


class Doors(RuleBasedStateMachine):
    """Tries the doors of two buckets."""

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

    # ---- Configurations ----

    @initialize(
        ownership=st.sampled_from(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "ObjectWriter"]),
        acl=st.sampled_from(CANNED),
        is_open=BOOLEANS,
        policy=st.one_of(st.none(), policies(named=True)),
    )
    def begin(self, ownership: str, acl: str, is_open: bool, policy: Document | None) -> None:
        """Most begin as nearly nothing begins of itself, with something in it, and something granted."""
        for name in (DEN, VAULT):
            self.own(name, ownership, 0)
            if is_open:
                self.block(name, OPEN, 0)
            self.put_bucket_acl(name, acl, False, 0)
            for key in KEYS[:2]:
                self.put(name, key, None if ownership == "BucketOwnerEnforced" else acl, False, False, False, True, 3)
            self.begin_upload(name, KEYS[0], None, False, True, 4)
            self.go_on_with_upload(name, 0, "part", name, KEYS[0], None, True, 0)
            self.put_policy(name, policy, 0)
        for who in ("ada", "bob", "clerk", "agent"):
            self.allow(who, {"Statement": [EVERYTHING]}, None)

    @rule(
        name=BUCKETS,
        ownership=st.sampled_from(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", ""]),
        chosen=CHOSEN,
    )
    def own(self, name: str, ownership: str, chosen: int) -> None:
        bucket = self.buckets[name]
        rule_ = f"<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>"
        self.ask(
            Asking(
                "PUT" if ownership else "DELETE",
                f"/{name}?ownershipControls",
                (Need("s3:PutBucketOwnershipControls", bucket),),
                body=rule_ if ownership else "",
                for_nobody=False,
                effect=lambda who, answer: setattr(bucket, "ownership", ownership or "ObjectWriter"),
            ),
            chosen,
        )

    @rule(name=BUCKETS, block=BLOCKS, chosen=CHOSEN)
    def block(self, name: str, block: tuple[bool, ...], chosen: int) -> None:
        bucket = self.buckets[name]
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        text = "".join(f"<{each}>{str(on).lower()}</{each}>" for each, on in zip(names, block, strict=True))
        document = f"<PublicAccessBlockConfiguration>{text}</PublicAccessBlockConfiguration>"
        self.ask(
            Asking(
                "PUT" if any(block) else "DELETE",
                f"/{name}?publicAccessBlock",
                (Need("s3:PutBucketPublicAccessBlock", bucket),),
                body=document if any(block) else "",
                for_nobody=False,
                effect=lambda who, answer: setattr(bucket, "block", block),
            ),
            chosen,
        )

    @rule(account=st.sampled_from([OURS, THEIRS]), block=BLOCKS)
    def block_account(self, account: str, block: tuple[bool, bool, bool, bool]) -> None:
        self.blocks[account] = block
        self.s3.service.change_world(
            lambda world: replace(world, account_blocks=world.account_blocks.set(account, PublicAccessBlock(*block)))
        )

    @rule(name=BUCKETS, policy=st.one_of(policies(named=True), policies(named=True), st.none()), chosen=CHOSEN)
    def put_policy(self, name: str, policy: Document | None, chosen: int) -> None:
        bucket = self.buckets[name]
        document = None if policy is None else placed(policy, name)
        blocked = bucket.block[2] or self.blocks[bucket.owner][2]
        public = document is not None and blocked and is_public(document)
        self.ask(
            Asking(
                "DELETE" if document is None else "PUT",
                f"/{name}?policy",
                (Need("s3:DeleteBucketPolicy" if document is None else "s3:PutBucketPolicy", bucket),),
                body="" if document is None else json.dumps(document),
                for_nobody=False,
                own_account=True,
                impossible="public policies are blocked" if public else None,
                effect=lambda who, answer: setattr(bucket, "policy", document),
            ),
            chosen,
        )

    @rule(
        name=st.sampled_from(["ada", "bob", "clerk", "agent"]),
        policy=policies(named=False),
        limit=st.one_of(st.none(), policies(named=False)),
    )
    def allow(self, name: str, policy: Document, limit: Document | None) -> None:
        who = next(each for each in self.people if each.name == name)
        who.policies = [placed(policy, DEN, VAULT)]
        who.session_policy = None if limit is None or who.kind != "role" else placed(limit, DEN, VAULT)
        self.introduce(who)

    @rule(name=BUCKETS, status=st.sampled_from(["Enabled", "Suspended"]), chosen=CHOSEN)
    def version(self, name: str, status: str, chosen: int) -> None:
        bucket = self.buckets[name]
        self.ask(
            Asking(
                "PUT",
                f"/{name}?versioning",
                (Need("s3:PutBucketVersioning", bucket),),
                body=f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>",
                for_nobody=False,
                effect=lambda who, answer: setattr(bucket, "versioning", status),
            ),
            chosen,
        )

    @rule(name=BUCKETS, payer=st.sampled_from(["BucketOwner", "BucketOwner", "Requester"]), chosen=CHOSEN)
    def charge(self, name: str, payer: str, chosen: int) -> None:
        bucket = self.buckets[name]
        self.ask(
            Asking(
                "PUT",
                f"/{name}?requestPayment",
                (Need("s3:PutBucketRequestPayment", bucket),),
                body=f"<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>",
                for_nobody=False,
                effect=lambda who, answer: setattr(bucket, "payer", payer),
            ),
            chosen,
        )

    @rule(name=BUCKETS, which=st.sampled_from(sorted(WRITES)), chosen=CHOSEN)
    def write_configuration(self, name: str, which: tuple[str, str], chosen: int) -> None:
        method, subresource = which
        action, body = WRITES[which]
        needs = (Need(action, self.buckets[name]),)
        self.ask(Asking(method, f"/{name}?{subresource}", needs, body=body, for_nobody=False), chosen)

    @rule(name=BUCKETS, subresource=st.sampled_from(sorted(READS)))
    def read_configuration(self, name: str, subresource: str) -> None:
        needs = (Need(READS[subresource], self.buckets[name]),)
        self.ask(
            Asking("GET", f"/{name}?{subresource}", needs, for_nobody=False, own_account=subresource == "policy"), 0
        )

    # ---- ACLs ----

    @rule(name=BUCKETS, acl=ACLS, by_document=BOOLEANS, chosen=CHOSEN)
    def put_bucket_acl(self, name: str, acl: Any, by_document: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        grants = canned_grants(acl, bucket.owner, bucket.owner) if isinstance(acl, str) else tuple(acl)
        as_document = by_document and not isinstance(acl, str)

        def effect(who: Who, answer: Answer) -> None:
            if not bucket.enforced:
                bucket.grants = grants

        self.ask(
            Asking(
                "PUT",
                f"/{name}?acl",
                (Need("s3:PutBucketAcl", bucket),),
                {} if as_document else acl_headers(acl),
                acl_document(acl, bucket.owner) if as_document else "",
                impossible=self.why_no_acl(bucket, acl, grants),
                effect=effect,
            ),
            chosen,
        )

    @rule(name=BUCKETS, key=SOME_KEY, which=WHICH, acl=ACLS, by_document=BOOLEANS, pays=BOOLEANS, chosen=CHOSEN)
    def put_object_acl(
        self, name: str, key: str, which: Any, acl: Any, by_document: bool, pays: bool, chosen: int
    ) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        owner = bucket.owner if entry is None else entry.owner
        grants = canned_grants(acl, owner, bucket.owner) if isinstance(acl, str) else tuple(acl)
        as_document = by_document and not isinstance(acl, str)

        def effect(who: Who, answer: Answer) -> None:
            if entry is not None and not bucket.enforced:
                entry.grants = grants

        self.ask(
            Asking(
                "PUT",
                f"/{name}/{quote(key)}?acl{self.versioned(version_id)}",
                (Need("s3:PutObjectAcl" if version_id is None else "s3:PutObjectVersionAcl", bucket, key, entry),),
                paying(pays) | ({} if as_document else acl_headers(acl)),
                acl_document(acl, bucket.owner if bucket.enforced else owner) if as_document else "",
                impossible=self.why_no_acl(bucket, acl, grants),
                effect=effect,
                version_id=version_id,
            ),
            chosen,
        )

    @rule(name=BUCKETS, key=st.one_of(st.none(), SOME_KEY), which=WHICH, pays=BOOLEANS)
    def get_acl(self, name: str, key: str | None, which: Any, pays: bool) -> None:
        bucket = self.buckets[name]
        if key is None:
            self.ask(Asking("GET", f"/{name}?acl", (Need("s3:GetBucketAcl", bucket),), paying(pays)), 0)
            return
        version_id, entry = self.version_of(bucket, key, which)
        need = Need("s3:GetObjectAcl" if version_id is None else "s3:GetObjectVersionAcl", bucket, key, entry)
        target = f"/{name}/{quote(key)}?acl{self.versioned(version_id)}"
        self.ask(Asking("GET", target, (need,), paying(pays), version_id=version_id), 0)

    def why_no_acl(self, bucket: Kept, acl: Any, grants: Grants) -> str | None:
        """Why nobody can set this ACL there."""
        if bucket.enforced:
            says_what_holds = acl == "bucket-owner-full-control" or grants == ((bucket.owner, "FULL_CONTROL"),)
            return None if says_what_holds and acl != "private" else "ACLs are switched off"
        blocked = bucket.block[0] or self.blocks[bucket.owner][0]
        return "public ACLs are blocked" if blocked and any(who in GROUPS for who, _ in grants) else None

    # ---- Objects ----

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        how=st.sampled_from(WAYS_TO_READ),
        pays=BOOLEANS,
    )
    def read(self, name: str, key: str, which: Any, how: str, pays: bool) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        of_version = "" if version_id is None else "Version"
        actions = {
            "GET": [f"s3:GetObject{of_version}"],
            "HEAD": [f"s3:GetObject{of_version}"],
            "attributes": [f"s3:GetObject{of_version}", f"s3:GetObject{of_version}Attributes"],
            "tagging": [f"s3:GetObject{of_version}Tagging"],
            "retention": ["s3:GetObjectRetention"],
            "legal-hold": ["s3:GetObjectLegalHold"],
        }[how]
        headers = paying(pays) | ({"x-amz-object-attributes": "ETag,ObjectSize"} if how == "attributes" else {})
        subresource = "" if how in ("GET", "HEAD") else how
        self.ask(
            Asking(
                "HEAD" if how == "HEAD" else "GET",
                f"/{name}/{quote(key)}?{subresource}{self.versioned(version_id)}",
                tuple(Need(action, bucket, key, entry) for action in actions),
                headers,
                version_id=version_id,
            ),
            0,
        )

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        tagged=BOOLEANS,
        locked=BOOLEANS,
        matches=st.sampled_from([False, False, True]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def put(
        self, name: str, key: str, acl: Any, tagged: bool, locked: bool, matches: bool, pays: bool, chosen: int
    ) -> None:
        bucket = self.buckets[name]
        headers, needs = self.setting(bucket, key, acl, tagged, locked)
        current = bucket.current(key)
        if matches:
            headers["if-match"] = '"d41d8cd98f00b204e9800998ecf8427e"'
            needs.append(Need("s3:GetObject", bucket, key, current))

        def effect(who: Who, answer: Answer) -> None:
            entry = self.entry(bucket, who, acl, tagged)
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(key, entry)

        self.ask(
            Asking(
                "PUT",
                f"/{name}/{quote(key)}",
                tuple(needs),
                headers | paying(pays),
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                effect=effect,
            ),
            chosen,
        )

    def setting(
        self, bucket: Kept, key: str, acl: Any, tagged: bool, locked: bool
    ) -> tuple[dict[str, str], list[Need]]:
        """The headers of a write, and what they need."""
        headers: dict[str, str] = {} if acl is None else acl_headers(acl)
        current = bucket.current(key)
        needs = [Need("s3:PutObject", bucket, key, current)]
        if acl is not None:
            needs.append(Need("s3:PutObjectAcl", bucket, key, current, is_new=True))
        if tagged:
            headers["x-amz-tagging"] = "team=red"
            needs.append(Need("s3:PutObjectTagging", bucket, key, current, is_new=True))
        if locked and bucket.name == VAULT:
            headers["x-amz-object-lock-legal-hold"] = "OFF"
            needs.append(Need("s3:PutObjectLegalHold", bucket, key, current, is_new=True))
        return headers, needs

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

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        matches=st.sampled_from([False, False, True]),
        bypass=BOOLEANS,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def delete(self, name: str, key: str, which: Any, matches: bool, bypass: bool, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        headers = paying(pays)
        needs = [Need("s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion", bucket, key, entry)]
        if matches:
            headers["if-match"] = '"d41d8cd98f00b204e9800998ecf8427e"'
            needs.append(Need("s3:GetObject", bucket, key, bucket.current(key)))
        if bypass and name == VAULT:
            headers["x-amz-bypass-governance-retention"] = "true"
            needs.append(Need("s3:BypassGovernanceRetention", bucket, key, bucket.current(key)))
        self.ask(
            Asking(
                "DELETE",
                f"/{name}/{quote(key)}?{self.versioned(version_id)}",
                tuple(needs),
                headers,
                effect=lambda who, answer: self.gone(
                    bucket, key, version_id, answer.headers.get("x-amz-version-id"), who
                ),
                version_id=version_id,
            ),
            chosen,
        )

    def gone(self, bucket: Kept, key: str, version_id: str | None, answered: str | None, who: Who) -> None:
        entries = bucket.keys.setdefault(key, [])
        if version_id is not None:
            entries[:] = [each for each in entries if each.id != version_id]
        elif bucket.versioning is None:
            entries.clear()
        else:
            owner = bucket.owner if bucket.enforced else who.account
            bucket.write(key, Entry(answered or "null", owner, is_marker=True))

    @rule(
        name=BUCKETS,
        named=st.lists(st.tuples(SOME_KEY, WHICH), min_size=2, max_size=2, unique_by=lambda each: each[0]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def delete_many(self, name: str, named: list[tuple[str, Any]], pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        found = [(key, *self.version_of(bucket, key, which)) for key, which in named]
        objects = "".join(
            f"<Object><Key>{key}</Key>{'' if id is None else f'<VersionId>{id}</VersionId>'}</Object>"
            for key, id, _ in found
        )

        def effect(who: Who, answer: Answer) -> None:
            for each in re.findall("<Deleted>(.*?)</Deleted>", answer.text, re.DOTALL):
                told = dict(re.findall(r"<(\w+)>([^<]*)</\1>", each))
                self.gone(bucket, told["Key"], told.get("VersionId"), told.get("DeleteMarkerVersionId"), who)

        self.ask(
            Asking(
                "POST",
                f"/{name}?delete",
                tuple(
                    Need("s3:DeleteObject" if id is None else "s3:DeleteObjectVersion", bucket, key, entry)
                    for key, id, entry in found
                ),
                paying(pays),
                f"<Delete>{objects}</Delete>",
                deletes=tuple((key, id) for key, id, _ in found),
                effect=effect,
            ),
            chosen,
        )

    @rule(
        source=BUCKETS,
        source_key=SOME_KEY,
        which=WHICH,
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def copy(
        self, source: str, source_key: str, which: Any, name: str, key: str, acl: Any, pays: bool, chosen: int
    ) -> None:
        bucket, origin = self.buckets[name], self.buckets[source]
        version_id, original = self.version_of(origin, source_key, which)
        headers, needs = self.setting(bucket, key, acl, tagged=False, locked=False)
        needs += self.reading(origin, source_key, version_id, original)
        tags = {} if original is None else original.tags
        if tags:
            of_version = "" if version_id is None else "Version"
            needs.append(Need(f"s3:GetObject{of_version}Tagging", origin, source_key, original))
            needs.append(Need("s3:PutObjectTagging", bucket, key, bucket.current(key), is_new=True))

        def effect(who: Who, answer: Answer) -> None:
            entry = self.entry(bucket, who, acl, bool(tags))
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(key, entry)

        headers |= copying(source, source_key, version_id) | {"x-amz-metadata-directive": "REPLACE"}
        self.ask(
            Asking(
                "PUT",
                f"/{name}/{quote(key)}",
                tuple(needs),
                headers | paying(pays),
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                for_nobody=False,
                effect=effect,
                version_id=version_id,
            ),
            chosen,
        )

    def reading(self, bucket: Kept, key: str, version_id: str | None, entry: Entry | None) -> list[Need]:
        return [Need("s3:GetObject" if version_id is None else "s3:GetObjectVersion", bucket, key, entry)]

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        how=st.sampled_from(["PUT", "DELETE"]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def tag(self, name: str, key: str, which: Any, how: str, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        verb, of_version = how.capitalize(), "" if version_id is None else "Version"

        def effect(who: Who, answer: Answer) -> None:
            if entry is not None:
                entry.tags = {"team": "red"} if how == "PUT" else {}

        self.ask(
            Asking(
                how,
                f"/{name}/{quote(key)}?tagging{self.versioned(version_id)}",
                (Need(f"s3:{verb}Object{of_version}Tagging", bucket, key, entry),),
                paying(pays),
                "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>"
                if how == "PUT"
                else "",
                effect=effect,
                version_id=version_id,
            ),
            chosen,
        )

    @rule(
        key=SOME_KEY,
        which=WHICH,
        what=st.sampled_from(["retention", "legal-hold", "bypass"]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def lock(self, key: str, which: Any, what: str, pays: bool, chosen: int) -> None:
        bucket = self.buckets[VAULT]
        version_id, entry = self.version_of(bucket, key, which)
        action = "s3:PutObjectLegalHold" if what == "legal-hold" else "s3:PutObjectRetention"
        needs, headers = [Need(action, bucket, key, entry)], paying(pays)
        if what == "bypass":
            headers["x-amz-bypass-governance-retention"] = "true"
            needs.append(Need("s3:BypassGovernanceRetention", bucket, key, bucket.current(key)))
        hold = "<LegalHold><Status>OFF</Status></LegalHold>"
        body = {"retention": RETAINED, "legal-hold": hold, "bypass": "<Retention></Retention>"}[what]
        subresource = "legal-hold" if what == "legal-hold" else "retention"
        target = f"/{VAULT}/{quote(key)}?{subresource}{self.versioned(version_id)}"
        self.ask(Asking("PUT", target, tuple(needs), headers, body, version_id=version_id), chosen)

    @rule(name=BUCKETS, key=SOME_KEY, acl=st.sampled_from([None, None, "public-read", "bucket-owner-full-control"]))
    def post_form(self, name: str, key: str, acl: str | None) -> None:
        """A browser's form without a policy is nobody's in particular, whoever sends it."""
        bucket = self.buckets[name]
        _, needs = self.setting(bucket, key, acl, tagged=False, locked=False)
        fields = {"key": key} | ({} if acl is None else {"acl": acl})
        parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
        body = parts + '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n\r\n--x--\r\n'
        form = {"content-type": "multipart/form-data; boundary=x"}
        named = {} if acl is None else {"x-amz-acl": acl}
        why, alone = self.why_no_write(bucket, acl), self.alone_may_write(bucket, acl)
        asking = Asking("POST", f"/{name}", tuple(needs), form, body, impossible=why, possible_for=alone)
        nobody, before = self.people[0], self.s3.service.world
        for who in self.people:
            answer = self.send(who, asking)
            self.check(nobody, replace(asking, headers=named), answer, changed=self.s3.service.world is not before)
            self.s3.service.world = before

    # ---- Listings ----

    @rule(
        name=BUCKETS,
        how=st.sampled_from(WAYS_TO_LIST),
        prefixed=BOOLEANS,
        pays=BOOLEANS,
    )
    def look(self, name: str, how: str, prefixed: bool, pays: bool) -> None:
        action = {"versions": "s3:ListBucketVersions", "uploads": "s3:ListBucketMultipartUploads"}.get(
            how, "s3:ListBucket"
        )
        query = "" if how == "HEAD" else f"{how}{'&prefix=dir/' if prefixed else ''}"
        method = "HEAD" if how == "HEAD" else "GET"
        self.ask(Asking(method, f"/{name}?{query}", (Need(action, self.buckets[name]),), paying(pays)), 0)

    @rule()
    def list_buckets(self) -> None:
        """A list of buckets has those of the caller's account, and no others."""
        for who in self.people:
            answer = self.send(who, Asking("GET", "/", ()))
            names = re.findall("<Name>(.*?)</Name>", answer.text)
            assert answer.status >= 300 or names == [name for name, owner in OWNERS.items() if owner == who.account]

    # ---- Multipart uploads ----

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        tagged=BOOLEANS,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def begin_upload(self, name: str, key: str, acl: Any, tagged: bool, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        headers, needs = self.setting(bucket, key, acl, tagged, locked=False)

        def effect(who: Who, answer: Answer) -> None:
            (id,) = re.findall("<UploadId>(.*?)</UploadId>", answer.text)
            bucket.uploads.append(Upload(id, key, who.account, self.entry(bucket, who, acl, tagged)))

        self.ask(
            Asking(
                "POST",
                f"/{name}/{quote(key)}?uploads",
                tuple(needs),
                headers | paying(pays),
                for_nobody=False,
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                effect=effect,
            ),
            chosen,
        )

    @rule(
        name=BUCKETS,
        number=st.integers(0, 3),
        how=st.sampled_from(["part", "copy", "complete", "abort", "parts"]),
        source=BUCKETS,
        source_key=SOME_KEY,
        which=WHICH,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def go_on_with_upload(
        self, name: str, number: int, how: str, source: str, source_key: str, which: Any, pays: bool, chosen: int
    ) -> None:
        bucket = self.buckets[name]
        if not bucket.uploads:
            return
        upload = bucket.uploads[number % len(bucket.uploads)]
        target = f"/{name}/{quote(upload.key)}?uploadId={upload.id}"
        writing = (Need("s3:PutObject", bucket, upload.key, bucket.current(upload.key)),)
        action = "s3:AbortMultipartUpload" if how == "abort" else "s3:ListMultipartUploadParts"
        keeping = (Need(action, bucket, upload.key, begun_by=upload.begun_by, of_upload=True),)

        def took(who: Who, answer: Answer) -> None:
            upload.etag = (
                answer.headers["ETag"] if how == "part" else "".join(re.findall("<ETag>(.*?)</ETag>", answer.text))
            )

        def completed(who: Who, answer: Answer) -> None:
            bucket.uploads.remove(upload)
            entry = upload.entry
            if bucket.enforced:
                entry.owner, entry.grants = bucket.owner, ((bucket.owner, "FULL_CONTROL"),)
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(upload.key, entry)

        if how == "part":
            asking = Asking("PUT", f"{target}&partNumber=1", writing, body="meow", effect=took)
        elif how == "copy":
            origin = self.buckets[source]
            version_id, original = self.version_of(origin, source_key, which)
            needs = (*writing, *self.reading(origin, source_key, version_id, original))
            headers = copying(source, source_key, version_id)
            asking = Asking("PUT", f"{target}&partNumber=1", needs, headers, effect=took, for_nobody=False)
            asking = replace(asking, version_id=version_id)
        elif how == "complete":
            part = f"<Part><PartNumber>1</PartNumber><ETag>{upload.etag}</ETag></Part>"
            body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
            asking = Asking("POST", target, writing, body=body, effect=completed)
        elif how == "abort":
            asking = Asking("DELETE", target, keeping, effect=lambda who, answer: bucket.uploads.remove(upload))
        else:
            asking = Asking("GET", target, keeping)
        self.ask(replace(asking, headers=asking.headers | paying(pays)), chosen)

    # ---- All at once ----

    @rule(name=BUCKETS, key=SOME_KEY, which=WHICH, acl=ACLS_OF_WRITES, tagged=BOOLEANS, pays=BOOLEANS)
    def try_everything(self, name: str, key: str, which: Any, acl: Any, tagged: bool, pays: bool) -> None:
        """Everybody tries every door around a key, and nothing comes of it."""
        self.is_trial = True
        for way in WAYS_TO_READ:
            self.read(name, key, which, way, pays)
        for listing in WAYS_TO_LIST:
            self.look(name, listing, tagged, pays)
        for subresource in READS:
            self.read_configuration(name, subresource)
        self.get_acl(name, None, None, pays)
        self.get_acl(name, key, which, pays)
        self.put(name, key, acl, tagged, tagged, tagged, pays, 0)
        self.put_object_acl(name, key, which, acl or "public-read", tagged, pays, 0)
        for target in OWNERS:
            self.copy(name, key, which, target, key, acl, pays, 0)
            self.go_on_with_upload(target, 0, "copy", name, key, which, pays, 0)
        for step in ("part", "complete", "abort", "parts"):
            self.go_on_with_upload(name, 0, step, name, key, which, pays, 0)
        self.tag(name, key, which, "PUT", pays, 0)
        self.tag(name, key, which, "DELETE", pays, 0)
        self.delete(name, key, which, tagged, tagged, pays, 0)
        self.delete_many(name, [(key, which), (KEYS[1], None)], pays, 0)
        self.is_trial = False

    # ---- What always holds ----

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


TestDoors = Doors.TestCase
TestDoors.settings = settings(
    deadline=None,
    max_examples=200 if LONG else 15,
    stateful_step_count=200 if LONG else 50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
