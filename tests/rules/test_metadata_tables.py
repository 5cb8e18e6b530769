"""S3 Metadata: a configuration names tables of the metadata of a bucket's objects, and tells their states by the clock.

S3: API/API_CreateBucketMetadataConfiguration.html and its neighbours, userguide/metadata-tables-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.metadata_tables import FAILURES

from .conftest import Refused

ACCOUNT = "123456789012"
MANAGED = f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/aws-s3"
TABLE = re.compile(re.escape(MANAGED) + "/table/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WEEK = {"Expiration": "ENABLED", "Days": 7}
NEVER = {"Expiration": "DISABLED"}
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
READER = f"arn:aws:iam::{ACCOUNT}:role/reader"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:*", "s3tables:*"], "Resource": "*"}}


def configuration(
    inventory: dict[str, Any] | None = None, expiration: dict[str, Any] = WEEK, **journal: Any
) -> dict[str, Any]:
    document: dict[str, Any] = {"JournalTableConfiguration": {"RecordExpiration": expiration} | journal}
    return document if inventory is None else document | {"InventoryTableConfiguration": inventory}


def create(client: Any, bucket: str = "never", **parts: Any) -> Any:
    return client.create_bucket_metadata_configuration(Bucket=bucket, MetadataConfiguration=configuration(**parts))


def get(client: Any, bucket: str = "never") -> dict[str, Any]:
    answer = client.get_bucket_metadata_configuration(Bucket=bucket)["GetBucketMetadataConfigurationResult"]
    found: dict[str, Any] = answer["MetadataConfigurationResult"]
    return found


def journal_of(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = get(client)["JournalTableConfigurationResult"]
    return found


def inventory_of(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = get(client)["InventoryTableConfigurationResult"]
    return found


def switch_inventory(client: Any, state: str, **more: Any) -> Any:
    return client.update_bucket_metadata_inventory_table_configuration(
        Bucket="never", InventoryTableConfiguration={"ConfigurationState": state} | more
    )


def annotation_of(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = get(client)["AnnotationTableConfigurationResult"]
    return found


def switch_annotation(client: Any, state: str, **more: Any) -> Any:
    return client.update_bucket_metadata_annotation_table_configuration(
        Bucket="never", AnnotationTableConfiguration={"ConfigurationState": state} | more
    )


def expire(client: Any, expiration: dict[str, Any]) -> Any:
    return client.update_bucket_metadata_journal_table_configuration(
        Bucket="never", JournalTableConfiguration={"RecordExpiration": expiration}
    )


def create_old(client: Any, bucket: str = "never", place: str = f"us-east-1:{ACCOUNT}", name: str = "table") -> Any:
    destination = {"TableBucketArn": f"arn:aws:s3tables:{place}:bucket/tables", "TableName": name}
    return client.create_bucket_metadata_table_configuration(
        Bucket=bucket, MetadataTableConfiguration={"S3TablesDestination": destination}
    )


def get_old(client: Any, bucket: str = "never") -> dict[str, Any]:
    found: dict[str, Any] = client.get_bucket_metadata_table_configuration(Bucket=bucket)[
        "GetBucketMetadataTableConfigurationResult"
    ]
    return found


@pytest.fixture(autouse=True)
def frozen(s3: FakeS3) -> None:
    s3.clock.freeze("2026-01-01T00:00:00Z")


class TestTheTables:
    """A journal table, and an inventory table if it is enabled, in the table bucket `aws-s3` of the account."""

    # observed: hashicorp/terraform-provider-aws, TestAccS3BucketMetadataConfiguration_basic
    def test_where_they_are(self, s3_client: Any, bucket: str) -> None:
        create(s3_client, inventory={"ConfigurationState": "DISABLED"})
        found = get(s3_client)
        assert {
            "TableBucketType": "aws",
            "TableBucketArn": MANAGED,
            "TableNamespace": "b_never",
        } == found["DestinationResult"]
        assert {"ConfigurationState": "DISABLED"} == found["InventoryTableConfigurationResult"]
        journal = found["JournalTableConfigurationResult"]
        assert TABLE.fullmatch(journal.pop("TableArn"))
        assert {"TableStatus": "CREATING", "TableName": "journal", "RecordExpiration": WEEK} == journal

    def test_without_an_inventory(self, s3_client: Any, bucket: str) -> None:
        create(s3_client)
        assert {"ConfigurationState": "DISABLED"} == inventory_of(s3_client)

    def test_the_namespace_of_a_name_with_periods(self, s3: FakeS3, s3_client: Any) -> None:
        s3.create_bucket("my.photos-2026")
        create(s3_client, "my.photos-2026")
        assert "b_my_photos-2026" == get(s3_client, "my.photos-2026")["DestinationResult"]["TableNamespace"]

    def test_they_become_active_by_the_clock(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create(s3_client, inventory={"ConfigurationState": "ENABLED"})
        states = []
        for minutes in (0, 1, 15):
            s3.clock.advance(minutes=minutes)
            states.append((journal_of(s3_client)["TableStatus"], inventory_of(s3_client)["TableStatus"]))
        assert [("CREATING", "CREATING"), ("ACTIVE", "BACKFILLING"), ("ACTIVE", "ACTIVE")] == states
        inventory = inventory_of(s3_client)
        assert TABLE.fullmatch(inventory["TableArn"])
        assert inventory["TableArn"] != journal_of(s3_client)["TableArn"]
        assert ("ENABLED", "inventory") == (inventory["ConfigurationState"], inventory["TableName"])

    def test_nothing_is_made_in_the_bucket(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create(s3_client, inventory={"ConfigurationState": "ENABLED"})
        s3.clock.advance(days=1)
        assert [] == list(s3[bucket])

    # observed: hashicorp/terraform-provider-aws, TestAccS3BucketMetadataConfiguration_update
    @pytest.mark.parametrize("encryption", [{"SseAlgorithm": "AES256"}, {"SseAlgorithm": "aws:kms", "KmsKeyArn": KEY}])
    def test_their_encryption_is_taken_and_not_shown(
        self, s3_client: Any, bucket: str, encryption: dict[str, str]
    ) -> None:
        inventory = {"ConfigurationState": "ENABLED", "EncryptionConfiguration": encryption}
        create(s3_client, inventory=inventory, EncryptionConfiguration=encryption)
        assert "EncryptionConfiguration" not in {**journal_of(s3_client), **inventory_of(s3_client)}

    def test_only_one_configuration(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        create(s3_client)
        for again in (create, create_old):
            with refused("MetadataConfigurationAlreadyExists", 409, BucketName=bucket):
                again(s3_client)

    def test_delete(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        create(s3_client)
        answer = s3_client.delete_bucket_metadata_configuration(Bucket=bucket)
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        with refused("MetadataConfigurationNotFound", 404, BucketName=bucket):
            get(s3_client)
        create(s3_client)

    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.delete_bucket_metadata_configuration(Bucket="never"),
            lambda client: client.delete_bucket_metadata_table_configuration(Bucket="never"),
            get,
            get_old,
            lambda client: expire(client, WEEK),
            lambda client: switch_inventory(client, "ENABLED"),
            lambda client: switch_annotation(client, "ENABLED"),
        ],
    )
    def test_none(self, s3_client: Any, bucket: str, refused: Refused, call: Callable[[Any], Any]) -> None:
        with refused("MetadataConfigurationNotFound", 404, BucketName=bucket):
            call(s3_client)


class TestUpdates:
    """The expiration of the journal's records, and whether there is an inventory, can be changed."""

    @pytest.mark.parametrize("expiration", [NEVER, {"Expiration": "ENABLED", "Days": 2**31 - 1}])
    def test_expiration(self, s3_client: Any, bucket: str, expiration: dict[str, Any]) -> None:
        create(s3_client)
        before = journal_of(s3_client)
        expire(s3_client, expiration)
        assert before | {"RecordExpiration": expiration} == journal_of(s3_client)

    def test_inventory(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create(s3_client)
        s3.clock.advance(hours=1)
        switch_inventory(s3_client, "ENABLED")
        assert "CREATING" == inventory_of(s3_client)["TableStatus"]
        assert "ACTIVE" == journal_of(s3_client)["TableStatus"]
        s3.clock.advance(hours=1)
        before = inventory_of(s3_client)
        switch_inventory(s3_client, "ENABLED")
        assert before == inventory_of(s3_client)
        switch_inventory(s3_client, "DISABLED")
        assert {"ConfigurationState": "DISABLED"} == inventory_of(s3_client)
        switch_inventory(s3_client, "ENABLED")
        assert before["TableArn"] != inventory_of(s3_client)["TableArn"]

    def test_an_annotation_table(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        """S3: API/API_UpdateBucketMetadataAnnotationTableConfiguration.html"""
        wanted = {"ConfigurationState": "ENABLED", "Role": READER}
        s3_client.create_bucket_metadata_configuration(
            Bucket=bucket, MetadataConfiguration=configuration() | {"AnnotationTableConfiguration": wanted}
        )
        before = annotation_of(s3_client)
        assert wanted | {"TableStatus": "CREATING", "TableName": "annotation"} == {
            name: value for name, value in before.items() if name != "TableArn"
        }
        s3.clock.advance(minutes=2)
        assert "BACKFILLING" == annotation_of(s3_client)["TableStatus"]
        s3.clock.advance(minutes=20)
        switch_annotation(s3_client, "ENABLED", Role=f"{READER}-too")
        assert before | {"TableStatus": "ACTIVE", "Role": f"{READER}-too"} == annotation_of(s3_client)
        switch_annotation(s3_client, "DISABLED")
        assert "AnnotationTableConfigurationResult" not in get(s3_client)
        switch_annotation(s3_client, "ENABLED")
        assert "Role" not in annotation_of(s3_client)

    def test_an_annotation_table_needs_a_configuration_and_a_role_that_may_be_passed(
        self, s3: FakeS3, s3_client: Any, bucket: str, refused: Refused
    ) -> None:
        with pytest.raises(ClientError, match="MetadataConfigurationNotFound"):
            switch_annotation(s3_client, "ENABLED")
        create(s3_client)
        with refused("InvalidRequest", 400, "An encryption cannot be specified when the annotation table is disabled."):
            switch_annotation(s3_client, "DISABLED", EncryptionConfiguration={"SseAlgorithm": "AES256"})
        client = s3.user("ada", policy=ALL).client()
        switch_annotation(client, "ENABLED")
        with pytest.raises(ClientError, match="iam:PassRole"):
            switch_annotation(client, "ENABLED", Role=READER)


DAYS = "Record expiration must be between 7 and 2147483647 days."
NO_KEY = "A KmsKeyArn must be specified for aws:kms, and only for it."
FOREIGN = "The KmsKeyArn must be that of a key in the same Region as the bucket."


class TestRefusals:
    """S3 refuses what contradicts itself."""

    @pytest.mark.parametrize(
        ("expiration", "text"),
        [
            ({"Expiration": "ENABLED"}, DAYS),
            ({"Expiration": "ENABLED", "Days": 6}, DAYS),
            ({"Expiration": "DISABLED", "Days": 7}, "Days cannot be specified when record expiration is disabled."),
        ],
    )
    def test_expiration(
        self, s3_client: Any, bucket: str, refused: Refused, expiration: dict[str, Any], text: str
    ) -> None:
        with refused("InvalidRequest", 400, text):
            create(s3_client, expiration=expiration)
        create(s3_client)
        with refused("InvalidRequest", 400, text):
            expire(s3_client, expiration)

    @pytest.mark.parametrize(
        ("encryption", "text"),
        [
            ({"SseAlgorithm": "aws:kms"}, NO_KEY),
            ({"SseAlgorithm": "AES256", "KmsKeyArn": KEY}, NO_KEY),
            ({"SseAlgorithm": "aws:kms", "KmsKeyArn": "alias/mine"}, FOREIGN),
            ({"SseAlgorithm": "aws:kms", "KmsKeyArn": KEY.replace("us-east-1", "us-west-2")}, FOREIGN),
        ],
    )
    def test_encryption(
        self, s3_client: Any, bucket: str, refused: Refused, encryption: dict[str, str], text: str
    ) -> None:
        enabled = {"ConfigurationState": "ENABLED", "EncryptionConfiguration": encryption}
        with refused("InvalidRequest", 400, text):
            create(s3_client, EncryptionConfiguration=encryption)
        with refused("InvalidRequest", 400, text):
            create(s3_client, inventory=enabled)
        create(s3_client)
        with refused("InvalidRequest", 400, text):
            switch_inventory(s3_client, "ENABLED", EncryptionConfiguration=encryption)

    def test_an_encryption_of_no_table(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        create(s3_client)
        with refused("InvalidRequest", 400, "An encryption cannot be specified when the inventory table is disabled."):
            switch_inventory(s3_client, "DISABLED", EncryptionConfiguration={"SseAlgorithm": "AES256"})

    @pytest.mark.parametrize("state", ["enabled", "BACKFILLING"])
    def test_a_state_that_is_none(self, s3_client: Any, bucket: str, refused: Refused, state: str) -> None:
        with refused("MalformedXML", 400):
            create(s3_client, inventory={"ConfigurationState": state})


def policy_without(*missing: str) -> dict[str, Any]:
    deny = {"Effect": "Deny", "Action": [f"s3tables:{name}" for name in missing], "Resource": "*"}
    return ALL | {"Statement": [ALL["Statement"], deny]}


class TestRights:
    """Rights of S3 Tables are needed, too. Without them the request succeeds, and the tables fail."""

    def test_all_of_them(self, s3: FakeS3, bucket: str) -> None:
        user = s3.user("u", policy=ALL).client()
        create(user, inventory={"ConfigurationState": "ENABLED"})
        assert "CREATING" == journal_of(user)["TableStatus"] == inventory_of(user)["TableStatus"]

    @pytest.mark.parametrize(
        "missing",
        [
            *("CreateTableBucket", "CreateNamespace", "CreateTable", "GetTable", "PutTablePolicy"),
            *("PutTableBucketPolicy", "PutTableEncryption"),
        ],
    )
    def test_without_one(self, s3: FakeS3, s3_client: Any, bucket: str, missing: str) -> None:
        create(s3.user("u", policy=policy_without(missing)).client())
        s3.clock.advance(days=1)
        code = "AccessDeniedCreatingResources"
        error = {"ErrorCode": code, "ErrorMessage": FAILURES[code]}
        expected = {"TableStatus": "FAILED", "Error": error, "TableName": "journal", "RecordExpiration": WEEK}
        assert expected == journal_of(s3_client)

    def test_of_the_key(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        encryption = {"SseAlgorithm": "aws:kms", "KmsKeyArn": KEY}
        create(s3.user("u", policy=ALL).client(), EncryptionConfiguration=encryption)
        assert "FAILED" == journal_of(s3_client)["TableStatus"]

    def test_an_inventory_needs_a_journal(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create(s3.user("u", policy=policy_without("CreateTable")).client())
        switch_inventory(s3_client, "ENABLED")
        assert "JournalTableNotAvailable" == inventory_of(s3_client)["Error"]["ErrorCode"]

    def test_another_account_makes_no_tables(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        other = s3.account("111122223333")
        s3_client.put_bucket_policy(
            Bucket=bucket,
            Policy='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},'
            '"Action":"s3:CreateBucketMetadataTableConfiguration","Resource":"arn:aws:s3:::never"}}',
        )
        create(other.client())
        assert "FAILED" == journal_of(s3_client)["TableStatus"]

    @pytest.mark.parametrize(
        "call",
        [
            create,
            create_old,
            get,
            get_old,
            lambda client: client.delete_bucket_metadata_configuration(Bucket="never"),
            lambda client: client.delete_bucket_metadata_table_configuration(Bucket="never"),
            lambda client: expire(client, WEEK),
            lambda client: switch_inventory(client, "ENABLED"),
            lambda client: switch_annotation(client, "ENABLED"),
        ],
    )
    def test_nobody_without_rights_of_s3(self, s3: FakeS3, bucket: str, call: Callable[[Any], Any]) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            call(s3.user("nobody").client())

    def test_the_least_privilege_has_them(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        user = s3.user("u", policy=ALL)
        create(user.client())
        user.policy = s3.least_privilege(user)
        s3_client.delete_bucket_metadata_configuration(Bucket=bucket)
        create(user.client())
        assert "CREATING" == journal_of(s3_client)["TableStatus"]


class TestTheFirstVersion:
    """A configuration of the first version has one table, in a table bucket that is named.

    S3: API/API_CreateBucketMetadataTableConfiguration.html
    """

    def test_its_table(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create_old(s3_client)
        found = get_old(s3_client)
        destination = found["MetadataTableConfigurationResult"]["S3TablesDestinationResult"]
        arn = f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/tables"
        assert destination.pop("TableArn").startswith(f"{arn}/table/")
        assert {"TableBucketArn": arn, "TableName": "table", "TableNamespace": "aws_s3_metadata"} == destination
        assert "CREATING" == found["Status"]
        s3.clock.advance(minutes=1)
        assert "ACTIVE" == get_old(s3_client)["Status"]

    def test_the_second_version_reads_and_deletes_it(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        create_old(s3_client)
        found = get(s3_client)
        assert "customer" == found["DestinationResult"]["TableBucketType"]
        assert ("table", NEVER) == (
            found["JournalTableConfigurationResult"]["TableName"],
            found["JournalTableConfigurationResult"]["RecordExpiration"],
        )
        assert "InventoryTableConfigurationResult" not in found
        s3_client.delete_bucket_metadata_configuration(Bucket=bucket)
        with refused("MetadataConfigurationNotFound", 404, BucketName=bucket):
            get_old(s3_client)

    def test_it_deletes_its_own(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        create_old(s3_client)
        answer = s3_client.delete_bucket_metadata_table_configuration(Bucket=bucket)
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        with refused("MetadataConfigurationNotFound", 404, BucketName=bucket):
            get(s3_client)

    def test_it_cannot_read_or_delete_the_second(
        self, s3: FakeS3, s3_client: Any, bucket: str, refused: Refused
    ) -> None:
        create(s3_client)
        for method, call in (
            ("GET", get_old),
            ("DELETE", lambda client: client.delete_bucket_metadata_table_configuration(Bucket=bucket)),
        ):
            with refused("MethodNotAllowed", 405, Method=method, ResourceType="METADATATABLE"):
                call(s3_client)
        assert (
            "the bucket never has a configuration of the second version. Use the operations "
            "GetBucketMetadataConfiguration and DeleteBucketMetadataConfiguration." == s3.calls[-1].reason
        )

    @pytest.mark.parametrize("place", [f"us-west-2:{ACCOUNT}", "us-east-1:111122223333"])
    def test_a_table_bucket_elsewhere(self, s3_client: Any, bucket: str, place: str) -> None:
        create_old(s3_client, place=place)
        found = get_old(s3_client)
        assert ("FAILED", "TableBucketNotFound") == (found["Status"], found["Error"]["ErrorCode"])

    def test_a_table_that_there_is(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.create_bucket("other")
        create_old(s3_client, "other")
        create_old(s3_client)
        assert {
            "ErrorCode": "TableAlreadyExists",
            "ErrorMessage": FAILURES["TableAlreadyExists"],
        } == get_old(s3_client)["Error"]
        s3_client.delete_bucket_metadata_configuration(Bucket=bucket)
        create_old(s3_client, name="another")
        assert "CREATING" == get_old(s3_client)["Status"]

    def test_without_a_right(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create_old(s3.user("u", policy=policy_without("CreateNamespace")).client())
        message = get_old(s3_client)["Error"]["ErrorMessage"]
        assert message.startswith("You don't have sufficient permissions to create the required resources.")
        assert "CreateTableBucket" not in message

    def test_it_needs_no_new_table_bucket(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        create_old(s3.user("u", policy=policy_without("CreateTableBucket", "PutTableEncryption")).client())
        assert "CREATING" == get_old(s3_client)["Status"]

    def test_no_table_bucket(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("InvalidRequest", 400, "The TableBucketArn is not the ARN of a table bucket."):
            create_old(s3_client, place="us-east-1")

    @pytest.mark.parametrize(
        "update", [lambda client: expire(client, WEEK), lambda client: switch_inventory(client, "ENABLED")]
    )
    def test_it_cannot_be_changed(
        self, s3_client: Any, bucket: str, refused: Refused, update: Callable[[Any], Any]
    ) -> None:
        create_old(s3_client)
        text = (
            "fakes3 does not model changes to a metadata configuration of the first version, and never ignores what it "
            "does not model. Delete the configuration, and make another with CreateBucketMetadataConfiguration."
        )
        with refused("NotImplemented", 501, text, Header="metadataTable"):
            update(s3_client)
