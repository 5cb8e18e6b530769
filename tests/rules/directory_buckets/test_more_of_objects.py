"""Multipart uploads, deletes, renaming and copies in directory buckets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fakes3 import FakeS3

from .conftest import BUCKET, KMS_KEY, put_kms, refusal

K = {"Bucket": BUCKET, "Key": "k"}
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def small_parts(s3: FakeS3) -> None:
    s3.service.settings = s3.service.settings._replace(min_part_size=1)


def upload(client: Any, numbers: list[int], **more: Any) -> dict[str, Any]:
    """Begin an upload with parts of these numbers, and return what completes it."""
    upload_id = client.create_multipart_upload(**K, **more)["UploadId"]
    here = {**K, "UploadId": upload_id}
    etags = {n: client.upload_part(**here, PartNumber=n, Body=b"part %d " % n)["ETag"] for n in numbers}
    return here | {"MultipartUpload": {"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in etags.items()]}}


@pytest.mark.usefixtures("small_parts")
class TestMultipart:
    """Parts have consecutive numbers, and neither parts nor objects have an MD5 for an ETag."""

    def test_complete(self, s3: FakeS3, client: Any) -> None:
        answer = client.complete_multipart_upload(**upload(client, [1, 2]))
        assert b"part 1 part 2 " == s3[BUCKET]["k"].body
        assert "-" not in answer["ETag"]
        assert f"https://{BUCKET}.s3express-use1-az4.us-east-1.amazonaws.com/k" == answer["Location"]
        assert "ChecksumCRC64NVME" in answer

    def test_a_completion_may_be_repeated(self, s3: FakeS3, client: Any) -> None:
        whole = upload(client, [1, 2])
        first, second = (client.complete_multipart_upload(**whole)["ETag"] for _ in range(2))
        assert first == second

    @pytest.mark.parametrize("numbers", [[1, 3], [2, 3]])
    def test_gaps(self, s3: FakeS3, client: Any, numbers: list[int]) -> None:
        assert 400 == refusal(client.complete_multipart_upload, **upload(client, numbers))[0]

    def test_appending_goes_on_with_the_parts(self, s3: FakeS3, client: Any) -> None:
        client.complete_multipart_upload(
            **upload(client, [1, 2], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        )
        client.put_object(**K, Body=b"part 3 ", WriteOffsetBytes=14)
        assert 3 == client.head_object(**K, PartNumber=3)["PartsCount"]

    def test_list_parts(self, s3: FakeS3, client: Any) -> None:
        whole = upload(client, [1, 2])
        parts = client.list_parts(**{name: whole[name] for name in ("Bucket", "Key", "UploadId")})
        assert ([1, 2], "EXPRESS_ONEZONE") == ([each["PartNumber"] for each in parts["Parts"]], parts["StorageClass"])

    def test_uploads_are_listed_in_no_order(self, s3: FakeS3, client: Any) -> None:
        keys = [f"k{number:02}" for number in range(12)]
        for key in keys:
            client.create_multipart_upload(Bucket=BUCKET, Key=key)
        listed, marker = [], ""
        while True:
            page = client.list_multipart_uploads(Bucket=BUCKET, MaxUploads=5, KeyMarker=marker)
            listed += [each["Key"] for each in page["Uploads"]]
            marker = page.get("NextKeyMarker", "")
            assert "NextUploadIdMarker" not in page
            if not page["IsTruncated"]:
                break
            assert marker not in keys
        assert keys == sorted(listed)
        assert listed != keys

    def test_uploads_by_folder(self, s3: FakeS3, client: Any) -> None:
        for key in ("a/1", "a/2", "b"):
            client.create_multipart_upload(Bucket=BUCKET, Key=key)
        top = client.list_multipart_uploads(Bucket=BUCKET, Delimiter="/")
        assert (["b"], [{"Prefix": "a/"}]) == ([each["Key"] for each in top["Uploads"]], top["CommonPrefixes"])
        inside = client.list_multipart_uploads(Bucket=BUCKET, Prefix="a/")
        assert ("a/", 2) == (inside["Prefix"], len(inside["Uploads"]))
        assert 400 == refusal(client.list_multipart_uploads, Bucket=BUCKET, Prefix="a")[0]
        assert 400 == refusal(client.list_multipart_uploads, Bucket=BUCKET, KeyMarker="a")[0]
        assert 501 == refusal(client.list_multipart_uploads, Bucket=BUCKET, KeyMarker="a", UploadIdMarker="b")[0]

    def test_abort_on_a_condition(self, s3: FakeS3, client: Any) -> None:
        whole = upload(client, [1])
        here = {name: whole[name] for name in ("Bucket", "Key", "UploadId")}
        late = datetime(2026, 1, 2, tzinfo=UTC)
        assert 412 == refusal(client.abort_multipart_upload, **here, IfMatchInitiatedTime=late)[0]
        client.abort_multipart_upload(**here, IfMatchInitiatedTime=WRITTEN)
        assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)
        client.abort_multipart_upload(Bucket=BUCKET, Key="k", UploadId="gone", IfMatchInitiatedTime=WRITTEN)

    # S3: API/API_DeleteBucket.html
    def test_uploads_in_progress_keep_the_bucket(self, s3: FakeS3, client: Any) -> None:
        whole = upload(client, [1])
        assert (409, "BucketNotEmpty") == refusal(client.delete_bucket, Bucket=BUCKET)[:2]
        client.abort_multipart_upload(**{name: whole[name] for name in ("Bucket", "Key", "UploadId")})
        client.delete_bucket(Bucket=BUCKET)
        assert BUCKET not in s3


class TestDeletes:
    """An object may be deleted on the condition of its size, its date or its ETag. S3: API/API_DeleteObject.html"""

    @pytest.fixture(autouse=True)
    def object(self, s3: FakeS3, client: Any) -> None:
        client.put_object(**K, Body=b"1234")

    @pytest.mark.parametrize(
        "condition",
        [
            {"IfMatchSize": 4},
            {"IfMatchLastModifiedTime": WRITTEN},
            {"IfMatch": "*"},
            {"IfMatchSize": 4, "IfMatchLastModifiedTime": WRITTEN, "IfMatch": "*"},
        ],
    )
    def test_it_holds(self, s3: FakeS3, client: Any, condition: dict[str, Any]) -> None:
        client.delete_object(**K, **condition)
        assert [] == list(s3[BUCKET])

    @pytest.mark.parametrize(
        "condition",
        [
            {"IfMatchSize": 5},
            {"IfMatchLastModifiedTime": datetime(2026, 1, 2, tzinfo=UTC)},
            {"IfMatch": '"x"'},
            {"IfMatchSize": 5, "IfMatchLastModifiedTime": WRITTEN},
        ],
    )
    def test_it_does_not_hold(self, s3: FakeS3, client: Any, condition: dict[str, Any]) -> None:
        assert (412, "PreconditionFailed") == refusal(client.delete_object, **K, **condition)[:2]
        assert ["k"] == list(s3[BUCKET])

    @pytest.mark.parametrize("condition", [{"IfMatchSize": 5}, {"IfMatchLastModifiedTime": WRITTEN}])
    def test_of_what_is_gone(self, s3: FakeS3, client: Any, condition: dict[str, Any]) -> None:
        client.delete_object(Bucket=BUCKET, Key="gone", **condition)

    def test_each_of_many_has_its_own(self, s3: FakeS3, client: Any) -> None:
        client.put_object(Bucket=BUCKET, Key="l", Body=b"1234")
        objects: list[dict[str, Any]] = [
            {"Key": "k", "Size": 5},
            {"Key": "l", "Size": 4, "LastModifiedTime": WRITTEN},
            {"Key": " "},
            {"Key": "gone", "LastModifiedTime": WRITTEN},
        ]
        answer = client.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
        assert {"k": "PreconditionFailed", " ": "InvalidArgument"} == {
            each["Key"]: each["Code"] for each in answer["Errors"]
        }
        assert ["k"] == list(s3[BUCKET])

    def test_other_buckets_do_not_have_these(self, s3: FakeS3, client: Any) -> None:
        objects: list[dict[str, Any]] = [{"Key": "from", "Size": 11}, {"Key": "from", "LastModifiedTime": WRITTEN}]
        answer = client.delete_objects(Bucket="plain", Delete={"Objects": objects})
        assert ["NotImplemented"] * 2 == [each["Code"] for each in answer["Errors"]]


class TestRename:
    """An object is renamed with all that it has. S3: API/API_RenameObject.html"""

    @pytest.fixture(autouse=True)
    def object(self, s3: FakeS3, client: Any) -> None:
        client.put_object(Bucket=BUCKET, Key="a b/ä", Body=b"text", Metadata={"m": "v"}, ContentType="text/plain")
        client.put_object(Bucket=BUCKET, Key="taken", Body=b"other")
        s3.clock.advance(hours=1)

    def rename(self, client: Any, to: str = "new", source: str = "a%20b/%C3%A4", **more: Any) -> Any:
        return client.rename_object(Bucket=BUCKET, Key=to, RenameSource=source, **more)

    def test_it_keeps_everything(self, s3: FakeS3, client: Any) -> None:
        before = client.head_object(Bucket=BUCKET, Key="a b/ä")
        self.rename(client)
        after = client.head_object(Bucket=BUCKET, Key="new")
        del before["ResponseMetadata"], after["ResponseMetadata"]
        assert before == after
        assert ["new", "taken"] == list(s3[BUCKET])

    @pytest.mark.parametrize("source", ["/taken", "//slash", "/%2Fslash", "%2Fslash"])
    def test_a_slash_may_come_before_the_old_key(self, s3: FakeS3, client: Any, source: str) -> None:
        """S3: API/API_RenameObject.html, "Examples": the source is "/srcfilename.txt"."""
        client.put_object(Bucket=BUCKET, Key="/slash", Body=b"other")
        self.rename(client, "new", source)
        assert b"other" == s3[BUCKET]["new"].body
        assert ("taken" if source == "/taken" else "/slash") not in s3[BUCKET]

    def test_it_replaces_what_was_there(self, s3: FakeS3, client: Any) -> None:
        self.rename(client, "taken")
        assert {"taken": b"text"} == {key: s3[BUCKET][key].body for key in s3[BUCKET]}

    @pytest.mark.parametrize(
        ("to", "conditions", "broken"),
        [
            ("taken", {"DestinationIfNoneMatch": "*"}, "If-None-Match"),
            ("taken", {"DestinationIfMatch": '"x"'}, "If-Match"),
            ("taken", {"DestinationIfUnmodifiedSince": datetime(2025, 1, 1, tzinfo=UTC)}, "If-Unmodified-Since"),
            ("taken", {"DestinationIfModifiedSince": WRITTEN}, "If-Modified-Since"),
            ("new", {"DestinationIfMatch": '"x"'}, "If-Match"),
            ("new", {"DestinationIfModifiedSince": WRITTEN}, "If-Modified-Since"),
            ("new", {"SourceIfMatch": '"x"'}, "x-amz-rename-source-If-Match"),
            ("new", {"SourceIfNoneMatch": "*"}, "x-amz-rename-source-If-None-Match"),
            ("new", {"SourceIfModifiedSince": WRITTEN}, "x-amz-rename-source-If-Modified-Since"),
        ],
    )
    def test_a_condition_that_does_not_hold(
        self, s3: FakeS3, client: Any, refused: Any, to: str, conditions: dict[str, Any], broken: str
    ) -> None:
        client.head_bucket(Bucket=BUCKET)  # begins the session
        with refused("PreconditionFailed", 412, Condition=broken):
            self.rename(client, to, **conditions)

    def test_conditions_that_hold(self, s3: FakeS3, client: Any) -> None:
        etag = client.head_object(Bucket=BUCKET, Key="a b/ä")["ETag"]
        self.rename(client, SourceIfMatch=etag, SourceIfUnmodifiedSince=WRITTEN, DestinationIfNoneMatch="*")
        assert "new" in s3[BUCKET]

    @pytest.mark.parametrize(
        ("to", "source", "code"),
        [("new", "gone", "NoSuchKey"), ("new/", "taken", "InvalidRequest"), ("taken", "taken", "InvalidRequest")],
    )
    def test_refused(self, s3: FakeS3, client: Any, to: str, source: str, code: str) -> None:
        assert code == refusal(lambda: self.rename(client, to, source))[1]

    def test_a_token_makes_it_happen_once(self, s3: FakeS3, client: Any) -> None:
        for _ in range(2):
            self.rename(client, ClientToken="once")
        text = "Parameters on this idempotent request are inconsistent with parameters used in previous request(s)."
        assert (400, "IdempotencyParameterMismatch", text) == refusal(
            lambda: self.rename(client, "else", "new", ClientToken="once")
        )
        assert "InvalidArgument" == refusal(lambda: self.rename(client, ClientToken="x" * 65))[1]

    # observed: awslabs/mountpoint-s3, rename_object.rs
    def test_other_buckets_do_not_have_it(self, s3: FakeS3, client: Any) -> None:
        answer = refusal(client.rename_object, Bucket="plain", Key="new", RenameSource="from")
        assert (501, "NotImplemented") == answer[:2]
        assert 501 == refusal(client.create_session, Bucket="plain")[0]
        assert 501 == refusal(client.put_object, Bucket="plain", Key="from", WriteOffsetBytes=11)[0]


class TestCopies:
    """Objects are copied within a directory bucket, into it and out of it. S3: API/API_CopyObject.html"""

    def test_into(self, s3: FakeS3, client: Any) -> None:
        client.copy_object(**K, CopySource="plain/from")
        copy = client.head_object(**K)
        assert ("EXPRESS_ONEZONE", 11) == (copy["StorageClass"], copy["ContentLength"])
        assert s3["plain"]["from"].etag not in copy["ETag"]

    def test_out_of(self, s3: FakeS3, client: Any) -> None:
        client.put_object(**K, Body=b"plain bytes", Metadata={"m": "v"})
        client.copy_object(Bucket="plain", Key="to", CopySource=f"{BUCKET}/k")
        copy = s3["plain"]["to"]
        assert (s3["plain"]["from"].etag, "STANDARD", {"m": "v"}) == (copy.etag, copy.storage_class, copy.metadata)

    def test_within(self, s3: FakeS3, client: Any) -> None:
        client.put_object(**K, Body=b"text")
        client.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/k")
        assert b"text" == s3[BUCKET]["copy"].body
        assert s3[BUCKET]["k"].etag != s3[BUCKET]["copy"].etag

    def test_parts(self, s3: FakeS3, client: Any) -> None:
        upload_id = client.create_multipart_upload(**K)["UploadId"]
        part = client.upload_part_copy(
            **K, UploadId=upload_id, PartNumber=1, CopySource="plain/from", CopySourceRange="bytes=0-4"
        )["CopyPartResult"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(**K, UploadId=upload_id, MultipartUpload=parts)
        assert b"plain" == s3[BUCKET]["k"].body

    # S3: API/API_CopyObject.html, "x-amz-tagging-directive"
    def test_tags_stay_behind(self, s3: FakeS3, client: Any) -> None:
        client.put_object_tagging(Bucket="plain", Key="from", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        assert 501 == refusal(client.copy_object, **K, CopySource="plain/from")[0]
        replacing = {"CopySource": "plain/from", "TaggingDirective": "REPLACE"}
        assert 501 == refusal(client.copy_object, **K, **replacing, Tagging="a=b")[0]
        client.copy_object(**K, **replacing, Tagging="")
        assert {} == s3[BUCKET]["k"].tags

    # S3: API/API_CopyObject.html, "x-amz-server-side-encryption-bucket-key-enabled"
    def test_a_copy_has_no_bucket_key(self, s3: FakeS3, client: Any) -> None:
        put_kms(client)
        client.copy_object(**K, CopySource="plain/from")
        copy = client.head_object(**K)
        assert (KMS_KEY, None) == (copy["SSEKMSKeyId"], copy.get("BucketKeyEnabled"))
        client.copy_object(**K, CopySource="plain/from", ServerSideEncryption="AES256")
        assert "AES256" == client.head_object(**K)["ServerSideEncryption"]
