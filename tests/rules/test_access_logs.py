"""Server access logging: who may be the target, what is logged, and where it arrives.

S3: userguide/ServerLogs.html, userguide/enable-server-access-logging.html, userguide/LogFormat.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.request import Request

import pytest
from botocore import UNSIGNED
from botocore.client import Config

from fakes3 import FakeS3
from fakes3.model.acl import LOG_DELIVERY
from fakes3.model.identity import canonical_id

from ..ask import Ask
from .conftest import Refused

FIELD = re.compile(r'\[.*?\]|"[^"]*"|\S+')
"""A field of a line, as parsers of Amazon's examples have it."""

SERVICE = {"Service": "logging.s3.amazonaws.com"}

Configure: TypeAlias = Callable[..., None]
Read: TypeAlias = Callable[..., list[list[str]]]


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    """A fake in which it is twenty past ten, with a bucket that is logged and one that its log may go into."""
    s3.clock.freeze("2026-03-01T10:20:30Z")
    s3.create_bucket("source")
    s3.create_bucket("target")
    allow(s3, "target")
    return s3


def allow(s3: FakeS3, bucket: str, **more: Any) -> None:
    """Allow log delivery to write into a bucket, as Amazon's example does."""
    condition = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"},
        "StringEquals": {"aws:SourceAccount": s3.account_id},
    }
    statement = {
        "Effect": "Allow",
        "Principal": SERVICE,
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": condition,
    }
    s3.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": statement | more}))


@pytest.fixture
def configure(s3_client: Any) -> Configure:
    """Logs "source" into "target", under "logs/": `configure(TargetPrefix="x/")`."""

    def put(bucket: str = "source", **more: Any) -> None:
        stated = {"TargetBucket": "target", "TargetPrefix": "logs/"} | more
        s3_client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": stated})

    return put


@pytest.fixture
def read(s3: FakeS3) -> Read:
    """Returns the fields of all lines that were delivered, after an hour: `read("target")`."""

    def lines(bucket: str = "target", prefix: str = "logs/") -> list[list[str]]:
        s3.clock.advance(hours=1)
        texts = [s3[bucket][key].text for key in s3[bucket] if key.startswith(prefix)]
        return [FIELD.findall(line) for text in texts for line in text.splitlines()]

    return lines


def operations(lines: list[list[str]]) -> list[tuple[str, str]]:
    """What was done to which key, without what configured the log."""
    return [(fields[6], fields[7]) for fields in lines if fields[6] != "REST.PUT.LOGGING_STATUS"]


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


