"""Who owns what is in a bucket, and the ACLs that hold where none was set.

S3: userguide/about-object-ownership.html, userguide/acl-overview.html
"""

from __future__ import annotations

from fakes3.model.acl import Acl, private
from fakes3.model.bucket import Bucket
from fakes3.model.errors import MethodNotAllowed
from fakes3.model.identity import Principal, canonical_id
from fakes3.model.versions import Entry, Version


def owner_of(bucket: Bucket, version: Entry) -> str | None:
    """The account that owns an object, or a delete marker; None for one whose writer did not sign.

    While the bucket's owner is enforced, it owns every object, whoever wrote it.
    """
    return version.owner if bucket.acls_apply else bucket.owner


def acl_of_bucket(bucket: Bucket) -> Acl:
    """The ACL of a bucket, as it was set or as it is of itself."""
    return private(canonical_id(bucket.owner)) if bucket.acl is None else bucket.acl


def acl_of_object(bucket: Bucket, version: Version) -> Acl:
    """The ACL of an object: everything for its owner, unless something else was set."""
    acl = version.attributes.acl
    return private(canonical_id(owner_of(bucket, version))) if acl is None else acl


def check_of_own_account(who: Principal, bucket: Bucket) -> None:
    """Refuse a caller of another account what only the owner's own may, whatever a policy allows.

    Raises: MethodNotAllowed.
    S3: API/API_PutBucketPolicy.html, "Permissions"
    """
    if who.account != bucket.owner:
        raise MethodNotAllowed(
            reason=f"the policy of a bucket is only for the account that owns it, {bucket.owner}, even where it allows "
            f"{who} to read or set it. Ask as somebody of that account.",
            ResourceType="BUCKETPOLICY",
        )
