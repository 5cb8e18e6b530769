"""Inventory: a report of the objects in a bucket, which S3 writes to another one daily or weekly.

S3 promises the first report within two days. Here it is of the first midnight UTC after the configuration was put, and
the next ones are of the following midnights, or Sundays. Objects are listed by key, the newest version first.

No page answers what a report says of a delete marker beside its key, version and date: here, nothing. What it says of
the access tier of an object in INTELLIGENT_TIERING assumes that nobody reads the object.

S3: userguide/storage-inventory.html, userguide/storage-inventory-location.html, API/API_InventoryConfiguration.html
"""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from fakes3.model.acl import GROUPS, Acl
from fakes3.model.clock import NULL
from fakes3.model.configuration_errors import InvalidS3DestinationBucket
from fakes3.model.dates import format_iso8601, later
from fakes3.model.encryption import AES256, DSSE, KMS, Encryption
from fakes3.model.errors import MalformedXML
from fakes3.model.identity import canonical_id
from fakes3.model.lifecycle_rules import midnight_before, next_expiry
from fakes3.model.lock import LegalHold
from fakes3.model.numbers import LARGEST
from fakes3.model.storage_classes import INTELLIGENT_TIERING
from fakes3.model.tierings import is_monitored, last_access
from fakes3.model.versions import Entry, Version

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::[^:/]+")

MOST_DAYS: Final = 31
"""How many reports of a daily inventory are written at most where the clock was advanced by more days."""

_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def check_destination(destination: Mapping[str, Any]) -> None:
    """Refuse a destination that is no bucket, and several encryptions. The bucket need not exist.

    observed: radkawar/stackd, testdata/aws/s3/inventory_control_replay.json (destination-*, account-*, encryption-*)

    Raises: MalformedXML, InvalidS3DestinationBucket.
    """
    if "" in (destination["Bucket"], destination.get("AccountId")) or len(destination.get("Encryption", "1")) != 1:
        raise MalformedXML
    # recorded: TestS3::test_s3_put_inventory_report_exceptions
    if not _BUCKET_ARN.fullmatch(destination["Bucket"]):
        raise InvalidS3DestinationBucket


# ---- When ----


def next_report(now: datetime) -> datetime:
    """Return when the first report of an inventory that is put now is written: at the next midnight."""
    return later(midnight_before(now), 1)


def report_after(at: datetime, *, is_weekly: bool) -> datetime:
    """Return when the report after one at a midnight is written: a day later, or on the next Sunday.

    >>> report_after(datetime(2026, 1, 1, tzinfo=UTC), is_weekly=True).isoformat()
    '2026-01-04T00:00:00+00:00'
    """
    return later(at, 6 - at.weekday() or 7) if is_weekly else later(at, 1)


def earliest_report(now: datetime) -> datetime:
    """Return the midnight before which no report is written any more, however far the clock was advanced."""
    return midnight_before(now - min(timedelta(days=MOST_DAYS - 1), now - _EARLIEST))


# ---- What ----


class Inventory(NamedTuple):
    """The configuration of an inventory, as its report needs it."""

    id: str
    bucket: str
    """The bucket that receives the reports."""
    account: str | None
    """The account that owns it, where the configuration names one."""
    base: str
    """What the keys of all reports begin with."""
    format: str
    """`CSV`, `ORC` or `Parquet`."""
    encryption: Mapping[str, Any]
    """The members of a write that encrypt the report as the configuration says."""
    is_weekly: bool
    has_all_versions: bool
    prefix: str
    """What the keys of the objects begin with that are listed."""
    fields: frozenset[str]


def inventory_of(document: Mapping[str, Any], source: str) -> Inventory:
    """Return what a document says of the inventory of a bucket."""
    destination = document["Destination"]["S3BucketDestination"]
    encryption = destination.get("Encryption", {})
    key = encryption.get("SSEKMS", {}).get("KeyId")
    members = {} if "SSES3" not in encryption else {"ServerSideEncryption": AES256}
    return Inventory(
        id=document["Id"],
        bucket=destination["Bucket"].rpartition(":")[2],
        account=destination.get("AccountId"),
        base="/".join(filter(None, (destination.get("Prefix"), source, document["Id"]))),
        format=destination["Format"],
        encryption=members if key is None else {"ServerSideEncryption": KMS, "SSEKMSKeyId": key},
        is_weekly=document["Schedule"]["Frequency"] == "Weekly",
        has_all_versions=document["IncludedObjectVersions"] == "All",
        prefix=document.get("Filter", {}).get("Prefix", ""),
        fields=frozenset(document.get("OptionalFields", ())),
    )


class Listed(NamedTuple):
    """An entry of a bucket in the report of a moment."""

    bucket: Bucket
    key: str
    entry: Entry
    is_latest: bool
    now: datetime


