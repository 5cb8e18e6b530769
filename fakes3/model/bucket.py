"""A bucket: a name, an owner, a region, its configurations, and the versions of its keys.

S3: userguide/about-object-ownership.html, userguide/acl-overview.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from fakes3.model.acl import Acl, private
from fakes3.model.configurations import ACCELERATION, NEW, Configurations, Document
from fakes3.model.directory import Directory
from fakes3.model.encryption import BucketEncryption
from fakes3.model.errors import InvalidRequest
from fakes3.model.identity import canonical_id
from fakes3.model.lock import LockConfiguration
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import PublicAccessBlock
from fakes3.model.versions import Entry, Version, Versioning, Versions

if TYPE_CHECKING:
    from fakes3.model.annotations import Annotations
    from fakes3.model.policy import Policy
    from fakes3.model.uploads import EndedUpload, MultipartUpload


def check_can_accelerate(name: str) -> None:
    """Refuse Transfer Acceleration for a bucket with a period in its name. Raises: InvalidRequest."""
    # recorded: TestS3BucketAccelerateConfiguration::test_bucket_acceleration_configuration_exc
    if "." in name:
        raise InvalidRequest(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
            reason=f"no certificate covers a name like {name} under the accelerate endpoint. Use the bucket without "
            "Transfer Acceleration, or choose a name without periods.",
        )


NAME_SPREADS_IN = timedelta(hours=1)
"""How long the name of a new bucket, under the global endpoint, leads to the partition's first region.

S3 names no time. A user saw it lead there for about an hour.
S3: userguide/Redirects.html, observed: aws/aws-sdk-ruby#133
"""


class Bucket(NamedTuple):
    """A bucket as it is at one moment. Every change returns a new bucket that shares what did not change."""

    name: str
    owner: str
    """The account that created it, 12 digits. It never changes."""
    region: str
    created: datetime
    location: str | None = None
    """The location constraint it was created with, where that is no region's name but "EU": it is shown as given."""
    configurations: Configurations = NEW
    acl: Acl | None = None
    """The ACL that was put; None for the default, which grants full control to the owner."""
    policy: Policy | None = None
    uploads: OrderedMap[tuple[str, int], MultipartUpload] = OrderedMap()
    """The multipart uploads in progress, by key and sequence number: those of one key by time of initiation."""
    ended_uploads: OrderedMap[tuple[str, int], EndedUpload] = OrderedMap()
    """The multipart uploads that were completed or aborted, by key and sequence number."""
    directory: Directory | None = None
    """What only a directory bucket has; None for a general purpose bucket."""
    versions: Versions = Versions()

    def emptied(self) -> Bucket:
        """Return the bucket as it would be without versions and uploads."""
        return self._replace(uploads=OrderedMap(), ended_uploads=OrderedMap(), versions=Versions())

    @property
    def versioning(self) -> Versioning | None:
        """Whether versions are kept; None for a bucket that never had versioning."""
        return self.configurations.versioning

    @property
    def encryption(self) -> BucketEncryption:
        """How it encrypts writes that name no encryption, and whether it blocks customers' keys."""
        return self.configurations.encryption

    @property
    def lock(self) -> LockConfiguration | None:
        """Its Object Lock; None where that is not enabled."""
        return self.configurations.lock

    @property
    def ownership(self) -> Ownership | None:
        """Its Object Ownership; None where the setting was deleted, which means ObjectWriter."""
        return self.configurations.ownership

    @property
    def public_access(self) -> PublicAccessBlock | None:
        """Its Block Public Access; None where the setting was deleted."""
        return self.configurations.public_access

    @property
    def acceleration(self) -> str | None:
        """Its Transfer Acceleration: "Enabled" or "Suspended"; None where it was never configured."""
        document = self.configurations.get(ACCELERATION)
        return None if document is None else document.get("Status")

    def check_accelerated(self) -> None:
        """Refuse a request at the accelerate endpoint where Transfer Acceleration is not enabled.

        Raises: InvalidRequest.
        S3: userguide/transfer-acceleration.html, API/ErrorResponses.html
        """
        check_can_accelerate(self.name)
        if self.acceleration != "Enabled":
            state = "not configured" if self.acceleration is None else "disabled"
            raise InvalidRequest(
                f"S3 Transfer Acceleration is {state} on this bucket",
                reason=f"the accelerate endpoint serves only accelerated buckets, and {self.name} is none. Make the "
                "client without use_accelerate_endpoint.",
            )

    def is_new(self, now: datetime) -> bool:
        """Whether its name, under the global endpoint, does not yet lead to its region."""
        return now - self.created < NAME_SPREADS_IN

    @property
    def payer(self) -> str:
        """Who pays for requests: "BucketOwner" or "Requester"."""
        return self.configurations.payer

    @property
    def acls_apply(self) -> bool:
        """Whether its ACL and the ACLs of its objects apply."""
        return self.configurations.ownership is not Ownership.ENFORCED

    @property
    def effective_acl(self) -> Acl:
        """Its ACL: the one that was put, else full control for its owner."""
        return private(canonical_id(self.owner)) if self.acl is None else self.acl

    def owner_of(self, entry: Entry) -> str | None:
        """Return the account that owns an object or a delete marker; None where an anonymous caller wrote it.

        Under BucketOwnerEnforced the bucket's owner owns every object.
        """
        return entry.owner if self.acls_apply else self.owner

    def acl_of(self, version: Version) -> Acl:
        """Return the ACL of an object: the one that was put, else full control for its owner."""
        acl = version.attributes.acl
        return private(canonical_id(self.owner_of(version))) if acl is None else acl

    def configure(self, name: str, document: Document, config_id: str = "") -> Bucket:
        """Return the bucket with this document as the configuration of that name."""
        return self._replace(configurations=self.configurations.put(name, document, config_id))

    def with_versions(self, versions: Versions) -> Bucket:
        """Return the bucket with these versions of its keys."""
        # Every put comes here, and Bucket() takes three times as long. The versions are the last member.
        return tuple.__new__(Bucket, (*self[:-1], versions))

    def with_attributes(self, key: str, version: Version, **changes: Any) -> Bucket:
        """Return the bucket in which these attributes of a version are changed."""
        changed = replace(version, attributes=replace(version.attributes, **changes))
        return self.with_versions(self.versions.replaced(key, version, changed))

    def with_annotations(self, key: str, version: Version, annotations: Annotations) -> Bucket:
        """Return the bucket in which a version has these annotations."""
        return self.with_versions(self.versions.replaced(key, version, version.became(annotations=annotations)))

    def with_upload(self, upload: MultipartUpload) -> Bucket:
        """Return the bucket with this multipart upload, in place of an earlier state of it."""
        return self._replace(uploads=self.uploads.set((upload.key, upload.sequence), upload))

    def without_upload(self, upload: MultipartUpload, *, now: datetime) -> Bucket:
        """Return the bucket without this multipart upload, which ends now."""
        from fakes3.model.uploads import EndedUpload  # it takes long to import, and most tests have no uploads

        place = upload.key, upload.sequence
        ended = self.ended_uploads.set(place, EndedUpload(upload.initiator, now))
        return self._replace(uploads=self.uploads.delete(place), ended_uploads=ended)
