"""Server access logging: each request to a bucket with logging is one line, and so is what lifecycle does.

S3: userguide/LogFormat.html
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.request import Request

import pytest
from botocore import UNSIGNED
from botocore.client import Config

from fakes3 import FakeS3
from fakes3.model.identity import canonical_id

from ..ask import Ask
from .access_logs import FIELD, Configure, Read, begin, configure_by, operations, read_from


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

    @pytest.mark.s3(min_part_size=0)
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
    # observed: radkawar/stackd, testdata/aws/s3/logging_local_replay.json, and wvanbergen/request-log-analyzer
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

    # observed: noobaa/noobaa-core, the test of its replication_log_parser
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

    def test_a_part_whose_length_is_beyond_all(self, ask: Ask, configure: Configure, read: Read) -> None:
        configure()
        length = {"content-length": "9" * 5000}
        assert 400 == ask("PUT", "/source/k?partNumber=1&uploadId=x", length).status
        assert ["400"] == [fields[9] for fields in read() if fields[6] == "REST.PUT.PART"]

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

    def test_faults_are_but_not_what_never_arrived(
        self, s3: FakeS3, ask: Ask, configure: Configure, read: Read
    ) -> None:
        configure()
        s3.faults.add(error="SlowDown", on="GetObject", times=1)
        s3.faults.add(drop="after", on="HeadObject", times=1)
        s3.faults.add(drop="before", on="PutObject", times=1)
        for method in ("GET", "HEAD", "PUT"):
            ask(method, "/source/k")
        assert [("REST.GET.OBJECT", "503", "SlowDown"), ("REST.HEAD.OBJECT", "404", "NoSuchKey")] == [
            (fields[6], fields[9], fields[10]) for fields in read()[1:]
        ]

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
