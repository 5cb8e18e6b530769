"""Object Ownership: who owns what is written to a bucket, and whether its ACLs apply.

A new bucket is *bucket owner enforced*: its owner owns all objects in it, and ACLs are switched off. A write may still
carry the one ACL that says the same, in any of its spellings; in a write of the owner's own account `private` is one
of them. Every other ACL is refused. Earlier owners and ACLs are kept meanwhile, and apply again when the setting is
changed.

S3: userguide/about-object-ownership.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fakes3.model.acl import BUCKET_OWNER_FULL_CONTROL, PRIVATE, Acl, RequestedAcl, is_public, private
from fakes3.model.errors import (
    AccessControlListNotSupported,
    InvalidArgument,
    InvalidBucketAclWithBlockPublicAccessError,
    InvalidBucketAclWithObjectOwnership,
)


class Ownership(StrEnum):
    """Who owns what others write to a bucket, and whether its ACLs apply. S3: API/API_CreateBucket.html"""

    ENFORCED = "BucketOwnerEnforced"
    PREFERRED = "BucketOwnerPreferred"
    WRITER = "ObjectWriter"


HEADER: Final = "x-amz-object-ownership"

_WAY_OUT: Final = (
    'Leave the ACL out and grant by a bucket policy, or make the bucket with ObjectOwnership="BucketOwnerPreferred" or '
    '"ObjectWriter". Code that lives with buckets from before April 2023: mock_s3(bucket_defaults="2022").'
)


def parse_ownership(header: str) -> Ownership:
    """Return the Object Ownership that the header of CreateBucket names.

    Raises: InvalidArgument.
    """
    # recorded: TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc
    try:
        return Ownership(header)
    except ValueError:
        raise InvalidArgument(f"Invalid {HEADER} header: {header}", ArgumentName=HEADER) from None


def owner_of_write(
    ownership: Ownership | None, *, bucket_owner: str, writer: str | None, canned: str | None = None
) -> str | None:
    """Return the account that owns what is written; None for an anonymous writer.

    Where the bucket's setting was deleted, `ownership` is None, which means ObjectWriter. `canned` is the canned ACL of
    the write. Grants that say the same do not change the owner.
    """
    gives_away = ownership is Ownership.PREFERRED and canned == BUCKET_OWNER_FULL_CONTROL
    return bucket_owner if ownership is Ownership.ENFORCED or gives_away else writer


def check_acl_while_enforced(wanted: RequestedAcl, *, bucket_owner: str, takes_private: bool = False) -> None:
    """Refuse an ACL of an object in a bucket whose ACLs are switched off, unless it says what applies anyway.

    That is: the bucket's owner (a canonical id) has full control, and nobody else has a grant. `private` says the same
    where the bucket's owner writes an object (`takes_private`); everywhere else it is refused.

    Raises: AccessControlListNotSupported.
    S3: userguide/object-ownership-error-responses.html
    """
    # observed: thephpleague/flysystem#1874, redpanda-data/connect#4372, rclone/rclone#6413
    if wanted.canned == PRIVATE and takes_private:
        return
    if wanted.canned != BUCKET_OWNER_FULL_CONTROL and wanted.grants != private(bucket_owner):
        raise AccessControlListNotSupported(
            reason="the bucket is BucketOwnerEnforced, which switches ACLs off: it takes no ACL but "
            f"bucket-owner-full-control. {_WAY_OUT}"
        )


def check_acl_of_bucket(ownership: Ownership | None, acl: Acl | None, *, owner: str) -> None:
    """Refuse to switch ACLs off in a bucket whose ACL, present or new, grants something to others.

    `ownership` is the new Object Ownership, `owner` the canonical id of the bucket's owner.

    Raises: InvalidBucketAclWithObjectOwnership.
    """
    if ownership is Ownership.ENFORCED and any(grant.grantee != owner for grant in acl or ()):
        raise InvalidBucketAclWithObjectOwnership(
            reason="the bucket's ACL grants something to others, and BucketOwnerEnforced switches ACLs off. "
            f"If the bucket exists, set its ACL to private first. {_WAY_OUT}"
        )


def check_new_acl(acl: Acl | None, *, blocks_public_acls: bool) -> None:
    """Refuse to create a bucket with a public ACL, where it or its account blocks public ACLs.

    Raises: InvalidBucketAclWithBlockPublicAccessError.
    S3: API/API_CreateBucket.html, userguide/troubleshoot-403-errors.html
    """
    if blocks_public_acls and acl is not None and is_public(acl):
        raise InvalidBucketAclWithBlockPublicAccessError(
            reason="a new bucket blocks public ACLs (BlockPublicAcls). Create it without the ACL, switch "
            'BlockPublicAcls off with PutPublicAccessBlock, then put the ACL; or use mock_s3(bucket_defaults="2022").'
        )
