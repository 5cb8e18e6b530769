"""Any sequence of puts and deletes of any configuration reads back as it was put, and disturbs no other.

A machine puts, reads and deletes documents of every kind of configuration that is built, made from the shapes of the
API. Beside the fake it keeps what each one answered last. The kinds are the rows of `bucket_configurations.py`, so one
that is built later joins by itself; `EXAMPLES` has documents of kinds whose checks few documents pass. The metadata
tables are no such row: they are created and updated, and a GET tells more than was put. Neither is the policy. Tags of
a bucket are changed one by one as well, by S3 Control, and the account has a configuration of its own.
Meanwhile time passes, and S3 does what the configurations say.

S3: API/API_PutBucketTagging.html and its neighbours
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes3.model.errors import S3Error
from fakes3.model.public_access import SWITCHES
from fakes3.operations.call import Ask
from fakes3.operations.configurations import Configuration
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service
from fakes3.wire.table import Shape, operations

ROWS: dict[str, Configuration] = {
    row.name: row
    for operation in REGISTRY.values()
    if isinstance(row := getattr(operation.function, "__self__", None), Configuration) and f"Put{row.name}" in REGISTRY
}
RULE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}}
COPIED: dict[str, Any] = RULE | {"Destination": {"Bucket": "arn:aws:s3:::copies"}}
OFF = {"Status": "Disabled"}
EXCLUDING = {"And": {"Prefix": "a", "Not": {"Or": {"Prefixes": ["a/", "b/"], "Tags": [{"Key": "a", "Value": "1"}]}}}}
ROLE = "arn:aws:iam::123456789012:role/r"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "BucketNotificationConfiguration": [
        {"QueueConfigurations": [{"Id": "q", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]},
        {"EventBridgeConfiguration": {}},
    ],
    "BucketLifecycleConfiguration": [
        {"Rules": [RULE | {"Expiration": {"Days": 3}}]},
        {"Rules": [RULE | {"Transitions": [{"Days": 40, "StorageClass": "GLACIER"}]}]},
    ],
    "BucketReplication": [
        {"Role": ROLE, "Rules": [COPIED | {"Priority": 1, "DeleteMarkerReplication": {"Status": "Enabled"}}]},
        {"Role": ROLE, "Rules": [COPIED | {"Filter": EXCLUDING, "Priority": 1, "DeleteMarkerReplication": OFF}]},
        {"Role": ROLE, "Rules": [{name: COPIED[name] for name in ("ID", "Status", "Destination")} | {"Prefix": "x"}]},
    ],
    "BucketInventoryConfiguration": [
        {
            "Id": "a",
            "IsEnabled": is_enabled,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Weekly"},
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::other", "Format": "CSV"}},
        }
        for is_enabled in (True, False)
    ],
    "BucketLogging": [
        {"LoggingEnabled": {"TargetBucket": "other", "TargetPrefix": "logs/"}},
        {
            "LoggingEnabled": {
                "TargetBucket": "bucket",
                "TargetPrefix": "",
                "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}},
            }
        },
    ],
    "BucketIntelligentTieringConfiguration": [
        {"Id": "a", "Status": "Disabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]},
        {"Id": "a", "Status": "Enabled", "Tierings": [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180}]},
    ],
}
TEXTS = {
    "AllowedMethod": ["GET", "PUT"],
    "BucketName": ["arn:aws:s3:::reports"],
    "HttpErrorCodeReturnedEquals": ["404"],
    "HttpRedirectCode": ["302"],
}
"""Texts of shapes that take few others."""
ANY_TEXT = ["a", "b", "logs/", "index.html"]
METADATA = "BucketMetadataConfiguration"
METADATA_EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("Journal", {"RecordExpiration": {"Expiration": "ENABLED", "Days": 30}}),
    ("Journal", {"RecordExpiration": {"Expiration": "DISABLED"}}),
    ("Journal", {"RecordExpiration": {"Expiration": "ENABLED", "Days": 6}}),
    ("Inventory", {"ConfigurationState": "ENABLED"}),
    ("Inventory", {"ConfigurationState": "ENABLED", "EncryptionConfiguration": {"SseAlgorithm": "AES256"}}),
    ("Inventory", {"ConfigurationState": "DISABLED"}),
    ("Inventory", {"ConfigurationState": "DISABLED", "EncryptionConfiguration": {"SseAlgorithm": "AES256"}}),
]
"""Documents of the two tables, of which some are refused."""
ACCOUNT = "123456789012"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": ["logging.s3.amazonaws.com", "s3.amazonaws.com"]},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::bucket/*",
}
POLICY = "BucketPolicy"
POLICIES = [
    json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]}),
    json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT | {"Principal": "*"}]}),
    "{}",
]
"""Policies, of which some are refused."""
NOT_SHOWN = {"BlockedEncryptionTypes"}
"""Members that a GET shows only where they say something: customers' keys are blocked, or are not."""

Answer = Mapping[str, Any] | str
"""What a GET answers: the members of its response, or the code of its refusal."""


