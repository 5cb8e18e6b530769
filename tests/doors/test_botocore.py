"""The door of botocore: every client, whenever and wherever it was made, and every kind of body."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import boto3.s3.transfer
import botocore.session
import pytest
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.signers import RequestSigner
from urllib3 import HTTPResponse

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.botocore import TransferDoor
from fakes3.doors.messages import make_raw
from fakes3.wire.message import Response

MIB = 1024 * 1024


class RealSend(Exception):
    """The request left for the network."""


@pytest.fixture(autouse=True)
def network(monkeypatch) -> list[str]:
    """Stands where the network would be: notes what leaves, and fails it. No account, no region, no EC2."""
    left: list[str] = []

    def send(session: Any, request: Any) -> Any:
        left.append(request.url)
        raise RealSend(request.url)

    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "REGION", "DEFAULT_REGION", "PROFILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(URLLib3Session, "send", send)
    return left


def buckets(client: Any) -> list[str]:
    return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


class TestEveryClient:
    def test_made_before_the_mock_without_credentials_or_region(self, network):
        client: Any = boto3.client("s3")
        with mock_s3() as s3:
            client.create_bucket(Bucket="pictures")
            assert ["pictures"] == buckets(client) == list(s3.buckets)
            assert "123456789012" == s3.calls[0].principal.account
        assert [] == network

    def test_meets_the_fake_no_more_after_the_mock(self, network):
        client: Any = boto3.client("s3", config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
        with mock_s3():
            inside: Any = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
            buckets(inside)
        with pytest.raises(RealSend):
            client.list_buckets()
        with pytest.raises(UnmockedRequest, match="dummy key"):
            inside.list_buckets()
        assert 1 == len(network)

    def test_unsigned_client(self):
        client: Any = boto3.client("s3", config=Config(signature_version=UNSIGNED))
        with mock_s3() as s3:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_buckets()
            assert s3.calls[-1].principal.account is None

    def test_made_from_a_session_from_before(self):
        session = boto3.session.Session(aws_access_key_id="AKIDMINE", aws_secret_access_key="mine")
        old: Any = session.client("s3", region_name="eu-west-1")
        with mock_s3() as s3:
            s3.create_bucket("pictures", region="eu-west-1")
            new: Any = session.client("s3", region_name="eu-west-1")
            assert ["pictures"] == buckets(old) == buckets(new)

    def test_resource_and_botocore_itself(self):
        resource: Any = boto3.resource("s3")
        plain: Any = botocore.session.Session().create_client("s3")
        with mock_s3():
            resource.create_bucket(Bucket="pictures")
            resource.Object("pictures", "cat").put(Body=b"meow")
            assert ["cat"] == [each.key for each in resource.Bucket("pictures").objects.all()]
            assert b"meow" == plain.get_object(Bucket="pictures", Key="cat")["Body"].read()

    def test_one_client_without_credentials_in_many_threads(self):
        client: Any = boto3.client("s3")
        everybody = threading.Barrier(8, timeout=60)

        def work(number: int) -> None:
            everybody.wait()
            for each in range(10):
                client.put_object(Bucket="pictures", Key=f"{number}/{each}", Body=b"x")

        with mock_s3() as s3:
            s3.create_bucket("pictures")
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(work, range(8), timeout=60))
            assert 80 == len(s3["pictures"])
            assert s3.calls.count(where=lambda call: call.principal.account != s3.account_id) == 0

    def test_client_without_credentials_keeps_none(self):
        client: Any = boto3.client("s3")
        with mock_s3():
            buckets(client)
        assert client._request_signer._credentials is None

    def test_transfers_in_workers(self, tmp_path):
        config = TransferConfig(multipart_threshold=64 * MIB, max_concurrency=4)
        client: Any = boto3.client("s3")
        source = tmp_path / "source"
        source.write_bytes(b"meow" * 1000)
        with mock_s3() as s3:
            s3.create_bucket("pictures")
            client.upload_file(str(source), "pictures", "cat", Config=config)
            client.upload_fileobj(io.BytesIO(b"purr"), "pictures", "kitten", Config=config)
            client.copy({"Bucket": "pictures", "Key": "cat"}, "pictures", "copy", Config=config)
            client.download_file("pictures", "copy", str(tmp_path / "target"), Config=config)
            assert b"purr" == s3["pictures"]["kitten"].body
        assert source.read_bytes() == (tmp_path / "target").read_bytes()

    def test_transfers_stay_in_python(self, monkeypatch):
        monkeypatch.setattr(boto3.s3.transfer, "_should_use_crt", lambda _: True)
        assert boto3.s3.transfer._should_use_crt(None)  # type: ignore[attr-defined]
        with mock_s3() as s3:
            assert not boto3.s3.transfer._should_use_crt(None)  # type: ignore[attr-defined]
            s3.create_bucket("pictures")
            boto3.client("s3").upload_fileobj(io.BytesIO(b"meow"), "pictures", "cat")
            assert b"meow" == s3["pictures"]["cat"].body
        assert boto3.s3.transfer._should_use_crt(None)  # type: ignore[attr-defined]

    def test_transfers_of_a_boto3_that_has_no_choice(self):
        assert ["sleep"] == [name for _, name, _ in TransferDoor(lambda: None).replacements(io)]

    def test_presigned_by_a_client_without_credentials(self):
        client: Any = boto3.client("s3", region_name="us-east-1")
        with mock_s3():
            url = client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"})
            assert "X-Amz-Credential=" in url or "AWSAccessKeyId=" in url


class TestWhichRequests:
    @pytest.mark.parametrize("addressing", ["path", "virtual", "auto"])
    @pytest.mark.parametrize(
        ("region", "options"),
        [
            ("us-east-1", {}),
            ("eu-west-1", {"use_dualstack_endpoint": True}),
            ("us-west-2", {"use_fips_endpoint": True}),
            ("us-gov-west-1", {}),
            ("cn-north-1", {}),
        ],
    )
    def test_every_kind_of_host(self, region, options, addressing, network):
        config = Config(s3={"addressing_style": addressing}, **options)
        with mock_s3(region=region) as s3:
            s3.create_bucket("pictures", objects={"cat": b"meow"})
            client: Any = boto3.client("s3", config=config)
            assert b"meow" == client.get_object(Bucket="pictures", Key="cat")["Body"].read()
        assert [] == network

    def test_signed_for_s3_to_any_host(self, network):
        client: Any = boto3.client("s3", endpoint_url="http://minio:9000")
        with mock_s3() as s3:
            client.create_bucket(Bucket="pictures")
            client.put_object(Bucket="pictures", Key="cat", Body=b"meow")
            assert b"meow" == s3["pictures"]["cat"].body
        assert [] == network

    def test_endpoint_from_the_environment(self, network, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
        with mock_s3() as s3:
            config = Config(signature_version=UNSIGNED, s3={"addressing_style": "virtual"})
            s3.create_bucket("pictures")
            client: Any = boto3.client("s3", config=config)
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_objects_v2(Bucket="pictures")
            assert {"Bucket": "pictures"} == {"Bucket": s3.calls[-1].parameters["Bucket"]}
            queues: Any = boto3.client("sqs", config=Config(retries={"total_max_attempts": 1}))
            with pytest.raises(RealSend):
                queues.list_queues()
        assert ["http://localhost:4566/"] == network

    def test_endpoints_option(self, network):
        config = Config(signature_version=UNSIGNED)
        client: Any = boto3.client("s3", endpoint_url="http://minio:9000", config=config)
        with mock_s3(endpoints=["http://minio:9000"]) as s3:
            s3.create_bucket("pictures")
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_objects_v2(Bucket="pictures")
            assert 1 == len(s3.calls)
        assert [] == network

    def test_another_service_is_refused_before_anything_leaves(self, network):
        client: Any = boto3.client("sqs", region_name="eu-west-1")
        with mock_s3():
            with pytest.raises(UnmockedRequest) as caught:
                client.list_queues()
        assert str(caught.value).endswith('To let it out, pass mock_s3(passthrough=["sqs.eu-west-1.amazonaws.com"]).')
        assert [] == network

    def test_passthrough(self, network):
        with mock_s3(passthrough=["sqs.eu-west-1.amazonaws.com", "http://minio:9000"]):
            once = Config(retries={"total_max_attempts": 1})
            queues: Any = boto3.client("sqs", region_name="eu-west-1", config=once)
            with pytest.raises(RealSend):
                queues.list_queues()
            store: Any = boto3.client("s3", endpoint_url="http://minio:9000", config=once)
            with pytest.raises(RealSend):
                store.list_buckets()
        assert ["https://sqs.eu-west-1.amazonaws.com/", "http://minio:9000/"] == network

    def test_what_another_mock_answers_never_comes_here(self, network):
        from botocore.awsrequest import AWSResponse

        def answer(request: Any, **_context: Any) -> Any:
            headers: Any = {"content-type": "application/x-amz-json-1.0"}
            return AWSResponse(request.url, 200, headers, HTTPResponse(io.BytesIO(b"{}"), preload_content=False))

        with mock_s3():
            client: Any = boto3.client("sqs")
            client.meta.events.register("before-send.sqs", answer)
            assert 200 == client.list_queues()["ResponseMetadata"]["HTTPStatusCode"]
        assert [] == network


class TestBoundClient:
    """`FakeS3.client` is of its very fake, whichever is entered."""

    def test_without_a_mock(self, network):
        s3 = FakeS3()
        s3.client().create_bucket(Bucket="pictures")
        s3.resource().Bucket("pictures").put_object(Key="cat", Body=b"meow")
        assert b"meow" == s3["pictures"]["cat"].body
        assert [] == network

    def test_under_another_mock(self):
        mine = FakeS3()
        client = mine.client()
        with mock_s3() as other:
            client.create_bucket(Bucket="pictures")
            assert ["pictures"] == list(mine.buckets)
            assert [] == list(other.buckets)

    def test_at_its_own_endpoint(self):
        s3 = FakeS3()
        config = Config(s3={"addressing_style": "virtual"})
        client = s3.client(endpoint_url="http://minio.example:9000", config=config)
        client.create_bucket(Bucket="pictures")
        client.put_object(Bucket="pictures", Key="cat", Body=b"meow")
        assert b"meow" == s3["pictures"]["cat"].body


class Spy(io.BytesIO):
    """A file that tells how it was read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.sizes: list[int | None] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.sizes.append(size)
        return super().read(size)


