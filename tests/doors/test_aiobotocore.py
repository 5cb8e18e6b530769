"""The door of aiobotocore, and aioboto3 and s3fs upon it: all of the client is real, and all share one fake."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, WaiterError
from botocore.httpsession import DEFAULT_CA_BUNDLE
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3, UnmockedRequest, current, mock_s3

aiobotocore = pytest.importorskip("aiobotocore")
from aiobotocore.config import AioConfig  # noqa: E402
from aiobotocore.httpsession import AIOHTTPSession  # noqa: E402
from aiobotocore.session import get_session  # noqa: E402
from aiobotocore.signers import AioRequestSigner, AioS3PostPresigner  # noqa: E402

try:
    from aiobotocore.httpxsession import HttpxSession
except ImportError:  # aiobotocore before 2.22
    HttpxSession = None

MIB = 1024 * 1024

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning"),  # aioboto3 before 14 does
    pytest.mark.filterwarnings("ignore:aiobotocore's httpx backend:DeprecationWarning"),  # it would rather have httpx2
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def config_of(kind: str, **options: Any) -> Any:
    if kind == "aiohttp":
        return AioConfig(**options)
    if HttpxSession is None:
        pytest.skip("this aiobotocore cannot send with httpx")
    return AioConfig(http_session_cls=HttpxSession, **options)


@pytest.fixture(params=["aiohttp", "httpx"])
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Makes a client, one that sends with aiohttp, and one that sends with httpx."""

    def make(service: str = "s3", *, configured: dict[str, Any] | None = None, **options: Any) -> Any:
        config = config_of(request.param, **(configured or {}))
        return get_session().create_client(service, config=config, **options)

    return make


@pytest.fixture
def bucket(s3: FakeS3) -> Any:
    return s3.create_bucket("bucket", objects={"hello.txt": "hello"})


@pytest.fixture
async def client(make: Callable[..., Any], s3: FakeS3, bucket) -> AsyncIterator[Any]:
    async with make() as client:
        yield client


