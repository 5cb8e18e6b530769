"""Analytics, inventory and intelligent tiering: a bucket has up to 1,000 configurations of each, by id.

What would export an analysis or move objects is not modelled, and is answered with 501.

S3: API/API_PutBucketAnalyticsConfiguration.html, API/API_PutBucketInventoryConfiguration.html and
API/API_PutBucketIntelligentTieringConfiguration.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Ask
from .conftest import Refused

MISSING = "The specified configuration does not exist."
TAG = {"Key": "team", "Value": "blue"}
ARCHIVE, DEEP = "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"
STATED: dict[str, dict[str, Any]] = {
    "Analytics": {"StorageClassAnalysis": {}},
    "IntelligentTiering": {"Status": "Disabled", "Tierings": [{"AccessTier": ARCHIVE, "Days": 90}]},
    "Inventory": {
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}},
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
    },
}
"""The least that a configuration of each kind states."""


class Kind:
    """The four operations of a kind of configurations, on one bucket."""

    def __init__(self, client: Any, name: str, bucket: str) -> None:
        self.client, self.name, self.bucket = client, name, bucket

    def call(self, verb: str, **members: Any) -> dict[str, Any]:
        """Return the members of the answer, and its status."""
        operation = f"{verb}Bucket{self.name}Configuration" + ("s" if verb == "List" else "")
        answer: dict[str, Any] = self.client._make_api_call(operation, {"Bucket": self.bucket} | members)
        return answer | {"status": answer.pop("ResponseMetadata")["HTTPStatusCode"]}

    def put(self, config_id: str, **stated: Any) -> dict[str, Any]:
        document = {"Id": config_id} | STATED[self.name] | stated
        return self.call("Put", Id=config_id, **{f"{self.name}Configuration": document})

    def read(self, config_id: str) -> Any:
        return self.call("Get", Id=config_id)[f"{self.name}Configuration"]

    def ids(self) -> list[str]:
        return [each["Id"] for each in self.call("List").get(f"{self.name}ConfigurationList", [])]


@pytest.fixture(params=STATED)
def kind(request: pytest.FixtureRequest, s3_client: Any, bucket: str) -> Kind:
    """Each kind of configurations."""
    return Kind(s3_client, request.param, bucket)


@pytest.fixture
def analytics(s3_client: Any, bucket: str) -> Kind:
    return Kind(s3_client, "Analytics", bucket)


@pytest.fixture
def tiering(s3_client: Any, bucket: str) -> Kind:
    return Kind(s3_client, "IntelligentTiering", bucket)


@pytest.fixture
def inventory(s3_client: Any, bucket: str) -> Kind:
    return Kind(s3_client, "Inventory", bucket)


class TestEachKind:
    """What the kinds have in common. observed: radkawar/stackd, testdata/aws/s3/*_replay.json"""

    def test_it_is_put_read_and_deleted(self, kind: Kind, refused: Refused) -> None:
        assert {"status": 204} == kind.put("a")
        assert {"Id": "a"} | STATED[kind.name] == kind.read("a")
        assert {"status": 204} == kind.call("Delete", Id="a")
        for verb in ("Get", "Delete"):
            with refused("NoSuchConfiguration", 404, MISSING):
                kind.call(verb, Id="a")

    def test_lists_are_of_one_kind(self, kind: Kind) -> None:
        for name in STATED:
            Kind(kind.client, name, kind.bucket).put(f"only-{name}")
        assert [f"only-{kind.name}"] == kind.ids()

    def test_an_empty_id_asks_for_the_list(self, kind: Kind, ask: Ask) -> None:
        kind.put("a")
        name = {"IntelligentTiering": "intelligent-tiering"}.get(kind.name, kind.name.lower())
        answer = ask("GET", f"/{kind.bucket}?{name}&id=")
        assert (200, True) == (answer.status, "<IsTruncated>false</IsTruncated>" in answer.text)

    def test_ids(self, kind: Kind, refused: Refused) -> None:
        kind.put("x" * 64)
        for config_id in ("space id", "slash/id", "unicode-é", "x" * 65):
            with refused("MalformedXML" if kind.name == "Inventory" else "InvalidConfigId", 400):
                kind.put(config_id)

    def test_another_id_in_the_document(self, kind: Kind, refused: Refused) -> None:
        with refused("IdMismatch" if kind.name == "Inventory" else "MalformedXML", 400):
            kind.put("a", Id="b")


class TestAnalytics:
    """observed: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json"""

    def test_a_tag_may_come_twice_in_a_filter(self, analytics: Kind) -> None:
        conditions = {"And": {"Tags": [TAG, TAG | {"Value": "red"}]}}
        analytics.put("a", Filter=conditions)
        assert conditions == analytics.read("a")["Filter"]

    @pytest.mark.parametrize(
        ("conditions", "code"),
        [
            ({"Prefix": ""}, "InvalidPrefix"),
            ({"Tag": TAG | {"Value": ""}}, "InvalidTag"),
            ({"And": {"Tags": [TAG]}}, "InvalidAnd"),
            ({}, "MalformedXML"),
        ],
        ids=str,
    )
    def test_filters(self, analytics: Kind, refused: Refused, conditions: dict[str, Any], code: str) -> None:
        with refused(code, 400):
            analytics.put("a", Filter=conditions)

    def test_it_says_what_is_analyzed(self, bucket: str, ask: Ask) -> None:
        body = b"<AnalyticsConfiguration><Id>a</Id></AnalyticsConfiguration>"
        answer = ask("PUT", f"/{bucket}?analytics&id=a", body=body)
        assert (400, "MissingStorageClassAnalysis") == (answer.status, answer.code)

    def test_exports_are_not_modelled(self, analytics: Kind) -> None:
        to = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}}
        export = {"DataExport": {"OutputSchemaVersion": "V_1", "Destination": to}}
        with pytest.raises(ClientError, match="fakes3 does not model DataExport"):
            analytics.put("a", StorageClassAnalysis=export)


class TestIntelligentTiering:
    """observed: radkawar/stackd, testdata/aws/s3/intelligent_tiering_control_replay.json"""

    @pytest.mark.parametrize(
        "days",
        [{ARCHIVE: 90}, {ARCHIVE: 730}, {DEEP: 180}, {DEEP: 180, ARCHIVE: 90}, {ARCHIVE: 729, DEEP: 730}],
        ids=str,
    )
    def test_tiers(self, tiering: Kind, days: dict[str, int]) -> None:
        tiers = [{"AccessTier": tier, "Days": number} for tier, number in days.items()]
        tiering.put("a", Tierings=tiers)
        assert tiers == tiering.read("a")["Tierings"]

    @pytest.mark.parametrize(
        ("days", "code"),
        [
            ([], "MalformedXML"),
            ([(ARCHIVE, 2147483648)], "MalformedXML"),
            ([("GLACIER", 90)], "MalformedXML"),
            ([(ARCHIVE, 731)], "InvalidAccessTier"),
            ([(ARCHIVE, 90), (ARCHIVE, 91)], "InvalidAccessTier"),
            ([(ARCHIVE, 180), (DEEP, 180)], "InvalidAccessTier"),
            ([(ARCHIVE, 181), (DEEP, 180)], "InvalidAccessTier"),
        ],
        ids=str,
    )
    def test_refused(self, tiering: Kind, refused: Refused, days: list[tuple[str, int]], code: str) -> None:
        with refused(code, 400):
            tiering.put("a", Tierings=[{"AccessTier": tier, "Days": number} for tier, number in days])

    # observed: aws-cloudformation/cfn-lint#3992, for the text
    @pytest.mark.parametrize(("tier", "days", "least"), [(ARCHIVE, 89, 90), (ARCHIVE, -1, 90), (DEEP, 179, 180)])
    def test_too_few_days(self, tiering: Kind, refused: Refused, tier: str, days: int, least: int) -> None:
        with refused("InvalidAccessTier", 400, f"Days specified in {tier} tier should not be less than {least}"):
            tiering.put("a", Tierings=[{"AccessTier": tier, "Days": days}])

    def test_the_value_of_a_tag_may_be_empty(self, tiering: Kind) -> None:
        tiering.put("a", Filter={"Tag": TAG | {"Value": ""}})
        assert {"Tag": TAG | {"Value": ""}} == tiering.read("a")["Filter"]

    def test_a_tag_comes_once_in_a_filter(self, tiering: Kind, refused: Refused) -> None:
        with refused("InvalidAnd", 400):
            tiering.put("a", Filter={"And": {"Tags": [TAG, TAG | {"Value": "red"}]}})


class TestInventory:
    """What a configuration may say. Its reports are in `test_inventory_reports.py`."""

    # recorded: TestS3::test_put_bucket_inventory_config_order
    def test_lists_are_by_id(self, inventory: Kind) -> None:
        for config_id in ("z-test", "a-test", "test-1"):
            inventory.put(config_id)
        for ids in (["a-test", "test-1", "z-test"], ["a-test", "test-1"]):
            assert inventory.call("List") == {
                "status": 200,
                "IsTruncated": False,
                "InventoryConfigurationList": [{"Id": each} | STATED["Inventory"] for each in ids],
            }
            assert len(ids) == 2 or {"status": 204} == inventory.call("Delete", Id="z-test")

    # recorded: TestS3::test_s3_put_inventory_report_exceptions
    @pytest.mark.parametrize(
        ("stated", "code"),
        [
            ({"Id": "other"}, "IdMismatch"),
            ({"Destination": {"Bucket": "reports"}}, "InvalidS3DestinationBucket"),
            ({"Destination": {"Format": "WRONG"}}, "MalformedXML"),
            ({"Schedule": {"Frequency": "Hourly"}}, "MalformedXML"),
            ({"IncludedObjectVersions": "Wrong"}, "MalformedXML"),
            ({"OptionalFields": ["TestField"]}, "MalformedXML"),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("is_enabled", [True, False])
    def test_refused(
        self, inventory: Kind, refused: Refused, stated: dict[str, Any], code: str, is_enabled: bool
    ) -> None:
        if "Destination" in stated:
            whole = STATED["Inventory"]["Destination"]["S3BucketDestination"] | stated["Destination"]
            stated = {"Destination": {"S3BucketDestination": whole}}
        text = {
            "IdMismatch": "Document ID does not match the specified configuration ID.",
            "InvalidS3DestinationBucket": "Invalid bucket ARN.",
            "MalformedXML": "The XML you provided was not well-formed or did not validate against our published schema",
        }[code]
        with refused(code, 400, text):
            inventory.put("a", **stated, IsEnabled=is_enabled)

    # observed: radkawar/stackd, testdata/aws/s3/inventory_control_replay.json (destination-*, account-*, encryption-*)
    @pytest.mark.parametrize(
        ("destination", "code"),
        [
            ({"Bucket": "arn:aws:s3:::reports/path"}, "InvalidS3DestinationBucket"),
            ({"Bucket": "arn:aws:s3:us-east-1:123456789012:reports"}, "InvalidS3DestinationBucket"),
            ({"Bucket": "arn:aws:sqs:::reports"}, "InvalidS3DestinationBucket"),
            ({"Bucket": ""}, "MalformedXML"),
            ({"AccountId": ""}, "MalformedXML"),
            ({"Encryption": {}}, "MalformedXML"),
            ({"Bucket": "arn:aws:s3:::BAD_BUCKET"}, None),
            ({"AccountId": "123"}, None),
            ({"Encryption": {"SSES3": {}}}, None),
        ],
        ids=str,
    )
    def test_destinations(
        self, inventory: Kind, refused: Refused, destination: dict[str, Any], code: str | None
    ) -> None:
        whole = STATED["Inventory"]["Destination"]["S3BucketDestination"] | destination
        if code is None:
            inventory.put("a", Destination={"S3BucketDestination": whole})
            assert whole == inventory.read("a")["Destination"]["S3BucketDestination"]
        else:
            with refused(code, 400):
                inventory.put("a", Destination={"S3BucketDestination": whole})

    @pytest.mark.parametrize("fields", [["Size", "ETag", "Size"], []], ids=str)
    def test_optional_fields_are_kept_as_they_come(self, inventory: Kind, fields: list[str]) -> None:
        inventory.put("a", OptionalFields=fields)
        assert fields == inventory.read("a")["OptionalFields"]

    # S3: userguide/example-bucket-policies.html, "Control S3 Inventory report configuration creation"
    def test_policies_ask_for_the_optional_fields(self, s3: FakeS3, bucket: str) -> None:
        statement = {"Effect": "Allow", "Action": "s3:PutInventoryConfiguration", "Resource": "*"}
        condition = {"ForAllValues:StringEquals": {"s3:InventoryAccessibleOptionalFields": ["Size", "ETag"]}}
        auditor = s3.user("auditor", policy={"Statement": statement | {"Condition": condition}})
        inventory = Kind(auditor.client(), "Inventory", bucket)
        inventory.put("a", OptionalFields=["Size"])
        inventory.put("b")
        with pytest.raises(ClientError, match="AccessDenied"):
            inventory.put("c", OptionalFields=["Size", "StorageClass"])

    @pytest.mark.parametrize(
        "field", ["ObjectLockEventHoldStatus", "ObjectLockEventHoldDuration", "IntelligentTieringReferenceDate"]
    )
    def test_fields_of_which_no_page_tells_are_not_modelled(self, inventory: Kind, field: str) -> None:
        with pytest.raises(ClientError, match=f"fakes3 does not model the field {field} of inventories"):
            inventory.put("a", OptionalFields=["Size", field])
        inventory.put("a", OptionalFields=["Size", field], IsEnabled=False)