class Stream:
    """A file that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


class TestBodies:
    @pytest.fixture
    def s3(self) -> Iterator[FakeS3]:
        with mock_s3() as s3:
            s3.create_bucket("pictures")
            yield s3

    @pytest.fixture
    def client(self, s3) -> Any:
        return boto3.client("s3", config=Config(retries={"mode": "standard"}))

    @pytest.mark.parametrize("direct", [False, True])
    @pytest.mark.parametrize("make", [bytes, io.BytesIO], ids=["bytes", "file"])
    def test_bytes_in_memory_are_copied_neither_by_put_nor_by_get(self, make, direct):
        body = bytes(3 * MIB)
        with mock_s3(direct=direct) as s3:
            client = s3.client()
            s3.create_bucket("pictures")
            client.put_object(Bucket="pictures", Key="large", Body=make(body), ChecksumAlgorithm="CRC32")
            assert s3["pictures"]["large"].body is body
            assert client.get_object(Bucket="pictures", Key="large")["Body"].read() is body

    def test_what_a_listener_reads_of_a_body_is_missing(self, s3, client):
        client.meta.events.register("before-send.s3", lambda request, **_: request.body.read(10) and None)
        with pytest.raises(client.exceptions.ClientError, match="IncompleteBody"):
            client.put_object(Bucket="pictures", Key="cat", Body=b"meow" * MIB, ChecksumAlgorithm="CRC32")
        assert "cat" not in s3["pictures"]

    def test_large_body_round_trips_and_is_read_in_pieces(self, s3, client, monkeypatch):
        from botocore.httpchecksum import AwsChunkedWrapper

        sizes: list[int | None] = []
        real_read = AwsChunkedWrapper.read

        def read(wrapper: Any, size: int | None = None) -> bytes:
            sizes.append(size)
            return real_read(wrapper, size)

        monkeypatch.setattr(AwsChunkedWrapper, "read", read)
        body = bytes(range(256)) * (32 * MIB // 256)
        client.put_object(Bucket="pictures", Key="large", Body=Spy(body), ChecksumAlgorithm="CRC32")
        assert sizes, "boto3 does not send it aws-chunked any more"
        assert all(size is not None and 0 < size <= MIB for size in sizes)
        assert body == client.get_object(Bucket="pictures", Key="large")["Body"].read()
        stream = client.get_object(Bucket="pictures", Key="large")["Body"].iter_chunks(3 * MIB)
        assert body == b"".join(stream)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_kinds_of_bodies(self, scheme, s3, tmp_path):
        client: Any = boto3.client("s3", endpoint_url=f"{scheme}://s3.us-east-1.amazonaws.com")
        data = b"meow" * 100_000
        path = tmp_path / "file"
        path.write_bytes(data)
        with path.open("rb") as file:
            for body in (data, bytearray(data), io.BytesIO(data), Spy(data), file):
                client.put_object(Bucket="pictures", Key="cat", Body=body)
                assert data == s3["pictures"]["cat"].body
        client.put_object(Bucket="pictures", Key="empty", Body=b"")
        client.put_object(Bucket="pictures", Key="none")
        client.put_object(Bucket="pictures", Key="text", Body="Grüße")
        kept = s3["pictures"]
        assert (b"", b"", "Grüße") == (kept["empty"].body, kept["none"].body, kept["text"].text)

    def test_changing_a_body_afterwards_changes_no_object(self, s3, client):
        body = bytearray(b"meow")
        client.put_object(Bucket="pictures", Key="cat", Body=body)
        body[:] = b"woof"
        assert b"meow" == s3["pictures"]["cat"].body

    def test_file_is_read_from_where_it_stands(self, s3, client):
        file = io.BytesIO(b"skipped,meow")
        file.seek(8)
        client.put_object(Bucket="pictures", Key="cat", Body=file)
        assert b"meow" == s3["pictures"]["cat"].body

    def test_stream_that_cannot_go_back(self, s3, client):
        client.upload_fileobj(Stream(b"meow" * 1000), "pictures", "cat")
        assert b"meow" * 1000 == s3["pictures"]["cat"].body

    def test_body_of_a_request_that_is_not_served_is_not_touched(self, network):
        body = Spy(b"meow")
        once = Config(retries={"total_max_attempts": 1})
        with mock_s3(passthrough=["minio:9000"]):
            client: Any = boto3.client("s3", endpoint_url="http://minio:9000", config=once)
            seen = []
            client.meta.events.register("before-send.s3.PutObject", lambda **_: seen.append(len(body.sizes)))
            with pytest.raises(RealSend):
                client.put_object(Bucket="pictures", Key="cat", Body=body)
        assert seen == [len(body.sizes)]

    @pytest.mark.parametrize("make", [bytes, io.BytesIO], ids=["bytes", "file"])
    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_retried_request_sends_its_body_again_whole(self, make, mode, s3, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda _: None)
        client: Any = boto3.client("s3", config=Config(retries={"mode": mode, "total_max_attempts": 3}))
        real_send = URLLib3Session.send
        failures: Iterator[Any] = iter([503, "broken"])

        def send(session: Any, request: Any) -> Any:
            response = real_send(session, request)
            failure = next(failures, None)
            if failure == "broken":
                raise HTTPClientError(error="broken")
            if failure is not None:
                response.status_code = failure
            return response

        monkeypatch.setattr(URLLib3Session, "send", send)
        data = b"meow" * 100_000
        if mode == "legacy":
            next(failures)
            failures = iter([503])
        try:
            client.put_object(Bucket="pictures", Key="cat", Body=make(data))
        except HTTPClientError:
            pytest.fail("it was not tried again")
        assert {len(data)} == {s3["pictures"]["cat"].size}
        assert 1 < s3.calls.count("PutObject", where=lambda call: call.status == 200)
        assert data == s3["pictures"]["cat"].body


class TestRawBody:
    """The body of a response is read as urllib3's is."""

    @pytest.fixture
    def body(self) -> Any:
        from fakes3.model.bytes_rope import Rope

        return make_raw(Response(200, {"Content-Length": "12", "ETag": '"5"'}, Rope([b"hello, ", b"world"])), "GET")

    def test_read(self, body):
        assert b"" == body.read(0)
        assert b"hello" == body.read(5)
        assert not body.closed
        assert b", world" == body.read()
        assert body.closed
        assert b"" == body.read(3)

    def test_negative_reads_all(self, body):
        assert b"hello, world" == body.read(-1)

    def test_readinto(self, body):
        buffer = bytearray(10)
        assert 10 == body.readinto(buffer)
        assert bytearray(b"hello, wor") == buffer
        assert 2 == body.readinto(buffer)
        assert bytearray(b"ldllo, wor") == buffer

    def test_stream(self, body):
        assert [b"hello, w", b"orld"] == list(body.stream(8))
        assert [] == list(body.stream())

    def test_closing(self, body):
        assert (True, False, False) == (body.readable(), body.writable(), body.seekable())
        body.read(3)
        body.close()
        body.release_conn()
        assert body.closed
        assert b"" == body.read()

    def test_it_is_urllib3s_response(self, body):
        assert isinstance(body, HTTPResponse)
        assert (200, "OK", 11, '"5"') == (body.status, body.reason, body.version, body.headers["etag"])
        assert (None, True, None) == (body.connection, body.readable(), body.retries)
        assert not hasattr(body, "nothing")
        assert (b"hello, world", b"hello, world") == (body.data, body.data)

    def test_its_attributes_after_some_bytes(self, body):
        assert (b"he", b"ll", b"o, ") == (body.read(2), body.read1(2), body.read(3))
        assert (7, 5, b"world", b"") == (body.tell(), body.length_remaining, body.read1(), body.read1(1))
        assert body.closed

    def test_nothing_is_made_that_nobody_asks_for(self, body):
        before = set(vars(body))
        assert (b"he", [b"llo", b", w", b"orl", b"d"]) == (body.read(2), list(body.stream(3)))
        assert (12, True) == (body.tell(), body.closed)
        body.close()
        assert before == set(vars(body))

    @pytest.mark.parametrize("direct", [False, True])
    def test_what_programs_do_below_botocores_body(self, direct):
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("pictures", objects={"k": "meow\npurr"})

            def body() -> Any:
                return boto3.client("s3").get_object(Bucket="pictures", Key="k")["Body"]

            body().set_socket_timeout(10)
            raw = body()._raw_stream
            assert isinstance(raw, HTTPResponse)
            assert (200, "9", b"me") == (raw.status, raw.headers["Content-Length"], raw.read1(2))
            assert b"meow\n" == io.BufferedReader(body()._raw_stream).readline()

    def test_as_users_read_it(self):
        with mock_s3() as s3:
            s3.create_bucket("pictures", objects={"lines": "one\ntwo\nthree"})

            def body() -> Any:
                return s3.client().get_object(Bucket="pictures", Key="lines")["Body"]

            assert [b"one", b"two", b"three"] == list(body().iter_lines())
            with body() as stream:
                assert b"one" == stream.read(3)
                assert 3 == stream.tell()
            if not hasattr(StreamingBody, "readinto"):
                return  # botocore before 1.36
            assert "one\ntwo\nthree" == io.TextIOWrapper(io.BufferedReader(body())).read()
            buffer = bytearray(3)
            assert 3 == body().readinto(buffer)


class TestSigner:
    def test_restored(self):
        real = RequestSigner.__dict__["get_auth_instance"]
        with mock_s3():
            assert RequestSigner.__dict__["get_auth_instance"] is not real
        assert RequestSigner.__dict__["get_auth_instance"] is real
