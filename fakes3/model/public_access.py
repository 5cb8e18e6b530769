"""S3 Block Public Access: four switches that override what ACLs and policies grant.

S3: userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from fakes3.model.acl import Acl, is_public
from fakes3.model.errors import AccessDenied, InvalidRequest
from fakes3.model.identity import Principal, not_authorized


class PublicAccessBlock(NamedTuple):
    """What is blocked, for a bucket or for all buckets of an account."""

    block_public_acls: bool = False
    """Refuses writes with a public ACL; existing ACLs stay."""
    ignore_public_acls: bool = False
    """Ignores public grants; they may still be written."""
    block_public_policy: bool = False
    """Refuses bucket policies that are public."""
    restrict_public_buckets: bool = False
    """Refuses callers of other accounts where the bucket's policy is public."""

    def __or__(self, other: PublicAccessBlock) -> PublicAccessBlock:
        """Return what two of them block together: a bucket's and its account's."""
        return PublicAccessBlock(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The API's names of the switches, in the order of `PublicAccessBlock`."""


def block_of(document: Mapping[str, bool]) -> PublicAccessBlock:
    """Return what a configuration blocks. A switch that it does not name is off."""
    return PublicAccessBlock(*(document.get(name, False) for name in SWITCHES))


def switches_of(block: PublicAccessBlock) -> dict[str, bool]:
    """Return the configuration that blocks this, with all four switches."""
    return dict(zip(SWITCHES, block, strict=True))


NOTHING_BLOCKED = PublicAccessBlock()
ALL_BLOCKED = PublicAccessBlock(True, True, True, True)
"""What every new bucket has since April 2023."""


def check_configuration(document: Collection[str]) -> None:
    """Refuse a configuration that names no switch.

    Raises: InvalidRequest.
    """
    if not document:
        raise InvalidRequest("Must specify at least one configuration.")


def check_acl_of_write(
    block: PublicAccessBlock, acl: Acl | None, *, caller: Principal, owner: str, action: str, resource: str
) -> None:
    """Refuse to write a public ACL where public ACLs are blocked. Existing ACLs stay.

    The message says why only to callers of the bucket owner's account. It names `action` (`s3:PutObjectAcl`) and
    `resource`, the ARN of what gets the ACL.

    Raises: AccessDenied.
    S3: userguide/troubleshoot-403-errors.html, "Block Public Access settings"
    """
    if acl is None or not block.block_public_acls or not is_public(acl):
        return
    because = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    raise AccessDenied(
        not_authorized(caller.arn, action, resource, because) if caller.account == owner else AccessDenied.message,
        reason=f"the ACL of {resource} would be public, and BlockPublicAcls is on for the bucket or its account. "
        "Grant to accounts instead, or switch it off with PutPublicAccessBlock.",
    )
