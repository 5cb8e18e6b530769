"""Read-only views of the buckets, objects and versions in a fake, for asserts.

A view of a bucket always shows its present state. A view of an object is a value: it shows the object as it was when
the view was made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fakes3.model.acl import GROUPS, Acl
from fakes3.model.errors import UsageError
from fakes3.model.identity import canonical_id
from fakes3.model.lock import LegalHold
from fakes3.model.public_access import PublicAccessBlock
from fakes3.model.versions import DeleteMarker, Version
from fakes3.operations.acls import effective_acl
from fakes3.operations.service import Service
from fakes3.testing.attributes import Shown, Value, shown
from fakes3.testing.tree import bucket_facts, facts_of
from fakes3.wire.reasons import explain_absence

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket


Grants: TypeAlias = list[tuple[str, str]]
"""An ACL as pairs of grantee and permission. A group has its name (`AllUsers`), an owner the 12 digits of its account,
and any other account its canonical id."""

_MOST_NAMES = 20
"""How many buckets the repr of all buckets names."""


def _of_version(read: Callable[[Version], Value], doc: str) -> Shown[Value]:
    return shown(lambda owner: read(owner._version), doc)


def _of_bucket(read: Callable[[Bucket], Value], doc: str) -> Shown[Value]:
    return shown(lambda owner: read(owner._bucket), doc)


class ObjectView:
    """An object, or one version of it, as it was when the view was made."""

    is_delete_marker: Final = False
    body = _of_version(lambda it: bytes(it.body), "Its bytes.")
    text = _of_version(lambda it: bytes(it.body).decode(), "Its bytes, read as UTF-8.")
    size = _of_version(lambda it: it.size, "How many bytes it has.")
    etag = _of_version(lambda it: it.etag, "Its ETag, without quotes.")
    metadata = _of_version(lambda it: dict(it.attributes.metadata), "Its user metadata, names in lower case.")
    headers = _of_version(
        lambda it: dict(it.attributes.headers), "Its system metadata by the API's names, such as `ContentType`."
    )
    content_type = _of_version(lambda it: dict(it.attributes.headers)["ContentType"], "Its Content-Type.")
    tags = _of_version(lambda it: dict(it.attributes.tags), "Its tags, by key.")
    storage_class = _of_version(lambda it: it.attributes.storage_class, "Its storage class, also if it is `STANDARD`.")
    legal_hold = _of_version(lambda it: it.attributes.legal_hold is LegalHold.ON, "Whether a legal hold is on it.")
    retention = _of_version(
        lambda it: it.attributes.retention, "Its retention, `.mode` and `.until`, also if over; None if never set."
    )
    event_hold = _of_version(
        lambda it: it.attributes.event_hold is not None and it.attributes.event_hold.is_on,
        "Whether an event hold is on it. Its retention then lasts longer than until `.retention.until`.",
    )
    version_id = _of_version(
        lambda it: it.id, 'Its version id; "null" if it was written while versioning was off or suspended.'
    )
    last_modified = _of_version(lambda it: it.last_modified, "When it was written: aware, in UTC, whole seconds.")

    def __init__(self, key: str, version: Version, bucket: Bucket, block: PublicAccessBlock) -> None:
        self.key = key
        self._version = version
        self._bucket = bucket
        self._block = block

    @property
    def owner(self) -> str | None:
        """The account that owns it: the bucket's owner under BucketOwnerEnforced; None for an anonymous writer."""
        return self._bucket.owner_of(self._version)

    @property
    def acl(self) -> Grants:
        """Its ACL in effect, as GetObjectAcl returns it: pairs of grantee and permission."""
        return _readable(effective_acl(self._bucket, self._version, self._block), self._bucket.owner, self.owner)

    @property
    def checksum(self) -> tuple[str, str] | None:
        """The algorithm and Base64 value of the checksum stored with it; None if there is none."""
        kept = self._version.checksum
        return None if kept is None else (kept.algorithm, kept.value)

    def __repr__(self) -> str:
        return f"<object {self.key!r}: {facts_of(self._version)}>"


class DeleteMarkerView:
    """A delete marker in the history of a key."""

    is_delete_marker: Final = True

    def __init__(self, key: str, marker: DeleteMarker, owner: str | None) -> None:
        self.key = key
        self.owner = owner
        self._facts = facts_of(marker)
        self.version_id = marker.id
        self.last_modified = marker.last_modified

    def __repr__(self) -> str:
        return f"<delete marker of {self.key!r}: {self._facts.removeprefix('delete marker, ')}>"


class KeyView(ObjectView):
    """The current object of a key, with the key's other versions."""

    @property
    def versions(self) -> list[ObjectView | DeleteMarkerView]:
        """Every version and delete marker of the key, newest first."""
        return _history(self.key, self._bucket, self._block)


