"""Server access logging: who may be the target, when lines arrive there, and who has to allow it.

What lines say is in `test_access_log_lines.py`.

S3: userguide/ServerLogs.html, userguide/enable-server-access-logging.html
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.acl import LOG_DELIVERY
from fakes3.model.identity import canonical_id

from ..ask import Ask
from .access_logs import Configure, Read, allow, begin, configure_by, operations, read_from
from .conftest import Refused


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    """A fake with a bucket to be logged and one that its log may go into."""
    return begin(s3)


@pytest.fixture
def configure(s3_client: Any) -> Configure:
    """Logs "source" into "target", under "logs/"."""
    return configure_by(s3_client)


@pytest.fixture
def read(s3: FakeS3) -> Read:
    """Returns the fields of all lines that were delivered, after an hour."""
    return read_from(s3)


class TestConfiguration:
    """Logging is enabled with a target, and an empty document disables it."""

    # observed: radkawar/stackd, testdata/aws/s3/logging_control_replay.json
    @pytest.mark.parametrize(
        "stated",
        [
            {},
            {"TargetObjectKeyFormat": {"SimplePrefix": {}}},
            {"TargetObjectKeyFormat": {"PartitionedPrefix": {}}},
            {"TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}},
            {"TargetPrefix": ""},
            {"TargetBucket": "source"},
        ],
        ids=str,
    )
    def test_it_reads_back_as_it_was_put(self, s3_client: Any, configure: Configure, stated: dict[str, Any]) -> None:
        configure(**stated)
        expected = {"TargetBucket": "target", "TargetPrefix": "logs/"} | stated
        assert expected == s3_client.get_bucket_logging(Bucket="source")["LoggingEnabled"]

    def test_an_empty_document_disables_it(self, s3_client: Any, configure: Configure, read: Read) -> None:
        configure()
        s3_client.put_bucket_logging(Bucket="source", BucketLoggingStatus={})
        assert "LoggingEnabled" not in s3_client.get_bucket_logging(Bucket="source")
        assert ["REST.PUT.LOGGING_STATUS"] == [fields[6] for fields in read()]

    # observed: the same file, "target without delivery permission admission" and "confirmed requester target admission"
    def test_a_target_that_will_refuse_the_log_is_accepted(
        self, s3: FakeS3, s3_client: Any, configure: Configure
    ) -> None:
        s3.create_bucket("locked", object_lock=True)
        configure(TargetBucket="locked")
        s3_client.delete_bucket_policy(Bucket="target")
        s3_client.put_bucket_request_payment(Bucket="target", RequestPaymentConfiguration={"Payer": "Requester"})
        configure()

    def test_a_target_that_does_not_exist(self, configure: Configure, refused: Refused) -> None:
        text = "The target bucket for logging does not exist"
        with refused("InvalidTargetBucketForLogging", 400, text, TargetBucket="nowhere"):
            configure(TargetBucket="nowhere")

    # observed: radkawar/stackd, testdata/aws/s3/logging_raw_replay.json ("target wrong owner")
    def test_a_target_of_another_account(self, configure: Configure, refused: Refused, stranger: Any) -> None:
        stranger.create_bucket(Bucket="theirs")
        text = "The owner for the bucket to be logged and the target bucket must be the same."
        with refused("InvalidTargetBucketForLogging", 400, text, TargetBucket="theirs"):
            configure(TargetBucket="theirs")

    # recorded: TestS3BucketLogging::test_put_bucket_logging_cross_locations
    def test_a_target_in_another_region(self, s3: FakeS3, configure: Configure, refused: Refused) -> None:
        s3.create_bucket("west", region="us-west-2")
        s3.create_bucket("central", region="eu-central-1")
        text = "Cross S3 location logging not allowed. "
        with refused("CrossLocationLoggingProhibitted", 403, text, TargetBucketLocation="us-west-2"):
            configure(TargetBucket="west")
        west = s3.client(region_name="us-west-2")
        stated = {"LoggingEnabled": {"TargetBucket": "central", "TargetPrefix": ""}}
        with refused(
            "CrossLocationLoggingProhibitted",
            403,
            text,
            SourceBucketLocation="us-west-2",
            TargetBucketLocation="eu-central-1",
        ):
            west.put_bucket_logging(Bucket="west", BucketLoggingStatus=stated)

    # observed: radkawar/stackd, testdata/aws/s3/logging_raw_replay.json ("missing target", "both formats", ...)
    @pytest.mark.parametrize(
        "inside",
        [
            "<TargetPrefix>x</TargetPrefix>",
            "<TargetBucket>target</TargetBucket>",
            "<TargetBucket>target</TargetBucket><TargetPrefix>x</TargetPrefix><TargetObjectKeyFormat><SimplePrefix/>"
            "<PartitionedPrefix/></TargetObjectKeyFormat>",
            "<TargetBucket>target</TargetBucket><TargetPrefix>x</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix>"
            "<PartitionDateSource>Never</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>",
            "<TargetBucket>target</TargetBucket><TargetPrefix>x</TargetPrefix><TargetGrants><Grant>"
            "<Permission>READ</Permission></Grant></TargetGrants>",
        ],
        ids=["no target", "no prefix", "both formats", "unknown dates", "no grantee"],
    )
    def test_malformed(self, ask: Ask, inside: str) -> None:
        document = f"<BucketLoggingStatus><LoggingEnabled>{inside}</LoggingEnabled></BucketLoggingStatus>"
        assert (400, "MalformedXML") == (answer := ask("PUT", "/source?logging", body=document.encode())).refusal[:2], (
            answer
        )

    def test_rights(self, s3: FakeS3) -> None:
        policy = {"Statement": {"Effect": "Allow", "Action": "s3:GetBucketLogging", "Resource": "*"}}
        auditor = s3.user("auditor", policy=policy).client()
        auditor.get_bucket_logging(Bucket="source")
        with pytest.raises(auditor.exceptions.ClientError, match="AccessDenied"):
            auditor.put_bucket_logging(Bucket="source", BucketLoggingStatus={})


class TestTargetGrants:
    """Where the target's ACLs apply, target grants let others read the log."""

    # observed: radkawar/stackd, testdata/aws/s3/logging_control_replay.json ("BOE target grants", "BOE empty ...")
    def test_a_bucket_with_enforced_ownership_takes_none(
        self, s3: FakeS3, s3_client: Any, configure: Configure, refused: Refused
    ) -> None:
        grantee = {"Type": "CanonicalUser", "ID": canonical_id(s3.account_id)}
        with refused(
            "AccessControlListNotSupported", 400, "Target grants not allowed for bucket owner enforced buckets"
        ):
            configure(TargetGrants=[{"Grantee": grantee, "Permission": "READ"}])
        configure(TargetGrants=[])
        assert [] == s3_client.get_bucket_logging(Bucket="source")["LoggingEnabled"]["TargetGrants"]

    def test_they_are_granted_on_each_log_object(
        self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read
    ) -> None:
        s3.create_bucket("old", ownership="ObjectWriter")
        allow(s3, "old")
        other = canonical_id("210987654321")
        configure(
            TargetBucket="old",
            TargetGrants=[{"Grantee": {"Type": "CanonicalUser", "ID": other}, "Permission": "READ"}],
        )
        assert [] != read("old")
        (key,) = s3["old"]
        acl = s3_client.get_object_acl(Bucket="old", Key=key)
        delivery, owner = canonical_id("logging.s3.amazonaws.com"), canonical_id(s3.account_id)
        assert delivery == acl["Owner"]["ID"]
        assert [(delivery, "FULL_CONTROL"), (owner, "FULL_CONTROL"), (other, "READ")] == [
            (each["Grantee"]["ID"], each["Permission"]) for each in acl["Grants"]
        ]


