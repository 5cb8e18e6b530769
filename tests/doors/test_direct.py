"""The door above HTTP: a call answered by it is the same call, told apart by nothing but its speed."""

from __future__ import annotations

import gc
import hashlib
import io
import weakref
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.handlers import disable_signing
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors import direct_cache
from fakes3.model.errors import InternalError, SlowDown
from fakes3.operations.service import Service

NOON = "2026-01-02T12:00:00Z"
BUCKET = "pictures"
CUSTOMER_KEY = bytes(range(32))


@cache
def plain_client() -> Any:
    """A client that both ways share: it is neither's own."""
    session: Any = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    return session.client("s3")


def made_client(**options: Any) -> Any:
    session: Any = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    return session.client("s3", **options)


def frozen_fake() -> FakeS3:
    s3 = FakeS3(seed=7)
    s3.clock.freeze(NOON)
    return s3


@contextmanager
def counted_sends() -> Iterator[list[str]]:
    """What goes over HTTP in here."""
    sent: list[str] = []
    really_send = URLLib3Session.send

    def send(session: Any, request: Any) -> Any:
        sent.append(f"{request.method} {request.url}")
        return really_send(session, request)

    with mock.patch.object(URLLib3Session, "send", send):
        yield sent


def told(call: Callable[[], Any]) -> Any:
    """All that a program learns from a call: its answer, or what it raises."""
    try:
        answer = call()
    except ClientError as error:
        return type(error).__name__, str(error), error.operation_name, error.response
    except Exception as error:
        return type(error).__name__, str(error)
    if isinstance(answer, dict) and "Body" in answer:
        kind, body = type(answer["Body"]), answer["Body"].read()
        return {**answer, "Body": (kind, body)}
    return answer


