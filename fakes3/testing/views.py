"""Read-only views of what is in a fake, for asserts: buckets, objects, versions.

A view of buckets or of a bucket shows the fake as it is at the moment it is asked. An object is one moment's value: it
stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fakes3.model.errors import UsageError
from fakes3.model.lock import LegalHold, Retention
from fakes3.model.versions import DeleteMarker, Entry, Version
from fakes3.operations.service import Service

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket


class ObjectView:
    """An object, or one version of it, as it was when the view was made."""

    def __init__(self, key: str, version: Version) -> None:
        self.key = key
        self._version = version

    @property
    def body(self) -> bytes:
        """Its bytes."""
        return bytes(self._version.body)

    @property
    def text(self) -> str:
        """Its bytes, read as UTF-8."""
        return self.body.decode()

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._version.size

    @property
    def etag(self) -> str:
        """Its ETag, without quotes."""
        return self._version.etag

    @property
    def metadata(self) -> dict[str, str]:
        """Its user metadata, names in lower case."""
        return dict(self._version.attributes.metadata)

    @property
    def headers(self) -> dict[str, str]:
        """Its system metadata by the API's names: `ContentType`, `CacheControl`, ..."""
        return dict(self._version.attributes.headers)

    @property
    def content_type(self) -> str:
        """Its Content-Type."""
        return self.headers["ContentType"]

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, by key."""
        return dict(self._version.attributes.tags)

    @property
    def storage_class(self) -> str:
        """Its storage class, `STANDARD` too."""
        return self._version.attributes.storage_class

    @property
    def retention(self) -> Retention | None:
        """How strictly and until when it is kept, `.mode` and `.until`, also when that time is over; None for never."""
        return self._version.attributes.retention

    @property
    def legal_hold(self) -> bool:
        """Whether a legal hold is on it."""
        return self._version.attributes.legal_hold is LegalHold.ON

    @property
    def checksum(self) -> tuple[str, str] | None:
        """The algorithm and Base64 value of the checksum S3 keeps with it."""
        kept = self._version.checksum
        return None if kept is None else (kept.algorithm, kept.value)

    @property
    def version_id(self) -> str:
        """Its version id; "null" if it was written while versioning was off or suspended."""
        return self._version.id

    @property
    def last_modified(self) -> datetime:
        """When it was written: aware, in UTC, whole seconds."""
        return self._version.last_modified

    @property
    def is_delete_marker(self) -> bool:
        """False: this is an object."""
        return False

    def __repr__(self) -> str:
        return f"<object {self.key!r} version {self.version_id}, {self.size} bytes>"


class DeleteMarkerView:
    """A delete marker in the history of a key."""

    def __init__(self, key: str, marker: DeleteMarker) -> None:
        self.key = key
        self.version_id = marker.id
        self.last_modified = marker.last_modified

    @property
    def is_delete_marker(self) -> bool:
        """True."""
        return True

    def __repr__(self) -> str:
        return f"<delete marker of {self.key!r} version {self.version_id}>"


class KeyView(ObjectView):
    """The current object of a key, with the key's other versions."""

    def __init__(self, key: str, version: Version, entries: tuple[Entry, ...]) -> None:
        super().__init__(key, version)
        self._entries = entries

    @property
    def versions(self) -> list[ObjectView | DeleteMarkerView]:
        """Every version and delete marker of the key, newest first."""
        return [view_of(self.key, entry) for entry in self._entries]


def view_of(key: str, entry: Entry) -> ObjectView | DeleteMarkerView:
    """The view of a version or delete marker."""
    return DeleteMarkerView(key, entry) if isinstance(entry, DeleteMarker) else ObjectView(key, entry)


class BucketView(Mapping[str, KeyView]):
    """The current objects of a bucket by key, in S3's order."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self.name = name

    @property
    def _bucket(self) -> Bucket:
        bucket = self._service.present().buckets.get(self.name)
        if bucket is None:
            raise UsageError(
                f"There is no bucket {self.name!r} in this fake. "
                f'Make it with s3.create_bucket("{self.name}"), or with a client.'
            )
        return bucket

    @property
    def region(self) -> str:
        """The region it lives in."""
        return self._bucket.region

    @property
    def created(self) -> datetime:
        """When it was created."""
        return self._bucket.created

    @property
    def versioning(self) -> str | None:
        """`Enabled`, `Suspended`, or None when it never was enabled."""
        state = self._bucket.versioning
        return None if state is None else state.value

    @property
    def object_lock(self) -> bool:
        """Whether Object Lock is enabled."""
        return self._bucket.lock is not None

    def versions(self, key: str) -> list[ObjectView | DeleteMarkerView]:
        """Every version and delete marker of a key, newest first; also of a key that a delete marker hides."""
        return [view_of(key, entry) for entry in self._bucket.versions.of(key)]

    def __getitem__(self, key: str) -> KeyView:
        versions = self._bucket.versions
        version = versions.current.get(key)
        if version is None:
            raise KeyError(key)
        return KeyView(key, version, tuple(versions.of(key)))

    def __contains__(self, key: object) -> bool:
        return key in self._bucket.versions.current

    def __iter__(self) -> Iterator[str]:
        return iter(self._bucket.versions.current)

    def __len__(self) -> int:
        return len(self._bucket.versions.current)

    def __repr__(self) -> str:
        return f"<bucket {self.name!r}>"


class BucketsView(Mapping[str, BucketView]):
    """The buckets of a fake by name, whoever owns them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __getitem__(self, name: str) -> BucketView:
        if name not in self._service.present().buckets:
            raise KeyError(name)
        return BucketView(self._service, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._service.present().buckets)

    def __len__(self) -> int:
        return len(self._service.present().buckets)

    def __repr__(self) -> str:
        return f"<buckets: {', '.join(self) or 'none'}>"