class Left(Exception):
    """The request left for the network."""


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that left. To be asked for before `s3`."""
    urls: list[str] = []

    async def send(session: Any, request: Any) -> Any:
        urls.append(request.url)
        raise Left

    for each in filter(None, (AIOHTTPSession, HttpxSession)):
        monkeypatch.setattr(each, "send", send)
    return urls


class TestObjects:
    @pytest.mark.parametrize("size", [0, 5, 100_000, 3 * MIB])
    async def test_go_up_and_come_down(self, client, bucket, size):
        body = bytes(range(256)) * (size // 256) + bytes(size % 256)
        await client.put_object(Bucket="bucket", Key="new", Body=body)
        assert body == bucket["new"].body
        answer = await client.get_object(Bucket="bucket", Key="new")
        assert (size, 200) == (answer["ContentLength"], answer["ResponseMetadata"]["HTTPStatusCode"])
        assert body == await answer["Body"].read()

    async def test_are_told_of(self, client, s3, bucket):
        got: list[Any] = []
        with s3.on_event("bucket", "s3:ObjectCreated:*", got.append):
            await client.put_object(Bucket="bucket", Key="new", Body=b"body")
        assert ["new"] == [event["Records"][0]["s3"]["object"]["key"] for event in got]

    @pytest.mark.parametrize("size", [5, 3 * MIB])
    async def test_go_up_from_files(self, client, bucket, size, tmp_path):
        await client.put_object(Bucket="bucket", Key="new", Body=io.BytesIO(bytes(size)))
        assert size == bucket["new"].size
        path = tmp_path / "file"
        path.write_bytes(b"x" * size)
        with path.open("rb") as file:
            if "Httpx" not in type(client._endpoint.http_session).__name__:  # aiobotocore gives httpx no such file
                await client.put_object(Bucket="bucket", Key="new", Body=file)
                assert b"x" * size == bucket["new"].body

    async def test_come_down_in_pieces(self, client, s3, bucket):
        body = bytes(range(256)) * (MIB // 256)
        s3.client().put_object(Bucket="bucket", Key="large", Body=body)
        answer = await client.get_object(Bucket="bucket", Key="large")
        async with answer["Body"]:
            own = answer["Body"]  # before aiobotocore 3 that of httpx was left to httpx
            pieces = own.iter_chunks(50_000) if hasattr(own, "iter_chunks") else own.aiter_bytes()
            assert body == b"".join([piece async for piece in pieces])

    async def test_come_down_by_the_read(self, client, bucket):
        if "Httpx" in type(client._endpoint.http_session).__name__:
            pytest.skip("aiobotocore reads whole bodies from httpx only")
        answer = await client.get_object(Bucket="bucket", Key="hello.txt")
        body = answer["Body"]
        assert [b"he", b"llo", b""] == [await body.read(2), await body.read(99), await body.read(1)]

    async def test_errors_are_the_clients_own(self, client):
        with pytest.raises(client.exceptions.NoSuchKey) as caught:
            await client.get_object(Bucket="bucket", Key="none")
        assert "The specified key does not exist." == caught.value.response["Error"]["Message"]
        with pytest.raises(ClientError, match="404"):
            await client.head_object(Bucket="bucket", Key="none")

    async def test_what_is_sent_is_checked(self, client):
        with pytest.raises(ClientError, match="InvalidDigest"):
            await client.put_object(Bucket="bucket", Key="new", Body=b"x", ContentMD5="no digest")

    @pytest.mark.parametrize("value", ["first\nsecond", "a\rb", "a\r\nb"])
    async def test_headers_that_cannot_be_sent_are_not(self, client, bucket, value):
        """aiohttp refuses them, and so does h11, by which httpx sends."""
        with pytest.raises(HTTPClientError, match=r"(?i)forbidden|illegal|injection"):
            await client.put_object(Bucket="bucket", Key="new", Metadata={"description": value})
        assert "new" not in bucket

    async def test_pages_and_waiters(self, client, bucket):
        for number in range(5):
            await client.put_object(Bucket="bucket", Key=f"{number}", Body=b"x")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 2})
        assert ["0", "1", "2", "3", "4", "hello.txt"] == [
            each["Key"] async for page in pages for each in page["Contents"]
        ]
        await client.get_waiter("object_exists").wait(Bucket="bucket", Key="0")

    async def test_several_deletes(self, client, bucket):
        await client.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "hello.txt"}]})
        assert [] == list(bucket)

    @pytest.mark.parametrize("key", ["a//b", "a/../b", "Grüße /+%", "ends/"])
    async def test_any_key(self, client, bucket, key):
        await client.put_object(Bucket="bucket", Key=key, Body=b"x")
        answer = await client.get_object(Bucket="bucket", Key=key)
        assert (b"x", True) == (await answer["Body"].read(), key in bucket)

    async def test_parts(self, client, bucket):
        place = {"Bucket": "bucket", "Key": "parts"}
        place["UploadId"] = (await client.create_multipart_upload(**place))["UploadId"]
        sizes = [5 * MIB, 5 * MIB, 3]
        done = await asyncio.gather(
            *(client.upload_part(**place, PartNumber=number, Body=bytes(size)) for number, size in enumerate(sizes, 1))
        )
        parts = [{"PartNumber": number, "ETag": part["ETag"]} for number, part in enumerate(done, 1)]
        await client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        assert sum(sizes) == bucket["parts"].size


class TestCancelling:
    """A cancelled put leaves nothing."""

    @settings(max_examples=30)  # each makes a client, which takes its time
    @given(
        turns=st.integers(0, 60),
        size=st.sampled_from([10, 200_000, 2_000_000]),
        kind=st.sampled_from(["aiohttp"] + ["httpx"] * (HttpxSession is not None)),
        streamed=st.booleans(),
    )
    def test_at_any_moment_it_is_all_or_nothing(self, turns, size, kind, streamed):
        async def put() -> bool:
            async with get_session().create_client("s3", config=config_of(kind)) as client:
                body = io.BytesIO(bytes(size)) if streamed else bytes(size)
                task = asyncio.create_task(client.put_object(Bucket="bucket", Key="hello.txt", Body=body))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    return bool(await task)
                except asyncio.CancelledError:
                    return False

        with mock_s3() as s3:
            bucket = s3.create_bucket("bucket", objects={"hello.txt": "hello"})
            done = asyncio.run(put())
            assert (size if done else 5) == bucket["hello.txt"].size

    async def test_an_upload_in_parts_stays_to_be_aborted(self, client, bucket):
        place = {"Bucket": "bucket", "Key": "hello.txt"}
        place["UploadId"] = (await client.create_multipart_upload(**place))["UploadId"]
        await client.upload_part(**place, PartNumber=1, Body=bytes(5 * MIB))

        class Body(io.BytesIO):
            """Read to the end, it cancels the upload."""

            def read(self, size: int | None = -1, /) -> bytes:
                if self.tell() and not task.cancelling():
                    loop.call_soon_threadsafe(task.cancel)
                return super().read(size)

        loop = asyncio.get_running_loop()
        config = AioConfig(request_checksum_calculation="when_required") if _HAS_CHECKSUMS else AioConfig()
        async with get_session().create_client("s3", config=config) as other:
            part = other.upload_part(**place, PartNumber=2, Body=Body(bytes(5 * MIB)), ContentLength=5 * MIB)
            task = asyncio.create_task(part)
            with pytest.raises(asyncio.CancelledError):
                await task
        assert [1] == [part["PartNumber"] for part in (await client.list_parts(**place))["Parts"]]
        uploads = await client.list_multipart_uploads(Bucket="bucket")
        assert [place["UploadId"]] == [upload["UploadId"] for upload in uploads["Uploads"]]
        assert b"hello" == bucket["hello.txt"].body
        await client.abort_multipart_upload(**place)
        assert "Uploads" not in await client.list_multipart_uploads(Bucket="bucket")


_HAS_CHECKSUMS = "request_checksum_calculation" in Config.OPTION_DEFAULTS


class TestSigning:
    @pytest.fixture(autouse=True)
    def no_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "REGION", "DEFAULT_REGION", "PROFILE"):
            monkeypatch.delenv(f"AWS_{name}", raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")

    async def test_a_client_from_before_the_mock_that_found_no_credentials(self, make):
        async with make(region_name="us-east-1") as client:
            with mock_s3() as s3:
                await client.create_bucket(Bucket="bucket")
                assert (["bucket"], "123456789012") == (list(s3.buckets), s3.calls[0].principal.account)
                url = await client.generate_presigned_url("list_objects_v2", Params={"Bucket": "bucket"})
                assert 200 == (await asyncio.to_thread(requests.get, url, timeout=5)).status_code
            assert client._request_signer._credentials is None

    async def test_presigned_by_the_clock_of_the_fake(self, client, s3):
        s3.clock.advance(days=400)
        for version in ("s3", "s3v4"):
            async with get_session().create_client("s3", config=AioConfig(signature_version=version)) as signing:
                url = await signing.generate_presigned_url(
                    "get_object", Params={"Bucket": "bucket", "Key": "hello.txt"}, ExpiresIn=60
                )
                assert b"hello" == requests.get(url, timeout=5).content
                form = await signing.generate_presigned_post("bucket", "new", ExpiresIn=60)
                files = {"file": b"x"}
                assert 204 == requests.post(form["url"], data=form["fields"], files=files, timeout=5).status_code
                s3.clock.advance(seconds=61)
                assert 403 == requests.get(url, timeout=5).status_code
                assert 403 == requests.post(form["url"], data=form["fields"], files=files, timeout=5).status_code

    async def test_of_another_service_with_the_time_that_it_is(self, s3):
        s3.clock.advance(days=400)
        async with get_session().create_client("sts", region_name="us-east-1") as client:
            url = await client.generate_presigned_url("get_caller_identity")
        assert f"X-Amz-Date={s3.clock.now() - timedelta(days=400):%Y%m%d}" in url


class TestOtherHosts:
    async def test_another_service_is_stopped_before_anything_leaves(self, out, s3, make):
        async with make("sqs", region_name="eu-west-1") as client:
            with pytest.raises(UnmockedRequest) as caught:
                await client.list_queues()
        assert str(caught.value).endswith('To let it out, pass mock_s3(passthrough=["sqs.eu-west-1.amazonaws.com"]).')
        assert [] == out

    async def test_passthrough_lets_it_out(self, out, make):
        once = {"retries": {"total_max_attempts": 1}}
        with mock_s3(passthrough=["sqs.eu-west-1.amazonaws.com"]):
            async with make("sqs", region_name="eu-west-1", configured=once) as client:
                with pytest.raises(Left):
                    await client.list_queues()
        assert ["https://sqs.eu-west-1.amazonaws.com/"] == out

    async def test_signed_for_s3_to_any_host(self, s3, make):
        async with make(endpoint_url="http://minio:9000") as client:
            await client.create_bucket(Bucket="bucket")
        assert ["bucket"] == list(s3.buckets)

    async def test_afterwards_requests_go_out(self, out, make):
        once = {"retries": {"total_max_attempts": 1}}
        mock, theirs = mock_s3(), pytest.MonkeyPatch()
        async with make(configured=once, aws_access_key_id="a", aws_secret_access_key="b") as client:
            with mock_s3():
                pass
            with pytest.raises(Left):
                await client.list_buckets()
            mock.start()
            theirs.setattr(type(client._endpoint.http_session), "send", None)
            mock.stop()
            theirs.undo()  # which puts ours back, and it passes everything on
            with pytest.raises(Left):
                await client.list_buckets()
        assert 2 == len(out)


class TestWhichFake:
    async def test_tasks_with_a_fake_each(self, make):
        barrier = asyncio.Barrier(3)

        async def work(name: str) -> str:
            async with mock_s3() as s3, make() as client:
                s3.create_bucket("bucket", objects={"hello.txt": name})
                await barrier.wait()
                answer = await client.get_object(Bucket="bucket", Key="hello.txt")
                text: bytes = await answer["Body"].read()
                await barrier.wait()
                return text.decode()

        assert ["a", "b", "c"] == await asyncio.gather(*map(work, "abc"))

    @mock_s3
    async def test_a_decorated_coroutine(self):
        async with get_session().create_client("s3") as client:
            await client.create_bucket(Bucket="bucket")
        assert ["bucket"] == list(current().buckets)

    def test_everything_is_put_back(self):
        def patched() -> list[Any]:
            return [
                AIOHTTPSession.__dict__["send"],
                AioRequestSigner.__dict__["get_auth_instance"],
                AioRequestSigner.__dict__["generate_presigned_url"],
                AioS3PostPresigner.__dict__["generate_presigned_post"],
            ]

        before = patched()
        with mock_s3():
            assert not [one for one, other in zip(before, patched(), strict=True) if one is other]
        assert before == patched()


@pytest.mark.skipif(not hasattr(AIOHTTPSession, "_build_ssl_contexts"), reason="aiobotocore before 3")
class TestContexts:
    """What checks certificates, which reads a file of all authorities."""

    def test_is_shared_by_sessions_of_one_file(self, s3, tmp_path):
        file = tmp_path / "ca.pem"
        shutil.copy(DEFAULT_CA_BUNDLE, file)
        first, second = (AIOHTTPSession(verify=str(file))._build_ssl_contexts(None) for _ in range(2))
        assert first[0] is second[0]
        os.utime(file, (1, 1))
        assert AIOHTTPSession(verify=str(file))._build_ssl_contexts(None)[0] is not first[0]
        assert AIOHTTPSession()._build_ssl_contexts(None)[0] is AIOHTTPSession()._build_ssl_contexts(None)[0]

    @pytest.mark.parametrize("verify", [False, "/nowhere"])
    def test_is_made_for_each_without_one(self, s3, verify):
        def make() -> Any:
            try:
                return AIOHTTPSession(verify=verify)._build_ssl_contexts(None)[0]
            except FileNotFoundError:
                return object()

        assert make() is not make()

    def test_is_a_sessions_own_if_it_makes_its_own(self, s3):
        own = type("Own", (AIOHTTPSession,), {"_get_ssl_context": lambda _: ssl.create_default_context()})
        assert own()._build_ssl_contexts(None)[0] is not own()._build_ssl_contexts(None)[0]

    def test_is_made_for_each_without_a_mock(self):
        assert AIOHTTPSession()._build_ssl_contexts(None)[0] is not AIOHTTPSession()._build_ssl_contexts(None)[0]


class TestRedirects:
    """A client of us-east-1 calls the global name of a bucket that is elsewhere."""

    async def read_far(self, s3: FakeS3, config: Any) -> list[int]:
        s3.create_bucket("far", region="eu-west-1", objects={"k": "far away"})
        s3.clock.advance(hours=1 if config is None else 0)
        async with get_session().create_client("s3", region_name="us-east-1", config=config) as client:
            answer = await client.get_object(Bucket="far", Key="k")
            assert b"far away" == await answer["Body"].read()
        return [call.status for call in s3.calls]

    async def test_it_recovers_from_the_wrong_region(self, s3):
        assert [400, 200] == await self.read_far(s3, None)

    async def test_it_recovers_from_a_redirect_over_httpx(self, s3):
        assert [307, 200] == await self.read_far(s3, config_of("httpx"))

    async def test_aiohttp_follows_the_redirect_and_drops_the_signature(self, s3):
        with pytest.raises(ClientError, match="AccessDenied") as caught:
            await self.read_far(s3, config_of("aiohttp"))
        assert [307, 403] == [call.status for call in s3.calls]
        assert caught.value.__notes__[0].endswith('Make the client with region_name="eu-west-1".')


class TestAioboto3:
    @pytest.fixture
    def session(self, s3: FakeS3, bucket) -> Any:
        return pytest.importorskip("aioboto3").Session()

    async def test_transfers(self, session, bucket, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(b"x" * 12 * MIB)
        async with session.client("s3") as client:
            await client.upload_file(str(path), "bucket", "large")
            await client.upload_fileobj(io.BytesIO(b"small"), "bucket", "small")
            target = io.BytesIO()
            await client.download_fileobj("bucket", "large", target)
            await client.download_file("bucket", "small", str(path))
        assert (12 * MIB, b"small") == (bucket["large"].size, path.read_bytes())
        assert bucket["large"].body == target.getvalue()

    async def test_resources(self, session, bucket):
        async with session.resource("s3") as resource:
            its = await resource.Bucket("bucket")
            await its.put_object(Key="new", Body=b"new")
            assert ["hello.txt", "new"] == [each.key async for each in its.objects.all()]
            answer = await (await resource.Object("bucket", "new")).get()
            assert b"new" == await answer["Body"].read()


class TestS3fs:
    @pytest.fixture
    def s3fs(self) -> Any:
        return pytest.importorskip("s3fs")

    @pytest.fixture
    def fs(self, s3: FakeS3, bucket, s3fs) -> Any:
        return s3fs.S3FileSystem()

    def test_files(self, fs, bucket):
        with fs.open("bucket/new", "wb") as file:
            file.write(b"x" * 12 * MIB)
        with fs.open("bucket/new", "rb") as file:
            file.seek(5 * MIB)
            assert b"x" * 7 * MIB == file.read()
        assert 12 * MIB == bucket["new"].size
        fs.touch("bucket/empty")
        fs.pipe("bucket/pipe", b"whole")
        assert (b"whole", 0) == (fs.cat("bucket/pipe"), fs.size("bucket/empty"))

    def test_what_boto3_wrote(self, fs, s3):
        s3.client().put_object(Bucket="bucket", Key="by/boto3", Body=b"boto3")
        boto3.client("s3").put_object(Bucket="bucket", Key="by/boto3/too", Body=b"boto3")
        assert (b"boto3", ["bucket/by/boto3/too"]) == (fs.cat("bucket/by/boto3"), fs.find("bucket/by/boto3/"))

    def test_names(self, fs, bucket):
        fs.pipe({f"bucket/a/{name}": b"x" for name in ("1.csv", "2.csv", "3.txt")})
        assert ["bucket/a", "bucket/hello.txt"] == sorted(fs.ls("bucket"))
        assert ["bucket/a/1.csv", "bucket/a/2.csv"] == fs.glob("bucket/**/*.csv")
        fs.cp("bucket/a/1.csv", "bucket/b/1.csv")
        fs.mv("bucket/a/2.csv", "bucket/b/2.csv")
        fs.rm("bucket/a", recursive=True)
        assert ["b/1.csv", "b/2.csv", "hello.txt"] == list(bucket)
        assert (True, False) == (fs.exists("bucket/b/1.csv"), fs.exists("bucket/a/1.csv"))
        with pytest.raises(FileNotFoundError):
            fs.cat("bucket/a/1.csv")

    def test_local_files(self, fs, bucket, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(b"x" * 12 * MIB)
        fs.put(str(path), "bucket/large")
        fs.get("bucket/large", str(tmp_path / "back"))
        assert path.read_bytes() == (tmp_path / "back").read_bytes() == bucket["large"].body

    def test_versions(self, s3, s3fs):
        s3.create_bucket("versions", versioning=True)
        fs = s3fs.S3FileSystem(version_aware=True)
        for body in (b"one", b"two"):
            with fs.open("versions/key", "wb") as file:
                file.write(body)
        second, first = (each["VersionId"] for each in fs.object_version_info("versions/key"))
        with fs.open("versions/key", version_id=first) as file:
            assert b"one" == file.read()
        assert b"two" == fs.cat_file(f"versions/key?versionId={second}")

    def test_buckets(self, fs, s3):
        fs.mkdir("another")
        assert (["another", "bucket"], ["another", "bucket"]) == (sorted(fs.ls("")), sorted(s3.buckets))
        fs.rmdir("another")
        assert ["bucket"] == list(s3.buckets)

    def test_listings_of_another_fake_are_forgotten_when_it_is_left(self, s3fs):
        old = s3fs.S3FileSystem()
        with mock_s3() as outer:
            outer.create_bucket("bucket", objects={"outer": b"x"})
            fs = s3fs.S3FileSystem()
            assert ["bucket/outer"] == fs.ls("bucket")
            with mock_s3() as inner:
                inner.create_bucket("bucket", objects={"inner": b"x"})
                assert ["bucket/inner"] == fs.ls("bucket") == old.ls("bucket")
            assert ["bucket/outer"] == fs.ls("bucket") == old.ls("bucket")
        assert (0, 0) == (len(fs.dircache), len(old.dircache))
        s3fs.S3FileSystem.clear_instance_cache()

    def test_listings_of_another_fake_are_forgotten(self, s3fs):
        old = s3fs.S3FileSystem()
        for name in ("one", "two"):
            with mock_s3() as s3:
                s3.create_bucket("bucket", objects={name: b"x"})
                fs = s3fs.S3FileSystem()
                assert fs is s3fs.S3FileSystem()
                assert fs is not old
                assert [f"bucket/{name}"] == fs.ls("bucket") == old.ls("bucket")
        assert old is s3fs.S3FileSystem()
        s3fs.S3FileSystem.clear_instance_cache()


class TestWaiting:
    """Retries and waiters wait on the clock of the fake."""

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    async def test_retries(self, make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
        slept = watch_sleep(monkeypatch)
        with mock_s3() as s3:
            s3.faults.add(error="SlowDown")
            async with make(configured={"retries": {"total_max_attempts": 5, "mode": mode}}) as client:
                with pytest.raises(ClientError):
                    await client.list_buckets()
            assert 5 == len(s3.calls)
            assert s3.clock.now() - s3.clock.outside > timedelta(milliseconds=1)
        assert not slept

    async def test_waiters(self, make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        slept = watch_sleep(monkeypatch)
        with mock_s3() as s3:
            s3.create_bucket("photos")
            async with make() as client:
                with pytest.raises(WaiterError):
                    await client.get_waiter("object_exists").wait(Bucket="photos", Key="cat")
            assert 20 == s3.calls.count("HeadObject")
            assert 95 == round((s3.clock.now() - s3.clock.outside).total_seconds())
        assert not slept

    # A connection that is reset is no error that aiobotocore tries again with httpx.
    @pytest.mark.parametrize("fault", [{"time_out": "before"}, {"error": "SlowDown"}])
    async def test_faults_are_tried_again(self, make: Callable[..., Any], fault: dict[str, Any]) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos", objects={"cat": "meow"})
            s3.faults.add(**fault, times=1)
            async with make() as client:
                answer = await client.get_object(Bucket="photos", Key="cat")
                assert b"meow" == await answer["Body"].read()
            assert 2 == len(s3.calls)


def watch_sleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that tasks sleep from now on, without sleeping."""
    slept: list[float] = []
    really = asyncio.sleep

    async def sleep(seconds: float, *args: Any) -> Any:
        slept.extend([seconds] if seconds > 0 else [])
        return await really(0, *args)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept


