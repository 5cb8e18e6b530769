"""What directory buckets do not have, and their configurations.

S3: userguide/s3-express-differences.html, "Amazon S3 features not supported by directory buckets"
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model import directory
from fakes3.operations.registry import REGISTRY
from fakes3.wire.table import operations

from ...ask import Ask, signed_by
from .conftest import ANY_HOST, ARN, BUCKET, KMS_KEY, put_kms, refusal

K = {"Bucket": BUCKET, "Key": "k"}
NOT_IMPLEMENTED = (501, "NotImplemented", "A header you provided implies functionality that is not implemented")
LIFECYCLE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "old/"}}
AGENT = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lifecycle.s3.amazonaws.com"},
        "Action": "s3express:CreateSession",
        "Resource": ARN,
        "Condition": {"StringEquals": {"s3express:SessionMode": "ReadWrite"}},
    },
}


class TestOperations:
    """Each operation that directory buckets do not have is refused, and so is each one beside them."""

    @pytest.mark.parametrize(
        ("call", "members", "root"),
        [
            ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}, "VersioningConfiguration"),
            ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}, None),
            ("put_public_access_block", {"PublicAccessBlockConfiguration": {}}, None),
            ("put_bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}, None),
            ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}, None),
        ],
    )  # fmt: skip
    # observed: hashicorp/terraform-provider-aws, internal/service/s3 (bucket_versioning.go and its neighbours)
    def test_documents(self, s3: FakeS3, client: Any, call: str, members: dict[str, Any], root: str | None) -> None:
        text = f"{root or next(iter(members))} is not valid, expected CreateBucketConfiguration"
        assert (400, "InvalidArgument", text) == refusal(getattr(client, call), Bucket=BUCKET, **members)

    @pytest.mark.parametrize(
        ("call", "members"),
        [
            ("get_bucket_versioning", {"Bucket": BUCKET}),
            ("get_bucket_acl", {"Bucket": BUCKET}),
            ("get_bucket_location", {"Bucket": BUCKET}),
            ("list_object_versions", {"Bucket": BUCKET}),
            ("get_object_tagging", K),  # observed: hashicorp/terraform-provider-aws, internal/service/s3/tags.go
            ("put_object_tagging", K | {"Tagging": {"TagSet": []}}),
            ("get_object_acl", K),
            ("put_object_retention", K),
            ("restore_object", K),
            ("put_object_lock_configuration", {"Bucket": BUCKET}),
        ],
    )
    def test_others(self, s3: FakeS3, client: Any, call: str, members: dict[str, Any]) -> None:
        assert NOT_IMPLEMENTED == refusal(getattr(client, call), **members)

    @pytest.mark.parametrize("call", ["list_bucket_metrics_configurations", "list_bucket_inventory_configurations"])
    def test_not_built(self, s3: FakeS3, client: Any, call: str) -> None:
        answer = refusal(getattr(client, call), Bucket=BUCKET)
        assert 501 == answer[0]
        assert "of directory buckets, and never ignores what it does not model" in answer[2]

    def test_the_table_names_operations_that_exist(self) -> None:
        assert not directory.REGIONAL & directory.ZONAL
        assert directory.REGIONAL | directory.ZONAL <= REGISTRY.keys()
        assert operations().keys() >= directory.NOT_BUILT

    def test_the_members_refused_are_those_of_their_headers(self) -> None:
        headers = {
            name: member.wire_name
            for each in operations().values()
            for name, member in (each.input.members.items() if each.input else ())
            if member.location in {"header", "querystring"} and each.name != "WriteGetObjectResponse"
        }
        refused = directory._NOT_TAKEN | directory._EMPTY_TAKEN
        assert refused == {name: headers[name] for name in refused}


class TestMembers:
    """Members that directory buckets do not take are refused, with S3's 501."""

    @pytest.mark.parametrize(
        "member",
        [
            {"ACL": "private"},
            {"GrantRead": "id=1"},
            {"Tagging": "a=b"},
            {"ObjectLockLegalHoldStatus": "ON"},
            {"WebsiteRedirectLocation": "/a"},
            {"RequestPayer": "requester"},
            {"ContentEncoding": "gzip"},
            {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32},
            {"SSEKMSEncryptionContext": "e30="},
        ],
    )
    def test_of_a_put(self, s3: FakeS3, client: Any, member: dict[str, Any]) -> None:
        assert NOT_IMPLEMENTED == refusal(client.put_object, **K, **member)
        assert [] == list(s3[BUCKET])

    # observed: ByConity/ByConity#1798
    def test_content_md5(self, s3: FakeS3, client: Any) -> None:
        text = "This bucket does not support Content Md5 header."
        md5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
        assert (501, "NotImplemented", text) == refusal(client.put_object, **K, ContentMD5=md5)

    def test_deletes_may_have_one(self, s3: FakeS3, ask: Any) -> None:
        from base64 import b64encode
        from hashlib import md5

        body = b"<Delete><Object><Key>k</Key></Object></Delete>"
        headers = {"content-md5": b64encode(md5(body).digest()).decode()}
        assert 200 == ask("POST", f"/{BUCKET}?delete", headers, body, host=ANY_HOST).status

    @pytest.mark.parametrize("name", ["STANDARD", "ONEZONE_IA", "GLACIER"])
    def test_another_storage_class(self, s3: FakeS3, client: Any, name: str) -> None:
        assert (400, "InvalidStorageClass") == refusal(client.put_object, **K, StorageClass=name)[:2]
        client.put_object(**K, StorageClass="EXPRESS_ONEZONE")

    def test_the_expected_owner(self, s3: FakeS3, client: Any) -> None:
        client.put_object(**K, ExpectedBucketOwner="123456789012")
        assert 403 == refusal(client.put_object, **K, ExpectedBucketOwner="444455556666")[0]
        # S3: API/API_DeleteBucket.html, "x-amz-expected-bucket-owner"
        owner = {"ExpectedBucketOwner": "123456789012"}
        assert NOT_IMPLEMENTED == refusal(client.delete_bucket, Bucket=BUCKET, **owner)


