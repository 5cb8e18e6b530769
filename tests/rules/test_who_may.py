"""Who may do what: one row for each operation, configuration and kind of caller, with S3's answer.

Rows are written by hand from the User Guide's sentences, and never computed: userguide/how-s3-evaluates-access-control,
access-control-auth-workflow-object-operation, about-object-ownership, acl-overview (its table of what each ACL
permission lets through), access-control-block-public-access; and API/API_GetObject for 403 and 404.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.model import configurations
from fakes3.model.identity import AccessKey, Principal, canonical_id
from fakes3.model.ownership import Ownership
from fakes3.model.policy_parser import parse_identity_policy
from fakes3.model.public_access import ALL_BLOCKED, NOTHING_BLOCKED, PublicAccessBlock, switches_of

OWNER, OTHER = "123456789012", "210987654321"
EVERYTHING = parse_identity_policy(
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
)
READING = parse_identity_policy(
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
)

CALLERS = {
    "root": Principal(OWNER),  # the root user of the bucket's owner
    "user": Principal(OWNER, user="user", policies=(EVERYTHING,)),  # a user of that account who may everything
    "idle": Principal(OWNER, user="idle", policies=()),  # a user of that account without a policy
    "read": Principal(OWNER, role="read", session="s", policies=(EVERYTHING,), session_policy=READING),
    "far": Principal(OTHER),  # the root user of another account
    "guest": Principal(OTHER, user="guest", policies=(EVERYTHING,)),  # a user there whose account allows everything
    "lazy": Principal(OTHER, user="lazy", policies=()),  # a user there whose account allows nothing
    "none": None,  # nobody in particular: the request is not signed
}

BOTH = ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"]
GUEST = f"arn:aws:iam::{OTHER}:user/guest"
IDLE = f"arn:aws:iam::{OWNER}:user/idle"


def statement(principal: Any, action: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": BOTH, **more}


POLICIES: dict[str, list[dict[str, Any]]] = {
    "all": [statement("*", "s3:*")],
    "get": [statement("*", "s3:GetObject")],
    "list": [statement("*", "s3:ListBucket")],
    "put": [statement("*", "s3:PutObject")],
    "far": [statement({"AWS": OTHER}, "s3:*")],
    "guest": [statement({"AWS": GUEST}, "s3:GetObject")],
    "idle": [statement({"AWS": IDLE}, "s3:GetObject")],
    "own": [statement({"AWS": OWNER}, "s3:GetObject")],
    "deny": [statement("*", "s3:*", "Deny")],
    "deny-get": [statement("*", "s3:*"), statement("*", "s3:GetObject", "Deny")],
    "but-guest": [statement({"AWS": OTHER}, "s3:*"), statement({"AWS": GUEST}, "s3:GetObject", "Deny")],
    "here": [statement("*", "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}})],
    "elsewhere": [statement("*", "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1/32"}})],
}

Do = Callable[[Any], Any]
OPERATIONS: dict[str, Do] = {
    "GetObject": lambda s3: s3.get_object(Bucket="bkt", Key="k"),
    "GetObject theirs": lambda s3: s3.get_object(Bucket="bkt", Key="theirs"),
    "GetObject missing": lambda s3: s3.get_object(Bucket="bkt", Key="missing"),
    "GetObjectTagging": lambda s3: s3.get_object_tagging(Bucket="bkt", Key="k"),
    "HeadObject missing": lambda s3: s3.head_object(Bucket="bkt", Key="missing"),
    "PutObject": lambda s3: s3.put_object(Bucket="bkt", Key="new"),
    "PutObject over": lambda s3: s3.put_object(Bucket="bkt", Key="k"),
    "PutObject public": lambda s3: s3.put_object(Bucket="bkt", Key="new", ACL="public-read"),
    "PutObject owner's": lambda s3: s3.put_object(Bucket="bkt", Key="new", ACL="bucket-owner-full-control"),
    "PutObject tagged": lambda s3: s3.put_object(Bucket="bkt", Key="new", Tagging="a=b"),
    "DeleteObject": lambda s3: s3.delete_object(Bucket="bkt", Key="k"),
    "DeleteObject theirs": lambda s3: s3.delete_object(Bucket="bkt", Key="theirs"),
    "CreateMultipartUpload": lambda s3: s3.create_multipart_upload(Bucket="bkt", Key="new"),
    "CopyObject": lambda s3: s3.copy_object(Bucket="bkt", Key="new", CopySource="bkt/k"),
    "ListObjectsV2": lambda s3: s3.list_objects_v2(Bucket="bkt"),
    "HeadBucket": lambda s3: s3.head_bucket(Bucket="bkt"),
    "GetObjectAcl": lambda s3: s3.get_object_acl(Bucket="bkt", Key="k"),
    "PutObjectAcl": lambda s3: s3.put_object_acl(Bucket="bkt", Key="k", ACL="private"),
    "GetBucketAcl": lambda s3: s3.get_bucket_acl(Bucket="bkt"),
    "PutBucketAcl": lambda s3: s3.put_bucket_acl(Bucket="bkt", ACL="private"),
    "GetBucketPolicy": lambda s3: s3.get_bucket_policy(Bucket="bkt"),
    "DeleteBucketPolicy": lambda s3: s3.delete_bucket_policy(Bucket="bkt"),
    "GetBucketVersioning": lambda s3: s3.get_bucket_versioning(Bucket="bkt"),
    "DeleteBucket": lambda s3: s3.delete_bucket(Bucket="bkt"),
}

# own = Object Ownership (E: BucketOwnerEnforced, P: BucketOwnerPreferred, W: ObjectWriter)
# acl = of the bucket / of the object k, before ownership was set
# block = Block Public Access (all, none, or one switch: A acls, I ignore, P policy, R restrict)
TABLE = """
own acl                    policy    block | operation             | root user idle read far  guest lazy none