class TestDirectoryBuckets:
    """aiobotocore begins sessions of directory buckets, and renews them, by itself."""

    BUCKET = "logs--use1-az4--x-s3"

    async def test_it_renews_sessions_by_the_clock(self) -> None:
        with mock_s3() as s3:
            s3.create_bucket(self.BUCKET)
            s3.create_bucket("plain", objects={"from": b"plain"})
            async with get_session().create_client("s3", region_name="us-east-1") as client:
                await client.put_object(Bucket=self.BUCKET, Key="k", Body=b"one ")
                s3.clock.advance(minutes=5)
                await client.put_object(Bucket=self.BUCKET, Key="k", Body=b"two", WriteOffsetBytes=4)
                await client.copy_object(Bucket=self.BUCKET, Key="copy", CopySource="plain/from")
                if not hasattr(client, "rename_object"):
                    pytest.skip("this botocore knows no RenameObject")
                await client.rename_object(Bucket=self.BUCKET, Key="new", RenameSource="k")
                assert [self.BUCKET] == [each["Name"] for each in (await client.list_directory_buckets())["Buckets"]]
            assert {"new": b"one two", "copy": b"plain"} == {key: s3[self.BUCKET][key].body for key in s3[self.BUCKET]}
            assert 2 == len([call for call in s3.calls if call.operation == "CreateSession"])
