"""A bucket: a name, an owner, a region, its configurations, and the versions of its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from fakes3.model.acl import Acl
from fakes3.model.encryption import FALLBACK, BucketEncryption
from fakes3.model.lifecycle import LifecycleConfiguration
from fakes3.model.lock import LockConfiguration
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import ALL_BLOCKED, PublicAccessBlock
from fakes3.model.uploads import MultipartUpload
from fakes3.model.versions import Versioning, Versions

if TYPE_CHECKING:
    from fakes3.model.policy import Policy

BUCKET_OWNER, REQUESTER = "BucketOwner", "Requester"
"""Who may pay for the requests to a bucket."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as it is at one moment. Every change answers a new bucket that shares what did not change."""

    name: str
    owner: str
    """The account that created it: 12 digits. It never changes."""
    region: str
    created: datetime
    location: str | None = None
    """The location constraint it was created with: "EU" and "eu-west-1" are one region, but read back as given."""
    versioning: Versioning | None = None
    encryption: BucketEncryption = FALLBACK
    lock: LockConfiguration | None = None
    """Its Object Lock; None where it is not enabled."""
    lifecycle: LifecycleConfiguration | None = None
    ownership: Ownership | None = Ownership.ENFORCED
    """Its Object Ownership; None where the setting was deleted: it then behaves as ObjectWriter."""
    acl: Acl | None = None
    """Its ACL, as it was set; None where it grants everything to its owner and nothing to others."""
    public_access: PublicAccessBlock | None = ALL_BLOCKED
    """Its Block Public Access; None where the setting was deleted."""
    policy: Policy | None = None
    payer: str = BUCKET_OWNER
    """Who pays for requests: "BucketOwner" or "Requester"."""
    uploads: OrderedMap[tuple[str, int], MultipartUpload] = OrderedMap()
    """The multipart uploads under way, by key and sequence number: by key, the one begun first before the others."""
    versions: Versions = Versions()

    @property
    def acls_apply(self) -> bool:
        """Whether its ACL and those of its objects mean anything."""
        return self.ownership is not Ownership.ENFORCED

    def having(self, versions: Versions) -> Bucket:
        """The bucket with these versions of its keys."""
        # Every put comes here, and replace() takes thrice as long.
        return _made(*_beside_versions(self), versions)

    def uploading(self, upload: MultipartUpload) -> Bucket:
        """The bucket with this multipart upload as it stands now."""
        return replace(self, uploads=self.uploads.set((upload.key, upload.sequence), upload))

    def without_upload(self, upload: MultipartUpload) -> Bucket:
        """The bucket without this multipart upload: it was completed or aborted."""
        return replace(self, uploads=self.uploads.delete((upload.key, upload.sequence)))


_made: Callable[..., Bucket] = Bucket
_beside_versions = attrgetter(*(each.name for each in fields(Bucket) if each.name != "versions"))
