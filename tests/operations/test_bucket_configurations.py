"""The configurations of a bucket: what each keeps, shows and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.encryption import SSE_S3, BucketEncryption

EVERYTHING: dict[str, Any] = {
    "ID": "everything",
    "Status": "Disabled",
    "Filter": {
        "And": {
            "Prefix": "logs/",
            "Tags": [{"Key": "a", "Value": "1"}],
            "ObjectSizeGreaterThan": 1,
            "ObjectSizeLessThan": 9,
        }
    },
    "Expiration": {"Days": 400},
    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
    "NoncurrentVersionExpiration": {"NoncurrentDays": 40, "NewerNoncurrentVersions": 3},
    "NoncurrentVersionTransitions": [
        {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2, "StorageClass": "DEEP_ARCHIVE"}
    ],
}


@pytest.fixture
def client(s3: FakeS3) -> Any:
    s3.create_bucket("pictures")
    return s3.client()


def put(client: Any, *rules: dict[str, Any], **more: Any) -> Any:
    return client.put_bucket_lifecycle_configuration(
        Bucket="pictures", LifecycleConfiguration={"Rules": list(rules)}, **more
    )


class TestPutBucketAbac:
    """By default it is disabled. S3: userguide/buckets-tagging-enable-abac.html"""

    # observed: radkawar/stackd, testdata/aws/s3/abac_controls_replay.json (set-Disabled-12 to get-Enabled-19)
    @pytest.mark.parametrize("status", ["Disabled", "Enabled"])
    def test_to_put_it(self, client: Any, status: str) -> None:
        assert {"Status": "Disabled"} == client.get_bucket_abac(Bucket="pictures")["AbacStatus"]
        for _ in range(2):
            client.put_bucket_abac(Bucket="pictures", AbacStatus={"Status": status})
            assert {"Status": status} == client.get_bucket_abac(Bucket="pictures")["AbacStatus"]

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"Status": "Invalid"}, "MalformedXML"),
            ({"Status": ""}, "MalformedXML"),
            ({"Status": "enabled"}, "MalformedXML"),
            ({}, "MalformedXML"),
        ],
    )
    def test_anything_else(self, client: Any, document: dict[str, str], code: str) -> None:
        with pytest.raises(ClientError, match=code):
            client.put_bucket_abac(Bucket="pictures", AbacStatus=document)
        assert {"Status": "Disabled"} == client.get_bucket_abac(Bucket="pictures")["AbacStatus"]


class TestPutBucketLifecycleConfiguration:
    """It sets all rules of the bucket at once."""

    # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_multiple_rules (get-bucket-lifecycle-conf)
    @pytest.mark.parametrize(
        "rule",
        [
            EVERYTHING,
            {"ID": "old", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}},
            {"ID": "empty", "Status": "Enabled", "Filter": {}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
            {"ID": "prefix", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}},
            {
                "ID": "tag",
                "Status": "Enabled",
                "Filter": {"Tag": {"Key": "a", "Value": ""}},
                "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
            },
            {
                "ID": "abort",
                "Status": "Enabled",
                "Filter": {"Prefix": "a&b"},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            },
        ],
    )
    def test_rules_are_told_as_they_were_put(self, client, rule: dict[str, Any]) -> None:
        put(client, rule)
        answer = client.get_bucket_lifecycle_configuration(Bucket="pictures")
        assert [rule] == answer["Rules"]
        assert "all_storage_classes_128K" == answer["TransitionDefaultMinimumObjectSize"]

    def test_the_minimum_size_is_told_by_put_and_get(self, client) -> None:
        answer = put(client, EVERYTHING, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
        assert "varies_by_storage_class" == answer["TransitionDefaultMinimumObjectSize"]
        answer = client.get_bucket_lifecycle_configuration(Bucket="pictures")
        assert "varies_by_storage_class" == answer["TransitionDefaultMinimumObjectSize"]

    def test_it_replaces_the_whole_configuration(self, client) -> None:
        put(client, EVERYTHING)
        put(client, EVERYTHING | {"ID": "other"})
        rules = client.get_bucket_lifecycle_configuration(Bucket="pictures")["Rules"]
        assert ["other"] == [rule["ID"] for rule in rules]

    def test_rules_without_an_id_get_one_each(self, client) -> None:
        rule = {name: value for name, value in EVERYTHING.items() if name != "ID"}
        put(client, rule, rule)
        ids = [rule["ID"] for rule in client.get_bucket_lifecycle_configuration(Bucket="pictures")["Rules"]]
        assert 2 == len(set(ids))
        assert all(ids)


class TestGetBucketLifecycleConfiguration:
    """It tells the rules, or that there are none."""

    def test_none(self, client) -> None:
        with pytest.raises(ClientError) as caught:
            client.get_bucket_lifecycle_configuration(Bucket="pictures")
        expected = {
            "Code": "NoSuchLifecycleConfiguration",
            "Message": "The lifecycle configuration does not exist",
            "BucketName": "pictures",
        }
        assert expected == caught.value.response["Error"]


class TestDeleteBucketLifecycle:
    """It takes all rules away, also where there are none."""

    def test_delete(self, client) -> None:
        put(client, EVERYTHING)
        for _ in range(2):
            answer = client.delete_bucket_lifecycle(Bucket="pictures")
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
            with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
                client.get_bucket_lifecycle_configuration(Bucket="pictures")


class TestBucketEncryption:
    """Default encryption is the bucket's; what is there already stays as it is."""

    def test_put_and_delete_keep_objects_and_configurations_apart(self, s3, s3_client):
        s3.create_bucket("bucket", objects={"k": b"x"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        s3_client.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
        kept = s3.service.world.buckets["bucket"]
        assert BucketEncryption("aws:kms", is_set=True) == kept.encryption
        assert SSE_S3 == kept.versions.current["k"].attributes.encryption
        s3_client.delete_bucket_encryption(Bucket="bucket")
        assert BucketEncryption() == s3.service.world.buckets["bucket"].encryption
