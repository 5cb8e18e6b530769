"""Server-side encryption: what S3 applies, tells, and refuses. S3: userguide/serv-side-encryption.html"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

REGION = "us-east-1"
ACCOUNT = "123456789012"
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{ID}"
HEADER = "x-amz-server-side-encryption"
CUSTOMER = "Requests specifying Server Side Encryption with Customer provided keys"
STORED = (
    "The object was stored using a form of Server Side Encryption. "
    "The correct parameters must be provided to retrieve the object."
)
TOLD = {
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "SSEKMSEncryptionContext",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
}
MINE = b"a" * 32
OTHER = b"b" * 32
MINE_MD5 = b64encode(md5(MINE).digest()).decode()


def with_key(key: bytes, prefix: str = "SSECustomer") -> dict[str, Any]:
    """The members of a boto3 call that hand over a customer's key; boto3 adds the MD5."""
    return {f"{prefix}Algorithm": "AES256", f"{prefix}Key": key}


def key_headers(secret: bytes = MINE, **changed: str | None) -> dict[str, str | None]:
    """The three headers as they go out; `algorithm`, `key` or `md5` replaces one, None leaves it out."""
    sent: dict[str, str | None] = {
        "algorithm": "AES256",
        "key": b64encode(secret).decode(),
        "md5": b64encode(md5(secret).digest()).decode(),
    }
    sent |= changed
    names = {"algorithm": "customer-algorithm", "key": "customer-key", "md5": "customer-key-md5"}
    return {f"{HEADER}-{names[name]}": value for name, value in sent.items() if value is not None}


def told_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer tells of encryption."""
    return {name: value for name, value in answer.items() if name in TOLD}


def default(algorithm: str, key: str | None = None, **rest: Any) -> dict[str, Any]:
    """The body of PutBucketEncryption."""
    by_default = {"SSEAlgorithm": algorithm} | ({} if key is None else {"KMSMasterKeyID": key})
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default, **rest}]}


def is_md5(etag: str, body: bytes) -> bool:
    return etag == f'"{md5(body).hexdigest()}"'


@pytest.fixture
def kms_bucket(bucket, s3_client) -> str:
    """A bucket that encrypts with a KMS key and a Bucket Key."""
    s3_client.put_bucket_encryption(
        Bucket=bucket, ServerSideEncryptionConfiguration=default("aws:kms", ID, BucketKeyEnabled=True)
    )
    return bucket


@pytest.fixture
def open_bucket(bucket, s3_client) -> str:
    """A bucket that takes customers' keys."""
    allow_customer_keys(s3_client, bucket)
    return bucket


def allow_customer_keys(client: Any, bucket: str) -> None:
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


class TestSseS3:
    """Every new object is encrypted with keys of S3 where nobody asks for anything else."""

    # S3: userguide/default-encryption-faq.html
    @pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "AES256"}])
    def test_put_get_and_head_tell_it(self, bucket, s3_client, asked):
        expected = {"ServerSideEncryption": "AES256"}
        assert expected == told_of(s3_client.put_object(Bucket=bucket, Key="k", Body=b"x", **asked))
        assert expected == told_of(s3_client.get_object(Bucket=bucket, Key="k"))
        assert expected == told_of(s3_client.head_object(Bucket=bucket, Key="k"))

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_s3
    def test_as_a_bucket_default_it_keeps_the_md5_and_shows_no_bucket_key(self, bucket, s3_client):
        configuration = default("AES256", BucketKeyEnabled=True)
        s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
        answer = s3_client.put_object(Bucket=bucket, Key="k", Body=b"test-encrypted")
        assert {"ServerSideEncryption": "AES256"} == told_of(answer)
        assert '"16b66fb6b9c0e864b0291fa0dbb5a946"' == answer["ETag"]

    # S3: API/API_GetObject.html, "Encryption"
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_read_must_not_name_an_encryption(self, bucket, s3, ask, method):
        s3.create_bucket("reads", objects={"k": b"x"})
        assert 400 == ask(method, "/reads/k", {HEADER: "AES256"}).status

    def test_the_refusal_of_such_a_read_names_the_header(self, s3, ask):
        s3.create_bucket("reads", objects={"k": b"x"})
        text = f"{HEADER} header is not supported for this operation."
        answer = ask("GET", "/reads/k", {HEADER: "AES256"}).refusal
        assert (400, "InvalidArgument", text, {"ArgumentName": HEADER}) == answer


