"""Access logs: what a line says, and the keys of the objects in which lines arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.access_log import (
    Line,
    Logging,
    Record,
    encode_key,
    find_obstacle,
    format_record,
    log_key,
    logging_of,
    logs_redirects,
    next_delivery,
    requester_of,
)
from fakes3.model.bucket import Bucket
from fakes3.model.configurations import ENCRYPTION, LOCK, PAYMENT
from fakes3.model.encryption import encryption_rule
from fakes3.model.identity import ANONYMOUS, Principal, canonical_id

NOW = datetime(2019, 2, 6, 0, 0, 38, tzinfo=UTC)
OWNER = "123456789012"
BUCKET = Bucket("source", OWNER, "eu-west-1", NOW)
TARGET = Bucket("target", OWNER, "eu-west-1", NOW)
ID = canonical_id(OWNER)
BY_KMS = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}


def line(at: datetime = NOW, **logging: Any) -> Line:
    return Line(at, "", "source", OWNER, "eu-west-1", Logging("target", "logs/", **logging))


class TestFields:
    """Fields are delimited by spaces, and `-` stands for what is unknown. S3: userguide/LogFormat.html"""

    def test_of_a_request(self) -> None:
        record = Record(
            at=NOW,
            operation="REST.GET.OBJECT",
            requester=ID,
            request_id="3E57427F3EXAMPLE",
            key="photos/puppy.jpg",
            client="192.0.2.3",
            uri="GET /source/photos/puppy.jpg HTTP/1.1",
            status=206,
            sent=113,
            size=4_406_583,
            duration=timedelta(microseconds=6_001),
            referer="-",
            user_agent="S3Console/0.4",
            version_id="3HL4kqtJvjVBH40Nrjfkd",
            host_id="s9lzHYrFp76ZVxRcpX9=",
            signature="SigV4",
            is_encrypted=True,
            authentication="AuthHeader",
            host="source.s3.eu-west-1.amazonaws.com",
            needs_acl=True,
        )
        assert (
            f"{ID} source [06/Feb/2019:00:00:38 +0000] 192.0.2.3 {ID} 3E57427F3EXAMPLE REST.GET.OBJECT "
            'photos/puppy.jpg "GET /source/photos/puppy.jpg HTTP/1.1" 206 - 113 4406583 7 7 "-" "S3Console/0.4" '
            "3HL4kqtJvjVBH40Nrjfkd s9lzHYrFp76ZVxRcpX9= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader "
            "source.s3.eu-west-1.amazonaws.com TLSv1.3 - Yes -"
        ) == format_record(record, BUCKET)

    # observed: noobaa/noobaa-core, the test of its replication_log_parser
    def test_of_what_is_no_request_of_its_own(self) -> None:
        record = Record(NOW, "BATCH.DELETE.OBJECT", None, "D630F8F6B949DA00", "fork/", status=204)
        expected = f"{ID} source [06/Feb/2019:00:00:38 +0000] - - D630F8F6B949DA00 BATCH.DELETE.OBJECT fork/ - 204"
        assert expected + " -" * 17 == format_record(record, BUCKET)

    @pytest.mark.parametrize(
        ("duration", "shown"), [(timedelta(), "1"), (timedelta(milliseconds=70), "70"), (timedelta(seconds=2), "2000")]
    )
    def test_times_are_whole_milliseconds(self, duration: timedelta, shown: str) -> None:
        assert shown == format_record(Record(NOW, "O", None, "R", duration=duration), BUCKET).split(" ")[14]

    # observed: Yelp's engineering blog, "S3 server access logs at scale" (2025)
    def test_keys_are_encoded_twice_but_once_in_batches_and_lifecycle(self) -> None:
        assert "foo-%2525Y" == encode_key("foo-%Y", "REST.GET.OBJECT") == encode_key("foo-%Y", "WEBSITE.GET.OBJECT")
        assert "foo-%25Y" == encode_key("foo-%Y", "BATCH.DELETE.OBJECT") == encode_key("foo-%Y", "S3.EXPIRE.OBJECT")

    @given(st.text(min_size=1))
    def test_no_key_ends_a_field_or_a_line(self, key: str) -> None:
        assert encode_key(key, "S3.EXPIRE.OBJECT").isascii()
        assert not set(encode_key(key, "REST.GET.OBJECT")) & set(' \n\r"')

    def test_no_header_ends_a_line(self) -> None:
        record = Record(NOW, "O", None, "R", referer="a\nb", user_agent="a\r\nb")
        assert '"a b" "a  b"' in format_record(record, BUCKET)

    def test_no_version_id_or_host_ends_a_field(self) -> None:
        record = Record(NOW, "O", None, "R", version_id="a b", host="[::1]:9000 x")
        fields = format_record(record, BUCKET).split(" ")
        assert (["a%20b", "[::1]:9000%20x"], 28) == ([fields[18], fields[23]], len(fields))
        assert format_record(record._replace(version_id="", host=""), BUCKET).endswith(" -" * 17)

    def test_requesters(self) -> None:
        assert None is requester_of(ANONYMOUS)
        assert ID == requester_of(Principal(OWNER))
        assert f"arn:aws:iam::{OWNER}:user/alice" == requester_of(Principal(OWNER, user="alice"))
        session = Principal(OWNER, role="app", session="one")
        assert f"arn:aws:sts::{OWNER}:assumed-role/app/one" == requester_of(session)
        assert "svc:logging.s3.amazonaws.com" == requester_of(Principal.of_service("logging.s3.amazonaws.com"))


class TestKeys:
    """S3: userguide/ServerLogs.html, "Log object key format"; API/API_PartitionedPrefix.html"""

    @pytest.mark.parametrize(
        ("logging", "key"),
        [
            ({}, "logs/2019-02-06-01-00-00-UNIQUE"),
            (
                {"dates": "DeliveryTime"},
                f"logs/{OWNER}/eu-west-1/source/2019/02/06/2019-02-06-01-00-00-UNIQUE",
            ),
            ({"dates": "EventTime"}, f"logs/{OWNER}/eu-west-1/source/2019/02/05/2019-02-05-00-00-00-UNIQUE"),
        ],
        ids=str,
    )
    def test_formats(self, logging: dict[str, Any], key: str) -> None:
        now = NOW.replace(hour=1, second=0)
        assert key == log_key(line(NOW - timedelta(hours=1), **logging), now=now, unique="UNIQUE")

    @pytest.mark.parametrize(
        ("stated", "dates"),
        [
            ({}, None),
            ({"SimplePrefix": {}}, None),
            ({"PartitionedPrefix": {}}, "EventTime"),
            ({"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}}, "DeliveryTime"),
        ],
        ids=str,
    )
    def test_a_partitioned_prefix_is_dated_by_events_unless_it_says_otherwise(
        self, stated: dict[str, Any], dates: str | None
    ) -> None:
        whole = {"TargetBucket": "target", "TargetPrefix": "", "TargetObjectKeyFormat": stated}
        assert Logging("target", "", dates) == logging_of({"LoggingEnabled": whole})
        assert None is logging_of({})

    def test_lines_are_delivered_at_the_next_full_hour(self) -> None:
        assert NOW.replace(hour=1, second=0) == next_delivery(NOW) == next_delivery(NOW.replace(second=0))


class TestObstacles:
    """S3: userguide/troubleshooting-server-access-logging.html, "Troubleshooting delivery failures" """

    @pytest.mark.parametrize(
        ("target", "what"),
        [
            (None, "is gone. Create it, or log into another one."),
            (TARGET._replace(owner="210987654321"), "has another owner, or is in another region."),
            (TARGET._replace(region="eu-west-2"), "has another owner, or is in another region."),
            (TARGET.configure(LOCK, {"ObjectLockEnabled": "Enabled"}), "has Object Lock. Log into one that has none."),
            (
                TARGET.configure(ENCRYPTION, encryption_rule(blocks_sse_c=False, rule=BY_KMS)),
                "is encrypted with KMS by default. Encrypt it with SSE-S3.",
            ),
            (TARGET.configure(PAYMENT, {"Payer": "Requester"}), "the requester pays. Let its owner pay."),
        ],
        ids=lambda each: each if isinstance(each, str) else "",
    )
    def test_they_name_the_remedy(self, target: Bucket | None, what: str) -> None:
        found = find_obstacle(line(), target)
        assert found is not None
        assert what in found

    def test_none(self) -> None:
        assert None is find_obstacle(line(), TARGET)


def test_redirects_are_logged_in_regions_from_before_2019() -> None:
    """S3: userguide/ServerLogs.html, the first note"""
    assert [True, False] == [logs_redirects(each) for each in ("eu-west-1", "me-south-1")]
