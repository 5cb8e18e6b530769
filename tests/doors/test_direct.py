"""The door above HTTP: a call answered by it is the same call, told apart by nothing but its speed."""

from __future__ import annotations

import gc
import io
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.response import StreamingBody

from fakes3 import FakeS3, UnmockedRequest, mock_s3

from .ways import (
    BUCKET,
    NOON,
    check_both_ways,
    counted_sends,
    made_client,
    plain_client,
    told,
)

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

    @pytest.mark.parametrize("event", ["before-call.s3", "after-call.s3", "provide-client-params.s3"])
    def test_let_their_listeners_go(self, event):
        class Listener:
            def __call__(self, **about: Any) -> None: ...

        client, listener = made_client(), Listener()
        client.meta.events.register(event, listener)
        with mock_s3(direct=True):
            client.create_bucket(Bucket=BUCKET)
        gone = weakref.ref(listener)
        del client, listener
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