class Column(NamedTuple):
    """A column of a report."""

    name: str
    """As configurations and CSV have it, such as `LastModifiedDate`."""
    kind: str
    """Its type in ORC: `string`, `boolean`, `bigint` or `timestamp`."""
    read: Callable[[Listed], Any]
    """Returns its value, in the type's kind; None for none."""

    @property
    def column(self) -> str:
        """Its name in ORC and Parquet.

        >>> Column("ETag", "string", str).column
        'e_tag'
        """
        return _HUMP.sub("_", self.name).lower()


_HUMP = re.compile("(?<=[a-z])(?=[A-Z])|(?<=E)(?=Tag)")


def _of_version(read: Callable[[Listed, Version], Any]) -> Callable[[Listed], Any]:
    """Return a function that reads something of an object, and None of a delete marker."""
    return lambda listed: read(listed, listed.entry) if isinstance(listed.entry, Version) else None


_NAMES: Final = (
    Column("Bucket", "string", lambda listed: listed.bucket.name),
    Column("Key", "string", lambda listed: listed.key),
)
_OF_VERSIONS: Final = (
    # S3: userguide/inventory-configure-bops.html: a "null" version has an empty id
    Column("VersionId", "string", lambda listed: None if listed.entry.id == NULL else listed.entry.id),
    Column("IsLatest", "boolean", lambda listed: listed.is_latest),
    Column("IsDeleteMarker", "boolean", lambda listed: not isinstance(listed.entry, Version)),
)
_OPTIONAL: Final = (
    Column("Size", "bigint", _of_version(lambda _, version: version.size)),
    Column("LastModifiedDate", "timestamp", lambda listed: listed.entry.last_modified),
    Column("ETag", "string", _of_version(lambda _, version: version.etag)),
    Column("StorageClass", "string", _of_version(lambda _, version: version.attributes.storage_class)),
    Column("IsMultipartUploaded", "boolean", _of_version(lambda _, version: bool(version.parts))),
    Column("ReplicationStatus", "string", _of_version(lambda _, version: version.replication)),
    Column(
        "EncryptionStatus", "string", _of_version(lambda _, version: encryption_status(version.attributes.encryption))
    ),
    Column(
        "ObjectLockRetainUntilDate", "timestamp", _of_version(lambda listed, version: _retention(listed, version)[1])
    ),
    Column("ObjectLockMode", "string", _of_version(lambda listed, version: _retention(listed, version)[0])),
    Column("ObjectLockLegalHoldStatus", "string", _of_version(lambda _, version: _legal_hold(version))),
    Column(
        "IntelligentTieringAccessTier", "string", _of_version(lambda listed, version: access_tier(version, listed.now))
    ),
    Column("BucketKeyStatus", "string", _of_version(lambda _, version: _bucket_key(version.attributes.encryption))),
    Column(
        "ChecksumAlgorithm", "string", _of_version(lambda _, version: version.checksum and version.checksum.algorithm)
    ),
    Column(
        "ObjectAccessControlList",
        "string",
        _of_version(lambda listed, version: show_acl(listed.bucket.acl_of(version))),
    ),
    Column("ObjectOwner", "string", lambda listed: canonical_id(listed.bucket.owner_of(listed.entry))),
    Column("LifecycleExpirationDate", "timestamp", _of_version(lambda listed, version: _expiry(listed, version))),
)

MODELLED: Final = frozenset(column.name for column in _OPTIONAL)
"""The optional fields that reports can have here."""


def columns_of(inventory: Inventory) -> tuple[Column, ...]:
    """Return the columns of a report, in S3's order, whatever the order of the configuration."""
    versions = _OF_VERSIONS if inventory.has_all_versions else ()
    return (*_NAMES, *versions, *(column for column in _OPTIONAL if column.name in inventory.fields))