class TestEncryption:
    """SSE-S3, or SSE-KMS with one key of the customer's and always a Bucket Key."""

    def test_by_default(self, s3: FakeS3, client: Any) -> None:
        rules = client.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
        assert [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}] == rules

    def test_kms(self, s3: FakeS3, client: Any) -> None:
        put_kms(client)
        answer = client.put_object(**K)
        assert ("aws:kms", KMS_KEY, True) == (
            answer["ServerSideEncryption"],
            answer["SSEKMSKeyId"],
            answer["BucketKeyEnabled"],
        )
        client.put_object(**K, ServerSideEncryption="aws:kms", SSEKMSKeyId=KMS_KEY.rpartition("/")[2])
        client.delete_bucket_encryption(Bucket=BUCKET)
        assert "AES256" == client.put_object(**K)["ServerSideEncryption"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"ServerSideEncryption": "aws:kms"},
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KMS_KEY},
            {"ServerSideEncryption": "aws:kms:dsse"},
        ],
    )
    def test_another_than_the_default(self, s3: FakeS3, client: Any, headers: dict[str, Any]) -> None:
        assert 400 == refusal(client.put_object, **K, **headers)[0]

    def test_bucket_keys_cannot_be_switched_off(self, s3: FakeS3, client: Any) -> None:
        put_kms(client)
        assert 400 == refusal(client.put_object, **K, BucketKeyEnabled=False)[0]

    def test_of_a_session(self, s3: FakeS3, client: Any) -> None:
        put_kms(client)
        named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KMS_KEY}
        assert KMS_KEY == client.create_session(Bucket=BUCKET, **named)["SSEKMSKeyId"]
        assert 400 == refusal(client.create_session, Bucket=BUCKET, ServerSideEncryption="aws:kms")[0]
        other = named | {"SSEKMSKeyId": KMS_KEY.replace("1234abcd", "00000000")}
        assert 400 == refusal(client.create_session, Bucket=BUCKET, **other)[0]

    def test_a_session_may_choose_sse_s3(self, s3: FakeS3, client: Any, ask: Ask) -> None:
        """Its writes are encrypted as it says. S3: API/API_CreateSession.html, "x-amz-server-side-encryption" """
        put_kms(client)
        begun = client.create_session(Bucket=BUCKET, ServerSideEncryption="AES256")
        token, key = begun["Credentials"]["SessionToken"], begun["Credentials"]["AccessKeyId"]
        headers = {"x-amz-s3session-token": token, "authorization": signed_by(key)}
        answer = ask("PUT", f"/{BUCKET}/k", headers, host=ANY_HOST)
        assert ("AES256", "AES256") == (
            begun["ServerSideEncryption"],
            answer.headers["x-amz-server-side-encryption"],
        )

    @pytest.mark.parametrize(
        "rule",
        [
            {"SSEAlgorithm": "aws:kms"},
            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"},
            {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": KMS_KEY},
        ],
    )
    def test_defaults_that_are_refused(self, s3: FakeS3, client: Any, rule: dict[str, Any]) -> None:
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
        put = client.put_bucket_encryption
        assert 400 == refusal(put, Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)[0]

    def test_the_key_stays(self, s3: FakeS3, client: Any) -> None:
        put_kms(client)
        assert 400 == refusal(lambda: put_kms(client, KMS_KEY.replace("1234abcd", "00000000")))[0]
        assert 400 == refusal(lambda: put_kms(client, BucketKeyEnabled=False))[0]
        blocked: Any = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
        assert 400 == refusal(lambda: put_kms(client, **blocked))[0]


class TestLifecycle:
    """Rules expire objects and abort uploads, if the policy of the bucket allows that to lifecycle.

    S3: userguide/directory-buckets-objects-lifecycle.html
    """

    def put(self, client: Any, **rule: Any) -> None:
        rules = {"Rules": [LIFECYCLE | rule]}
        client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=rules)

    @pytest.mark.parametrize("is_allowed", [True, False])
    def test_objects_expire(self, s3: FakeS3, client: Any, is_allowed: bool) -> None:
        if is_allowed:
            client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(AGENT))
        self.put(client, Expiration={"Days": 1})
        client.put_object(Bucket=BUCKET, Key="old/1")
        client.put_object(Bucket=BUCKET, Key="new/1")
        s3.clock.advance(days=3)
        assert (["new/1"] if is_allowed else ["new/1", "old/1"]) == list(s3[BUCKET])

    @pytest.mark.parametrize(
        "rule",
        [
            {"Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]},
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
            {"Expiration": {"ExpiredObjectDeleteMarker": True}},
            {"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "a", "Value": "b"}}},
            {"Expiration": {"Days": 1}, "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "a", "Value": "b"}]}}},
        ],
    )
    def test_refused(self, s3: FakeS3, client: Any, rule: dict[str, Any]) -> None:
        assert (400, "InvalidRequest") == refusal(lambda: self.put(client, **rule))[:2]

    def test_read_and_deleted(self, s3: FakeS3, client: Any) -> None:
        self.put(client, Expiration={"Days": 1})
        assert ["r"] == [each["ID"] for each in client.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]]
        client.delete_bucket_lifecycle(Bucket=BUCKET)
        assert 404 == refusal(client.get_bucket_lifecycle_configuration, Bucket=BUCKET)[0]
