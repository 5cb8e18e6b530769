"""S3 Block Public Access: four switches that hold whatever ACLs and policies say.

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
    """Refuses writes with a public ACL; ACLs that are there stay."""
    ignore_public_acls: bool = False
    """Makes public grants mean nothing; they may still be written."""
    block_public_policy: bool = False
    """Refuses bucket policies that are public."""
    restrict_public_buckets: bool = False
    """Lets nobody from outside the owner's account into a bucket whose policy is public."""

    def __or__(self, other: PublicAccessBlock) -> PublicAccessBlock:
        """What is blocked where two hold at once: a bucket's and its account's."""
        return PublicAccessBlock(
            self.block_public_acls or other.block_public_acls,
            self.ignore_public_acls or other.ignore_public_acls,
            self.block_public_policy or other.block_public_policy,
            self.restrict_public_buckets or other.restrict_public_buckets,
        )


SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""What the API calls them, in their order."""


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
    """Refuse to write a public ACL where they are blocked. ACLs that are there stay.

    S3 tells why to callers of the bucket owner's own account.

    Args:
        block: What is blocked, by the bucket or its owner's account.
        acl: The ACL that is to be written.
        caller: Who writes it.
        owner: The account that owns the bucket.
        action: The action as S3 names it in its answer: `s3:PutObjectAcl`.
        resource: The ARN of what gets the ACL.

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
