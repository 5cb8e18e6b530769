"""Why a request may succeed: what a test knows of two buckets, and an explanation that knows nothing of the fake.

It works on the test's own records of what was set, and takes the User Guide's sentences one by one, however slowly.
`test_access_machine.py` holds the fake's answers against it.

S3: userguide/how-s3-evaluates-access-control.html, userguide/acl-overview.html, userguide/about-object-ownership.html,
userguide/access-control-block-public-access.html, userguide/mpuoverview.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes3.model.identity import Principal, canonical_id
from fakes3.model.policy_parser import parse_identity_policy

from ..ask import Answer

OURS, THEIRS, OTHERS = "123456789012", "210987654321", "333333333333"
ACCOUNTS = {canonical_id(account): account for account in (OURS, THEIRS, OTHERS)}
DEN, VAULT = "den", "vault"
OWNERS = {DEN: OURS, VAULT: THEIRS}
KEYS = ["a", "dir/b", "dir/*"]
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
GROUPS = {ALL_USERS, AUTHENTICATED}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
RETAINED = "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2026-01-02T00:00:00Z</RetainUntilDate></Retention>"

Document = dict[str, Any]
Grants = tuple[tuple[str | None, str], ...]
"""Who (an account, None for those who did not sign, or a group) is granted what."""


# ---- Who asks ----


@dataclass
class Who:
    """Somebody, and what the test gave it."""

    name: str
    account: str | None
    kind: str
    policies: list[Document] = field(default_factory=list)
    session_policy: Document | None = None

    @property
    def session(self) -> str | None:
        """The ARN of the session, if it is one of a role."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/s" if self.kind == "role" else None

    @property
    def arns(self) -> set[str]:
        """The names that a policy may know it by, beside its account's."""
        if self.session is not None:
            return {self.session, f"arn:aws:iam::{self.account}:role/{self.name}"}
        return {f"arn:aws:iam::{self.account}:{'root' if self.kind == 'root' else f'user/{self.name}'}"}

    def principal(self) -> Principal:
        read = tuple(parse_identity_policy(document) for document in self.policies)
        if self.kind == "role":
            limit = None if self.session_policy is None else parse_identity_policy(self.session_policy)
            return Principal(self.account, role=self.name, session="s", policies=read, session_policy=limit)
        return (
            Principal(self.account) if self.kind == "root" else Principal(self.account, user=self.name, policies=read)
        )


def everybody() -> list[Who]:
    return [
        Who("nobody", None, "nobody"),
        Who("ours", OURS, "root"),
        Who("theirs", THEIRS, "root"),
        Who("others", OTHERS, "root"),
        Who("ada", OURS, "user"),
        Who("idle", OURS, "user"),
        Who("bob", THEIRS, "user"),
        Who("clerk", OURS, "role"),
        Who("agent", THEIRS, "role"),
    ]


# ---- What the test knows of the world ----


@dataclass(eq=False)
class Entry:
    """A version, or a delete marker, that was written."""

    id: str
    owner: str | None
    grants: Grants = ()
    tags: dict[str, str] = field(default_factory=dict)
    is_marker: bool = False


@dataclass(eq=False)
class Upload:
    """A multipart upload that was begun."""

    id: str
    key: str
    begun_by: str | None
    entry: Entry
    etag: str | None = None


@dataclass
class Kept:
    """A bucket as it was set."""

    name: str
    owner: str
    ownership: str = "BucketOwnerEnforced"
    grants: Grants = ()
    policy: Document | None = None
    block: tuple[bool, bool, bool, bool] = (True, True, True, True)
    versioning: str | None = None
    payer: str = "BucketOwner"
    keys: dict[str, list[Entry]] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)

    @property
    def enforced(self) -> bool:
        return self.ownership == "BucketOwnerEnforced"

    def current(self, key: str) -> Entry | None:
        entries = self.keys.get(key) or []
        return entries[0] if entries and not entries[0].is_marker else None

    def find(self, key: str, version_id: str | None) -> Entry | None:
        if version_id is None:
            return self.current(key)
        return next((each for each in self.keys.get(key, ()) if each.id == version_id and not each.is_marker), None)

    def write(self, key: str, entry: Entry) -> None:
        entries = self.keys.setdefault(key, [])
        if entry.id == "null":
            entries[:] = [each for each in entries if each.id != "null"]
        entries.insert(0, entry)


# ---- Requests, and what each needs ----


@dataclass(frozen=True)
class Need:
    """An action that the caller must be allowed, on a bucket or a key of it."""

    action: str
    bucket: Kept
    key: str | None = None
    entry: Entry | None = None
    is_new: bool = False
    begun_by: str | None = None
    of_upload: bool = False