def _history(key: str, bucket: Bucket, block: PublicAccessBlock) -> list[ObjectView | DeleteMarkerView]:
    """Return every version and delete marker of a key, newest first."""
    return [
        DeleteMarkerView(key, entry, bucket.owner_of(entry))
        if isinstance(entry, DeleteMarker)
        else ObjectView(key, entry, bucket, block)
        for entry in bucket.versions.of(key)
    ]


def _readable(acl: Acl, *owners: str | None) -> Grants:
    """Return the grants of an ACL, with short names for groups and for these accounts."""
    names = {canonical_id(each): each for each in owners if each is not None}
    names |= {uri: uri.rpartition("/")[2] for uri in GROUPS}
    return [(names.get(each.grantee, each.grantee), each.permission.value) for each in acl]


class BucketView(Mapping[str, KeyView]):
    """The current objects of a bucket by key, in S3's order."""

    region = _of_bucket(lambda it: it.region, "Its region.")
    created = _of_bucket(lambda it: it.created, "When it was created.")
    object_lock = _of_bucket(lambda it: it.lock is not None, "Whether Object Lock is enabled.")
    owner = _of_bucket(lambda it: it.owner, "The account that created it.")
    public_access_block = _of_bucket(
        lambda it: it.public_access, "Its Block Public Access: `.block_public_acls` and so on; None if it was deleted."
    )
    payer = _of_bucket(lambda it: it.payer, "Who pays for requests: `BucketOwner` or `Requester`.")

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self.name = name

    @property
    def _bucket(self) -> Bucket:
        bucket = self._service.present().buckets.get(self.name)
        if bucket is None:
            raise UsageError(_explain_no_bucket(self.name))
        return bucket

    @property
    def versioning(self) -> str | None:
        """`Enabled`, `Suspended`, or None if it never was enabled."""
        state = self._bucket.versioning
        return None if state is None else state.value

    @property
    def ownership(self) -> str | None:
        """Its Object Ownership; None if the setting was deleted, which then works as `ObjectWriter`."""
        setting = self._bucket.ownership
        return None if setting is None else setting.value

    @property
    def acl(self) -> Grants:
        """Its ACL in effect, as GetBucketAcl returns it: pairs of grantee and permission."""
        bucket = self._bucket
        return _readable(effective_acl(bucket, None, self._block(bucket)), bucket.owner)

    @property
    def policy(self) -> dict[str, Any] | None:
        """Its policy, parsed; None if it has none."""
        policy = self._bucket.policy
        return None if policy is None else json.loads(policy.text)

    def versions(self, key: str) -> list[ObjectView | DeleteMarkerView]:
        """Return every version and delete marker of a key, newest first, also when a delete marker hides it."""
        bucket = self._bucket
        return _history(key, bucket, self._block(bucket))

    def _block(self, bucket: Bucket) -> PublicAccessBlock:
        return self._service.world.blocked_in(bucket)

    def __getitem__(self, key: str) -> KeyView:
        __tracebackhide__ = True
        bucket = self._bucket
        version = bucket.versions.current.get(key)
        if version is None:
            missing = KeyError(key)
            if reason := explain_absence(bucket, key):
                missing.add_note(f"fakes3: {reason}")
            raise missing
        return KeyView(key, version, bucket, self._block(bucket))

    def __contains__(self, key: object) -> bool:
        return key in self._bucket.versions.current

    def __iter__(self) -> Iterator[str]:
        return iter(self._bucket.versions.current)

    def __len__(self) -> int:
        return len(self._bucket.versions.current)

    def __repr__(self) -> str:
        bucket = self._service.present().buckets.get(self.name)
        return f"<bucket {self.name!r}: {'deleted' if bucket is None else bucket_facts(bucket)}>"


def _explain_no_bucket(name: str) -> str:
    return f'There is no bucket {name!r} in this fake. Make it with s3.create_bucket("{name}"), or with a client.'


class BucketsView(Mapping[str, BucketView]):
    """The buckets of a fake by name, whoever owns them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __getitem__(self, name: str) -> BucketView:
        __tracebackhide__ = True
        if name not in self._service.present().buckets:
            missing = KeyError(name)
            missing.add_note(f"fakes3: {_explain_no_bucket(name)}")
            raise missing
        return BucketView(self._service, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._service.present().buckets)

    def __len__(self) -> int:
        return len(self._service.present().buckets)

    def __repr__(self) -> str:
        more = f" and {len(self) - _MOST_NAMES} more" if len(self) > _MOST_NAMES else ""
        return f"<buckets: {', '.join(islice(self, _MOST_NAMES)) or 'none'}{more}>"
