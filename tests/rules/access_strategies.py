"""What `test_access_machine.py` draws: policies, ACLs, public access blocks, and the requests that are tried."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fakes3.model.identity import canonical_id

from .access_oracle import (
    ALL_USERS,
    AUTHENTICATED,
    DEN,
    GROUPS,
    KEYS,
    OTHERS,
    OURS,
    THEIRS,
    VAULT,
    XSI,
    Document,
    Grants,
)

ADA, BOB = f"arn:aws:iam::{OURS}:user/ada", f"arn:aws:iam::{THEIRS}:user/bob"
CLERK = f"arn:aws:iam::{OURS}:role/clerk"
SOMEBODY = [
    {"AWS": OURS},
    {"AWS": THEIRS},
    {"AWS": [f"arn:aws:iam::{THEIRS}:root", ADA]},
    {"AWS": [ADA, BOB]},
    {"AWS": CLERK},
    {"AWS": f"arn:aws:sts::{OURS}:assumed-role/clerk/s"},
    {"CanonicalUser": canonical_id(THEIRS)},
    {"CanonicalUser": canonical_id(OTHERS)},
]
NAMED: list[Document] = [{"Principal": each} for each in ("*", "*", {"AWS": "*"}, *SOMEBODY)]
NOT_NAMED: list[Document] = [{"NotPrincipal": {"AWS": [OURS, ADA]}}, {"NotPrincipal": {"AWS": THEIRS}}]
ACTIONS: list[Any] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:Put*",
    "s3:*Version*",
    "s3:GetObject",
    "s3:getobject?*",
    ["s3:PutObject", "s3:PutObjectAcl"],
    ["s3:PutObject", "s3:GetObject"],
    "s3:List*",
    "s3:ListBucket",
    "s3:Delete*",
    "s3:*Acl",
    "s3:*Tagging",
    "s3:*MultipartUpload*",
    ["s3:*Retention", "s3:*LegalHold"],
]
PLACES = [["{}", "{}/*"], ["{}", "{}/*"], ["{}", "{}/dir/*"], ["{}/dir/?", "{}"], ["{}*"]]
CONDITIONS: list[Document] = [
    {},
    {},
    {},
    {},
    {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}},
    {"NotIpAddress": {"aws:SourceIp": "127.0.0.1/32"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"StringEquals": {"s3:prefix": "dir/"}},
    {"StringLike": {"s3:prefix": "dir*"}},
    {"StringEqualsIfExists": {"s3:prefix": "dir/"}},
    {"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    {"StringEquals": {"s3:x-amz-acl": "public-read"}},
    {"StringEquals": {"s3:ExistingObjectTag/team": "red"}},
    {"StringNotEquals": {"aws:PrincipalAccount": OURS}},
    {"Null": {"s3:VersionId": "false"}},
]


def statements(*, named: bool) -> st.SearchStrategy[Document]:
    def made(effect: str, who: int, actions: Any, places: list[str], is_not: bool, condition: Document) -> Document:
        found: Document = {"Effect": effect, "Action": actions, "NotResource" if is_not else "Resource": places}
        if named:
            choices = NAMED + NOT_NAMED if effect == "Deny" else NAMED
            found |= choices[who % len(choices)]
        # S3 takes no policy that asks for a key which an action does not have.
        is_fitting = "s3:" not in str(condition) or actions in ("*", "s3:*")
        return found | ({"Condition": condition} if condition and is_fitting else {})

    effects = st.sampled_from(["Allow", "Allow", "Allow", "Deny"])
    spread = st.sampled_from([False, False, False, False, True])
    numbers = st.integers(0, 1000)
    return st.builds(
        made, effects, numbers, st.sampled_from(ACTIONS), st.sampled_from(PLACES), spread, st.sampled_from(CONDITIONS)
    )


EVERYTHING: Document = {"Effect": "Allow", "Action": "s3:*", "Resource": ["{}", "{}/*"]}


def policies(*, named: bool) -> st.SearchStrategy[Document]:
    """Policies of a few statements; half of them allow everything, but for what the others deny."""
    first = EVERYTHING | ({"Principal": "*"} if named else {})
    few = st.lists(statements(named=named), min_size=1, max_size=3)
    exceptions = st.lists(statements(named=named), max_size=2).map(lambda found: [first, *found])
    return st.one_of(few, exceptions).map(lambda found: {"Version": "2012-10-17", "Statement": found})


def placed(policy: Document, *buckets: str) -> Document:
    """The policy with its places made ARNs, in these buckets."""
    found = []
    for each in policy["Statement"]:
        name = "NotResource" if "NotResource" in each else "Resource"
        arns = [f"arn:aws:s3:::{place.format(bucket)}" for bucket in buckets for place in each[name]]
        found.append(each | {name: arns})
    return policy | {"Statement": found}


CANNED = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
]
GRANTEES: list[str] = [OURS, THEIRS, OTHERS, ALL_USERS, AUTHENTICATED]
PERMISSIONS = ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"]
OPEN = (False, False, False, False)
BLOCKS = st.one_of(
    st.just(OPEN), st.sampled_from([OPEN, *(tuple(each == on for each in range(4)) for on in range(4)), (True,) * 4])
)
CHOSEN = st.integers(0, 8)
"""Who really does what all have tried: one of those who may."""


def acls(permissions: list[str]) -> st.SearchStrategy[str | list[tuple[str, str]]]:
    grants = st.tuples(st.sampled_from(GRANTEES), st.sampled_from(permissions))
    return st.one_of(st.sampled_from(CANNED), st.lists(grants, min_size=1, max_size=3))


ACLS = acls(PERMISSIONS)
ACLS_OF_WRITES = st.one_of(st.none(), st.none(), acls([each for each in PERMISSIONS if each != "WRITE"]))
BUCKETS, SOME_KEY, BOOLEANS = st.sampled_from([DEN, VAULT]), st.sampled_from(KEYS), st.booleans()
WHICH = st.sampled_from([None, None, 0, 1, "null"])
"""The current version, the newest, the one before it, or that with the id "null"."""

WAYS_TO_READ = ["GET", "HEAD", "attributes", "tagging", "retention", "legal-hold"]
WAYS_TO_LIST = ["", "list-type=2", "versions", "uploads", "HEAD"]
READS = {
    "policy": "s3:GetBucketPolicy",
    "policyStatus": "s3:GetBucketPolicyStatus",
    "versioning": "s3:GetBucketVersioning",
    "ownershipControls": "s3:GetBucketOwnershipControls",
    "publicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "requestPayment": "s3:GetBucketRequestPayment",
    "encryption": "s3:GetEncryptionConfiguration",
    "lifecycle": "s3:GetLifecycleConfiguration",
    "object-lock": "s3:GetBucketObjectLockConfiguration",
}
RULE = "<ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>900</Days></Expiration>"
WRITES = {
    ("PUT", "encryption"): (
        "s3:PutEncryptionConfiguration",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
        "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ),
    ("DELETE", "encryption"): ("s3:PutEncryptionConfiguration", ""),
    ("PUT", "lifecycle"): (
        "s3:PutLifecycleConfiguration",
        f"<LifecycleConfiguration><Rule>{RULE}</Rule></LifecycleConfiguration>",
    ),
    ("DELETE", "lifecycle"): ("s3:PutLifecycleConfiguration", ""),
    ("PUT", "object-lock"): (
        "s3:PutBucketObjectLockConfiguration",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
    ),
}


def canned_grants(canned: str, owner: str | None, bucket_owner: str) -> Grants:
    added: dict[str, list[tuple[str | None, str]]] = {
        "private": [],
        "public-read": [(ALL_USERS, "READ")],
        "public-read-write": [(ALL_USERS, "READ"), (ALL_USERS, "WRITE")],
        "authenticated-read": [(AUTHENTICATED, "READ")],
        "bucket-owner-read": [(bucket_owner, "READ")],
        "bucket-owner-full-control": [(bucket_owner, "FULL_CONTROL")],
    }
    return ((owner, "FULL_CONTROL"), *added[canned])


def acl_headers(acl: str | list[tuple[str, str]]) -> dict[str, str]:
    if isinstance(acl, str):
        return {"x-amz-acl": acl}
    found: dict[str, str] = {}
    for grantee, permission in acl:
        name = "x-amz-grant-" + permission.lower().replace("_", "-")
        item = f'uri="{grantee}"' if grantee in GROUPS else f'id="{canonical_id(grantee)}"'
        found[name] = f"{found[name]}, {item}" if name in found else item
    return found


def acl_document(grants: list[tuple[str, str]], owner: str | None) -> str:
    text = ""
    for grantee, permission in grants:
        if grantee in GROUPS:
            who = f'<Grantee {XSI} xsi:type="Group"><URI>{grantee}</URI></Grantee>'
        else:
            who = f'<Grantee {XSI} xsi:type="CanonicalUser"><ID>{canonical_id(grantee)}</ID></Grantee>'
        text += f"<Grant>{who}<Permission>{permission}</Permission></Grant>"
    return (
        f"<AccessControlPolicy><Owner><ID>{canonical_id(owner)}</ID></Owner><AccessControlList>{text}"
        "</AccessControlList></AccessControlPolicy>"
    )