class Way:
    """One of the two ways to a fake of its own, and what was learnt on it."""

    def __init__(self, client: Any, *, direct: bool) -> None:
        self.client = client
        self.direct = direct
        self.s3 = frozen_fake()
        self.versions: list[str] = []
        self.uploads: list[tuple[str, str]] = []
        self.etags: list[str] = []

    def do(self, operation: str, given: dict[str, Any]) -> Any:
        """Make a call. What came of earlier ones stands in for numbers: a version, an upload, an ETag."""
        parameters = dict(given)
        if isinstance(parameters.get("VersionId"), int):
            parameters["VersionId"] = self._earlier(self.versions, parameters["VersionId"]) or "null"
        if isinstance(parameters.get("UploadId"), int):
            key, upload = self._earlier(self.uploads, parameters["UploadId"]) or ("a", "none")
            parameters |= {"Key": key, "UploadId": upload}
        for name in ("IfMatch", "IfNoneMatch"):
            if isinstance(parameters.get(name), int):
                parameters[name] = self._earlier(self.etags, parameters[name]) or '"none"'
        if "MultipartUpload" in parameters:
            numbers = parameters["MultipartUpload"]
            parts = [{"PartNumber": each, "ETag": self._earlier(self.etags, each) or '"none"'} for each in numbers]
            parameters["MultipartUpload"] = {"Parts": parts}
        answer = told(lambda: getattr(self.client, operation)(**parameters))
        if isinstance(answer, dict):
            self.versions += [answer["VersionId"]] if answer.get("VersionId") else []
            self.uploads += [(answer["Key"], answer["UploadId"])] if operation == "create_multipart_upload" else []
            self.etags += [answer["ETag"]] if isinstance(answer.get("ETag"), str) else []
        return answer

    @staticmethod
    def _earlier(several: list[Any], number: int) -> Any:
        return several[-1 - number % len(several)] if several else None

    def go(self, steps: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Everything that was learnt from these calls."""
        with mock_s3(fake=self.s3, direct=self.direct):
            return [self.do(operation, given) for operation, given in steps]


def check_both_ways(steps: list[tuple[str, dict[str, Any]]], client: Any = None) -> Way:
    """Hold what direct calls do and tell against what the same calls do and tell over HTTP."""
    client = client or plain_client()
    over_http, directly = Way(client, direct=False), Way(client, direct=True)
    expected = over_http.go(steps)
    assert expected == directly.go(steps)
    assert not over_http.s3.diff(directly.s3)
    assert over_http.s3.tree() == directly.s3.tree()
    assert over_http.s3.service.calls == directly.s3.service.calls
    return directly


# ---- Calls ----

keys = st.sampled_from(["a", "b/c", "b/d e", "b/ü+%26", "/x//y", "\u2028&<'\">", ".", "c\r\nd"])
bodies = st.sampled_from([b"", b"hello", b"x" * 3000, "text ü", bytearray(b"array")]) | st.binary(max_size=20).map(
    lambda data: data
)
numbers = st.integers(0, 3)
etag_conditions = st.sampled_from(["*", '"none"', 'W/"x"']) | numbers
moments = st.sampled_from(
    [datetime(2026, 1, 2, 12, tzinfo=UTC), datetime(2020, 5, 5), "2030-01-01", 1_600_000_000, "garbage"]
)
metadata = st.dictionaries(
    st.sampled_from(["Author", "author", "x-y", "ü"]),
    st.sampled_from(["me", "", " a  b ", "ü", "x" * 2100]),
    max_size=2,
)


def some(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries({"Bucket": st.just(BUCKET), **required}, optional=optional)


customer_key = {
    "SSECustomerAlgorithm": st.just("AES256"),
    "SSECustomerKey": st.sampled_from([CUSTOMER_KEY, CUSTOMER_KEY.decode("latin-1"), b"short"]),
}
read_members: dict[str, Any] = {
    "VersionId": numbers | st.just("nonsense"),
    "Range": st.sampled_from(["bytes=0-1", "bytes=-2", "bytes=9000-", "letters=1"]),
    "PartNumber": st.integers(0, 3),
    "IfMatch": etag_conditions,
    "IfNoneMatch": etag_conditions,
    "IfModifiedSince": moments,
    "IfUnmodifiedSince": moments,
    "ChecksumMode": st.just("ENABLED"),
    "ResponseContentType": st.sampled_from(["text/plain", "a/b; c=ü"]),
    "ResponseExpires": moments,
}
write_members: dict[str, Any] = {
    "Metadata": metadata,
    "ContentType": st.sampled_from(["text/plain", "a/b; c=ü"]),
    "ContentEncoding": st.sampled_from(["gzip", "aws-chunked"]),
    "Expires": moments,
    "Tagging": st.sampled_from(["a=b", "a=b&c=%20", "a=b&a=c", "=&"]),
    "StorageClass": st.sampled_from(["STANDARD_IA", "GLACIER", "CHEAP"]),
    "ServerSideEncryption": st.sampled_from(["AES256", "aws:kms"]),
    "WebsiteRedirectLocation": st.sampled_from(["/elsewhere", "elsewhere"]),
    "ACL": st.sampled_from(["private", "public-read", "nobody"]),
}
checks: dict[str, Any] = {
    "ChecksumAlgorithm": st.sampled_from(["CRC32", "SHA1", "SHA256", "CRC64NVME", "NONE"]),
    "ChecksumSHA256": st.sampled_from([b64encode(hashlib.sha256(b"hello").digest()).decode(), "bm9uZQ=="]),
    "ContentMD5": st.sampled_from([b64encode(hashlib.md5(b"hello").digest()).decode(), "none"]),
    "ContentLength": st.sampled_from([5, 4]),
}
listed: dict[str, Any] = {
    "Prefix": st.sampled_from(["", "b/", "b/ü+", "/"]),
    "Delimiter": st.sampled_from(["/", "/x/", "", "&"]),
    "EncodingType": st.sampled_from(["url", "none"]),
    "MaxKeys": st.sampled_from([0, 1, 2, 1000, -1]),
}
key = {"Key": keys}
upload = {"UploadId": numbers}

CALLS: dict[str, Any] = {
    "put_object": some(key | {"Body": bodies}, **write_members, **checks, IfNoneMatch=st.just("*"), IfMatch=numbers),
    "get_object": some(key, **read_members),
    "head_object": some(key, **read_members),
    "delete_object": some(key, VersionId=numbers | st.just("nonsense"), IfMatch=etag_conditions),
    "delete_objects": some({"Delete": st.fixed_dictionaries({"Objects": st.lists(st.fixed_dictionaries(key))})}),
    "list_objects": some({}, **listed, Marker=keys),
    "list_objects_v2": some({}, **listed, StartAfter=keys, FetchOwner=st.booleans()),
    "list_object_versions": some({}, **listed, KeyMarker=keys),
    "copy_object": some(
        key
        | {
            "CopySource": st.fixed_dictionaries({"Bucket": st.just(BUCKET)} | key)
            | st.sampled_from([f"{BUCKET}/a", f"/{BUCKET}/b/c", "nonsense", "nowhere/a"])
        },
        MetadataDirective=st.sampled_from(["COPY", "REPLACE"]),
        CopySourceIfMatch=etag_conditions.filter(lambda each: isinstance(each, str)),
        Metadata=metadata,
    ),
    "create_multipart_upload": some(key, **write_members, ChecksumAlgorithm=checks["ChecksumAlgorithm"]),
    "upload_part": some(upload | {"PartNumber": st.integers(0, 3), "Body": bodies}, **checks),
    "complete_multipart_upload": some(upload | {"MultipartUpload": st.lists(st.integers(1, 3), max_size=2)}),
    "abort_multipart_upload": some(upload),
    "list_parts": some(upload, MaxParts=numbers),
    "list_multipart_uploads": some({}, Prefix=keys),
    "put_object_tagging": some(
        key
        | {
            "Tagging": st.fixed_dictionaries(
                {"TagSet": st.lists(st.fixed_dictionaries({"Key": keys, "Value": keys}), max_size=2)}
            )
        }
    ),
    "get_object_tagging": some(key, VersionId=numbers),
    "delete_object_tagging": some(key),
    "get_object_attributes": some(
        key | {"ObjectAttributes": st.just(["ETag", "Checksum", "ObjectSize", "StorageClass"])}
    ),
    "put_bucket_versioning": some(
        {"VersioningConfiguration": st.sampled_from([{"Status": "Enabled"}, {"Status": "Suspended"}, {}])}
    ),
    "get_bucket_versioning": some({}),
    "get_bucket_location": some({}),
    "head_bucket": some({}, ExpectedBucketOwner=st.sampled_from(["123456789012", "999999999999", "x"])),
    "list_buckets": st.just({}),
    "delete_bucket": some({}),
    "create_bucket": some({}, CreateBucketConfiguration=st.just({"LocationConstraint": "nowhere-1"})),
    # What the fake does not model, what the client refuses, and what is not there.
    "get_bucket_metrics_configuration": some({"Id": st.just("x")}),
    "upload_part_copy": some(upload | {"PartNumber": st.just(1), "CopySource": st.just(f"{BUCKET}/a")}),
}
strange: list[tuple[str, Any]] = [
    ("get_object", {"Bucket": BUCKET}),
    ("get_object", {"Bucket": BUCKET, "Key": ""}),
    ("get_object", {"Bucket": BUCKET, "Key": 5}),
    ("get_object", {"Bucket": "No Bucket", "Key": "a"}),
    ("get_object", {"Bucket": "nowhere", "Key": "a"}),
    ("head_object", {"Bucket": "nowhere", "Key": "a"}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": 5}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Nonsense": 5}),
    ("put_object", {"Bucket": BUCKET, "Key": "a"}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": "b", "Metadata": {"big": "x" * 9000}}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"z", "SSECustomerAlgorithm": "AES256", **{
        "SSECustomerKey": CUSTOMER_KEY}}),
    ("get_object", {"Bucket": BUCKET, "Key": "a", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": CUSTOMER_KEY}),
    ("get_object", {"Bucket": "arn:aws:s3:us-east-1:123456789012:accesspoint/mine", "Key": "a"}),
    ("list_objects_v2", {"Bucket": "arn:aws:s3::123456789012:accesspoint/mine.mrap"}),
    ("head_bucket", {"Bucket": "zonal--use1-az1--x-s3"}),
    ("get_object", {"Bucket": "dotted.bucket", "Key": "a"}),
]  # fmt: skip
steps = st.one_of(
    *(st.tuples(st.just(name), members) for name, members in CALLS.items()),
    st.tuples(st.just("put_object"), CALLS["put_object"]),
    st.tuples(st.just("get_object"), CALLS["get_object"]),
    st.sampled_from(strange),
)
BEGIN: list[tuple[str, dict[str, Any]]] = [("create_bucket", {"Bucket": BUCKET})]


class TestTwoWays:
    """A direct call answers, raises, changes and records what the same call does over HTTP."""

    @given(st.lists(steps, max_size=12))
    @settings(max_examples=60)
    def test_whatever_is_called(self, calls):
        check_both_ways(BEGIN + calls)

    @pytest.mark.parametrize("name", sorted(CALLS))
    def test_each_call_alone(self, name):
        given_members = CALLS[name]

        @given(st.booleans(), st.lists(given_members, min_size=1, max_size=2))
        @settings(max_examples=6)
        def both_ways(versioned, several):
            versioning = [
                ("put_bucket_versioning", {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}})
            ]
            puts = [("put_object", {"Bucket": BUCKET, "Key": each, "Body": b"hello"}) for each in ("a", "b/c")]
            uploads = [("create_multipart_upload", {"Bucket": BUCKET, "Key": "a"})]
            check_both_ways(
                BEGIN + (versioning if versioned else []) + puts + uploads + [(name, each) for each in several]
            )

        both_ways()

    @pytest.mark.parametrize(("name", "members"), strange)
    def test_what_somebody_refuses(self, name, members):
        check_both_ways([*BEGIN, (name, members)])

    @pytest.mark.parametrize("length", [4, 5, 6, 300])
    @pytest.mark.parametrize(
        "check",
        [
            {"ChecksumSHA256": b64encode(hashlib.sha256(b"hello").digest()).decode()},
            {"ContentMD5": b64encode(hashlib.md5(b"hello").digest()).decode()},
            {},
        ],
    )
    def test_the_length_is_not_that_of_the_body(self, length, check):
        upload = {"UploadId": 0, "PartNumber": 1}
        for body in (b"hello", b"hello" * 60):
            members = {"Bucket": BUCKET, "Key": "a", "Body": body, "ContentLength": length, **check}
            calls = [("create_multipart_upload", {"Bucket": BUCKET, "Key": "a"}), ("upload_part", members | upload)]
            check_both_ways([*BEGIN, ("put_object", members), *calls])

    def test_the_region_is_another(self):
        there = {"Bucket": "elsewhere", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        calls: list[tuple[str, Any]] = [
            ("put_object", {"Bucket": "elsewhere", "Key": "a", "Body": b"x"}),
            ("get_object", {"Bucket": "elsewhere", "Key": "a"}),
            ("get_object", {"Bucket": "elsewhere", "Key": "b"}),
            ("list_objects_v2", {"Bucket": "elsewhere"}),
        ]
        over_http, directly = Way(made_client(), direct=False), Way(made_client(), direct=True)
        expected = over_http.go([("create_bucket", there), *calls])
        assert expected == directly.go([("create_bucket", there), *calls])
        assert over_http.s3.service.calls == directly.s3.service.calls
        assert "PermanentRedirect" in [call.error for call in directly.s3.service.calls]

    def test_s3_fails_at_first(self):
        def answers(*, direct: bool) -> list[Any]:
            way = Way(plain_client(), direct=direct)
            way.s3.create_bucket(BUCKET, objects={"a": "x"})
            failures = [InternalError(), None, SlowDown(), None, InternalError(), None, InternalError(), None]
            really_perform = Service.perform

            def perform(*args: Any, **kwargs: Any) -> Any:
                failure = failures.pop(0)
                if failure is not None:
                    raise failure
                return really_perform(*args, **kwargs)

            with mock.patch.object(Service, "perform", perform), mock.patch("time.sleep"):
                found = way.go(
                    [
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": b"hello"}),
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": io.BytesIO(b"hello")}),
                        ("list_objects_v2", {"Bucket": BUCKET}),
                        ("delete_objects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "a"}]}}),
                    ]
                )
            assert way.s3[BUCKET]["k"].text == "hello"
            return [found, way.s3.service.calls]

        expected = answers(direct=False)
        assert expected == answers(direct=True)
        assert [each["ResponseMetadata"]["RetryAttempts"] for each in expected[0]] == [1, 1, 1, 1]


HOW: dict[str, dict[str, Any]] = {
    "unsigned": {"signature_version": UNSIGNED},
    "path style": {"s3": {"addressing_style": "path"}},
    "version 2": {"signature_version": "s3"},
    "dual stack": {"use_dualstack_endpoint": True},
    "accelerate": {"s3": {"use_accelerate_endpoint": True}},
    "no checksums": {
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    },
    "no validation": {"parameter_validation": False},
    "legacy retries": {"retries": {"mode": "legacy"}},
    "own scheme": {"auth_scheme_preference": "sigv4a,sigv4"},
}
"""Configurations of clients. Older releases of botocore do not know all of them."""

WHERE: dict[str, dict[str, Any]] = {
    "custom endpoint": {"endpoint_url": "http://minio:9000"},
    "custom endpoint with a path": {"endpoint_url": "http://minio:9000/under/"},
    "another region": {"region_name": "eu-west-1"},
    "session token": {"aws_access_key_id": "ASIA", "aws_secret_access_key": "secret", "aws_session_token": "token"},
}


class TestClients:
    """Whatever a client was made for, its direct calls are what they are over HTTP."""

    @pytest.mark.parametrize("how", [*HOW, *WHERE])
    def test_of_every_kind(self, how):
        try:
            client = made_client(**WHERE.get(how, {}), config=Config(**HOW.get(how, {})))
        except TypeError as unknown:
            pytest.skip(str(unknown))
        put = {"Bucket": BUCKET, "Key": "a", "Body": b"hello", "Metadata": {"A": "b"}}
        calls: list[tuple[str, Any]] = [
            ("create_bucket", {"Bucket": BUCKET}),
            ("create_bucket", {"Bucket": BUCKET, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
            ("put_object", put),
            ("put_object", put),
            ("put_object", {"Bucket": BUCKET, "Key": "b", "Body": b"hello"}),
            ("put_object", {"Bucket": BUCKET, "Key": "c", "Body": b"bye"}),
            ("get_object", {"Bucket": BUCKET, "Key": "b"}),
            ("get_object", {"Bucket": BUCKET, "Key": "c"}),
            ("get_object", {"Bucket": BUCKET, "Key": "d"}),
            ("get_object", {"Bucket": BUCKET}),
            ("delete_object", {"Bucket": BUCKET, "Key": "c"}),
            ("list_objects_v2", {"Bucket": BUCKET}),
            ("delete_objects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "a"}]}}),
            ("list_buckets", {}),
        ]
        check_both_ways(calls, client)

    def test_of_other_services_are_none_of_ours(self):
        session: Any = boto3.Session("key", "secret", region_name="us-east-1")
        queues = session.client("sqs")
        with mock_s3(direct=True), pytest.raises(UnmockedRequest):
            queues.list_queues()

    def test_without_credentials_act_for_the_mock(self, monkeypatch):
        client = made_client()
        client._request_signer._credentials = None
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            client.create_bucket(Bucket=BUCKET)
        assert sent == []
        assert [str(call.principal) for call in s3.calls] == ["arn:aws:iam::123456789012:root"]

    @pytest.mark.parametrize("enforce_iam", [False, True])
    def test_of_users_may_what_their_policies_say(self, enforce_iam):
        may_read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        get: dict[str, Any] = {"Bucket": BUCKET, "Key": "a"}
        put: dict[str, Any] = {"Bucket": BUCKET, "Key": "b", "Body": b"x"}

        def learnt(*, direct: bool) -> list[Any]:
            s3 = FakeS3(seed=7, enforce_iam=enforce_iam)
            s3.clock.freeze(NOON)
            s3.create_bucket(BUCKET, objects={"a": "x"})
            ann = s3.user("ann", {"Version": "2012-10-17", "Statement": [may_read]})
            clients = [boto3.client("s3", region_name="us-east-1", **ann.credentials), made_client()]
            with mock_s3(fake=s3, direct=direct):
                found = [
                    told(partial(getattr(client, operation), **given_members))
                    for client in clients
                    for operation, given_members in [("get_object", get), ("put_object", put)] * 2
                ]
            return [found, s3.service.calls]

        expected = learnt(direct=False)
        assert expected == learnt(direct=True)
        assert "AccessDenied" in [call.error for call in expected[1]]

    def test_of_a_class_of_ones_own(self):
        class Mine(type(plain_client())):  # type: ignore[misc]
            """A subclass, as type hints and extensions make them."""

        client = made_client()
        client.__class__ = Mine
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            client.create_bucket(Bucket=BUCKET)
        assert BUCKET in s3
        assert sent == []

    def test_are_let_go(self):
        client = made_client()
        with mock_s3(direct=True):
            client.create_bucket(Bucket=BUCKET)
            gone = weakref.ref(client)
            del client
            gc.collect()
            assert gone() is None

    def test_in_many_threads(self):
        client = made_client()

        def work(number: int) -> bytes:
            client.put_object(Bucket=BUCKET, Key=f"key-{number}", Body=b"%d" % number)
            body: bytes = client.get_object(Bucket=BUCKET, Key=f"key-{number}")["Body"].read()
            return body

        with mock_s3(direct=True) as s3, ThreadPoolExecutor(16) as pool:
            s3.create_bucket(BUCKET)
            assert [b"%d" % number for number in range(64)] == list(pool.map(work, range(64), timeout=60))


class TestNothingIsSent:
    """What is answered above HTTP makes no request."""

    @pytest.fixture
    def client(self) -> Any:
        return made_client()

    def test_for_plain_calls(self, client):
        with mock_s3(direct=True), counted_sends() as sent:
            client.create_bucket(Bucket=BUCKET)
            for name in "ab":
                client.put_object(Bucket=BUCKET, Key=name, Body=b"hello", Metadata={"a": "b"})
                client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
                client.head_object(Bucket=BUCKET, Key=name)
            client.copy_object(Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/a")
            client.list_objects_v2(Bucket=BUCKET)
            client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "c"}]})
            with pytest.raises(client.exceptions.NoSuchKey):
                client.get_object(Bucket=BUCKET, Key="c")
        assert sent == []

    def test_for_paginators_waiters_and_resources(self, client):
        session: Any = boto3.Session("key", "secret", region_name="us-east-1")
        resource = session.resource("s3")
        with mock_s3(direct=True), counted_sends() as sent:
            resource.create_bucket(Bucket=BUCKET)
            for number in range(5):
                resource.Object(BUCKET, f"{number}").put(Body=b"x")
            client.get_waiter("object_exists").wait(Bucket=BUCKET, Key="1")
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
            assert [2, 2, 1] == [page["KeyCount"] for page in pages]
            assert ["0", "1", "2", "3", "4"] == [each.key for each in resource.Bucket(BUCKET).objects.all()]
        assert sent == []

    def test_for_downloads(self, client):
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET, objects={"a": bytes(9000)})
            file = io.BytesIO()
            client.download_fileobj(BUCKET, "a", file)
        assert bytes(9000) == file.getvalue()
        assert sent == []

    def test_by_a_presigned_url_since_none_is_asked_for(self, client):
        with mock_s3(direct=True) as s3:
            assert "X-Amz-Signature" in made_client(config=Config(signature_version="s3v4")).generate_presigned_url(
                "get_object", Params={"Bucket": BUCKET, "Key": "a"}
            )
        assert s3.calls.count() == 0


class TestBodies:
    """The body of a put is read as over HTTP, and that of a get is botocore's own."""

    def test_a_file_in_memory_is_read_from_where_it_stands_to_its_end(self):
        client = made_client()
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            body = io.BytesIO(b"hello")
            body.seek(2)
            client.put_object(Bucket=BUCKET, Key="a", Body=body)
            assert s3[BUCKET]["a"].body == b"llo"
        assert body.tell() == 5
        assert sent == []

    def test_is_not_read_where_the_put_is_refused_before(self):
        client, body = made_client(), io.BytesIO(b"hello")
        with mock_s3(direct=True), pytest.raises(client.exceptions.NoSuchBucket):
            client.put_object(Bucket=BUCKET, Key="a", Body=body)
        assert body.tell() == 0

    def test_other_files_take_the_long_way(self, tmp_path):
        client, path = made_client(), tmp_path / "file"
        path.write_bytes(b"hello")
        told: list[int] = []
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            with path.open("rb") as file:
                client.put_object(Bucket=BUCKET, Key="a", Body=file)
            client.upload_file(str(path), BUCKET, "b", Callback=told.append)
            assert ["hello", "hello"] == [s3[BUCKET][key].text for key in "ab"]
            assert sum(told) == 5
        assert len(sent) == 2

    def test_a_listener_of_transfers_does_not_send_others_the_long_way(self):
        client = made_client()
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET)
            client.upload_fileobj(io.BytesIO(b"x"), BUCKET, "a")
            with counted_sends() as sent:
                client.put_object(Bucket=BUCKET, Key="b", Body=b"x")
        assert sent == []

    def test_streams_as_botocore_does(self):
        client = made_client()
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET, objects={"a": "one\ntwo\n"})
            body = client.get_object(Bucket=BUCKET, Key="a")["Body"]
            assert isinstance(body, StreamingBody)
            assert [b"one", b"two"] == list(body.iter_lines())