Effect = Callable[[Who, Answer], None]


def nothing(who: Who, answer: Answer) -> None: ...


@dataclass(frozen=True)
class Asking:
    """A request, what it needs, and what comes of it."""

    method: str
    target: str
    needs: tuple[Need, ...]
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    effect: Effect = nothing
    for_nobody: bool = True
    """Whether somebody who did not sign can be allowed it at all."""
    own_account: bool = False
    """Whether it is for the account of the bucket's owner only."""
    impossible: str | None = None
    """Why nobody at all can succeed, or nobody but `possible_for`."""
    possible_for: str | None = None
    """The account for which it is possible all the same."""
    deletes: tuple[tuple[str, str | None], ...] = ()
    """For DeleteObjects, which answers 200 whatever becomes of each."""
    version_id: str | None = None

    def why_impossible(self, who: Who) -> str | None:
        return None if self.possible_for is not None and who.account == self.possible_for else self.impossible


# ---- Why somebody may: the naive explanation ----


def like(pattern: str, text: str) -> bool:
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), text) is not None


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


TAGGED = {
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectAcl",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:GetObjectAttributes",
    "s3:GetObjectVersionAttributes",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersionTagging",
}
"""The actions whose requests have the tags of the object that is there."""

SETTING_ACLS = {"s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl"}


def context_of(who: Who, need: Need, asking: Asking) -> dict[str, str]:
    found = {"aws:SourceIp": "127.0.0.1", "aws:SecureTransport": "true"}
    if who.account is not None:
        found["aws:PrincipalAccount"] = who.account
    if need.action in ("s3:ListBucket", "s3:ListBucketVersions") and "prefix=" in asking.target:
        found["s3:prefix"] = "dir/"
    if need.action in SETTING_ACLS and "x-amz-acl" in asking.headers:
        found["s3:x-amz-acl"] = asking.headers["x-amz-acl"]
    if "ObjectVersion" in need.action and asking.version_id is not None:
        found["s3:VersionId"] = asking.version_id
    if need.action in TAGGED and need.entry is not None:
        found |= {f"s3:ExistingObjectTag/{key}": value for key, value in need.entry.tags.items()}
    return found


def holds(operator: str, key: str, wanted: str, context: Mapping[str, str]) -> bool:
    value = context.get(key)
    if operator == "Null":
        return (wanted == "true") == (value is None)
    if value is None:
        return "Not" in operator or operator.endswith("IfExists")
    if operator in ("IpAddress", "NotIpAddress"):
        return (wanted == f"{value}/32") == (operator == "IpAddress")
    if operator == "StringLike":
        return like(wanted, value)
    return (wanted == value) == ("Not" not in operator)


def means(statement: Document, who: Who) -> str | None:
    """Whether a statement names the "session" of who asks, who asks or everybody ("itself"), or the "account"."""
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return "itself"
    is_not = "NotPrincipal" in statement
    principal = statement["NotPrincipal" if is_not else "Principal"]
    names = ["*"] if principal == "*" else [name for names in principal.values() for name in listed(names)]
    account = who.account is not None and not {
        who.account,
        f"arn:aws:iam::{who.account}:root",
        canonical_id(who.account),
    }.isdisjoint(names)
    itself = who.account is not None and not who.arns.isdisjoint(names)
    if is_not:
        return None if "*" in names or (account and (itself or who.kind == "root")) else "itself"
    if who.session in names:
        return "session"
    if "*" in names or itself or (account and who.kind == "root"):
        return "itself"
    return "account" if account else None


def said(policy: Document, effect: str, who: Who, need: Need, asking: Asking) -> set[str]:
    """How the statements with an effect that speak of a request mean who asks."""
    resource = f"arn:aws:s3:::{need.bucket.name}" + (f"/{need.key}" if need.key is not None else "")
    found = set()
    for statement in policy["Statement"]:
        fits = statement["Effect"] == effect
        fits = fits and any(like(each.lower(), need.action.lower()) for each in listed(statement["Action"]))
        if "NotResource" in statement:
            fits = fits and not any(like(each, resource) for each in listed(statement["NotResource"]))
        else:
            fits = fits and any(like(each, resource) for each in listed(statement["Resource"]))
        context = context_of(who, need, asking)
        for operator, keys in statement.get("Condition", {}).items():
            fits = fits and all(holds(operator, key, wanted, context) for key, wanted in keys.items())
        if fits and (how := means(statement, who)) is not None:
            found.add(how)
    return found