class TestWhatIsLogged:
    """Each request to a bucket with logging is one line."""

    def test_objects(self, s3_client: Any, configure: Configure, read: Read) -> None:
        configure()
        s3_client.put_object(Bucket="source", Key="a b", Body=b"hello")
        s3_client.get_object(Bucket="source", Key="a b", Range="bytes=0-1")
        s3_client.head_object(Bucket="source", Key="a b")
        s3_client.delete_object(Bucket="source", Key="a b")
        with pytest.raises(s3_client.exceptions.NoSuchKey):
            s3_client.get_object(Bucket="source", Key="a b")
        found = [(fields[6], fields[7], *fields[9:13]) for fields in read() if fields[6] != "REST.PUT.LOGGING_STATUS"]
        assert [
            ("REST.PUT.OBJECT", "a%2520b", "200", "-", "-", "5"),
            ("REST.GET.OBJECT", "a%2520b", "206", "-", "2", "5"),
            ("REST.HEAD.OBJECT", "a%2520b", "200", "-", "-", "5"),
            ("REST.DELETE.OBJECT", "a%2520b", "204", "-", "-", "5"),
        ] == found[:4]
        assert ("REST.GET.OBJECT", "a%2520b", "404", "NoSuchKey") == found[4][:4]

    def test_versions_are_those_that_requests_name(
        self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read
    ) -> None:
        s3_client.put_object(Bucket="source", Key="k", Body=b"old")
        s3_client.put_bucket_versioning(Bucket="source", VersioningConfiguration={"Status": "Enabled"})
        new = s3_client.put_object(Bucket="source", Key="k", Body=b"newer")["VersionId"]
        configure()
        for version_id in (new, "null"):
            s3_client.get_object(Bucket="source", Key="k", VersionId=version_id)
        marker = s3_client.delete_object(Bucket="source", Key="k")["VersionId"]
        s3_client.delete_object(Bucket="source", Key="k", VersionId=marker)
        s3_client.delete_object(Bucket="source", Key="k", VersionId=new)
        assert [(new, "5"), ("null", "3"), ("-", "5"), (marker, "-"), (new, "5")] == [
            (fields[17], fields[12]) for fields in read() if fields[6].endswith("OBJECT")
        ]

    @pytest.mark.parametrize(
        ("call", "members", "name"),
        [
            ("list_objects_v2", {}, "REST.GET.BUCKET"),
            ("list_object_versions", {}, "REST.GET.BUCKETVERSIONS"),
            ("head_bucket", {}, "REST.HEAD.BUCKET"),
            ("get_bucket_versioning", {}, "REST.GET.VERSIONING"),
            ("get_bucket_policy_status", {}, "REST.GET.POLICY_STATUS"),
            ("get_bucket_policy", {}, "REST.GET.BUCKETPOLICY"),
            ("get_bucket_logging", {}, "REST.GET.LOGGING_STATUS"),
            ("get_public_access_block", {}, "REST.GET.PUBLIC_ACCESS_BLOCK"),
            ("list_bucket_intelligent_tiering_configurations", {}, "REST.GET.INTELLIGENT_TIERING"),
            ("get_object_lock_configuration", {}, "REST.GET.OBJECT_LOCK_CONFIGURATION"),
            ("list_multipart_uploads", {}, "REST.GET.UPLOADS"),
            ("get_object_tagging", {"Key": "k"}, "REST.GET.OBJECT_TAGGING"),
            ("get_object_attributes", {"Key": "k", "ObjectAttributes": ["ETag"]}, "REST.GET.OBJECT_ATTRIBUTES"),
            ("get_object_torrent", {"Key": "k"}, "REST.GET.TORRENT"),
        ],
    )
    def test_names_of_operations(
        self, s3_client: Any, configure: Configure, read: Read, call: str, members: dict[str, Any], name: str
    ) -> None:
        configure()
        with suppress(s3_client.exceptions.ClientError):  # a refusal is logged, too
            getattr(s3_client, call)(Bucket="source", **members)
        assert [name] == [operation for operation, _ in operations(read())]

    @pytest.mark.usefixtures("any_size")
    def test_multipart_uploads(self, s3_client: Any, configure: Configure, read: Read) -> None:
        s3_client.put_object(Bucket="source", Key="original", Body=b"original")
        configure()
        where = {"Bucket": "source", "Key": "k"}
        upload = where | {"UploadId": s3_client.create_multipart_upload(**where)["UploadId"]}
        tag = s3_client.upload_part(**upload, PartNumber=1, Body=b"12345")["ETag"]
        s3_client.upload_part_copy(**upload, PartNumber=2, CopySource="source/original")
        s3_client.list_parts(**upload)
        s3_client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
        s3_client.abort_multipart_upload(**where, UploadId=s3_client.create_multipart_upload(**where)["UploadId"])
        found = [(fields[6], fields[12]) for fields in read()][1:]
        assert [
            ("REST.POST.UPLOADS", "-"),
            ("REST.PUT.PART", "5"),
            ("REST.COPY.PART_GET", "8"),
            ("REST.COPY.PART", "-"),
            ("REST.GET.UPLOAD", "-"),
            ("REST.POST.UPLOAD", "5"),
            ("REST.POST.UPLOADS", "-"),
            ("REST.DELETE.UPLOAD", "-"),
        ] == found

    # S3: userguide/LogFormat.html, "Additional logging for copy operations"
    # observed: logstash-plugins (REST.COPY.OBJECT_GET has no URI, times or headers), wvanbergen/request-log-analyzer
    def test_a_copy_is_logged_as_a_get_and_a_put(
        self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read
    ) -> None:
        s3.create_bucket("elsewhere")
        s3_client.put_object(Bucket="source", Key="k", Body=b"hello")
        configure()
        s3_client.copy_object(Bucket="source", Key="copy", CopySource="source/k")
        s3_client.copy_object(Bucket="elsewhere", Key="copy", CopySource="source/k")
        lines = read()[1:]
        assert [
            ("REST.COPY.OBJECT_GET", "k"),
            ("REST.COPY.OBJECT", "copy"),
            ("REST.COPY.OBJECT_GET", "k"),
        ] == operations(lines)
        got, written, _ = lines
        assert ["-", "200", "-", "-", "5", "-", "-", "-", "-", "-"] == got[8:18]
        assert ['"PUT /copy HTTP/1.1"', "200", "-"] == written[8:11]
        assert got[5] == written[5], "it is one request"

    # observed: apache/hadoop, the logs of its tests of S3AAuditLogMergerAndParser
    def test_each_key_of_a_batch_is_logged(self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read) -> None:
        s3_client.put_object(Bucket="source", Key="a b", Body=b"hello")
        configure()
        policy = {
            "Statement": [
                {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::source/kept"},
            ]
        }
        deleter = s3.user("deleter", policy=policy).client()
        deleter.delete_objects(Bucket="source", Delete={"Objects": [{"Key": "a b"}, {"Key": "kept"}], "Quiet": True})
        lines = read()[1:]
        assert [
            ["BATCH.DELETE.OBJECT", "a%20b", "-", "204", "-", "-", "5", "-", "-", "-", "-"],
            ["BATCH.DELETE.OBJECT", "kept", "-", "403", "AccessDenied", "-", "-", "-", "-", "-", "-"],
        ] == [fields[6:17] for fields in lines[:2]]
        assert ["REST.POST.MULTI_OBJECT_DELETE", "-", '"POST /?delete HTTP/1.1"', "200", "-"] == lines[2][6:11]
        assert {f"arn:aws:iam::{s3.account_id}:user/deleter"} == {fields[4] for fields in lines}

    # S3: userguide/LogFormat.html, "Signature Version" and "Authentication Type"
    def test_how_a_request_was_authenticated(
        self, s3: FakeS3, s3_client: Any, ask: Ask, configure: Configure, read: Read
    ) -> None:
        s3_client.put_object(Bucket="source", Key="k", Body=b"x")
        configure()
        s3_client.get_object(Bucket="source", Key="k")
        for version in ("s3", "s3v4"):
            client = s3.client(config=Config(signature_version=version))
            url = Request(client.generate_presigned_url("get_object", {"Bucket": "source", "Key": "k"}))
            assert 200 == ask("GET", url.selector, host=url.host, signed=False).status
        with pytest.raises(s3_client.exceptions.ClientError):
            s3.client(config=Config(signature_version=UNSIGNED)).get_object(Bucket="source", Key="k")
        assert [
            ("SigV4", "AuthHeader", canonical_id(s3.account_id)),
            ("SigV2", "QueryString", canonical_id(s3.account_id)),
            ("SigV4", "QueryString", canonical_id(s3.account_id)),
            ("-", "-", "-"),
        ] == [(fields[19], fields[21], fields[4]) for fields in read() if fields[6] == "REST.GET.OBJECT"]

    def test_what_is_refused_before_its_bucket_is_looked_for(
        self, s3: FakeS3, ask: Ask, configure: Configure, read: Read
    ) -> None:
        configure()
        ask("PUT", "/source/k", {"authorization": "AWS4-HMAC-SHA256 nothing"}, b"x")
        ask("GET", "/%ZZ", {"authorization": "AWS4-HMAC-SHA256 nothing"})
        (put,) = [fields for fields in read() if fields[6] == "REST.PUT.OBJECT"]
        assert ("-", "k", "400") == (put[4], put[7], put[9])

    def test_preflights_and_websites(
        self, s3: FakeS3, s3_client: Any, ask: Ask, configure: Configure, read: Read
    ) -> None:
        s3_client.put_bucket_website(Bucket="source", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        configure()
        preflight = {"origin": "https://example.com", "access-control-request-method": "GET"}
        ask("OPTIONS", "/source/k", preflight, signed=False)
        ask("GET", "/", host="source.s3-website.localhost", signed=False)
        assert [("REST.OPTIONS.PREFLIGHT", "k"), ("WEBSITE.GET.OBJECT", "index.html")] == operations(read())

    def test_forms(self, s3: FakeS3, s3_client: Any, ask: Ask, configure: Configure, read: Read) -> None:
        configure()
        post = s3_client.generate_presigned_post("source", "from a form")
        fields = {**post["fields"], "file": "hello"}
        parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
        body = "".join([*parts, "--b--\r\n"]).encode()
        answer = ask("POST", "/source", {"content-type": "multipart/form-data; boundary=b"}, body, signed=False)
        assert 204 == answer.status, answer
        (line,) = read()[1:]
        assert ["REST.POST.OBJECT", "from%2520a%2520form", '"POST /source HTTP/1.1"', "204", "-", "-", "5"] == line[
            6:13
        ]
        assert ["SigV2", "-"] == [line[19], line[21]]

    # S3: userguide/acl-overview.html, "aclRequired values for common Amazon S3 requests"
    def test_whether_an_acl_was_required(self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read) -> None:
        configure()
        s3_client.put_bucket_ownership_controls(
            Bucket="source", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        other = s3.account("210987654321")
        grantees = ",".join(f"id={canonical_id(each)}" for each in (s3.account_id, other.id))
        s3_client.put_object(Bucket="source", Key="k", Body=b"x", GrantRead=grantees)
        s3_client.get_object(Bucket="source", Key="k")
        other.client().get_object(Bucket="source", Key="k")
        s3_client.put_object_acl(Bucket="source", Key="k", ACL="private")
        for acl in ("bucket-owner-full-control", "private"):
            s3_client.put_object(Bucket="source", Key="k", Body=b"x", ACL=acl)
        assert [
            ("REST.PUT.OBJECT", "Yes"),
            ("REST.GET.OBJECT", "-"),
            ("REST.GET.OBJECT", "Yes"),
            ("REST.PUT.ACL", "Yes"),
            ("REST.PUT.OBJECT", "-"),
            ("REST.PUT.OBJECT", "Yes"),
        ] == [(fields[6], fields[25]) for fields in read() if fields[7] == "k"]

    def test_a_redirect_to_another_region_only_in_old_regions(
        self, s3: FakeS3, s3_client: Any, configure: Configure
    ) -> None:
        for region in ("eu-west-1", "me-south-1"):
            s3.create_bucket(region, region=region)
            own = s3.client(region_name=region)
            stated = {"LoggingEnabled": {"TargetBucket": region, "TargetPrefix": ""}}
            own.put_bucket_logging(Bucket=region, BucketLoggingStatus=stated)
        before = s3.service.world.background.logs
        assert before is not None
        ask = Ask(s3.service)
        assert [301, 301] == [ask("GET", f"/{region}").status for region in ("eu-west-1", "me-south-1")]
        after = s3.service.world.background.logs
        assert after is not None
        assert 1 == after.total - before.total

    def test_requests_to_other_buckets_are_not(self, s3_client: Any, configure: Configure, read: Read) -> None:
        configure()
        s3_client.list_objects_v2(Bucket="target")
        s3_client.list_buckets()
        assert [] == operations(read())


class TestLifecycle:
    """S3: userguide/lifecycle-and-other-bucket-config.html, "S3 Lifecycle and logging" """

    def test_what_lifecycle_does_is_logged(self, s3: FakeS3, s3_client: Any, configure: Configure) -> None:
        for prefix in ("expires ", "moves "):
            s3_client.put_object(Bucket="source", Key=prefix, Body=b"x" * 200_000)
        s3_client.create_multipart_upload(Bucket="source", Key="expires later")
        rule = {"ID": "", "Status": "Enabled"}
        rules = [
            rule | {"Filter": {"Prefix": "expires"}, "Expiration": {"Days": 1}},
            rule | {"Filter": {"Prefix": "moves"}, "Transitions": [{"Days": 2, "StorageClass": "GLACIER"}]},
            rule | {"Filter": {"Prefix": "exp"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
        ]
        s3_client.put_bucket_lifecycle_configuration(Bucket="source", LifecycleConfiguration={"Rules": rules})
        configure(TargetPrefix="")
        s3.clock.advance(days=30)
        lines = [FIELD.findall(line) for key in s3["target"] for line in s3["target"][key].text.splitlines()][1:]
        assert [
            ("[03/Mar/2026:00:00:00 +0000]", "AmazonS3", "S3.EXPIRE.OBJECT", "expires%20", "200000"),
            ("[04/Mar/2026:00:00:00 +0000]", "AmazonS3", "S3.TRANSITION.OBJECT", "moves%20", "200000"),
            ("[05/Mar/2026:00:00:00 +0000]", "AmazonS3", "S3.DELETE.UPLOAD", "expires%20later", "-"),
        ] == [(fields[2], fields[4], fields[6], fields[7], fields[12]) for fields in lines]
        assert ["2026-03-01-11", "2026-03-03-01", "2026-03-04-01", "2026-03-05-01"] == [
            key[:13] for key in s3["target"]
        ]

    def test_a_delete_marker_in_a_versioned_bucket(
        self, s3: FakeS3, s3_client: Any, configure: Configure, read: Read
    ) -> None:
        s3_client.put_bucket_versioning(Bucket="source", VersioningConfiguration={"Status": "Enabled"})
        s3_client.put_object(Bucket="source", Key="k", Body=b"x")
        rule = {"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
        s3_client.put_bucket_lifecycle_configuration(Bucket="source", LifecycleConfiguration={"Rules": [rule]})
        configure()
        s3.clock.advance(days=2)
        assert [("S3.CREATE.DELETEMARKER", "k")] == operations(read())


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
        s3.service.listeners.append(lambda event: told.append(f"{event.name} {event.bucket.name}"))
        configure()
        s3.clock.advance(hours=1)
        s3.service.present()
        assert ["ObjectCreated:Put target"] == told


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
            "1 lines of the access log of source are lost: logging.s3.amazonaws.com may not s3:PutObject" in caplog.text
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
        expected = "1 lines of the access log of source are lost: the bucket target is gone. Create it, or log into"
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
