"""A bucket: a name, an owner, a region, its configurations, and the versions of its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter

from fakes3.model.encryption import FALLBACK, BucketEncryption
from fakes3.model.lifecycle import LifecycleConfiguration
from fakes3.model.lock import LockConfiguration
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.uploads import MultipartUpload
from fakes3.model.versions import Versioning, Versions


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
    uploads: OrderedMap[tuple[str, int], MultipartUpload] = OrderedMap()
    """The multipart uploads under way, by key and sequence number: by key, the one begun first before the others."""
    versions: Versions = Versions()

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
