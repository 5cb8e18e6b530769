"""The reports of inventories: when they arrive, what is in them, and who has to allow them.

S3: userguide/storage-inventory.html, userguide/storage-inventory-location.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable
from datetime import datetime
from hashlib import md5
from types import ModuleType
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.operations import inventories

Put: TypeAlias = Callable[..., None]
MIDNIGHT = "2026-03-03T00-00Z"


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    """A fake in which it is Monday noon, with a bucket and one that its reports may go to."""
    s3.clock.freeze("2026-03-02T12:00:00Z")
    s3.create_bucket("source", objects={"a b": "hello", "logs/1": "1", "logs/2": "22"})
    s3.create_bucket("reports")
    allow(s3)
    return s3


def allow(s3: FakeS3, **more: Any) -> None:
    """Allow S3 to write reports, as Amazon's example does.

    S3: userguide/example-bucket-policies.html, "Grant permissions for S3 Inventory and S3 analytics"
    """
    condition = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"},
        "StringEquals": {"aws:SourceAccount": s3.account_id, "s3:x-amz-acl": "bucket-owner-full-control"},
    }
    statement = {
        "Sid": "InventoryAndAnalyticsExamplePolicy",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": ["arn:aws:s3:::reports/*"],
        "Condition": condition,
    }
    s3.client().put_bucket_policy(Bucket="reports", Policy=json.dumps({"Statement": statement | more}))


@pytest.fixture
def put(s3_client: Any) -> Put:
    """Puts the inventory "i" of the bucket "source": `put(Format="ORC", IncludedObjectVersions="All")`."""

    def configure(frequency: str = "Daily", config_id: str = "i", **more: Any) -> None:
        destination = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}
        stated = {
            "Id": config_id,
            "IsEnabled": True,
            "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": frequency},
            "Destination": {
                "S3BucketDestination": destination
                | {
                    name: more.pop(name)
                    for name in ("Bucket", "Format", "Prefix", "AccountId", "Encryption")
                    if name in more
                }
            },
        }
        s3_client.put_bucket_inventory_configuration(
            Bucket="source", Id=config_id, InventoryConfiguration=stated | more
        )

    return configure


def manifests(s3: FakeS3, bucket: str = "reports") -> list[str]:
    """The moments of the reports that have arrived."""
    return [key.split("/")[-2] for key in s3[bucket] if key.endswith("/manifest.json")]


def read(s3: FakeS3, at: str = MIDNIGHT, base: str = "source/i") -> tuple[dict[str, Any], bytes]:
    """A manifest, and the file that it names, once both have the digests that are stated."""
    text = s3["reports"][f"{base}/{at}/manifest.json"].body
    assert md5(text).hexdigest() == s3["reports"][f"{base}/{at}/manifest.checksum"].text
    manifest = json.loads(text)
    (file,) = manifest["files"]
    body = s3["reports"][file["key"]].body
    assert (file["size"], file["MD5checksum"]) == (len(body), md5(body).hexdigest())
    return manifest, body


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(gzip.decompress(body).decode())))


class TestReports:
    """An inventory list file contains a list of the objects in the source bucket and metadata for each object."""

    def test_the_objects_are_listed(self, s3: FakeS3, put: Put) -> None:
        put(OptionalFields=["ETag", "Size"], Prefix="all", Filter={"Prefix": "logs/"})
        s3.clock.advance(hours=12)
        manifest, body = read(s3, base="all/source/i")
        assert "Bucket, Key, Size, ETag" == manifest["fileSchema"]
        tags = [s3["source"][key].etag for key in ("logs/1", "logs/2")]
        assert [["source", "logs/1", "1", tags[0]], ["source", "logs/2", "2", tags[1]]] == rows(body)
        link = s3["reports"]["all/source/i/hive/dt=2026-03-03-00-00/symlink.txt"].text
        assert f"s3://reports/{manifest['files'][0]['key']}" == link
        assert 4 == len(s3["reports"])

    def test_all_versions(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        s3_client.put_bucket_versioning(Bucket="source", VersioningConfiguration={"Status": "Enabled"})
        marker = s3_client.delete_object(Bucket="source", Key="a b")["VersionId"]
        put(IncludedObjectVersions="All", Filter={"Prefix": "a"})
        s3.clock.advance(hours=12)
        expected = [["source", "a%20b", marker, "true", "true"], ["source", "a%20b", "", "false", "false"]]
        assert expected == rows(read(s3)[1])

    def test_it_says_what_was_there_at_the_moment_of_the_report(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        put()
        s3_client.put_object(Bucket="source", Key="before", Body=b"")
        s3.clock.advance(days=1)
        s3_client.put_object(Bucket="source", Key="after", Body=b"")
        assert ["a%20b", "before", "logs/1", "logs/2"] == [row[1] for row in rows(read(s3)[1])]

    def test_the_same_seed_gives_the_same_report(self, s3: FakeS3, put: Put) -> None:
        put()
        twin = s3.fork()
        for each in (s3, twin):
            each.clock.advance(days=1)
        assert list(s3["reports"]) == list(twin["reports"])
        assert read(s3) == read(twin)

    def test_into_the_bucket_itself(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        s3_client.put_bucket_policy(
            Bucket="source",
            Policy=json.dumps(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": "arn:aws:s3:::source/*",
                    }
                }
            ),
        )
        put(Bucket="arn:aws:s3:::source")
        s3.clock.advance(days=1)
        assert [MIDNIGHT] == manifests(s3, "source")

    def test_its_files_are_logged(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        s3.create_bucket("logs", bucket_defaults="2022")
        s3_client.put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
        s3_client.put_bucket_logging(Bucket="reports", BucketLoggingStatus=status)
        put()
        s3.clock.advance(hours=14)
        lines = "".join(s3["logs"][key].text for key in s3["logs"]).splitlines()
        assert [("svc:s3.amazonaws.com", "REST.PUT.OBJECT")] * 4 == [
            (fields[5], fields[7]) for fields in map(str.split, lines) if fields[7] == "REST.PUT.OBJECT"
        ]


class TestSchedule:
    """The first report is of the next midnight, which S3 promises within two days; then daily, or on Sundays."""

    def test_daily(self, s3: FakeS3, put: Put) -> None:
        put()
        s3.clock.advance(hours=11)
        assert [] == manifests(s3)
        s3.clock.advance(days=2)
        assert [MIDNIGHT, "2026-03-04T00-00Z"] == manifests(s3)

    def test_weekly_on_sundays_after_the_first(self, s3: FakeS3, put: Put) -> None:
        put("Weekly")
        s3.clock.advance(days=14)
        assert [MIDNIGHT, "2026-03-08T00-00Z", "2026-03-15T00-00Z"] == manifests(s3)

    def test_not_while_it_is_disabled_or_once_it_is_deleted(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        put(config_id="disabled")
        put(config_id="disabled", IsEnabled=False)
        put(config_id="deleted")
        s3_client.delete_bucket_inventory_configuration(Bucket="source", Id="deleted")
        s3.clock.advance(days=3)
        assert [] == manifests(s3)
        assert not s3.service.world.background.inventories
        put(config_id="disabled")
        s3.clock.advance(days=1)
        assert ["2026-03-06T00-00Z"] == manifests(s3)

    def test_not_of_a_bucket_that_is_gone(self, s3: FakeS3, s3_client: Any, put: Put) -> None:
        put()
        for key in ("a b", "logs/1", "logs/2"):
            s3_client.delete_object(Bucket="source", Key=key)
        s3_client.delete_bucket(Bucket="source")
        s3.clock.advance(days=1)
        assert [] == manifests(s3)

    def test_years_bring_the_reports_of_the_last_month(self, s3: FakeS3, put: Put) -> None:
        put()
        put("Weekly", config_id="weekly")
        s3.clock.advance(days=3650)
        daily = [key.split("/")[-2] for key in s3["reports"] if key.startswith("source/i/") and "manifest.json" in key]
        assert (31, "2036-02-28T00-00Z") == (len(daily), daily[-1])
        assert 36 == len(manifests(s3))

    def test_a_clock_that_is_set_back(self, s3: FakeS3, put: Put) -> None:
        put()
        s3.clock.freeze("2020-01-01T12:00:00Z")
        assert [] == manifests(s3)
        s3.clock.advance(days=1)
        assert ["2020-01-02T00-00Z"] == manifests(s3)

    def test_one_that_is_put_again_begins_anew(self, s3: FakeS3, put: Put) -> None:
        put("Weekly")
        s3.clock.advance(days=1)
        assert [MIDNIGHT] == manifests(s3)
        put("Weekly")
        s3.clock.advance(days=1)
        assert [MIDNIGHT, "2026-03-04T00-00Z"] == manifests(s3)


class TestPermission:
    """The destination bucket must have a bucket policy to give Amazon S3 permission to write files to the bucket."""

    @pytest.mark.parametrize(
        "more",
        [
            {"Effect": "Deny"},
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::unrelated"}}},
            {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
            {"Principal": {"Service": "logging.s3.amazonaws.com"}},
            {"Resource": "arn:aws:s3:::reports/*/data/*"},
        ],
        ids=str,
    )
    def test_without_it_there_is_no_report(
        self, s3: FakeS3, put: Put, caplog: pytest.LogCaptureFixture, more: dict[str, Any]
    ) -> None:
        told: list[object] = []
        s3.on_event("reports", "s3:ObjectCreated:*", told.append)
        allow(s3, **more)
        put()
        s3.clock.advance(days=1)
        assert [] == list(s3["reports"])
        expected = "There is no report of the inventory i of source: s3.amazonaws.com may not s3:PutObject on"
        assert caplog.messages[0].startswith(expected)
        assert [] == told
        allow(s3)
        s3.clock.advance(days=1)
        assert ["2026-03-04T00-00Z"] == manifests(s3)

    def test_a_destination_that_does_not_exist(
        self, s3: FakeS3, s3_client: Any, put: Put, caplog: pytest.LogCaptureFixture
    ) -> None:
        put(Bucket="arn:aws:s3:::nowhere")
        s3.clock.advance(days=1)
        s3_client.list_buckets()
        assert [
            "There is no report of the inventory i of source: The specified bucket does not exist"
        ] == caplog.messages

    def test_a_destination_in_another_region(
        self, s3: FakeS3, s3_client: Any, put: Put, caplog: pytest.LogCaptureFixture
    ) -> None:
        s3.create_bucket("west", region="us-west-2")
        put(Bucket="arn:aws:s3:::west")
        s3.clock.advance(days=1)
        s3_client.list_buckets()
        assert "Let the inventory go to a bucket in us-east-1." in caplog.text

    @pytest.mark.parametrize(("account", "reports"), [("123456789012", 1), ("210987654321", 0), ("123", 0)])
    def test_a_destination_of_another_account_than_the_configuration_says(
        self, s3: FakeS3, put: Put, account: str, reports: int
    ) -> None:
        put(AccountId=account)
        s3.clock.advance(days=1)
        assert reports == len(manifests(s3))

    @pytest.mark.parametrize(
        ("ownership", "is_given"),
        [("BucketOwnerPreferred", True), ("ObjectWriter", False), ("BucketOwnerEnforced", True)],
    )
    def test_the_owner_of_the_destination_has_full_control(
        self, s3: FakeS3, s3_client: Any, put: Put, ownership: str, is_given: bool
    ) -> None:
        s3_client.put_bucket_ownership_controls(
            Bucket="reports", OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
        )
        put()
        s3.clock.advance(days=1)
        acl = s3_client.get_object_acl(Bucket="reports", Key=f"source/i/{MIDNIGHT}/manifest.json")
        owner = s3_client.get_bucket_acl(Bucket="reports")["Owner"]["ID"]
        assert is_given is (owner == acl["Owner"]["ID"])
        assert (owner, "FULL_CONTROL") in [(each["Grantee"]["ID"], each["Permission"]) for each in acl["Grants"]]

    @pytest.mark.parametrize(
        ("encryption", "shown"),
        [
            ({"SSES3": {}}, ("AES256", None)),
            (
                {"SSEKMS": {"KeyId": "arn:aws:kms:us-east-1:123456789012:key/1234"}},
                ("aws:kms", "arn:aws:kms:us-east-1:123456789012:key/1234"),
            ),
        ],
        ids=str,
    )
    def test_encryption(
        self, s3: FakeS3, s3_client: Any, put: Put, encryption: dict[str, Any], shown: tuple[str, str | None]
    ) -> None:
        put(Encryption=encryption)
        s3.clock.advance(days=1)
        for key in s3["reports"]:
            answer = s3_client.head_object(Bucket="reports", Key=key)
            assert shown == (answer["ServerSideEncryption"], answer.get("SSEKMSKeyId"))


class TestFormats:
    """ORC files are compressed with ZLIB, and Parquet files with Snappy. Both need pyarrow."""

    @pytest.mark.parametrize("form", ["ORC", "Parquet"])
    def test_without_pyarrow_they_are_refused(self, put: Put, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
        monkeypatch.setattr(inventories, "find_spec", lambda _: None)
        with pytest.raises(ClientError, match=rf'fakes3 writes {form} with pyarrow.*pip install "fakes3\[inventory\]"'):
            put(Format=form)
        put(Format=form, IsEnabled=False)

    @pytest.mark.parametrize("form", ["ORC", "Parquet"])
    def test_rows_are_handed_to_pyarrow(self, s3: FakeS3, put: Put, pyarrow: ModuleType, form: str) -> None:
        put(Format=form, OptionalFields=["Size", "LastModifiedDate", "IsMultipartUploaded"], Filter={"Prefix": "logs/"})
        s3.clock.advance(hours=12)
        manifest, body = read(s3)
        assert (form, f".{form.lower()}") == (manifest["fileFormat"], manifest["files"][0]["key"][-len(form) - 1 :])
        written = s3["source"]["logs/1"].last_modified.replace(tzinfo=None)
        assert [
            ("zlib" if form == "ORC" else "snappy"),
            [
                "bucket:string:False",
                "key:string:False",
                "size:int64:True",
                "last_modified_date:ms:True",
                "is_multipart_uploaded:bool:True",
            ],
            {
                "bucket": ["source", "source"],
                "key": ["logs/1", "logs/2"],
                "size": [1, 2],
                "last_modified_date": [str(written)] * 2,
                "is_multipart_uploaded": [False, False],
            },
        ] == json.loads(body)

    @pytest.mark.parametrize("form", ["ORC", "Parquet"])
    def test_pyarrow_reads_them(self, s3: FakeS3, put: Put, form: str) -> None:
        pytest.importorskip("pyarrow")
        from pyarrow import orc, parquet

        put(
            Format=form,
            OptionalFields=["Size", "LastModifiedDate", "IsMultipartUploaded"],
            IncludedObjectVersions="All",
        )
        s3.clock.advance(hours=12)
        body = io.BytesIO(read(s3)[1])
        table = (orc if form == "ORC" else parquet).read_table(body)
        first = table.to_pylist()[0]
        assert isinstance(first["last_modified_date"], datetime)
        assert {"key": "a b", "version_id": None, "is_latest": True, "is_delete_marker": False, "size": 5} == {
            name: first[name] for name in ("key", "version_id", "is_latest", "is_delete_marker", "size")
        }


@pytest.fixture
def pyarrow(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stands in for pyarrow where that is not installed. A file says in JSON what was to be written."""

    def write(table: tuple[Any, Any], file: io.BytesIO, compression: str) -> None:
        data, fields = table
        file.write(json.dumps([compression, fields, data], default=str).encode())

    made: Any = ModuleType("pyarrow")
    made.string, made.bool_, made.int64 = (lambda name=name: name for name in ("string", "bool", "int64"))
    made.timestamp = lambda unit: unit
    made.field = lambda name, kind, nullable: f"{name}:{kind}:{nullable}"

    class Schema(list[str]):
        names = property(lambda self: [each.partition(":")[0] for each in self])

    made.schema = Schema
    made.table = lambda data, schema: (data, schema)
    for name in ("orc", "parquet"):
        module: Any = ModuleType(f"pyarrow.{name}")
        module.write_table = write
        setattr(made, name, module)
        monkeypatch.setitem(sys.modules, f"pyarrow.{name}", module)
    monkeypatch.setitem(sys.modules, "pyarrow", made)
    monkeypatch.setattr(inventories, "find_spec", lambda _: made)
    return made