E   -/-                    -         all   | GetObject             | 200  200  403  200  403  403   403  403
E   -/-                    -         all   | GetObject missing     | 404  404  403  403  403  403   403  403
E   -/-                    -         all   | HeadObject missing    | 404  404  403  403  403  403   403  403
E   -/-                    -         all   | PutObject             | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | PutObject public      | 400  400  403  403  403  403   403  403
E   -/-                    -         all   | PutObject owner's     | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | DeleteObject          | 204  204  403  403  403  403   403  403
E   -/-                    -         all   | CopyObject            | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | CreateMultipartUpload | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | ListObjectsV2         | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | HeadBucket            | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | GetObjectAcl          | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | PutObjectAcl          | 400  400  403  403  403  403   403  403
E   -/-                    -         all   | GetBucketAcl          | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | GetBucketPolicy       | 404  404  403  403  403  403   403  403
E   -/-                    -         all   | GetBucketVersioning   | 200  200  403  403  403  403   403  403
E   -/-                    -         all   | DeleteBucket          | 409  409  403  403  403  403   403  403

E   -/-                    all       none  | GetObject             | 200  200  200  200  200  200   403  200
E   -/-                    all       none  | GetObject missing     | 404  404  404  403  404  404   403  404
E   -/-                    all       none  | GetObject theirs      | 200  200  200  200  200  200   403  200
E   -/-                    all       none  | PutObject             | 200  200  200  403  200  200   403  200
E   -/-                    all       none  | PutObject public      | 400  400  400  403  400  400   403  400
E   -/-                    all       none  | PutObject owner's     | 200  200  200  403  200  200   403  200
E   -/-                    all       none  | DeleteObject          | 204  204  204  403  204  204   403  204
E   -/-                    all       none  | CopyObject            | 200  200  200  403  200  200   403  403
E   -/-                    all       none  | CreateMultipartUpload | 200  200  200  403  200  200   403  403
E   -/-                    all       none  | ListObjectsV2         | 200  200  200  403  200  200   403  200
E   -/-                    all       none  | GetBucketPolicy       | 200  200  200  403  405  405   403  403
E   -/-                    all       none  | DeleteBucketPolicy    | 204  204  204  403  405  405   403  403
E   -/-                    all       none  | GetBucketVersioning   | 200  200  200  403  200  200   403  403

