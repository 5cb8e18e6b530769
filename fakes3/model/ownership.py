"""Object Ownership: who owns what is written to a bucket, and whether its ACLs mean anything.

Every bucket is *bucket owner enforced*: its owner owns all objects in it and ACLs are switched off. A write may still
carry the one ACL that says just that, in either of its spellings; every other is refused.

An ACL comes as the name of a canned one, or as headers that grant a permission to a list of grantees.

S3: userguide/about-object-ownership.html, userguide/acl-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from fakes3.model.errors import (
    AccessControlListNotSupported,
    InvalidArgument,
    InvalidRequest,
    MethodNotAllowed,
)

BUCKET_OWNER_FULL_CONTROL: Final = "bucket-owner-full-control"

CANNED_FOR_OBJECTS: Final = frozenset(
    {
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        BUCKET_OWNER_FULL_CONTROL,
    }
)
"""The canned ACLs that an object can have."""

GROUPS: Final = frozenset(
    {
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        "http://acs.amazonaws.com/groups/s3/LogDelivery",
    }
)
"""The groups S3 knows."""

GRANT_FULL_CONTROL: Final = "x-amz-grant-full-control"

_GRANTEE = re.compile(r'\s*(?P<type>[^=\s]+)\s*=\s*(?P<quote>"?)(?P<name>[^"]*)(?P=quote)\s*')
_CANONICAL_ID = re.compile("[0-9a-f]{64}")


class Grantee(NamedTuple):
    """To whom a header grants: an account by its canonical `id`, or a group by its `uri`."""

    type: str
    name: str


def check_acl_of_write(canned: str | None, grants: Mapping[str, str], *, bucket_owner: str) -> None:
    """Refuse a write with an ACL to a bucket whose ACLs are switched off, unless it says what holds anyway.

    What is wrong in itself is told first.

    Args:
        canned: The name of the canned ACL.
        grants: The grant headers, by their names.
        bucket_owner: The canonical id of the bucket's owner.

    Raises: InvalidArgument, InvalidRequest, MethodNotAllowed, AccessControlListNotSupported.
    """
    if canned is not None and canned not in CANNED_FOR_OBJECTS:
        # recorded: TestS3::test_s3_bucket_acl_exceptions, where the Message is empty
        raise InvalidArgument("", ArgumentName="x-amz-acl", ArgumentValue=canned)
    if canned is not None and grants:
        raise InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    grantees = {header: grantees_in(header, text) for header, text in grants.items()}
    says_nothing = canned is None and not grants
    says_what_holds = (canned, grantees) in (
        (BUCKET_OWNER_FULL_CONTROL, {}),
        (None, {GRANT_FULL_CONTROL: (Grantee("id", bucket_owner),)}),
    )
    if not (says_nothing or says_what_holds):
        raise AccessControlListNotSupported


def grantees_in(header: str, text: str) -> tuple[Grantee, ...]:
    """To whom a grant header grants its permission: `id="...", uri="..."`, the quotes optional.

    Raises: InvalidArgument; MethodNotAllowed for an e-mail address, which since October 2025 cannot be granted to.
    """
    # recorded: TestS3::test_s3_bucket_acl_exceptions
    return tuple(_grantee(header, item.strip()) for item in text.split(","))


def _grantee(header: str, item: str) -> Grantee:
    found = _GRANTEE.fullmatch(item)
    if found is None or found["type"] not in {"id", "uri", "emailAddress"}:
        raise InvalidArgument("Argument format not recognized", ArgumentName=header, ArgumentValue=item)
    grantee = Grantee(found["type"], found["name"])
    if grantee.type == "emailAddress":
        raise MethodNotAllowed
    if grantee.type == "uri" and grantee.name not in GROUPS:
        raise InvalidArgument("Invalid group uri", ArgumentName="uri", ArgumentValue=grantee.name)
    if grantee.type == "id" and not _CANONICAL_ID.fullmatch(grantee.name):
        raise InvalidArgument("Invalid id", ArgumentName="id", ArgumentValue=grantee.name)
    return grantee
