"""GetObjectAttributes. S3: API/API_GetObjectAttributes.html"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
HEADER = "x-amz-object-attributes"
MIB = 2**20


def answered(answer: dict[str, Any]) -> dict[str, Any]:
    """What was answered, without the metadata of the response itself."""
    return {name: value for name, value in answer.items() if name not in {"ResponseMetadata", "LastModified"}}


@pytest.fixture
def upload(s3_client, bucket: str) -> Any:
    """Completes a multipart upload of "k" from parts with these bytes, and answers what that answers."""

    def make(*bodies: bytes, **declared: str) -> dict[str, Any]:
        ids = {"Bucket": bucket, "Key": "k"}
        ids["UploadId"] = s3_client.create_multipart_upload(**ids, **declared)["UploadId"]
        kept = ("ETag", *(f"Checksum{name}" for name in ("CRC32", "CRC32C", "SHA1", "SHA256")))
        parts = []
        for number, body in enumerate(bodies, 1):
            algorithm = {"ChecksumAlgorithm": declared["ChecksumAlgorithm"]} if declared else {}
            part = s3_client.upload_part(**ids, PartNumber=number, Body=body, **algorithm)
            parts.append({"PartNumber": number} | {name: part[name] for name in kept if declared and name in part})
            parts[-1]["ETag"] = part["ETag"]
        answer: dict[str, Any] = s3_client.complete_multipart_upload(**ids, MultipartUpload={"Parts": parts})
        return answer

    return make


class TestAttributes:
    """Those attributes are answered that were asked for."""

    # recorded: TestS3::test_get_object_attributes
    def test_of_an_object(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"69\n420\n")
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
        assert {
            "Checksum": {"ChecksumCRC32": "WC+ANw==", "ChecksumType": "FULL_OBJECT"},
            "ETag": "e92499db864217242396e8ef766079a9",
            "ObjectSize": 7,
            "StorageClass": "STANDARD",
        } == answered(answer)

    def test_last_modified(self, s3, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k")
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag"])
        assert s3[bucket]["k"].last_modified == answer["LastModified"]

    @pytest.mark.parametrize("name", ["ETag", "Checksum", "StorageClass", "ObjectSize"])
    def test_one(self, s3_client, bucket, name):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x")
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=[name])
        assert {name} == answered(answer).keys()

    # recorded: TestS3::test_get_object_attributes_with_space
    @pytest.mark.parametrize("wanted", ["ETag,ObjectSize", "ETag, ObjectSize", " ObjectSize ,ETag"])
    def test_names_may_have_space_around_them(self, s3_client, bucket, ask, wanted):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"9" * 9)
        body = ask("GET", f"/{bucket}/k?attributes", {HEADER: wanted}).text
        assert body.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<GetObjectAttributesResponse xmlns=')
        assert "<ObjectSize>9</ObjectSize></GetObjectAttributesResponse>" in body

    @pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: " , "}])
    def test_none(self, s3_client, bucket, ask, headers):
        s3_client.put_object(Bucket=bucket, Key="k")
        message = (
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
        )
        assert (400, "InvalidRequest", message, {}) == ask("GET", f"/{bucket}/k?attributes", headers).refusal

    @pytest.mark.parametrize("wanted", ["etag", "ETag,Owner", "Etag"])
    def test_unknown(self, s3_client, bucket, ask, wanted):
        s3_client.put_object(Bucket=bucket, Key="k")
        expected = (400, "InvalidArgument", "Invalid attribute name specified.", {"ArgumentName": HEADER})
        assert expected == ask("GET", f"/{bucket}/k?attributes", {HEADER: wanted}).refusal


class TestVersions:
    """The attributes are of the current object, or of the version that was asked for."""

    # recorded: TestS3::test_get_object_attributes_versioned
    def test_each_has_its_own(self, s3_client, enabled, refused):
        first = s3_client.put_object(Bucket=enabled, Key="k", Body=b"69\n420\n")["VersionId"]
        second = s3_client.put_object(Bucket=enabled, Key="k", Body=b"version 2")["VersionId"]
        asked = {"Bucket": enabled, "Key": "k", "ObjectAttributes": ["ObjectSize"]}
        assert {"ObjectSize": 9, "VersionId": second} == answered(s3_client.get_object_attributes(**asked))
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        with refused("NoSuchKey", 404, headers={"x-amz-delete-marker": "true"}, Key="k"):
            s3_client.get_object_attributes(**asked)
        with refused("MethodNotAllowed", 405, Method="GET", ResourceType="DeleteMarker"):
            s3_client.get_object_attributes(**asked, VersionId=marker)
        answer = s3_client.get_object_attributes(**asked, VersionId=first)
        assert {"ObjectSize": 7, "VersionId": first} == answered(answer)

    def test_missing(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)


class TestObjectParts:
    """An object from a multipart upload tells its parts, one by one only where each has a checksum of its own."""

    # recorded: TestS3::test_get_object_attributes
    def test_how_many(self, s3_client, bucket, upload):
        upload(b"a" * 5 * MIB, b"b")
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "ObjectSize"])
        assert {"ObjectParts": {"TotalPartsCount": 2}, "ObjectSize": 5 * MIB + 1} == answered(answer)

    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_full_object[CRC32C]
    def test_of_a_full_object_checksum(self, s3_client, bucket, upload):
        upload(b"a" * 5 * MIB, b"b", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
        asked = ["ObjectParts", "Checksum"]
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=asked)
        assert ({"TotalPartsCount": 2}, "FULL_OBJECT") == (answer["ObjectParts"], answer["Checksum"]["ChecksumType"])

    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite[SHA256]
    @pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
    def test_of_a_composite_checksum(self, s3_client, bucket, upload, algorithm):
        name = f"Checksum{algorithm}"
        made = upload(b"a" * 5 * MIB, b"b" * 10, ChecksumAlgorithm=algorithm)
        asked = ["ObjectParts", "Checksum"]
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=asked)
        assert made[name].endswith("-2")
        assert {name: made[name].removesuffix("-2"), "ChecksumType": "COMPOSITE"} == answer["Checksum"]
        parts = answer["ObjectParts"].pop("Parts")
        assert {
            "TotalPartsCount": 2,
            "PartNumberMarker": 0,
            "NextPartNumberMarker": 2,
            "MaxParts": 1000,
            "IsTruncated": False,
        } == answer["ObjectParts"]
        assert [(1, 5 * MIB), (2, 10)] == [(part["PartNumber"], part["Size"]) for part in parts]
        assert all(name in part for part in parts)

    def test_in_pages(self, s3_client, bucket, upload):
        upload(b"a" * 5 * MIB, b"b" * 5 * MIB, b"c", ChecksumAlgorithm="SHA1")
        asked = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ObjectParts"]}

        def page(**where: int) -> tuple[list[int], int, bool]:
            parts = s3_client.get_object_attributes(**asked, **where)["ObjectParts"]
            numbers = [part["PartNumber"] for part in parts.get("Parts", [])]
            return numbers, parts["NextPartNumberMarker"], parts["IsTruncated"]

        assert ([1, 2], 2, True) == page(MaxParts=2)
        assert ([3], 3, False) == page(MaxParts=2, PartNumberMarker=2)
        assert ([], 0, False) == page(PartNumberMarker=3)

    def test_of_an_object_written_in_one_go(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x")
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "ETag"])
        assert {"ETag"} == answered(answer).keys()

    @pytest.mark.parametrize("name", ["x-amz-max-parts", "x-amz-part-number-marker"])
    def test_paging_by_negative_numbers(self, s3_client, bucket, ask, name):
        s3_client.put_object(Bucket=bucket, Key="k")
        answer = ask("GET", f"/{bucket}/k?attributes", {HEADER: "ETag", name: "-1"}).refusal
        assert (400, "InvalidArgument", name) == (answer.status, answer.code, answer.members["ArgumentName"])


class TestCustomersKey:
    """The attributes of an object under a customer's key are told to whoever brings the key."""

    def test_without_it(self, s3_client, bucket, refused):
        rule: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        rule |= {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
        s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x", **key)
        asked = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ObjectSize"]}
        # Of this one operation botocore encodes no key by itself.
        encoded = {"SSECustomerKey": b64encode(b"k" * 32).decode()}
        encoded["SSECustomerKeyMD5"] = b64encode(md5(b"k" * 32).digest()).decode()
        assert 1 == s3_client.get_object_attributes(**asked, **(key | encoded))["ObjectSize"]
        message = (
            "The object was stored using a form of Server Side Encryption. "
            "The correct parameters must be provided to retrieve the object."
        )
        with refused("InvalidRequest", 400, message):
            s3_client.get_object_attributes(**asked)