class TestDelivery:
    """Lines are collected and delivered in objects, one for each bucket that is logged."""

    def test_at_the_next_full_hour(self, s3: FakeS3, s3_client: Any, configure: Configure) -> None:
        configure()
        s3.clock.advance(minutes=39)
        assert [] == list(s3["target"])
        s3.clock.advance(minutes=1)
        (key,) = s3["target"]
        assert re.fullmatch("logs/2026-03-01-11-00-00-[0-9A-F]{16}", key)
        assert "2026-03-01T11:00:00+00:00" == s3["target"][key].last_modified.isoformat()

    def test_each_source_has_objects_of_its_own(self, s3: FakeS3, s3_client: Any, configure: Configure) -> None:
        s3.create_bucket("second")
        allow(s3, "target", Condition={})
        configure("source")
        configure("second")
        s3.clock.advance(hours=1)
        assert [1, 1] == [len(s3["target"][key].text.splitlines()) for key in s3["target"]]

    def test_by_the_day_of_the_event(self, s3: FakeS3, s3_client: Any, configure: Configure) -> None:
        s3.clock.freeze("2026-03-01T23:59:00Z")
        configure(TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "EventTime"}})
        s3.clock.advance(hours=1)
        (key,) = s3["target"]
        assert key.startswith(f"logs/{s3.account_id}/us-east-1/source/2026/03/01/2026-03-01-00-00-00-")

    def test_forks_and_snapshots_carry_what_waits(self, s3: FakeS3, configure: Configure) -> None:
        configure()
        snapshot, fork = s3.snapshot(), s3.fork()
        fork.clock.advance(hours=1)
        assert (0, 1) == (len(s3["target"]), len(fork["target"]))
        s3.clock.advance(hours=2)
        assert 1 == len(s3["target"])
        s3.restore(snapshot)
        assert 1 == len(s3["target"])

    def test_a_line_goes_where_the_log_went_when_the_request_was_made(self, s3: FakeS3, configure: Configure) -> None:
        s3.create_bucket("later")
        configure()
        configure(TargetBucket="later")
        s3.clock.advance(hours=1)
        assert (1, 0) == (len(s3["target"]), len(s3["later"]))

    # S3: userguide/ServerLogs.html, "additional logs are created for the logs that are written to the bucket"
    def test_a_bucket_that_logs_into_itself(self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read) -> None:
        allow(s3, "source")
        configure(TargetBucket="source")
        s3.clock.advance(days=365)
        assert 1 == len(s3["source"])
        (key,) = s3["source"]
        s3_client.head_bucket(Bucket="source")
        lines = read("source")
        assert [("REST.PUT.OBJECT", key), ("REST.HEAD.BUCKET", "-")] == operations(lines)
        assert ("svc:logging.s3.amazonaws.com", "200") == (lines[1][4], lines[1][9])

    def test_it_is_an_event_as_other_puts(self, s3: FakeS3, configure: Configure) -> None:
        told: list[str] = []
        s3.on_event("target", "s3:ObjectCreated:*", lambda event: told.append(event["Records"][0]["eventName"]))
        configure()
        s3.clock.advance(hours=1)
        s3.service.present()
        assert ["ObjectCreated:Put"] == told