class TestSseKms:
    """An object encrypted with a KMS key tells the key's full ARN, however the writer spelled it."""

    # recorded: TestS3::test_s3_copy_object_in_place_with_encryption
    @pytest.mark.parametrize("spelling", [ID, KEY])
    @pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
    def test_answers_tell_the_algorithm_and_the_arn(self, bucket, s3_client, algorithm, spelling):
        asked = {"ServerSideEncryption": algorithm, "SSEKMSKeyId": spelling}
        expected = {"ServerSideEncryption": algorithm, "SSEKMSKeyId": KEY}
        assert expected == told_of(s3_client.put_object(Bucket=bucket, Key="k", Body=b"x", **asked))
        assert expected == told_of(s3_client.head_object(Bucket=bucket, Key="k"))
        assert expected == told_of(s3_client.get_object(Bucket=bucket, Key="k"))

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms_aws_managed_key
    def test_without_a_key_it_is_the_managed_key_of_the_account(self, bucket, s3_client):
        keys = [
            s3_client.put_object(Bucket=bucket, Key=each, ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
            for each in ("a", "b")
        ]
        assert re.fullmatch(rf"arn:aws:kms:{REGION}:{ACCOUNT}:key/[0-9a-f-]{{36}}", keys[0])
        assert keys[0] == keys[1]

    def test_an_alias_is_shown_as_the_arn_of_its_key(self, bucket, s3_client):
        asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/aws/s3"}
        managed = s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms")
        assert managed["SSEKMSKeyId"] == s3_client.put_object(Bucket=bucket, Key="k", **asked)["SSEKMSKeyId"]

    # S3: userguide/bucket-key.html
    @pytest.mark.parametrize(("asked", "shown"), [({}, {}), ({"BucketKeyEnabled": False}, {})])
    def test_a_bucket_key_is_shown_only_where_it_is_used(self, bucket, s3_client, asked, shown):
        answer = s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=ID, **asked)
        assert {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY} | shown == told_of(answer)

    def test_a_bucket_key_that_was_asked_for_is_shown(self, bucket, s3_client):
        asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ID, "BucketKeyEnabled": True}
        expected = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "BucketKeyEnabled": True}
        assert expected == told_of(s3_client.put_object(Bucket=bucket, Key="k", **asked))
        assert expected == told_of(s3_client.head_object(Bucket=bucket, Key="k"))

    # S3: userguide/UsingDSSEncryption.html
    def test_dual_layer_encryption_has_no_bucket_key(self, kms_bucket, s3_client):
        asked = {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": ID, "BucketKeyEnabled": True}
        expected = {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": KEY}
        assert expected == told_of(s3_client.put_object(Bucket=kms_bucket, Key="k", **asked))

    def test_a_word_that_is_no_boolean_is_refused(self, bucket, ask):
        name = f"{HEADER}-bucket-key-enabled"
        answer = ask("PUT", f"/{bucket}/k", {HEADER: "aws:kms", name: "yes"}).refusal
        assert (400, "InvalidArgument") == (answer.status, answer.code)
        assert {"ArgumentName": name, "ArgumentValue": "yes"} == answer.members

    # S3: userguide/UsingKMSEncryption.html, "Encryption context"
    @pytest.mark.parametrize(("bucket_key", "arn"), [(False, "arn:aws:s3:::never/k"), (True, "arn:aws:s3:::never")])
    def test_a_context_comes_back_with_the_arn_and_only_from_writes(self, bucket, s3_client, bucket_key, arn):
        asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ID, "BucketKeyEnabled": bucket_key}
        context = b64encode(json.dumps({"team": "x"}).encode()).decode()
        answer = s3_client.put_object(Bucket=bucket, Key="k", SSEKMSEncryptionContext=context, **asked)
        assert {"team": "x", "aws:s3:arn": arn} == json.loads(b64decode(answer["SSEKMSEncryptionContext"]))
        assert "SSEKMSEncryptionContext" not in s3_client.head_object(Bucket=bucket, Key="k")
        # a copy does not take it along
        copy = s3_client.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", ServerSideEncryption="aws:kms")
        assert "SSEKMSEncryptionContext" not in copy


class TestRequestErrors:
    """Encryption headers that are wrong in themselves are refused, and nothing is written."""

    @pytest.mark.parametrize("algorithm", ["AES512", "aws:fsx", "aes256"])
    def test_an_unknown_algorithm(self, bucket, s3_client, refused, algorithm):
        text = "The encryption method specified is not supported"
        with refused("InvalidArgument", 400, text, ArgumentName=HEADER, ArgumentValue=algorithm):
            s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption=algorithm)

    def test_an_empty_algorithm(self, bucket, ask):
        answer = ask("PUT", f"/{bucket}/k", {HEADER: ""}).refusal
        text = "The encryption method specified is not supported"
        assert (400, "InvalidArgument", text) == answer[:3]

    @pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "AES256"}])
    def test_a_kms_key_without_kms(self, bucket, s3_client, refused, asked):
        text = (
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms"
        )
        value = {"ArgumentValue": "AES256"} if asked else {}
        with refused("InvalidArgument", 400, text, ArgumentName=HEADER, **value):
            s3_client.put_object(Bucket=bucket, Key="k", SSEKMSKeyId=ID, **asked)

    def test_what_cannot_be_a_key_is_not_found(self, bucket, s3_client, refused):
        asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "fake-key-id"}
        with refused("KMS.NotFoundException", 400, "Invalid keyId 'fake-key-id'"):
            s3_client.put_object(Bucket=bucket, Key="k", **asked)

    def test_a_key_of_another_region_is_not_found(self, bucket, s3_client, refused):
        key = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{ID}"
        with refused("KMS.NotFoundException", 400, "Invalid arn us-west-2"):
            s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    def test_a_context_that_is_no_base64_of_json(self, bucket, s3_client, refused):
        text = (
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
            "which represents a string-string map"
        )
        name = f"{HEADER}-context"
        with refused("InvalidArgument", 400, text, ArgumentName=name, ArgumentValue="a=b"):
            s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSEncryptionContext="a=b")

    def test_a_copy_is_held_to_the_same(self, s3, s3_client, refused):
        s3.create_bucket("source", objects={"k": b"x"})
        with refused("KMS.NotFoundException", 400, "Invalid keyId 'no'"):
            s3_client.copy_object(
                Bucket="source", Key="c", CopySource="source/k", ServerSideEncryption="aws:kms", SSEKMSKeyId="no"
            )