@dataclass
class Sent:
    """The document of a request, parsed."""

    contents: Any

    def read(self) -> Any:
        return self.contents


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, as the wire reads them from a document."""
    if shape.type == "structure":
        members = {name: values(member.shape) for name, member in shape.members.items()}
        required = {name: members[name] for name in shape.required}
        return st.fixed_dictionaries(required, optional={n: v for n, v in members.items() if n not in required})
    if shape.type == "list":
        return st.lists(values(shape.member.shape), min_size=1, max_size=2)
    if shape.type in {"integer", "long"}:
        return st.integers(1, 40)
    if shape.type == "boolean":
        return st.booleans()
    if shape.type == "timestamp":
        return st.just(datetime(2030, 1, 1, tzinfo=UTC))
    return st.sampled_from(shape.enum or TEXTS.get(shape.name, ANY_TEXT))


def documents(row: Configuration) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of one kind, of which the checks refuse some."""
    shape = operations()[f"Put{row.name}"].input
    assert shape is not None
    made = values(shape.members[row.member].shape)
    return st.sampled_from(EXAMPLES[row.name]) | made if row.name in EXAMPLES else made


def is_in(stated: Any, read: Any) -> bool:
    """Whether all that a document states stands in what was read, which may have more members."""
    if isinstance(stated, Mapping):
        names = stated.keys() - NOT_SHOWN
        return isinstance(read, Mapping) and all(name in read and is_in(stated[name], read[name]) for name in names)
    if isinstance(stated, list):
        return isinstance(read, list) and len(stated) == len(read) and all(map(is_in, stated, read))
    return bool(stated == read)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_some_document_of_each_kind_is_taken(name: str) -> None:
    """Else the machine would say nothing of this kind: give `EXAMPLES` or `TEXTS` what it takes."""
    machine = Configured()
    machine.create()
    row, config_id = ROWS[name], "a" if ROWS[name].has_ids else ""
    machine.ask("PutBucketVersioning", "other", "", VersioningConfiguration=Sent({"Status": "Enabled"}))

    def is_taken(document: dict[str, Any]) -> bool:
        sent = {row.member: Sent(document | ({"Id": config_id} if config_id else {}))}
        try:
            machine.ask(f"Put{name}", "other", config_id, **sent)
        except S3Error:
            return False
        return True

    find(documents(row), is_taken, settings=settings(max_examples=500, database=None))


