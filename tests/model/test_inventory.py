"""Inventory: when reports are written, and what they say."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import pytest

from fakes3.model.acl import ALL_USERS, Grant, Permission
from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.encryption import DSSE, KMS, SSE_S3, UNENCRYPTED, Encryption
from fakes3.model.identity import canonical_id
from fakes3.model.inventory import (
    MODELLED,
    Inventory,
    access_tier,
    data_key,
    describe_report,
    earliest_report,
    encryption_status,
    inventory_of,
    next_report,
    report_after,
    rows_of,
    schema_of,
    show_acl,
    write_csv,
)
from fakes3.model.lock import LegalHold, Mode, Retention
from fakes3.model.storage_classes import Archive
from fakes3.model.versions import Attributes, Checksum, DeleteMarker, ObjectPart, Version, Versioning

OWNER = "123456789012"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMPTY = Bucket("source", OWNER, "us-east-1", NOW)


def version(number: int = 1, size: int = 5, version_id: str = "null", **attributes: Any) -> Version:
    body = Rope.of(b"x" * size)
    return Version(number, version_id, NOW, OWNER, body, "e0", Checksum("SHA256", "c="), Attributes(**attributes))


def inventory(*fields: str, form: str = "CSV", versions: str = "Current", **stated: Any) -> Inventory:
    destination = {"Bucket": "arn:aws:s3:::reports", "Format": form, "Prefix": "all"}
    document = {
        "Id": "i",
        "Destination": {"S3BucketDestination": destination},
        "IncludedObjectVersions": versions,
        "Schedule": {"Frequency": "Daily"},
        "OptionalFields": fields,
    }
    return inventory_of(document | stated, "source")


class TestSchedule:
    """A weekly report is generated every Sunday (UTC) after the first. S3: userguide/storage-inventory.html"""

    def test_the_first_one_is_of_the_next_midnight(self) -> None:
        assert NOW + timedelta(days=1) == next_report(NOW) == next_report(NOW + timedelta(hours=23))

    def test_then_daily_or_on_sundays(self) -> None:
        assert NOW + timedelta(days=1) == report_after(NOW, is_weekly=False)
        days = [NOW + timedelta(days=each) for each in range(8)]  # the first of March 2026 is a Sunday
        assert [7, 7, 7, 7, 7, 7, 7, 14] == [(report_after(day, is_weekly=True) - NOW).days for day in days]

    def test_reports_of_more_than_a_month_ago_are_left_out(self) -> None:
        assert NOW - timedelta(days=30) == earliest_report(NOW + timedelta(hours=5))
        first = datetime(1, 1, 2, tzinfo=UTC)
        assert datetime(1, 1, 1, tzinfo=UTC) == earliest_report(first)


class TestRows:
    """S3: userguide/storage-inventory.html, "Amazon S3 Inventory list" """

    def test_of_current_objects(self) -> None:
        versions = EMPTY.versions.written("b", version(1), None).written("a", version(2), None)
        bucket = EMPTY.with_versions(versions)
        assert [("source", "a", 5), ("source", "b", 5)] == list(rows_of(inventory("Size"), bucket, NOW))

    def test_of_all_versions(self) -> None:
        versions = EMPTY.versions.written("k", version(1), None)
        versions = versions.written("k", version(2, version_id="v2"), Versioning.ENABLED)
        versions = versions.hidden("k", DeleteMarker(3, "v3", NOW, OWNER))
        rows = rows_of(inventory("Size", "ETag", versions="All"), EMPTY.with_versions(versions), NOW)
        assert [
            ("source", "k", "v3", True, True, None, None),
            ("source", "k", "v2", False, False, 5, "e0"),
            ("source", "k", None, False, False, 5, "e0"),
        ] == list(rows)

    @pytest.mark.parametrize("versions", ["Current", "All"])
    def test_by_a_prefix(self, versions: str) -> None:
        written = EMPTY.versions
        for number, key in enumerate(["a", "p", "p/1", "q"]):
            written = written.written(key, version(number, version_id=f"v{number}"), Versioning.ENABLED)
        chosen = inventory(versions=versions, Filter={"Prefix": "p"})
        assert ["p", "p/1"] == [row[1] for row in rows_of(chosen, EMPTY.with_versions(written), NOW)]
        everything = inventory(versions=versions, Filter={"Prefix": "z"})
        assert [] == list(rows_of(everything, EMPTY.with_versions(written), NOW))

    def test_every_optional_field(self) -> None:
        until = NOW + timedelta(days=9)
        written = replace(
            version(
                encryption=Encryption(KMS, "arn:aws:kms:us-east-1:123456789012:key/k", bucket_key=True),
                retention=Retention(Mode.GOVERNANCE, until),
                legal_hold=LegalHold.ON,
                storage_class="INTELLIGENT_TIERING",
            ),
            parts=(ObjectPart(1, 5, None),),
        )
        rule = {"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 3}}
        minimum = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}
        bucket = EMPTY.with_versions(EMPTY.versions.written("k", written, None))
        bucket = bucket.configure("BucketLifecycleConfiguration", {"Rules": [rule]} | minimum)
        (row,) = rows_of(inventory(*MODELLED), bucket, NOW)
        owner = canonical_id(OWNER)
        assert row == (
            *("source", "k", 5, NOW, "e0", "INTELLIGENT_TIERING", True, None, "SSE-KMS", until, "GOVERNANCE", "On"),
            *("FREQUENT", "ENABLED", "SHA256", show_acl((Grant(owner, Permission.FULL_CONTROL),)), owner),
            NOW + timedelta(days=3),
        )

    def test_what_became_of_an_object(self) -> None:
        tiered = replace(version(), attributes=Attributes(storage_class="INTELLIGENT_TIERING"))
        became = tiered.became(archive=Archive("DEEP_ARCHIVE_ACCESS"), replication="COMPLETED")
        bucket = EMPTY.with_versions(EMPTY.versions.written("k", became, None))
        (row,) = rows_of(inventory("IntelligentTieringAccessTier", "ReplicationStatus"), bucket, NOW)
        assert ("COMPLETED", "DEEP_ARCHIVE_ACCESS") == row[2:]

    def test_what_an_object_does_not_have(self) -> None:
        bucket = EMPTY.with_versions(EMPTY.versions.written("k", replace(version(), checksum=None), None))
        fields = ("ObjectLockRetainUntilDate", "ObjectLockMode", "ObjectLockLegalHoldStatus", "BucketKeyStatus")
        more = ("ChecksumAlgorithm", "LifecycleExpirationDate", "IntelligentTieringAccessTier", "ReplicationStatus")
        (row,) = rows_of(inventory(*fields, *more), bucket, NOW)
        assert (None, None, None, "Off", None, "DISABLED", None, None) == row[2:]

    @pytest.mark.parametrize(
        ("encryption", "status"),
        [
            (SSE_S3, "SSE-S3"),
            (Encryption(KMS), "SSE-KMS"),
            (Encryption(DSSE), "DSSE-KMS"),
            (Encryption(None, customer_key_md5="m"), "SSE-C"),
            (UNENCRYPTED, "NOT-SSE"),
        ],
        ids=str,
    )
    def test_encryption(self, encryption: Encryption, status: str) -> None:
        assert status == encryption_status(encryption)

    # S3: userguide/intelligent-tiering-overview.html
    @pytest.mark.parametrize(
        ("days", "size", "tier"),
        [
            (29, 200_000, "FREQUENT"),
            (30, 200_000, "INFREQUENT"),
            (90, 200_000, "ARCHIVE_INSTANT_ACCESS"),
            (90, 1000, "FREQUENT"),
        ],
    )
    def test_access_tiers_of_what_nobody_reads(self, days: int, size: int, tier: str) -> None:
        tiered = version(size=size, storage_class="INTELLIGENT_TIERING")
        assert tier == access_tier(tiered, NOW + timedelta(days=days))

    # S3: userguide/objectacl.html
    def test_acls(self) -> None:
        acl = (Grant(ALL_USERS, Permission.READ), Grant("example-canonical-id", Permission.FULL_CONTROL))
        assert {
            "version": "2022-11-10",
            "status": "AVAILABLE",
            "grants": [
                {"uri": ALL_USERS, "permission": "READ", "type": "Group"},
                {"canonicalId": "example-canonical-id", "permission": "FULL_CONTROL", "type": "CanonicalUser"},
            ],
        } == json.loads(b64decode(show_acl(acl)))


class TestFiles:
    """S3: userguide/storage-inventory-location.html"""

    def test_csv(self) -> None:
        rows = iter([("source", 'a b,"+é', True, None, NOW, 5), ("source", "k", False, "x", None, 0)])
        text = gzip.decompress(write_csv(rows)).decode()
        assert '"source","a%20b%2C%22%2B%C3%A9","true","","2026-03-01T00:00:00.000Z","5"\n' in text
        assert '"source","k","false","x","","0"\n' in text

    FIELDS = ("ETag", "LastModifiedDate", "Size", "IsMultipartUploaded")

    @pytest.mark.parametrize(
        ("form", "schema"),
        [
            (
                "CSV",
                "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, IsMultipartUploaded",
            ),
            (
                "ORC",
                "struct<bucket:string,key:string,version_id:string,is_latest:boolean,is_delete_marker:boolean,"
                "size:bigint,last_modified_date:timestamp,e_tag:string,is_multipart_uploaded:boolean>",
            ),
            (
                "Parquet",
                "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional binary "
                "version_id (UTF8); optional boolean is_latest; optional boolean is_delete_marker; optional int64 "
                "size; optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); optional "
                "boolean is_multipart_uploaded; }",
            ),
        ],
    )
    def test_schemas_have_one_order(self, form: str, schema: str) -> None:
        assert schema == schema_of(inventory(*self.FIELDS, form=form, versions="All"))

    def test_manifest(self) -> None:
        chosen = inventory("Size")
        key = data_key(chosen, "939c6d4685a94ba887bd9db705a579ce")
        assert "all/source/i/data/939c6d46-85a9-4ba8-87bd-9db705a579ce.csv.gz" == key
        files = describe_report(chosen, EMPTY, "arn:aws:s3:::reports", (key, b"rows"), NOW)
        manifest = files["all/source/i/2026-03-01T00-00Z/manifest.json"]
        assert {
            "sourceBucket": "source",
            "destinationBucket": "arn:aws:s3:::reports",
            "version": "2016-11-30",
            "creationTimestamp": "1772323200000",
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, Size",
            "files": [{"key": key, "size": 4, "MD5checksum": md5(b"rows").hexdigest()}],
        } == json.loads(manifest)
        assert md5(manifest).hexdigest().encode() == files["all/source/i/2026-03-01T00-00Z/manifest.checksum"]
        assert f"s3://reports/{key}".encode() == files["all/source/i/hive/dt=2026-03-01-00-00/symlink.txt"]

    @pytest.mark.parametrize(
        ("encryption", "members"),
        [
            ({}, {}),
            ({"SSES3": {}}, {"ServerSideEncryption": "AES256"}),
            ({"SSEKMS": {"KeyId": "k"}}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"}),
        ],
        ids=str,
    )
    def test_encryption_of_the_report(self, encryption: dict[str, Any], members: dict[str, str]) -> None:
        destination = {"Bucket": "arn:aws:s3:::reports", "Format": "ORC"} | (
            {"Encryption": encryption} if encryption else {}
        )
        made = inventory(Destination={"S3BucketDestination": destination})
        assert (members, "source/i", "reports") == (made.encryption, made.base, made.bucket)
