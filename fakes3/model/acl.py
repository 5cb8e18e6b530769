"""Access control lists: the permissions that a bucket or an object grants.

An ACL grants permissions to accounts, by their canonical ids, and to groups. It can allow, but not deny. Object
Ownership decides whether ACLs count: see `model/ownership.py`.

S3: userguide/acl-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from fakes3.model.errors import AccessDenied, InvalidArgument, InvalidRequest, MalformedACLError, MethodNotAllowed
from fakes3.model.identity import ANONYMOUS_CANONICAL_ID

ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"

GROUPS: Final = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})
"""The groups that can be grantees."""

PUBLIC: Final = frozenset({ALL_USERS, AUTHENTICATED_USERS})
"""The groups that make a grant public, since every caller can belong to them."""

EC2: Final = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
"""The canonical id of Amazon EC2, which fetches machine images."""

MOST_GRANTS: Final = 100
"""The most grants of an ACL. S3: userguide/acl-overview.html"""


class Permission(StrEnum):
    """The permission that a grant gives."""

    FULL_CONTROL = "FULL_CONTROL"
    READ = "READ"
    WRITE = "WRITE"
    READ_ACP = "READ_ACP"
    WRITE_ACP = "WRITE_ACP"


class Grant(NamedTuple):
    """A permission for a grantee: an account, by its canonical id, or a group, by its URI."""

    grantee: str
    permission: Permission


Acl: TypeAlias = tuple[Grant, ...]
"""The grants of a bucket or an object, in order."""


def private(owner: str) -> Acl:
    """Return the default ACL, which grants everything to the owner (a canonical id)."""
    return (Grant(owner, Permission.FULL_CONTROL),)


def is_public(acl: Acl) -> bool:
    """Whether an ACL grants anything to all users, or to all users who sign.

    S3: userguide/access-control-block-public-access.html, "The meaning of public"
    """
    return any(grant.grantee in PUBLIC for grant in acl)


def without_public(acl: Acl) -> Acl:
    """Return the grants that are not public."""
    return tuple(grant for grant in acl if grant.grantee not in PUBLIC)


def grant_for(acl: Acl, permission: Permission, *, canonical_id: str, is_anonymous: bool) -> Grant | None:
    """Return the grant that gives a caller a permission: one to a group, if there is one, else one to its account."""
    groups = {ALL_USERS} if is_anonymous else PUBLIC
    wanted = {permission, Permission.FULL_CONTROL}
    found = [grant for grant in acl if grant.permission in wanted and grant.grantee in {canonical_id, *groups}]
    return min(found, key=lambda grant: grant.grantee == canonical_id, default=None)


def shared_acl(owner: str, bucket_owner: str, others: Acl = ()) -> Acl:
    """Return the ACL that grants everything to an object's owner and to its bucket's, and these to others."""
    accounts = dict.fromkeys((owner, bucket_owner))
    return (*(Grant(each, Permission.FULL_CONTROL) for each in accounts), *others)


def grant_for_delivery(acl: Acl) -> Grant | None:
    """Return the grant by which logs may be written to a bucket. The group of log delivery needs READ_ACP, too.

    S3: userguide/enable-server-access-logging.html, "Grant permissions to the log delivery group"
    """
    wanted = [Grant(LOG_DELIVERY, each) for each in (Permission.WRITE, Permission.READ_ACP)]
    return wanted[0] if set(wanted) <= set(acl) or Grant(LOG_DELIVERY, Permission.FULL_CONTROL) in acl else None


# ---- Canned ACLs ----

PRIVATE: Final = "private"
BUCKET_OWNER_FULL_CONTROL: Final = "bucket-owner-full-control"

_ADDED: Final[Mapping[str, Acl]] = {
    PRIVATE: (),
    "public-read": (Grant(ALL_USERS, Permission.READ),),
    "public-read-write": (Grant(ALL_USERS, Permission.READ), Grant(ALL_USERS, Permission.WRITE)),
    "authenticated-read": (Grant(AUTHENTICATED_USERS, Permission.READ),),
    "aws-exec-read": (Grant(EC2, Permission.READ),),
    "log-delivery-write": (Grant(LOG_DELIVERY, Permission.WRITE), Grant(LOG_DELIVERY, Permission.READ_ACP)),
}
"""What canned ACLs grant in addition to the owner's FULL_CONTROL. S3: userguide/acl-overview.html, "Canned ACL" """

_FOR_BUCKET_OWNER: Final = {"bucket-owner-read": Permission.READ, BUCKET_OWNER_FULL_CONTROL: Permission.FULL_CONTROL}
"""What canned ACLs of objects grant to the bucket's owner."""

CANNED_FOR_BUCKETS: Final = frozenset(_ADDED) | frozenset(_FOR_BUCKET_OWNER)
"""The canned ACLs that a bucket accepts. Those that grant to the bucket's owner add nothing to its FULL_CONTROL."""

CANNED_FOR_OBJECTS: Final = CANNED_FOR_BUCKETS - {"log-delivery-write"}
"""The canned ACLs that an object accepts."""


# ---- ACLs in requests ----