class Configured(RuleBasedStateMachine):
    """Puts and deletes every configuration of one bucket, beside another that must stay as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.service = Service()
        self.service.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
        self.answers: dict[tuple[str, str, str], Answer] = {}

    def ask(self, operation: str, bucket: str, config_id: str, **members: Any) -> dict[str, Any]:
        row = {"Bucket": bucket} | ({"Id": config_id} if config_id else {})
        return self.service.perform(Ask(operation, row | members, self.service.root)).members

    def read(self, bucket: str, name: str, config_id: str) -> Answer:
        try:
            return self.ask(f"Get{name}", bucket, config_id)
        except S3Error as refusal:
            return refusal.code

    @initialize()
    def create(self) -> None:
        self.ask("CreateBucket", "copies", "")
        self.ask("PutBucketVersioning", "copies", "", VersioningConfiguration=Sent({"Status": "Enabled"}))
        for bucket in ("bucket", "other"):
            self.ask("CreateBucket", bucket, "")
            for name, row in ROWS.items():
                for config_id in ("a", "b") if row.has_ids else ("",):
                    self.answers[bucket, name, config_id] = self.read(bucket, name, config_id)
            for name in (METADATA, POLICY):
                self.answers[bucket, name, ""] = self.read(bucket, name, "")

    @rule(name=st.sampled_from(sorted(ROWS)), config_id=st.sampled_from(["a", "b"]), data=st.data())
    def put(self, name: str, config_id: str, data: st.DataObject) -> None:
        """Put a document. It reads back, or it was refused and has changed nothing."""
        row, before = ROWS[name], self.service.present()
        config_id = config_id if row.has_ids else ""
        document = data.draw(documents(row))
        stated = document | ({"Id": config_id} if config_id else {})
        try:
            self.ask(f"Put{name}", "bucket", config_id, **{row.member: Sent(stated)})
        except S3Error:
            assert before is self.service.world
            return
        answer = self.read("bucket", name, config_id)
        read = answer[row.member] if row.is_wrapped and not isinstance(answer, str) else answer
        assert is_in(stated, read), (stated, read)
        self.answers["bucket", name, config_id] = answer

    @rule(
        name=st.sampled_from(sorted(name for name, row in ROWS.items() if row.delete_operation)),
        config_id=st.sampled_from(["a", "b"]),
    )
    def delete(self, name: str, config_id: str) -> None:
        """Delete a document. What is there afterwards is what is there in a bucket where it was just deleted."""
        row, before = ROWS[name], self.service.present()
        config_id = config_id if row.has_ids else ""
        try:
            self.ask(str(row.delete_operation), "bucket", config_id)
        except S3Error:
            assert before is self.service.world
            return
        self.answers["bucket", name, config_id] = self.read("bucket", name, config_id)

    def changes_metadata(self, operation: str, **members: Any) -> bool:
        """Ask for a change of the metadata tables. Return whether it was done; a refused one has changed nothing."""
        before = self.service.present()
        try:
            self.ask(operation, "bucket", "", **members)
        except S3Error:
            assert before is self.service.world
            return False
        self.answers["bucket", METADATA, ""] = self.read("bucket", METADATA, "")
        return True

    def shown_metadata(self, table: str) -> dict[str, Any]:
        answer = self.answers["bucket", METADATA, ""]
        assert not isinstance(answer, str)
        shown = answer["GetBucketMetadataConfigurationResult"]["MetadataConfigurationResult"]
        found: dict[str, Any] = shown[f"{table}TableConfigurationResult"]
        return found

    @rule(
        journal=st.sampled_from([document for table, document in METADATA_EXAMPLES if table == "Journal"]),
        inventory=st.sampled_from([document for table, document in METADATA_EXAMPLES if table == "Inventory"]),
    )
    def create_metadata(self, journal: dict[str, Any], inventory: dict[str, Any]) -> None:
        document = Sent({"JournalTableConfiguration": journal, "InventoryTableConfiguration": inventory})
        if self.changes_metadata(f"Create{METADATA}", MetadataConfiguration=document):
            assert journal["RecordExpiration"] == self.shown_metadata("Journal")["RecordExpiration"]
            assert inventory["ConfigurationState"] == self.shown_metadata("Inventory")["ConfigurationState"]

    @rule(update=st.sampled_from(METADATA_EXAMPLES))
    def update_metadata(self, update: tuple[str, dict[str, Any]]) -> None:
        table, document = update
        member = f"{table}TableConfiguration"
        if self.changes_metadata(f"UpdateBucketMetadata{member}", **{member: Sent(document)}):
            shown = document.keys() - {"EncryptionConfiguration"}
            assert is_in({name: document[name] for name in shown}, self.shown_metadata(table))

    @rule()
    def delete_metadata(self) -> None:
        if self.changes_metadata(f"Delete{METADATA}"):
            assert "MetadataConfigurationNotFound" == self.answers["bucket", METADATA, ""]

    @rule(key=st.sampled_from("ab"), is_added=st.booleans())
    def change_a_tag(self, key: str, is_added: bool) -> None:
        """Add or remove one tag by S3 Control, with or without ABAC."""
        row = {"AccountId": ACCOUNT, "ResourceArn": "arn:aws:s3:::bucket"}
        if is_added:
            added = Sent({"Tags": [{"Key": key, "Value": "v"}]})
            self.service.perform(Ask("TagResource", row | {"TagResourceRequest": added}, self.service.root))
        else:
            self.service.perform(Ask("UntagResource", row | {"TagKeys": [key]}, self.service.root))
        listed = self.service.perform(Ask("ListTagsForResource", row, self.service.root)).members["Tags"]
        assert is_added == (key in [tag["Key"] for tag in listed])
        answer = self.read("bucket", "BucketTagging", "")
        assert listed == ([] if isinstance(answer, str) else answer["TagSet"])
        self.answers["bucket", "BucketTagging", ""] = answer

    @rule(switches=st.dictionaries(st.sampled_from(SWITCHES), st.booleans(), min_size=1))
    def block_the_account(self, switches: dict[str, bool]) -> None:
        row = {"AccountId": ACCOUNT}
        put = row | {"PublicAccessBlockConfiguration": Sent(switches)}
        self.service.perform(Ask("PutAccountPublicAccessBlock", put, self.service.root))
        read = self.service.perform(Ask("GetAccountPublicAccessBlock", row, self.service.root)).members
        assert dict.fromkeys(SWITCHES, False) | switches == read["PublicAccessBlockConfiguration"]

    @rule(days=st.sampled_from([1, 40, 400]))
    def pass_time(self, days: int) -> None:
        """Let S3 do what is due. No configuration changes by that; of the metadata tables the states do."""
        self.service.clock.advance(days=days)
        for bucket in ("bucket", "other"):
            self.answers[bucket, METADATA, ""] = self.read(bucket, METADATA, "")

    @rule(policy=st.sampled_from(POLICIES))
    def put_policy(self, policy: str) -> None:
        before = self.service.present()
        try:
            self.ask(f"Put{POLICY}", "bucket", "", Policy=Sent(policy))
        except S3Error:
            assert before is self.service.world
            return
        self.answers["bucket", POLICY, ""] = {"Policy": policy}

    @rule()
    def delete_policy(self) -> None:
        self.ask(f"Delete{POLICY}", "bucket", "")
        self.answers["bucket", POLICY, ""] = "NoSuchBucketPolicy"

    @invariant()
    def each_answers_as_it_did(self) -> None:
        for (bucket, name, config_id), answer in self.answers.items():
            assert answer == self.read(bucket, name, config_id), (bucket, name, config_id)


TestConfigurations = Configured.TestCase
IS_LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"
TestConfigurations.settings = settings(max_examples=400 if IS_LONG else 60, stateful_step_count=40)
