"""The KMS keys of replicas: the key that the rule names, or the related key of a multi-Region key.

S3: userguide/replication-config-for-kms-objects.html, API/API_EncryptionConfiguration.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.kms_keys import KeyName, KmsKey
from fakes3.operations import neighbours

from .conftest import Head
from .test_replication import to
from .test_replication_configuration import OFF, ON, rules

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
SHARED = f"mrk-{'0a' * 16}"
HERE, THERE = (f"arn:aws:kms:{region}:123456789012:key/" for region in ("us-east-1", "eu-west-1"))
OWN = f"{THERE}00000000-0000-0000-0000-999000999000"
NAMED = {"ReplicaKmsKeyID": OWN}
RELATED = {"UseSourceMultiRegionKey": ON}


def copying(encryption: dict[str, Any], bucket: str = "dst") -> dict[str, Any]:
    """A rule for objects with KMS keys that says this of the encryption of replicas, and has metrics."""
    rule = to(bucket, EncryptionConfiguration=encryption, Metrics=ON)
    return rule | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}


@pytest.fixture
def client(s3: FakeS3, s3_client: Any) -> Any:
    """A client of the bucket "src", and of "dst" in another region."""
    s3.create_bucket("src", versioning=True)
    s3.create_bucket("dst", region="eu-west-1", versioning=True)
    return s3_client


def put(s3: FakeS3, client: Any, rule: dict[str, Any], key: str, algorithm: str = "aws:kms") -> str:
    """Write an object with a KMS key, and return its status when the rule was carried out."""
    client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(rule))
    client.put_object(Bucket="src", Key="k", Body=b"x", ServerSideEncryption=algorithm, SSEKMSKeyId=key)
    s3.clock.advance(minutes=15)
    return str(client.head_object(Bucket="src", Key="k")["ReplicationStatus"])


class TestUseSourceMultiRegionKey:
    """Enabled, the replica of an object with a multi-Region key has the related key of its own region.

    No page says that other objects then have the key that the rule names, nor that they fail where it names none.
    """

    @pytest.mark.parametrize(
        ("encryption", "key", "expected"),
        [
            (RELATED, SHARED, THERE + SHARED),
            (RELATED, HERE + SHARED, THERE + SHARED),
            (RELATED | NAMED, SHARED, THERE + SHARED),
            (RELATED | NAMED, ID, OWN),
            ({"UseSourceMultiRegionKey": OFF} | NAMED, SHARED, OWN),
            (NAMED, SHARED, OWN),
        ],
    )
    def test_the_key_of_a_replica(
        self, s3: FakeS3, client: Any, head: Head, encryption: dict[str, Any], key: str, expected: str
    ) -> None:
        assert "COMPLETED" == put(s3, client, copying(encryption), key)
        assert expected == head("dst")["SSEKMSKeyId"]
        assert HERE + key.removeprefix(HERE) == head("src")["SSEKMSKeyId"]

    def test_in_one_region_it_is_the_same_key(self, s3: FakeS3, client: Any, head: Head) -> None:
        s3.create_bucket("near", versioning=True)
        assert "COMPLETED" == put(s3, client, copying(RELATED, "near"), SHARED)
        assert HERE + SHARED == head("near")["SSEKMSKeyId"]

    def test_the_layers_stay(self, s3: FakeS3, client: Any, head: Head) -> None:
        put(s3, client, copying(RELATED), SHARED, "aws:kms:dsse")
        found = head("dst")
        assert ("aws:kms:dsse", THERE + SHARED) == (found["ServerSideEncryption"], found["SSEKMSKeyId"])

    @pytest.mark.parametrize("key", [ID, "alias/mine", "alias/aws/s3"])
    def test_without_any_key_for_it_an_object_fails(self, s3: FakeS3, client: Any, key: str) -> None:
        assert "FAILED" == put(s3, client, copying(RELATED), key)
        assert [] == list(s3["dst"])


class Neighbour:
    """A mock of KMS with some keys."""

    is_active = True

    def __init__(self, *arns: str, state: str = "Enabled") -> None:
        self.keys = {arn: KmsKey(arn, state if arn.startswith(THERE) else "Enabled") for arn in arns}

    def has_keys(self, account: str) -> bool:
        return account == "123456789012"

    def find_key(self, name: KeyName) -> KmsKey | None:
        return self.keys.get(name.arn)


class TestKeysOfAMock:
    """Where something answers for KMS beside the fake, a key that is not there or not enabled lets replication fail.

    S3: userguide/replication-failure-codes.html, "DstKmsKeyNotFound", "DstKmsKeyInvalidState"
    """

    @pytest.mark.parametrize(
        ("encryption", "keys", "state", "outcome"),
        [
            (RELATED, [HERE + SHARED, THERE + SHARED], "Enabled", ("COMPLETED", [])),
            (RELATED, [HERE + SHARED], "Enabled", ("FAILED", ["DstKmsKeyNotFound"])),
            (RELATED, [HERE + SHARED, THERE + SHARED], "Disabled", ("FAILED", ["DstKmsKeyInvalidState"])),
            (RELATED, [HERE + SHARED, THERE + SHARED], "PendingDeletion", ("FAILED", ["DstKmsKeyInvalidState"])),
            (NAMED, [HERE + SHARED, OWN], "Enabled", ("COMPLETED", [])),
            (NAMED, [HERE + SHARED], "Enabled", ("FAILED", ["DstKmsKeyNotFound"])),
        ],
    )
    def test_the_key_of_a_replica(
        self,
        s3: FakeS3,
        client: Any,
        monkeypatch: pytest.MonkeyPatch,
        encryption: Any,
        keys: Any,
        state: str,
        outcome: Any,
    ) -> None:
        monkeypatch.setattr(neighbours, "NEIGHBOURS", [Neighbour(*keys, state=state)])
        told: list[str] = []
        s3.on_event(
            "src",
            "s3:Replication:*",
            lambda event: told.append(event["Records"][0]["replicationEventData"]["failureReason"]),
        )
        assert outcome == (put(s3, client, copying(encryption), SHARED), told)