class RequestedAcl(NamedTuple):
    """The ACL in a request: the name of a canned ACL, or grants."""

    canned: str | None = None
    grants: Acl = ()

    def of(self, owner: str, *, bucket_owner: str) -> Acl | None:
        """Return the ACL of a bucket or object of this owner; None for the default ACL.

        Grants replace the default ACL, so an owner who is not among the grantees has no grant.
        """
        full = acl = private(owner)
        if self.canned is None:
            acl = self.grants
        elif self.canned in _ADDED:
            acl += _ADDED[self.canned]
        elif bucket_owner != owner:
            acl += (Grant(bucket_owner, _FOR_BUCKET_OWNER[self.canned]),)
        return None if acl == full else acl


HEADERS: Final[Mapping[str, Permission]] = {
    "x-amz-grant-full-control": Permission.FULL_CONTROL,
    "x-amz-grant-read": Permission.READ,
    "x-amz-grant-read-acp": Permission.READ_ACP,
    "x-amz-grant-write": Permission.WRITE,
    "x-amz-grant-write-acp": Permission.WRITE_ACP,
}
"""The permission that each header grants, in the order in which S3 keeps the grants."""

# These are compiled at first use: few requests set an ACL.
_GRANTEE = r'\s*(?P<type>id|uri|emailAddress)\s*=\s*(?P<quote>"?)(?P<name>[^"]*)(?P=quote)\s*'
_CANONICAL_ID = "[0-9a-f]{64}|" + ANONYMOUS_CANONICAL_ID


def parse_acl_headers(canned: str | None, granted: Mapping[str, str], known: frozenset[str]) -> RequestedAcl:
    """Read the ACL in the headers of a request.

    Args:
        canned: The name of a canned ACL.
        granted: The headers of `HEADERS` in the request: lists of `id="..."` and `uri="..."`, the quotes optional.
        known: The canned ACLs that the bucket or object accepts.

    Raises: InvalidArgument, InvalidRequest, MalformedACLError, and MethodNotAllowed for an e-mail address, which S3 no
        longer accepts since October 2025.
    """
    # recorded: TestS3::test_s3_bucket_acl_exceptions
    if canned is not None and canned not in known:
        raise InvalidArgument("", "x-amz-acl", canned)
    if canned is not None and granted:
        raise InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    if canned is not None:
        return RequestedAcl(canned)
    return request_grants(
        Grant(_parse_grantee_item(header, item.strip()), permission)
        for header, permission in HEADERS.items()
        if header in granted
        for item in granted[header].split(",")
    )


def request_grants(grants: Iterable[Grant]) -> RequestedAcl:
    """Return an ACL of these grants. Raises: MalformedACLError for too many."""
    acl = tuple(grants)
    if len(acl) > MOST_GRANTS:
        raise MalformedACLError
    return RequestedAcl(grants=acl)


def parse_account(canonical_id: str | None) -> str:
    """Read the canonical id of an account in a document.

    Raises: MalformedACLError if it is absent, InvalidArgument for other text.
    """
    if canonical_id is None:
        raise MalformedACLError
    return _parse_canonical_id(canonical_id, "CanonicalUser/ID")


def parse_grantee(kind: str, canonical_id: str | None, uri: str | None) -> str:
    """Read the grantee of a grant in a document, whose `xsi:type` is `kind`: an account by its id, a group by its URI.

    Raises: MalformedACLError, InvalidArgument, MethodNotAllowed.
    """
    # recorded: TestS3::test_s3_bucket_acl_exceptions
    if kind == "AmazonCustomerByEmail":
        raise MethodNotAllowed
    if kind == "CanonicalUser":
        return parse_account(canonical_id)
    if uri is None:
        raise MalformedACLError
    return _parse_group(uri, "Group/URI")


def check_owner(stated: str, owner: str) -> None:
    """Refuse a document that names another owner (a canonical id). An ACL cannot change the owner."""
    if stated != owner:
        raise AccessDenied(
            reason=f"the document names {stated} as owner, and the owner is {owner}. "
            "An ACL cannot change the owner: send the Owner that GetBucketAcl or GetObjectAcl returns."
        )


def _parse_grantee_item(header: str, item: str) -> str:
    found = re.fullmatch(_GRANTEE, item)
    if found is None:
        raise InvalidArgument("Argument format not recognized", header, item)
    if found["type"] == "emailAddress":
        raise MethodNotAllowed
    return _parse_canonical_id(found["name"], "id") if found["type"] == "id" else _parse_group(found["name"], "uri")


def _parse_canonical_id(canonical_id: str, argument: str) -> str:
    if not re.fullmatch(_CANONICAL_ID, canonical_id):
        raise InvalidArgument(
            "Invalid id",
            argument,
            canonical_id,
            reason="a grantee's id is the canonical id of an account, 64 hexadecimal digits. Name one that exists, "
            'such as s3.account("111122223333").canonical_id or the Owner of GetBucketAcl.',
        )
    return canonical_id


def _parse_group(uri: str, argument: str) -> str:
    if uri not in GROUPS:
        raise InvalidArgument("Invalid group uri", argument, uri)
    return uri