class TestETag:
    """Only under SSE-S3 is the ETag of an object the MD5 of its bytes. S3: API/API_Object.html"""

    @pytest.mark.parametrize(
        "asked",
        [{"ServerSideEncryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms:dsse"}, with_key(MINE)],
    )
    def test_otherwise_equal_bytes_have_different_etags(self, open_bucket, s3_client, asked):
        first, second = (s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x", **asked)["ETag"] for _ in "ab")
        assert re.fullmatch('"[0-9a-f]{32}"', first)
        assert not is_md5(first, b"x")
        assert first != second

    # recorded: TestS3::test_s3_copy_object_in_place_with_encryption
    def test_a_copy_without_headers_goes_back_to_sse_s3_and_the_md5(self, bucket, s3_client):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"test", ServerSideEncryption="aws:kms", SSEKMSKeyId=ID)
        same = {"Bucket": bucket, "Key": "k", "CopySource": f"{bucket}/k"}
        kept = s3_client.copy_object(**same, ServerSideEncryption="aws:kms", SSEKMSKeyId=ID)
        assert {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY} == told_of(kept)
        assert not is_md5(kept["CopyObjectResult"]["ETag"], b"test")
        plain = s3_client.copy_object(**same)
        assert {"ServerSideEncryption": "AES256"} == told_of(plain)
        assert '"098f6bcd4621d373cade4e832627b4f6"' == plain["CopyObjectResult"]["ETag"]
        again = s3_client.copy_object(**same, ServerSideEncryption="AES256")
        assert '"098f6bcd4621d373cade4e832627b4f6"' == again["CopyObjectResult"]["ETag"]
        assert {"ServerSideEncryption": "AES256"} == told_of(s3_client.head_object(Bucket=bucket, Key="k"))

    # recorded: TestS3::test_copy_object_kms
    def test_a_copy_takes_the_default_of_its_destination(self, kms_bucket, s3, s3_client):
        s3.create_bucket("source", objects={"k": b"hello world"})
        copy = s3_client.copy_object(Bucket=kms_bucket, Key="c", CopySource="source/k")
        expected = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "BucketKeyEnabled": True}
        assert expected == told_of(copy)
        got = s3_client.get_object(Bucket=kms_bucket, Key="c")
        assert expected == told_of(got)
        assert copy["CopyObjectResult"]["ETag"] == got["ETag"]
        assert not is_md5(got["ETag"], b"hello world")

    def test_the_checksum_is_that_of_the_plain_bytes(self, bucket, s3_client):
        answer = s3_client.put_object(
            Bucket=bucket, Key="k", Body=b"hello", ServerSideEncryption="aws:kms", ChecksumAlgorithm="CRC32"
        )
        assert "NhCmhg==" == answer["ChecksumCRC32"]