E   -/-                    get       none  | GetObject             | 200  200  200  200  200  200   403  200
E   -/-                    get       none  | GetObject missing     | 404  404  403  403  403  403   403  403
E   -/-                    get       none  | HeadObject missing    | 404  404  403  403  403  403   403  403
E   -/-                    get       none  | GetObjectTagging      | 200  200  403  403  403  403   403  403
E   -/-                    get       none  | ListObjectsV2         | 200  200  403  403  403  403   403  403
E   -/-                    get       none  | PutObject             | 200  200  403  403  403  403   403  403
E   -/-                    list      none  | ListObjectsV2         | 200  200  200  403  200  200   403  200
E   -/-                    list      none  | HeadBucket            | 200  200  200  403  200  200   403  200
E   -/-                    list      none  | GetObject             | 200  200  403  200  403  403   403  403
E   -/-                    put       none  | PutObject             | 200  200  200  403  200  200   403  200
E   -/-                    put       none  | PutObject owner's     | 200  200  403  403  403  403   403  403
E   -/-                    put       none  | PutObject tagged      | 200  200  403  403  403  403   403  403
E   -/-                    put       none  | GetObject             | 200  200  403  200  403  403   403  403

E   -/-                    all       R     | GetObject             | 200  200  200  200  403  403   403  403
E   -/-                    all       R     | PutObject             | 200  200  200  403  403  403   403  403
E   -/-                    all       R     | ListObjectsV2         | 200  200  200  403  403  403   403  403
E   -/-                    here      R     | GetObject             | 200  200  200  200  200  200   403  200
E   -/-                    here      none  | GetObject             | 200  200  200  200  200  200   403  200
E   -/-                    elsewhere none  | GetObject             | 200  200  403  200  403  403   403  403
E   -/-                    far       all   | GetObject             | 200  200  403  200  200  200   403  403
E   -/-                    far       all   | PutObject             | 200  200  403  403  200  200   403  403
E   -/-                    far       all   | ListObjectsV2         | 200  200  403  403  200  200   403  403
E   -/-                    far       all   | GetBucketPolicy       | 200  200  403  403  405  405   403  403
E   -/-                    far       all   | GetBucketVersioning   | 200  200  403  403  200  200   403  403
E   -/-                    guest     all   | GetObject             | 200  200  403  200  403  200   403  403
E   -/-                    guest     all   | GetObject missing     | 404  404  403  403  403  403   403  403
E   -/-                    guest     all   | PutObject             | 200  200  403  403  403  403   403  403
E   -/-                    idle      all   | GetObject             | 200  200  200  200  403  403   403  403
E   -/-                    idle      all   | PutObject             | 200  200  403  403  403  403   403  403
E   -/-                    own       all   | GetObject             | 200  200  403  200  403  403   403  403
E   -/-                    but-guest all   | GetObject             | 200  200  403  200  200  403   403  403
E   -/-                    but-guest all   | PutObject             | 200  200  403  403  200  200   403  403
E   -/-                    deny      all   | GetObject             | 403  403  403  403  403  403   403  403
E   -/-                    deny      all   | ListObjectsV2         | 403  403  403  403  403  403   403  403
E   -/-                    deny      all   | GetBucketPolicy       | 200  403  403  403  403  403   403  403
E   -/-                    deny      all   | DeleteBucketPolicy    | 204  403  403  403  403  403   403  403
E   -/-                    deny      all   | DeleteBucket          | 403  403  403  403  403  403   403  403
E   -/-                    deny-get  none  | GetObject             | 403  403  403  403  403  403   403  403
E   -/-                    deny-get  none  | PutObject             | 200  200  200  403  200  200   403  200
E   -/-                    deny-get  none  | CopyObject            | 403  403  403  403  403  403   403  403

