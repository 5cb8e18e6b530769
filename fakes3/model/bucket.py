"""A bucket: a name, an owner, a region, its configurations, and the versions of its keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

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
    versions: Versions = Versions()
    uploads: OrderedMap[tuple[str, int], MultipartUpload] = OrderedMap()
    """The multipart uploads under way, by key and sequence number: by key, the one begun first before the others."""

    def having(self, versions: Versions) -> Bucket:
        """The bucket with these versions of its keys."""
        return replace(self, versions=versions)

    def uploading(self, upload: MultipartUpload) -> Bucket:
        """The bucket with this multipart upload as it stands now."""
        return replace(self, uploads=self.uploads.set((upload.key, upload.sequence), upload))

    def without_upload(self, upload: MultipartUpload) -> Bucket:
        """The bucket without this multipart upload: it was completed or aborted."""
        return replace(self, uploads=self.uploads.delete((upload.key, upload.sequence)))