class TestTheLongWay:
    """A call of which more of HTTP is asked than there is above it is sent."""

    @pytest.fixture
    def client(self) -> Any:
        return made_client()

    @pytest.mark.parametrize(
        "event",
        [
            "before-endpoint-resolution.s3",
            "request-created.s3.ListBuckets",
            "choose-signer.s3.ListBuckets",
            "before-sign.s3.ListBuckets",
            "before-send.s3.*",
        ],
    )
    def test_where_somebody_listens_to_sending(self, client, event):
        heard = mock.Mock(return_value=None)
        with mock_s3(direct=True), counted_sends() as sent:
            client.meta.events.register(event, heard)
            client.list_buckets()
            assert len(sent) == 1
            client.meta.events.unregister(event, heard)
            client.list_buckets()
        assert heard.call_count == 1
        assert len(sent) == 1

    def test_where_signing_was_disabled(self, client):
        client.meta.events.register("choose-signer.s3.*", disable_signing)
        with mock_s3(direct=True) as s3, counted_sends() as sent, pytest.raises(ClientError):
            client.get_object(Bucket="nowhere", Key="a")
        assert ["anonymous"] == [str(call.principal) for call in s3.calls]
        assert len(sent) == 1

    def test_where_signatures_are_verified(self, client):
        with mock_s3(direct=True, verify_signatures=True), counted_sends() as sent:
            told(client.list_buckets)
        assert len(sent) == 1

    def test_where_the_client_belongs_to_a_fake(self):
        mine = FakeS3()
        client = mine.client()
        with mock_s3(direct=True) as s3:
            client.create_bucket(Bucket=BUCKET)
        assert BUCKET in mine
        assert BUCKET not in s3

    def test_where_headers_are_long(self, client):
        check_both_ways(
            [*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"", "CacheControl": "x" * 7400})]
        )

    def test_where_the_host_is_let_out(self, client):
        with mock_s3(direct=True, passthrough=["s3.amazonaws.com"]) as s3:
            with mock.patch.object(URLLib3Session, "send", side_effect=ConnectionError), pytest.raises(ConnectionError):
                client.list_buckets()
        assert s3.calls.count() == 0

    def test_where_the_host_is_let_out_of_the_next_mock(self, client):
        def put() -> None:
            client.put_object(Bucket=BUCKET, Key="a", Body=b"x")

        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET)
            put()
        with mock_s3(direct=True, passthrough=[f"{BUCKET}.s3.amazonaws.com"]):
            with mock.patch.object(URLLib3Session, "send", side_effect=ConnectionError), pytest.raises(ConnectionError):
                put()

    def test_where_a_header_is_given_twice(self, client):
        check_both_ways(
            [*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"", "Metadata": {"A": "1", "a": "2"}})]
        )

    def test_where_a_header_is_no_text(self, client):
        def add(params: dict[str, Any], **_: Any) -> None:
            params["headers"]["Cache-Control"] = b"no-store"

        client.meta.events.register("before-call.s3.PutObject", add)
        check_both_ways([*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b""})], client)