E   -/public-read          -         none  | GetObject             | 200  200  403  200  403  403   403  403
E   -/public-read          -         none  | GetObjectAcl          | 200  200  403  403  403  403   403  403

W   -/-                    -         none  | GetObject             | 200  200  403  200  403  403   403  403
W   -/-                    -         none  | GetObject theirs      | 403  403  403  403  200  200   403  403
W   -/-                    -         none  | DeleteObject theirs   | 204  204  403  403  403  403   403  403
W   -/-                    -         none  | GetObjectAcl          | 200  200  403  403  403  403   403  403
W   -/-                    -         none  | PutObjectAcl          | 200  200  403  403  403  403   403  403
W   -/-                    -         none  | PutObject             | 200  200  403  403  403  403   403  403
W   -/-                    -         none  | PutObject public      | 200  200  403  403  403  403   403  403
W   -/-                    -         none  | PutBucketAcl          | 200  200  403  403  403  403   403  403
W   -/-                    all       none  | GetObject             | 200  200  200  200  200  200   403  200
W   -/-                    all       none  | GetObject theirs      | 403  403  403  403  200  200   403  403
W   -/-                    all       none  | PutObject public      | 200  200  200  403  200  200   403  200
W   -/-                    deny-get  none  | GetObject theirs      | 403  403  403  403  403  403   403  403

W   -/public-read          -         none  | GetObject             | 200  200  200  200  200  200   403  200
W   -/public-read          -         none  | GetObject missing     | 404  404  403  403  403  403   403  403
W   -/public-read          -         none  | GetObjectAcl          | 200  200  403  403  403  403   403  403
W   -/public-read          -         none  | GetObjectTagging      | 200  200  403  403  403  403   403  403
W   -/public-read          -         I     | GetObject             | 200  200  403  200  403  403   403  403
W   -/public-read          -         A     | GetObject             | 200  200  200  200  200  200   403  200
W   -/public-read          deny      none  | GetObject             | 403  403  403  403  403  403   403  403
W   -/authenticated-read   -         none  | GetObject             | 200  200  200  200  200  200   403  403
W   -/authenticated-read   -         I     | GetObject             | 200  200  403  200  403  403   403  403
P   -/public-read          -         none  | GetObject             | 200  200  200  200  200  200   403  200
P   -/public-read          -         I     | GetObject             | 200  200  403  200  403  403   403  403

