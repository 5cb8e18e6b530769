"""ACLs of buckets, and of each version of an object. To change one makes no new version, and changes no date.

An ACL is set by headers or by a document, never by both. The ACL of a write is read in `write_headers.py`.

S3: userguide/acl-overview.html, API/API_PutBucketAcl.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from fakes3.model.acl import (
    CANNED_FOR_BUCKETS,
    CANNED_FOR_OBJECTS,
    GROUPS,
    Acl,
    Grant,
    Permission,
    RequestedAcl,
    check_owner,
    parse_account,
    parse_grantee,
    private,
    request_grants,
    without_public,
)
from fakes3.model.bucket import Bucket
from fakes3.model.errors import MalformedACLError, MalformedXML, MissingSecurityHeader, UnexpectedContent
from fakes3.model.identity import canonical_id
from fakes3.model.public_access import PublicAccessBlock
from fakes3.model.versions import Version
from fakes3.operations.call import Call, action_on
from fakes3.operations.lookup import find_subresource, object_at
from fakes3.operations.members import AnyAclHeaders, Document, ExpectedOwner, Members, VersionHeaders
from fakes3.operations.registry import operation
from fakes3.operations.response_members import shown_version_id
from fakes3.operations.write_headers import judge_acl, read_acl


class BucketAclHeaders(AnyAclHeaders, ExpectedOwner, total=False):
    """The headers of PutBucketAcl."""


class ObjectAclHeaders(AnyAclHeaders, VersionHeaders, total=False):
    """The headers of PutObjectAcl. WRITE on an object has no effect, but can be granted."""


@operation
def put_bucket_acl(
    s3: Call, *, Bucket: str, AccessControlPolicy: Document[Members] | None = None, **headers: Unpack[BucketAclHeaders]
) -> Members:
    """Set the ACL of a bucket, in place of all its grants."""
    bucket = s3.bucket(Bucket, headers, "s3:PutBucketAcl")
    wanted = _read_acl(headers, AccessControlPolicy, CANNED_FOR_BUCKETS, bucket.owner)
    acl = judge_acl(s3, bucket, None, wanted, bucket.owner, action="s3:PutBucketAcl")
    if bucket.acls_apply and acl != bucket.acl:
        s3.commit(bucket._replace(acl=acl))
    return {}


@operation
def get_bucket_acl(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return the ACL of a bucket, as far as it applies."""
    bucket = s3.bucket(Bucket, headers, "s3:GetBucketAcl")
    return _acl_members(bucket.owner, effective_acl(bucket, None, s3.blocked_in(bucket)))


@operation
def put_object_acl(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    AccessControlPolicy: Document[Members] | None = None,
    **headers: Unpack[ObjectAclHeaders],
) -> Members:
    """Set the ACL of an object, or of one version of it, in place of all its grants."""
    bucket, version = find_subresource(s3, headers, "s3:PutObjectAcl", Bucket, Key)
    owner = bucket.owner_of(version)
    wanted = _read_acl(headers, AccessControlPolicy, CANNED_FOR_OBJECTS, owner)
    acl = judge_acl(s3, bucket, Key, wanted, owner, action="s3:PutObjectAcl")
    if bucket.acls_apply and acl != version.attributes.acl:
        s3.commit(bucket.with_attributes(Key, version, acl=acl), "ObjectAcl:Put", Key, version)
    return {"VersionId": shown_version_id(bucket, version)}


@operation
def get_object_acl(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[VersionHeaders]) -> Members:
    """Return the ACL of an object, or of one version of it, as far as it applies."""
    version_id = headers.get("VersionId")
    action = action_on("s3:GetObjectAcl", version_id)
    bucket = s3.bucket(Bucket, headers, action, key=Key, version_id=version_id)
    version = object_at(s3, bucket, Key, version_id)  # as a read finds it: behind a delete marker there is none
    answer = _acl_members(bucket.owner_of(version), effective_acl(bucket, version, s3.blocked_in(bucket)))
    return answer | {"VersionId": shown_version_id(bucket, version)}


def effective_acl(bucket: Bucket, version: Version | None, block: PublicAccessBlock) -> Acl:
    """Return what the ACL of a bucket, or of an object in it, grants in effect.

    Under BucketOwnerEnforced the bucket's owner has full control, and nobody else has a grant. Public grants are left
    out where they are ignored.

    S3: userguide/about-object-ownership.html, userguide/access-control-block-public-access.html
    """
    if not bucket.acls_apply:
        return private(canonical_id(bucket.owner))
    acl = bucket.effective_acl if version is None else bucket.acl_of(version)
    return without_public(acl) if block.ignore_public_acls else acl


def _read_acl(
    headers: Mapping[str, object], document: Document[Members] | None, canned: frozenset[str], owner: str | None
) -> RequestedAcl:
    """Return the ACL that a request asks for, by headers or by its document, for a bucket or object of `owner`.

    Raises: MissingSecurityHeader, UnexpectedContent, MalformedACLError, AccessDenied, and what `read_acl` raises.
    """
    # recorded: TestS3::test_s3_bucket_acl_exceptions
    in_headers = read_acl(headers, canned)
    if in_headers is not None:
        if document is not None:
            raise UnexpectedContent
        return in_headers
    if document is None:
        raise MissingSecurityHeader(MissingHeaderName="x-amz-acl")
    try:
        policy = document.read()
    except MalformedXML:
        raise MalformedACLError from None
    if "Owner" not in policy or "Grants" not in policy:
        raise MalformedACLError
    stated_owner = parse_account(policy["Owner"].get("ID"))
    wanted = request_grants(_read_grant(each) for each in policy["Grants"])
    check_owner(stated_owner, canonical_id(owner))
    return wanted


def _read_grant(members: Members) -> Grant:
    if "Grantee" not in members or "Permission" not in members:
        raise MalformedACLError
    grantee = members["Grantee"]
    named = parse_grantee(grantee["Type"], grantee.get("ID"), grantee.get("URI"))
    return Grant(named, Permission(members["Permission"]))


def _acl_members(owner: str | None, acl: Acl) -> Members:
    """Return the members that show an ACL."""
    grants: list[Members] = []
    for grantee, permission in acl:
        shown = {"Type": "Group", "URI": grantee} if grantee in GROUPS else {"Type": "CanonicalUser", "ID": grantee}
        grants.append({"Grantee": shown, "Permission": permission.value})
    return {"Owner": {"ID": canonical_id(owner)}, "Grants": grants}
