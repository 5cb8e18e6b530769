"""Directory buckets (S3 Express One Zone), as boto3 sees them.

S3: userguide/directory-buckets-overview.html, userguide/s3-express-differences.html
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import boto3
import pytest

from fakes3 import FakeS3, UsageError
from fakes3.model.versions import ObjectPart

from .conftest import ANY_HOST, ARN, BUCKET, PLACE, fetch, put_kms, refusal

WRONG_REDUNDANCY = {"Type": "Directory", "DataRedundancy": "SingleLocalZone"}


class TestCreateBucket:
    """A directory bucket is created in the zone that its name names. S3: API/API_CreateBucket.html"""

    def test_it_is_there(self, s3: FakeS3, client: Any) -> None:
        answer = client.create_bucket(Bucket="new--use1-az4--x-s3", CreateBucketConfiguration=PLACE)
        assert ARN.replace("logs--", "new--") == answer["BucketArn"]
        assert "https://new--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/" == answer["Location"]
        assert "new--use1-az4--x-s3 (directory bucket, use1-az4, 0 objects)" in s3.tree()

    def test_head_tells_the_zone(self, s3: FakeS3, client: Any) -> None:
        answer = client.head_bucket(Bucket=BUCKET)
        assert ("AvailabilityZone", "use1-az4") == (answer["BucketLocationType"], answer["BucketLocationName"])
        assert (ARN, "us-east-1", False) == (answer["BucketArn"], answer["BucketRegion"], answer["AccessPointAlias"])

    def test_in_a_local_zone(self, s3: FakeS3, client: Any) -> None:
        name = "logs--use1-bos1-az1--x-s3"
        place = {
            "Location": {"Type": "LocalZone", "Name": "use1-bos1-az1"},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleLocalZone"},
        }
        client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        client.put_object(Bucket=name, Key="k")
        assert "LocalZone" == client.head_bucket(Bucket=name)["BucketLocationType"]
        assert "ONEZONE_IA" == client.head_object(Bucket=name, Key="k")["StorageClass"]

    @pytest.mark.parametrize(
        ("name", "configuration", "code"),
        [
            ("new--use1-az4--x-s3", {**PLACE, "LocationConstraint": "us-west-2"}, "MalformedXML"),  # aws/aws-cli#8502
            ("new--use1-az4--x-s3", {}, "MalformedXML"),
            ("new--use1-az4--x-s3", {"Location": PLACE["Location"]}, "MalformedXML"),
            ("new--use1-az5--x-s3", PLACE, "InvalidArgument"),
            ("new--use1-az4--x-s3", PLACE | {"Bucket": WRONG_REDUNDANCY}, "InvalidArgument"),
            ("new--usw2-az4--x-s3", PLACE, "InvalidBucketName"),
            ("a.b--use1-az4--x-s3", PLACE, "InvalidBucketName"),
            ("xn--b--use1-az4--x-s3", PLACE, "InvalidBucketName"),
            (BUCKET, PLACE, "BucketAlreadyOwnedByYou"),
            ("new--use1-az4--x-s3", {**PLACE, "Tags": [{"Key": "a", "Value": "b"}]}, "NotImplemented"),
            ("plain-one", PLACE, "MalformedXML"),
        ],
    )  # fmt: skip
    def test_refused(self, s3: FakeS3, client: Any, name: str, configuration: dict[str, Any], code: str) -> None:
        before = s3.snapshot()
        assert code == refusal(client.create_bucket, Bucket=name, CreateBucketConfiguration=configuration)[1]
        assert not before.diff(s3.snapshot())

    def test_of_another_account(self, s3: FakeS3) -> None:
        other = s3.account("444455556666").client()
        assert "BucketAlreadyExists" == refusal(
            other.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=PLACE
        )[1]  # fmt: skip

    def test_another_region_does_not_know_it(self, s3: FakeS3) -> None:
        far = boto3.client("s3", region_name="eu-west-1")
        assert "NoSuchBucket" == refusal(far.create_session, Bucket=BUCKET)[1]

    # observed: peak/s5cmd#854
    def test_ordinary_endpoints_do_not_know_it(self, s3: FakeS3, ask: Any) -> None:
        host = f"{BUCKET}.s3.us-east-1.amazonaws.com"
        assert (404, "NoSuchBucket") == (ask("GET", "/k", host=host).status, ask("GET", "/k", host=host).code)

    def test_seeding_takes_no_options_of_other_buckets(self, s3: FakeS3) -> None:
        with pytest.raises(UsageError, match="Directory buckets have no versions"):
            s3.create_bucket("b--use1-az4--x-s3", versioning=True)


class TestListDirectoryBuckets:
    """The two kinds of buckets are listed apart. S3: API/API_ListDirectoryBuckets.html"""

    def test_each_by_its_own_list(self, s3: FakeS3, client: Any) -> None:
        assert [BUCKET] == [each["Name"] for each in client.list_directory_buckets()["Buckets"]]
        assert ["plain"] == [each["Name"] for each in client.list_buckets()["Buckets"]]

    def test_pages(self, s3: FakeS3, client: Any) -> None:
        s3.create_bucket("more--use1-az4--x-s3")
        s3.create_bucket("more--usw2-az1--x-s3", region="us-west-2")
        pages = client.get_paginator("list_directory_buckets").paginate(PaginationConfig={"PageSize": 1})
        assert [[BUCKET], ["more--use1-az4--x-s3"]] == [[each["Name"] for each in page["Buckets"]] for page in pages]

    def test_a_wrong_number(self, s3: FakeS3, client: Any) -> None:
        assert "InvalidArgument" == refusal(client.list_directory_buckets, MaxDirectoryBuckets=1001)[1]


class TestObjects:
    """Objects have ETags that are no MD5, one storage class, and no dates of lifecycle."""

    def test_put_and_get(self, s3: FakeS3, client: Any) -> None:
        put = client.put_object(Bucket=BUCKET, Key="a/b", Body=b"hello", Metadata={"m": "v"})
        got = client.get_object(Bucket=BUCKET, Key="a/b")
        assert (b"hello", put["ETag"], {"m": "v"}) == (got["Body"].read(), got["ETag"], got["Metadata"])
        assert hashlib.md5(b"hello").hexdigest() not in put["ETag"]
        assert ("EXPRESS_ONEZONE", "AES256") == (got["StorageClass"], got["ServerSideEncryption"])
        assert "NotImplemented" == put["Expiration"] == got["Expiration"]

    def test_the_same_bytes_have_another_etag(self, s3: FakeS3, client: Any) -> None:
        first, second = (client.put_object(Bucket=BUCKET, Key="k", Body=b"same")["ETag"] for _ in range(2))
        assert first != second

    def test_if_none_match_and_if_match(self, s3: FakeS3, client: Any) -> None:
        etag = client.put_object(Bucket=BUCKET, Key="k", IfNoneMatch="*")["ETag"]
        assert 412 == refusal(client.put_object, Bucket=BUCKET, Key="k", IfNoneMatch="*")[0]
        client.put_object(Bucket=BUCKET, Key="k", Body=b"2", IfMatch=etag)
        assert 412 == refusal(client.put_object, Bucket=BUCKET, Key="k", IfMatch=etag)[0]

    def test_attributes(self, s3: FakeS3, client: Any) -> None:
        client.put_object(Bucket=BUCKET, Key="k", Body=b"12")
        names = ["ETag", "ObjectSize", "StorageClass"]
        answer = client.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=names)
        assert (2, "EXPRESS_ONEZONE") == (answer["ObjectSize"], answer["StorageClass"])

    # S3: userguide/directory-buckets-objects-generate-presigned-url-Examples.html
    def test_a_presigned_url(self, s3: FakeS3, client: Any) -> None:
        s3.create_bucket("urls--use1-az4--x-s3", objects={"k": "text"})
        url = client.generate_presigned_url("get_object", Params={"Bucket": "urls--use1-az4--x-s3", "Key": "k"})
        assert "X-Amz-S3session-Token" in url
        assert (200, None, b"text") == fetch(url)
        assert (403, "SignatureDoesNotMatch") == fetch(url.replace("/k?", "/l?"))[:2]
        s3.clock.advance(minutes=6)
        assert (400, "ExpiredToken") == fetch(url)[:2]

    @pytest.mark.parametrize("version", ["null", None])
    def test_the_only_version_is_null(self, s3: FakeS3, client: Any, version: str | None) -> None:
        client.put_object(Bucket=BUCKET, Key="k")
        where = {"Bucket": BUCKET, "Key": "k"} | ({} if version is None else {"VersionId": version})
        assert "VersionId" not in client.head_object(**where)
        client.delete_object(**where)
        assert [] == list(s3[BUCKET])

    def test_views_diffs_and_forks_show_it(self, s3: FakeS3, client: Any) -> None:
        before, fork = s3.snapshot(), s3.fork()
        client.put_object(Bucket=BUCKET, Key="k", Body=b"1")
        assert f"+ {BUCKET}: object 'k': 1 B" in str(before.diff(s3.snapshot()))
        assert ([], b"1") == (list(fork[BUCKET]), s3[BUCKET]["k"].body)
        s3.restore(before)
        assert [] == list(s3[BUCKET])


class TestListObjectsV2:
    """Keys are in no order, prefixes end in a slash, and uploads in progress show theirs."""

    def test_not_sorted_and_the_same_each_time(self, s3: FakeS3, client: Any) -> None:
        keys = [f"k{number:02}" for number in range(20)]
        s3.create_bucket("many--use1-az4--x-s3", objects=dict.fromkeys(keys, b""))
        listed = [each["Key"] for each in client.list_objects_v2(Bucket="many--use1-az4--x-s3")["Contents"]]
        assert keys == sorted(listed)
        assert listed not in (keys, keys[::-1])
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket="many--use1-az4--x-s3", PaginationConfig={"PageSize": 3}
        )
        assert listed == [each["Key"] for page in pages for each in page.get("Contents", ())]

    def test_folders(self, s3: FakeS3, client: Any) -> None:
        s3.create_bucket("tree--use1-az4--x-s3", objects=dict.fromkeys(["a/1", "a/b/2", "c/3", "4"], b""))
        top = client.list_objects_v2(Bucket="tree--use1-az4--x-s3", Delimiter="/")
        assert {"a/", "c/"} == {each["Prefix"] for each in top["CommonPrefixes"]}
        inside = client.list_objects_v2(Bucket="tree--use1-az4--x-s3", Prefix="a/", Delimiter="/", FetchOwner=True)
        assert (["a/1"], ["a/b/"]) == (
            [each["Key"] for each in inside["Contents"]],
            [each["Prefix"] for each in inside["CommonPrefixes"]],
        )
        assert "Owner" in inside["Contents"][0]

    def test_a_folder_goes_with_its_last_object(self, s3: FakeS3, client: Any) -> None:
        client.put_object(Bucket=BUCKET, Key="dir1/dir2/file1.txt")
        client.delete_object(Bucket=BUCKET, Key="dir1/dir2/file1.txt")
        assert "CommonPrefixes" not in client.list_objects_v2(Bucket=BUCKET, Delimiter="/")

    def test_uploads_in_progress_show_their_prefixes(self, s3: FakeS3, client: Any) -> None:
        client.create_multipart_upload(Bucket=BUCKET, Key="up/load")
        answer = client.list_objects_v2(Bucket=BUCKET, Delimiter="/")
        assert [{"Prefix": "up/"}] == answer["CommonPrefixes"]
        assert "CommonPrefixes" not in client.list_objects_v2(Bucket=BUCKET)

    # observed: eclipse-store/store#224
    def test_a_prefix_without_a_slash(self, s3: FakeS3, client: Any) -> None:
        text = (
            "This bucket does not support a prefix that does not end in a delimiter. Specify a prefix path ending with "
            "a delimiter and try again."
        )
        assert (400, text) == refusal(client.list_objects_v2, Bucket=BUCKET, Prefix="a")[::2]

    def test_another_delimiter(self, s3: FakeS3, client: Any) -> None:
        assert 400 == refusal(client.list_objects_v2, Bucket=BUCKET, Delimiter="-")[0]

    def test_start_after(self, s3: FakeS3, client: Any) -> None:
        assert 501 == refusal(client.list_objects_v2, Bucket=BUCKET, StartAfter="a")[0]

    # observed: boto/boto3#3972
    def test_the_first_version(self, s3: FakeS3, client: Any) -> None:
        assert "NotSupported" == refusal(client.list_objects, Bucket=BUCKET)[1]


class TestAppend:
    """Data is appended by naming the size of the object. S3: userguide/directory-buckets-objects-append.html"""

    def append(self, client: Any, body: bytes, offset: int, **more: Any) -> Any:
        return client.put_object(Bucket=BUCKET, Key="log", Body=body, WriteOffsetBytes=offset, **more)

    @pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
    def test_it_grows(self, s3: FakeS3, client: Any, algorithm: str) -> None:
        first = self.append(client, b"one", 0, ChecksumAlgorithm=algorithm)
        second = self.append(client, b"two", 3, ChecksumAlgorithm=algorithm)
        assert (3, 6) == (first["Size"], second["Size"])
        assert first["ETag"] != second["ETag"]
        whole = client.put_object(Bucket=BUCKET, Key="whole", Body=b"onetwo", ChecksumAlgorithm=algorithm)
        got = client.get_object(Bucket=BUCKET, Key="log", ChecksumMode="ENABLED")
        assert b"onetwo" == got["Body"].read()
        assert whole[f"Checksum{algorithm}"] == got[f"Checksum{algorithm}"] == second[f"Checksum{algorithm}"]

    def test_each_append_is_a_part(self, s3: FakeS3, client: Any) -> None:
        for offset, body in ((0, b"one"), (3, b"two"), (6, b"3")):
            self.append(client, body, offset)
        assert b"two" == client.get_object(Bucket=BUCKET, Key="log", PartNumber=2)["Body"].read()
        assert 3 == client.head_object(Bucket=BUCKET, Key="log", PartNumber=1)["PartsCount"]

    @pytest.mark.parametrize("offset", [1, 2, 4])
    def test_another_offset(self, s3: FakeS3, client: Any, offset: int) -> None:
        self.append(client, b"one", 0)
        text = "The write offset value that you specified does not match the current object size."
        assert (400, "InvalidWriteOffset", text) == refusal(lambda: self.append(client, b"two", offset))

    def test_of_no_object(self, s3: FakeS3, client: Any) -> None:
        assert "InvalidWriteOffset" == refusal(lambda: self.append(client, b"two", 1))[1]

    def test_nothing(self, s3: FakeS3, client: Any) -> None:
        text = "Request body cannot be empty when 'write offset' is specified."
        assert (400, "InvalidRequest", text) == refusal(lambda: self.append(client, b"", 0))

    def test_with_metadata(self, s3: FakeS3, client: Any) -> None:
        self.append(client, b"one", 0, Metadata={"a": "b"}, ContentType="text/plain")
        text = "Cannot specify both a write offset value and user-defined object metadata for existing objects."
        assert (400, "InvalidRequest", text) == refusal(lambda: self.append(client, b"two", 3, Metadata={"a": "b"}))
        assert 501 == refusal(lambda: self.append(client, b"two", 3, ContentType="text/html"))[0]
        self.append(client, b"two", 3, ContentType="text/plain")
        assert {"a": "b"} == client.head_object(Bucket=BUCKET, Key="log")["Metadata"]

    def test_with_another_checksum(self, s3: FakeS3, client: Any) -> None:
        self.append(client, b"one", 0, ChecksumAlgorithm="SHA1")
        text = "Checksum Type mismatch occurred, expected checksum Type: sha1, actual checksum Type: crc32"
        assert (400, "InvalidRequest", text) == refusal(
            lambda: self.append(client, b"two", 3, ChecksumAlgorithm="CRC32")
        )

    def test_after_10_000_parts(self, s3: FakeS3, client: Any) -> None:
        self.append(client, b"one", 0)
        bucket = s3.service.world.buckets[BUCKET]
        version = bucket.versions.current["log"]
        parts = tuple(ObjectPart(number, 0, None) for number in range(1, 10_001))
        full = bucket.versions.replaced("log", version, replace(version, parts=parts))
        s3.service.change_world(lambda world: world.with_bucket(bucket.with_versions(full)))
        assert (400, "TooManyParts") == refusal(lambda: self.append(client, b"two", 3))[:2]
        client.copy_object(Bucket=BUCKET, Key="log", CopySource=f"{BUCKET}/log", MetadataDirective="REPLACE")
        self.append(client, b"two", 3)  # a copy begins anew

    def test_under_another_encryption(self, s3: FakeS3, client: Any) -> None:
        self.append(client, b"one", 0)
        put_kms(client)
        s3.clock.advance(minutes=6)
        assert (400, "EncryptionTypeMismatch") == refusal(lambda: self.append(client, b"two", 3))[:2]

    def test_without_any_checksum_the_object_keeps_its_kind(self, s3: FakeS3, ask: Any, client: Any) -> None:
        self.append(client, b"one", 0, ChecksumAlgorithm="SHA1")
        ask("PUT", f"/{BUCKET}/log", {"x-amz-write-offset-bytes": "3"}, b"two", host=ANY_HOST)
        assert (b"onetwo", "SHA1") == (s3[BUCKET]["log"].body, s3[BUCKET]["log"].checksum[0])  # type: ignore[index]