class TestListeners:
    """The events of a call fire as they do over HTTP, but for those of sending."""

    @pytest.fixture
    def client(self) -> Any:
        return made_client()

    def test_parameters_may_be_provided(self, client):
        client.meta.events.register("provide-client-params.s3", lambda params, **_: {**params, "Bucket": BUCKET})
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            client.create_bucket(Bucket="another")
        assert BUCKET in s3
        assert sent == []

    def test_parameters_may_be_changed(self, client):
        def rename(params: dict[str, Any], **_: Any) -> None:
            params["Key"] = params["Key"].upper()

        client.meta.events.register("before-parameter-build.s3.PutObject", rename)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            for key in "ab":
                client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
            assert ["A", "B"] == list(s3[BUCKET])
        assert sent == []

    def test_what_was_given_stays(self, client):
        given_source = {"Bucket": BUCKET, "Key": "a"}
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET, objects={"a": "x"})
            client.copy_object(Bucket=BUCKET, Key="b", CopySource=given_source)
        assert given_source == {"Bucket": BUCKET, "Key": "a"}

    def test_headers_may_be_added_before_the_call(self, client):
        def add(params: dict[str, Any], **_: Any) -> None:
            params["headers"]["Cache-Control"] = "no-store"

        client.meta.events.register("before-call.s3.PutObject", add)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            for key in "ab":
                client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
                assert "no-store" == client.head_object(Bucket=BUCKET, Key=key)["CacheControl"]
        assert sent == []

    def test_whoever_hears_of_the_call_may_answer_it(self, client):
        said: Any = mock.Mock(status_code=200), {"Buckets": []}
        client.meta.events.register("before-call.s3.ListBuckets", lambda **_: said)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            assert {"Buckets": []} == client.list_buckets()
        assert s3.calls.count() == 0
        assert sent == []

    def test_a_stubber_answers(self, client):
        with mock_s3(direct=True) as s3, Stubber(client) as stubber:
            stubber.add_response("list_buckets", {"Buckets": []})
            assert [] == client.list_buckets()["Buckets"]
            stubber.add_client_error("list_buckets", "AccessDenied")
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_buckets()
        assert s3.calls.count() == 0

    @pytest.mark.parametrize("event", ["response-received", "before-parse", "needs-retry", "after-call"])
    def test_answers_are_shown(self, event):
        def heard(*, direct: bool) -> list[Any]:
            client, found = made_client(), []

            def listen(**about: Any) -> None:
                shown: Any = about.get("http_response") or about.get("response") or about.get("response_dict")
                parsed = about.get("parsed") or about.get("parsed_response") or {}
                if isinstance(shown, tuple):
                    shown, parsed = shown
                headers = shown["headers"] if isinstance(shown, dict) else shown.headers
                status = shown["status_code"] if isinstance(shown, dict) else shown.status_code
                found.append((about["event_name"], status, dict(headers), parsed.get("ETag"), parsed.get("Error")))

            client.meta.events.register(f"{event}.s3", listen)
            with mock_s3(fake=frozen_fake(), direct=direct), counted_sends() as sent:
                client.create_bucket(Bucket=BUCKET)
                for key in "ab":
                    client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
                told(lambda: client.get_object(Bucket=BUCKET, Key="c"))
            assert direct == (sent == [])
            return found

        expected = heard(direct=False)
        assert expected
        assert expected == heard(direct=True)