def rows_of(inventory: Inventory, bucket: Bucket, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield the row of each object, or of each version and delete marker."""
    columns = columns_of(inventory)
    for listed in _list(inventory, bucket, now):
        yield tuple(column.read(listed) for column in columns)


def _list(inventory: Inventory, bucket: Bucket, now: datetime) -> Iterator[Listed]:
    prefix = inventory.prefix
    if not inventory.has_all_versions:
        for key, version in bucket.versions.current.scan(prefix):
            if not key.startswith(prefix):
                return
            yield Listed(bucket, key, version, True, now)
        return
    for key, found in groupby(bucket.versions.scan((prefix, -LARGEST)), key=itemgetter(0)):
        if not key.startswith(prefix):
            return
        for place, (_, entry) in enumerate(found):
            yield Listed(bucket, key, entry, place == 0, now)


def encryption_status(encryption: Encryption) -> str:
    """Return how a report calls an encryption.

    >>> encryption_status(Encryption())
    'SSE-S3'
    """
    if encryption.customer_key_md5 is not None:
        return "SSE-C"
    return {AES256: "SSE-S3", KMS: "SSE-KMS", DSSE: "DSSE-KMS", None: "NOT-SSE"}[encryption.algorithm]


def access_tier(version: Version, now: datetime) -> str | None:
    """Return the tier of an object in INTELLIGENT_TIERING; None for other classes.

    No page says how a report calls the archive access tiers; here they have the names of the API.
    S3: userguide/intelligent-tiering-overview.html
    """
    if version.attributes.storage_class != INTELLIGENT_TIERING:
        return None
    if version.archive is not None and version.archive.holds(now):
        return version.archive.tier
    age = (now - last_access(version)).days if is_monitored(version) else 0
    return "FREQUENT" if age < 30 else "INFREQUENT" if age < 90 else "ARCHIVE_INSTANT_ACCESS"


def show_acl(acl: Acl) -> str:
    """Return an ACL as a report has it: JSON in Base64. S3: userguide/objectacl.html"""
    grants = [
        {
            "permission": permission.value,
            **(
                {"type": "Group", "uri": grantee}
                if grantee in GROUPS
                else {"type": "CanonicalUser", "canonicalId": grantee}
            ),
        }
        for grantee, permission in acl
    ]
    shown = {"version": "2022-11-10", "status": "AVAILABLE", "grants": grants}
    return b64encode(json.dumps(shown, separators=(",", ":")).encode()).decode()


def _retention(listed: Listed, version: Version) -> tuple[str | None, datetime | None]:
    retention = version.attributes.lock.retention_at(listed.now)
    return (None, None) if retention is None else (retention.mode.value, retention.until)


def _legal_hold(version: Version) -> str:
    return "On" if version.attributes.legal_hold is LegalHold.ON else "Off"


def _bucket_key(encryption: Encryption) -> str:
    return "ENABLED" if encryption.bucket_key else "DISABLED"


def _expiry(listed: Listed, version: Version) -> datetime | None:
    found = next_expiry(listed.key, version, listed.bucket.configurations.lifecycle) if listed.is_latest else None
    return None if found is None else found[0]


# ---- Files ----


def write_csv(rows: Iterator[tuple[Any, ...]]) -> bytes:
    """Return rows as compressed CSV: every field in quotes, and keys, which come second, URL-encoded."""
    lines = [",".join(f'"{_text(value, place)}"' for place, value in enumerate(row)) + "\n" for row in rows]
    return gzip.compress("".join(lines).encode(), mtime=0)


def _text(value: object, place: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return format_iso8601(value)
    return "" if value is None else quote(str(value)) if place == 1 else str(value)


def schema_of(inventory: Inventory) -> str:
    """Return the schema of a report as its manifest states it."""
    columns = columns_of(inventory)
    if inventory.format == "CSV":
        return ", ".join(column.name for column in columns)
    if inventory.format == "ORC":
        return f"struct<{','.join(f'{column.column}:{column.kind}' for column in columns)}>"
    stated = [
        f"{'required' if column in _NAMES else 'optional'} {_IN_PARQUET[column.kind].format(column.column)};"
        for column in columns
    ]
    return f"message s3.inventory {{ {' '.join(stated)} }}"


_IN_PARQUET: Final = {
    "string": "binary {} (UTF8)",
    "boolean": "boolean {}",
    "bigint": "int64 {}",
    "timestamp": "int64 {} (TIMESTAMP_MILLIS)",
}

EXTENSIONS: Final = {"CSV": "csv.gz", "ORC": "orc", "Parquet": "parquet"}


def data_key(inventory: Inventory, unique: str) -> str:
    """Return the key of the file with the rows. `unique` are 32 hex digits."""
    name = f"{unique[:8]}-{unique[8:12]}-{unique[12:16]}-{unique[16:20]}-{unique[20:]}"
    return f"{inventory.base}/data/{name}.{EXTENSIONS[inventory.format]}"


def describe_report(
    inventory: Inventory, source: Bucket, destination_arn: str, data: tuple[str, bytes], now: datetime
) -> dict[str, bytes]:
    """Return the files that describe a report, by their keys, the manifest last.

    `data` is the key of the file with the rows, and that file.

    S3: userguide/storage-inventory-location.html
    """
    key, contents = data
    manifest = {
        "sourceBucket": source.name,
        "destinationBucket": destination_arn,
        "version": "2016-11-30",
        "creationTimestamp": str(int(now.timestamp()) * 1000),
        "fileFormat": inventory.format,
        "fileSchema": schema_of(inventory),
        "files": [{"key": key, "size": len(contents), "MD5checksum": _hash(contents)}],
    }
    written = json.dumps(manifest, indent=2, separators=(",", " : ")).encode()
    at = f"{inventory.base}/{now:%Y-%m-%dT%H-%MZ}"
    return {
        f"{inventory.base}/hive/dt={now:%Y-%m-%d-%H-%M}/symlink.txt": f"s3://{inventory.bucket}/{key}".encode(),
        f"{at}/manifest.checksum": _hash(written).encode(),
        f"{at}/manifest.json": written,
    }


def _hash(contents: bytes) -> str:
    return md5(contents, usedforsecurity=False).hexdigest()
