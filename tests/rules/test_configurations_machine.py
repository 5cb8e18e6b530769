"""Any sequence of puts and deletes of any configuration reads back as it was put, and disturbs no other.

A machine puts, reads and deletes documents of every kind of configuration that is built, made from the shapes of the
API. Beside the fake it keeps what each one answered last. The kinds are the rows of `bucket_configurations.py`, so one
that is built later joins by itself; `EXAMPLES` has documents of kinds whose checks few documents pass.

S3: API/API_PutBucketTagging.html and its neighbours
"""

from __future__ import annotations

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
    "BucketIntelligentTieringConfiguration": [
        {"Id": "a", "Status": "Disabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]},
        {"Id": "a", "Status": "Disabled", "Tierings": [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180}]},
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
NOT_SHOWN = {"BlockedEncryptionTypes"}
"""Members that a GET shows only where they say something: customers' keys are blocked, or are not."""

Answer = Mapping[str, Any] | str
"""What a GET answers: the members of its response, or the code of its refusal."""


@dataclass
class Sent:
    """The document of a request, parsed."""

    contents: Mapping[str, Any]

    def read(self) -> Mapping[str, Any]:
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
        for bucket in ("bucket", "other"):
            self.ask("CreateBucket", bucket, "")
            for name, row in ROWS.items():
                for config_id in ("a", "b") if row.has_ids else ("",):
                    self.answers[bucket, name, config_id] = self.read(bucket, name, config_id)

    @rule(name=st.sampled_from(sorted(ROWS)), config_id=st.sampled_from(["a", "b"]), data=st.data())
    def put(self, name: str, config_id: str, data: st.DataObject) -> None:
        """Put a document. It reads back, or it was refused and has changed nothing."""
        row, before = ROWS[name], self.service.world
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
        row, before = ROWS[name], self.service.world
        config_id = config_id if row.has_ids else ""
        try:
            self.ask(str(row.delete_operation), "bucket", config_id)
        except S3Error:
            assert before is self.service.world
            return
        self.answers["bucket", name, config_id] = self.read("bucket", name, config_id)

    @invariant()
    def each_answers_as_it_did(self) -> None:
        for (bucket, name, config_id), answer in self.answers.items():
            assert answer == self.read(bucket, name, config_id), (bucket, name, config_id)


TestConfigurations = Configured.TestCase
IS_LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"
TestConfigurations.settings = settings(max_examples=400 if IS_LONG else 60, stateful_step_count=40)