class TestCopyOntoItself:
    """A copy of an object onto itself must change something; naming an encryption is enough."""

    def test_nothing_changed_is_refused(self, s3, s3_client, refused):
        s3.create_bucket("same", objects={"k": b"x"})
        text = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
        with refused("InvalidRequest", 400, text):
            s3_client.copy_object(Bucket="same", Key="k", CopySource="same/k")

    @pytest.mark.parametrize("asked", [{"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms"}])
    def test_an_encryption_header_is_enough(self, s3, s3_client, asked):
        s3.create_bucket("same", objects={"k": b"x"})
        assert asked.items() <= s3_client.copy_object(Bucket="same", Key="k", CopySource="same/k", **asked).items()

    def test_a_default_that_somebody_set_is_enough(self, s3, s3_client):
        s3.create_bucket("same", objects={"k": b"x"})
        s3_client.put_bucket_encryption(Bucket="same", ServerSideEncryptionConfiguration=default("AES256"))
        s3_client.copy_object(Bucket="same", Key="k", CopySource="same/k")

    def test_a_key_of_the_customers_own_is_enough(self, open_bucket, s3_client):
        s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x")
        copy = s3_client.copy_object(Bucket=open_bucket, Key="k", CopySource=f"{open_bucket}/k", **with_key(MINE))
        assert {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": MINE_MD5} == told_of(copy)


class TestSseC:
    """With a customer's own key, S3 keeps only the key's MD5, and every read must bring the key."""

    # recorded: TestS3SSECEncryption::test_put_object_default_checksum_with_sse_c
    def test_answers_tell_the_md5_of_the_key_and_no_other_encryption(self, open_bucket, s3_client):
        expected = {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": MINE_MD5}
        assert expected == told_of(s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x", **with_key(MINE)))
        head = s3_client.head_object(Bucket=open_bucket, Key="k", **with_key(MINE))
        got = s3_client.get_object(Bucket=open_bucket, Key="k", **with_key(MINE))
        assert (expected, expected) == (told_of(head), told_of(got))
        assert b"x" == got["Body"].read()

    # recorded: TestS3SSECEncryption::test_put_object_default_checksum_with_sse_c
    def test_s3_adds_its_checksum_here_too(self, open_bucket, s3_client, ask):
        ask("PUT", f"/{open_bucket}/k", key_headers(), b"test data..")
        head = s3_client.head_object(Bucket=open_bucket, Key="k", ChecksumMode="ENABLED", **with_key(MINE))
        assert ("qUVrWYOrIAM=", "FULL_OBJECT") == (head["ChecksumCRC64NVME"], head["ChecksumType"])

    # recorded: TestS3SSECEncryption::test_put_object_validation_sse_c
    @pytest.mark.parametrize(
        ("sent", "text"),
        [
            (key_headers(algorithm=None), f"{CUSTOMER} must provide a valid encryption algorithm."),
            (key_headers(algorithm=None, key=None), f"{CUSTOMER} must provide a valid encryption algorithm."),
            (key_headers(key=None), f"{CUSTOMER} must provide an appropriate secret key."),
            (key_headers(key=None, md5=None), f"{CUSTOMER} must provide an appropriate secret key."),
            (key_headers(md5=None), f"{CUSTOMER} must provide the client calculated MD5 of the secret key."),
            (key_headers(b"a" * 10), "The secret key was invalid for the specified algorithm."),
            (key_headers(b64encode(MINE)), "The secret key was invalid for the specified algorithm."),
            (key_headers(key="?"), "The secret key was invalid for the specified algorithm."),
            (key_headers(md5="x"), "The calculated MD5 hash of the key did not match the hash that was provided."),
        ],
    )
    def test_headers_at_fault(self, open_bucket, ask, sent, text):
        answer = ask("PUT", f"/{open_bucket}/k", sent, b"x").refusal
        assert (400, "InvalidArgument", text, {"ArgumentName": HEADER}) == answer

    # recorded: TestS3SSECEncryption::test_put_object_validation_sse_c
    def test_another_algorithm(self, open_bucket, s3_client, refused):
        with refused("InvalidEncryptionAlgorithmError", 400, ArgumentName=HEADER, ArgumentValue="KMS"):
            s3_client.put_object(Bucket=open_bucket, Key="k", SSECustomerAlgorithm="KMS", SSECustomerKey=MINE)

    # recorded: TestS3SSECEncryption::test_put_object_validation_sse_c
    @pytest.mark.parametrize("algorithm", ["AES256", "aws:kms"])
    def test_two_encryptions_at_once(self, open_bucket, s3_client, refused, algorithm):
        text = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
        with refused("InvalidArgument", 400, text, ArgumentName=HEADER, ArgumentValue=algorithm):
            s3_client.put_object(Bucket=open_bucket, Key="k", ServerSideEncryption=algorithm, **with_key(MINE))

    def test_a_bucket_with_a_kms_default_takes_customers_keys_too(self, bucket, s3_client):
        allow = {"EncryptionType": ["NONE"]}
        configuration = default("aws:kms", ID, BlockedEncryptionTypes=allow)
        s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
        answer = s3_client.put_object(Bucket=bucket, Key="k", **with_key(MINE))
        assert {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": MINE_MD5} == told_of(answer)


class TestReadingSseC:
    """An object under a customer's key opens to that key alone."""

    @pytest.fixture
    def locked(self, open_bucket, s3_client) -> dict[str, str]:
        s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x", **with_key(MINE))
        return {"Bucket": open_bucket, "Key": "k"}

    # recorded: TestS3SSECEncryption::test_multipart_upload_sse_c
    def test_without_a_key(self, locked, s3_client, refused):
        with refused("InvalidRequest", 400, STORED):
            s3_client.get_object(**locked)
        with refused("400", 400):
            s3_client.head_object(**locked)

    # recorded: TestS3SSECEncryption::test_sse_c_with_versioning
    @pytest.mark.parametrize("key", [OTHER, b"short"])
    def test_with_another_key(self, locked, s3_client, refused, key):
        with refused("AccessDenied", 403, f"{CUSTOMER} must provide the correct secret key."):
            s3_client.get_object(**locked, **with_key(key))
        with refused("403", 403):
            s3_client.head_object(**locked, **with_key(key))

    def test_headers_at_fault_are_told_as_on_writes(self, locked, s3_client, refused):
        with refused("InvalidEncryptionAlgorithmError", 400, ArgumentName=HEADER, ArgumentValue="KMS"):
            s3_client.get_object(**locked, SSECustomerAlgorithm="KMS", SSECustomerKey=MINE)
        text = f"{CUSTOMER} must provide a valid encryption algorithm."
        with refused("InvalidArgument", 400, text, ArgumentName=HEADER):
            s3_client.get_object(**locked, SSECustomerKey=MINE)

    @pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "aws:kms"}])
    def test_a_key_for_an_object_without_one(self, bucket, s3_client, refused, asked):
        s3_client.put_object(Bucket=bucket, Key="k", **asked)
        with refused("InvalidRequest", 400, "The encryption parameters are not applicable to this object."):
            s3_client.get_object(Bucket=bucket, Key="k", **with_key(MINE))
        with refused("400", 400):
            s3_client.head_object(Bucket=bucket, Key="k", **with_key(MINE))

    # recorded: TestS3SSECEncryption::test_sse_c_with_versioning
    def test_every_version_has_a_key_of_its_own(self, enabled, s3_client, refused):
        allow_customer_keys(s3_client, enabled)
        same = {"Bucket": enabled, "Key": "k"}
        first = s3_client.put_object(**same, Body=b"version1", **with_key(MINE))["VersionId"]
        second = s3_client.put_object(**same, Body=b"version2", **with_key(OTHER))["VersionId"]
        assert b"version2" == s3_client.get_object(**same, **with_key(OTHER))["Body"].read()
        assert b"version2" == s3_client.get_object(**same, VersionId=second, **with_key(OTHER))["Body"].read()
        assert b"version1" == s3_client.get_object(**same, VersionId=first, **with_key(MINE))["Body"].read()
        with refused("AccessDenied", 403, f"{CUSTOMER} must provide the correct secret key."):
            s3_client.get_object(**same, **with_key(MINE))

    def test_the_key_comes_before_conditions(self, locked, s3_client, refused):
        with refused("InvalidRequest", 400, STORED):
            s3_client.get_object(**locked, IfMatch='"other"')

    def test_listing_and_deleting_need_no_key(self, locked, s3_client):
        (listed,) = s3_client.list_objects_v2(Bucket=locked["Bucket"])["Contents"]
        assert 1 == listed["Size"]
        s3_client.delete_object(**locked)

    def test_a_copy_needs_the_key_of_its_source(self, locked, s3_client, refused):
        copy = {"Bucket": locked["Bucket"], "Key": "c", "CopySource": locked}
        with refused("InvalidRequest", 400, STORED):
            s3_client.copy_object(**copy)
        with refused("AccessDenied", 403, "Access Denied"):
            s3_client.copy_object(**copy, **with_key(OTHER, "CopySourceSSECustomer"))
        with refused("InvalidEncryptionAlgorithmError", 400, ArgumentName=HEADER, ArgumentValue="KMS"):
            s3_client.copy_object(**copy, CopySourceSSECustomerAlgorithm="KMS", CopySourceSSECustomerKey=MINE)
        answer = s3_client.copy_object(**copy, **with_key(MINE, "CopySourceSSECustomer"))
        assert {"ServerSideEncryption": "AES256"} == told_of(answer)
        assert is_md5(answer["CopyObjectResult"]["ETag"], b"x")

    def test_a_copy_may_change_the_key(self, locked, s3_client):
        copy = {"Bucket": locked["Bucket"], "Key": "c", "CopySource": locked}
        s3_client.copy_object(**copy, **with_key(MINE, "CopySourceSSECustomer"), **with_key(OTHER))
        got = s3_client.get_object(Bucket=locked["Bucket"], Key="c", **with_key(OTHER))
        assert b"x" == got["Body"].read()

    def test_a_source_key_for_an_object_without_one(self, open_bucket, s3_client, refused):
        s3_client.put_object(Bucket=open_bucket, Key="k")
        with refused("InvalidRequest", 400, "The encryption parameters are not applicable to this object."):
            s3_client.copy_object(
                Bucket=open_bucket,
                Key="c",
                CopySource=f"{open_bucket}/k",
                **with_key(MINE, "CopySourceSSECustomer"),
            )


class TestBlockingSseC:
    """New buckets refuse customers' keys until somebody allows them.

    S3: userguide/default-s3-c-encryption-setting-faq.html, userguide/blocking-unblocking-s3-c-encryption-gpb.html
    """

    def text(self, action: str, resource: str) -> str:
        return (
            f'User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: {action} on resource: "{resource}" '
            "because this bucket has blocked upload requests that specify Server Side Encryption with Customer "
            "provided keys (SSE-C). Please specify a different server-side encryption type"
        )

    # S3: userguide/troubleshoot-403-errors.html
    def test_a_put_is_denied(self, bucket, s3_client, refused):
        with refused("AccessDenied", 403, self.text("s3:PutObject", f"arn:aws:s3:::{bucket}/k")):
            s3_client.put_object(Bucket=bucket, Key="k", **with_key(MINE))

    def test_a_copy_is_denied(self, s3, s3_client, refused):
        s3.create_bucket("source", objects={"k": b"x"})
        with refused("AccessDenied", 403, self.text("s3:CopyObject", "arn:aws:s3:::source/c")):
            s3_client.copy_object(Bucket="source", Key="c", CopySource="source/k", **with_key(MINE))

    def test_it_is_denied_before_the_key_is_looked_at(self, bucket, ask):
        assert 403 == ask("PUT", f"/{bucket}/k", key_headers(md5="x"), b"x").refusal.status

    def test_what_is_there_can_still_be_read_and_copied(self, open_bucket, s3_client):
        s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x", **with_key(MINE))
        block = {"Rules": [{"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}
        s3_client.put_bucket_encryption(Bucket=open_bucket, ServerSideEncryptionConfiguration=block)
        assert b"x" == s3_client.get_object(Bucket=open_bucket, Key="k", **with_key(MINE))["Body"].read()
        source = with_key(MINE, "CopySourceSSECustomer")
        s3_client.copy_object(Bucket=open_bucket, Key="c", CopySource=f"{open_bucket}/k", **source)

    @pytest.mark.parametrize("region", ["me-south-1", "me-central-1"])
    def test_two_regions_allow_it(self, s3, region):
        s3.create_bucket("allowed", region=region)
        s3.client(region_name=region).put_object(Bucket="allowed", Key="k", **with_key(MINE))


class TestBucketsFromBeforeApril2026:
    """They take customers' keys, and differ in nothing else from buckets of today.

    S3: userguide/default-s3-c-encryption-setting-faq.html
    """

    def test_they_take_customers_keys(self, s3, s3_client):
        s3.create_bucket("older", bucket_defaults="2025")
        s3_client.put_object(Bucket="older", Key="k", Body=b"x", **with_key(MINE))
        assert b"x" == s3_client.get_object(Bucket="older", Key="k", **with_key(MINE))["Body"].read()

    def test_a_client_makes_them_where_the_fake_is_one_of_2025(self):
        s3 = FakeS3(bucket_defaults="2025")
        s3.client().create_bucket(Bucket="older")
        s3.client().put_object(Bucket="older", Key="k", **with_key(MINE))
        s3.create_bucket("new", bucket_defaults="today")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.client().put_object(Bucket="new", Key="k", **with_key(MINE))

    def test_all_else_is_as_today(self, s3):
        older, new = s3.create_bucket("older", bucket_defaults="2025"), s3.create_bucket("new")
        assert (new.ownership, new.public_access_block) == (older.ownership, older.public_access_block)


class TestBucketDefault:
    """A bucket's default encryption applies to every write that names none."""

    def read_back(self, client: Any, bucket: str) -> dict[str, Any]:
        (rule,) = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        return rule

    def test_a_new_bucket_reads_back_sse_s3(self, bucket, s3_client):
        expected = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
        assert expected == self.read_back(s3_client, bucket)

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms
    def test_the_key_reads_back_as_it_was_given(self, kms_bucket, s3_client):
        rule = self.read_back(s3_client, kms_bucket)
        assert {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ID} == rule["ApplyServerSideEncryptionByDefault"]
        assert rule["BucketKeyEnabled"] is True

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms
    def test_silent_writes_take_it(self, kms_bucket, s3_client):
        answer = s3_client.put_object(Bucket=kms_bucket, Key="k", Body=b"test-encrypted")
        expected = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY, "BucketKeyEnabled": True}
        assert expected == told_of(answer)
        assert expected == told_of(s3_client.head_object(Bucket=kms_bucket, Key="k"))
        assert expected == told_of(s3_client.get_object(Bucket=kms_bucket, Key="k"))
        without = default("aws:kms", ID, BucketKeyEnabled=False)
        s3_client.put_bucket_encryption(Bucket=kms_bucket, ServerSideEncryptionConfiguration=without)
        answer = s3_client.put_object(Bucket=kms_bucket, Key="k", Body=b"test-encrypted")
        assert {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY} == told_of(answer)

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms_aws_managed_key
    def test_kms_without_a_key_is_the_managed_key(self, bucket, s3_client):
        configuration = default("aws:kms", BucketKeyEnabled=True)
        s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
        shown = self.read_back(s3_client, bucket)["ApplyServerSideEncryptionByDefault"]
        assert {"SSEAlgorithm": "aws:kms"} == shown
        answer = s3_client.put_object(Bucket=bucket, Key="k", Body=b"test-encrypted")
        assert answer["SSEKMSKeyId"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")
        assert answer["BucketKeyEnabled"] is True

    def test_explicit_headers_win(self, kms_bucket, s3_client):
        answer = s3_client.put_object(Bucket=kms_bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")
        assert {"ServerSideEncryption": "AES256"} == told_of(answer)
        assert is_md5(answer["ETag"], b"x")
        other = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/mine", "BucketKeyEnabled": False}
        answer = s3_client.put_object(Bucket=kms_bucket, Key="k", **other)
        assert KEY != answer["SSEKMSKeyId"]
        assert "BucketKeyEnabled" not in answer

    def test_the_bucket_key_of_the_bucket_applies_where_a_request_for_kms_does_not_say(self, kms_bucket, s3_client):
        answer = s3_client.put_object(Bucket=kms_bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=ID)
        assert answer["BucketKeyEnabled"] is True

    def test_a_key_is_looked_at_when_it_is_used(self, bucket, s3_client, refused):
        # S3: API/API_PutBucketEncryption.html, "Amazon S3 doesn't validate the KMS key ID"
        s3_client.put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration=default("aws:kms", "fake-key-id")
        )
        with refused("KMS.NotFoundException", 400, "Invalid keyId 'fake-key-id'"):
            s3_client.put_object(Bucket=bucket, Key="k")

    def test_objects_keep_the_encryption_they_were_written_with(self, kms_bucket, s3_client):
        s3_client.put_object(Bucket=kms_bucket, Key="k")
        s3_client.delete_bucket_encryption(Bucket=kms_bucket)
        assert KEY == s3_client.head_object(Bucket=kms_bucket, Key="k")["SSEKMSKeyId"]

    # S3: API/API_DeleteBucketEncryption.html
    def test_deleting_falls_back_to_sse_s3_time_and_again(self, kms_bucket, s3_client):
        for _ in "twice":
            answer = s3_client.delete_bucket_encryption(Bucket=kms_bucket)
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        rule = self.read_back(s3_client, kms_bucket)
        assert {"SSEAlgorithm": "AES256"} == rule["ApplyServerSideEncryptionByDefault"]
        assert rule["BucketKeyEnabled"] is False

    def test_what_is_blocked_outlives_a_put_that_does_not_say_and_a_delete(self, open_bucket, s3_client):
        s3_client.put_bucket_encryption(Bucket=open_bucket, ServerSideEncryptionConfiguration=default("aws:kms"))
        s3_client.put_object(Bucket=open_bucket, Key="k", **with_key(MINE))
        s3_client.delete_bucket_encryption(Bucket=open_bucket)
        s3_client.put_object(Bucket=open_bucket, Key="k", **with_key(MINE))

    # recorded: TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms
    def test_what_blocks_nothing_reads_back_without_blocked_types(self, open_bucket, s3_client):
        configuration = default("aws:kms", ID, BucketKeyEnabled=True)
        s3_client.put_bucket_encryption(Bucket=open_bucket, ServerSideEncryptionConfiguration=configuration)
        expected = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ID},
            "BucketKeyEnabled": True,
        }
        assert expected == self.read_back(s3_client, open_bucket)
        s3_client.delete_bucket_encryption(Bucket=open_bucket)
        expected = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
        assert expected == self.read_back(s3_client, open_bucket)

    @pytest.mark.parametrize(
        "rules",
        [
            [],
            [{}],
            default("AES256")["Rules"] * 2,
            default("AES512")["Rules"],
            default("AES256", BlockedEncryptionTypes={"EncryptionType": ["SSE-S3"]})["Rules"],
        ],
    )
    def test_a_configuration_has_exactly_one_rule_of_known_words(self, bucket, s3_client, refused, rules):
        with refused("MalformedXML", 400):
            s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    def test_a_kms_key_needs_kms(self, bucket, s3_client, refused):
        text = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        with refused("InvalidArgument", 400, text, ArgumentName="ApplyServerSideEncryptionByDefault"):
            s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=default("AES256", ID))

    def test_a_bucket_that_does_not_exist(self, s3_client, refused):
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.get_bucket_encryption(Bucket="nowhere")
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.delete_bucket_encryption(Bucket="nowhere")
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.put_bucket_encryption(Bucket="nowhere", ServerSideEncryptionConfiguration={"Rules": []})