W   public-read/-          -         none  | ListObjectsV2         | 200  200  200  403  200  200   403  200
W   public-read/-          -         none  | HeadBucket            | 200  200  200  403  200  200   403  200
W   public-read/-          -         none  | GetObject             | 200  200  403  200  403  403   403  403
W   public-read/-          -         none  | GetObject missing     | 404  404  404  403  404  404   403  404
W   public-read/-          -         none  | PutObject             | 200  200  403  403  403  403   403  403
W   public-read/-          -         none  | GetBucketAcl          | 200  200  403  403  403  403   403  403
W   public-read/-          -         I     | ListObjectsV2         | 200  200  403  403  403  403   403  403
W   public-read-write/-    -         none  | PutObject             | 200  200  200  403  200  200   403  200
W   public-read-write/-    -         none  | PutObject over        | 200  200  200  403  403  403   403  403
W   public-read-write/-    -         none  | PutObject public      | 200  200  200  403  200  200   403  200
W   public-read-write/-    -         A     | PutObject public      | 403  403  403  403  403  403   403  403
W   public-read-write/-    -         none  | DeleteObject          | 204  204  204  403  403  403   403  403
W   public-read-write/-    -         none  | DeleteObject theirs   | 204  204  204  403  204  204   403  403
W   public-read-write/-    -         I     | PutObject             | 200  200  403  403  403  403   403  403
W   public-read-write/-    -         none  | CreateMultipartUpload | 200  200  200  403  200  200   403  403
W   public-read-write/-    -         none  | PutBucketAcl          | 200  200  403  403  403  403   403  403
W   authenticated-read/-   -         none  | ListObjectsV2         | 200  200  200  403  200  200   403  403
W   far READ/-             -         all   | ListObjectsV2         | 200  200  403  403  200  200   403  403
W   far READ/-             -         all   | PutObject             | 200  200  403  403  403  403   403  403
W   far READ/-             -         all   | GetObject             | 200  200  403  200  403  403   403  403
W   far WRITE/-            -         all   | PutObject             | 200  200  403  403  200  200   403  403
W   far WRITE/-            -         all   | ListObjectsV2         | 200  200  403  403  403  403   403  403
W   far WRITE/-            -         all   | DeleteObject          | 204  204  403  403  403  403   403  403
W   far READ_ACP/-         -         all   | GetBucketAcl          | 200  200  403  403  200  200   403  403
W   far READ_ACP/-         -         all   | PutBucketAcl          | 200  200  403  403  403  403   403  403
W   far WRITE_ACP/-        -         all   | PutBucketAcl          | 200  200  403  403  200  200   403  403
W   far WRITE_ACP/-        -         all   | GetBucketAcl          | 200  200  403  403  403  403   403  403
W   far FULL_CONTROL/-     -         all   | ListObjectsV2         | 200  200  403  403  200  200   403  403
W   far FULL_CONTROL/-     -         all   | PutObject             | 200  200  403  403  200  200   403  403
W   far FULL_CONTROL/-     -         all   | GetObject             | 200  200  403  200  403  403   403  403
W   far FULL_CONTROL/-     -         all   | PutBucketAcl          | 200  200  403  403  200  200   403  403
W   far FULL_CONTROL/-     -         all   | DeleteBucket          | 409  409  403  403  403  403   403  403
W   far FULL_CONTROL/-     deny      all   | ListObjectsV2         | 403  403  403  403  403  403   403  403
W   -/far READ             -         all   | GetObject             | 200  200  403  200  200  200   403  403
W   -/far READ             -         all   | GetObjectAcl          | 200  200  403  403  403  403   403  403
W   -/far READ_ACP         -         all   | GetObjectAcl          | 200  200  403  403  200  200   403  403
W   -/far READ_ACP         -         all   | GetObject             | 200  200  403  200  403  403   403  403
W   -/far WRITE_ACP        -         all   | PutObjectAcl          | 200  200  403  403  200  200   403  403
W   -/far FULL_CONTROL     -         all   | GetObject             | 200  200  403  200  200  200   403  403
W   -/far FULL_CONTROL     -         all   | PutObjectAcl          | 200  200  403  403  200  200   403  403
W   -/far FULL_CONTROL     -         all   | DeleteObject          | 204  204  403  403  403  403   403  403
P   far READ/-             -         all   | ListObjectsV2         | 200  200  403  403  200  200   403  403
P   far WRITE/-            -         all   | PutObject owner's     | 200  200  403  403  200  200   403  403
P   -/-                    -         all   | GetObject theirs      | 403  403  403  403  200  200   403  403
"""


class Row(NamedTuple):
    """One request and its answer."""

    ownership: str
    bucket_acl: str
    object_acl: str
    policy: str
    block: str
    operation: str
    caller: str
    status: int

    def __str__(self) -> str:
        return " ".join(map(str, self[:-1]))


def rows() -> Iterator[Row]:
    lines = [line for line in TABLE.splitlines() if line.strip()]
    callers = lines[0].split("|")[2].split()
    assert callers == list(CALLERS)
    for line in lines[1:]:
        configuration, operation, answers = line.split("|")
        first, *middle, policy, block = configuration.split()
        bucket_acl, object_acl = " ".join(middle).split("/")
        for caller, status in zip(callers, answers.split(), strict=True):
            yield Row(first, bucket_acl, object_acl, policy, block, operation.strip(), caller, int(status))


ROWS = list(rows())
OWNERSHIP = {"E": "BucketOwnerEnforced", "P": "BucketOwnerPreferred", "W": "ObjectWriter"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_answer(row: Row) -> None:
    with mock_s3(fake=made(*row[:5]).fork()) as s3:
        assert row.status == status_of(OPERATIONS[row.operation], client_of(row.caller)), s3.calls[-1].reason


def test_there_are_rows_for_everything() -> None:
    assert len(set(ROWS)) == len(ROWS) >= 300
    assert set(OPERATIONS) == {row.operation for row in ROWS}
    assert set(POLICIES) | {"-"} == {row.policy for row in ROWS}


@cache
def made(ownership: str, bucket_acl: str, object_acl: str, policy: str, block: str) -> FakeS3:
    """A fake with the bucket `bkt` as a row has it: in it `k` of the owner, and `theirs` of the other account.

    It is only ever forked.
    """
    s3 = FakeS3()
    for name, principal in CALLERS.items():
        if principal is not None:
            s3.service.access_keys[f"AKIA{name.upper()}"] = AccessKey(f"AKIA{name.upper()}", "secret", principal)
    with mock_s3(fake=s3):
        fill(bucket_acl, object_acl, policy)
    switch(s3, ownership, block)
    return s3


def fill(bucket_acl: str, object_acl: str, policy: str) -> None:
    """Make the bucket as its owner, under ObjectWriter and with nothing blocked, so that every ACL can be set."""
    root = client_of("root")
    root.create_bucket(Bucket="bkt", ObjectOwnership="ObjectWriter")
    root.delete_public_access_block(Bucket="bkt")
    root.put_object(Bucket="bkt", Key="k", **grants(object_acl))
    root.put_bucket_acl(Bucket="bkt", **grants("far WRITE"))
    client_of("far").put_object(Bucket="bkt", Key="theirs")
    root.put_bucket_acl(Bucket="bkt", **grants(bucket_acl))
    if policy != "-":
        text = json.dumps({"Version": "2012-10-17", "Statement": POLICIES[policy]})
        root.put_bucket_policy(Bucket="bkt", Policy=text)


def switch(s3: FakeS3, ownership: str, block: str) -> None:
    """Switch ownership and Block Public Access, whatever the policy denies the owner by now."""
    blocks = {"all": ALL_BLOCKED, "none": NOTHING_BLOCKED}
    blocked = blocks.get(block) or PublicAccessBlock(*(letter == block for letter in "AIPR"))
    controls = configurations.ownership_controls(Ownership(OWNERSHIP[ownership]))
    bucket = s3.service.world.buckets["bkt"].configure(configurations.PUBLIC_ACCESS, switches_of(blocked))
    bucket = bucket.configure(configurations.OWNERSHIP, controls)
    s3.service.change_world(lambda world: world.with_bucket(bucket))


def grants(acl: str) -> dict[str, str]:
    """The parameters that set an ACL: a canned one, or full control for the owner and one for the other."""
    if acl == "-":
        return {"ACL": "private"}
    who, _, permission = acl.partition(" ")
    if not permission:
        return {"ACL": who}
    names = {"FULL_CONTROL": "GrantFullControl", "READ_ACP": "GrantReadACP", "WRITE_ACP": "GrantWriteACP"}
    found = {"GrantFullControl": f"id={canonical_id(OWNER)}"}
    name = names.get(permission, f"Grant{permission.capitalize()}")
    theirs = f"id={canonical_id(OTHER)}"
    found[name] = f"{found[name]},{theirs}" if name in found else theirs
    return found


@cache
def client_of(caller: str) -> Any:
    """A client of a caller, for whichever fake is entered."""
    key = {"aws_access_key_id": f"AKIA{caller.upper()}", "aws_secret_access_key": "secret"}
    unsigned = {"config": Config(signature_version=UNSIGNED)}
    return boto3.client("s3", region_name="us-east-1", **unsigned if caller == "none" else key)


def status_of(operation: Do, client: Any) -> int:
    try:
        answer = operation(client)
    except ClientError as refusal:
        answer = refusal.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])
