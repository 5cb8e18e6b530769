"""Requests that set and read what two buckets are set to, for `test_access_machine.py`."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fakes3.model.public_access import PublicAccessBlock

from ..ask import Answer
from .access_oracle import (
    DEN,
    OURS,
    THEIRS,
    VAULT,
    Asking,
    Document,
    Need,
    Who,
    is_public,
)
from .access_strategies import (
    ACLS,
    BLOCKS,
    BOOLEANS,
    BUCKETS,
    CHOSEN,
    READS,
    SOME_KEY,
    WHICH,
    WRITES,
    acl_document,
    acl_headers,
    canned_grants,
    placed,
    policies,
)
from .access_world import World, paying


class Configurations(World):
    """Sets buckets and people to anything, by everybody."""

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
            lambda world: world._replace(account_blocks=world.account_blocks.set(account, PublicAccessBlock(*block)))
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
