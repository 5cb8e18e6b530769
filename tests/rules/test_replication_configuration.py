"""Replication configurations: what S3 takes, and what it refuses.

S3: API/API_PutBucketReplication.html, userguide/replication-add-config.html
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest

from fakes3 import FakeS3

from ..ask import Ask
from .conftest import Refused
from .test_needed_permissions import policy

ROLE = "arn:aws:iam::123456789012:role/copier"
TO_COPIES: dict[str, Any] = {"Bucket": "arn:aws:s3:::copies"}
V1: dict[str, Any] = {"ID": "old", "Prefix": "logs/", "Status": "Enabled", "Destination": TO_COPIES}
V2: dict[str, Any] = {
    "ID": "new",
    "Priority": 1,
    "Filter": {"Prefix": ""},
    "Status": "Enabled",
    "Destination": TO_COPIES,
    "DeleteMarkerReplication": {"Status": "Disabled"},
}
TAGGED = {"Key": "a", "Value": "1"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-999000999000"
ON, OFF = {"Status": "Enabled"}, {"Status": "Disabled"}
QUARTER = {"Minutes": 15}
OF_SCHEMA = (
    "for this version of Cross Region Replication configuration schema. "
    "Please refer to S3 Developer Guide for more information."
)


def allow(action: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def to(**destination: Any) -> dict[str, Any]:
    """A rule of the second version with these members in its destination."""
    return V2 | {"Destination": TO_COPIES | destination}


def rules(*documents: dict[str, Any], role: str = ROLE) -> dict[str, Any]:
    return {"Role": role, "Rules": list(documents)}


def without(name: str) -> dict[str, Any]:
    return {each: value for each, value in V2.items() if each != name}


@pytest.fixture
def source(s3: FakeS3) -> str:
    """The name of a bucket that can be replicated to "copies" and to "more"."""
    for name in ("copies", "more"):
        s3.create_bucket(name, versioning="Enabled")
    return s3.create_bucket("source", versioning="Enabled").name


# observed: radkawar/stackd, testdata/aws/s3/replication_control_replay.json, here and below, but for what has a Not or
# UseSourceMultiRegionKey. Of these: S3: API/API_ReplicationRuleFilter.html, API/API_ReplicationRuleNotOperator.html,
# API/API_ReplicationRuleOrOperator.html, API/API_ReplicationRule.html, API/API_EncryptionConfiguration.html
TAKEN = {
    "legacy-prefix": rules(V1),
    "filter-empty": rules(V2 | {"Filter": {}}),
    "filter-tag": rules(V2 | {"Filter": {"Tag": TAGGED}}),
    "filter-and": rules(V2 | {"Filter": {"And": {"Prefix": "x/", "Tags": [{"Key": "z", "Value": "2"}, TAGGED]}}}),
    "filter-not-prefix": rules(V2 | {"Filter": {"Not": {"Prefix": "tmp/"}}}),
    "filter-not-empty-prefix": rules(V2 | {"Filter": {"Not": {"Prefix": ""}}}),
    "filter-not-tag": rules(V2 | {"Filter": {"Not": {"Tag": TAGGED}}}),
    "filter-not-or": rules(V2 | {"Filter": {"Not": {"Or": {"Prefixes": ["tmp/", "x/"], "Tags": [TAGGED]}}}}),
    "filter-not-or-one-prefix": rules(V2 | {"Filter": {"Not": {"Or": {"Prefixes": ["tmp/"]}}}}),
    "filter-not-or-equal-tag-keys": rules(
        V2 | {"Filter": {"Not": {"Or": {"Tags": [TAGGED, TAGGED | {"Value": "2"}]}}}}
    ),
    "filter-and-prefix-and-not": rules(V2 | {"Filter": {"And": {"Prefix": "x/", "Not": {"Prefix": "x/tmp/"}}}}),
    "filter-and-tag-and-not": rules(V2 | {"Filter": {"And": {"Tags": [TAGGED], "Not": {"Or": {"Prefixes": ["x"]}}}}}),
    "delete-marker-enabled-not-prefix": rules(
        V2 | {"Filter": {"Not": {"Prefix": "tmp/"}}, "DeleteMarkerReplication": ON}
    ),
    "priority-zero": rules(V2 | {"Priority": 0}),
    "priority-max-int": rules(V2 | {"Priority": 2**31 - 1}),
    "status-disabled": rules(V2 | {"Status": "Disabled"}),
    "delete-marker-enabled-prefix": rules(V2 | {"DeleteMarkerReplication": ON}),
    "replica-modifications-enabled": rules(V2 | {"SourceSelectionCriteria": {"ReplicaModifications": ON}}),
    "replica-modifications-disabled": rules(V2 | {"SourceSelectionCriteria": {"ReplicaModifications": OFF}}),
    "same-destination-two-rules": rules(V2 | {"Priority": 9}, V2 | {"ID": "b", "Filter": {"Prefix": "second/"}}),
    "multiple-destinations": rules(V2, V2 | {"ID": "b", "Priority": 2, "Destination": {"Bucket": "arn:aws:s3:::more"}}),
    "destination-account-owner": rules(to(Account="123456789012")),
    "destination-account-mismatch": rules(to(Account="111122223333")),
    "destination-account-invalid": rules(to(Account="abc")),
    "ownership-override": rules(to(Account="123456789012", AccessControlTranslation={"Owner": "Destination"})),
    "storage-standard-ia": rules(to(StorageClass="STANDARD_IA")),
    "storage-glacier": rules(to(StorageClass="GLACIER")),
    "metrics-enabled-no-threshold": rules(to(Metrics=ON)),
    "metrics-disabled-no-threshold": rules(to(Metrics=OFF)),
    "rtc-enabled": rules(to(Metrics=ON | {"EventThreshold": QUARTER}, ReplicationTime=ON | {"Time": QUARTER})),
    "kms": rules(
        to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY})
        | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
    ),
    "kms-related-key": rules(
        to(EncryptionConfiguration={"UseSourceMultiRegionKey": ON})
        | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
    ),
    "kms-related-key-and-another": rules(
        to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY, "UseSourceMultiRegionKey": ON})
        | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
    ),
    "kms-no-related-key": rules(
        to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY, "UseSourceMultiRegionKey": OFF})
        | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
    ),
    "missing-role-arn": rules(V2, role="arn:aws:iam::123456789012:role/absent"),
    "role-with-a-path": rules(V2, role="arn:aws:iam::123456789012:role/service-role/copier"),
}
REFUSED = {
    "empty-rules": ("MalformedXML", rules()),
    "legacy-no-prefix": ("MalformedXML", rules({n: v for n, v in V1.items() if n != "Prefix"})),
    "filter-and-prefix-only": ("MalformedXML", rules(V2 | {"Filter": {"And": {"Prefix": "x/"}}})),
    "filter-and-one-tag": ("MalformedXML", rules(V2 | {"Filter": {"And": {"Tags": [TAGGED]}}})),
    "filter-and-empty": ("MalformedXML", rules(V2 | {"Filter": {"And": {}}})),
    "filter-prefix-and-tag": ("MalformedXML", rules(V2 | {"Filter": {"Prefix": "x/", "Tag": TAGGED}})),
    "filter-prefix-and-not": ("MalformedXML", rules(V2 | {"Filter": {"Prefix": "x/", "Not": {"Prefix": "x/tmp/"}}})),
    "filter-and-beside-not": (
        "MalformedXML",
        rules(V2 | {"Filter": {"And": {"Prefix": "x/", "Tags": [TAGGED]}, "Not": {"Prefix": "x/tmp/"}}}),
    ),
    "filter-and-not-only": ("MalformedXML", rules(V2 | {"Filter": {"And": {"Not": {"Prefix": "tmp/"}}}})),
    "filter-not-empty": ("MalformedXML", rules(V2 | {"Filter": {"Not": {}}})),
    "filter-not-prefix-and-tag": ("MalformedXML", rules(V2 | {"Filter": {"Not": {"Prefix": "x/", "Tag": TAGGED}}})),
    "filter-not-prefix-and-or": (
        "MalformedXML",
        rules(V2 | {"Filter": {"Not": {"Prefix": "x/", "Or": {"Prefixes": ["y/"]}}}}),
    ),
    "filter-not-or-empty": ("MalformedXML", rules(V2 | {"Filter": {"Not": {"Or": {}}}})),
    "filter-and-with-not-empty": ("MalformedXML", rules(V2 | {"Filter": {"And": {"Prefix": "x/", "Not": {}}}})),
    "kms-related-key-invalid-status": (
        "MalformedXML",
        rules(
            to(EncryptionConfiguration={"UseSourceMultiRegionKey": {"Status": "enabled"}})
            | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
        ),
    ),
    "legacy-prefix-plus-filter": ("MalformedXML", rules(V2 | {"Prefix": "logs/"})),
    "status-invalid": ("MalformedXML", rules(V2 | {"Status": "enabled"})),
    "delete-marker-empty": ("MalformedXML", rules(V2 | {"DeleteMarkerReplication": {}})),
    "existing-object-enabled": ("MalformedXML", rules(V2 | {"ExistingObjectReplication": ON})),
    "existing-object-disabled": ("MalformedXML", rules(V2 | {"ExistingObjectReplication": OFF})),
    "ownership-override-invalid": (
        "MalformedXML",
        rules(to(Account="123456789012", AccessControlTranslation={"Owner": "Source"})),
    ),
    "storage-invalid": ("MalformedXML", rules(to(StorageClass="NO_SUCH_CLASS"))),
    "storage-express": ("MalformedXML", rules(to(StorageClass="EXPRESS_ONEZONE"))),
    "priority-overflow": ("MalformedXML", rules(V2 | {"Priority": 2**31})),
    "too-many-rules": ("MalformedXML", rules(*(V2 | {"ID": str(n), "Priority": n} for n in range(1001)))),
    "empty-role": ("InvalidArgument", rules(V2, role="")),
    "malformed-role": ("InvalidArgument", rules(V2, role="not-an-arn")),
    "user-arn": ("InvalidArgument", rules(V2, role="arn:aws:iam::123456789012:user/absent")),
    "id-too-long": ("InvalidArgument", rules(V2 | {"ID": "x" * 256})),
    "duplicate-ids": ("InvalidArgument", rules(V2, V2 | {"Priority": 2})),
    "bare-destination-name": ("InvalidArgument", rules(to(Bucket="copies"))),
    "destination-object-arn": ("InvalidArgument", rules(to(Bucket="arn:aws:s3:::copies/object"))),
    "metrics-enabled-15": ("InvalidArgument", rules(to(Metrics=ON | {"EventThreshold": QUARTER}))),
    "metrics-enabled-14": ("InvalidArgument", rules(to(Metrics=ON | {"EventThreshold": {"Minutes": 14}}))),
    "rtc-enabled-metrics-disabled": (
        "InvalidArgument",
        rules(to(Metrics=OFF, ReplicationTime=ON | {"Time": QUARTER})),
    ),
    "rtc-without-metrics-on": (
        "InvalidArgument",
        rules(to(Metrics=OFF | {"EventThreshold": QUARTER}, ReplicationTime=ON | {"Time": QUARTER})),
    ),
    "rtc-invalid-minutes": (
        "InvalidArgument",
        rules(to(Metrics=ON | {"EventThreshold": QUARTER}, ReplicationTime=ON | {"Time": {"Minutes": 14}})),
    ),
    "kms-opt-in-invalid-key": (
        "InvalidArgument",
        rules(
            to(EncryptionConfiguration={"ReplicaKmsKeyID": "not-a-key"})
            | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
        ),
    ),
    "filter-and-duplicate-tag-keys": (
        "InvalidRequest",
        rules(V2 | {"Filter": {"And": {"Tags": [TAGGED, TAGGED | {"Value": "2"}]}}}),
    ),
    "priority-negative": ("InvalidRequest", rules(V2 | {"Priority": -1})),
    "delete-marker-enabled-tag": (
        "InvalidRequest",
        rules(V2 | {"Filter": {"Tag": TAGGED}, "DeleteMarkerReplication": ON}),
    ),
    "delete-marker-enabled-not-tag": (
        "InvalidRequest",
        rules(V2 | {"Filter": {"Not": {"Tag": TAGGED}}, "DeleteMarkerReplication": ON}),
    ),
    "delete-marker-enabled-and-not-or-tags": (
        "InvalidRequest",
        rules(
            V2
            | {
                "Filter": {"And": {"Prefix": "x/", "Not": {"Or": {"Tags": [TAGGED]}}}},
                "DeleteMarkerReplication": ON,
            }
        ),
    ),
    "kms-related-key-without-opt-in": (
        "InvalidRequest",
        rules(to(EncryptionConfiguration={"UseSourceMultiRegionKey": ON})),
    ),
    "kms-opt-in-no-related-key": (
        "InvalidRequest",
        rules(
            to(EncryptionConfiguration={"UseSourceMultiRegionKey": OFF})
            | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
        ),
    ),
    "kms-opt-in-no-key": ("InvalidRequest", rules(V2 | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}})),
    "kms-opt-out": ("InvalidRequest", rules(V2 | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": OFF}})),
    "kms-key-without-opt-in": ("InvalidRequest", rules(to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY}))),
    "duplicate-priorities": ("InvalidRequest", rules(V2, V2 | {"ID": "second"})),
    "mixed-legacy-v2": ("InvalidRequest", rules(V1, V2)),
    "source-is-destination": ("InvalidRequest", rules(to(Bucket="arn:aws:s3:::source"))),
    "missing-destination": ("InvalidRequest", rules(to(Bucket="arn:aws:s3:::missing"))),
    "ownership-override-no-account": ("InvalidRequest", rules(to(AccessControlTranslation={"Owner": "Destination"}))),
    "rtc-enabled-no-metrics": ("InvalidRequest", rules(to(ReplicationTime=ON | {"Time": QUARTER}))),
    "rtc-disabled-no-metrics": ("InvalidRequest", rules(to(ReplicationTime=OFF | {"Time": QUARTER}))),
    "foreign-role-arn": ("AccessDenied", rules(V2, role="arn:aws:iam::111122223333:role/absent")),
}
TEXTS = {
    "source-selection-empty": (V2 | {"SourceSelectionCriteria": {}}, "SourceSelectionCriteria cannot be empty"),
    "legacy-with-priority": (V1 | {"Priority": 1}, f"Priority cannot be used {OF_SCHEMA}"),
    "legacy-with-delete-marker": (
        V1 | {"DeleteMarkerReplication": OFF},
        f"DeleteMarkerReplication cannot be used {OF_SCHEMA}",
    ),
    "v2-missing-Priority": (without("Priority"), f"Priority must be specified {OF_SCHEMA}"),
    "v2-missing-DeleteMarkerReplication": (
        without("DeleteMarkerReplication"),
        f"DeleteMarkerReplication must be specified {OF_SCHEMA}",
    ),
}


class TestDocument:
    """A configuration has a role and rules, of the first version of the schema or of the second."""

    @pytest.mark.parametrize("name", TAKEN)
    def test_is_kept_as_it_was_put(self, s3_client: Any, source: str, name: str) -> None:
        s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=TAKEN[name])
        assert TAKEN[name] == s3_client.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]

    @pytest.mark.parametrize("name", REFUSED)
    def test_is_refused(self, s3: FakeS3, s3_client: Any, source: str, name: str) -> None:
        code, document = REFUSED[name]
        before = s3.service.world
        with pytest.raises(s3_client.exceptions.ClientError, match=f"\\({code}\\)"):
            s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=document)
        assert before is s3.service.world

    @pytest.mark.parametrize("name", TEXTS)
    def test_is_refused_with_a_text(self, s3_client: Any, source: str, refused: Refused, name: str) -> None:
        document, text = TEXTS[name]
        with refused("InvalidRequest", 400, text):
            s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=rules(document))

    # observed: crossplane-contrib/provider-aws#1117
    def test_a_threshold_needs_time_control(self, s3_client: Any, source: str, refused: Refused) -> None:
        text = "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"
        with refused("InvalidArgument", 400, text, ArgumentName="EventThreshold"):
            document = rules(to(Metrics=ON | {"EventThreshold": QUARTER}))
            s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=document)

    @pytest.mark.parametrize("rule", [V2 | {"ID": ""}, without("ID")], ids=["empty", "missing"])
    def test_a_rule_without_an_id_gets_one(self, s3_client: Any, source: str, rule: dict[str, Any]) -> None:
        s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=rules(rule))
        (kept,) = s3_client.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"]
        assert kept["ID"]
        assert V2 | {"ID": kept["ID"]} == kept

    # observed: aws-cloudformation/cloudformation-coverage-roadmap#730
    def test_the_first_version_has_one_destination(self, s3_client: Any, source: str, refused: Refused) -> None:
        other = V1 | {"ID": "b", "Prefix": "b/", "Destination": {"Bucket": "arn:aws:s3:::more"}}
        with refused("InvalidRequest", 400, "Number of distinct destination bucket ARNs cannot exceed 1"):
            s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=rules(V1, other))

    @pytest.mark.parametrize("extra", ["<Unknown/>", f"<Role>{ROLE}</Role>", "<Rule/>"])
    def test_its_schema(self, source: str, ask: Ask, extra: str) -> None:
        rule = "<Rule><Prefix/><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::copies</Bucket></Destination>"
        document = f"<ReplicationConfiguration><Role>{ROLE}</Role>{rule}</Rule>{extra}</ReplicationConfiguration>"
        digest = b64encode(md5(document.encode()).digest()).decode()
        answer = ask("PUT", f"/{source}?replication", {"content-md5": digest}, document.encode())
        assert (400, "MalformedXML") == (answer.status, answer.code)

    def test_its_bytes_are_verified(self, source: str, ask: Ask) -> None:
        answer = ask("PUT", f"/{source}?replication", body=b"<ReplicationConfiguration/>")
        text = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        assert (400, "InvalidRequest", text) == answer.refusal[:3]


class TestVersioning:
    """Both buckets keep versions, the source for as long as it is replicated."""

    @pytest.mark.parametrize("state", [False, "Suspended"])
    def test_the_source(self, s3: FakeS3, s3_client: Any, source: str, refused: Refused, state: Any) -> None:
        s3.create_bucket("other", versioning=state)
        text = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        with refused("InvalidRequest", 400, text):
            s3_client.put_bucket_replication(Bucket="other", ReplicationConfiguration=rules(V2))

    @pytest.mark.parametrize("state", [False, "Suspended"])
    def test_the_destination(self, s3: FakeS3, s3_client: Any, source: str, refused: Refused, state: Any) -> None:
        s3.create_bucket("other", versioning=state)
        with refused("InvalidRequest", 400, "Destination bucket must have versioning enabled."):
            document = rules(to(Bucket="arn:aws:s3:::other"))
            s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=document)

    def test_of_a_source_it_stays(self, s3_client: Any, source: str, refused: Refused) -> None:
        off = {"Status": "Suspended"}
        s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=rules(V2))
        text = "A replication configuration is present on this bucket, so the versioning state cannot be changed."
        with refused("InvalidBucketState", 409, text):
            s3_client.put_bucket_versioning(Bucket=source, VersioningConfiguration=off)
        s3_client.put_bucket_versioning(Bucket="copies", VersioningConfiguration=off)
        s3_client.delete_bucket_replication(Bucket=source)
        s3_client.put_bucket_versioning(Bucket=source, VersioningConfiguration=off)

    def test_with_object_lock_too(self, s3: FakeS3, s3_client: Any, source: str) -> None:
        s3.create_bucket("locked", object_lock=True)
        s3_client.put_bucket_replication(Bucket="locked", ReplicationConfiguration=rules(V2))
        document = rules(to(Bucket="arn:aws:s3:::locked"))
        s3_client.put_bucket_replication(Bucket=source, ReplicationConfiguration=document)


def test_to_delete_one_that_nobody_made_succeeds(s3_client: Any, source: str, refused: Refused) -> None:
    for _ in range(2):
        answer = s3_client.delete_bucket_replication(Bucket=source)
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
    with refused("ReplicationConfigurationNotFoundError", 404, BucketName=source):
        s3_client.get_bucket_replication(Bucket=source)


class TestWhoMay:
    """To put one, a caller hands a role of its own account to S3."""

    def test_only_with_the_right_to_pass_the_role(self, s3: FakeS3, source: str) -> None:
        right = allow("s3:PutReplicationConfiguration", f"arn:aws:s3:::{source}")
        user = s3.user("alice", policy=policy(right))
        client = user.client()
        put = {"Bucket": source, "ReplicationConfiguration": rules(V2)}
        with pytest.raises(client.exceptions.ClientError, match=f"iam:PassRole on resource: .{ROLE}"):
            client.put_bucket_replication(**put)
        client.delete_bucket_replication(Bucket=source)
        user.policy = policy(right, allow("iam:PassRole", ROLE))
        client.put_bucket_replication(**put)
        needed = s3.least_privilege(user)["Statement"]
        assert {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": [ROLE]} in needed

    def test_another_account_cannot_pass_it(self, s3: FakeS3, s3_client: Any, source: str) -> None:
        other = s3.account("111122223333")
        granted = allow("s3:*", f"arn:aws:s3:::{source}", Principal={"AWS": other.id})
        s3_client.put_bucket_policy(Bucket=source, Policy=json.dumps(policy(granted)))
        client = other.client()
        with pytest.raises(client.exceptions.ClientError, match=r"\(AccessDenied\)"):
            client.put_bucket_replication(Bucket=source, ReplicationConfiguration=rules(V2))