class TestEntering:
    """Calls are direct in a fake that was entered so, and in no other."""

    def test_is_said_for_each_entry(self):
        client = made_client()
        with mock_s3(direct=True) as outer, counted_sends() as sent:
            client.create_bucket(Bucket="one-bucket")
            with mock_s3() as inner:
                client.create_bucket(Bucket="two-bucket")
                with mock_s3(direct=True) as innermost:
                    client.create_bucket(Bucket="three-bucket")
            client.create_bucket(Bucket="four-bucket")
        assert [["one-bucket", "four-bucket"], ["two-bucket"], ["three-bucket"]] == [
            [call.parameters["Bucket"] for call in s3.calls] for s3 in (outer, inner, innermost)
        ]
        assert ["PUT https://two-bucket.s3.amazonaws.com/"] == sent

    def test_leaves_nothing_behind(self):
        before = BaseClient.__dict__["_make_api_call"]
        with mock_s3(direct=True):
            assert BaseClient.__dict__["_make_api_call"] is not before
        assert BaseClient.__dict__["_make_api_call"] is before

    def test_decorates(self):
        @mock_s3(direct=True)
        def work() -> list[str]:
            client = made_client()
            with counted_sends() as sent:
                client.create_bucket(Bucket=BUCKET)
            return sent

        assert [] == work()

    def test_enters_a_given_fake(self):
        s3 = FakeS3()
        s3.create_bucket(BUCKET, objects={"a": "x"})
        fork, client = s3.fork(), made_client()
        with mock_s3(fake=fork, direct=True):
            client.put_object(Bucket=BUCKET, Key="b", Body=b"y")
        assert (["a"], ["a", "b"]) == (list(s3[BUCKET]), list(fork[BUCKET]))

    def test_follows_a_change_of_listeners_with_what_it_remembers(self):
        client = made_client()
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET)
            client.put_object(Bucket=BUCKET, Key="a", Body=b"x")
            client.meta.events.register(
                "before-parameter-build.s3.PutObject", lambda params, **_: params.update(ContentType="a/b")
            )
            client.put_object(Bucket=BUCKET, Key="b", Body=b"x")
            assert "a/b" == client.head_object(Bucket=BUCKET, Key="b")["ContentType"]

    def test_forgets_what_would_be_too_much(self, monkeypatch):
        monkeypatch.setattr(direct_cache, "_MOST_KEPT", 2)
        client = made_client()
        with mock_s3(direct=True) as s3:
            for number in range(4):
                client.create_bucket(Bucket=f"bucket-{number}")
                client.put_object(Bucket=f"bucket-{number}", Key="a", Body=b"x")
            assert [["a"]] * 4 == [list(bucket) for bucket in (s3[f"bucket-{number}"] for number in range(4))]