class TestPermission:
    """S3 delivers with the rights of logging.s3.amazonaws.com. Where it has none, the lines are lost."""

    @pytest.mark.parametrize(
        "more",
        [
            {"Effect": "Deny"},
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::unrelated"}}},
            {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
            {"Principal": {"Service": "s3.amazonaws.com"}},
            {"Resource": "arn:aws:s3:::target/elsewhere/*"},
        ],
        ids=str,
    )
    def test_a_policy_that_does_not_allow_it(
        self, s3: FakeS3, configure: Configure, read: Read, caplog: pytest.LogCaptureFixture, more: dict[str, Any]
    ) -> None:
        allow(s3, "target", **more)
        configure()
        assert [] == read()
        assert (
            "1 line(s) of the access log of source are lost: logging.s3.amazonaws.com may not s3:PutObject"
            in caplog.text
        )
        allow(s3, "target")
        assert [] == read(), "they are not kept for later"

    def test_a_target_that_is_gone(
        self, s3_client: Any, s3: FakeS3, configure: Configure, caplog: pytest.LogCaptureFixture
    ) -> None:
        configure()
        s3_client.delete_bucket(Bucket="target")
        s3.clock.advance(hours=1)
        s3_client.head_bucket(Bucket="source")
        expected = "1 line(s) of the access log of source are lost: the bucket target is gone. Create it, or log into"
        assert caplog.messages[0].startswith(expected)

    # S3: userguide/enable-server-access-logging.html, "Grant permissions to the log delivery group"
    @pytest.mark.parametrize(
        ("grants", "delivered"),
        [
            ({"ACL": "log-delivery-write"}, 1),
            ({"GrantFullControl": f"uri={LOG_DELIVERY}"}, 1),
            ({"GrantWrite": f"uri={LOG_DELIVERY}"}, 0),
            ({"GrantReadACP": f"uri={LOG_DELIVERY}"}, 0),
            ({"GrantWrite": "uri=http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}, 0),
        ],
        ids=str,
    )
    def test_an_acl(
        self, s3: FakeS3, s3_client: Any, configure: Configure, grants: dict[str, str], delivered: int
    ) -> None:
        s3.create_bucket("old", bucket_defaults="2022")
        s3_client.put_bucket_acl(Bucket="old", **grants)
        configure(TargetBucket="old")
        s3.clock.advance(hours=1)
        assert delivered == len(s3["old"])

    def test_a_deny_of_the_policy_goes_before_an_acl(self, s3: FakeS3, s3_client: Any, configure: Configure) -> None:
        s3.create_bucket("old", bucket_defaults="2022")
        s3_client.put_bucket_acl(Bucket="old", ACL="log-delivery-write")
        allow(s3, "old", Effect="Deny", Condition={})
        configure(TargetBucket="old")
        s3.clock.advance(hours=1)
        assert [] == list(s3["old"])