def is_public(policy: Document) -> bool:
    """Whether somebody unknown may get in. Of the conditions below, only a fixed address keeps strangers out."""
    return any(
        statement["Effect"] == "Allow"
        and (statement["Principal"] == "*" or "*" in listed(statement["Principal"].get("AWS", [])))
        and "IpAddress" not in statement.get("Condition", {})
        for statement in policy["Statement"]
    )


def is_denied(who: Who, need: Need, asking: Asking) -> bool:
    documents = [*who.policies, *([who.session_policy] if who.session_policy else [])]
    if any(said(document, "Deny", who, need, asking) for document in documents):
        return True
    may_always = who.kind == "root" and who.account == need.bucket.owner and need.action.endswith("BucketPolicy")
    policy = need.bucket.policy
    return policy is not None and not may_always and bool(said(policy, "Deny", who, need, asking))


ON_BUCKETS = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
ON_OBJECTS = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetObjectVersionAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutObjectVersionAcl": "WRITE_ACP",
}
OF_THE_BUCKET = {
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:RestoreObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
}
"""Actions on keys that are for the bucket's owner to permit, whoever owns what is there."""


def granted(grants: Grants, permission: str, who: Who, *, ignore_public: bool) -> Iterator[str]:
    """How an ACL grants it: "itself" through a group, "account" by the account's id."""
    for grantee, given in grants:
        if given not in (permission, "FULL_CONTROL") or (grantee in GROUPS and ignore_public):
            continue
        if grantee == ALL_USERS or (grantee == AUTHENTICATED and who.account is not None):
            yield "itself"
        elif grantee == who.account:
            yield "account"  # what was written by those who did not sign belongs to all of them


def by_acl(who: Who, need: Need, *, ignore_public: bool) -> list[str]:
    bucket, entry = need.bucket, need.entry
    if bucket.enforced:
        return []
    if need.is_new:
        permission, grants = ("WRITE" if need.action == "s3:PutObjectAcl" else None), bucket.grants
    elif need.action in ("s3:PutObject", "s3:DeleteObject"):
        # A grantee may create objects, and overwrite and delete its own.
        mine = entry is None or who.account in (entry.owner, bucket.owner)
        permission, grants = ("WRITE" if mine else None), bucket.grants
    elif need.action == "s3:DeleteObjectVersion":
        # Only where the grantee is the bucket's owner.
        grants = tuple(each for each in bucket.grants if each[0] == bucket.owner)
        permission = "WRITE"
    elif need.action in ON_BUCKETS:
        permission, grants = ON_BUCKETS[need.action], bucket.grants
    else:
        permission, grants = ON_OBJECTS.get(need.action), entry.grants if entry is not None else ()
    return [] if permission is None else list(granted(grants, permission, who, ignore_public=ignore_public))


def explanation(who: Who, need: Need, asking: Asking, account_block: tuple[bool, ...]) -> str | None:
    """What lets somebody do it; None if nothing does."""
    bucket = need.bucket
    if is_denied(who, need, asking):
        return None
    _, ignores, _, restricts = (a or b for a, b in zip(bucket.block, account_block, strict=True))
    owner = bucket.owner
    if not (bucket.enforced or need.entry is None or need.is_new or need.action in OF_THE_BUCKET):
        owner = need.entry.owner or "nobody's"
    consents = by_acl(who, need, ignore_public=ignores)
    if bucket.policy is not None and owner == bucket.owner:
        consents += said(bucket.policy, "Allow", who, need, asking)
    if need.of_upload and need.begun_by == who.account and who.account is not None:
        consents.append("account")
    if who.account != bucket.owner and restricts and bucket.policy is not None and is_public(bucket.policy):
        consents = []
    in_session = who.session_policy is None or bool(said(who.session_policy, "Allow", who, need, asking))
    allowed = who.kind == "root" or (
        in_session and any(said(document, "Allow", who, need, asking) for document in who.policies)
    )
    if who.account == owner:
        if allowed:
            return "its own account allows it"
        # What is granted to a session by its name is beside what its policy limits.
        return (
            "the resource's owner names it" if "session" in consents or ("itself" in consents and in_session) else None
        )
    if who.account is not None and not allowed:
        return None
    return "the resource's owner allows it" if consents else None


def may(who: Who, asking: Asking, account_blocks: Mapping[str, tuple[bool, ...]]) -> bool:
    """Whether everything a request needs is explained."""
    if who.account is None and not asking.for_nobody:
        return False
    for need in asking.needs:
        if asking.own_account and who.account != need.bucket.owner:
            return False
        consents_to_pay = who.account is not None and asking.headers.get("x-amz-request-payer") == "requester"
        if need.bucket.payer == "Requester" and who.account != need.bucket.owner and not consents_to_pay:
            return False
        if explanation(who, need, asking, account_blocks[need.bucket.owner]) is None:
            return False
    return True
